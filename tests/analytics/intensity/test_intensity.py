"""Golden cases worked by hand (docs/intensity.md), and what must always hold."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.intensity.coal import coal_use, reconciliation_tce, single_months
from analytics.intensity.decomposition import decompose, log_mean
from analytics.intensity.indicators import (
    constant_price,
    elasticity,
    energy_saved_tce,
    growth,
    implied_value_added,
    intensity,
    intensity_change,
    progress,
    yearly_decline,
)
from analytics.intensity.outlook import year_end
from domain.errors import InsufficientData, Invalid

NAN = float("nan")
KWH = 3691.96 / 0.285 * 1000  # all of it electricity at 0.285 kgce/kWh


def test_the_two_approvals_of_2023() -> None:
    # 3691.96 tce (equivalent value) at 0.19 tce per 10,000 CNY: 19,431.4 ten thousand CNY, within its rounding.
    found = implied_value_added(3691.96, 0.19, energy_step=0.01, intensity_step=0.01)
    assert found.value == pytest.approx(19_431.37, abs=0.01)
    assert found.low == pytest.approx(18_933.10, abs=0.01)
    assert found.high == pytest.approx(19_956.57, abs=0.01)
    assert pytest.approx(12.954, abs=5e-4) == KWH / 1e6
    calorific = coal_use(np.array([KWH]), np.array([0.1229])).full_tce
    assert float(calorific) == pytest.approx(1592.1, abs=0.05)
    equivalent = coal_use(np.array([KWH]), np.array([0.285])).full_tce
    row = reconciliation_tce(np.array(KWH), equivalent_kgce=0.285, calorific_kgce=0.1229)
    assert float(calorific + row) == pytest.approx(float(equivalent))


def test_the_official_formula() -> None:
    # Energy +5 %, real value added +17.8 %: intensity falls by 10.87 %.
    assert float(intensity_change(np.array(0.05), np.array(0.178))) == pytest.approx(-0.10866, abs=1e-5)
    assert yearly_decline(0.135, 5) == pytest.approx(0.02858, abs=1e-5)
    assert float(elasticity(np.array(0.05), np.array(0.178))) == pytest.approx(0.2809, abs=1e-4)
    assert np.isnan(elasticity(np.array(0.05), np.array(0.0001)))
    assert float(energy_saved_tce(np.array(0.20), np.array(0.19), np.array(1000.0))) == pytest.approx(10.0)
    assert float(constant_price(np.array(100.0), np.array(0.178))) == pytest.approx(117.8)


@given(st.floats(1, 1e6), st.floats(1, 1e6), st.floats(1, 1e6), st.floats(-0.5, 2.0))
def test_the_formula_is_the_ratio_of_intensities(e0: float, e1: float, v0: float, real: float) -> None:
    v1 = float(constant_price(np.array(v0), np.array(real)))
    direct = float(growth(intensity(np.array(e1), np.array(v1)), intensity(np.array(e0), np.array(v0))))
    formula = float(intensity_change(growth(np.array(e1), np.array(e0)), np.array(real)))
    assert direct == pytest.approx(formula, rel=1e-9, abs=1e-9)


def test_no_intensity_without_value_added() -> None:
    assert np.isnan(intensity(np.array([5.0, 5.0, 5.0]), np.array([0.0, -3.0, NAN]))).all()
    assert np.isnan(growth(np.array([1.0]), np.array([0.0]))).all()


def test_unknown_use_of_one_carrier_makes_the_sum_unknown() -> None:
    found = coal_use(np.array([[1000.0, NAN], [1000.0, 10.0]]), np.array([0.1229, 1.33]))
    assert np.isnan(found.full_tce[0])
    assert found.full_tce[1] == pytest.approx(0.1229 + 0.0133)


def test_certified_non_fossil_is_off_the_assessed_amount_only() -> None:
    found = coal_use(np.array([1000.0]), np.array([0.285]), certified=np.array([400.0]))
    assert float(found.full_tce) == pytest.approx(0.285)
    assert float(found.assessed_tce) == pytest.approx(0.6 * 0.285)


def test_cumulated_months_are_differenced_and_a_gap_is_not_guessed() -> None:
    cumulative = np.array([10.0, NAN, 36.0, 50, 60, 70, 80, 90, 100, 110, 120, 130])
    months = single_months(cumulative)
    assert months[0] == 10.0
    assert np.isnan(months[1:3]).all()  # March holds February's too
    assert months[3] == 14.0


def test_progress_on_a_five_year_path() -> None:
    yearly = yearly_decline(0.135, 5)
    half = progress(1.0, 1 - 0.135 / 2, yearly=yearly, years_passed=2.5)
    assert half.scheduled == pytest.approx(1 - (1 - 0.135) ** 0.5)
    assert half.share == pytest.approx(0.0675 / half.scheduled)
    assert progress(1.0, 1.1, yearly=yearly, years_passed=1).achieved == pytest.approx(-0.1)
    with pytest.raises(Invalid):
        yearly_decline(1.2, 5)


def test_log_mean_by_hand() -> None:
    assert float(log_mean(np.array(2.0), np.array(1.0))) == pytest.approx(1 / np.log(2))
    assert float(log_mean(np.array(3.0), np.array(3.0))) == 3.0


_positive = st.lists(st.tuples(*[st.one_of(st.just(0.0), st.floats(0.01, 1e6))] * 4), min_size=1, max_size=6)


@given(_positive)
def test_the_parts_add_up_to_the_change(sectors: list[tuple[float, float, float, float]]) -> None:
    e0, e1, q0, q1 = np.array(sectors).T
    parts = decompose(e0, e1, q0, q1)
    assert parts.total == pytest.approx(e1.sum() - e0.sum(), rel=1e-6, abs=1e-6 * max(1.0, e0.sum(), e1.sum()))


def test_each_part_alone() -> None:
    # Output doubles, nothing else: all of it activity.
    parts = decompose(np.array([10.0, 20.0]), np.array([20.0, 40.0]), np.array([5.0, 5.0]), np.array([10.0, 10.0]))
    assert parts.activity.sum() == pytest.approx(30.0)
    assert parts.structure.sum() == pytest.approx(0.0, abs=1e-9)
    assert parts.intensity.sum() == pytest.approx(0.0, abs=1e-9)
    # The second sector halves its intensity: all of it intensity.
    parts = decompose(np.array([10.0, 20.0]), np.array([10.0, 10.0]), np.array([5.0, 5.0]), np.array([5.0, 5.0]))
    assert parts.intensity.sum() == pytest.approx(-10.0)
    with pytest.raises(Invalid):
        decompose(np.array([NAN]), np.array([1.0]), np.array([1.0]), np.array([1.0]))


def test_the_end_of_the_year() -> None:
    before = np.full(12, 100.0)
    months = np.full(12, NAN)
    months[:6] = 110.0
    found = year_end(months, before)
    assert found.value == pytest.approx(1320.0)
    assert found.known == 6
    assert found.low == found.high == pytest.approx(1320.0)  # every month grew alike
    months[:6] = [100, 120, 100, 120, 100, 120]
    scattered = year_end(months, before)
    assert scattered.low < scattered.value < scattered.high
    months[6:11] = 110.0
    assert year_end(months, before).high - year_end(months, before).low < scattered.high - scattered.low
    assert scattered.season_years == 1
    with pytest.raises(InsufficientData, match="2 months"):
        year_end(np.array([1.0, 1.0, *[NAN] * 10]), before)
    with pytest.raises(InsufficientData, match="without a figure"):
        year_end(months, np.array([NAN, *[100.0] * 11]))


def test_the_season_of_past_years() -> None:
    even, early = np.full(12, 10.0), np.array([11.0] * 6 + [9.0] * 6)
    gap = np.array([NAN, *[10.0] * 11])
    months = np.array([110 / 6] * 6 + [NAN] * 6)
    found = year_end(months, even, np.array([gap, early]))
    # 110 / mean(0.5, 0.55); 220 and 200 scatter by 14.14, times sqrt(1.5) and 3.078.
    assert found.value == pytest.approx(209.52, abs=0.01)
    assert found.season_years == 2
    assert found.high - found.value == pytest.approx(53.3, abs=0.1)
    assert found.low == pytest.approx(found.value - 53.3, abs=0.1)
    assert year_end(months, even, np.array([gap])).value == pytest.approx(220.0)
    # A year that was nearly done in June ends not below what is known.
    done = year_end(months, even, np.array([[19.0] * 6 + [1.0] * 6]))
    assert done.low == pytest.approx(110.0)
