"""Energy statements out of sheets: units, cumulated months, and every mistake in its cell."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from itertools import product
from pathlib import Path

import openpyxl
import pytest
import xlwt
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.utils import get_column_letter
from openpyxl.utils.cell import range_boundaries

from config.energy_factors import EnergyFactorTable
from config.policy_table import load_table
from domain.energy import EnergyEntry
from domain.errors import Invalid
from storage.energy_files import EnergyImport, import_energy, read_energy
from storage.ledger.sql import SqlLedger
from storage.sheet_files import SheetFile
from tests.support.clock import HandClock

FACTORS = load_table("energy_factors.toml", EnergyFactorTable)
HEADING = "企业编号,月份,能源品种,单位,购进量,期初库存,期末库存,用于原材料"


def read(*rows: str, cumulative: bool = False, estimate: bool = False, heading: str = HEADING) -> EnergyImport:
    text = "\n".join(["高新区能源购进、消费与库存", heading, *rows])
    file = SheetFile("能源.csv", text.encode("gb18030"))
    return read_energy(FACTORS, {"E001", "E002"}.__contains__, file, cumulative=cumulative, estimate=estimate)


def by_month(found: EnergyImport, carrier: str) -> dict[int, EnergyEntry]:
    return {entry.month.month: entry for entry in found.entries if entry.carrier == carrier}


def test_units_are_converted_to_the_carriers_own() -> None:
    found = read(
        "E001,2026-03,电力,万千瓦时,12.5,,,",
        "E001,2026年3月,柴油,吨,2,0.5,0.3,",
        "E001,2026/3,natural_gas,万标准立方米,1.2,,,",
        "E002,2026.03,热力,GJ,3,,,",
    )
    assert found.errors == ()
    assert [(e.carrier, e.consumption) for e in found.entries] == [
        ("electricity", 125_000.0),
        ("diesel", pytest.approx(2_200.0)),
        ("natural_gas", 12_000.0),
        ("heat", 3_000.0),
    ]
    assert found.entries[0].source == "能源.csv"


def test_headings_may_carry_units_in_brackets() -> None:
    found = read("E001,2026-03,电力,kWh,5", heading="企业编号,月份,能源品种（名称）,计量单位,购进量（实物量）")
    assert found.entries[0].bought == 5.0


def test_cumulated_months_are_taken_apart() -> None:
    found = read(
        "E001,2026-01,电力,kWh,100,,,",
        "E001,2026-02,电力,kWh,180,,,",
        "E001,2026-03,电力,kWh,300,,,",
        "E001,2026-01,柴油,kg,50,10,20,",
        "E001,2026-02,柴油,kg,80,10,5,",
        cumulative=True,
    )
    assert found.errors == ()
    assert [entry.bought for _, entry in sorted(by_month(found, "electricity").items())] == [100, 80, 120]
    diesel = by_month(found, "diesel")
    assert diesel[1].consumption == 50 + 10 - 20
    assert (diesel[2].opening_stock, diesel[2].consumption) == (20.0, 30 + 20 - 5)


def test_a_missing_february_is_refused_and_not_guessed() -> None:
    found = read("E001,2026-01,电力,kWh,100,,,", "E001,2026-03,电力,kWh,300,,,", cumulative=True)
    [error] = found.errors
    assert error.cell == "B4"
    assert "缺少2月" in error.message_zh


@pytest.mark.parametrize(
    ("row", "cell", "said"),
    [
        ("E009,2026-03,电力,kWh,1,,,", "A3", "no such enterprise"),
        ("E001,3月,电力,kWh,1,,,", "B3", "2026-03"),
        ("E001,2026-13,电力,kWh,1,,,", "B3", "2026-03"),
        ("E001,2026-03,木柴,吨,1,,,", "C3", "no carrier"),
        ("E001,2026-03,天然气,立方米,1,,,", "D3", "standard cubic metres"),
        ("E001,2026-03,电力,吨,1,,,", "D3", "is not one of"),
        ("E001,2026-03,电力,kWh,,,,", "E3", "enter 0"),
        ("E001,2026-03,电力,kWh,约5,,,", "E3", "not a number"),
        ("E001,2026-03,柴油,kg,1,-2,,", "F3", "from 0 on"),
        ("E001,2026-03,柴油,kg,1,0,0,5", "H3", "feedstock above"),
    ],
)
def test_every_mistake_stands_in_its_cell(row: str, cell: str, said: str) -> None:
    found = read("E001,2026-02,电力,kWh,1,,,".replace("E001", "E002"), row.replace("A3", "A4"))
    [error] = found.errors
    assert error.cell == cell.replace("3", "4")
    assert said in error.message_en


def test_the_same_month_twice_is_refused() -> None:
    found = read("E001,2026-03,电力,kWh,1,,,", "E001,2026-03,电力,kWh,2,,,")
    assert "keep one" in found.errors[0].message_en


def test_a_file_without_the_table() -> None:
    with pytest.raises(Invalid, match="企业编号"):
        read_energy(FACTORS, {"E001"}.__contains__, SheetFile("x.csv", b"a,b\n1,2\n"), cumulative=False)


def test_months_are_named_by_their_first_day() -> None:
    assert read("E001,2026-03,电力,kWh,1,,,").entries[0].month == date(2026, 3, 1)


def test_merged_months_are_refused_or_estimated_and_marked() -> None:
    rows = ("E001,2026年1-2月,电力,kWh,590,,,", "E001,2026年1-3月,电力,kWh,890,,,")
    refused = read(*rows, cumulative=True)
    assert [error.cell for error in refused.errors] == ["B3"]
    split = read(*rows, cumulative=True, estimate=True)
    assert split.errors == ()
    entries = by_month(split, "electricity")
    assert [entries[n].bought for n in (1, 2, 3)] == [pytest.approx(310.0), pytest.approx(280.0), 300.0]
    assert [str(entries[n].standing) for n in (1, 2, 3)] == ["estimated", "estimated", "reported"]


def test_an_estimate_keeps_the_consumption_over_changing_stocks() -> None:
    [one, two] = read("E001,2026年1-2月,柴油,kg,590,100,30,", estimate=True).entries
    assert one.consumption + two.consumption == pytest.approx(660.0)
    assert one.closing_stock == two.opening_stock
    assert two.closing_stock == 30.0


def test_a_sum_that_falls_is_a_mistake() -> None:
    found = read("E001,2026-01,电力,kWh,100,,,", "E001,2026-02,电力,kWh,90,,,", cumulative=True)
    [error] = found.errors
    assert (error.cell, error.value) == ("E4", "90")


def test_media_made_here_are_counted_in_their_electricity_already() -> None:
    heading = "企业编号,月份,能源品种,单位,购进量,来源"
    refused = read("E001,2026-03,压缩空气,标方,10,自产", heading=heading)
    assert refused.errors[0].cell == "F3"
    flagged = read("E001,2026-03,压缩空气,标方,10,", "E002,2026-03,压缩空气,标方,10,外购", heading=heading)
    assert flagged.errors == ()
    assert [flag.cell for flag in flagged.flags] == ["C3"]
    assert len(flagged.entries) == 2


def test_merged_headings_over_two_rows() -> None:
    rows = [
        "企业编号,月份,能源品种,单位,购进量,,库存量,",
        ",,,,实物量,金额（千元）,期初,期末",
        "E001,2026-03,柴油,吨,2,9,0.5,0.3",
    ]
    file = SheetFile("能源.csv", "\n".join(rows).encode())
    found = read_energy(FACTORS, {"E001"}.__contains__, file, cumulative=False)
    assert found.errors == ()
    assert found.entries[0].bought == 2_000.0


def test_units_in_headings_and_units_that_differ() -> None:
    alone = read(
        "E001,2026-03,柴油,2,0.5,0.3", heading="企业编号,月份,能源品种,购进量（吨）,期初库存（吨）,期末库存（吨）"
    )
    assert alone.entries[0].consumption == pytest.approx(2_200.0)
    mixed = read("E001,2026-03,柴油,吨,2,0.5", heading="企业编号,月份,能源品种,单位,购进量（千克）,期初库存")
    assert [error.cell for error in mixed.errors] == ["E3"]
    none = read("E001,2026-03,柴油,2", heading="企业编号,月份,能源品种,购进量")
    assert [error.cell for error in none.errors] == ["D3"]


def test_a_cumulated_table_of_one_month_goes_on_from_the_ledger(tmp_path: Path) -> None:
    ledger = SqlLedger(f"sqlite:///{tmp_path}/ledger.sqlite", clock=HandClock(datetime(2026, 7, 1, tzinfo=UTC)))

    def take(row: str) -> EnergyImport:
        file = SheetFile("能源.csv", f"{HEADING}\n{row}".encode())
        return import_energy(ledger.energy, FACTORS, {"E001"}.__contains__, "li", file, cumulative=True)

    assert [entry.bought for entry in take("E001,2026-01,电力,kWh,100,,,").written] == [100.0]
    assert [entry.bought for entry in take("E001,2026-02,电力,kWh,180,,,").written] == [80.0]
    assert "缺少3月" in take("E001,2026-04,电力,kWh,400,,,").errors[0].message_zh
    ledger.close()


def test_a_column_of_figures_nobody_knows_is_flagged_not_dropped_in_silence() -> None:
    """原料 is no heading of ours (用于原材料 is): the row stands, and the heading's cell says what was not read."""
    text = "序号,企业编号,月份,能源品种,单位,购进量,原料,备注\n1,E001,2026-05,原煤,t,10,50,无\n"
    found = read_energy(FACTORS, lambda _: True, SheetFile("a.csv", text.encode()), cumulative=False)
    assert found.errors == ()
    assert [(flag.cell, flag.value) for flag in found.flags] == [("G1", "原料")]
    assert "未识别" in found.flags[0].message_zh


