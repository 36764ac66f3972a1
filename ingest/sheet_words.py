"""Words of load sheets: which heading is which column, and what a text says of quantity, unit and multiplier."""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum
from typing import NamedTuple

from storage.sheet_cells import heading_key


class Part(StrEnum):
    """What a column beside the values holds."""

    ACCOUNT = "account"
    METER = "meter"
    NAME = "name"
    DAY = "day"
    TIME = "time"
    MULTIPLIER = "multiplier"
    CT = "ct"
    PT = "pt"
    QUANTITY = "quantity"
    UNIT = "unit"
    TOTAL = "total"


class Kind(StrEnum):
    """What the values are. Power, energy of an interval and registers (示数) can be imported."""

    POWER = "kw"
    ENERGY = "kwh"
    REGISTER = "register"
    OTHER = "other"


class Unit(NamedTuple):
    """``factor`` : to kW or kWh"""

    kind: Kind
    factor: float


_HEADINGS: dict[Part, tuple[str, ...]] = {
    Part.ACCOUNT: (
        *("户号", "用户编号", "用户号", "客户编号", "用电户号", "用户户号", "营销户号", "总户号", "消费者编号"),
        *("account", "account_id", "accountno"),
    ),
    Part.METER: (
        *("表号", "电表号", "电能表编号", "电表编号", "表计编号", "计量点编号", "计量点", "计量点号", "资产编号"),
        *("电表资产号", "电能表资产号", "电能表资产编号", "局号", "表计资产号", "电表", "meter", "meter_id"),
    ),
    Part.NAME: (
        *("户名", "用户名称", "企业名称", "客户名称", "单位名称", "用电户名称", "企业", "站点", "名称"),
        *("name", "site", "enterprise", "id"),
    ),
    Part.DAY: ("日期", "数据日期", "用电日期", "采集日期", "曲线日期", "抄表日期", "date", "day"),
    Part.TIME: (
        *("时间", "时刻", "时点", "数据时间", "采集时间", "日期时间", "抄表时间"),
        *("ts", "time", "timestamp", "datetime", "date_time"),
    ),
    Part.MULTIPLIER: (
        *("倍率", "综合倍率", "计量倍率", "表计倍率", "电表倍率", "乘率", "ct*pt", "ct×pt", "pt*ct", "multiplier"),
    ),
    Part.CT: ("ct", "ct变比", "ta变比", "电流互感器变比", "电流变比"),
    Part.PT: ("pt", "pt变比", "tv变比", "电压互感器变比", "电压变比"),
    Part.QUANTITY: ("数据项", "数据类型", "数据项名称", "曲线类型", "类型", "数据名称", "项目", "量", "quantity"),
    Part.UNIT: ("单位", "计量单位", "unit"),
    Part.TOTAL: ("合计", "总计", "日电量", "日合计", "日总电量", "总电量", "当日电量", "total", "sum"),
}
_PART_OF = {word: part for part, words in _HEADINGS.items() for word in words}
#: Words a title row gives a value for, as in "户号：0330000001".
_TITLED = {Part.ACCOUNT, Part.METER, Part.NAME, Part.MULTIPLIER, Part.UNIT, Part.DAY}
_TITLE = re.compile(
    r"(?P<word>[^\s:：;；,，()（）]{2,10})\s*[:：]\s*(?P<value>[^\s;；,，]*)",
)

_UNITS = (
    (re.compile(r"万(千瓦时|kwh|度)"), Unit(Kind.ENERGY, 10_000.0)),
    (re.compile(r"mwh|兆瓦时"), Unit(Kind.ENERGY, 1_000.0)),
    (re.compile(r"kwh|kw\.h|kw·h|千瓦时|(?<![温角湿年月季制精亮浓强])度(?=$|[)\]])"), Unit(Kind.ENERGY, 1.0)),
    (re.compile(r"万千瓦|万kw"), Unit(Kind.POWER, 10_000.0)),
    (re.compile(r"mw|兆瓦"), Unit(Kind.POWER, 1_000.0)),
    (re.compile(r"kw|千瓦"), Unit(Kind.POWER, 1.0)),
    (re.compile(r"(?<=[(\[])w(?=[)\]])|^w$|(?<=[(\[])瓦(?=[)\]])|^瓦$"), Unit(Kind.POWER, 0.001)),
)
_KINDS = (
    (re.compile(r"无功|反向|电流|电压|功率因数|视在|温度|湿度|谐波|kvar|kva"), Kind.OTHER),
    (re.compile(r"示数|示值|表码|读数|止码|起码"), Kind.REGISTER),
    (re.compile(r"电量|电能|有功总|energy"), Kind.ENERGY),
    (re.compile(r"功率|负荷|需量|power|load"), Kind.POWER),
)
_APPLIED = re.compile(r"已乘倍率|含倍率|乘倍率后|一次侧|一次值")
_APPLY = re.compile(r"未乘倍率|不含倍率|乘倍率前|二次侧|二次值")
_INSTANT = re.compile(r"瞬时|实时功率")
_CLOSING = re.compile(
    r"合计|总计|小计|累计|平均|均值|最大|最小|制表|审核|填表|填报|备注|说明|注:|打印(时间|日期|人)|导出|第\d+页|共\d+|total\b|sum\b"
)


def plain(text: str) -> str:
    """Without width, case and spaces."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).lower()


def site_name(column: str) -> str:
    """``E001 (kW)`` and ``E001_kwh`` are the site E001."""
    return re.sub(r"(?i)\s*[\(（\[]\s*kwh?\s*[\)）\]]$|_kwh?$", "", column.strip()) or column


def part_of(text: str) -> Part | None:
    """The column a heading names; its unit and width do not count."""
    key = plain(text)
    return _PART_OF.get(heading_key(text)) or _PART_OF.get(re.sub(r"[(\[].*[)\]]$", "", key))


def titled(text: str) -> dict[Part, str]:
    """What a title row says: 户号：0330000001 单位：kW."""
    found: dict[Part, str] = {}
    for match in _TITLE.finditer(unicodedata.normalize("NFKC", text)):
        part = _PART_OF.get(plain(match["word"]))
        if part in _TITLED and part is not None and match["value"]:
            found[part] = match["value"]
    return found


def unit_of(text: str) -> Unit | None:
    """The unit a text names outright; a word such as 电量 names a quantity, not a unit."""
    key = plain(text)
    if re.search(r"kvar|kva", key):
        return None
    return next((unit for pattern, unit in _UNITS if pattern.search(key)), None)


def kind_of(text: str) -> Kind | None:
    """The quantity a text names: 无功功率 is another, 正向有功电量 is energy, 负荷 is power."""
    key = plain(text)
    return next((kind for pattern, kind in _KINDS if pattern.search(key)), None)


def says_applied(text: str) -> bool | None:
    """Whether a text says that values are multiplied already; None when it says nothing."""
    key = plain(text)
    if _APPLY.search(key):
        return False
    return True if _APPLIED.search(key) else None


def says_instant(text: str) -> bool:
    """Momentary power: what the meter showed at the stamp, no mean of the interval."""
    return _INSTANT.search(plain(text)) is not None


def is_closing(text: str) -> bool:
    """The first text of a row of totals or of a footer."""
    return _CLOSING.match(plain(text)) is not None
