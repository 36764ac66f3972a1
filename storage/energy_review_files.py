"""Import of approved projects (节能审查) and regions (区域节能审查) from Excel and CSV, mistakes by cell.

Projects: 项目编号, 企业编号, 项目名称, 批复文号, 批复日期, and where they are known 办理方式, 批复等价值(tce),
批复当量值(tce), 批复能效(tce/万元), 批复用电量(kWh), 批复用煤量(t), 投产月份, 区域编号, 计量点.
Regions: 区域编号, 区域名称, 批复文号, 批复日期, 批复总量(tce), 口径, 有效期至, 街道.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from domain.energy import Basis
from domain.energy_review import EnergyProject, RegionalReview, ReviewRoute
from domain.errors import Invalid
from domain.ids import MeterId
from storage import cell_values
from storage.energy_cells import amount
from storage.energy_files import Known, enterprise_of
from storage.energy_review_ports import EnergyReviewLedger
from storage.sheet_cells import Cell, CellError, CellMistake
from storage.sheet_files import SheetFile
from storage.sheet_headings import Field
from storage.sheet_months import period
from storage.sheet_tables import TableRow, read_tables

E = TypeVar("E", EnergyProject, RegionalReview)
_ROUTES = {route.name_zh: route for route in ReviewRoute} | {str(route): route for route in ReviewRoute}
_BASES = {basis.name_zh: basis for basis in Basis} | {str(basis): basis for basis in Basis}


@dataclass(frozen=True, slots=True)
class ReviewImport(Generic[E]):
    """written : those that are new or corrected; none where ``errors`` has any; flags : to be looked at"""

    entries: tuple[E, ...]
    errors: tuple[CellError, ...]
    written: tuple[E, ...] = ()
    flags: tuple[CellError, ...] = ()


def _day(cell: Cell) -> Any:
    found = cell_values.day(cell)
    if found is None:
        raise CellMistake("缺少日期", "no day")
    return found


def _month(cell: Cell) -> Any:
    return None if cell.empty else period(cell).first


def _route(cell: Cell) -> ReviewRoute:
    plain = cell_values.text(cell)
    if plain and plain not in _ROUTES:
        raise CellMistake("办理方式应为单独审查、承诺备案或不单独审查", "must be separate, commitment or none")
    return _ROUTES[plain] if plain else ReviewRoute.SEPARATE


def _basis(cell: Cell) -> Basis:
    plain = cell_values.text(cell)
    if plain not in _BASES:
        raise CellMistake("口径应为等价值或当量值", "must be 等价值 (equivalent) or 当量值 (calorific)")
    return _BASES[plain]


def _meters(known: Callable[[str], bool]) -> cell_values.Reader:
    def read(cell: Cell) -> tuple[MeterId, ...]:
        found = tuple(MeterId(each) for each in re.split(r"[\s,，、;；]+", cell_values.text(cell)) if each)
        wrong = [each for each in found if not known(each)]
        if wrong:
            raise CellMistake(f"登记簿中没有计量点 {'、'.join(wrong)}", "the registry has no such meter")
        return found

    return read


def _project_fields(known: Known, meter_known: Callable[[str], bool]) -> tuple[Field, ...]:
    return (
        Field("id", ("项目编号", "id"), cell_values.identifier, needed=True),
        Field("enterprise", ("企业编号", "企业", "enterprise"), enterprise_of(known), needed=True),
        Field("name", ("项目名称", "name"), cell_values.text, needed=True),
        Field("document", ("批复文号", "文号", "document"), cell_values.text, needed=True),
        Field("approved_on", ("批复日期", "approved_on"), _day, needed=True),
        Field("route", ("办理方式", "route"), _route),
        Field("equivalent_tce", ("批复等价值", "批复能耗等价值", "equivalent_tce"), amount),
        Field("calorific_tce", ("批复当量值", "批复能耗当量值", "calorific_tce"), amount),
        Field("intensity_tce", ("批复能效", "批复能效水平", "intensity_tce"), amount),
        Field("electricity_kwh", ("批复用电量", "electricity_kwh"), amount),
        Field("coal_t", ("批复用煤量", "coal_t"), amount),
        Field("in_service_from", ("投产月份", "投产日期", "in_service_from"), _month),
        Field("region", ("区域编号", "区域", "region"), cell_values.text),
        Field("meters", ("计量点", "计量点编号", "meters"), _meters(meter_known)),
    )


_REGION_FIELDS = (
    Field("id", ("区域编号", "id"), cell_values.identifier, needed=True),
    Field("name", ("区域名称", "name"), cell_values.text, needed=True),
    Field("document", ("批复文号", "文号", "document"), cell_values.text, needed=True),
    Field("approved_on", ("批复日期", "approved_on"), _day, needed=True),
    Field("approved_tce", ("批复总量", "approved_tce"), cell_values.positive(""), needed=True),
    Field("basis", ("口径", "basis"), _basis, needed=True),
    Field("valid_to", ("有效期至", "valid_to"), cell_values.day),
    Field("street", ("街道", "street"), cell_values.text),
)


def import_projects(
    ledger: EnergyReviewLedger,
    known: Known,
    meter_known: Callable[[str], bool],
    actor: str,
    file: SheetFile,
    *,
    dry_run: bool = False,
) -> ReviewImport[EnergyProject]:
    """Put every project of the file, or none when a cell is wrong."""
    regions = {region.id for region in ledger.regions()}

    def make(row: TableRow) -> EnergyProject:
        region = row["region"] or ""
        if region and region not in regions:
            raise CellMistake("没有此区域，请先导入区域批复", "no such region; import the regions first", "region")
        given = {name: value for name, value in row.values.items() if value is not None}
        return EnergyProject(**given | {"region": region, "source": file.name})

    read = _read(file, _project_fields(known, meter_known), "项目批复表", make, "equivalent_tce")
    if read.errors or dry_run:
        return read
    return replace(read, written=tuple(ledger.put_projects(actor, read.entries)))


def import_regions(
    ledger: EnergyReviewLedger, actor: str, file: SheetFile, *, dry_run: bool = False
) -> ReviewImport[RegionalReview]:
    """Put every region of the file, or none when a cell is wrong."""

    def make(row: TableRow) -> RegionalReview:
        given = {name: value for name, value in row.values.items() if value is not None}
        return RegionalReview(**given | {"source": file.name})

    read = _read(file, _REGION_FIELDS, "区域批复表", make, "approved_tce")
    if read.errors or dry_run:
        return read
    return replace(read, written=tuple(ledger.put_regions(actor, read.entries)))


def _read(
    file: SheetFile, fields: tuple[Field, ...], what: str, make: Callable[[TableRow], E], column: str
) -> ReviewImport[E]:
    tables = read_tables(file, fields, what)
    errors, entries = list(tables.errors), []
    seen: dict[str, TableRow] = {}
    for row in tables.rows:
        if seen.setdefault(row["id"], row) is not row:
            place = seen[row["id"]].cells[0].row
            errors.append(row.error("id", CellMistake(f"与第{place}行编号相同", f"the same id as row {place}")))
            continue
        try:
            entries.append(make(row))
        except (CellMistake, Invalid) as mistake:
            errors.append(row.error(column, mistake))
    return ReviewImport(tuple(entries), tuple(sorted(errors, key=CellError.order)), flags=tuple(tables.ignored))
