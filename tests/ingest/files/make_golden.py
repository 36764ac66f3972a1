"""Writes the golden folders of load files: ``python -m tests.ingest.files.make_golden``.

The figures of a case are made here first, as mean kW by closed formulas a person can check, and written both into
``expected.json`` and, turned into what the file is to hold (kWh, secondary values, text), into the file. Nothing of the
code under test is used.
"""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import xlsxwriter
import xlwt

GOLDEN = Path(__file__).parent / "golden"
DAY = date(2026, 7, 1)
FIRST, SECOND = "0330000001", "0330000002"
Rows = list[list[Any]]


def load_kw(account: int, day: int, points: int = 96) -> list[float]:
    """Mean kW: 100 times the account, 10 for the day, and the number of the interval from nought."""
    return [100.0 * account + 10.0 * day + k for k in range(points)]


def expected(loads: dict[str, list[list[float | None]]], *, first: date = DAY, **more: Any) -> dict[str, Any]:
    """loads : of each site, the kW of each day from ``first`` on; None = missing"""
    sites = {site: [v for day in days for v in day] for site, days in loads.items()}
    return {"first": f"{first.isoformat()}T00:00:00+08:00", "kw": sites, "errors": [], **more}


def p_labels(points: int = 96) -> list[str]:
    return [f"P{k}" for k in range(1, points + 1)]


def clock_labels(points: int = 96, *, end: bool) -> list[str]:
    step = 1440 // points
    return [f"{m // 60:02}:{m % 60:02}" for m in (step * (k + end) for k in range(points))]


def days(count: int) -> list[date]:
    return [DAY + timedelta(days=d) for d in range(count)]


# -- writing


def put(name: str, file: str, content: bytes, options: dict[str, Any], outcome: dict[str, Any]) -> None:
    folder = GOLDEN / name
    folder.mkdir(parents=True)
    (folder / file).write_bytes(content)
    case = {"file": file, "options": options, "expected": outcome}
    (folder / "case.json").write_text(json.dumps(case, ensure_ascii=False, indent=1), encoding="utf-8")


def xlsx(
    sheets: dict[str, Rows], *, epoch_1904: bool = False, merge: Sequence[tuple[int, int, int, str]] = ()
) -> bytes:
    """merge : row, first and last column, text, on the first sheet"""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "date_1904": epoch_1904})
    book.set_properties({"created": datetime(2026, 7, 20)})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    clock = book.add_format({"num_format": "hh:mm"})
    late = book.add_format({"num_format": "[h]:mm"})
    for title, rows in sheets.items():
        sheet = book.add_worksheet(title)
        for r, row in enumerate(rows):
            for c, value in enumerate(row):
                if isinstance(value, date):
                    sheet.write_datetime(r, c, datetime(value.year, value.month, value.day), day)
                elif isinstance(value, time):
                    sheet.write_number(r, c, (value.hour * 60 + value.minute) / 1440, clock)
                elif isinstance(value, timedelta):
                    sheet.write_number(r, c, value.total_seconds() / 86_400, late)
                elif isinstance(value, str) and value.startswith("="):
                    sheet.write_formula(r, c, value)
                elif isinstance(value, str):
                    sheet.write_string(r, c, value)
                elif value is not None:
                    sheet.write_number(r, c, value)
        if title == next(iter(sheets)):
            for row_number, first, last, text in merge:
                sheet.merge_range(row_number, first, row_number, last, text)
    book.close()
    return buffer.getvalue()


