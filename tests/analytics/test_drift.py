"""Changes put into loads are found with their day, and steady loads raise nothing."""

import numpy as np
import pytest

from analytics.drift import PARTS, DriftKind, classify, find_drifts
from bench.drift_detection import counted_of, injected
from domain.errors import Invalid
from tests.real_years import site_years

NAN = np.nan
D = 120
HOUR = np.arange(96) / 4
WORKDAY = np.arange(D) % 7 < 5


def steady(sites: int = 12, seed: int = 0) -> np.ndarray:
    """Day-shift loads with noise and a season that all share."""
    random = np.random.default_rng(seed)
    shape = 30 + 70 * np.exp(-((HOUR - 13) ** 2) / 18)
    season = 1 + 0.2 * np.sin(np.arange(D) / D * np.pi)
    day = random.normal(1, 0.05, (sites, D, 1))
    return shape * season[:, None] * day * np.linspace(1, 20, sites)[:, None, None]


ONES = np.ones((12, D), dtype=np.bool_)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("multiplier x1.5", DriftKind.MULTIPLIER),
        ("multiplier x0.5", DriftKind.MULTIPLIER),
        ("shift 18-02 h", DriftKind.SHIFT),
        ("furnace +30 %", DriftKind.EQUIPMENT),
    ],
)
def test_a_change_is_found_with_its_day_and_kind(kind: str, expected: DriftKind) -> None:
    load = steady()
    load[3] = injected(load[[3]], kind, 63)[0]
    found = find_drifts(load, ONES, WORKDAY)
    assert found.site.tolist() == [3]
    assert abs(int(found.day[0]) - 63) <= 3
    assert DriftKind(int(found.kind[0])) is expected
    assert (found.change_kw[0] > 0) == (kind != "multiplier x0.5")


def test_a_season_all_share_is_no_drift() -> None:
    assert len(find_drifts(steady(), ONES, WORKDAY)) == 0


@pytest.mark.parametrize("value", [NAN, 0.0, 50.0, -10.0])
def test_nothing_is_found_where_nothing_changes(value: float) -> None:
    load = np.full((12, D, 96), value)
    found = find_drifts(load, ~np.isnan(load).any(axis=2), WORKDAY)
    assert len(found) == 0
    assert (found.judged == 0).all() or value != NAN


def test_a_short_history_is_not_judged() -> None:
    found = find_drifts(steady()[:, :20], ONES[:, :20], WORKDAY[:20])
    assert len(found) == 0
    assert found.judged.tolist() == [0] * 12


def test_a_long_gap_is_not_taken_for_a_step() -> None:
    load = steady()
    load[3, 40:60] = NAN
    assert len(find_drifts(load, ~np.isnan(load).any(axis=2), WORKDAY)) == 0


def test_a_day_must_fall_into_twelve_parts() -> None:
    with pytest.raises(Invalid, match="12 equal parts"):
        find_drifts(np.zeros((1, 90, 23)), np.ones((1, 90), dtype=np.bool_), np.ones(90, dtype=np.bool_))


def test_kinds_by_hand() -> None:
    day = np.array([20.0] * 4 + [80.0, 100, 90, 100, 80] + [20.0] * 3)
    assert len(day) == PARTS
    assert classify(day, day * 1.4) is DriftKind.MULTIPLIER
    assert classify(day, day + 50) is DriftKind.EQUIPMENT
    evening = day.copy()
    evening[9:] += 60
    assert classify(day, evening) is DriftKind.SHIFT
    assert classify(np.zeros(PARTS), np.zeros(PARTS)) is DriftKind.LEVEL


@pytest.mark.realdata
def test_doubled_real_loads_are_found() -> None:
    """Each site of one file is doubled by itself (14 of 16 are found); the whole table: bench.drift_detection."""
    years = site_years()[-2] if len(site_years()) > 1 else site_years()[0]
    counted = counted_of(years)
    day, found = 200, 0
    for site in range(len(years.ids)):
        load = years.clock_kw.copy()
        load[site, day:] *= 2
        got = find_drifts(load, counted, years.workday)
        found += bool(((got.site == site) & (np.abs(got.day - day) <= 7)).any())
    assert found >= 0.7 * len(years.ids)
