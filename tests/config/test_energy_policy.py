"""Targets, review rules and benchmarks: what a district may write, and what is refused."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from config.energy_benchmarks import EnergyBenchmarkTable
from config.energy_review import EnergyReviewTable
from config.energy_targets import EnergyTargetTable, Indicator
from config.policy_table import SHIPPED, load_table
from domain.energy import Basis
from domain.errors import InsufficientData, Invalid


def changed(folder: Path, name: str, old: str, new: str) -> Path:
    text = SHIPPED.joinpath(name).read_text(encoding="utf-8")
    assert old in text
    (folder / name).write_text(text.replace(old, new, 1), encoding="utf-8")
    return folder


def test_a_task_of_the_year_goes_before_the_even_share() -> None:
    table = load_table("energy_targets.toml", EnergyTargetTable)
    assert table.task_of(Indicator.ENERGY, 2024)[0] == 0.035
    assert table.task_of(Indicator.ENERGY, 2023)[0] == pytest.approx(1 - 0.865**0.2)
    assert table.path_of(Indicator.ENERGY, 2025).scheduled(2025) == pytest.approx(0.135)
    for year in (2020, 2026):
        with pytest.raises(InsufficientData, match=str(year)):
            table.task_of(Indicator.CO2, year)


def test_levels_by_progress() -> None:
    levels = load_table("energy_targets.toml", EnergyTargetTable).levels(date(2026, 1, 1))
    shares = (1.2, 1.0, 0.99, 0.8, 0.79, -0.5)
    assert [levels.of(share, rising=False).number for share in shares] == [3, 3, 2, 2, 1, 1]
    assert levels.of(1.2, rising=True).number == 1


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("base_year = 2020", "base_year = 2025", "after base_year"),
        ("year = 2024", "year = 2024\nx = 1", "unknown key"),
        ('indicator = "co2_intensity"\nyear', 'indicator = "energy_intensity"\nyear', "two targets"),
        ("from_share = 0.8", "from_share = 1.1", "falling"),
    ],
)
def test_targets_that_cannot_be(tmp_path: Path, old: str, new: str, said: str) -> None:
    with pytest.raises(Invalid, match=said):
        load_table("energy_targets.toml", EnergyTargetTable, changed(tmp_path, "energy_targets.toml", old, new))


def test_warnings_stand_in_order(tmp_path: Path) -> None:
    folder = changed(tmp_path, "energy_review.toml", "attention_from = 0.9", "attention_from = 1.1")
    with pytest.raises(Invalid, match="below exceeded_from"):
        load_table("energy_review.toml", EnergyReviewTable, folder)


def test_the_longest_code_that_fits_holds(tmp_path: Path) -> None:
    own = """
[[standard]]
kind = "yardstick"
sector = "C39"
label_zh = "电子"
valid_from = 2024-01-01
tce_per_10k_cny = 0.2
basis = "equivalent"
source = "test"

[[restricted]]"""
    folder = changed(tmp_path, "energy_benchmarks.toml", "\n[[restricted]]", own)
    table = load_table("energy_benchmarks.toml", EnergyBenchmarkTable, folder)

    def limits(sector: str, day: date) -> list[float]:
        return [each.tce_per_10k_cny for each in table.standards(sector, Basis.EQUIVALENT, day)]

    assert limits("C3911", date(2026, 1, 1)) == [0.2]
    assert limits("C3911", date(2023, 1, 1)) == [0.52]
    assert limits("", date(2026, 1, 1)) == [0.52]
    assert table.standards("C39", Basis.CALORIFIC, date(2026, 1, 1)) == ()
    assert table.restriction("C3011", date(2026, 1, 1)) is not None
    assert table.restriction("", date(2026, 1, 1)) is None
