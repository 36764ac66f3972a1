"""The main button of an event's page."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dashboards.console.event import main_move
from domain.dr import Participant
from domain.dr_states import EventState, Move, possible_moves
from domain.ids import AccountId, EnterpriseId
from tests.support.dr import draft

#: What only the clock does: nobody is asked for it.
WAITS = (EventState.CONFIRMED, EventState.SETTLED, EventState.CANCELLED)


@pytest.mark.parametrize("state", EventState)
def test_each_state_has_one_main_button_for_a_move_that_is_possible(state: EventState) -> None:
    chosen = draft(1, (Participant(EnterpriseId("E001"), AccountId("330201")),))
    move = main_move(replace(chosen, state=state))
    assert (move is None) == (state in WAITS)
    assert move is None or move in possible_moves(state)


def test_a_draft_is_chosen_for_before_anybody_is_invited() -> None:
    assert main_move(draft()) is Move.CHOOSE
