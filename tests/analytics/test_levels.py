from datetime import date

import numpy as np
import pytest

from analytics.levels import gap_level, gap_ratio, worst_slot
from config.policy import load_policy
from domain.errors import Invalid

EDITION = load_policy().gap_levels.on(date(2026, 7, 1))
NAN = np.nan


def test_the_period_takes_its_worst_slot_over_its_expected_maximum() -> None:
    """Gaps of 1, 3 and -2 MW with an expected maximum of 25 MW: g = 3 / 25, whatever the slot's own load is."""
    found = worst_slot(np.array([21_000.0, 23_000.0, 18_000.0]), np.array([20_000.0] * 3), expected_maximum_kw=25_000.0)
    assert found is not None
    assert (found.at, found.gap_kw, found.judged) == (1, 3_000.0, 3)
    assert found.ratio == pytest.approx(0.12)


def test_slots_without_quota_or_load_are_not_judged() -> None:
    found = worst_slot(np.array([NAN, 30.0, 90.0]), np.array([10.0, 25.0, NAN]), expected_maximum_kw=100.0)
    assert found is not None
    assert (found.at, found.judged) == (1, 1)
    assert worst_slot(np.array([30.0]), np.array([NAN]), expected_maximum_kw=100.0) is None


@pytest.mark.parametrize("maximum", [0.0, -1.0, NAN])
def test_an_expected_maximum_of_nothing_is_refused(maximum: float) -> None:
    with pytest.raises(Invalid, match="expected maximum"):
        gap_ratio(np.array([1.0]), np.array([1.0]), expected_maximum_kw=maximum)


@pytest.mark.parametrize(
    ("ratio", "level"),
    [
        (-0.3, None),
        (0.0, None),
        (0.0001, "blue"),
        (0.0499, "blue"),
        (0.05, "yellow"),
        (0.0999, "yellow"),
        (0.10, "orange"),
        (0.20, "red"),
        (0.9, "red"),
    ],
)
def test_levels_and_their_bounds(ratio: float, level: str | None) -> None:
    """Source: domain facts 1.3: blue 0 < g < 5 %, yellow from 5 %, orange from 10 %, red from 20 %."""
    found = gap_level(ratio, EDITION)
    assert (found.name if found else None) == level


def test_an_unknown_gap_has_no_level() -> None:
    with pytest.raises(Invalid, match="unknown gap"):
        gap_level(NAN, EDITION)
