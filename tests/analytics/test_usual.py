import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from analytics.usual import sorted_quantile, usual_values

NAN = np.nan
ALL = np.ones(8, dtype=np.bool_)


def _history(*values: float) -> np.ndarray:
    return np.array(values)[:, None]


def test_the_median_of_like_days_only() -> None:
    like = np.array([True, False, True, True])
    usual = usual_values(_history(10.0, 999.0, 30.0, 20.0), like)
    assert usual.value_kw[0] == 20.0
    assert usual.days[0] == 3
    assert usual.low_kw[0] == pytest.approx(12.0)
    assert usual.high_kw[0] == pytest.approx(28.0)


def test_the_last_like_days_that_have_a_value() -> None:
    usual = usual_values(_history(1000.0, 10.0, NAN, 11.0, 12.0, NAN), np.ones(6, dtype=np.bool_), days=3)
    assert usual.value_kw[0] == 11.0


def test_two_days_are_no_usual_value() -> None:
    usual = usual_values(_history(10.0, NAN, 12.0), np.ones(3, dtype=np.bool_))
    assert np.isnan([usual.value_kw[0], usual.low_kw[0], usual.high_kw[0]]).all()
    assert usual.days[0] == 2


def test_no_like_day_at_all() -> None:
    usual = usual_values(np.zeros((4, 3, 96)), np.zeros(3, dtype=np.bool_))
    assert usual.value_kw.shape == (4, 96)
    assert np.isnan(usual.value_kw).all()


@settings(deadline=None)
@given(npst.arrays(np.float64, (2, 8, 3), elements=st.one_of(st.floats(-1e6, 1e6), st.just(NAN))), st.integers(1, 8))
def test_it_agrees_with_numpy_row_by_row(history: np.ndarray, days: int) -> None:
    usual = usual_values(history, ALL, days=days, minimum_days=1)
    for meter in range(2):
        for slot in range(3):
            values = history[meter, :, slot]
            newest = values[~np.isnan(values)][-days:]
            wanted = np.quantile(newest, [0.1, 0.5, 0.9]) if newest.size else np.full(3, NAN)
            found = [u[meter, slot] for u in (usual.low_kw, usual.value_kw, usual.high_kw)]
            np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-9)


def test_quantile_of_nothing_is_not_a_number() -> None:
    assert np.isnan(sorted_quantile(np.array([[NAN, NAN]]), np.array([0]), 0.5)[0])
