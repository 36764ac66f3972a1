"""What a cell means: identifiers, figures, days, yes or no. Each raises CellMistake with what to do."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date
from enum import StrEnum
from typing import Any, TypeVar

from storage.sheet_files import Cell, CellMistake

E = TypeVar("E", bound=StrEnum)
Reader = Callable[[Cell], Any]

#: How people write "nothing here". Missing, never zero.
NOTHING = frozenset({"", "-", "--", "—", "——", "/", "无", "n/a"})
YES = frozenset({"是", "y", "yes", "true", "1", "√", "有", "在用"})
NO = frozenset({"否", "n", "no", "false", "0", "×", "x", "停用"})


def _narrow(cell: Cell) -> str:
    if cell.formula:
        raise CellMistake("单元格是公式，请“选择性粘贴为数值”", "a formula; paste it as a value")
    text = unicodedata.normalize("NFKC", cell.shown).strip()
    if re.fullmatch(r"#(N/A|REF!|VALUE!|DIV/0!|NAME\?|NUM!|NULL!)", text):
        raise CellMistake("单元格是Excel错误值，请填写正确的值", "an error value of Excel; enter the value")
    return text


def text(cell: Cell) -> str:
    _narrow(cell)
    if isinstance(cell.value, date):
        # 8-10 for "8 to 10 o'clock" becomes the 10th of August.
        raise CellMistake(
            "Excel已把内容改成日期，请将该列设为文本后重填",
            "Excel made a date of it; format the column as text and retype",
        )
    if isinstance(cell.value, bool):
        return "是" if cell.value else "否"
    return cell.shown.strip().replace("\r\n", "\n")


def identifier(cell: Cell) -> str:
    """Account numbers and codes are text: a number has lost its leading zeros, or its last digits."""
    plain = _narrow(cell)
    if isinstance(cell.value, float):
        width = len(cell.number_format) if set(cell.number_format) == {"0"} else 0
        if width >= len(plain) and plain.isdigit():
            return plain.zfill(width)  # the format shows the zeros, so this is what the person sees
        raise CellMistake(
            "编号存成了数字，前导零可能已丢失；请将该列设为文本后重新输入",
            "a number, so leading zeros may be lost; format the column as text and enter it again",
        )
    if isinstance(cell.value, date | bool):
        raise CellMistake(
            "编号被Excel改成了日期或逻辑值，请设为文本后重填", "Excel changed the id; format the column as text"
        )
    if re.fullmatch(r"\d(\.\d+)?E\+\d+", plain):
        raise CellMistake(
            "编号变成了科学计数法，末位数字已丢失；请从原始资料重新输入",
            "scientific notation has lost its last digits; enter it again from the source",
        )
    return plain


def optional_identifier(cell: Cell) -> str | None:
    return identifier(cell) or None


def phone(cell: Cell) -> str:
    plain = _narrow(cell)
    if isinstance(cell.value, float) and not re.fullmatch(r"1\d{10}", plain):
        raise CellMistake(
            "电话存成了数字，区号的0可能已丢失；请设为文本后重填",
            "a number, so the area code's 0 may be lost; use text",
        )
    return plain


def figure(unit: str) -> Reader:
    """A number of ``unit``, or None. The unit itself may stand behind it, another one may not."""

    what_zh, what_en = (f"以{unit}计的数", f"a number of {unit}") if unit else ("数", "a number")

    def read(cell: Cell) -> float | None:
        plain = _narrow(cell).lower()
        if plain in NOTHING:
            return None
        if isinstance(cell.value, date | bool):
            raise CellMistake(f"不是数字，请填{what_zh}", f"not a number; enter {what_en}")
        number = plain.removesuffix(unit.lower()).strip() if unit else plain
        if re.fullmatch(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?", number):
            number = number.replace(",", "")
        if not re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", number) or not math.isfinite(float(number)):
            raise CellMistake(f"不是数字，请只填{what_zh}", f"not a number; enter only {what_en}")
        return float(number)

    return read


def positive(unit: str) -> Reader:
    read_figure = figure(unit)

    def read(cell: Cell) -> float:
        value: float | None = read_figure(cell)
        if value is None or value <= 0:
            raise CellMistake("应大于0", "must be above 0")
        return value

    return read


def interval_s(cell: Cell) -> int:
    """Seconds that divide a day; 15min and 15分钟 are understood."""
    plain = _narrow(cell).lower()
    found = re.fullmatch(r"(\d+)\s*(s|秒|min|分钟|分)?", plain)
    seconds = int(found.group(1)) * (60 if found.group(2) in ("min", "分钟", "分") else 1) if found else 0
    if not 0 < seconds <= 86_400 or 86_400 % seconds:
        raise CellMistake(
            "采集间隔应为能整除一天的秒数，如60或900", "must be seconds that divide a day, such as 60 or 900"
        )
    return seconds


def yes_or_no(cell: Cell) -> bool:
    if isinstance(cell.value, bool):
        return cell.value
    plain = _narrow(cell).lower()
    if plain in YES:
        return True
    if plain in NO:
        return False
    raise CellMistake("请填“是”或“否”", "enter 是 or 否 (yes or no)")


def yes_or_nothing(cell: Cell) -> bool:
    """For what few have: a dash means no. Not for what most have, such as being in service."""
    return _narrow(cell).lower() not in NOTHING and yes_or_no(cell)


def one_of(kind: type[E], words: Mapping[E, str]) -> Reader:
    """An enum by its Chinese word or its own value."""
    known = {word.lower(): member for member, word in words.items()} | {member.value: member for member in kind}

    def read(cell: Cell) -> E:
        plain = _narrow(cell)
        found = known.get("" if plain in NOTHING else plain.lower())
        if found is None:
            allowed = "、".join(word for word in words.values() if word)
            raise CellMistake(f"应为：{allowed}", f"must be one of: {', '.join(m.value for m in kind if m.value)}")
        return found

    return read


_DAY = re.compile(r"(\d{4})(?:[-/.年]?)(\d{1,2})(?:[-/.月]?)(\d{1,2})日?")
_COMPACT_DAY = re.compile(r"(\d{4})(\d{2})(\d{2})")


def day(cell: Cell) -> date | None:
    plain = _narrow(cell)
    if plain in NOTHING:
        return None
    found = cell.value if isinstance(cell.value, date) else None
    if found is None:
        parts = _COMPACT_DAY.fullmatch(plain) or (_DAY.fullmatch(plain) if re.search(r"\D", plain) else None)
        try:
            found = date(*(int(part) for part in parts.groups())) if parts else None
        except ValueError:
            found = None
    if found is None or not 1970 <= found.year <= 2100:
        raise CellMistake("不是日期，请按 2026-07-01 填写", "not a day; write it as 2026-07-01")
    return date(found.year, found.month, found.day)
