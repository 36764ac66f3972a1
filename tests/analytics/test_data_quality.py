"""Indicators by hand: counts add up, rates come from sums, nothing due has no value."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.data_quality import NOTHING_DUE, QualityCounts, count_intervals, monthly_deviation, rates

MINUTE, HOUR = 60_000, 3_600_000
DAY = 24 * HOUR
START = 1_750_000_000_000 // DAY * DAY


def counted(
    ts: list[int], *, late: int = 2_000, until: int = START + DAY, valid: bool = True, **changes: int
) -> QualityCounts:
    n = len(ts)
    arguments = {"start_ms": START, "until_ms": until, "interval_ms": 15 * MINUTE, "prompt_ms": 5 * MINUTE, **changes}
    return count_intervals(
        np.array(ts, dtype=np.int64),
        np.full(n, late, dtype=np.int64),
        np.full(n, valid),
        np.ones(n, dtype=np.bool_),
        **arguments,
    )


def test_a_whole_day_of_fifteen_minutes_is_ninety_six_points() -> None:
    counts = counted([START + i * 15 * MINUTE for i in range(96)])
    assert counts == QualityCounts(1, 1, 1, 1, 96, 96, 96, 96, 96)
    made = rates(counts)
    assert {f.value for f in (made.completeness, made.online, made.success, made.timely, made.clock)} == {1.0}


def test_late_and_invalid_points_count_as_received_only() -> None:
    assert counted([START], late=5 * MINUTE).timely == 1
    assert counted([START], late=5 * MINUTE + 1).timely == 0
    counts = counted([START, START + 15 * MINUTE], valid=False)
    assert (counts.received, counts.valid, counts.read, counts.online) == (2, 0, 0, 1)


def test_an_interval_that_runs_is_not_due_yet() -> None:
    counts = counted([START, START + 15 * MINUTE], until=START + 29 * MINUTE)
    assert (counts.expected, counts.received) == (1, 1)
    assert counted([], until=START + 14 * MINUTE) == QualityCounts()
    assert rates(QualityCounts()).completeness.reason == NOTHING_DUE


def test_the_reading_at_midnight_is_that_of_the_first_interval() -> None:
    assert counted([START + 15 * MINUTE]).read == 0
    assert counted([START]).read == 1


def test_days_of_23_and_25_hours_owe_what_they_have() -> None:
    assert counted([], until=START + 23 * HOUR).expected == 92
    assert counted([], until=START + 25 * HOUR).expected == 100


@given(st.lists(st.integers(0, 95), unique=True), st.lists(st.integers(0, 1439), unique=True))
def test_a_group_is_the_sum_of_its_meters(quarters: list[int], minutes: list[int]) -> None:
    first = counted([START + i * 15 * MINUTE for i in quarters])
    second = counted([START + i * MINUTE for i in minutes], interval_ms=MINUTE)
    both = first + second
    assert both.expected == 96 + 1440
    assert rates(both).completeness.value == pytest.approx((len(quarters) + len(minutes)) / 1536)
    assert rates(both).online.value == (bool(quarters) + bool(minutes)) / 2


def test_days_against_month() -> None:
    found = monthly_deviation(np.array([10.0, 10.0, math.nan]), np.array([10.5, 10.5, 10.0]))
    assert found.value == pytest.approx(1 / 21)
    assert found.coverage == pytest.approx(2 / 3)
    assert monthly_deviation(np.array([math.nan]), np.array([1.0])).value is None
    assert monthly_deviation(np.zeros(0), np.zeros(0)).value is None
    assert monthly_deviation(np.array([1.0]), np.array([0.0])).value is None