#: Row 1 and 2 of headings, merges, rows of figures of E001 in 2026-03.
TWO_ROWS = (
    ["企业编号", "月份", "能源品种", "购进量(吨)", None, "期末库存(千克)", "用于原材料"],
    [None, None, None, "本月", "累计", None, None],
)
MERGED = ("A1:A2", "B1:B2", "C1:C2", "D1:E1", "F1:F2", "G1:G2")
DIESEL = ["E001", "2026-03", "柴油"]


def of_workbook(
    *rows: Sequence[object], merged: tuple[str, ...], cumulative: bool = False, kind: str = "xlsx"
) -> EnergyImport:
    kept = io.BytesIO()
    if kind == "xls":
        old = xlwt.Workbook()
        page = old.add_sheet("能源")
        hidden = {place for each in merged for place in list(_cells(each))[1:]}
        for each in merged:
            (row, column), *_, (last_row, last_column) = _cells(each)
            page.write_merge(row, last_row, column, last_column, rows[row][column])
        covered = hidden | {next(iter(_cells(each))) for each in merged}
        for i, cells in enumerate(rows):
            for j, value in enumerate(cells):
                if value is not None and (i, j) not in covered:
                    page.write(i, j, value)
        old.save(kept)
    else:
        book = openpyxl.Workbook()
        sheet = book.active
        assert sheet is not None
        for cells in rows:
            sheet.append(list(cells))
        for each in merged:
            sheet.merge_cells(each)
        book.save(kept)
    file = SheetFile(f"能源.{kind}", kept.getvalue())
    return read_energy(FACTORS, {"E001"}.__contains__, file, cumulative=cumulative)


