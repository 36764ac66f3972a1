"""Import of energy statements from Excel and CSV: a row for each enterprise, month and carrier, mistakes by cell.

Headings: 企业编号, 月份, 能源品种, 单位, 购进量, and where they are used 期初库存, 期末库存, 转供量, 用于原材料,
外供量, 绿证电量, 实测折标系数, 来源 (外购 or 自产, for media, heat and steam). Statistical tables are cumulated since
January: ``cumulative`` takes the months apart. A month after a missing one then covers both, which is refused, unless
the caller asks for an estimate.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial

from config.energy_factors import Carrier, EnergyFactorTable
from domain.energy import EnergyEntry
from domain.ids import EnterpriseId, parse_enterprise_id
from storage import cell_values
from storage.energy_cells import amount, carrier_of
from storage.energy_form import Identify, read_form
from storage.energy_ports import EnergyLedger
from storage.energy_rows import FLOWS, Kept, StatedRow, single_months
from storage.energy_units import to_own_unit
from storage.sheet_cells import Cell, CellError, CellMistake
from storage.sheet_files import SheetFile, read_sheets
from storage.sheet_headings import Field, flow_words
from storage.sheet_months import period
from storage.sheet_tables import TableRow, Tables, no_table, tables_of

Known = Callable[[EnterpriseId], bool]
MADE_HERE = "自产"
ELECTRICITY = "electricity"


def enterprise_of(known: Known) -> cell_values.Reader:
    def read(cell: Cell) -> EnterpriseId:
        enterprise = parse_enterprise_id(cell_values.identifier(cell))
        if not known(enterprise):
            raise CellMistake("登记簿中没有此企业", "the registry has no such enterprise")
        return enterprise

    return read


def _origin(cell: Cell) -> str:
    plain = cell_values.text(cell)
    if plain not in ("", "外购", MADE_HERE):
        raise CellMistake("来源应为“外购”或“自产”", "must be 外购 (bought) or 自产 (made here)")
    return plain


def _fields(factors: EnergyFactorTable, known: Known, *, cumulative: bool) -> tuple[Field, ...]:
    words = partial(flow_words, cumulative=cumulative)
    none_bought = ("购进量不能留空，没有请填0", "enter 0 where nothing was bought")
    return (
        Field("enterprise", ("企业编号", "企业", "enterprise"), enterprise_of(known), needed=True),
        Field("month", ("月份", "年月", "month"), period, needed=True),
        Field(
            "carrier",
            ("能源品种", "品种", "能源名称", "carrier"),
            lambda cell: carrier_of(factors, cell.shown),
            needed=True,
        ),
        Field("unit", ("单位", "计量单位", "unit"), cell_values.text),
        Field("bought", words("购进量", "购进", "bought"), amount, needed=True, empty=none_bought, measured=True),
        Field(
            "opening_stock",
            ("期初库存", "年初库存", "期初库存量", "年初库存量", "库存量期初", "opening_stock"),
            amount,
            measured=True,
        ),
        Field("closing_stock", ("期末库存", "期末库存量", "库存量期末", "closing_stock"), amount, measured=True),
        Field("resold", words("转供量", "转售量", "resold"), amount, measured=True),
        Field("feedstock", words("用于原材料", "原料用量", "feedstock"), amount, measured=True),
        Field("supplied_out", words("外供量", "supplied_out"), amount, measured=True),
        Field("certified_non_fossil", words("绿证电量", "绿证量", "certified_non_fossil"), amount, measured=True),
        Field("kgce_measured", ("实测折标系数", "kgce_measured"), amount),
        Field("origin", ("来源", "外购或自产", "origin"), _origin),
    )


@dataclass(frozen=True, slots=True)
class EnergyImport:
    """written : the entries that are new or corrected; none where ``errors`` has any

    flags : cells that were taken and deserve a look
    """

    entries: tuple[EnergyEntry, ...]
    errors: tuple[CellError, ...]
    written: tuple[EnergyEntry, ...] = ()
    flags: tuple[CellError, ...] = ()


def import_energy(
    ledger: EnergyLedger,
    factors: EnergyFactorTable,
    known: Known,
    actor: str,
    file: SheetFile,
    *,
    identify: Identify = lambda _: None,
    cumulative: bool,
    estimate: bool = False,
    dry_run: bool = False,
) -> EnergyImport:
    """Put every row of the file, or none when a cell is wrong.

    known : whether the registry has an enterprise; identify : one by the name or credit code that a 205-1 form bears
    """
    kept = partial(_kept, ledger)
    read = read_energy(factors, known, file, identify=identify, cumulative=cumulative, estimate=estimate, kept=kept)
    if read.errors or dry_run:
        return read
    return replace(read, written=tuple(ledger.put_energy(actor, read.entries)))


def _kept(ledger: EnergyLedger, rows: Sequence[StatedRow]) -> Kept:
    """What the ledger holds of the years of the rows."""
    if not rows:
        return {}
    found: dict[tuple[EnterpriseId, date], dict[str, EnergyEntry]] = {}
    first = min(row.period.last for row in rows).replace(month=1)
    last = max(row.period.last for row in rows)
    for entry in ledger.energy(first, last, enterprises=sorted({row.enterprise for row in rows})):
        found.setdefault((entry.enterprise, entry.month), {})[entry.carrier] = entry
    return found


def read_energy(
    factors: EnergyFactorTable,
    known: Known,
    file: SheetFile,
    *,
    identify: Identify = lambda _: None,
    cumulative: bool,
    estimate: bool = False,
    kept: Callable[[Sequence[StatedRow]], Kept] = lambda _: {},
) -> EnergyImport:
    """Forms 205-1 and tables of one row for each enterprise, month and carrier; forms are always cumulated.

    Raises Invalid when the file has neither. estimate, kept : see ``single_months``
    """
    sheets = read_sheets(file)
    fields = _fields(factors, known, cumulative=cumulative)
    forms = [form for sheet in sheets if (form := read_form(sheet, factors, identify, file.name)) is not None]
    tables = tables_of(sheets, fields)
    if tables is None and not forms:
        raise no_table(file, fields, "能源表")
    errors, flags, rows = _stated_rows(tables or Tables(), factors, file.name)
    formed = [row for form in forms for row in form.rows]
    for form in forms:
        errors += form.errors
        flags += form.flags
    entries: list[EnergyEntry] = []
    for some, summed in ((rows, cumulative), (formed, True)):
        taken = single_months(some, cumulative=summed, estimate=estimate, kept=kept(some) if summed else None)
        errors += taken.errors
        entries += taken.entries
    in_order = tuple(sorted(errors, key=CellError.order))
    return EnergyImport(tuple(entries), in_order, flags=tuple(sorted(flags, key=CellError.order)))


def _stated_rows(
    tables: Tables, factors: EnergyFactorTable, source: str
) -> tuple[list[CellError], list[CellError], list[StatedRow]]:
    errors, flags, rows = list(tables.errors), list(tables.ignored), []
    for row in tables.rows:
        try:
            rows.append(_stated(row, factors, source))
        except _Refused as refused:
            errors.append(refused.error)
            continue
        if (flag := _origin_flag(row, factors)) is not None:
            flags.append(flag)
    return errors, flags, rows


class _Refused(Exception):
    def __init__(self, error: CellError) -> None:
        super().__init__(error.message_en)
        self.error = error


def _stated(row: TableRow, factors: EnergyFactorTable, source: str) -> StatedRow:
    carrier = factors.of(row["carrier"])
    if _converted(carrier) and row["origin"] == MADE_HERE:
        zh = f"自产{carrier.name_zh}的能耗已计在制取它的用电或燃料中，不得重复计入；请删除此行"
        en = "its energy is in the electricity or fuel that made it already; leave the row out"
        raise _Refused(row.error("origin", CellMistake(zh, en)))
    _factor(row, "bought", carrier.unit)  # a unit that cannot be is a mistake beside a nought, too
    flows = {name: row[name] * _factor(row, name, carrier.unit) if row[name] else 0.0 for name in FLOWS}
    return StatedRow(row, row["enterprise"], row["month"], carrier.id, flows, row["kgce_measured"], source)


def _factor(row: TableRow, name: str, own: str) -> float:
    """Of the unit beside the row, or of the one in the flow's heading; two that differ are refused."""
    beside, above = row["unit"] or "", row.layout.units.get(name, "")
    try:
        by_row = to_own_unit(beside, own) if beside else None
    except CellMistake as mistake:
        raise _Refused(row.error("unit", mistake)) from mistake
    try:
        by_heading = to_own_unit(above, own) if above else None
    except CellMistake:
        by_heading = None  # what stands in the brackets is no unit: 实物量
    if by_row is None and by_heading is None:
        raise _Refused(row.error(name, CellMistake("缺少计量单位", "the unit is missing")))
    if by_row is not None and by_heading is not None and by_row != by_heading:
        zh = f"表头单位“{above}”与单位列“{beside}”不一致"
        raise _Refused(row.error(name, CellMistake(zh, "the unit in the heading is not the one beside the row")))
    return by_row if by_row is not None else by_heading or 0.0


def _origin_flag(row: TableRow, factors: EnergyFactorTable) -> CellError | None:
    carrier = factors.of(row["carrier"])
    if not _converted(carrier) or row["origin"] == "外购" or not row["bought"]:
        return None
    what = "耗能工质" if carrier.medium else "二次能源"
    zh = f"{carrier.name_zh}是{what}，只有外购才计入；若由本企业用电或燃料制取，则重复计入"
    en = "counts only when bought in; made here from what is counted already, it counts twice"
    return row.error("carrier", CellMistake(zh, en))


def _converted(carrier: Carrier) -> bool:
    """Media, heat and steam: what an enterprise makes of electricity and fuels that stand in its statement."""
    return not carrier.fuel and carrier.id != ELECTRICITY
