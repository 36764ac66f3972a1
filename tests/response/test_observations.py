"""Measured lower bounds raise, sure upper bounds clear, anything else holds."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.alerts import Severity
from response.alert_state import Observation
from response.observations import Bounds, Threshold, observe

AT_95 = Threshold(0.95, 0.94, Severity.SERIOUS)
ANY = Threshold(0.0, 0.0, Severity.INFO, inclusive=False)
BLUE = Threshold(0.0, -0.01, Severity.INFO, inclusive=False)


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0.95, 0.95, Observation.ABOVE),
        (0.949, 0.949, Observation.BAND),
        (0.94, 0.94, Observation.BAND),
        (0.939, 0.939, Observation.BELOW),
        (0.96, None, Observation.ABOVE),  # some are silent: what was measured is enough
        (0.945, None, Observation.BAND),
        (0.70, None, Observation.MISSING),  # the silent may make up the rest
        (0.70, 0.93, Observation.BELOW),  # even the upper edge of the estimate is below
        (0.70, 0.99, Observation.MISSING),
        (None, None, Observation.MISSING),
        (None, 0.5, Observation.BELOW),
    ],
)
def test_against_95_percent(low: float | None, high: float | None, expected: Observation) -> None:
    assert observe(Bounds(low, high), AT_95) is expected


@pytest.mark.parametrize(("share", "expected"), [(0.0, Observation.BELOW), (0.01, Observation.ABOVE)])
def test_any_at_all(share: float, expected: Observation) -> None:
    assert observe(Bounds(share, share), ANY) is expected


@pytest.mark.parametrize(
    ("gap", "expected"),
    [(0.001, Observation.ABOVE), (0.0, Observation.BAND), (-0.009, Observation.BAND), (-0.01, Observation.BELOW)],
)
def test_a_gap_of_nothing_is_no_gap(gap: float, expected: Observation) -> None:
    assert observe(Bounds(gap, gap), BLUE) is expected


@settings(deadline=None, max_examples=100)
@given(st.floats(0, 2), st.floats(0, 1), st.floats(0, 1))
def test_silence_never_turns_into_relief(load: float, silent: float, band: float) -> None:
    """Measured load taken away, with an estimate that still holds the truth, gives no verdict the truth would not."""
    complete = observe(Bounds(load, load), AT_95)
    partial = observe(Bounds(load * (1 - silent), load * (1 + band)), AT_95)
    if partial is Observation.BELOW:
        assert complete is Observation.BELOW
    if partial is Observation.ABOVE:
        assert complete is Observation.ABOVE
