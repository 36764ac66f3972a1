from datetime import date
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import Invalid
from domain.local_days import local_days

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")


def test_days_of_23_and_25_hours_keep_their_blocks() -> None:
    days = local_days(date(2026, 3, 28), date(2026, 3, 30), BERLIN)
    assert days.blocks.tolist() == [96, 92, 96]
    laid = days.by_day(np.arange(284.0)[None], days.ts_ms)
    assert laid.shape == (1, 3, 96)
    assert (laid[0, 1, :92] == np.arange(96, 188)).all()
    assert np.isnan(laid[0, 1, 92:]).all()


def test_the_hour_the_clock_skips_is_missing_on_the_clock() -> None:
    days = local_days(date(2026, 3, 29), date(2026, 3, 29), BERLIN)
    laid = days.on_clock(np.arange(92.0)[None], days.ts_ms)[0, 0]
    assert np.isnan(laid[8:12]).all()
    assert laid[7] == 7
    assert laid[12] == 8


def test_the_hour_the_clock_shows_twice_is_averaged() -> None:
    days = local_days(date(2026, 10, 25), date(2026, 10, 25), BERLIN, step_s=3600)
    laid = days.on_clock(np.arange(25.0)[None], days.ts_ms)[0, 0]
    assert laid.tolist() == [0, 1, 2.5, *range(4, 25)]


def test_a_whole_year_is_a_view_and_not_a_copy() -> None:
    days = local_days(date(2025, 1, 1), date(2025, 12, 31), SHANGHAI)
    values = np.zeros((2, 365 * 96))
    assert np.shares_memory(days.by_day(values, days.ts_ms), values)


@given(st.sets(st.integers(0, 3 * 92 - 1)))
def test_absent_rows_are_missing_and_nothing_moves(absent: set[int]) -> None:
    days = local_days(date(2026, 3, 28), date(2026, 3, 30), BERLIN)
    ts = days.ts_ms
    keep = np.array([i not in absent for i in range(len(ts))])
    values = np.arange(float(len(ts)))[None]
    whole, part = days.by_day(values, ts), days.by_day(values[:, keep], ts[keep])
    there = ~np.isnan(part)
    assert (part[there] == whole[there]).all()
    assert there.sum() == keep.sum()


def test_a_stamp_that_comes_twice_is_refused_with_its_place() -> None:
    days = local_days(date(2026, 7, 1), date(2026, 7, 1), SHANGHAI, step_s=3600)
    ts = days.ts_ms
    ts[5] = ts[4]
    with pytest.raises(Invalid, match="1 do not, the first at place 5"):
        days.by_day(np.zeros((1, 24)), ts)


def test_stamps_off_the_grid_are_refused() -> None:
    days = local_days(date(2026, 7, 1), date(2026, 7, 1), SHANGHAI)
    with pytest.raises(Invalid, match="not on the grid"):
        days.by_day(np.zeros((1, 96)), days.ts_ms + 60_000)


def test_blocks_outside_the_days_are_dropped() -> None:
    wide, days = (local_days(date(2026, 7, 1), date(2026, 7, n), SHANGHAI) for n in (3, 2))
    laid = days.by_day(np.arange(288.0)[None], wide.ts_ms)
    assert laid[0].ravel().tolist() == list(range(192))
