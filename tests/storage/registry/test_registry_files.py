from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from domain.errors import Invalid
from domain.registry import ALWAYS, Contact, MeterRole, ProtectedClass, Registry
from storage.ledger.sql import SqlLedger
from storage.registry_export import empty_workbook, export_registry
from storage.registry_files import RegistryImport, import_registry, read_registry
from storage.sheet_files import SheetFile
from tests.support.clock import HandClock
from tests.support.registry import FACTORY, FACTORY_ACCOUNT, FACTORY_MAIN, TENANT, small_registry

TODAY = date(2026, 7, 20)


def read(*files: SheetFile, present: Registry | None = None) -> RegistryImport:
    return read_registry(files, present=present or Registry(), today=TODAY)


def csv(name: str, text: str, encoding: str = "utf-8") -> SheetFile:
    return SheetFile(name, text.encode(encoding))


def workbook(**sheets: list[list[Any]]) -> SheetFile:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    return SheetFile("台账.xlsx", buffer.getvalue())


def places(found: RegistryImport) -> list[str]:
    return [f"{error.sheet}!{error.cell}" for error in found.errors]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
def test_csv_in_the_encodings_of_the_office(encoding: str) -> None:
    found = read(csv("企业.csv", "企业编号,企业名称,所在街道\nE001,甬城精密机械有限公司,梅墟\n", encoding))
    assert found.errors == ()
    assert [(e.name, e.street, e.valid_from) for e in found.enterprises] == [("甬城精密机械有限公司", "梅墟", ALWAYS)]


def test_bytes_of_no_encoding_are_refused_with_advice() -> None:
    with pytest.raises(Invalid, match="CSV UTF-8"):
        read(SheetFile("企业.csv", b"id,name\nE1,\xff\xff\x81\n"))


@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_english_headings_and_other_delimiters(delimiter: str) -> None:
    rows = (("id", "account", "role", "interval_s"), ("M001", "0330000001", "sub", "15min"))
    found = read(csv("meters.csv", "\n".join(delimiter.join(row) for row in rows)), present=small_registry())
    assert found.errors == ()
    assert [(m.role, m.interval_s, m.valid_from) for m in found.meters] == [(MeterRole.SUB, 900, TODAY)]


def test_a_sheet_is_known_by_its_headings_and_titles_are_passed_over() -> None:
    file = workbook(
        Sheet1=[["2026年高新区有序用电企业表"], [], ["企业编号", "企业名称", "保安负荷（kW）"], ["E001", "甲", 12]]
    )
    found = read(file)
    assert found.errors == ()
    assert found.enterprises[0].security_load_kw == 12.0
    assert found.rows == {"enterprise": 1}


def test_every_mistake_by_cell_not_only_the_first() -> None:
    file = workbook(
        企业=[
            ["企业编号", "企业名称", "统一社会信用代码", "保安负荷(kW)", "生效日期", "是否两高", "保护类别"],
            ["E001", "甲", "123", "12a", "昨天", "大概", "别的"],
            ["E 2", "", "", -1, None, None, None],
            [None, "丙", None, None, None, None, None],
            ["E004", "=A1&B1", None, "#REF!", None, None, None],
        ],
        户号=[["户号", "企业编号"], [330000001, "E001"], ["0330000002", "E404"], ["0330000003", None]],
        计量点=[
            ["计量点编号", "户号", "采集间隔(s)", "倍率", "转供房东"],
            ["M001", "0330000002", 7, 0, "E405"],
            ["M001", "0330000002", 60, 1, None],
        ],
    )
    found = read(file)
    assert sorted(places(found)) == sorted(
        [
            *("企业!C2", "企业!D2", "企业!E2", "企业!F2", "企业!G2"),
            *("企业!A3", "企业!B3", "企业!D3", "企业!A4", "企业!B5", "企业!D5"),
            *("户号!A2", "户号!B3", "户号!B4"),
            *("计量点!C2", "计量点!D2", "计量点!E2", "计量点!A3"),
        ]
    )
    assert places(found) == [p for s in ("企业", "户号", "计量点") for p in places(found) if p.startswith(s)]
    by_place = {f"{e.sheet}!{e.cell}": e for e in found.errors}
    assert by_place["企业!D2"].value == "12a"
    assert "公式" in by_place["企业!B5"].message_zh
    assert "前导零" in by_place["户号!A2"].message_zh
    assert "E404" in by_place["户号!B3"].message_en


