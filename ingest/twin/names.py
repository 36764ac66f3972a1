"""Invented names, streets and lines. Any likeness to a real firm is chance."""

from __future__ import annotations

from domain.credit_code import check_character

STREETS: tuple[str, ...] = ("梅墟", "新明", "聚贤", "贵驷")
#: Substation, its street and its feeders.
SUBSTATIONS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("梅墟变", "梅墟", ("梅工101线", "梅工102线", "梅创103线")),
    ("新明变", "新明", ("新晖201线", "新晖202线")),
    ("聚贤变", "聚贤", ("聚科301线", "聚科302线", "聚研303线")),
    ("贵驷变", "贵驷", ("贵工401线", "贵工402线")),
)
_FIRST = "晟曜澜栩珩璟弘睿屹骁霁沐翊昱卓煜"
_SECOND = "科岚泽辰域川维恺拓垣航朗熠衡越峤"
_PUBLIC = {"Q84": "{street}{brand}医院", "P83": "{street}{brand}学校", "J66": "{brand}银行{street}营业部"}
_PLACES = frozenset({"商务楼宇", "软件园", "研发中心", "购物中心", "大酒店", "家居广场", "数据中心"})


def brand(number: int) -> str:
    """A two-character name, different for each number below 256."""
    return _FIRST[number * 5 % 16] + _SECOND[(number * 3 + number // 16) % 16]


def enterprise_name(number: int, sector: str, trade: str, street: str) -> str:
    pattern = _PUBLIC.get(sector)
    if pattern is not None:
        return pattern.format(street=street, brand=brand(number))
    if trade in _PLACES:
        return f"{brand(number)}{trade}"
    return f"宁波{brand(number)}{trade}有限公司"


def credit_code(number: int) -> str:
    """Well-formed, with division 330299, which no place has: it cannot be anybody's."""
    first = f"91330299MA2T{number:05d}"
    return first + check_character(first)


def contact_phone(number: int) -> str:
    """A Ningbo line whose local number begins with 0000, which no line has."""
    return f"0574-0000{number:04d}"
