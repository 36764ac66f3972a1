"""A plan as the workbook that ``plan_files`` reads: one heading row, levels as columns, account numbers as text."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date
from typing import Any

import xlsxwriter

from domain.orderly import Plan, PlanRow
from storage.registry_columns import ACCOUNTS, ENTERPRISES, Column

#: In the order of the staff's plan tables, who it is first: these columns stand on every printed page.
_FIRST = ("account.id", "enterprise.name", "enterprise.credit_code")
_NEXT = (
    *("enterprise.id", "enterprise.street", "enterprise.sector", "account.feeder", "account.substation"),
    *("account.voltage_kv", "account.contract_capacity_kva", "account.running_capacity_kva"),
    "account.approved_demand_kw",
)
_ENTERPRISE = (
    *("summer_max_kw", "summer_max_day_mean_kw", "winter_max_kw"),
    *("winter_max_day_mean_kw", "shifts", "security_load_kw", "main_production_kw", "auxiliary_kw"),
    *("non_production_kw", "shiftable_kw", "avoidable_kw", "curtailable_kw", "lighting_kw"),
    *("storage_kw", "storage_kwh", "measure", "measure_hours", "rest_day"),
    *("protected_class", "restricted_class", "two_high", "limit_exceeded", "dr_contract", "dr_contract_kw"),
    *("remote_controllable", "responsibility_letter"),
)
_FIELDS = (*_FIRST, *_NEXT, *(f"enterprise.{field}" for field in _ENTERPRISE))
#: Of columns whose text is longer than a figure [characters].
_WIDTHS = {"account.id": 15, "enterprise.name": 28, "enterprise.credit_code": 21, "enterprise.measure": 26}
_FIGURE_WIDTH, _HEADING_HEIGHT = 11, 48
#: Such a table is printed on sheets of A3 side by side.
_PAGES_WIDE = 3
#: Columns of contacts there are at least.
CONTACTS = 2
HEADING_ROW = 2


def export_plan(plan: Plan, letters: Sequence[str], *, reveal_phones: bool) -> bytes:
    """An .xlsx; every level has a column of its own, per level (逐级). Text is text, never a formula."""
    return _workbook(_title(plan), plan.rows, letters, reveal_phones=reveal_phones)


def survey_forms(rows: Sequence[PlanRow], letters: Sequence[str], year: int, *, reveal_phones: bool) -> bytes:
    """用电信息调查表: the same columns with what is known, to be corrected by the enterprises and read back."""
    title = f"{year}年用电信息调查表（各级压降为逐级，kW）"
    return _workbook(title, rows, letters, reveal_phones=reveal_phones)


def _title(plan: Plan) -> str:
    stand = f"{plan.approved_by} 批准 {plan.document}" if plan.approved_by else "草案"
    return f"{plan.title} 第{plan.version}版（{stand.strip()}）各级压降为逐级，非累计"


def _workbook(title: str, rows: Sequence[PlanRow], letters: Sequence[str], *, reveal_phones: bool) -> bytes:
    buffer = io.BytesIO()
    columns = _columns()
    headings = [column.heading for _, column in columns]
    headings += [f"{letter}级压降(kW)" for letter in letters]
    contacts = max(CONTACTS, *(len(row.enterprise.contacts) for row in rows)) if rows else CONTACTS
    headings += [name for n in range(1, contacts + 1) for name in (f"联系人{n}", f"电话{n}")]
    with xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False}) as book:
        sheet = book.add_worksheet("有序用电方案")
        bold = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        text, figure = book.add_format({"num_format": "@"}), book.add_format({"num_format": "#,##0.##"})
        sheet.set_column(0, len(headings) - 1, _FIGURE_WIDTH, text)
        for place, field in enumerate(_FIELDS):
            if field in _WIDTHS:
                sheet.set_column(place, place, _WIDTHS[field], text)
        sheet.set_column(len(headings) - 2 * contacts, len(headings) - 1, 14, text)
        sheet.set_row(HEADING_ROW, _HEADING_HEIGHT)
        sheet.write_string(0, 0, title, book.add_format({"bold": True, "font_size": 14}))
        for place, heading in enumerate(headings):
            sheet.write_string(HEADING_ROW, place, heading, bold)
        for number, row in enumerate(rows, HEADING_ROW + 1):
            for place, value in enumerate(_cells(row, columns, letters, reveal_phones=reveal_phones)):
                if isinstance(value, bool) or value is None or value == "":
                    continue
                if isinstance(value, int | float):
                    sheet.write_number(number, place, value, figure)
                else:
                    sheet.write_string(number, place, str(value), text)
        sheet.freeze_panes(HEADING_ROW + 1, len(_FIRST))
        sheet.set_landscape()
        sheet.set_paper(8)
        sheet.fit_to_pages(_PAGES_WIDE, 0)
        sheet.repeat_rows(HEADING_ROW)
        sheet.repeat_columns(0, len(_FIRST) - 1)
        sheet.set_footer("&L" + title.replace("&", "&&") + "&R第&P页 共&N页")
    return buffer.getvalue()


def _columns() -> list[tuple[str, Column]]:
    """The attribute of a row each column is of, and the column."""
    tables = {"account": ACCOUNTS.columns, "enterprise": ENTERPRISES.columns}
    found = []
    for name in _FIELDS:
        of, _, field = name.partition(".")
        found.append((of, next(column for column in tables[of] if column.field == field)))
    return found


def _cells(
    row: PlanRow, columns: Sequence[tuple[str, Column]], letters: Sequence[str], *, reveal_phones: bool
) -> list[object]:
    cells: list[Any] = [column.written(getattr(getattr(row, of), column.field)) for of, column in columns]
    steps = {step.level: step.reduction_kw for step in row.steps}
    cells += [steps.get(letter) for letter in letters]
    for contact in row.enterprise.contacts:
        cells += [contact.name, contact.phone if reveal_phones else contact.masked_phone]
    return [value.isoformat() if isinstance(value, date) else value for value in cells]
