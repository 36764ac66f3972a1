"""Every pair of state and move of an event, as docs/demand-response.md draws them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from domain.dr_states import OVER, TABLE, EventState, Move, moved, possible_moves
from domain.errors import Conflict

DOCUMENT = Path(__file__).parents[2] / "docs" / "demand-response.md"


def _drawn() -> dict[tuple[str, str], str]:
    """The document's table: a row for each state, a column for each move."""
    lines = [line for line in DOCUMENT.read_text(encoding="utf-8").splitlines() if line.startswith("|")]
    head = next(n for n, line in enumerate(lines) if line.startswith("| state |"))
    moves = [cell.strip() for cell in lines[head].strip("|").split("|")][1:]
    found: dict[tuple[str, str], str] = {}
    for line in lines[head + 2 :]:
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        state = re.sub(r"[^a-z]", "", cells[0])
        if state not in set(EventState):
            break
        found |= {(state, move): cell for move, cell in zip(moves, cells[1:], strict=True)}
    return found


@pytest.mark.parametrize("state", EventState)
@pytest.mark.parametrize("move", Move)
def test_every_pair_is_what_the_document_draws(state: EventState, move: Move) -> None:
    drawn = _drawn()[state, move]
    if drawn == "·":
        with pytest.raises(Conflict, match=f"the event is {state}"):
            moved(state, move)
        assert move not in possible_moves(state)
    else:
        assert moved(state, move) == drawn
        assert move in possible_moves(state)


def test_every_state_is_reached_and_only_what_is_over_stays() -> None:
    reached = {EventState.DRAFT}
    while True:
        more = {after for (state, _), after in TABLE.items() if state in reached} - reached
        if not more:
            break
        reached |= more
    assert reached == set(EventState)
    for state in EventState:
        leads_on = any(TABLE[pair] is not state for pair in TABLE if pair[0] is state)
        assert leads_on or state in OVER


def test_nothing_is_announced_without_confirmation() -> None:
    """Execution is entered from confirmed only, and confirmed by an officer's move only."""
    assert {s for (s, _), after in TABLE.items() if after is EventState.EXECUTING and s is not after} == {
        EventState.CONFIRMED
    }
    assert {m for (s, m), after in TABLE.items() if after is EventState.CONFIRMED and s is not after} == {Move.CONFIRM}
