import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from analytics.demand import block_demand, block_means, sliding_demand, sliding_means
from domain.errors import Invalid

MINUTES = npst.arrays(np.float64, st.integers(0, 80), elements=st.one_of(st.floats(-1e5, 1e5), st.just(float("nan"))))


def test_block_demand_is_the_mean_of_its_minutes() -> None:
    power = np.concatenate([np.arange(15.0), np.full(15, 30.0), np.full(7, 99.0)])
    np.testing.assert_array_equal(block_demand(power, step_s=60), [7.0, 30.0])


def test_a_block_with_a_missing_minute_has_no_demand_but_a_mean() -> None:
    power = np.full(15, 10.0)
    power[3] = np.nan
    assert np.isnan(block_demand(power, step_s=60)[0])
    means = block_means(power, step_s=60)
    assert means.value[0] == 10.0
    assert means.coverage[0] == pytest.approx(14 / 15)
    assert means.sufficient(0.9)[0] == 10.0


def test_a_step_of_a_quarter_of_an_hour_is_its_own_block() -> None:
    power = np.array([[1.0, 2.0], [3.0, np.nan]])
    np.testing.assert_array_equal(block_demand(power, step_s=900), power)


def test_an_hourly_value_makes_no_quarter_of_an_hour() -> None:
    with pytest.raises(Invalid, match="whole number of steps"):
        block_demand(np.array([1.0]), step_s=3600)


def test_sliding_demand_is_named_by_its_last_minute() -> None:
    power = np.zeros(40)
    power[20] = 15.0
    sliding = sliding_demand(power)
    assert np.isnan(sliding[:14]).all()
    np.testing.assert_array_equal(np.flatnonzero(sliding == 1.0), np.arange(20, 35))


def test_a_missing_minute_takes_fifteen_windows_with_it() -> None:
    power = np.full(60, 5.0)
    power[30] = np.nan
    sliding = sliding_demand(power)
    np.testing.assert_array_equal(np.flatnonzero(np.isnan(sliding[14:])) + 14, np.arange(30, 45))
    assert sliding_means(power).coverage[30] == pytest.approx(14 / 15)


@settings(deadline=None)
@given(MINUTES)
def test_sliding_demand_at_the_end_of_a_block_is_the_block(power_kw: np.ndarray) -> None:
    blocks = block_demand(power_kw, step_s=60)
    np.testing.assert_allclose(sliding_demand(power_kw)[14::15][: len(blocks)], blocks, rtol=1e-12, atol=1e-9)


@settings(deadline=None)
@given(npst.arrays(np.float64, st.integers(15, 90), elements=st.floats(0, 1e5)))
def test_blocks_never_show_more_than_sliding(power_kw: np.ndarray) -> None:
    """Source: domain facts 4.1, block demand under-states sliding demand, never over-states it."""
    assert block_demand(power_kw, step_s=60).max() <= np.nanmax(sliding_demand(power_kw)) + 1e-6
