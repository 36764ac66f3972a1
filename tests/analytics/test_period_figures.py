import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from analytics.day_figures import day_figures
from analytics.period_figures import period_figures
from analytics.verdicts import Verdict
from analytics.year_figures import hours_above, year_figures
from domain.errors import Invalid

NAN = np.nan


def test_a_month_by_hand() -> None:
    """Days of 24 hourly blocks: 12 x 100 and 12 x 200 kW (E 3600); 24 x 300 (E 7200); 12 x 0 and 12 x 400 (E 4800)."""
    first, second, third = [100.0] * 12 + [200.0] * 12, [300.0] * 24, [0.0] * 12 + [400.0] * 12
    days = day_figures(np.array([[first, second, third]]), step_s=3600)
    found = period_figures(days, np.zeros(3, dtype=np.int64))
    assert found.maximum_kw[0, 0] == 400.0
    assert found.maximum_day[0, 0] == 2
    assert found.minimum_kw[0, 0] == 0.0
    assert found.energy_kwh[0, 0] == pytest.approx(15600.0)
    assert found.load_factor[0, 0] == pytest.approx(15600 / 72 / 400)
    assert found.mean_load_factor[0, 0] == pytest.approx((0.75 + 1.0 + 0.5) / 3)
    assert found.imbalance[0, 0] == pytest.approx(5200 / 7200)
    assert found.maximum_peak_valley_kw[0, 0] == 400.0
    assert found.maximum_peak_valley_ratio[0, 0] == 1.0
    assert found.mean_peak_valley_ratio[0, 0] == pytest.approx((0.5 + 0.0 + 1.0) / 3)


def test_too_few_days_have_no_figure_and_say_how_many() -> None:
    demand = np.full((1, 30, 24), 50.0)
    demand[0, :4] = NAN
    found = period_figures(day_figures(demand, step_s=3600), np.zeros(30, dtype=np.int64))
    assert (found.days[0], found.counted[0, 0], found.verdict[0, 0]) == (30, 26, Verdict.FEW_DAYS)
    assert np.isnan(found.maximum_kw[0, 0])
    assert np.isnan(found.energy_kwh[0, 0])


def test_missing_days_are_taken_at_the_mean_of_the_others_not_as_zero() -> None:
    demand = np.full((1, 30, 24), 50.0)
    demand[0, :3] = NAN
    found = period_figures(day_figures(demand, step_s=3600), np.zeros(30, dtype=np.int64))
    assert found.counted[0, 0] == 27
    assert found.energy_kwh[0, 0] == pytest.approx(50 * 24 * 30)


@pytest.mark.parametrize("value", [0.0, -20.0])
def test_no_load_has_no_ratio(value: float) -> None:
    found = period_figures(day_figures(np.full((1, 5, 24), value), step_s=3600), np.zeros(5, dtype=np.int64))
    assert found.maximum_kw[0, 0] == value
    for ratio in (found.load_factor, found.mean_load_factor, found.imbalance, found.mean_peak_valley_ratio):
        assert np.isnan(ratio[0, 0])


def test_periods_are_runs_of_days() -> None:
    days = day_figures(np.ones((1, 3, 24)), step_s=3600)
    with pytest.raises(Invalid, match="runs of neighbouring days"):
        period_figures(days, np.array([0, 1, 0]))


_SHAPE = arrays(np.float64, 24, elements=st.floats(0.05, 1.0))
_DAYS = arrays(np.float64, 30, elements=st.floats(0.05, 1.0))
_MONTHS = arrays(np.float64, 12, elements=st.floats(0.05, 1.0))


@settings(max_examples=60)
@given(_SHAPE, _DAYS, _MONTHS)
def test_the_year_factor_is_gamma_times_sigma_times_rho(shape: np.ndarray, day: np.ndarray, month: np.ndarray) -> None:
    """Exact where every day has one shape and every month one pattern of days: then E/(T P) = mean(h) mean(D) mean(M),
    gamma = mean(h)/max(h), sigma = mean(D)/max(D), rho = mean(M)/max(M)."""
    load = 1000 * (month[:, None, None] * day[None, :, None] * shape[None, None, :]).reshape(1, 360, 24)
    found = year_figures(day_figures(load, step_s=3600), np.repeat(np.arange(1, 13), 30), year_days=360)
    assert found.load_factor[0] == pytest.approx(found.product[0], rel=1e-9)
    assert found.load_factor[0] == pytest.approx(load.mean() / load.max(), rel=1e-9)
    assert found.utilisation_h[0] == pytest.approx(load.sum() / load.max(), rel=1e-9)


def test_half_a_year_has_no_yearly_figure() -> None:
    days = day_figures(np.full((1, 180, 24), 50.0), step_s=3600)
    found = year_figures(days, np.repeat(np.arange(1, 7), 30), year_days=365)
    assert found.verdict[0] == Verdict.FEW_DAYS
    assert found.counted[0] == 180
    assert np.isnan(found.utilisation_h[0])


def test_a_missing_month_leaves_no_season_factor() -> None:
    demand = np.full((1, 365, 24), 50.0)
    month = np.clip(np.arange(365) // 31 + 1, 1, 12)
    demand[0, month == 3] = NAN
    found = year_figures(day_figures(demand, step_s=3600), month, year_days=365)
    assert found.load_factor[0] == pytest.approx(1.0)
    assert np.isnan(found.season_factor[0])


def test_hours_near_the_maximum_by_hand() -> None:
    demand = np.full((1, 2, 96), 50.0)
    demand[0, 1, :8] = [100, 98, 97, 96, 95, 94, NAN, 50]
    days = day_figures(demand, step_s=900)
    assert hours_above(demand, days, np.array([100.0]), (0.95, 0.97, 0.98)).tolist() == [[1.25, 0.75, 0.5]]
    assert np.isnan(hours_above(demand, days, np.array([0.0]), (0.95,))).all()
