"""The registry as the workbook that ``registry_files`` reads: every version, text as text, never a formula."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from domain.registry import Contact, Enterprise, Registry
from domain.registry_checks import Version
from storage.registry_columns import ACCOUNTS, ENTERPRISES, KINDS, METERS, SheetKind

FEWEST_CONTACTS = 2


def export_registry(registry: Registry, *, reveal_phones: bool) -> bytes:
    """An .xlsx with the sheets 企业, 户号 and 计量点. Without ``reveal_phones`` phones are masked; reading such a
    workbook back keeps the phones that are known."""
    return _workbook(
        (
            (ENTERPRISES, registry.enterprises),
            (ACCOUNTS, registry.accounts),
            (METERS, registry.meters),
        ),
        reveal_phones=reveal_phones,
    )


def empty_workbook() -> bytes:
    """The headings alone, to be filled in."""
    return _workbook(tuple((kind, ()) for kind in KINDS), reveal_phones=True)


def _workbook(sheets: Sequence[tuple[SheetKind, Sequence[Version]]], *, reveal_phones: bool) -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        formats = {
            "heading": book.add_format({"bold": True, "bottom": 1, "text_wrap": True}),
            "text": book.add_format({"num_format": "@"}),
            "day": book.add_format({"num_format": "yyyy-mm-dd"}),
        }
        for kind, versions in sheets:
            _fill(book.add_worksheet(kind.name), kind, versions, formats, reveal_phones=reveal_phones)
    return buffer.getvalue()


def _fill(
    sheet: Worksheet,
    kind: SheetKind,
    versions: Sequence[Version],
    formats: dict[str, Format],
    *,
    reveal_phones: bool,
) -> None:
    pairs = max((len(v.contacts) for v in versions if isinstance(v, Enterprise)), default=0)
    pairs = max(pairs, FEWEST_CONTACTS) if kind is ENTERPRISES else 0
    headings = [column.heading for column in kind.columns]
    headings += [name for n in range(1, pairs + 1) for name in (f"联系人{n}", f"电话{n}")]
    # Whole columns as text: a number typed in later keeps its zeros.
    sheet.set_column(0, len(headings) - 1, 14, formats["text"])
    for position, heading in enumerate(headings):
        sheet.write_string(0, position, heading, formats["heading"])
    sheet.freeze_panes(1, 1)
    for row, version in enumerate(versions, start=1):
        values = [column.written(getattr(version, column.field)) for column in kind.columns]
        if isinstance(version, Enterprise):
            values += _contact_cells(version.contacts, reveal_phones=reveal_phones)
        for position, value in enumerate(values):
            _write(sheet, row, position, value, formats)


def _contact_cells(contacts: Sequence[Contact], *, reveal_phones: bool) -> list[object]:
    return [text for c in contacts for text in (c.name, c.phone if reveal_phones else c.masked_phone)]


def _write(sheet: Worksheet, row: int, column: int, value: object, formats: dict[str, Format]) -> None:
    if value is None or value == "":
        return
    if isinstance(value, date):
        sheet.write_datetime(row, column, value, formats["day"])
    elif isinstance(value, int | float):
        sheet.write_number(row, column, value)
    else:
        # Not write(): it would make a formula of what begins with = and a link of what looks like an address.
        sheet.write_string(row, column, str(value), formats["text"])
