"""From draft to signature, on real books and real files."""

from __future__ import annotations

import io
import time
from dataclasses import replace
from datetime import date
from typing import Any

import docx
import openpyxl
import pytest

from app.reports import open_reports
from config.settings import ReportSettings, Settings
from domain.energy import Basis
from domain.energy_review import EnergyProject, RegionalReview
from domain.errors import Conflict, Forbidden, Invalid, NotFound
from domain.people import SYSTEM, Principal
from domain.report import Heading, Paragraph
from domain.report_versions import Form, ReportVersion
from domain.runs import Cancelled
from monitor.runs import digest_of
from tests.response.intensity.district import E1, energy
from tests.response.reports.conftest import ADA, EMIL, OTTO, VERA, Office

CARD = f"enterprise:{E1}"


def drafted(office: Office, kind: str = "monthly", subject: str = "district", period: str = "2026-06") -> ReportVersion:
    return office.desk.draft(OTTO, kind, subject, period)


def signed(office: Office, version: ReportVersion) -> ReportVersion:
    return office.desk.sign(ADA, version.id, digest=version.digest)


def correct(office: Office) -> None:
    """The June statement of E1 comes in again, 100 MWh larger."""
    office.ledger.energy.put_energy(
        "wang", [energy(E1, date(2026, 6, 1), "electricity", 1_050_000.0, source="更正报表")]
    )


def test_the_same_figures_stand_in_word_in_excel_and_in_what_the_api_gives(office: Office) -> None:
    version = drafted(office)
    document = office.desk.copies.document(OTTO, version.id)
    word = docx.Document(io.BytesIO(office.desk.copies.export(OTTO, version.id, Form.DOCX).data))
    book: Any = openpyxl.load_workbook(io.BytesIO(office.desk.copies.export(OTTO, version.id, Form.XLSX).data))

    table = next(each for each in document.tables() if each.title == "企业能耗明细")
    headings = ["".join(column.heading.split()) for column in table.columns]
    # A narrow column breaks its heading at spaces and before the unit.
    printed = next(t for t in word.tables if ["".join(c.text.split()) for c in t.rows[0].cells] == headings)
    sheet = book["企业能耗明细"]
    for number, row in enumerate(table.rows):
        assert [cell.value for cell in sheet[number + 4]][1:8] == pytest.approx([*row[1:8]])
        assert [cell.text for cell in printed.rows[number + 1].cells][1] == f"{row[1]:,.2f}"


def test_a_month_report_says_the_year_to_date_in_both_bases(office: Office) -> None:
    document = office.desk.copies.document(OTTO, drafted(office).id)

    rows = {row[0]: row for row in next(t for t in document.tables() if t.title == "主要指标").rows}
    # By hand: 6 months of (1 + 2 + 3) GWh * 0.95 at 0.285 and 0.1229 kgce, and 3 * 10,000 m3 of gas at 1.33.
    energy_row: Any = rows["综合能耗"]
    assert energy_row[4].value == pytest.approx(6 * (6e6 * 0.95 * 0.285 + 30_000 * 1.33) / 1000)
    assert energy_row[5].value == pytest.approx(6 * (6e6 * 0.95 * 0.1229 + 30_000 * 1.33) / 1000)
    assert energy_row[2].value == pytest.approx(energy_row[4].value / 6)
    change: Any = rows["万元工业增加值能耗同比"]
    before = 6e6 * 0.285 + 30_000 * 1.33
    assert change[4].value == pytest.approx((6e6 * 0.95 * 0.285 + 30_000 * 1.33) / before / 1.1 - 1)
    assert "2026年1—6月" in document.subtitle
    sources = next(t for t in document.tables() if t.title == "数据来源与版本")
    assert [row[0] for row in sources.rows] == ["计量电量", "能源报表", "工业增加值", "折标系数表", "企业登记簿"]


def test_what_is_missing_is_said_and_the_known_ones_are_summed_apart(office: Office) -> None:
    office.ledger.energy.put_output("wang", [])
    document = office.desk.copies.document(OTTO, drafted(office, period="2026-07").id)

    rows: Any = {row[0]: row for row in next(t for t in document.tables() if t.title == "主要指标").rows}
    assert rows["综合能耗"][4].value is None
    assert "缺少能源报表" in rows["综合能耗"][-1]
    assert any("3户企业中3户不能计算综合能耗" in getattr(b, "text", "") for b in document.blocks)