def xls(sheets: dict[str, Rows], *, merge: Sequence[tuple[int, int, int, str]] = ()) -> bytes:
    book = xlwt.Workbook(encoding="utf-8")
    day = xlwt.easyxf(num_format_str="yyyy-mm-dd")
    for title, rows in sheets.items():
        sheet = book.add_sheet(title)
        for r, row in enumerate(rows):
            for c, value in enumerate(row):
                if isinstance(value, date):
                    sheet.write(r, c, datetime(value.year, value.month, value.day), day)
                elif value is not None:
                    sheet.write(r, c, value)
        for row_number, first, last, text in merge:
            sheet.write_merge(row_number, row_number, first, last, text)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def csv_bytes(rows: Rows, encoding: str) -> bytes:
    buffer = io.StringIO(newline="")
    csv.writer(buffer, lineterminator="\r\n").writerows(
        [["" if v is None else v.isoformat() if isinstance(v, date) else v for v in row] for row in rows]
    )
    return buffer.getvalue().encode(encoding)


TZ = {"tz": "Asia/Shanghai"}


# -- cases


def wide_rows(scale: float = 1.0, count: int = 2, points: int = 96) -> Rows:
    return [
        [account, day, *(v * scale for v in load_kw(number, d, points))]
        for number, account in ((1, FIRST), (2, SECOND))
        for d, day in enumerate(days(count))
    ]


def two_accounts(count: int = 2, points: int = 96) -> dict[str, list[list[float | None]]]:
    return {
        account: [list(load_kw(number, d, points)) for d in range(count)]
        for number, account in ((1, FIRST), (2, SECOND))
    }


