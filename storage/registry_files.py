"""Import of the registry from Excel and CSV: versions, or every mistake by cell. Mistakes mean that nothing is written.

A row without a day: for an entity not yet known it holds always; for a known one it holds from today, if it differs.
A column that is not in the sheet leaves what is known; an empty cell clears it, except what cannot be nothing, such as
a multiplier.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields, replace
from datetime import date
from typing import Any, cast

from domain.errors import Invalid
from domain.registry import ALWAYS, Account, Contact, Enterprise, Meter, Registry
from domain.registry_checks import Mistake, RegistryChange, Version
from storage.contact_columns import ContactColumns, read_contact
from storage.ledger_ports import RegistryLedger
from storage.registry_columns import ACCOUNTS, ENTERPRISES, KINDS, METERS, VALID_FROM, Column, SheetKind
from storage.sheet_files import HEADING_SEARCH_ROWS, Cell, CellError, CellMistake, Sheet, SheetFile, read_sheets

#: Values that say "nothing here". Other defaults are assumptions, and never replace what is known.
CLEARED = (None, "", False)


@dataclass(frozen=True, slots=True)
class RegistryImport:
    """What the files say. ``warnings`` are worth a look and stop nothing. ``rows`` counts rows read, by kind."""

    enterprises: tuple[Enterprise, ...] = ()
    accounts: tuple[Account, ...] = ()
    meters: tuple[Meter, ...] = ()
    errors: tuple[CellError, ...] = ()
    warnings: tuple[CellError, ...] = ()
    rows: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ImportOutcome:
    """``registry`` is the registry afterwards, None when nothing was written (mistakes, or only tried)."""

    read: RegistryImport
    registry: Registry | None


def import_registry(
    ledger: RegistryLedger, actor: str, files: Sequence[SheetFile], *, today: date, dry_run: bool = False
) -> ImportOutcome:
    """Read the files and, when they have no mistake and it is no dry run, put all of it as one change."""
    read = read_registry(files, present=ledger.registry(), today=today)
    if read.errors or dry_run:
        return ImportOutcome(read, None)
    registry = ledger.put_versions(
        actor,
        enterprises=read.enterprises,
        accounts=read.accounts,
        meters=read.meters,
        source="、".join(file.name for file in files),
    )
    return ImportOutcome(read, registry)


def read_registry(files: Sequence[SheetFile], *, present: Registry, today: date) -> RegistryImport:
    """Raises Invalid only when a file cannot be read at all; all else is listed by cell."""
    reading = _Reading(present, today)
    for file in files:
        for sheet in read_sheets(file):
            reading.take(sheet)
    return reading.result()


@dataclass(frozen=True, slots=True)
class _Headings:
    kind: SheetKind
    row: int  # index into the sheet's rows
    columns: Mapping[int, Column]
    contacts: ContactColumns


def _headings(sheet: Sheet) -> _Headings | None:
    """The kind of the sheet and its row of headings: by the sheet's name, else by the most headings known."""
    named = [kind for kind in KINDS if sheet.name.strip().lower() in kind.names]
    best: _Headings | None = None
    for kind in named or KINDS:
        for index, row in enumerate(sheet.rows[:HEADING_SEARCH_ROWS]):
            columns = {cell.column: column for cell in row if (column := kind.column_of(cell.shown)) is not None}
            has_id = any(column.field == "id" for column in columns.values())
            if has_id and len(columns) >= 2 and (best is None or len(columns) > len(best.columns)):
                best = _Headings(kind, index, columns, ContactColumns.found_in(row, kind))
    return best


@dataclass(slots=True)
class _Place:
    """Where a version came from, to show a mistake of it."""

    sheet: Sheet
    cells: dict[str, Cell]

    def error(self, mistake: Mistake) -> CellError:
        cell = self.cells.get(mistake.field, self.cells["id"])
        return self.sheet.error(cell, mistake.text_zh, mistake.text_en)