def test_a_number_cell_whose_format_shows_its_zeros_is_what_it_shows() -> None:
    book = openpyxl.load_workbook(io.BytesIO(workbook(户号=[["户号", "企业编号"], [330000009, "E001"]]).content))
    book.worksheets[0]["A2"].number_format = "0000000000"
    buffer = io.BytesIO()
    book.save(buffer)
    found = read(SheetFile("户号.xlsx", buffer.getvalue()), present=small_registry())
    assert found.errors == ()
    assert found.accounts[0].id == "0330000009"


def test_what_excel_did_to_ids_in_csv() -> None:
    text = '户号,企业编号\n3.30101E+12,E001\n330000001,E001\n"=""0330000007""",E001\n'
    found = read(csv("户号.csv", text), present=small_registry())
    assert places(found) == ["户号!A2"]
    assert "科学计数法" in found.errors[0].message_zh
    lost = read(csv("计量点.csv", "计量点编号,户号\nM009,330000001\n"), present=small_registry())
    assert "0330000001" in lost.errors[0].message_en
    assert "0330000007" in [a.id for a in found.accounts]


def test_dates_made_of_hours_are_noticed() -> None:
    found = read(workbook(企业=[["企业编号", "企业名称", "错避峰时段"], ["E001", "甲", datetime(2026, 8, 10)]]))
    assert places(found) == ["企业!C2"]
    assert "文本" in found.errors[0].message_zh


@pytest.mark.parametrize(
    "day", ["2026-07-01", "2026/7/1", "2026.7.1", "20260701", "2026年7月1日", datetime(2026, 7, 1)]
)
def test_days_as_people_write_them(day: object) -> None:
    found = read(workbook(企业=[["企业编号", "企业名称", "生效日期"], ["E001", "甲", day]]))
    assert found.errors == ()
    assert found.enterprises[0].valid_from == date(2026, 7, 1)


@pytest.mark.parametrize("day", ["2026-02-30", "7月1日", "1026-01-01", "202671", 46204])
def test_days_that_are_none(day: object) -> None:
    assert places(read(workbook(企业=[["企业编号", "企业名称", "生效日期"], ["E001", "甲", day]]))) == ["企业!C2"]


@pytest.mark.parametrize("dash", ["-", "—", "/", "无", "", None])
def test_nothing_is_not_zero(dash: object) -> None:
    found = read(workbook(企业=[["企业编号", "企业名称", "可错峰(kW)", "是否两高"], ["E001", "甲", dash, dash]]))
    assert found.errors == ()
    assert found.enterprises[0].shiftable_kw is None
    assert found.enterprises[0].two_high is False


def test_a_unit_behind_the_number() -> None:
    headings = ["户号", "企业编号", "电压等级(kV)", "合同容量(kVA)"]
    right = workbook(户号=[headings, ["0330000009", "E001", "10kV", "1,250 kVA"]])
    wrong = workbook(户号=[headings, ["0330000009", "E001", "10V", "1.25MVA"]])
    account = read(right, present=small_registry()).accounts[0]
    assert (account.voltage_kv, account.contract_capacity_kva) == (10.0, 1250.0)
    assert places(read(wrong, present=small_registry())) == ["户号!C2", "户号!D2"]


def test_a_column_that_is_absent_leaves_what_is_known() -> None:
    found = read(csv("企业.csv", "企业编号,轮休日\nE001,周二\n"), present=small_registry())
    [version] = found.enterprises
    assert version == replace(FACTORY, valid_from=TODAY, rest_day="周二")


def test_an_empty_cell_clears_but_never_a_multiplier() -> None:
    present = small_registry()
    present = Registry(
        enterprises=present.enterprises,
        accounts=present.accounts,
        meters=(replace(FACTORY_MAIN, multiplier=3000.0, interval_s=900), *present.meters[1:]),
    )
    meters = read(
        csv("计量点.csv", "计量点编号,户号,倍率,采集间隔,转供房东\nM001,0330000001,,,E002\n"), present=present
    ).meters
    assert [(m.multiplier, m.interval_s, m.landlord) for m in meters] == [(3000.0, 900, "E002")]
    enterprises = read(
        csv("企业.csv", "企业编号,企业名称,保安负荷\nE001,甬城精密机械有限公司,\n"), present=present
    ).enterprises
    assert [e.security_load_kw for e in enterprises] == [None]