def curves() -> None:
    head = ["户号", "日期", *p_labels()]
    title: Rows = [["高新区用户负荷曲线"], ["单位：kW", None, "统计期间：2026-07-01 至 2026-07-02"]]
    closing: Rows = [["合计", None, *([1.0] * 96)], ["制表：张三", "审核：李四"]]
    put(
        "xlsx_p96_kw_title_and_totals",
        "负荷.xlsx",
        xlsx({"负荷": [*title, head, *wide_rows(), *closing]}),
        TZ,
        expected(two_accounts(), notes=["2 行合计"]),
    )
    merged: Rows = [["户号", "日期"], [None, None, *p_labels()], *wide_rows(0.25)]
    put(
        "xls_p96_kwh_merged_heading",
        "电量.xls",
        xls({"Sheet1": merged}, merge=[(0, 2, 97, "正向有功电量（kWh）")]),
        TZ,
        expected(two_accounts()),
    )
    rows = [[f'="{a}"', "甲厂", day, *values] for a, day, *values in wide_rows()]
    put(
        "csv_gbk_end_labels",
        "功率.csv",
        csv_bytes([["有功功率(kW)"], ["户号", "户名", "日期", *clock_labels(end=True)], *rows], "gbk"),
        TZ,
        expected(two_accounts()),
    )
    rows = [[a, "㼆䶮", day, *values] for a, day, *values in wide_rows()]
    put(
        "csv_gb18030_start_labels",
        "功率.csv",
        csv_bytes([["用户编号", "用户名称", "数据日期", *clock_labels(end=False)], *rows], "gb18030"),
        {**TZ, "unit": "kw"},
        expected(two_accounts()),
    )
    put(
        "csv_utf8_bom_unit_is_asked",
        "曲线.csv",
        csv_bytes([["户号", "日期", *clock_labels(end=False)], *wide_rows()], "utf-8-sig"),
        TZ,
        {"asks": "unit", "choices": ["kw", "kwh"]},
    )
    put(
        "xlsx_starts_read_as_ends",
        "曲线.xlsx",
        xlsx({"功率kW": [["户号", "日期", *clock_labels(end=False)], [FIRST, DAY, *load_kw(1, 0)]]}),
        {**TZ, "label": "end"},
        # 00:00 then closes the day before: the first figure is of 23:45 on 30 June.
        {"first": "2026-06-30T23:45:00+08:00", "kw": {FIRST: load_kw(1, 0)}, "errors": []},
    )
    part = clock_labels(end=True)[31:79]
    put(
        "xlsx_part_of_a_day_label_is_asked",
        "白天.xlsx",
        xlsx({"功率kW": [["户号", "日期", *part], [FIRST, DAY, *load_kw(1, 0)[:48]]]}),
        TZ,
        {"asks": "label", "choices": ["start", "end"]},
    )
    headings = [time(0, 15 * k) if k < 4 else time(k // 4, 15 * (k % 4)) for k in range(1, 96)]
    row = ["户号", "日期", *headings, timedelta(days=1)]
    put(
        "xlsx_times_of_excel_as_headings",
        "功率.xlsx",
        xlsx({"有功功率（千瓦）": [row, *wide_rows()]}),
        TZ,
        expected(two_accounts()),
    )
    closing_midnight = [*clock_labels(end=True)[:-1], "00:00"]
    put(
        "csv_day_closed_by_midnight",
        "功率.csv",
        csv_bytes([["户号", "日期", *closing_midnight], *wide_rows()], "utf-8"),
        {**TZ, "unit": "kw"},
        expected(two_accounts()),
    )


def other_counts() -> None:
    put(
        "xls_24_points",
        "小时.xls",
        xls({"Sheet1": [["户号", "日期", *(f"{h}时" for h in range(24))], *wide_rows(points=24)]}),
        TZ,
        expected(two_accounts(points=24), step_s=3600),
    )
    put(
        "xlsx_24_points_ordinal",
        "小时.xlsx",
        xlsx({"Sheet1": [["户号", "日期", *p_labels(24)], *wide_rows(points=24)]}),
        TZ,
        expected(two_accounts(points=24), step_s=3600),
    )
    put(
        "csv_48_points_kwh",
        "半小时电量.csv",
        csv_bytes(
            [["用电量(kWh)"], ["户号", "日期", *clock_labels(48, end=True)], *wide_rows(0.5, points=48)], "gb18030"
        ),
        TZ,
        expected(two_accounts(points=48), step_s=1800),
    )
    put(
        "xlsx_megawatts",
        "大用户.xlsx",
        xlsx({"Sheet1": [["单位：MW"], ["户号", "日期", *p_labels()], *wide_rows(0.001)]}),
        TZ,
        expected(two_accounts()),
    )


def multipliers() -> None:
    secondary = [[a, day, 3000, *(v / 3000 for v in values)] for a, day, *values in wide_rows()]
    head = ["户号", "日期", "倍率", *p_labels()]
    sheet = {"功率kW": [head, *secondary]}
    put(
        "xlsx_multiplier_is_asked",
        "倍率.xlsx",
        xlsx(sheet),
        TZ,
        {"asks": "multiplier", "choices": ["apply", "applied"]},
    )
    put(
        "xlsx_multiplier_applied_by_us",
        "倍率.xlsx",
        xlsx(sheet),
        {**TZ, "multiplier": "apply"},
        expected(two_accounts()),
    )
    primary = [[a, day, 3000, *values] for a, day, *values in wide_rows()]
    put(
        "xlsx_multiplier_heading_says_applied",
        "倍率.xlsx",
        xlsx({"Sheet1": [["有功功率(kW，已乘倍率)"], head, *primary]}),
        TZ,
        expected(two_accounts()),
    )
    ratios = [[a, day, "150/5", "10000/100", *(v / 3000 for v in values)] for a, day, *values in wide_rows()]
    put(
        "xls_ct_and_pt",
        "变比.xls",
        xls({"功率kW二次侧": [["户号", "日期", "CT变比", "PT变比", *p_labels()], *ratios]}),
        TZ,
        expected(two_accounts()),
    )
    totals = [[a, day, 3000, *(v / 4 / 3000 for v in values), sum(values) / 4] for a, day, *values in wide_rows()]
    put(
        "xlsx_totals_tell_unit_and_multiplier",
        "合计.xlsx",
        xlsx({"Sheet1": [["户号", "日期", "倍率", *p_labels(), "日电量"], *totals]}),
        TZ,
        expected(two_accounts()),
    )


def faults() -> None:
    head = ["户号", "日期", *p_labels()]
    rows = [[3.30123e11, DAY, *load_kw(1, 0)], [SECOND, DAY, *load_kw(2, 0)]]
    put(
        "xlsx_account_is_a_number",
        "户号.xlsx",
        xlsx({"功率kW": [head, *rows]}),
        TZ,
        expected({SECOND: [list(load_kw(2, 0))]}, errors=[["A2", "330123000000", "编号存成了数字"]]),
    )
    text_rows: Rows = [["3.30123E+11", DAY, *load_kw(1, 0)], [SECOND, DAY, *load_kw(2, 0)]]
    put(
        "csv_account_in_scientific_notation",
        "户号.csv",
        csv_bytes([["功率kW"], head, *text_rows], "gbk"),
        TZ,
        expected({SECOND: [list(load_kw(2, 0))]}, errors=[["A3", "3.30123E+11", "科学计数法"]]),
    )
    cells: list[Any] = list(load_kw(1, 0))
    wanted: list[float | None] = list(load_kw(1, 0))
    cells[0], wanted[0] = "—", None
    cells[1], wanted[1] = None, None
    cells[2], wanted[2] = "1,102.5", 1102.5
    cells[3], wanted[3] = "１０３", 103.0
    cells[4], wanted[4] = "故障", None
    cells[5], wanted[5] = "12.5kW", None
    cells[6], wanted[6] = date(2026, 8, 10), None
    cells[7], wanted[7] = "=A1+1", None
    put(
        "xlsx_text_in_number_cells",
        "文本.xlsx",
        xlsx({"功率kW": [head, [FIRST, DAY, *cells]]}),
        TZ,
        expected(
            {FIRST: [wanted]},
            # The first two are missing and no fault, so the series begins at 00:30.
            trim=2,
            errors=[
                ["G2", "故障", "不是数字"],
                ["H2", "12.5kW", "不是数字"],
                ["I2", "2026-08-10", "不是数字"],
                ["J2", "=A1+1", "公式"],
            ],
        ),
    )
    put(
        "xlsx_a_point_is_missing",
        "缺列.xlsx",
        xlsx({"功率kW": [[*head[:38], *head[39:]], [FIRST, DAY, *load_kw(1, 0)[:95]]]}),
        TZ,
        {"error": "缺少 P37"},
    )
    registers = [1000 + k * 0.1 for k in range(96)]
    shown: list[float | None] = [*registers]
    put(
        "xlsx_registers_p1_is_asked",
        "示数.xlsx",
        xlsx({"表码": [head, [FIRST, DAY, *shown]]}),
        TZ,
        {"asks": "label", "choices": ["start", "end"]},
    )
    put(
        "xlsx_registers_p1_is_midnight",
        "示数.xlsx",
        xlsx({"表码": [head, [FIRST, DAY, *shown]]}),
        {**TZ, "label": "start"},
        expected({FIRST: [shown]}, registers=True),
    )
    put(
        "xlsx_registers_at_96_stamps",
        "示数曲线.xlsx",
        xlsx(
            {
                "示数": [
                    ["正向有功总示数曲线（kWh，未乘倍率）"],
                    ["户号", "日期", "倍率", *clock_labels(end=True)],
                    [FIRST, DAY, 30.0, *shown],
                ]
            }
        ),
        TZ,
        # 00:15 is the first instant that is read; what the meter shows is multiplied.
        expected({FIRST: [[None, *(30.0 * kwh for kwh in registers)]]}, trim=1, registers=True),
    )
    put(
        "xlsx_registers_beside_power",
        "混合.xlsx",
        xlsx(
            {"示数": [["示数"], head, [FIRST, DAY, *shown]], "功率": [["功率kW"], head, [SECOND, DAY, *load_kw(2, 0)]]}
        ),
        {**TZ, "label": "end"},
        {"error": "请分开导入"},
    )
    put(
        "xlsx_title_contradicts_heading",
        "矛盾.xlsx",
        xlsx({"Sheet1": [["单位：kWh"], ["户号", "日期", "有功功率(kW)"], [None, None, *p_labels()], *wide_rows()]}),
        TZ,
        {"asks": "unit", "choices": ["kw", "kwh"]},
    )
    twice = [[FIRST, DAY, *load_kw(1, 0)], [FIRST, DAY, *load_kw(1, 0)[:95], 999.0]]
    put(
        "xlsx_a_day_given_twice",
        "重复.xlsx",
        xlsx({"功率kW": [head, *twice]}),
        TZ,
        expected({FIRST: [list(load_kw(1, 0))]}, repeats=95, errors=[["CT3", "999.0", "已有不同数值"]]),
    )
    bad_day: Rows = [[FIRST, "7月1日", *load_kw(1, 0)], [SECOND, DAY, *load_kw(2, 0)]]
    put(
        "xlsx_day_without_a_year",
        "日期.xlsx",
        xlsx({"功率kW": [head, *bad_day]}),
        TZ,
        expected({SECOND: [list(load_kw(2, 0))]}, errors=[["B2", "7月1日", "不是日期"]]),
    )
    page = "<html><body><table><tr><td>户号</td></tr></table></body></html>".encode("gbk")
    put("xls_is_a_web_page", "导出.xls", page, TZ, {"error": "另存为 .xlsx"})
    put("xls_is_damaged", "损坏.xls", xls({"Sheet1": [head, *wide_rows()]})[:3000], TZ, {"error": "另存为 .xlsx"})
    put("xlsx_is_damaged", "损坏.xlsx", xlsx({"Sheet1": [head, *wide_rows()]})[:3000], TZ, {"error": "另存为 .xlsx"})


def dates() -> None:
    head = ["户号", "日期", *p_labels()]
    # 2026-07-01 is day 46204 since 1899-12-30 and 44742 since 1904-01-01.
    put(
        "xlsx_serial_days",
        "序号.xlsx",
        xlsx({"功率kW": [head, [FIRST, 46204, *load_kw(1, 0)], [FIRST, 46205, *load_kw(1, 1)]]}),
        TZ,
        expected({FIRST: [list(load_kw(1, 0)), list(load_kw(1, 1))]}),
    )
    put(
        "xlsx_serial_days_of_1904",
        "序号.xlsx",
        xlsx(
            {"功率kW": [head, [FIRST, 44742, *load_kw(1, 0)], [FIRST, DAY + timedelta(days=1), *load_kw(1, 1)]]},
            epoch_1904=True,
        ),
        TZ,
        expected({FIRST: [list(load_kw(1, 0)), list(load_kw(1, 1))]}),
    )
    rows = [
        [FIRST, text, *load_kw(1, d)]
        for d, text in enumerate(("2026/7/1", "2026年7月2日", "20260703", "2026-07-04 00:00:00"))
    ]
    put(
        "csv_days_as_people_write_them",
        "日期.csv",
        csv_bytes([["功率kW"], head, *rows], "gbk"),
        TZ,
        expected({FIRST: [list(load_kw(1, d)) for d in range(4)]}),
    )


def sheets() -> None:
    each: dict[str, Rows] = {}
    for number, account in ((1, FIRST), (2, SECOND)):
        each[f"第{number}户"] = [
            [f"户号：{account}", None, f"户名：{number}号厂"],
            ["日期", *p_labels()],
            *([day, *load_kw(number, d)] for d, day in enumerate(days(2))),
        ]
    each["说明"] = [["本表由平台导出"]]
    put(
        "xlsx_a_sheet_for_each_account",
        "各户.xlsx",
        xlsx(each),
        {**TZ, "unit": "kw"},
        expected(two_accounts(), notes=["说明: 未识别"]),
    )
    quantities: Rows = []
    for d, day in enumerate(days(2)):
        quantities.append([FIRST, day, "有功功率", "kW", *load_kw(1, d)])
        quantities.append([FIRST, day, "无功功率", "kvar", *([5.0] * 96)])
        quantities.append([FIRST, day, "A相电流", "A", *([7.0] * 96)])
    put(
        "xls_rows_of_several_quantities",
        "曲线.xls",
        xls({"Sheet1": [["户号", "数据日期", "数据项", "单位", *p_labels()], *quantities]}),
        TZ,
        expected({FIRST: [list(load_kw(1, 0)), list(load_kw(1, 1))]}, notes=["4 行为其他数据项"]),
    )
    side = [[FIRST, day, *load_kw(1, d), *([5.0] * 96)] for d, day in enumerate(days(2))]
    put(
        "xlsx_two_quantities_side_by_side",
        "并列.xlsx",
        xlsx(
            {"Sheet1": [["户号", "日期"], [None, None, *p_labels(), *p_labels()], *side]},
            merge=[(0, 2, 97, "有功功率(kW)"), (0, 98, 193, "无功功率(kvar)")],
        ),
        TZ,
        expected({FIRST: [list(load_kw(1, 0)), list(load_kw(1, 1))]}, notes=["未取"]),
    )
    merged_down = [[FIRST if d == 0 else None, day, *load_kw(1, d)] for d, day in enumerate(days(2))]
    put(
        "xlsx_account_merged_down",
        "合并.xlsx",
        xlsx({"功率kW": [["户号", "日期", *p_labels()], *merged_down]}),
        TZ,
        expected({FIRST: [list(load_kw(1, 0)), list(load_kw(1, 1))]}, notes=["沿用上一行"]),
    )
    pages: Rows = [["户号", "日期", *p_labels()], [FIRST, DAY, *load_kw(1, 0)]]
    pages += [["户号", "日期", *p_labels()], [FIRST, DAY + timedelta(days=1), *load_kw(1, 1)]]
    put(
        "csv_headings_on_every_page",
        "分页.csv",
        csv_bytes(pages, "gbk"),
        {**TZ, "unit": "kw"},
        expected({FIRST: [list(load_kw(1, 0)), list(load_kw(1, 1))]}),
    )


def stamped() -> None:
    rows: Rows = []
    for number, account in ((1, FIRST), (2, SECOND)):
        for k, value in enumerate(load_kw(number, 0)):
            clock = timedelta(days=1) if k == 95 else time((k + 1) // 4, 15 * ((k + 1) % 4))
            rows.append([account, DAY, clock, value])
    put(
        "xlsx_long_day_and_time",
        "逐点.xlsx",
        xlsx({"Sheet1": [["户号", "日期", "时间", "有功功率(kW)"], *rows]}),
        TZ,
        expected(two_accounts(1)),
    )
    text_rows: Rows = []
    for k, value in enumerate(load_kw(1, 0)):
        text_rows.append([FIRST, "2026-07-01", f"{15 * (k + 1) // 60:02}:{15 * (k + 1) % 60:02}", value / 4])
    put(
        "csv_long_day_and_time_kwh",
        "逐点.csv",
        csv_bytes([["户号", "日期", "时间", "电量(kWh)"], *text_rows], "gbk"),
        {**TZ, "interval": "15m"},
        expected({FIRST: [list(load_kw(1, 0))]}),
    )
    wide: Rows = [
        [f"2026-07-01 {t}", a, b] for t, a, b in zip(clock_labels(end=False), load_kw(1, 0), load_kw(2, 0), strict=True)
    ]
    put(
        "xls_a_column_for_each_site",
        "各户.xls",
        xls({"Sheet1": [["高新区负荷"], ["时间", "E001 (kW)", "E002 (kW)"], *wide]}),
        TZ,
        expected({"E001": [list(load_kw(1, 0))], "E002": [list(load_kw(2, 0))]}),
    )


CASES: tuple[Callable[[], None], ...] = (curves, other_counts, multipliers, faults, dates, sheets, stamped)


def main() -> None:
    shutil.rmtree(GOLDEN, ignore_errors=True)
    for make in CASES:
        make()


if __name__ == "__main__":
    main()
