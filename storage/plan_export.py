"""A plan as the workbook that ``plan_files`` reads: one heading row, levels as columns, account numbers as text."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date
from typing import Any

import xlsxwriter

from domain.orderly import Plan, PlanRow
from storage.registry_columns import ACCOUNTS, ENTERPRISES, Column

#: Order of domain facts 8.2; fields of the account are marked.
_ACCOUNT = (
    "id",
    "feeder",
    "substation",
    "voltage_kv",
    "contract_capacity_kva",
    "running_capacity_kva",
    "approved_demand_kw",
)
_ENTERPRISE = (
    *("id", "credit_code", "name", "street", "sector", "summer_max_kw", "summer_max_day_mean_kw", "winter_max_kw"),
    *("winter_max_day_mean_kw", "shifts", "security_load_kw", "main_production_kw", "auxiliary_kw"),
    *("non_production_kw", "shiftable_kw", "avoidable_kw", "curtailable_kw", "lighting_kw"),
    *("storage_kw", "storage_kwh", "measure", "measure_hours", "rest_day"),
    *("protected_class", "restricted_class", "two_high", "limit_exceeded", "dr_contract", "dr_contract_kw"),
    *("remote_controllable", "responsibility_letter"),
)
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
    own = _columns(_ACCOUNT, ACCOUNTS.columns), _columns(_ENTERPRISE, ENTERPRISES.columns)
    headings = [column.heading for part in own for column in part]
    headings += [f"{letter}级压降(kW)" for letter in letters]
    contacts = max(CONTACTS, *(len(row.enterprise.contacts) for row in rows)) if rows else CONTACTS
    headings += [name for n in range(1, contacts + 1) for name in (f"联系人{n}", f"电话{n}")]
    with xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False}) as book:
        sheet = book.add_worksheet("有序用电方案")
        bold = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        text, figure = book.add_format({"num_format": "@"}), book.add_format({"num_format": "#,##0.##"})
        sheet.set_column(0, len(headings) - 1, 13, text)
        sheet.write_string(0, 0, title, book.add_format({"bold": True, "font_size": 14}))
        for place, heading in enumerate(headings):
            sheet.write_string(HEADING_ROW, place, heading, bold)
        for number, row in enumerate(rows, HEADING_ROW + 1):
            for place, value in enumerate(_cells(row, own, letters, reveal_phones=reveal_phones)):
                if isinstance(value, bool) or value is None or value == "":
                    continue
                if isinstance(value, int | float):
                    sheet.write_number(number, place, value, figure)
                else:
                    sheet.write_string(number, place, str(value), text)
        sheet.freeze_panes(HEADING_ROW + 1, 3)
        sheet.set_landscape()
        sheet.set_paper(8)  # A3, as such tables are printed
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(HEADING_ROW)
    return buffer.getvalue()


def _columns(names: Sequence[str], columns: Sequence[Column]) -> list[Column]:
    by_field = {column.field: column for column in columns}
    return [by_field[name] for name in names]


def _cells(
    row: PlanRow, own: tuple[list[Column], list[Column]], letters: Sequence[str], *, reveal_phones: bool
) -> list[object]:
    account, enterprise = own
    cells: list[Any] = [column.written(getattr(row.account, column.field)) for column in account]
    cells += [column.written(getattr(row.enterprise, column.field)) for column in enterprise]
    steps = {step.level: step.reduction_kw for step in row.steps}
    cells += [steps.get(letter) for letter in letters]
    for contact in row.enterprise.contacts:
        cells += [contact.name, contact.phone if reveal_phones else contact.masked_phone]
    return [value.isoformat() if isinstance(value, date) else value for value in cells]
