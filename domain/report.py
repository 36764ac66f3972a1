"""A document to sign and send, apart from its form: Word and Excel are made of one, so a figure is the same in both.

A number that is not known is None and prints as a dash; why it is missing stands in the row or in the table's note.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from domain.errors import Invalid

MISSING = "—"


class ColumnKind(StrEnum):
    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    PERCENT = "percent"  # values are shares: 0.035 prints as 3.5%


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with a form of its own, where the rows of a table differ in unit (the column's form is for all of it).

    percent : the value is a share, 0.035 prints as 3.5 %
    """

    value: float | None
    digits: int = 2
    unit: str = ""
    percent: bool = False

    def __post_init__(self) -> None:
        _finite(self.value, self.unit)


Cell = str | float | date | Quantity | None


@dataclass(frozen=True, slots=True)
class Column:
    title: str
    unit: str = ""
    kind: ColumnKind = ColumnKind.TEXT
    digits: int = 2

    @property
    def heading(self) -> str:
        return f"{self.title}（{self.unit}）" if self.unit else self.title


@dataclass(frozen=True, slots=True)
class Heading:
    """level : 1 = 一、 2 = （一）"""

    text: str
    level: int = 1


@dataclass(frozen=True, slots=True)
class Paragraph:
    text: str


@dataclass(frozen=True, slots=True)
class Table:
    """rows : as many cells each as there are columns; the first column names the row"""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""

    def __post_init__(self) -> None:
        if not self.columns:
            raise Invalid(f"table {self.title!r} has no columns")
        for row in self.rows:
            if len(row) != len(self.columns):
                raise Invalid(f"table {self.title!r}: {len(row)} cells in a row of {len(self.columns)} columns")
            for cell, column in zip(row, self.columns, strict=True):
                if isinstance(cell, float):
                    _finite(cell, f"{self.title}, {column.title}")


class ChartKind(StrEnum):
    LINE = "line"
    COLUMN = "column"


@dataclass(frozen=True, slots=True)
class Series:
    """values : one for each category, None = a gap"""

    name: str
    values: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    title: str
    kind: ChartKind
    categories: tuple[str, ...]
    series: tuple[Series, ...]
    y_title: str = ""

    def __post_init__(self) -> None:
        if not self.categories or not self.series:
            raise Invalid(f"chart {self.title!r} has nothing to draw")
        for each in self.series:
            if len(each.values) != len(self.categories):
                raise Invalid(
                    f"chart {self.title!r}: {each.name} has {len(each.values)} values, not {len(self.categories)}"
                )
            for value in each.values:
                _finite(value, each.name)


@dataclass(frozen=True, slots=True)
class Facts:
    """Lines of label and value. abreast : pairs that stand on one line of a page"""

    pairs: tuple[tuple[str, str | Quantity], ...]
    abreast: int = 1

    def __post_init__(self) -> None:
        if self.abreast < 1:
            raise Invalid("at least one pair of facts stands on a line")


@dataclass(frozen=True, slots=True)
class Signature:
    """Lines to sign on, as in 审核人：        日期："""

    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PageBreak:
    """What follows is a leaf of its own, to be handed out by itself."""


Block = Heading | Paragraph | Table | Chart | Facts | Signature | PageBreak


def signature(*roles: str) -> Signature:
    """A line of names and one of the day, as offices end a paper."""
    return Signature(("".join(f"{role}：{_ROOM}" for role in roles).rstrip("　"), "日期：　　　　年　　月　　日"))


_ROOM = "　" * 8


@dataclass(frozen=True, slots=True)
class Document:
    """made_at : instant with zone; version : as printed, 草稿 or 第1版; watermark : whose copy this is, None = none

    number : 文号 of the office, "" = room to write it in, None = a paper that bears none

    drill : printed on every page; source_note : where the figures come from, printed at the end
    compact : smaller type and charts, for what has to fit on one page
    """

    title: str
    subtitle: str
    blocks: tuple[Block, ...]
    made_at: datetime
    version: str
    watermark: str | None = None
    drill: bool = False
    source_note: str = ""
    compact: bool = False
    number: str | None = None

    def __post_init__(self) -> None:
        if self.made_at.tzinfo is None:
            raise Invalid("made_at of a document needs a time zone")

    def tables(self) -> Iterator[Table]:
        return (block for block in self.blocks if isinstance(block, Table))


def shown(cell: Cell, column: Column) -> str:
    """A cell as a person reads it, the same in every form: thousands grouped, a fixed number of digits, a dash."""
    if cell is None:
        return MISSING
    if isinstance(cell, Quantity):
        return shown_quantity(cell)
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, str):
        return cell
    return shown_number(cell, column.digits, percent=column.kind is ColumnKind.PERCENT)


def shown_quantity(quantity: Quantity, *, with_unit: bool = False) -> str:
    if quantity.value is None:
        return MISSING
    text = shown_number(quantity.value, quantity.digits, percent=quantity.percent)
    return f"{text} {quantity.unit}" if with_unit and quantity.unit else text


def shown_number(value: float, digits: int, *, percent: bool = False) -> str:
    text = f"{value * 100:,.{digits}f}%" if percent else f"{value:,.{digits}f}"
    # A small negative that rounds to nothing would print as -0.00.
    return text if any(sign in text for sign in "123456789") else text.removeprefix("-")


def _finite(value: float | None, where: str) -> None:
    if value is not None and not math.isfinite(value):
        raise Invalid(f"{where}: {value} is no figure for a document; what is not known is None")


def chinese(text: str) -> str:
    """The half of a text in both languages that a paper prints: 缺少能源报表 / energy statements are missing"""
    return text.partition(" / ")[0]