def test_a_half_year_report_compares_looks_ahead_and_names_measures(office: Office) -> None:
    """By hand: 6 months of (1 + 2 + 3) GWh less 5 %, and 180,000 m3 of gas; E3 alone is a key user."""
    document = office.desk.copies.document(OTTO, drafted(office, "half-year", period="2026H1").id)

    headings = [block.text for block in document.blocks if isinstance(block, Heading)]
    assert headings[2:] == [
        "三、年度目标完成情况",
        "四、分行业情况",
        "五、重点用能单位",
        "六、企业情况",
        "七、全年预测",
        "八、存在问题与下一步措施",
        "九、数据质量",
    ]
    rows: Any = {row[0]: row for t in document.tables() if t.title == "与上年上半年比较（同口径）" for row in t.rows}
    before, now = 36e6, 36e6 * 0.95
    assert rows["用电量"][2].value == pytest.approx(now)
    assert rows["用电量"][4].value == pytest.approx(now - before)
    assert rows["用电量"][5] == pytest.approx(-0.05)
    assert rows["综合能耗（等价值）"][3].value == pytest.approx((before * 0.285 + 180_000 * 1.33) / 1000)
    assert rows["工业增加值"][5] == pytest.approx(0.1)
    [users] = [t for t in document.tables() if t.title == "重点用能单位"]
    assert [row[0] for row in users.rows] == ["丙", "乙"]
    assert users.rows[0][3] == pytest.approx((18e6 * 0.95 * 0.285 + 60_000 * 1.33) / 1000)
    said = " ".join(block.text for block in document.blocks if isinstance(block, Paragraph))
    assert "丙、乙达到重点用能单位标准，报上级" in said
    assert "年度任务完成情况不能判定（没有2026年能耗强度目标）" in said


@pytest.mark.parametrize(
    ("kind", "subject", "period", "title"),
    [
        ("half-year", "district", "2026H1", "高新区2026年上半年能耗分析报告"),
        ("card", CARD, "2026-06", "甲能耗强度卡"),
        ("dual-control", "district", "2026-06", "高新区2026年6月能耗双控进度"),
        ("review-ledger", "district", "2026-06", "高新区2026年6月节能审查台账"),
    ],
)
def test_every_kind_makes_files_that_open(office: Office, kind: str, subject: str, period: str, title: str) -> None:
    version = drafted(office, kind, subject, period)

    assert version.title == title
    word = docx.Document(io.BytesIO(office.desk.copies.export(OTTO, version.id, Form.DOCX).data))
    assert word.paragraphs[0].text == title
    assert openpyxl.load_workbook(io.BytesIO(office.desk.copies.export(OTTO, version.id, Form.XLSX).data)).sheetnames


def test_the_review_ledger_sets_the_pace_against_the_approval(office: Office) -> None:
    project = EnergyProject("P1", E1, "甲扩建", "甬能审〔2025〕1号", date(2025, 1, 10), equivalent_tce=3000.0)
    project = replace(project, in_service_from=date(2025, 2, 1))
    region = RegionalReview("R1", "高新区", "甬能审〔2024〕9号", date(2024, 1, 1), 30_000.0, Basis.EQUIVALENT)
    office.ledger.energy_reviews.put_projects("wang", [project])
    office.ledger.energy_reviews.put_regions("wang", [region])

    document = office.desk.copies.document(OTTO, drafted(office, "review-ledger").id)
    tables = {table.title: table for table in document.tables()}
    pace: Any = tables["执行情况"].rows[0]
    # Six months known of twelve, each 0.95 GWh at 0.285 and 10,000 m3 of gas at 1.33 kgce.
    assert pace[3] == pytest.approx(12 * (0.95e6 * 0.285 + 10_000 * 1.33) / 1000)
    assert pace[4] == pytest.approx(pace[3] / 3000)
    assert pace[7] == "超批复"
    assert "需重点核查：甲扩建" in next(b.text for b in document.blocks if isinstance(b, Paragraph))
    room: Any = tables["区域余量"].rows[0]
    assert (room[0], room[3], room[8]) == ("高新区", 30_000.0, "可用")


