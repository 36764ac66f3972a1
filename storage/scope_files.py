"""Import of the list above scale (规上名录) of a year from Excel and CSV, mistakes by cell.

Headings: 企业编号, and where they are used 年份 and 是否规上. A list holds members: a row without 是否规上 is one.
"""

from __future__ import annotations

from dataclasses import dataclass

from domain.ids import EnterpriseId
from storage import cell_values
from storage.energy_files import Known, enterprise_of
from storage.energy_ports import EnergyLedger
from storage.sheet_cells import Cell, CellError, CellMistake
from storage.sheet_files import SheetFile
from storage.sheet_headings import Field
from storage.sheet_tables import TableRow, read_tables


@dataclass(frozen=True, slots=True)
class ScopeImport:
    """members : named in the file; listed : how many the list then holds; joined, left : against the list as it was
    kept; none of it is written where ``errors`` has any; flags : headings that were not known, which is said
    """

    year: int
    members: dict[EnterpriseId, bool]
    errors: tuple[CellError, ...]
    listed: int
    joined: tuple[EnterpriseId, ...] = ()
    left: tuple[EnterpriseId, ...] = ()
    flags: tuple[CellError, ...] = ()


def _year(cell: Cell) -> int | None:
    value: float | None = cell_values.figure("年")(cell)
    return None if value is None else int(value)


def _member(cell: Cell) -> bool:
    return cell.empty or cell_values.yes_or_no(cell)


def _fields(known: Known) -> tuple[Field, ...]:
    return (
        Field("enterprise", ("企业编号", "企业", "enterprise"), enterprise_of(known), needed=True),
        Field("year", ("年份", "年度", "year"), _year),
        Field("member", ("是否规上", "规上", "member"), _member),
    )


def import_scope(
    ledger: EnergyLedger,
    known: Known,
    actor: str,
    file: SheetFile,
    year: int,
    *,
    whole: bool = False,
    dry_run: bool = False,
) -> ScopeImport:
    """whole : the file is the whole list, so who is not in it has left. Raises Invalid without a table."""
    tables = read_tables(file, _fields(known), "规上名录")
    errors = [*tables.errors, *_wrong_rows(tables.rows, year)]
    before = ledger.scope(year)
    members = {row["enterprise"]: row["member"] is not False for row in tables.rows}
    if whole:
        members = dict.fromkeys(before, False) | members
    joined = tuple(sorted(each for each, member in members.items() if member and each not in before))
    left = tuple(sorted(each for each, member in members.items() if not member and each in before))
    if not errors and not dry_run:
        ledger.put_scope(actor, year, members, file.name)
    listed = len(before) + len(joined) - len(left)
    in_order = tuple(sorted(errors, key=CellError.order))
    return ScopeImport(year, members, in_order, listed, joined, left, tuple(tables.ignored))


def _wrong_rows(rows: list[TableRow], year: int) -> list[CellError]:
    wrong = []
    seen: dict[EnterpriseId, TableRow] = {}
    for row in rows:
        if row["year"] not in (None, year):
            told = CellMistake(f"年份不是{year}年，请分年导入", f"not {year}; import one year at a time")
            wrong.append(row.error("year", told))
        if seen.setdefault(row["enterprise"], row) is not row:
            place = seen[row["enterprise"]].cells[0].row
            wrong.append(row.error("enterprise", CellMistake(f"与第{place}行重复", f"the same as row {place}")))
    return wrong
