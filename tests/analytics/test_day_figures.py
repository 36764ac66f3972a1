"""The figures of many sites agree with those of one day, and gaps make verdicts, not numbers."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from analytics.day_figures import day_figures
from analytics.indices import daily_indices
from analytics.verdicts import Verdict
from domain.errors import Invalid

NAN = np.nan
VALUES = st.one_of(st.floats(-1e5, 1e5, width=32), st.just(NAN))


@settings(max_examples=200)
@given(arrays(np.float64, (2, 3, 24), elements=VALUES), st.sampled_from([0.1, 0.5, 0.9, 1.0]))
def test_each_day_is_as_the_single_day_says(demand_kw: np.ndarray, minimum: float) -> None:
    found = day_figures(demand_kw, step_s=3600, minimum_completeness=minimum)
    for site in range(2):
        for day in range(3):
            one = daily_indices(demand_kw[site, day], step_s=3600, minimum_completeness=minimum)
            pairs = (
                (found.maximum_kw, one.maximum_kw),
                (found.minimum_kw, one.minimum_kw),
                (found.mean_kw, one.mean_kw),
                (found.energy_kwh, one.energy_kwh),
                (found.load_factor, one.load_factor),
                (found.minimum_load_factor, one.minimum_load_factor),
                (found.peak_valley_kw, one.peak_valley_kw),
                (found.peak_valley_ratio, one.peak_valley_ratio),
            )
            for array, figure in pairs:
                expected = NAN if figure.value is None else figure.value
                assert array[site, day] == pytest.approx(expected, rel=1e-9, abs=1e-6, nan_ok=True)
            assert found.maximum_at[site, day] == (-1 if one.maximum_at is None else one.maximum_at)
            assert found.minimum_at[site, day] == (-1 if one.minimum_at is None else one.minimum_at)
            assert found.completeness[site, day] == one.completeness


def test_short_days_are_judged_by_their_own_length() -> None:
    demand = np.full((1, 2, 96), 40.0)
    demand[0, 1, 92:] = NAN
    found = day_figures(demand, step_s=900, blocks=np.array([96, 92]))
    assert found.completeness.tolist() == [[1.0, 1.0]]
    assert found.energy_kwh.tolist() == [[960.0, 920.0]]


def test_missing_days_say_what_is_missing() -> None:
    demand = np.full((1, 3, 96), 40.0)
    demand[0, 1, :10] = NAN
    demand[0, 2] = NAN
    found = day_figures(demand, step_s=900)
    assert found.verdict.tolist() == [[Verdict.OK, Verdict.INCOMPLETE, Verdict.NO_DATA]]
    assert np.isnan(found.maximum_kw[0, 1:]).all()


def test_no_site_and_no_day_are_answers_too() -> None:
    assert day_figures(np.zeros((0, 5, 96)), step_s=900).maximum_kw.shape == (0, 5)
    assert day_figures(np.zeros((2, 0, 96)), step_s=900).maximum_kw.shape == (2, 0)
    with pytest.raises(Invalid, match="sites x days x blocks"):
        day_figures(np.zeros((5, 96)), step_s=900)
