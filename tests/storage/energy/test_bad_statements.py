"""Each mistake of a statement is refused or flagged in its cell, with the sentence of docs/bad-input.md."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.energy_factors import EnergyFactorTable
from config.policy_table import load_table
from domain.energy import Basis
from domain.errors import InsufficientData
from storage.energy_files import EnergyImport, read_energy
from storage.sheet_cells import CellError
from storage.sheet_files import SheetFile

FACTORS = load_table("energy_factors.toml", EnergyFactorTable)
DOC = Path(__file__).parents[3] / "docs" / "bad-input.md"
HEADING = "企业编号,月份,能源品种,单位,购进量,期初库存,期末库存,用于原材料,来源"


def read(rows: str, *, cumulative: bool = False, heading: str = HEADING) -> EnergyImport:
    file = SheetFile("f.csv", f"{heading}\n{rows}\n".encode())
    return read_energy(FACTORS, {"E001"}.__contains__, file, cumulative=cumulative)


def sentence(case: str) -> tuple[str, str]:
    """(cell, what is said) of a row of the table."""
    [line] = [each for each in DOC.read_text("utf-8").splitlines() if each.startswith(f"| {case} |")]
    _, _, cell, said, _ = (part.strip() for part in line.split("|"))
    return cell, said.strip("`")


def told(found: tuple[CellError, ...]) -> list[tuple[str, str]]:
    return [(each.cell, each.message_zh) for each in found]


@pytest.mark.parametrize(
    ("case", "rows"),
    [
        ("natural gas in 立方米", "E001,2026-03,天然气,立方米,10,,,,"),
        ("natural gas in 工况立方米", "E001,2026-03,天然气,工况立方米,10,,,,"),
        ("a stock of -5", "E001,2026-03,原煤,吨,10,-5,0,,"),
        ("50 t left of 10 t", "E001,2026-03,原煤,吨,10,,50,,"),
        ("50 t of feedstock of 10 t", "E001,2026-03,原煤,吨,10,,,50,"),
        ("January and February in one row", "E001,2026年1-2月,电力,kWh,10,,,,"),
        ("compressed air of one's own", "E001,2026-03,压缩空气,标准立方米,10,,,,自产"),
        ("steam of one's own", "E001,2026-03,蒸汽,吨,10,,,,自产"),
        (
            "the same enterprise, month and carrier twice",
            "E001,2026-03,电力,kWh,10,,,,\nE001,2026-03,电力,kWh,12,,,,",
        ),
        ("`=1+1` as amount", "E001,2026-03,电力,kWh,=1+1,,,,"),
    ],
)
def test_refused_in_its_cell(case: str, rows: str) -> None:
    cell, said = sentence(case)
    found = read(rows)
    assert [(place, said in words) for place, words in told(found.errors)] == [(cell, True)], told(found.errors)
    assert not found.entries or case.startswith("the same")


def test_a_sum_since_january_without_the_months_before() -> None:
    cell, said = sentence("March since January, nothing before")
    [(place, words)] = told(read("E001,2026-03,电力,kWh,10,,,,", cumulative=True).errors)
    assert (place, said in words) == (cell, True)


def test_two_units_that_differ() -> None:
    cell, said = sentence("heading (吨), unit beside it kg")
    found = read("E001,2026-03,原煤,kg,10", heading="企业编号,月份,能源品种,单位,购进量(吨)")
    [(place, words)] = told(found.errors)
    assert (place, said in words) == (cell, True)


def test_a_year_without_a_factor_is_no_figure() -> None:
    _, said = sentence("a year without a factor")
    with pytest.raises(InsufficientData, match=said):
        FACTORS.coal("electricity", Basis.EQUIVALENT, 2015, region="zhejiang")


def test_steam_of_unknown_origin_is_taken_and_flagged() -> None:
    cell, said = sentence("steam, nothing said of its origin")
    found = read("E001,2026-03,蒸汽,吨,10,,,,")
    [(place, words)] = told(found.flags)
    assert (f"{place}, flagged", said in words) == (cell, True)
    assert len(found.entries) == 1
