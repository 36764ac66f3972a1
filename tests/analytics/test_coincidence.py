import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from analytics.coincidence import coincident_peak
from domain.errors import Invalid

NAN = np.nan


def test_who_makes_the_peak() -> None:
    found = coincident_peak(np.array([[10.0, 60.0, 20.0], [50.0, 20.0, 30.0]]))
    assert found is not None
    assert (found.at, found.peak_kw) == (1, 80.0)
    np.testing.assert_array_equal(found.member_kw, [60.0, 20.0])
    np.testing.assert_array_equal(found.share, [0.75, 0.25])
    np.testing.assert_array_equal(found.own_maximum_kw, [60.0, 50.0])
    assert found.coincidence_factor == pytest.approx(80 / 110)
    assert (found.judged, found.skipped) == (3, 0)


def test_incomplete_blocks_set_no_peak() -> None:
    """The heard of block 1 alone exceed every sum, but one member is missing there."""
    found = coincident_peak(np.array([[10.0, 500.0, 20.0], [50.0, NAN, 30.0]]))
    assert found is not None
    assert (found.at, found.peak_kw) == (0, 60.0)
    assert (found.judged, found.skipped) == (2, 1)
    np.testing.assert_array_equal(found.own_maximum_kw, [500.0, 50.0])
    assert found.coincidence_factor == pytest.approx(60 / 70)


def test_of_equal_peaks_the_first() -> None:
    found = coincident_peak(np.array([[1.0, 3.0, 0.0, 3.0], [1.0, 1.0, 4.0, 1.0]]))
    assert found is not None
    assert found.at == 1


def test_suspect_blocks_can_be_left_out() -> None:
    found = coincident_peak(np.array([[1.0, 900.0, 2.0]]), usable=np.array([True, False, True]))
    assert found is not None
    assert (found.at, found.skipped) == (2, 1)


def test_no_complete_block_no_answer() -> None:
    assert coincident_peak(np.array([[1.0, NAN], [NAN, 2.0]])) is None
    assert coincident_peak(np.empty((3, 0))) is None


def test_an_empty_group_is_refused() -> None:
    with pytest.raises(Invalid, match="members x blocks"):
        coincident_peak(np.empty((0, 4)))


def test_a_member_never_heard_in_an_idle_group() -> None:
    found = coincident_peak(np.array([[0.0, 0.0], [0.0, NAN]]))
    assert found is not None
    assert found.peak_kw == 0.0
    assert np.isnan(found.share).all()
    assert found.coincidence_factor is None


@settings(deadline=None)
@given(npst.arrays(np.float64, (4, 12), elements=st.one_of(st.floats(0, 1e5), st.just(NAN))))
def test_the_factor_is_at_most_one_and_shares_make_a_whole(demand_kw: np.ndarray) -> None:
    found = coincident_peak(demand_kw)
    complete = ~np.isnan(demand_kw).any(axis=0)
    assert (found is None) == (not complete.any())
    if found is None:
        return
    assert found.peak_kw == pytest.approx(demand_kw[:, complete].sum(axis=0).max())
    assert found.coincidence_factor is None or found.coincidence_factor <= 1 + 1e-9
    if found.peak_kw > 0:
        assert found.share.sum() == pytest.approx(1.0)