def _cells(reference: str) -> Iterator[tuple[int, int]]:
    first_column, first_row, last_column, last_row = (each or 0 for each in range_boundaries(reference))
    yield from product(range(first_row - 1, last_row), range(first_column - 1, last_column))


@pytest.mark.parametrize("kind", ["xlsx", "xls"])
def test_the_unit_of_a_merged_heading_holds_for_the_columns_under_it(kind: str) -> None:
    january = ["E001", "2026-01", "柴油"]
    month = of_workbook(*TWO_ROWS, [*january, 2, 6, 500, None], merged=MERGED, kind=kind)
    assert month.errors == ()
    assert [(e.bought, e.closing_stock) for e in month.entries] == [(2000.0, 500.0)]
    assert [(flag.cell, flag.value) for flag in month.flags] == [("E2", "累计")]
    since = of_workbook(*TWO_ROWS, [*january, 2, 6, 500, None], merged=MERGED, kind=kind, cumulative=True)
    assert [(e.bought, e.closing_stock) for e in since.entries] == [(6000.0, 500.0)]
    assert [(flag.cell, flag.value) for flag in since.flags] == [("D2", "本月")]
    # 吨 does not reach 用于原材料, which stands behind the merge.
    beyond = of_workbook(*TWO_ROWS, [*january, 2, 6, 500, 1], merged=MERGED, kind=kind)
    assert [(error.cell, error.message_zh) for error in beyond.errors] == [("G3", "缺少计量单位")]


