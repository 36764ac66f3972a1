from __future__ import annotations

import numpy as np
import pytest

from analytics.intensity.outlook import YearEnd, ratio_band
from analytics.intensity.ranking import ranks, robust_z

NAN = float("nan")


def test_equal_values_share_the_better_rank() -> None:
    assert ranks(np.array([3.0, 1.0, NAN, 3.0, 9.0])).tolist() == [2, 1, 0, 2, 4]


def test_the_outlier_does_not_hide_itself() -> None:
    # Logarithms 0, 1, 2, 3 and 20: median 2, MAD 1, so the last lies 18 / 1.4826 off.
    z = robust_z(np.exp(np.array([0.0, 1.0, 2.0, 3.0, 20.0])))
    assert z[4] == pytest.approx(18 / 1.4826)
    assert z[2] == pytest.approx(0.0)


def test_nothing_stands_out_of_equals_or_of_nothing() -> None:
    assert np.isnan(robust_z(np.array([2.0, 2.0, 2.0, 5.0]))).all()
    assert np.isnan(robust_z(np.array([NAN, 0.0, -1.0]))).all()


def test_the_band_of_a_ratio() -> None:
    # 3 % and 4 % of independent half-bands make 5 %.
    part, whole = YearEnd(100.0, 97.0, 103.0, 6, 0.0), YearEnd(50.0, 48.0, 52.0, 6, 0.0)
    assert ratio_band(part, whole) == pytest.approx((2.0, 1.9, 2.1))