class _Reading:
    def __init__(self, present: Registry, today: date) -> None:
        self._present = present
        self._today = today
        self._errors: list[CellError] = []
        self._warnings: list[CellError] = []
        self._rows: dict[str, int] = {}
        self._found: dict[str, list[Version]] = {kind.kind: [] for kind in KINDS}
        self._places: dict[tuple[str, str, date], _Place] = {}
        self._seen: set[tuple[str, str, date]] = set()
        self._known: dict[tuple[str, str], list[Version]] = defaultdict(list)
        for kind, versions in (
            (ENTERPRISES, present.enterprises),
            (ACCOUNTS, present.accounts),
            (METERS, present.meters),
        ):
            for version in versions:
                self._known[kind.kind, version.id].append(version)
        self._present_ids = frozenset(self._known)

    def take(self, sheet: Sheet) -> None:
        headings = _headings(sheet)
        if headings is None:
            self._skip(sheet)
            return
        self._check_headings(sheet, headings)
        rows = sheet.rows[headings.row + 1 :]
        self._rows[headings.kind.kind] = self._rows.get(headings.kind.kind, 0) + len(rows)
        parsed = [p for row in rows if (p := self._row(sheet, headings, row)) is not None]
        # In the order of their days: a later row of the file builds on an earlier one.
        for values, place in sorted(parsed, key=lambda p: p[0].get("valid_from") or date.max):
            self._version(headings, values, place)

    def result(self) -> RegistryImport:
        change = RegistryChange(
            enterprises=cast("list[Enterprise]", self._found["enterprise"]),
            accounts=cast("list[Account]", self._found["account"]),
            meters=cast("list[Meter]", self._found["meter"]),
        )
        wrong_already = {(error.sheet, error.cell) for error in self._errors}
        for mistake in change.find_mistakes(self._present):
            error = self._places[mistake.kind, mistake.id, mistake.valid_from].error(mistake)
            if (error.sheet, error.cell) not in wrong_already:
                self._errors.append(error)
        for doubt in change.find_doubts():
            self._warnings.append(self._places[doubt.kind, doubt.id, doubt.valid_from].error(doubt))
        if not self._rows and not self._errors:
            raise Invalid(
                "没有找到“企业”“户号”或“计量点”工作表（表头须含编号列） / "
                "no sheet 企业, 户号 or 计量点 found (enterprises, accounts, meters); its headings must hold the id"
            )
        return RegistryImport(
            enterprises=tuple(change.enterprises),
            accounts=tuple(change.accounts),
            meters=tuple(change.meters),
            errors=tuple(sorted(self._errors, key=CellError.order)),
            warnings=tuple(self._warnings),
            rows=dict(self._rows),
        )

    def _skip(self, sheet: Sheet) -> None:
        if not sheet.rows:
            return
        first = sheet.rows[0][0]
        if any(sheet.name.strip().lower() in kind.names for kind in KINDS):
            zh, en = (
                "没有找到表头：前10行应有编号列和其他列名",
                "no headings: the first 10 rows must hold the id and others",
            )
            self._errors.append(sheet.error(first, zh, en))
        else:
            self._warnings.append(sheet.error(first, "不认识这张表，未读取", "not a sheet of the registry; not read"))

    def _check_headings(self, sheet: Sheet, headings: _Headings) -> None:
        seen: dict[str, Cell] = {}
        for cell in sheet.rows[headings.row]:
            column = headings.columns.get(cell.column)
            if column is None:
                if not cell.empty and cell.column not in headings.contacts.numbers:
                    self._warnings.append(sheet.error(cell, "不认识的列，未读取", "unknown column; not read"))
            elif column.field in seen:
                other = seen[column.field].place
                self._errors.append(
                    sheet.error(cell, f"与{other}是同一列，请删去一列", f"the same as {other}; keep one")
                )
            else:
                seen[column.field] = cell

    def _row(self, sheet: Sheet, headings: _Headings, row: Sequence[Cell]) -> tuple[dict[str, Any], _Place] | None:
        """The values of a row, None without an id. A wrong cell counts as empty, so that the rest is still judged."""
        values: dict[str, Any] = {}
        number = row[0].row
        by_column = {cell.column: cell for cell in row}
        cells = {column.field: by_column.get(n, Cell(number, n, None)) for n, column in headings.columns.items()}
        for column in headings.columns.values():
            self._cell(sheet, headings.kind, column, cells[column.field], values)
        contacts = headings.contacts.cells_of(by_column, number)
        if headings.contacts.numbers:
            cells["contacts"] = contacts[0][0]
            values["contacts"] = contacts
        return (values, _Place(sheet, cells)) if "id" in values else None

    def _cell(self, sheet: Sheet, kind: SheetKind, column: Column, cell: Cell, values: dict[str, Any]) -> None:
        default = _default(kind, column.field)
        if column.field != "id" and default in CLEARED:
            values[column.field] = default
        if cell.empty and column.required:
            self._errors.append(sheet.error(cell, "必填，不能为空", "required; may not be empty"))
        elif not cell.empty:
            try:
                values[column.field] = column.read(cell)
            except CellMistake as mistake:
                self._errors.append(sheet.error(cell, mistake.message_zh, mistake.message_en))

    def _version(self, headings: _Headings, values: dict[str, Any], place: _Place) -> None:
        kind = headings.kind
        known = self._known[kind.kind, values["id"]]
        stated = values.pop("valid_from", None)
        valid_from = stated or (self._today if (kind.kind, values["id"]) in self._present_ids else ALWAYS)
        if (kind.kind, values["id"], valid_from) in self._seen:
            zh, en = "同一编号、同一生效日期已有一行，只留一行", "a second row for this id and day; keep one"
            self._errors.append(place.sheet.error(place.cells["id"], zh, en))
            return
        self._seen.add((kind.kind, values["id"], valid_from))
        base = max((v for v in known if v.valid_from <= valid_from), key=lambda v: v.valid_from, default=None)
        self._read_contacts(values, base, place)
        try:
            version = _built(kind, base, {**values, "valid_from": valid_from})
        except CellMistake as mistake:
            self._errors.append(place.sheet.error(place.cells["id"], mistake.message_zh, mistake.message_en))
            return
        if stated is None and base is not None and replace(version, valid_from=base.valid_from) == base:
            return
        known.append(version)
        self._found[kind.kind].append(version)
        self._places[kind.kind, version.id, version.valid_from] = place

    def _read_contacts(self, values: dict[str, Any], base: Version | None, place: _Place) -> None:
        if "contacts" not in values:
            return
        present = base.contacts if isinstance(base, Enterprise) else ()
        contacts: list[Contact] = []
        for name_cell, phone_cell in values.pop("contacts"):
            try:
                contacts += read_contact(name_cell, phone_cell, present)
            except CellMistake as mistake:
                self._errors.append(place.sheet.error(phone_cell, mistake.message_zh, mistake.message_en))
        values["contacts"] = tuple(contacts)


def _default(kind: SheetKind, name: str) -> Any:
    """What an empty cell means: the attribute's default, "" for a required text such as the name."""
    found = next(f for f in fields(kind.entity) if f.name == name)
    if found.default is not MISSING:
        return found.default
    return None if name in (VALID_FROM.field, "account") else ""


def _built(kind: SheetKind, base: Version | None, values: dict[str, Any]) -> Version:
    if base is not None:
        return replace(base, **values)
    needed = {f.name for f in fields(kind.entity) if f.default is MISSING and f.default_factory is MISSING}
    missing = needed - values.keys()
    if missing == {"account"}:
        values["account"] = None  # a sheet of boundary meters alone needs no column for accounts
    elif missing:
        names = "、".join(column.heading for column in kind.columns if column.field in missing)
        raise CellMistake(f"新的编号，但表中没有这些列：{names}", f"a new id, but the sheet has no column: {names}")
    make = cast("Callable[..., Version]", kind.entity)
    return make(**values)
