"""Every pair of the table, and the times that turn an observation into a held one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.alerts import ACTIVE_STATES, AlertState
from domain.errors import Invalid
from response.alert_state import BACK, TABLE, Change, Memory, Observation, Timing, step

NOW = datetime(2026, 7, 20, 6, 0, tzinfo=UTC)
TIMING = Timing(minimum_s=120, hold_s=1800)
AT_ONCE = Timing(minimum_s=0, hold_s=0)
OBSERVED = [o for o in Observation if not o.endswith("_held")]


def test_the_table_knows_every_pair() -> None:
    assert set(TABLE) == {(s, o) for s in AlertState for o in Observation}


@pytest.mark.parametrize("state", list(AlertState))
@pytest.mark.parametrize("observation", list(Observation))
def test_each_pair_does_what_its_state_promises(state: AlertState, observation: Observation) -> None:
    target = TABLE[state, observation]
    active = state in ACTIVE_STATES
    match observation:
        case Observation.MISSING:
            assert target is state  # missing never clears and never raises
        case Observation.ABOVE | Observation.ABOVE_HELD if active:
            assert target is (BACK if state is AlertState.CLEARING else state)
        case Observation.ABOVE:
            assert target is AlertState.PENDING
        case Observation.ABOVE_HELD:
            assert target is AlertState.FIRING
        case Observation.BAND if state is AlertState.CLEARING:
            assert target is BACK
        case Observation.BAND:
            assert target is state
        case Observation.BELOW | Observation.BELOW_HELD if not active:
            assert target is (AlertState.NORMAL if state is AlertState.PENDING else state)
        case Observation.BELOW:
            assert target is AlertState.CLEARING
        case Observation.BELOW_HELD:
            assert target is AlertState.RESOLVED
        case Observation.WITHDRAWN:
            assert target is (AlertState.RESOLVED if active else TABLE[state, Observation.BELOW])
        case Observation.ACKNOWLEDGE:
            assert target is (AlertState.ACKNOWLEDGED if state is AlertState.FIRING else state)
        case Observation.UNACKNOWLEDGE:
            assert target is (AlertState.FIRING if state is AlertState.ACKNOWLEDGED else state)


def walk(memory: Memory, timing: Timing, *seen: tuple[float, Observation]) -> Memory:
    for minute, observation in seen:
        memory, _ = step(memory, observation, timing, NOW + timedelta(minutes=minute))
    return memory


ABOVE, BAND, BELOW, MISSING = Observation.ABOVE, Observation.BAND, Observation.BELOW, Observation.MISSING
FIRED = [(0.0, ABOVE), (2.0, ABOVE)]


def test_fires_after_the_minimum_and_not_before() -> None:
    assert walk(Memory(), TIMING, (0, ABOVE), (1.9, ABOVE)).state is AlertState.PENDING
    assert walk(Memory(), TIMING, *FIRED).state is AlertState.FIRING


def test_a_dip_below_starts_the_minimum_again_and_one_into_the_band_does_not() -> None:
    assert walk(Memory(), TIMING, (0, ABOVE), (1, BELOW), (2, ABOVE), (3.9, ABOVE)).state is AlertState.PENDING
    assert walk(Memory(), TIMING, (0, ABOVE), (1, BAND), (2, BAND)).state is AlertState.PENDING
    assert walk(Memory(), TIMING, (0, ABOVE), (1, BAND), (2, ABOVE)).state is AlertState.FIRING


def test_a_gap_in_the_data_does_not_stop_a_pending_excess() -> None:
    assert walk(Memory(), TIMING, (0, ABOVE), (1, MISSING), (2, ABOVE)).state is AlertState.FIRING
    assert walk(Memory(), TIMING, (0, ABOVE), (1, MISSING), (60, MISSING)).state is AlertState.PENDING


def test_is_resolved_after_the_hold_and_not_before() -> None:
    falling = [*FIRED, (10, BELOW)]
    assert walk(Memory(), TIMING, *falling, (39.9, BELOW)).state is AlertState.CLEARING
    assert walk(Memory(), TIMING, *falling, (40, BELOW)).state is AlertState.RESOLVED


def test_the_band_ends_a_hold() -> None:
    assert walk(Memory(), TIMING, *FIRED, (10, BELOW), (30, BAND)).state is AlertState.FIRING
    assert (
        walk(Memory(), TIMING, *FIRED, (10, BELOW), (30, BAND), (31, BELOW), (60, BELOW)).state is AlertState.CLEARING
    )


def test_a_gap_in_the_data_starts_the_hold_again() -> None:
    assert walk(Memory(), TIMING, *FIRED, (10, BELOW), (30, MISSING), (41, BELOW)).state is AlertState.CLEARING
    assert walk(Memory(), TIMING, *FIRED, (10, BELOW), (30, MISSING), (60, BELOW)).state is AlertState.RESOLVED


def test_an_acknowledgement_outlives_a_dip() -> None:
    acknowledged = walk(Memory(), TIMING, *FIRED, (3, Observation.ACKNOWLEDGE), (10, BELOW))
    assert acknowledged.state is AlertState.CLEARING
    assert walk(acknowledged, TIMING, (11, ABOVE)).state is AlertState.ACKNOWLEDGED


def test_acknowledging_while_it_clears_counts_when_it_rises_again() -> None:
    clearing = walk(Memory(), TIMING, *FIRED, (10, BELOW), (11, Observation.ACKNOWLEDGE))
    assert walk(clearing, TIMING, (12, ABOVE)).state is AlertState.ACKNOWLEDGED
    undone = walk(clearing, TIMING, (12, Observation.UNACKNOWLEDGE), (13, ABOVE))
    assert undone.state is AlertState.FIRING


def test_a_clock_set_back_begins_the_time_anew() -> None:
    assert walk(Memory(), TIMING, (0, ABOVE), (-60, ABOVE), (-58, ABOVE)).state is AlertState.FIRING
    assert walk(Memory(), TIMING, *FIRED, (10, BELOW), (-600, BELOW), (-570, BELOW)).state is AlertState.RESOLVED


def test_without_times_everything_is_at_once() -> None:
    fired, change = step(Memory(), ABOVE, AT_ONCE, NOW)
    assert change == Change(AlertState.NORMAL, AlertState.FIRING)
    assert change.raised
    assert step(fired, BELOW, AT_ONCE, NOW)[0].state is AlertState.RESOLVED


def test_negative_times_are_refused() -> None:
    with pytest.raises(Invalid, match="negative"):
        Timing(-1, 0)


@settings(deadline=None, max_examples=100)
@given(st.lists(st.tuples(st.floats(0, 30), st.sampled_from(OBSERVED)), max_size=40))
def test_whatever_comes_missing_changes_no_state_and_only_proof_resolves(
    seen: list[tuple[float, Observation]],
) -> None:
    memory, minute = Memory(), 0.0
    for pause, observation in seen:
        minute += pause
        before = memory
        memory, change = step(memory, observation, TIMING, NOW + timedelta(minutes=minute))
        assert (change is None) == (memory.state is before.state)
        if observation is MISSING:
            assert change is None
        if memory.state is AlertState.RESOLVED and change is not None:
            assert observation in (BELOW, Observation.WITHDRAWN)
        if observation is not Observation.WITHDRAWN and change is not None and change.after is AlertState.RESOLVED:
            assert before.state is AlertState.CLEARING
