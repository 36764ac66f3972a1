import numpy as np
import pytest

from analytics.coverage import Covered, block_coverage, mean_of_present, present_share, share

NAN = np.nan


def test_nothing_expected_is_no_coverage() -> None:
    np.testing.assert_array_equal(share(np.array([0.0, 3.0]), np.array([0.0, 4.0])), [0.0, 0.75])


def test_the_mean_of_nothing_is_not_a_number() -> None:
    covered = mean_of_present(np.array([[NAN, NAN], [0.0, NAN], [2.0, 4.0]]))
    np.testing.assert_array_equal(covered.value, [NAN, 0.0, 3.0])
    np.testing.assert_array_equal(covered.coverage, [0.0, 0.5, 1.0])


@pytest.mark.parametrize(("heard", "kept"), [(53, False), (54, True), (60, True)])
def test_exactly_the_minimum_is_sufficient(heard: int, kept: bool) -> None:
    covered = Covered(np.array([1.0]), np.array([heard / 60]))
    assert bool(np.isnan(covered.sufficient(0.9)[0])) is not kept


def test_share_of_what_is_there() -> None:
    values = np.array([[1.0, NAN, 0.0, NAN], [NAN, NAN, NAN, NAN]])
    np.testing.assert_array_equal(present_share(values), [0.5, 0.0])
    np.testing.assert_array_equal(present_share(values, axis=0), [0.5, 0.0, 0.5, 0.0])
    np.testing.assert_array_equal(present_share(np.empty((2, 0))), [0.0, 0.0])


def test_coverage_by_blocks_drops_the_unfinished_one() -> None:
    present = np.array([True] * 15 + [True] * 5 + [False] * 10 + [True] * 3)
    np.testing.assert_allclose(block_coverage(present, step_s=60, block_s=900), [1.0, 1 / 3])
