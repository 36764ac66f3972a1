"""The comparison of a month as an Excel sheet to send on: figures as numbers, causes in words."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date, datetime

import xlsxwriter

from analytics.billing import Cause, Finding
from monitor.billing import Basis, BilledComparison, Verdict

CAUSES: dict[Cause, tuple[str, str]] = {
    Cause.NOT_MAPPED: ("户号没有在用的总表", "the account has no main meter in service"),
    Cause.NO_DATA: ("计量点没有数据，或为零", "its meters have no data, or nothing but zeros"),
    Cause.MULTIPLIER_NEVER: ("倍率 {what} 未乘", "the multiplier {what} was never applied"),
    Cause.MULTIPLIER_TWICE: ("倍率 {what} 乘了两次", "the multiplier {what} was applied twice"),
    Cause.MULTIPLIER_OTHER: ("倍率可能有误：{what}", "another multiplier: {what}"),
    Cause.COUNTED_TWICE: ("分表 {what} 被重复计入", "{what} is counted although another meter measures it too"),
    Cause.NOT_COUNTED: ("表 {what} 未计入", "{what} is not counted"),
    Cause.MISSING_DATA: ("缺少 {what} 的数据", "{what} of the data are missing"),
    Cause.PERIOD_SHIFTED: ("账单期可能移动：{what}", "another period: {what}"),
    Cause.SLIDING_DEMAND: (
        "账单为滑差需量，略高于区间需量",
        "the statement's sliding demand is a little above block demand",
    ),
    Cause.UNKNOWN: ("原因不明，请核对账单与表计", "no cause fits; check statement and meter"),
}
BASES = {
    Basis.REGISTER: ("示数差", "register difference"),
    Basis.INTERVALS: ("区间电量和", "sum of intervals"),
    Basis.NONE: ("无", "none"),
}
VERDICTS = {
    Verdict.AGREES: ("一致", "agrees"),
    Verdict.DEVIATES: ("偏差", "deviates"),
    Verdict.INSUFFICIENT: ("数据不足", "insufficient data"),
}
_HEADINGS = (
    *("户号", "企业", "账单期起", "账单期止", "账单电量 kWh", "计量电量 kWh", "电量偏差", "计量依据", "数据覆盖率"),
    *("账单最大需量 kW", "计量最大需量 kW（15分钟区间）", "需量偏差", "结论", "可能原因（首位最可能）", "来源", "版本"),
)


def told(finding: Finding, language: int = 0) -> str:
    """A finding in words; language 0 = 中文, 1 = English."""
    return CAUSES[finding.cause][language].format(what=finding.what)


def billing_sheet(month: date, found: Sequence[BilledComparison]) -> bytes:
    """An .xlsx. Text is text, never a formula; what is not known is empty, never zero."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False}) as book:
        sheet = book.add_worksheet(f"{month:%Y-%m}")
        bold = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        kinds = {
            "text": book.add_format({"num_format": "@"}),
            "figure": book.add_format({"num_format": "#,##0.0"}),
            "share": book.add_format({"num_format": "0.0%"}),
            "day": book.add_format({"num_format": "yyyy-mm-dd"}),
        }
        note = "计量最大需量为15分钟区间需量，账单通常为滑差需量，高出5%以内属正常；偏差 = 计量 / 账单 − 1"
        sheet.write_string(0, 0, f"账单电量与计量比对 {month:%Y-%m}", book.add_format({"bold": True, "font_size": 14}))
        sheet.write_string(1, 0, note)
        for column, heading in enumerate(_HEADINGS):
            sheet.write_string(2, column, heading, bold)
        for row, each in enumerate(found, 3):
            for column, (kind, value) in enumerate(_cells(each)):
                if isinstance(value, str):
                    sheet.write_string(row, column, value, kinds[kind])
                elif isinstance(value, date):
                    sheet.write_datetime(row, column, datetime(value.year, value.month, value.day), kinds[kind])
                elif value is not None:
                    sheet.write_number(row, column, value, kinds[kind])
        sheet.set_column(0, 3, 14)
        sheet.set_column(4, 12, 13)
        sheet.set_column(13, 13, 50)
        sheet.set_column(14, 14, 24)
        sheet.freeze_panes(3, 2)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
    return buffer.getvalue()


def _cells(each: BilledComparison) -> list[tuple[str, str | date | float | None]]:
    billed = each.billed
    return [
        ("text", billed.account),
        ("text", each.name),
        ("day", billed.first),
        ("day", billed.last),
        ("figure", billed.energy_kwh),
        ("figure", each.metered_kwh),
        ("share", each.energy_deviation),
        ("text", BASES[each.basis][0]),
        ("share", each.coverage),
        ("figure", billed.maximum_kw),
        ("figure", each.metered_kw),
        ("share", each.demand_deviation),
        ("text", VERDICTS[each.verdict][0]),
        ("text", "；".join(told(finding) for finding in each.causes)),
        ("text", billed.source),
        ("figure", billed.revision),
    ]
