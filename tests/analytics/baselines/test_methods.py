"""Every method against a calculation by hand."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.baselines.day_matching import DayMatching
from analytics.baselines.days import DayTable, Window
from analytics.baselines.estimate import Method, Refusal
from analytics.baselines.regression import TemperatureRegression
from analytics.baselines.rolling import Rolling
from analytics.baselines.same_day import HoursAround, PointBefore
from analytics.baselines.similar_days import MatchDays, WeatherDays
from tests.analytics.baselines.tables import NAN, WINDOW, hourly, table

FIVE = DayMatching(workdays=5, other_days=3, lookback_days=45, low_share=0.75)


def value(method: Method, days: DayTable, day: int, window: Window = WINDOW) -> float:
    return float(method(days, day, window).base_kw[0, window.first])


def test_five_workdays_skip_weekends_holidays_and_events() -> None:
    # Days 0...9; 5 and 6 a weekend, 7 an event, 4 a holiday: samples of day 9 are 8, 3, 2, 1, 0.
    days = table([12, 12, 14, 16, 99, 99, 99, 99, 18, 50], weekend=[5, 6], holiday=[4], event=[7])
    assert value(FIVE, days, 9) == (12 + 12 + 14 + 16 + 18) / 5
    found = FIVE(days, 9, WINDOW)
    assert np.flatnonzero(found.days[0]).tolist() == [0, 1, 2, 3, 8]


def test_a_low_day_is_dropped_and_made_up_for() -> None:
    # Mean of 20, 20, 20, 20, 2 is 16.4; 2 is below three quarters of it, so day 0 takes its place.
    days = table([30, 20, 20, 2, 20, 20, 50])
    assert value(FIVE, days, 6) == (30 + 20 * 4) / 5
    # Without the rule it stays.
    plain = DayMatching(workdays=5, other_days=3, lookback_days=45)
    assert value(plain, days, 6) == (20 * 4 + 2) / 5


def test_a_weekend_event_looks_at_weekends() -> None:
    days = table([7, 8, 50, 50, 50, 50, 50, 9, 11], weekend=[0, 1, 7, 8])
    assert value(FIVE, days, 8) == (7 + 8 + 9) / 3


def test_too_few_days_is_a_refusal_and_not_a_number() -> None:
    days = table([10, 12, 50])
    found = FIVE(days, 2, WINDOW)
    assert np.isnan(found.base_kw).all()
    assert found.refusal.tolist() == [Refusal.TOO_FEW_DAYS]
    assert not found.days.any()


def test_an_incomplete_day_is_no_sample() -> None:
    load = np.full((1, 6, 4), 10.0)
    load[0, 4, 0] = NAN
    load[0, :, 2:] = np.array([30.0, 32, 34, 36, 90, 0])[None, :, None]
    assert value(FIVE, table([], load_kw=load), 5) == (30 + 32 + 34 + 36) / 4


def test_five_of_ten_by_energy_skips_the_day_before() -> None:
    ten = DayMatching(10, 10, 45, gap_days=1, keep_workdays=5, keep_other_days=5, rank_by="day")
    days = table([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 999, 0])
    assert value(ten, days, 11) == (6 + 7 + 8 + 9 + 10) / 5


def test_high_four_of_five() -> None:
    four = DayMatching(5, 3, 60, keep_workdays=4, keep_other_days=2)
    assert value(four, table([50, 20, 30, 10, 40, 0]), 5) == (50 + 20 + 30 + 40) / 4


def test_days_below_a_quarter_of_the_highest_hour_are_dropped() -> None:
    nyiso = DayMatching(10, 3, 30, keep_workdays=5, low_share=0.25, low_reference="highest_hour")
    # 100 is the highest; 20 lies below 25 and is no candidate, although it is newer.
    days = table([30, 40, 50, 60, 100, 20, 0])
    assert value(nyiso, days, 6) == (30 + 40 + 50 + 60 + 100) / 5


def test_odd_points_are_left_out() -> None:
    odd = DayMatching(5, 3, 45, low_point=0.25, high_point=3.0)
    load = np.full((1, 6, 4), 10.0)
    load[0, 0, 2] = 1.0  # the point's mean is 8.2; 1 is below a quarter of it
    assert value(odd, table([], load_kw=load), 5) == 10.0


def test_the_point_before_is_held() -> None:
    load = np.arange(8.0).reshape(1, 2, 4)
    assert PointBefore()(table([], load_kw=load), 1, WINDOW).base_kw[0].tolist()[2:] == [5.0, 5.0]
    refused = PointBefore()(table([], load_kw=load), 1, Window(0, 2))
    assert refused.refusal.tolist() == [Refusal.NO_LOAD_BEFORE]


def test_hours_around_the_event() -> None:
    load = np.zeros((1, 1, 24))
    load[0, 0, 10:13] = [4, 5, 6]  # hours -4, -3, -2 of an event at 14
    load[0, 0, 19:21] = [7, 8]  # hours +2 and +3 after its end at 18
    day = hourly(load)
    assert value(HoursAround(), day, 0, Window(14, 18)) == (4 + 5 + 6 + 7 + 8) / 5
    assert HoursAround()(day, 0, Window(20, 24)).refusal.tolist() == [Refusal.NO_LOAD_BEFORE]


def test_the_most_similar_days_in_the_other_hours() -> None:
    load = np.full((1, 6, 24), 10.0)
    load[0, :, :12] = np.array([10.0, 20, 30, 31, 32, 31])[None, :, None]  # mornings
    load[0, :, 14:18] = np.array([1.0, 2, 30, 40, 50, 0])[None, :, None]
    day = hourly(load)
    assert value(MatchDays(3, 45), day, 5, Window(14, 18)) == (30 + 40 + 50) / 3


def test_the_days_with_the_closest_temperature() -> None:
    days = table([10, 20, 30, 40, 50, 0], temperature_c=[25, 33, 34, 36, 20, 35])
    assert value(WeatherDays(3, 90), days, 5) == (20 + 30 + 40) / 3
    unknown = table([10, 20, 30, 40, 50, 0], temperature_c=[25, 33, 34, 36, 20, NAN])
    assert WeatherDays(3, 90)(unknown, 5, WINDOW).refusal.tolist() == [Refusal.NO_TEMPERATURE]


def test_rolling_moves_a_tenth_a_day() -> None:
    days = table([10, 10, 10, 10, 10, 20, 30, 0])
    assert value(Rolling(0.1, 90), days, 7) == pytest.approx(0.9 * (0.9 * 10 + 0.1 * 20) + 0.1 * 30)
    assert Rolling(0.1, 90)(days, 4, WINDOW).refusal.tolist() == [Refusal.TOO_FEW_DAYS]


def test_regression_finds_the_line_of_temperature() -> None:
    rng = np.random.default_rng(3)
    warm = np.append(rng.uniform(20, 36, 59), 38.0)
    level = 100 + 5 * (warm - 18)
    days = table(level.tolist(), temperature_c=warm.tolist())
    exact = TemperatureRegression(lookback_days=90, half_life_days=1e6, ridge=1e-9)
    # Never warmer than 36 before, 38 on the day: the line goes on.
    assert value(exact, days, 59) == pytest.approx(100 + 5 * 20, rel=1e-3)
    blind = table(level.tolist(), temperature_c=[*warm[:-1].tolist(), NAN])
    assert exact(blind, 59, WINDOW).refusal.tolist() == [Refusal.NO_TEMPERATURE]
    young = table(level[:9].tolist(), temperature_c=warm[:9].tolist())
    assert exact(young, 8, WINDOW).refusal.tolist() == [Refusal.TOO_FEW_DAYS]
