from datetime import date
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from analytics.indices import Insufficient, daily_indices, days_indices
from domain.errors import Invalid
from domain.instants import BLOCK_MS, day_span

NAN = np.nan


def test_a_day_by_hand() -> None:
    """48 blocks of 100 kW, 47 of 300 kW and one of 400 kW: E = (48*100 + 47*300 + 400) / 4 = 4825 kWh."""
    day = np.array([100.0] * 48 + [300.0] * 40 + [400.0] + [300.0] * 7)
    found = daily_indices(day, step_s=900)
    assert (found.maximum_kw.value, found.maximum_at) == (400.0, 88)
    assert (found.minimum_kw.value, found.minimum_at) == (100.0, 0)
    assert found.energy_kwh.value == pytest.approx(4825.0)
    assert found.mean_kw.value == pytest.approx(4825.0 / 24)
    assert found.load_factor.value == pytest.approx(4825.0 / 24 / 400)
    assert found.minimum_load_factor.value == 0.25
    assert found.peak_valley_kw.value == 300.0
    assert found.peak_valley_ratio.value == 0.75
    assert found.completeness == 1.0
    assert not found.energy_kwh.estimated


def test_a_day_that_is_nearly_whole_says_so() -> None:
    day = np.full(96, 50.0)
    day[:9] = NAN
    found = daily_indices(day, step_s=900)
    assert found.maximum_kw.value == 50.0
    assert found.maximum_at == 9
    assert found.completeness == pytest.approx(87 / 96)
    assert found.energy_kwh.estimated
    assert found.energy_kwh.value == pytest.approx(1200.0)


@pytest.mark.parametrize(("missing", "reason"), [(10, Insufficient.INCOMPLETE), (96, Insufficient.NO_DATA)])
def test_too_little_data_has_no_figure_but_a_reason(missing: int, reason: Insufficient) -> None:
    day = np.full(96, 50.0)
    day[:missing] = NAN
    found = daily_indices(day, step_s=900)
    for figure in (found.maximum_kw, found.energy_kwh, found.load_factor, found.peak_valley_ratio):
        assert figure.value is None
        assert figure.reason == reason
        assert figure.coverage == pytest.approx((96 - missing) / 96)
    assert found.maximum_at is None


def test_ninety_percent_exactly_is_enough() -> None:
    day = np.full(100, 50.0)
    day[:10] = NAN
    assert daily_indices(day, step_s=864).maximum_kw.value == 50.0


def test_a_day_without_load_has_no_load_factor() -> None:
    found = daily_indices(np.full(96, -5.0), step_s=900)
    assert found.load_factor.value is None
    assert found.load_factor.reason == Insufficient.NO_LOAD
    assert found.peak_valley_kw.value == 0.0


def test_an_array_of_the_wrong_shape_is_refused() -> None:
    with pytest.raises(Invalid, match="row of blocks"):
        daily_indices(np.zeros((2, 96)), step_s=900)


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 7, 1), 24)])
def test_days_of_23_and_25_hours(day: date, hours: int) -> None:
    span = day_span(day, ZoneInfo("Europe/Berlin"))
    ts = np.arange(span.start_ms - 4 * BLOCK_MS, span.end_ms + 4 * BLOCK_MS, BLOCK_MS)
    power = np.where((ts >= span.start_ms) & (ts < span.end_ms), 40.0, 999.0)
    (found,) = days_indices(power, ts, np.array([span.start_ms, span.end_ms]), step_s=900)
    assert found.completeness == 1.0
    assert found.maximum_kw.value == 40.0
    assert found.energy_kwh.value == pytest.approx(40.0 * hours)


def test_rows_that_are_absent_count_as_missing() -> None:
    ts = np.arange(0, 80 * BLOCK_MS, BLOCK_MS)
    starts = np.array([0, 96 * BLOCK_MS, 192 * BLOCK_MS])
    first, second = days_indices(np.ones(80), ts, starts, step_s=900)
    assert first.completeness == pytest.approx(80 / 96)
    assert first.maximum_kw.reason == Insufficient.INCOMPLETE
    assert second.maximum_kw.reason == Insufficient.NO_DATA
