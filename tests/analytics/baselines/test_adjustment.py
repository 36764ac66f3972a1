from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.baselines.adjustment import Adjustment, AdjustmentNote, adjusted
from analytics.baselines.days import Window
from domain.arrays import FloatArray

WINDOW = Window(14, 18)
RATIO = Adjustment("ratio", 0.2)
ADD = Adjustment("additive", 0.2)


def flat(value: float) -> FloatArray:
    return np.full((1, 24), value)


def morning(value: float, *, last_hour: float = 0.0) -> FloatArray:
    """Hours -4...-2 of the event at ``value``; the last hour before it something else."""
    actual = flat(0.0)
    actual[0, 10:13] = value
    actual[0, 13] = last_hour
    return actual


def test_ratio_and_difference_of_the_hours_before() -> None:
    # The last hour (500) is left out.
    found = adjusted(flat(100.0), morning(110.0, last_hour=500.0), WINDOW, RATIO, per_hour=1)
    assert found.base_kw[0, 14] == pytest.approx(110.0)
    assert (found.change[0], found.note[0]) == (pytest.approx(1.1), AdjustmentNote.NONE)
    found = adjusted(flat(100.0), morning(90.0), WINDOW, ADD, per_hour=1)
    assert (found.base_kw[0, 14], found.change[0]) == (90.0, -10.0)


def test_caps_and_guards() -> None:
    found = adjusted(flat(100.0), morning(200.0), WINDOW, RATIO, per_hour=1)
    assert (found.base_kw[0, 14], found.note[0]) == (120.0, AdjustmentNote.CAPPED)
    found = adjusted(flat(0.0), morning(200.0), WINDOW, RATIO, per_hour=1)
    assert (found.base_kw[0, 14], found.note[0]) == (0.0, AdjustmentNote.TOO_SMALL)
    found = adjusted(flat(100.0), np.full((1, 24), np.nan), WINDOW, RATIO, per_hour=1)
    assert (found.base_kw[0, 14], found.note[0]) == (100.0, AdjustmentNote.NO_HOURS)
    found = adjusted(flat(100.0), morning(110.0), Window(2, 4), RATIO, per_hour=1)
    assert (found.base_kw[0, 2], found.note[0]) == (100.0, AdjustmentNote.NO_HOURS)
    found = adjusted(flat(100.0), morning(110.0), WINDOW, RATIO, per_hour=1, after_notice=True)
    assert (found.base_kw[0, 14], found.note[0]) == (pytest.approx(110.0), AdjustmentNote.AFTER_NOTICE)


@given(st.floats(1.0, 1e5), st.floats(0.0, 1e6), st.sampled_from([RATIO, ADD]))
def test_no_morning_moves_it_beyond_the_cap(base: float, actual: float, rule: Adjustment) -> None:
    found = adjusted(flat(base), morning(actual), WINDOW, rule, per_hour=1)
    assert 0.8 * base - 1e-9 * base <= found.base_kw[0, 14] <= 1.2 * base + 1e-9 * base