def test_rows_without_a_day_hold_from_today_only_where_they_differ() -> None:
    text = "户号,企业编号,运行容量(kVA)\n0330000001,E001,2000\n0330000002,E002,630\n0330000003,E002,100\n"
    found = read(csv("户号.csv", text), present=small_registry())
    assert [(a.id, a.valid_from) for a in found.accounts] == [("0330000002", TODAY), ("0330000003", ALWAYS)]


def test_later_rows_of_a_file_build_on_earlier_ones() -> None:
    text = "计量点编号,生效日期,户号,倍率,网关\nM001,2026-08-01,0330000001,60,\nM001,2026-07-01,0330000001,30,G1\n"
    found = read(csv("计量点.csv", text), present=small_registry())
    assert [(m.valid_from.month, m.multiplier, m.gateway) for m in found.meters] == [(7, 30.0, "G1"), (8, 60.0, None)]


def test_unknown_columns_and_sheets_are_said_not_swallowed() -> None:
    found = read(workbook(企业=[["企业编号", "企业名称", "保安负何"], ["E001", "甲", 5]], 说明=[["填写说明"]]))
    assert found.errors == ()
    assert [f"{w.sheet}!{w.cell}" for w in found.warnings] == ["企业!C1", "说明!A1"]


def test_the_same_column_twice() -> None:
    assert places(read(csv("企业.csv", "企业编号,企业名称,用户名称\nE001,甲,乙\n"))) == ["企业!C1"]


def test_a_new_id_needs_the_columns_that_have_no_default() -> None:
    [error] = read(csv("户号.csv", "户号,变电站\n0330000009,梅墟变\n"), present=small_registry()).errors
    assert "企业编号" in error.message_zh


def test_doubts_are_warnings() -> None:
    text = "户号,企业编号,合同容量,运行容量\n0330000001,E001,1000,2000\n"
    found = read(csv("户号.csv", text), present=small_registry())
    assert found.errors == ()
    assert [w.cell for w in found.warnings] == ["D2"]


@pytest.mark.parametrize(
    "file",
    [
        SheetFile("a.xls", b"\xd0\xcf\x11\xe0"),
        SheetFile("a.xlsx", b"not a zip"),
        SheetFile("a.xlsx", b""),
        SheetFile("a.xlsx", export_registry(small_registry(), reveal_phones=True)[:2000]),
        SheetFile("a.csv", b""),
        SheetFile("a.csv", "甲,乙\n1,2\n".encode()),
        SheetFile("a.pdf", b"%PDF"),
    ],
    ids=["old-excel", "no-zip", "empty", "cut-off", "empty-csv", "other-table", "pdf"],
)
def test_files_that_are_no_registry(file: SheetFile) -> None:
    with pytest.raises(Invalid, match=" / "):
        read(file)


def test_a_registry_sheet_without_headings() -> None:
    assert places(read(csv("企业.csv", "E001,甲\nE002,乙\n"))) == ["企业!A1"]


class TestContacts:
    def test_pairs_in_any_of_the_usual_headings(self) -> None:
        text = "企业编号,企业名称,联系人,联系电话,联系人2姓名,联系人2电话\nE001,甲,王,13812345678,李,0574-87654321\n"
        [enterprise] = read(csv("企业.csv", text)).enterprises
        assert enterprise.contacts == (Contact("王", "13812345678"), Contact("李", "0574-87654321"))

    def test_a_phone_as_number(self) -> None:
        rows: list[list[Any]] = [
            ["企业编号", "企业名称", "联系人1", "电话1"],
            ["E001", "甲", "王", 13812345678],
            ["E002", "乙", "李", 57487654321],
        ]
        assert places(read(workbook(企业=rows))) == ["企业!D3"]

    def test_a_masked_phone_never_overwrites_the_known_one(self) -> None:
        present = small_registry()
        masked = SheetFile("台账.xlsx", export_registry(present, reveal_phones=False))
        found = read(masked, present=present)
        assert found.errors == ()
        assert found.enterprises == present.enterprises
        assert [e.cell for e in read(masked).errors] == ["AK2"]


