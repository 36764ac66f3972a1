"""Energy statements out of sheets: units, cumulated months, and every mistake in its cell."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

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
