"""Import of value added (增加值) from Excel and CSV: a row for each enterprise and month, mistakes by cell.

Headings: 企业编号, 月份, 增加值 (unit in its brackets or in 单位: 万元, 千元, 元, 亿元), and where they are used
价格 (可比价 or 现价), 基年, 可比价增速 (17.8%), 性质 (实报 or 估算). A quarter's figure is no month's: it is refused,
or split by days and marked as an estimate when the caller asks for it.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from domain.energy import OutputEntry, PriceBasis, Standing
from domain.errors import Invalid
from domain.ids import EnterpriseId
from storage import cell_values
from storage.energy_files import Known, enterprise_of
from storage.energy_ports import EnergyLedger
from storage.sheet_cells import Cell, CellError, CellMistake
from storage.sheet_files import SheetFile
from storage.sheet_headings import Field, flow_words
from storage.sheet_months import Period, period, refuse_merged
from storage.sheet_tables import TableRow, read_tables

_TO_10K_CNY = {"": 1.0, "万元": 1.0, "千元": 0.1, "元": 1e-4, "亿元": 1e4}
_PRICES = {"可比价": PriceBasis.CONSTANT, "不变价": PriceBasis.CONSTANT, "现价": PriceBasis.CURRENT} | {
    str(basis): basis for basis in PriceBasis
}
_STANDINGS = {"": Standing.REPORTED, "实报": Standing.REPORTED, "上报": Standing.REPORTED, "估算": Standing.ESTIMATED}


@dataclass(frozen=True, slots=True)
class Prices:
    """Of rows that name none."""

    basis: PriceBasis | None = None
    base_year: int | None = None


@dataclass(frozen=True, slots=True)
class OutputImport:
    """written : the entries that are new or corrected; flags : cells that were taken and deserve a look"""

    entries: tuple[OutputEntry, ...]
    errors: tuple[CellError, ...]
    written: tuple[OutputEntry, ...] = ()
    flags: tuple[CellError, ...] = ()


def share(cell: Cell) -> float | None:
    """A growth rate as a share: 17.8% is 0.178. A bare 17.8 is refused, for it may be either."""
    plain = unicodedata.normalize("NFKC", cell.shown).strip()
    per_cent = plain.endswith("%") and not isinstance(cell.value, float)
    value: float | None = cell_values.figure("%")(cell)
    if value is None:
        return None
    found = value / 100 if per_cent else value
    if not per_cent and "%" not in cell.number_format and abs(found) > 1:
        raise CellMistake("增速请写成百分数，如 17.8%", "write a rate of growth as 17.8%")
    return found


def _word(words: dict[str, object], told: str) -> cell_values.Reader:
    def read(cell: Cell) -> object:
        plain = cell_values.text(cell)
        if plain not in words:
            raise CellMistake(f"应为{told}", f"must be one of {', '.join(word for word in words if word)}")
        return words[plain]

    return read


def _year(cell: Cell) -> int | None:
    value: float | None = cell_values.figure("年")(cell)
    if value is None:
        return None
    if value != int(value) or not 1949 <= value <= 2200:
        raise CellMistake("应为年份，如 2020", "must be a year such as 2020")
    return int(value)


def _fields(known: Known, *, cumulative: bool) -> tuple[Field, ...]:
    missing = ("增加值不能留空，未知请删除此行", "leave the row out where it is not known")
    return (
        Field("enterprise", ("企业编号", "企业", "enterprise"), enterprise_of(known), needed=True),
        Field("month", ("月份", "年月", "时期", "month"), period, needed=True),
        Field(
            "value",
            flow_words("增加值", "工业增加值", "value_added", "value_added_10k_cny", cumulative=cumulative),
            cell_values.figure(""),
            needed=True,
            empty=missing,
            measured=True,
        ),
        Field("unit", ("单位", "计量单位", "unit"), cell_values.text),
        Field(
            "price", ("价格", "价格类型", "价格口径", "price_basis"), _word({"": None, **_PRICES}, "“可比价”或“现价”")
        ),
        Field("base_year", ("基年", "可比价基年", "base_year"), _year),
        Field("real_growth", ("可比价增速", "实际增速", "real_growth"), share),
        Field("standing", ("性质", "数据性质", "standing"), _word({**_STANDINGS}, "实报或估算")),
    )


def import_output(
    ledger: EnergyLedger,
    known: Known,
    actor: str,
    file: SheetFile,
    *,
    prices: Prices,
    cumulative: bool = False,
    estimate: bool = False,
    dry_run: bool = False,
) -> OutputImport:
    """Put every row of the file, or none when a cell is wrong."""
    read = read_output(known, file, prices=prices, cumulative=cumulative, estimate=estimate)
    if read.errors or dry_run:
        return read
    return replace(read, written=tuple(ledger.put_output(actor, read.entries)))


def read_output(
    known: Known, file: SheetFile, *, prices: Prices, cumulative: bool = False, estimate: bool = False
) -> OutputImport:
    """cumulative : figures are sums since January; estimate : split what holds several months, marked as estimates.

    Raises Invalid when the file has no table of value added.
    """
    tables = read_tables(file, _fields(known, cumulative=cumulative), "增加值表")
    errors, flags = list(tables.errors), list(tables.ignored)
    entries: list[OutputEntry] = []
    for row, value, months in _since_january(tables.rows, errors) if cumulative else _as_written(tables.rows):
        try:
            entries += _entries(row, value, months, prices, file.name, estimate=estimate)
        except (CellMistake, Invalid) as mistake:
            errors.append(row.error("month", mistake))
            continue
        if value <= 0:
            told = CellMistake("增加值不大于零，该月不作强度", "value added is not above zero: it makes no intensity")
            flags.append(row.error("value", told))
    errors += _twice(tables.rows)
    return OutputImport(tuple(entries), _ordered(errors), flags=_ordered(flags))


def _ordered(found: Sequence[CellError]) -> tuple[CellError, ...]:
    return tuple(sorted(found, key=CellError.order))


Dated = tuple[TableRow, float, Period]


def _as_written(rows: Sequence[TableRow]) -> Iterator[Dated]:
    return ((row, row["value"], row["month"]) for row in rows)


def _since_january(rows: Sequence[TableRow], errors: list[CellError]) -> Iterator[Dated]:
    series: dict[tuple[EnterpriseId, int], dict[int, TableRow]] = defaultdict(dict)
    for row in rows:
        found: Period = row["month"]
        if row["real_growth"] is not None and found.last.month > 1:
            zh, en = "累计增速不能拆到单月；请用可比价数值或单月增速", "a cumulated growth rate is no month's"
            errors.append(row.error("real_growth", CellMistake(zh, en)))
        elif found.first.month not in (1, found.last.month):
            errors.append(row.error("month", CellMistake("累计数应从1月起", "a cumulated figure begins with January")))
        else:
            series[row["enterprise"], found.last.year][found.last.month] = row
    for (_, year), months in series.items():
        before, sum_before = 0, 0.0
        for number, row in sorted(months.items()):
            yield row, row["value"] - sum_before, Period(date(year, before + 1, 1), date(year, number, 1))
            before, sum_before = number, row["value"]


def _entries(
    row: TableRow, value: float, months: Period, prices: Prices, source: str, *, estimate: bool
) -> list[OutputEntry]:
    if len(months.months) > 1 and not estimate:
        raise refuse_merged(months)
    unit = row["unit"] or row.layout.units.get("value", "").split(",")[0]
    if unit not in _TO_10K_CNY:
        raise CellMistake(f"金额单位“{unit}”应为万元、千元、元或亿元", f"unit {unit!r} is none of CNY", "unit")
    basis = row["price"] or prices.basis
    if basis is None:
        raise CellMistake(
            "缺少价格类型：可比价或现价", "say whether prices are constant (可比价) or current (现价)", "price"
        )
    year = row["base_year"] or prices.base_year if basis is PriceBasis.CONSTANT else None
    if basis is PriceBasis.CONSTANT and year is None:
        raise CellMistake("可比价须注明基年", "constant prices need their base year", "base_year")
    several = len(months.months) > 1
    return [
        OutputEntry(
            enterprise=row["enterprise"],
            month=month,
            value_added_10k_cny=value * _TO_10K_CNY[unit] * (part if several else 1.0),
            price_basis=basis,
            base_year=year,
            real_growth=row["real_growth"],
            standing=Standing.ESTIMATED if several else row["standing"] or Standing.REPORTED,
            source=source,
        )
        for month, part in zip(months.months, months.shares(), strict=True)
    ]


def _twice(rows: Sequence[TableRow]) -> Iterator[CellError]:
    seen: dict[tuple[EnterpriseId, date], TableRow] = {}
    for row in rows:
        other = seen.setdefault((row["enterprise"], row["month"].last), row)
        if other is not row:
            place = other.cells[0].row
            zh = f"与第{place}行是同一企业和月份，只留一行"
            yield row.error("", CellMistake(zh, f"the same as row {place}; keep one"))
