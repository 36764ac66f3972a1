"""Headroom of like days, the confidence it gives, and the chance it keeps on days that are like them."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.baselines.days import DayTable, Window
from analytics.potential import Headroom, able_of, headroom_of, night_base
from domain.arrays import FloatArray

WINDOW = Window(14, 18)


def table(load_kw: FloatArray, *, temperature_c: FloatArray | None = None) -> DayTable:
    sites, days, blocks = load_kw.shape
    works = np.arange(days) % 7 < 5
    warm = np.full((days, blocks), np.nan) if temperature_c is None else np.repeat(temperature_c[:, None], blocks, 1)
    none = np.zeros((sites, days), dtype=np.bool_)
    return DayTable(load_kw, works, np.zeros(days, dtype=np.bool_), none, none.copy(), warm, 3600)


def of(load_kw: FloatArray, security_kw: float = 0.0, *, days: int = 20, warm: FloatArray | None = None) -> Headroom:
    made = table(load_kw, temperature_c=warm)
    security = np.full(len(load_kw), security_kw)
    return headroom_of(made, load_kw.shape[1] - 1, WINDOW, security, days=days, lookback_days=60)


def stepped(days: int) -> FloatArray:
    """One site; on day n it draws 100 + n, but n less in the hour from 15."""
    load = np.full((1, days, 24), 100.0) + np.arange(days, dtype=np.float64)[None, :, None]
    load[0, :, 15] = 100.0 - np.arange(days)
    return np.asarray(load)


def test_what_can_be_held_is_bounded_by_the_lowest_hour() -> None:
    found = of(stepped(6), security_kw=40.0)  # day 5 is a free day: no like day before it
    assert found.days[0] == 0
    found = of(stepped(8), security_kw=40.0)  # day 7 is worked: days 0...4 are like it
    assert found.headroom_kw[0, :5] == pytest.approx([56, 57, 58, 59, 60])
    assert found.days[0] == 5
    assert found.usual_kw[0] == pytest.approx((3 * (100 + 2) + (100 - 2)) / 4)


def test_confidence_is_the_share_of_like_days_and_one_more() -> None:
    found = of(stepped(8), security_kw=40.0)
    assert found.confidence(np.array([57.0]))[0] == pytest.approx(4 / 6)
    assert found.at_least(0.8)[0] == pytest.approx(56.0)
    assert np.isnan(found.at_least(0.9)[0])  # five days cannot bear it: at most 5/6


def test_the_day_itself_and_what_follows_are_not_read() -> None:
    load = np.random.default_rng(1).uniform(50, 100, (2, 40, 24))
    before = headroom_of(table(load), 29, WINDOW, np.zeros(2), days=20, lookback_days=60)
    load[:, 29:] = 1e6
    after = headroom_of(table(load), 29, WINDOW, np.zeros(2), days=20, lookback_days=60)
    assert before.headroom_kw.tobytes() == after.headroom_kw.tobytes()
    assert before.load_kw.tobytes() == after.load_kw.tobytes()


def test_days_nearest_in_temperature_stand_where_it_is_known() -> None:
    warm = np.array([35.0, 20, 20, 35, 20, 20, 20, 35])
    assert of(stepped(8), days=2, warm=warm).headroom_kw[0].tolist() == pytest.approx([97, 100])
    warm[7] = np.nan
    assert of(stepped(8), days=2, warm=warm).headroom_kw[0].tolist() == pytest.approx([96, 97])


def test_days_with_a_gap_in_the_window_and_events_do_not_count() -> None:
    load = stepped(8)
    load[0, 1, 14] = np.nan
    made = table(load)
    made.event[0, 2] = True
    found = headroom_of(made, 7, WINDOW, np.zeros(1), days=20, lookback_days=60)
    assert found.days[0] == 3


def test_a_site_that_feeds_in_is_marked() -> None:
    load = stepped(8)
    load[0, 3, 16] = -5.0
    assert of(load).exports[0]
    assert not of(stepped(8)).exports[0]


def test_at_its_confidence_it_is_there_on_unseen_days() -> None:
    load = np.random.default_rng(2).gamma(4.0, 25.0, (400, 60, 1)) * np.ones(24)
    load += np.random.default_rng(3).normal(0, 5, load.shape)
    found = of(load[:, :58])
    for confidence in (0.5, 0.8, 0.9):
        asked = found.at_least(confidence)
        held = load[:, 57, 14:18].min(axis=1) >= asked
        assert held.mean() == pytest.approx(confidence, abs=0.06)
        assert (found.confidence(asked) >= confidence).all()


def test_night_base_is_a_low_quantile_and_never_negative() -> None:
    load = np.concatenate([np.full((1, 10, 12), 20.0), np.full((1, 10, 12), 90.0)], axis=2)
    assert night_base(table(load), 9, lookback_days=60, quantile=0.05)[0] == pytest.approx(20.0)
    assert night_base(table(-load), 9, lookback_days=60, quantile=0.05)[0] == 0.0
    assert np.isnan(night_base(table(np.full((1, 10, 24), np.nan)), 9, lookback_days=60, quantile=0.05)[0])


def test_what_is_not_declared_is_half_the_cooling_and_a_share_of_the_rest() -> None:
    expected, cooling = np.array([1000.0, 1000.0, 100.0]), np.array([400.0, np.nan, 300.0])
    found = able_of(expected, cooling, np.array([0.1, 0.1, 0.1]), 0.5)
    assert found.tolist() == pytest.approx([0.5 * 400 + 0.1 * 600, 100.0, 50.0])
