"""Import of energy statements from Excel and CSV: a row for each enterprise, month and carrier, mistakes by cell.

Headings: 企业编号, 月份, 能源品种, 单位, 购进量, and where they are used 期初库存, 期末库存, 转供量, 用于原材料,
外供量, 绿证电量, 实测折标系数. Statistical tables are cumulated since January; ``cumulative`` takes the months apart,
and a month after a missing one then covers both, which is refused, not guessed.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from config.energy_factors import EnergyFactorTable
from domain.energy import EnergyEntry, Standing
from domain.errors import Invalid
from domain.ids import EnterpriseId, parse_enterprise_id
from storage import cell_values
from storage.energy_ports import EnergyLedger
from storage.energy_units import to_own_unit
from storage.sheet_files import (
    HEADING_SEARCH_ROWS,
    Cell,
    CellError,
    CellMistake,
    Sheet,
    SheetFile,
    heading_key,
    read_sheets,
)

_WORDS = {
    "enterprise": ("企业编号", "企业", "enterprise"),
    "month": ("月份", "年月", "month"),
    "carrier": ("能源品种", "品种", "能源名称", "carrier"),
    "unit": ("单位", "计量单位", "unit"),
    "bought": ("购进量", "购进", "bought"),
    "opening_stock": ("期初库存", "年初库存", "opening_stock"),
    "closing_stock": ("期末库存", "closing_stock"),
    "resold": ("转供量", "转售量", "resold"),
    "feedstock": ("用于原材料", "原料用量", "feedstock"),
    "supplied_out": ("外供量", "supplied_out"),
    "certified_non_fossil": ("绿证电量", "绿证量", "certified_non_fossil"),
    "kgce_measured": ("实测折标系数", "kgce_measured"),
}
_NEEDED = ("enterprise", "month", "carrier", "unit", "bought")
_FLOWS = ("bought", "opening_stock", "closing_stock", "resold", "feedstock", "supplied_out", "certified_non_fossil")
#: Flows that a cumulated table sums up since January; stocks are those of the day.
_SUMMED = ("bought", "resold", "feedstock", "supplied_out", "certified_non_fossil")
_MONTH = re.compile(r"(20\d\d)\s*[-年/.]\s*(\d{1,2})\s*月?")


@dataclass(frozen=True, slots=True)
class EnergyImport:
    """written : the entries that are new or corrected; none where ``errors`` has any"""

    entries: tuple[EnergyEntry, ...]
    errors: tuple[CellError, ...]
    written: tuple[EnergyEntry, ...] = ()


def import_energy(
    ledger: EnergyLedger,
    factors: EnergyFactorTable,
    known: Callable[[EnterpriseId], bool],
    actor: str,
    file: SheetFile,
    *,
    cumulative: bool,
    dry_run: bool = False,
) -> EnergyImport:
    """Put every row of the file, or none when a cell is wrong. known : whether the registry has an enterprise"""
    read = read_energy(factors, known, file, cumulative=cumulative)
    if read.errors or dry_run:
        return read
    return replace(read, written=tuple(ledger.put_energy(actor, read.entries)))


def read_energy(
    factors: EnergyFactorTable, known: Callable[[EnterpriseId], bool], file: SheetFile, *, cumulative: bool
) -> EnergyImport:
    """Raises Invalid when the file has no table of energy."""
    errors: list[CellError] = []
    rows: list[_Row] = []
    found = False
    for sheet in read_sheets(file):
        layout = _layout(sheet)
        if layout is None:
            continue
        found = True
        reading = _Reading(sheet, layout, factors, known, file.name)
        rows += reading.rows()
        errors += reading.errors
    if not found:
        raise Invalid(
            f"{file.name}: 没有找到能源表，表头应有 企业编号、月份、能源品种、单位、购进量 / "
            "no table of energy: its headings must hold these five"
        )
    taken = _single(rows, errors) if cumulative else [(row, row.flows) for row in rows]
    entries = [entry for row, flows in taken if (entry := _entry(row, flows, errors)) is not None]
    _refuse_twice(rows, errors)
    return EnergyImport(tuple(entries), tuple(sorted(errors, key=CellError.order)))


@dataclass(frozen=True, slots=True)
class _Layout:
    row: int
    columns: Mapping[str, int]


@dataclass(frozen=True, slots=True, eq=False)
class _Row:
    sheet: Sheet
    place: Cell
    enterprise: EnterpriseId
    month: date
    carrier: str
    flows: Mapping[str, float]
    kgce_measured: float | None
    source: str

    @property
    def key(self) -> tuple[EnterpriseId, date, str]:
        return self.enterprise, self.month, self.carrier


def _layout(sheet: Sheet) -> _Layout | None:
    for index, row in enumerate(sheet.rows[:HEADING_SEARCH_ROWS]):
        columns = {
            name: cell.column
            for cell in row
            for name, words in _WORDS.items()
            if re.sub(r"[(（].*", "", heading_key(cell.shown)) in words
        }
        if all(name in columns for name in _NEEDED):
            return _Layout(index, columns)
    return None


class _Reading:
    def __init__(
        self,
        sheet: Sheet,
        layout: _Layout,
        factors: EnergyFactorTable,
        known: Callable[[EnterpriseId], bool],
        source: str,
    ) -> None:
        self.errors: list[CellError] = []
        self._sheet = sheet
        self._layout = layout
        self._factors = factors
        self._known = known
        self._source = source

    def rows(self) -> list[_Row]:
        return [row for cells in self._sheet.rows[self._layout.row + 1 :] if (row := self._row(cells)) is not None]

    def _row(self, cells: Sequence[Cell]) -> _Row | None:
        wrong = len(self.errors)
        enterprise = self._read(cells, "enterprise", self._enterprise)
        month = self._read(cells, "month", _month)
        carrier = self._read(cells, "carrier", self._carrier)
        own = "" if carrier is None else self._factors.of(carrier).unit
        factor = self._read(cells, "unit", lambda cell: to_own_unit(cell.shown, own)) if own else None
        flows = {name: (self._read(cells, name, cell_values.figure("")) or 0.0) * (factor or 0.0) for name in _FLOWS}
        measured = self._read(cells, "kgce_measured", cell_values.figure(""))
        if self._at(cells, "bought").empty:
            self._wrong(
                self._at(cells, "bought"), CellMistake("购进量不能留空，没有请填0", "enter 0 where nothing was bought")
            )
        if len(self.errors) > wrong:
            return None
        return _Row(self._sheet, cells[0], enterprise, month, carrier, flows, measured, self._source)

    def _read(self, cells: Sequence[Cell], name: str, reader: cell_values.Reader) -> Any:
        cell = self._at(cells, name)
        try:
            return reader(cell)
        except CellMistake as mistake:
            self._wrong(cell, mistake)
        except Invalid as error:
            self._wrong(cell, CellMistake(str(error), str(error)))
        return None

    def _at(self, cells: Sequence[Cell], name: str) -> Cell:
        column = self._layout.columns.get(name, 0)
        return next((cell for cell in cells if cell.column == column), Cell(cells[0].row, max(column, 1), None))

    def _wrong(self, cell: Cell, mistake: CellMistake) -> None:
        self.errors.append(self._sheet.error(cell, mistake.message_zh, mistake.message_en))

    def _enterprise(self, cell: Cell) -> EnterpriseId:
        enterprise = parse_enterprise_id(cell_values.identifier(cell))
        if not self._known(enterprise):
            raise CellMistake("登记簿中没有此企业", "the registry has no such enterprise")
        return enterprise

    def _carrier(self, cell: Cell) -> str:
        plain = unicodedata.normalize("NFKC", cell.shown).strip()
        for carrier in self._factors.carrier:
            if plain in (carrier.id, carrier.name_zh):
                return carrier.id
        names = "、".join(carrier.name_zh for carrier in self._factors.carrier)
        raise CellMistake(f"没有能源品种“{plain}”，可用：{names}", f"no carrier {plain!r}; see energy_factors.toml")


def _month(cell: Cell) -> date:
    if isinstance(cell.value, datetime | date):
        return date(cell.value.year, cell.value.month, 1)
    found = _MONTH.fullmatch(unicodedata.normalize("NFKC", cell.shown).strip())
    if found is None or not 1 <= int(found.group(2)) <= 12:
        raise CellMistake("月份应写作 2026-03", "a month is written 2026-03")
    return date(int(found.group(1)), int(found.group(2)), 1)


def _single(rows: Sequence[_Row], errors: list[CellError]) -> list[tuple[_Row, Mapping[str, float]]]:
    """Months out of figures cumulated since January."""
    series: dict[tuple[EnterpriseId, str, int], dict[int, _Row]] = defaultdict(dict)
    for row in rows:
        series[row.enterprise, row.carrier, row.month.year][row.month.month] = row
    taken: list[tuple[_Row, Mapping[str, float]]] = []
    for months in series.values():
        for number, row in sorted(months.items()):
            before = months.get(number - 1)
            if number > 1 and before is None:
                zh = f"缺少{number - 1}月，累计数无法拆分到单月；请补充，或改用单月数"
                errors.append(
                    row.sheet.error(row.place, zh, f"month {number - 1} is missing: it cannot be taken apart")
                )
                continue
            earlier = before.flows if before is not None else dict.fromkeys(_FLOWS, 0.0)
            opening = before.flows["closing_stock"] if before is not None else row.flows["opening_stock"]
            flows = {name: row.flows[name] - (earlier[name] if name in _SUMMED else 0.0) for name in _FLOWS}
            taken.append((row, flows | {"opening_stock": opening}))
    return taken


def _entry(row: _Row, flows: Mapping[str, float], errors: list[CellError]) -> EnergyEntry | None:
    try:
        return EnergyEntry(
            enterprise=row.enterprise,
            month=row.month,
            carrier=row.carrier,
            kgce_measured=row.kgce_measured,
            standing=Standing.REPORTED,
            source=row.source,
            **_flows_of(flows),
        )
    except Invalid as error:
        errors.append(row.sheet.error(row.place, str(error), str(error)))
        return None


def _refuse_twice(rows: Sequence[_Row], errors: list[CellError]) -> None:
    seen: dict[tuple[EnterpriseId, date, str], _Row] = {}
    for row in rows:
        other = seen.setdefault(row.key, row)
        if other is not row:
            zh = f"与第{other.place.row}行是同一企业、月份和品种，只留一行"
            errors.append(row.sheet.error(row.place, zh, f"the same as row {other.place.row}; keep one"))


def _flows_of(flows: Mapping[str, float]) -> dict[str, Any]:
    return {name: flows[name] for name in _FLOWS}