def test_a_merged_heading_that_is_no_unit_of_the_flows_below_it() -> None:
    flows = ["企业编号", "月份", "能源品种", "购进量", "期末库存"]
    amounts = ["企业编号", "月份", "能源品种", "实物量(吨)", None]
    under = [None, None, None, "购进量", "期末库存"]
    read_ = of_workbook(amounts, under, [*DIESEL, 2, 0.5], merged=("D1:E1",))
    assert [(e.bought, e.closing_stock) for e in read_.entries] == [(2000.0, 500.0)]
    for rows, merged in (
        ((["能源购进、消费与库存(吨)"], flows), ("A1:E1",)),  # a title over the whole table
        ((amounts, under), ("D1:D1",)),  # no merge: the unit is above one column, and nobody says how far it reaches
        ((["实物量(吨)", None, None, None, None], flows), ("A1:B1",)),  # over other columns
    ):
        refused = of_workbook(*rows, [*DIESEL, 2, 0.5], merged=merged)
        assert refused.entries == ()
        assert {error.message_zh for error in refused.errors} == {"缺少计量单位"}
    differs = of_workbook(
        ["企业编号", "月份", "能源品种", "单位", "实物量(吨)", None],
        [None, None, None, None, "购进量", "期末库存"],
        ["E001", "2026-03", "柴油", "千克", 2, 0.5],
        merged=("E1:F1",),
    )
    assert differs.errors[0].message_zh == "表头单位“吨”与单位列“千克”不一致"
    # CSV tells no merges.
    text = "\n".join(["企业编号,月份,能源品种,实物量(吨),", ",,,购进量,期末库存", "E001,2026-03,柴油,2,0.5"])
    plain = read_energy(FACTORS, {"E001"}.__contains__, SheetFile("a.csv", text.encode()), cumulative=False)
    assert [error.message_zh for error in plain.errors] == ["缺少计量单位"]


@given(
    st.integers(2, 3),
    st.integers(0, 2),
    st.sampled_from([("吨", 1000.0), ("千克", 1.0)]),
    st.floats(1, 1e6),
    st.booleans(),
)
@settings(deadline=None, max_examples=25)
def test_wherever_the_merge_lies_it_gives_its_unit_to_its_own_columns_alone(
    width: int, before: int, unit: tuple[str, float], amount: float, above: bool
) -> None:
    """Columns before the merge and behind it have units of their own; a title may stand above."""
    flows = ["购进量", "期初库存", "期末库存", "转供量", "外供量"]
    flows = flows[: before + width + 1] if before + width < len(flows) else flows
    under = range(before, min(before + width, len(flows)))
    top: list[object] = ["企业编号", "月份", "能源品种", *(f"{flow}(千克)" for flow in flows)]
    for place in under:
        top[3 + place] = None
    top[3 + before] = f"合并({unit[0]})"
    low: list[object] = [None, None, None, *(flows[i] if i in under else None for i in range(len(flows)))]
    rows: list[Sequence[object]] = [top, low, [*DIESEL, *(amount if flow == "购进量" else 0.0 for flow in flows)]]
    lines = 1
    if above:
        rows.insert(0, ["能源购进、消费与库存(万吨)"])
        lines = 2
    first, last = get_column_letter(4 + before), get_column_letter(4 + under[-1])
    found = of_workbook(*rows, merged=(f"{first}{lines}:{last}{lines}",))
    assert found.errors == ()
    factor = unit[1] if 0 in under else 1.0
    assert [entry.bought for entry in found.entries] == [pytest.approx(amount * factor)]
