"""Estimates keep the energy that is known, stay within what the site can draw, and end where honesty ends."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.estimation import Gap, Limits, estimate, gaps_of, register_total_kwh
from analytics.registers import book

LIMITS = Limits(2.0, 24.0, 2.0, 0.3, 3.0, 1000.0)
NAN = float("nan")


def test_a_short_gap_is_a_straight_line() -> None:
    power = np.array([10.0, NAN, NAN, NAN, 50.0])
    found = estimate(power, Gap(1, 4), step_s=900, like_kw=np.full(5, NAN), limits=LIMITS)
    assert found is not None
    assert found[0].tolist() == [20.0, 30.0, 40.0]
    assert found[1] == "line"


def test_a_line_is_scaled_to_the_register_difference() -> None:
    power = np.array([10.0, NAN, NAN, NAN, 50.0])
    found = estimate(power, Gap(1, 4, 45.0, "register"), step_s=900, like_kw=np.full(5, NAN), limits=LIMITS)
    assert found is not None
    assert found[0].sum() * 0.25 == pytest.approx(45.0)
    assert found[0].tolist() == pytest.approx([40.0, 60.0, 80.0])
    assert found[1] == "line_register"


def test_a_longer_gap_takes_the_shape_of_like_days_and_the_level_of_the_hours_beside_it() -> None:
    like = np.tile([100.0, 200.0, 300.0, 200.0], 6)
    power = 1.5 * like
    power[6:18] = NAN
    found = estimate(power, Gap(6, 18), step_s=3600, like_kw=like, limits=LIMITS)
    assert found is not None
    assert found[0].tolist() == pytest.approx((1.5 * like[6:18]).tolist())
    scaled = estimate(power, Gap(6, 18, 1200.0, "register"), step_s=3600, like_kw=like, limits=LIMITS)
    assert scaled is not None
    assert scaled[0].sum() == pytest.approx(1200.0)


@pytest.mark.parametrize(
    ("gap", "like", "total"),
    [
        (Gap(1, 30), 100.0, None),  # longer than a day
        (Gap(1, 10), NAN, None),  # no like days
        (Gap(0, 2), 100.0, None),  # nothing before it
        (Gap(1, 3), 100.0, 9_000.0),  # more than the site can draw
    ],
)
def test_what_cannot_be_said_honestly_stays_missing(gap: Gap, like: float, total: float | None) -> None:
    power = np.full(40, 100.0)
    power[gap.start : gap.end] = NAN
    whole = Gap(gap.start, gap.end, total, "register" if total else "")
    assert estimate(power, whole, step_s=3600, like_kw=np.full(40, like), limits=LIMITS) is None


@settings(max_examples=80, deadline=None)
@given(st.lists(st.floats(0.0, 400.0), min_size=6, max_size=40), st.data())
def test_with_a_register_the_day_sums_to_what_was_drawn_wherever_the_gap_lies(
    powers: list[float], data: st.DataObject
) -> None:
    true = np.array(powers)
    n = len(true)
    start = data.draw(st.integers(0, n - 1))
    end = data.draw(st.integers(start + 1, min(n, start + 8)))
    ts = np.arange(n, dtype=np.int64) * 900_000
    register = np.r_[0.0, np.cumsum(true * 0.25)]
    edges = np.r_[ts, n * 900_000]
    heard = np.ones(n + 1, dtype=np.bool_)
    heard[start + 1 : end] = False
    booked = book(edges, register, trusted=heard, limit_kw=1000.0, modulus_kwh=1e9)
    power = true.copy()
    power[start:end] = NAN
    total = register_total_kwh(booked, ts, power, start, end, step_s=900)
    assert total == pytest.approx(float(true[start:end].sum() * 0.25), abs=1e-6)
    found = estimate(power, Gap(start, end, total, "register"), step_s=900, like_kw=np.full(n, NAN), limits=LIMITS)
    if found is not None:
        assert found[0].sum() * 0.25 == pytest.approx(total, abs=1e-6)
        assert (found[0] >= 0).all()
        assert found[0].max() <= LIMITS.limit_kw + 1e-6


def test_a_register_that_does_not_reach_over_the_gap_tells_nothing() -> None:
    ts = np.arange(6, dtype=np.int64) * 900_000
    power = np.array([100.0, NAN, NAN, 100.0, 100.0, 100.0])
    booked = book(ts[3:], np.array([0.0, 25.0, 50.0]), trusted=np.ones(3, np.bool_), limit_kw=1e3, modulus_kwh=1e9)
    assert register_total_kwh(booked, ts, power, 1, 3, step_s=900) is None
    assert gaps_of(np.isnan(power)) == [(1, 3)]