def test_a_signature_freezes_content_and_files(office: Office) -> None:
    version = signed(office, drafted(office))
    assert version.signed is not None
    frozen = office.desk.copies.frozen(ADA, version.id, Form.DOCX)
    assert frozen.digest == version.signed.files[Form.DOCX] == digest_of(frozen.data)

    correct(office)
    office.clock.advance(3 * 86_400)
    assert office.desk.copies.frozen(ADA, version.id, Form.DOCX).data == frozen.data
    assert "第1版" in office.desk.copies.document(OTTO, version.id).version
    with pytest.raises(Conflict, match="signed already"):
        signed(office, version)
    with pytest.raises(Forbidden):
        office.desk.copies.frozen(OTTO, version.id, Form.DOCX)


def test_nobody_signs_what_they_did_not_read_and_the_program_signs_nothing(office: Office) -> None:
    version = drafted(office)
    with pytest.raises(Conflict, match="not the text that was read"):
        office.desk.sign(ADA, version.id, digest="0" * 64)
    with pytest.raises(Forbidden, match="named person"):
        office.desk.sign(SYSTEM, version.id, digest=version.digest)
    newer = signed(office, drafted(office))
    assert newer.signed is not None
    with pytest.raises(Conflict, match="later draft"):
        signed(office, version)


def test_later_data_makes_a_correction_with_its_list(office: Office) -> None:
    first = signed(office, drafted(office))
    assert office.desk.differences(OTTO, first.id) == ()
    correct(office)

    found = office.desk.differences(OTTO, first.id)
    told = {(d.place, d.row, d.column): (d.before, d.after) for d in found}
    assert told["企业能耗明细", "甲", "用电量（kWh）"] == ("5,700,000", "5,800,000")
    assert ("企业能耗明细", "乙", "用电量（kWh）") not in told
    second = signed(office, drafted(office))

    assert second.corrects == first.id
    assert second.title == "高新区2026年6月能耗监测月报（更正）"
    assert second.signed is not None
    assert second.signed.edition == 2
    document = office.desk.copies.document(OTTO, second.id)
    listed: Any = next(t for t in document.tables() if t.title == "更正说明")
    assert ("企业能耗明细", "甲", "用电量（kWh）", "5,700,000", "5,800,000") in listed.rows
    assert len(listed.rows) == len(found)
    assert office.desk.differences(OTTO, first.id, second.id) == found


def test_who_was_sent_which_version_is_written_down_and_the_copy_is_traced(office: Office) -> None:
    version = drafted(office)
    ask = {"recipient": "市能源局 王工", "channel": "政务邮箱", "form": Form.DOCX}
    with pytest.raises(Conflict, match="not signed is not sent"):
        office.desk.copies.send(OTTO, version.id, **ask)  # type: ignore[arg-type]
    signed(office, version)
    sending = office.desk.copies.send(OTTO, version.id, **ask)  # type: ignore[arg-type]
    with pytest.raises(Invalid, match="recipient"):
        office.desk.copies.send(OTTO, version.id, recipient=" ", channel="邮件", form=Form.XLSX)

    office.clock.advance(5 * 3600)
    copy = office.desk.copies.copy(OTTO, sending.id)
    assert digest_of(copy.data) == sending.digest
    assert "市能源局 王工 2026-07-20 14:00" in docx.Document(io.BytesIO(copy.data)).sections[0].header._element.xml
    assert office.desk.copies.sendings(VERA, digest=sending.digest).items == (sending,)


def test_who_only_looks_sees_no_names(office: Office) -> None:
    version = signed(office, drafted(office))

    shown = office.desk.copies.document(VERA, version.id)
    table = next(t for t in shown.tables() if t.title == "企业能耗明细")
    assert {str(row[0]) for row in table.rows} == {"企业1", "企业2", "企业3"}
    assert [each.detail for each in office.desk.version(VERA, version.id).sources] == [""] * 5
    assert any("205-1" in each.detail for each in office.desk.version(OTTO, version.id).sources)
    with pytest.raises(Forbidden, match="only by an officer"):
        office.desk.copies.export(VERA, version.id, Form.DOCX, anonymised=False)
    with pytest.raises(Forbidden):
        office.desk.draft(VERA, "monthly", "", "2026-06")


