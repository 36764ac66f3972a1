"""Texts of people and devices stay text in every file the product writes for a spreadsheet."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.billing import Cause, Finding
from dashboards.reports.charts import chart_part
from dashboards.reports.workbook import xlsx_bytes
from domain.billing import BilledMonth
from domain.ids import AccountId
from domain.orderly import Plan, PlanRow, PlanState, PlanStep
from domain.registry import Account, Contact, Enterprise, Registry
from domain.report import Chart, ChartKind, Column, Facts, Paragraph, Series, Table
from ingest.access.passwords import new_password
from monitor.billing import Basis, BilledComparison, Verdict
from response.billing_sheet import billing_sheet
from storage.plan_export import export_plan, survey_forms
from storage.registry_export import export_registry
from tests.dashboards.reports.sample import MADE_AT, document
from tests.support.registry import FACTORY, FACTORY_ACCOUNT, small_registry

#: What a spreadsheet takes for the beginning of a formula, and a text that would be one.
formula = st.builds(
    "{}{}".format,
    st.sampled_from(["=", "+", "-", "@", "\t=", "\r="]),
    st.sampled_from(["1+1", "SUM(A1:A9)", 'HYPERLINK("http://x","y")', "cmd|' /C calc'!A0", "86-574", "x"]),
)
MONTH = date(2026, 6, 1)


def report(text: str) -> bytes:
    table = Table(text, (Column(text), Column("值")), ((text, text),), note=text)
    chart = Chart(text, ChartKind.COLUMN, (text,), (Series(text, (1.0,)),), text)
    blocks = (Paragraph(text), Facts(((text, text),)), table, chart)
    return xlsx_bytes(replace(document(), title=text, subtitle=text, blocks=blocks, source_note=text, number=text))


def inside_a_word_chart(text: str) -> bytes:
    return chart_part(Chart(text, ChartKind.LINE, (text,), (Series(text, (1.0,)),), text))[1]


def billing(text: str) -> bytes:
    billed = BilledMonth(AccountId("0330000001"), MONTH, MONTH, date(2026, 6, 30), 1.0, None, text, text)
    causes = (Finding(Cause.NOT_COUNTED, 0.0, text),)
    found = BilledComparison(
        billed, "E001", text, (), None, Basis.NONE, 0.0, None, None, None, Verdict.INSUFFICIENT, causes
    )
    return billing_sheet(MONTH, [found])


def _enterprise(text: str) -> tuple[Enterprise, Account]:
    own = replace(FACTORY, name=text, street=text, measure=text, contacts=(Contact(text, "13812345678"),))
    return own, replace(FACTORY_ACCOUNT, feeder=text, substation=text)


def registry(text: str) -> bytes:
    own, account = _enterprise(text)
    usual = small_registry()
    changed = Registry(enterprises=(own,), accounts=(account,), meters=usual.meters)
    return export_registry(changed, reveal_phones=True)


def plan(text: str) -> bytes:
    row = PlanRow(*_enterprise(text), (PlanStep("A", 100.0),))
    whole = Plan(2026, 1, text, (row,), text, text, MADE_AT, PlanState.APPROVED, text, MADE_AT, text)
    return export_plan(whole, ("A",), reveal_phones=True)


def survey(text: str) -> bytes:
    row = PlanRow(*_enterprise(text), ())
    return survey_forms([row], ("A",), 2026, reveal_phones=True)


WRITERS: tuple[Callable[[str], bytes], ...] = (report, inside_a_word_chart, billing, registry, plan, survey)


@pytest.mark.parametrize("write", WRITERS)
@given(text=formula)
@settings(max_examples=12, deadline=None)
def test_no_text_becomes_a_formula(write: Callable[[str], bytes], text: str) -> None:
    with zipfile.ZipFile(io.BytesIO(write(text))) as parts:
        sheets = [parts.read(name).decode() for name in parts.namelist() if name.startswith("xl/worksheets/sheet")]
        kept = parts.read("xl/sharedStrings.xml").decode()
    assert sheets
    assert not any(re.search(r"<f[ >]", sheet) for sheet in sheets)
    plain = re.sub(r"_x000[0-9A-D]_|\s", "", kept.replace("&amp;", "&").replace("&quot;", '"').replace("&#39;", "'"))
    assert re.sub(r"\s", "", text) in plain, "and it is there, as it was written"


def test_every_writer_of_workbooks_is_among_them() -> None:
    """A new one belongs into WRITERS."""
    root = Path(__file__).parents[2]
    found = {
        str(path.relative_to(root))
        for layer in ("app", "api", "dashboards", "response", "monitor", "storage", "ingest")
        for path in (root / layer).rglob("*.py")
        if re.search(r"xlsxwriter\.Workbook\(|openpyxl\.Workbook\(|csv\.writer\(", path.read_text(encoding="utf-8"))
    }
    assert found == {
        "dashboards/reports/charts.py",
        "dashboards/reports/workbook.py",
        "response/billing_sheet.py",
        "storage/plan_export.py",
        "storage/registry_export.py",
        # Ids, days, numbers and digests: nothing that a person wrote.
        "response/dr/evidence.py",
        # Ids, and passwords that begin with a letter or a digit.
        "ingest/access/files.py",
    }


def test_a_password_begins_like_a_word() -> None:
    assert all(new_password()[0].isalnum() for _ in range(500))
