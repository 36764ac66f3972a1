import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from analytics.sums import estimated_sum, signed_sum
from domain.errors import Invalid

NAN = np.nan
MEMBERS = npst.arrays(np.float64, (5, 4), elements=st.one_of(st.floats(0, 1e4), st.just(NAN)))
SIGNS = npst.arrays(np.int64, 5, elements=st.sampled_from([-1, 1]))


def test_a_landlord_is_counted_less_its_tenant() -> None:
    summed = signed_sum(np.array([[100.0, 100.0], [30.0, NAN]]), np.array([1, -1]))
    np.testing.assert_array_equal(summed.value, [70.0, 100.0])
    np.testing.assert_array_equal(summed.coverage, [1.0, 0.5])


def test_nobody_heard_is_no_load_of_zero() -> None:
    summed = signed_sum(np.full((3, 2), NAN), np.ones(3, dtype=np.int64))
    assert np.isnan(summed.value).all()
    np.testing.assert_array_equal(summed.coverage, [0.0, 0.0])


def test_members_not_expected_do_not_count() -> None:
    power = np.array([[10.0, 10.0], [NAN, 5.0]])
    out_of_service = signed_sum(power, np.array([1, 1]), expected=np.array([True, False]))
    np.testing.assert_array_equal(out_of_service.value, [10.0, 10.0])
    np.testing.assert_array_equal(out_of_service.coverage, [1.0, 1.0])
    from_the_second = signed_sum(power, np.array([1, 1]), expected=np.array([[True, True], [False, True]]))
    np.testing.assert_array_equal(from_the_second.value, [10.0, 15.0])


def test_signs_must_fit_the_members() -> None:
    with pytest.raises(Invalid, match="one sign a member"):
        signed_sum(np.zeros((2, 3)), np.array([1]))


def _estimate(power: np.ndarray, signs: np.ndarray, usual: float, low: float, high: float, rho: float = 0.5):  # type: ignore[no-untyped-def]
    shape = power.shape
    return estimated_sum(
        power,
        signs,
        usual_kw=np.full(shape, usual),
        usual_low_kw=np.full(shape, low),
        usual_high_kw=np.full(shape, high),
        shared_error=rho,
    )


def test_the_silent_count_with_their_usual_value() -> None:
    estimate = _estimate(np.array([[100.0], [NAN]]), np.array([1, 1]), 40.0, 30.0, 60.0)
    assert (estimate.value_kw[0], estimate.low_kw[0], estimate.high_kw[0]) == (140.0, 130.0, 160.0)


def test_a_silent_tenant_widens_the_band_the_other_way() -> None:
    estimate = _estimate(np.array([[100.0], [NAN]]), np.array([1, -1]), 40.0, 30.0, 60.0)
    assert (estimate.value_kw[0], estimate.low_kw[0], estimate.high_kw[0]) == (60.0, 40.0, 70.0)


@pytest.mark.parametrize(("rho", "half"), [(0.0, 20.0), (1.0, 40.0), (0.5, (0.5 * 400 + 0.5 * 1600) ** 0.5)])
def test_how_bands_combine(rho: float, half: float) -> None:
    """Four silent members of +-10 kW: 20 kW when independent, 40 kW when they move as one."""
    estimate = _estimate(np.full((4, 1), NAN), np.ones(4, dtype=np.int64), 50.0, 40.0, 60.0, rho)
    assert estimate.high_kw[0] - estimate.value_kw[0] == pytest.approx(half)
    assert estimate.value_kw[0] - estimate.low_kw[0] == pytest.approx(half)


def test_an_unknown_usual_value_leaves_no_estimate() -> None:
    estimate = _estimate(np.array([[100.0, 100.0], [NAN, 5.0]]), np.array([1, 1]), NAN, NAN, NAN)
    np.testing.assert_array_equal(estimate.value_kw, [NAN, 105.0])
    np.testing.assert_array_equal(estimate.high_kw, [NAN, 105.0])


@settings(deadline=None)
@given(MEMBERS, SIGNS)
def test_where_all_were_heard_the_estimate_is_the_measurement(power: np.ndarray, signs: np.ndarray) -> None:
    summed = signed_sum(power, signs)
    estimate = _estimate(power, signs, 50.0, 40.0, 75.0)
    whole = summed.coverage == 1.0
    for array in (estimate.value_kw, estimate.low_kw, estimate.high_kw):
        np.testing.assert_allclose(array[whole], summed.value[whole], atol=1e-6)
    assert (estimate.low_kw[~whole] < estimate.high_kw[~whole]).all()


@settings(deadline=None)
@given(MEMBERS, st.randoms())
def test_the_order_of_members_does_not_matter(power: np.ndarray, random) -> None:  # type: ignore[no-untyped-def]
    order = list(range(5))
    random.shuffle(order)
    ones = np.ones(5, dtype=np.int64)
    np.testing.assert_allclose(signed_sum(power, ones).value, signed_sum(power[order], ones).value, rtol=1e-9)