def test_an_enterprise_reads_its_own_signed_card_and_nothing_else(office: Office) -> None:
    card, other = drafted(office, "card", CARD), signed(office, drafted(office))
    for ident in (card.id, other.id):
        with pytest.raises(NotFound):
            office.desk.version(EMIL, ident)
    signed(office, card)
    assert [each.id for each in office.desk.versions(EMIL).items] == [card.id]
    file = office.desk.copies.export(EMIL, card.id, Form.DOCX)
    assert "emil 2026-07-20" in docx.Document(io.BytesIO(file.data)).sections[0].header._element.xml
    with pytest.raises(Forbidden):
        office.desk.copies.sendings(EMIL)
    assert office.ledger.audit.entries(subject=f"report:{card.id}").items[0].actor == "emil"


def test_who_drafted_does_not_sign_unless_the_district_lets_them(office: Office) -> None:
    version = drafted(office)
    assert not office.desk.may_sign(OTTO, version)
    with pytest.raises(Forbidden, match="who drafted does not sign"):
        office.desk.sign(OTTO, version.id, digest=version.digest)
    [refused] = [e for e in office.ledger.audit.entries(subject=f"report:{version.id}").items if "refused" in e.action]
    assert refused.actor == "otto"

    done = office.desk.sign(ADA, version.id, digest=version.digest, number="甬高新能〔2026〕12号")
    assert office.desk.copies.document(OTTO, done.id).number == "甬高新能〔2026〕12号"
    [kept] = [e for e in office.ledger.audit.entries(subject=f"report:{version.id}").items if e.action == "report.sign"]
    assert (kept.actor, kept.after["drafted_by"]) == ("ada", "otto")  # type: ignore[index]

    settings = Settings(reports=ReportSettings(four_eyes=False))
    alone = open_reports(settings, office.ledger, office.clock, office.runs, office.desk.kinds(OTTO))
    again = office.desk.draft(OTTO, "card", CARD, "2026-06")
    assert alone.sign(OTTO, again.id, digest=again.digest).signed


def test_a_draft_that_is_stopped_leaves_nothing(office: Office) -> None:
    steps: list[float] = []

    class Stopped:
        def step(self, share: float, note: str = "") -> None:
            steps.append(share)
            if share > 0.3:
                raise Cancelled

    with pytest.raises(Cancelled):
        office.desk.draft(OTTO, "half-year", "district", "2026H1", Stopped())
    assert steps == sorted(steps)
    assert office.desk.versions(OTTO).items == ()


def test_a_long_report_is_drafted_in_the_background_with_progress(office: Office) -> None:
    run = office.desk.submit(OTTO, "monthly", "district", "2026-06")
    deadline = time.monotonic() + 30
    while not office.runs.get(OTTO, run.id).state.is_over and time.monotonic() < deadline:
        time.sleep(0.02)

    done = office.runs.get(OTTO, run.id)
    assert done.state == "done", done.problem
    assert done.result is not None
    [version] = office.desk.versions(VERA).items
    assert version.id in office.runs.result(OTTO, done.result).body.decode()
    assert (version.made_by, version.title) == ("otto", "高新区2026年6月能耗监测月报")


@pytest.mark.parametrize(
    ("kind", "subject", "period", "problem"),
    [
        ("weekly", "district", "2026-06", "no kind of report"),
        ("monthly", "enterprise:E001", "2026-06", "is of the district"),
        ("monthly", "district", "2026-13", "there is no period"),
        ("half-year", "district", "2026-06", "2026H1"),
        ("card", "", "2026-06", "needs a subject"),
        ("card", "enterprise:E999", "2026-06", "no enterprise E999"),
    ],
)
def test_what_cannot_be_drafted_is_refused_with_its_reason(
    office: Office, kind: str, subject: str, period: str, problem: str
) -> None:
    asker: Principal = OTTO
    with pytest.raises((Invalid, NotFound), match=problem):
        office.desk.draft(asker, kind, subject, period)