class TestExport:
    def test_what_looks_like_a_formula_stays_text(self) -> None:
        nasty = replace(
            FACTORY, name='=HYPERLINK("http://x","y")', street="+1", sector="-2", shifts="@SUM(A1)", measure="1E5"
        )
        content = export_registry(Registry(enterprises=(nasty,)), reveal_phones=True)
        sheet = openpyxl.load_workbook(io.BytesIO(content))["企业"]
        assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n", "d"}
        assert read(SheetFile("a.xlsx", content)).enterprises == (nasty,)

    def test_account_numbers_are_text_cells(self) -> None:
        sheet = openpyxl.load_workbook(io.BytesIO(export_registry(small_registry(), reveal_phones=True)))["户号"]
        assert (sheet["A2"].value, sheet["A2"].data_type) == ("0330000001", "s")
        assert sheet["A9"].number_format == "General"
        assert sheet.column_dimensions["A"].width > 10

    def test_phones_are_masked_unless_asked_for(self) -> None:
        def phones(*, reveal: bool) -> object:
            content = export_registry(small_registry(), reveal_phones=reveal)
            sheet = openpyxl.load_workbook(io.BytesIO(content))["企业"]
            return list(sheet.iter_rows(values_only=True))[1][-3]

        assert phones(reveal=True) == "13812345678"
        assert phones(reveal=False) == "138****5678"

    def test_the_empty_workbook_can_be_filled_in(self) -> None:
        book = openpyxl.load_workbook(io.BytesIO(empty_workbook()))
        assert book.sheetnames == ["企业", "户号", "计量点"]
        book["企业"].append(["E001", None, "甲"])
        book["户号"].append(["0330000001", None, "E001"])
        book["计量点"].append(["M001", None, "0330000001"])
        buffer = io.BytesIO()
        book.save(buffer)
        found = read(SheetFile("台账.xlsx", buffer.getvalue()))
        assert (found.errors, found.warnings) == ((), ())
        assert found.rows == {"enterprise": 1, "account": 1, "meter": 1}


class TestImport:
    @pytest.fixture
    def ledger(self, tmp_path: Path) -> Iterator[SqlLedger]:
        opened = SqlLedger(f"sqlite:///{tmp_path}/ledger.sqlite", clock=HandClock(datetime(2026, 7, 20, tzinfo=UTC)))
        yield opened
        opened.close()

    def test_written_as_one_change_and_named(self, ledger: SqlLedger) -> None:
        file = SheetFile("台账.xlsx", export_registry(small_registry(), reveal_phones=True))
        outcome = import_registry(ledger.registry, "wang.li", [file], today=TODAY)
        assert outcome.registry is not None
        assert outcome.registry.revision == 1
        assert outcome.registry.enterprises == (FACTORY, TENANT)
        [entry] = ledger.audit.entries(subject="registry").items
        assert entry.actor == "wang.li"
        assert entry.after == {"enterprises": 2, "accounts": 2, "meters": 3, "source": "台账.xlsx"}

    def test_a_dry_run_writes_nothing(self, ledger: SqlLedger) -> None:
        file = SheetFile("台账.xlsx", export_registry(small_registry(), reveal_phones=True))
        outcome = import_registry(ledger.registry, "wang.li", [file], today=TODAY, dry_run=True)
        assert (outcome.registry, outcome.read.errors) == (None, ())
        assert ledger.registry.registry().revision == 0

    def test_one_mistake_keeps_all_out(self, ledger: SqlLedger) -> None:
        files = [csv("企业.csv", "企业编号,企业名称\nE001,甲\n"), csv("户号.csv", "户号,企业编号\n0330000001,E002\n")]
        outcome = import_registry(ledger.registry, "wang.li", files, today=TODAY)
        assert outcome.registry is None
        assert places(outcome.read) == ["户号!B2"]
        assert ledger.registry.registry().enterprises == ()
        assert ledger.audit.entries().total == 0

    def test_what_was_read_can_be_put_again(self, ledger: SqlLedger) -> None:
        file = SheetFile("台账.xlsx", export_registry(small_registry(), reveal_phones=True))
        first = import_registry(ledger.registry, "wang.li", [file], today=TODAY).registry
        assert import_registry(ledger.registry, "wang.li", [file], today=TODAY).registry is first


def test_protected_classes_by_word_and_by_name() -> None:
    rows = [["企业编号", "企业名称", "保护类别"], ["E001", "甲", "水热气等公用事业"], ["E002", "乙", "utility"]]
    assert {e.protected_class for e in read(workbook(企业=rows)).enterprises} == {ProtectedClass.UTILITY}


def test_capacity_from_a_day_on_leaves_the_days_before() -> None:
    text = "户号,生效日期,企业编号,运行容量(kVA)\n0330000001,2026-07-10,E001,800\n"
    [suspended] = read(csv("户号.csv", text), present=small_registry()).accounts
    assert suspended == replace(FACTORY_ACCOUNT, valid_from=date(2026, 7, 10), running_capacity_kva=800.0)
