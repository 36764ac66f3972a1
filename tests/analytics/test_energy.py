import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from analytics.energy import (
    hold,
    hold_readings,
    interval_energy_kwh,
    mean_power_kw,
    register_energy_kwh,
    resample_energy_kwh,
)
from domain.errors import Invalid

POWERS = npst.arrays(
    np.float64,
    st.integers(1, 96),
    elements=st.one_of(st.floats(-1e5, 1e5, allow_nan=False), st.just(float("nan"))),
)
STEPS = st.sampled_from([60, 90, 300, 600, 900, 1800, 3600])


def test_energy_of_a_quarter_of_an_hour() -> None:
    energy = interval_energy_kwh(np.array([400.0, np.nan, -80.0]), step_s=900)
    np.testing.assert_array_equal(energy, [100.0, np.nan, -20.0])


@settings(deadline=None)
@given(POWERS, STEPS)
def test_power_from_energy_is_the_power(power_kw: np.ndarray, step_s: int) -> None:
    back = mean_power_kw(interval_energy_kwh(power_kw, step_s=step_s), step_s=step_s)
    np.testing.assert_allclose(back, power_kw, rtol=1e-12, atol=1e-9)


def test_register_differences_and_a_gap() -> None:
    register = np.array([100.0, 112.5, np.nan, 140.0, 150.0])
    energy = register_energy_kwh(register, modulus_kwh=1e6, limit_kwh=50.0)
    np.testing.assert_array_equal(energy, [12.5, np.nan, np.nan, 10.0])


def test_a_register_that_rolled_over_goes_on_counting() -> None:
    energy = register_energy_kwh(np.array([999_990.0, 5.0]), modulus_kwh=1e6, limit_kwh=50.0)
    np.testing.assert_allclose(energy, [15.0])


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (500_000.0, 20.0),  # an exchanged meter: fell, but not from the last tenth of its range
        (999_990.0, 200_000.0),  # fell from the end, but did not begin again
        (999_990.0, 90_000.0),  # could be a roll-over, but no site uses 90 MWh in a quarter of an hour
        (100.0, 60.0),  # runs backwards
        (100.0, 100_100.0),  # jumped
    ],
)
def test_no_energy_is_invented(before: float, after: float) -> None:
    energy = register_energy_kwh(np.array([before, after]), modulus_kwh=1e6, limit_kwh=50.0)
    assert np.isnan(energy).all()


def test_registers_of_many_meters_have_their_own_modulus_and_limit() -> None:
    registers = np.array([[9_995.0, 5.0], [0.0, 400.0]])
    energy = register_energy_kwh(registers, modulus_kwh=np.array([[1e4], [1e6]]), limit_kwh=np.array([[20.0], [100.0]]))
    np.testing.assert_array_equal(energy, [[10.0], [np.nan]])


@settings(deadline=None)
@given(POWERS, STEPS, STEPS)
def test_resampling_keeps_energy(power_kw: np.ndarray, step_s: int, to_s: int) -> None:
    """The new steps add up to the energy of the old ones they cover, and a missing part is never counted as nothing."""
    energy = interval_energy_kwh(power_kw, step_s=step_s)
    resampled = resample_energy_kwh(energy, step_s=step_s, to_s=to_s)
    assert resampled.shape == (len(energy) * step_s // to_s,)
    edges = np.arange(len(energy) + 1) * step_s
    for i, value in enumerate(resampled):
        overlap = np.clip(np.minimum(edges[1:], (i + 1) * to_s) - np.maximum(edges[:-1], i * to_s), 0, None)
        expected = float((energy[overlap > 0] * (overlap[overlap > 0] / step_s)).sum())
        assert value == pytest.approx(expected, rel=1e-9, abs=1e-6, nan_ok=True)


@settings(deadline=None)
@given(npst.arrays(np.float64, st.integers(1, 60), elements=st.floats(0, 1e5)), STEPS, STEPS)
def test_resampling_there_and_back_keeps_the_sum(power_kw: np.ndarray, step_s: int, to_s: int) -> None:
    energy = np.tile(interval_energy_kwh(power_kw, step_s=step_s), to_s // 30)
    there = resample_energy_kwh(energy, step_s=step_s, to_s=to_s)
    if len(energy) * step_s % to_s == 0:
        assert there.sum() == pytest.approx(energy.sum(), rel=1e-9)
    assert there.sum() <= energy.sum() + 1e-6


def test_holding_keeps_energy_and_gaps() -> None:
    coarse = np.array([60.0, np.nan])
    fine = hold(coarse, step_s=900, fine_s=300)
    np.testing.assert_array_equal(fine, [60.0, 60.0, 60.0, np.nan, np.nan, np.nan])
    assert interval_energy_kwh(fine, step_s=300)[:3].sum() == interval_energy_kwh(coarse, step_s=900)[0]


def test_holding_refuses_a_grid_that_does_not_fit() -> None:
    with pytest.raises(Invalid, match="whole number of steps"):
        hold(np.array([1.0]), step_s=900, fine_s=400)


def test_readings_are_held_over_their_own_interval() -> None:
    held = hold_readings(
        np.array([-300_000, 300_000, 300_000, 900_000]),
        np.array([1.0, 2.0, 3.0, np.nan]),
        interval_s=300,
        grid_start_ms=0,
        step_s=60,
        steps=20,
    )
    expected = np.full(20, np.nan)
    expected[5:10] = (
        3.0  # the later of two rows for one step; the reading before the grid and the missing one leave no mark
    )
    np.testing.assert_array_equal(held, expected)


def test_a_reading_that_reaches_over_the_edge_of_the_grid_is_cut() -> None:
    args = {"interval_s": 300, "grid_start_ms": 120_000, "step_s": 60, "steps": 6}
    held = hold_readings(np.array([0, 420_000]), np.array([7.0, 8.0]), **args)
    np.testing.assert_array_equal(held, [7.0, 7.0, 7.0, np.nan, np.nan, 8.0])
