"""Import of energy statements from Excel and CSV: a row for each enterprise, month and carrier, mistakes by cell.

Headings: 企业编号, 月份, 能源品种, 单位, 购进量, and where they are used 期初库存, 期末库存, 转供量, 用于原材料,
外供量, 绿证电量, 实测折标系数, 来源 (外购 or 自产, for media). Statistical tables are cumulated since January:
``cumulative`` takes the months apart. A month after a missing one then covers both, which is refused, unless the
caller asks for an estimate.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace

from config.energy_factors import EnergyFactorTable
from domain.energy import EnergyEntry
from domain.errors import Invalid
from domain.ids import EnterpriseId, parse_enterprise_id
from storage import cell_values
from storage.energy_ports import EnergyLedger
from storage.energy_rows import FLOWS, StatedRow, single_months
from storage.energy_units import to_own_unit
from storage.sheet_cells import Cell, CellError, CellMistake
from storage.sheet_files import SheetFile
from storage.sheet_months import period
from storage.sheet_tables import Field, TableRow, read_tables

Known = Callable[[EnterpriseId], bool]
MADE_HERE = "自产"


def amount(cell: Cell) -> float | None:
    value: float | None = cell_values.figure("")(cell)
    if value is not None and value < 0:
        raise CellMistake("不能为负数", "must be a number from 0 on")
    return value


def enterprise_of(known: Known) -> cell_values.Reader:
    def read(cell: Cell) -> EnterpriseId:
        enterprise = parse_enterprise_id(cell_values.identifier(cell))
        if not known(enterprise):
            raise CellMistake("登记簿中没有此企业", "the registry has no such enterprise")
        return enterprise

    return read


def carrier_of(factors: EnergyFactorTable, text: str) -> str:
    """By its id, its name or another name of it. Raises CellMistake."""
    plain = unicodedata.normalize("NFKC", text).strip()
    for carrier in factors.carrier:
        if plain in (carrier.id, carrier.name_zh, unicodedata.normalize("NFKC", carrier.name_zh), *carrier.also):
            return carrier.id
    names = "、".join(carrier.name_zh for carrier in factors.carrier)
    raise CellMistake(f"没有能源品种“{plain}”，可用：{names}", f"no carrier {plain!r}; see energy_factors.toml")


def _origin(cell: Cell) -> str:
    plain = cell_values.text(cell)
    if plain not in ("", "外购", MADE_HERE):
        raise CellMistake("来源应为“外购”或“自产”", "must be 外购 (bought) or 自产 (made here)")
    return plain


def _fields(factors: EnergyFactorTable, known: Known) -> tuple[Field, ...]:
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
        Field("unit", ("单位", "计量单位", "unit"), cell_values.text, needed=True),
        Field("bought", ("购进量", "购进", "bought"), amount, needed=True, empty=none_bought),
        Field(
            "opening_stock", ("期初库存", "年初库存", "期初库存量", "年初库存量", "库存量期初", "opening_stock"), amount
        ),
        Field("closing_stock", ("期末库存", "期末库存量", "库存量期末", "closing_stock"), amount),
        Field("resold", ("转供量", "转售量", "resold"), amount),
        Field("feedstock", ("用于原材料", "原料用量", "feedstock"), amount),
        Field("supplied_out", ("外供量", "supplied_out"), amount),
        Field("certified_non_fossil", ("绿证电量", "绿证量", "certified_non_fossil"), amount),
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
    cumulative: bool,
    estimate: bool = False,
    dry_run: bool = False,
) -> EnergyImport:
    """Put every row of the file, or none when a cell is wrong. known : whether the registry has an enterprise"""
    read = read_energy(factors, known, file, cumulative=cumulative, estimate=estimate)
    if read.errors or dry_run:
        return read
    return replace(read, written=tuple(ledger.put_energy(actor, read.entries)))


def read_energy(
    factors: EnergyFactorTable, known: Known, file: SheetFile, *, cumulative: bool, estimate: bool = False
) -> EnergyImport:
    """Raises Invalid when the file has no table of energy. estimate : see ``single_months``"""
    tables = read_tables(file, _fields(factors, known), "能源表")
    errors, flags, rows = list(tables.errors), [], []
    for row in tables.rows:
        try:
            rows.append(_stated(row, factors, file.name))
        except _Refused as refused:
            errors.append(refused.error)
            continue
        if (flag := _medium_flag(row, factors)) is not None:
            flags.append(flag)
    taken = single_months(rows, cumulative=cumulative, estimate=estimate)
    errors += taken.errors
    in_order = tuple(sorted(errors, key=CellError.order))
    return EnergyImport(tuple(taken.entries), in_order, flags=tuple(sorted(flags, key=CellError.order)))


class _Refused(Exception):
    def __init__(self, error: CellError) -> None:
        super().__init__(error.message_en)
        self.error = error


def _stated(row: TableRow, factors: EnergyFactorTable, source: str) -> StatedRow:
    carrier = factors.of(row["carrier"])
    if carrier.medium and row["origin"] == MADE_HERE:
        zh = f"自产{carrier.name_zh}的能耗已计在其用电中，不得重复计入；请删除此行"
        raise _Refused(
            row.error("origin", CellMistake(zh, "its energy is in the electricity already; leave the row out"))
        )
    try:
        factor = to_own_unit(row["unit"], carrier.unit)
    except (CellMistake, Invalid) as mistake:
        raise _Refused(row.error("unit", mistake)) from mistake
    flows = {name: (row[name] or 0.0) * factor for name in FLOWS}
    return StatedRow(row, row["enterprise"], row["month"], carrier.id, flows, row["kgce_measured"], source)


def _medium_flag(row: TableRow, factors: EnergyFactorTable) -> CellError | None:
    carrier = factors.of(row["carrier"])
    if not carrier.medium or row["origin"] == "外购" or not row["bought"]:
        return None
    zh = f"{carrier.name_zh}是耗能工质，只有外购才计入；若由本企业用电制取，则与用电重复"
    return row.error(
        "carrier", CellMistake(zh, "an energy medium counts only when bought in; made here it counts twice")
    )
