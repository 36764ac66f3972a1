import numpy as np
import pytest

from analytics.duration import duration_curve
from analytics.typical_days import DayKinds, TypicalDay, typical_days
from analytics.verdicts import Verdict

NAN = np.nan
D = 14


def kinds(maximum_c: np.ndarray | None = None) -> DayKinds:
    """Two weeks from a Monday; the first Saturday is worked, the second Monday is a holiday."""
    weekday = np.arange(D) % 7
    holiday = np.arange(D) == 7
    workday = ((weekday < 5) | (np.arange(D) == 5)) & ~holiday
    heat = np.full(D, NAN) if maximum_c is None else maximum_c
    return DayKinds(workday, ~workday & ~holiday, holiday, np.arange(D) < 7, heat)


def load() -> np.ndarray:
    """Day d draws 100 + d kW all day."""
    return np.repeat(100.0 + np.arange(D), 24).reshape(1, D, 24)


def test_a_made_up_saturday_is_a_workday_and_a_holiday_stands_alone() -> None:
    ones = np.ones((1, D), dtype=np.bool_)
    found = typical_days(load(), ones, ~ones, kinds())
    assert np.flatnonzero(found[TypicalDay.MEAN_WORKDAY].used[0]).tolist() == [0, 1, 2, 3, 4, 5, 8, 9, 10, 11]
    assert found[TypicalDay.WEEKEND].curve_kw[0, 0] == pytest.approx(100 + (6 + 12 + 13) / 3)
    assert found[TypicalDay.HOLIDAY].curve_kw[0, 0] == 107.0
    assert found[TypicalDay.MAXIMUM_WORKDAY].curve_kw[0, 0] == 111.0


def test_days_with_events_enter_nothing_else() -> None:
    event = np.zeros((1, D), dtype=np.bool_)
    event[0, 11] = True
    found = typical_days(load(), np.ones((1, D), dtype=np.bool_), event, kinds())
    assert found[TypicalDay.MAXIMUM_WORKDAY].curve_kw[0, 0] == 110.0
    assert found[TypicalDay.EVENT].curve_kw[0, 0] == 111.0
    assert not found[TypicalDay.MEAN_WORKDAY].used[0, 11]


def test_hottest_and_spring_days_need_temperature() -> None:
    ones = np.ones((1, D), dtype=np.bool_)
    without = typical_days(load(), ones, ~ones, kinds())
    assert without[TypicalDay.HOTTEST_WORKDAYS].days[0] == 0
    assert np.isnan(without[TypicalDay.SPRING_BASE].curve_kw).all()
    heat = np.linspace(14, 27, D)
    found = typical_days(load(), ones, ~ones, kinds(heat))
    assert np.flatnonzero(found[TypicalDay.HOTTEST_WORKDAYS].used[0]).tolist() == [5, 8, 9, 10, 11]
    assert np.flatnonzero(found[TypicalDay.SPRING_BASE].used[0]).tolist() == [1, 2, 3, 4, 5]


def test_a_slot_nobody_measured_is_a_hole() -> None:
    ones = np.ones((1, D), dtype=np.bool_)
    data = load()
    data[:, :, 3] = NAN
    found = typical_days(data, ones, ~ones, kinds())
    assert np.isnan(found[TypicalDay.MEDIAN_WORKDAY].curve_kw[0, 3])
    assert found[TypicalDay.MEDIAN_WORKDAY].curve_kw[0, 4] == pytest.approx(104.5)


def test_a_duration_curve_falls_from_the_maximum_to_the_minimum() -> None:
    demand = np.array([[3.0, 1.0, NAN, 2.0, 4.0], [NAN] * 5])
    found = duration_curve(demand, step_s=3600, points=4, minimum_coverage=0.8)
    assert found.demand_kw[0].tolist() == [4.0, 3.0, 2.0, 1.0]
    assert found.coverage.tolist() == [0.8, 0.0]
    assert found.verdict.tolist() == [Verdict.OK, Verdict.NO_DATA]
    assert duration_curve(demand, step_s=3600).verdict[0] == Verdict.INCOMPLETE
