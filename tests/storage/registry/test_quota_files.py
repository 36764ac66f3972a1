from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import openpyxl
import pytest

from domain.errors import Invalid
from domain.references import Quota
from domain.scopes import DISTRICT, enterprise_scope
from storage.ledger.sql import SqlLedger
from storage.quota_files import QuotaImport, import_quotas, read_quotas
from storage.sheet_files import SheetFile
from tests.support.clock import HandClock

STARTS = [f"{m // 60:02d}:{m % 60:02d}" for m in range(0, 1440, 15)]
ENDS = [f"{m // 60:02d}:{m % 60:02d}" for m in range(15, 1441, 15)]


def read(text: str, source: str = "甬能源〔2026〕12号") -> QuotaImport:
    return read_quotas(SheetFile("指标.csv", text.encode()), actor="wang.li", source=source)


def table(rows: Sequence[Sequence[object]]) -> str:
    return "\n".join(",".join(str(cell) for cell in row) for row in rows)


def the_one(found: QuotaImport) -> Quota:
    assert found.errors == ()
    [quota] = found.quotas
    return quota


@pytest.mark.parametrize(
    ("heading", "figure"),
    [("指标(kW)", 24_000), ("用电指标（MW）", 24), ("指标(万千瓦)", 2.4), ("quota_kw", "24000"), ("指标", "24,000")],
)
def test_one_figure_for_the_day(heading: str, figure: object) -> None:
    shown = f'"{figure}"'
    quota = the_one(read(f"日期,{heading}\n2026-07-20,{shown}\n"))
    assert quota.points_kw == pytest.approx((24_000.0,) * 96)
    assert (quota.scope, quota.day) == (DISTRICT, date(2026, 7, 20))
    assert (quota.source, quota.actor) == ("甬能源〔2026〕12号", "wang.li")


def test_scope_and_document_of_each_row() -> None:
    found = read("范围,日期,指标(kW),文号\n全区,2026/7/20,24000,1号\nenterprise:E001,2026年7月20日,500,\n")
    assert found.errors == ()
    assert [(q.scope, q.source) for q in found.quotas] == [
        (DISTRICT, "1号"),
        (enterprise_scope("E001"), "甬能源〔2026〕12号"),
    ]


@pytest.mark.parametrize("labels", [STARTS, ENDS])
def test_96_columns_named_by_start_or_by_end(labels: list[str]) -> None:
    quota = the_one(read(table([["日期", *labels], ["2026-07-20", *range(100, 196)]])))
    assert quota.points_kw == tuple(float(n) for n in range(100, 196))


@pytest.mark.parametrize("labels", [STARTS, ENDS, [*STARTS[1:], "00:00"]])
def test_96_rows_named_by_start_or_by_end(labels: list[str]) -> None:
    rows = [["2026-07-20", label, 100 + n] for n, label in enumerate(labels)]
    quota = the_one(read(table([["日期", "时间", "指标(kW)"], *rows])))
    assert quota.points_kw == tuple(float(n) for n in range(100, 196))


def test_96_rows_of_excel_times_to_midnight() -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["日期", "时间", "指标(MW)"])
    for n in range(1, 97):
        moment: object = timedelta(days=1) if n == 96 else time(n * 15 // 60, n * 15 % 60)
        sheet.append([datetime(2026, 7, 20), moment, n])
    sheet.cell(97, 2).number_format = "hh:mm"
    buffer = io.BytesIO()
    book.save(buffer)
    quota = the_one(read_quotas(SheetFile("指标.xlsx", buffer.getvalue()), actor="wu", source="1号"))
    assert quota.points_kw == tuple(1000.0 * n for n in range(1, 97))


def places(found: QuotaImport) -> list[str]:
    return [error.cell for error in found.errors]


def test_every_wrong_cell_is_named() -> None:
    found = read(
        "范围,日期,指标(kW)\n"
        "全区,2026-07-20,24000\n"
        "全区,2026-07-20,23000\n"
        "全区,昨天,-5\n"
        "北区,2026-07-21,24000\n"
        "全区,2026-07-22,\n"
        "全区,2026-07-23,24MW\n"
    )
    assert places(found) == ["B3", "B4", "C4", "A5", "C6", "C7"]


def test_a_hole_in_the_day_is_refused() -> None:
    rows = [["2026-07-20", label, 100] for label in STARTS if label != "13:15"]
    [error] = read(table([["日期", "时间", "指标(kW)"], *rows])).errors
    assert "95" in error.message_zh
    wide = read(table([["日期", *STARTS[:-1]], ["2026-07-20", *range(95)]]))
    assert "96" in wide.errors[0].message_en
    empty = ["2026-07-20", *range(1, 97)]
    empty[40] = ""
    assert places(read(table([["日期", *STARTS], empty]))) == ["AO2"]


def test_a_time_twice_and_a_time_between_quarters() -> None:
    rows = [["2026-07-20", label, 100] for label in [*STARTS, "13:15", "13:20"]]
    assert "B98" in places(read(table([["日期", "时间", "指标(kW)"], *rows])))
    assert "B99" in places(read(table([["日期", "时间", "指标(kW)"], *rows])))


def test_a_quota_needs_its_document() -> None:
    [error] = read("日期,指标(kW)\n2026-07-20,24000\n", source=" ").errors
    assert "文号" in error.message_zh


def test_a_file_without_quotas() -> None:
    with pytest.raises(Invalid, match="没有找到指标表"):
        read("企业,名称\nE1,甲\n")


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[SqlLedger]:
    opened = SqlLedger(f"sqlite:///{tmp_path}/ledger.sqlite", clock=HandClock(datetime(2026, 7, 20, tzinfo=UTC)))
    yield opened
    opened.close()


def test_all_or_nothing_is_put(ledger: SqlLedger) -> None:
    day = date(2026, 7, 20)
    bad = SheetFile("指标.csv", "日期,指标(kW)\n2026-07-20,24000\n2026-07-21,x\n".encode("gbk"))
    good = SheetFile("指标.csv", "日期,指标(kW)\n2026-07-20,24000\n2026-07-21,23000\n".encode("gbk"))
    assert import_quotas(ledger.references, "wu", bad, source="1号").errors
    import_quotas(ledger.references, "wu", good, source="1号", dry_run=True)
    assert ledger.references.quota(DISTRICT, day) is None
    import_quotas(ledger.references, "wu", good, source="1号")
    stored = ledger.references.quota(DISTRICT, day)
    assert stored is not None
    assert stored.points_kw == (24_000.0,) * 96
