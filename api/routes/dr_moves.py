"""One change of an event, from the wire to the desk that makes it."""

from __future__ import annotations

from collections.abc import Callable

from api.schemas.dr import MoveIn
from domain.dr import DrEvent
from domain.dr_states import Move
from domain.errors import Invalid
from domain.instants import to_ms
from domain.people import Principal
from response.dr.desk import Change
from response.dr.service import DemandResponse

Made = Callable[[DemandResponse, Principal, str, MoveIn], DrEvent]


def make(dr: DemandResponse, caller: Principal, event_id: str, body: MoveIn) -> DrEvent:
    """Raises Invalid for moves that nobody asks for: replies and the start are the clock's."""
    made = _MOVES.get(body.move)
    if made is None:
        known = ", ".join(_MOVES)
        raise Invalid(f"{body.move} is not asked for here; moves are {known}")
    return made(dr, caller, event_id, body)


def _officer(caller: Principal, body: MoveIn) -> str | None:
    if not body.confirm:
        return None
    told = " ".join(body.officer.split())
    return caller.name if told in ("", caller.name) else f"{told} ({caller.name})"


def _revise(dr: DemandResponse, caller: Principal, event_id: str, body: MoveIn) -> DrEvent:
    change = Change(
        None if body.start is None else to_ms(body.start),
        None if body.end is None else to_ms(body.end),
        body.target_kw,
    )
    return dr.desk.revise(caller, event_id, body.version, change, body.reason, officer=_officer(caller, body))


def _remind(dr: DemandResponse, caller: Principal, event_id: str, body: MoveIn) -> DrEvent:
    late = dr.pace.behind(dr.book.at(caller, event_id, body.version, Move.REMIND), body.enterprises)
    return dr.desk.remind(caller, event_id, body.version, late, officer=_officer(caller, body))


def _verify(dr: DemandResponse, caller: Principal, event_id: str, body: MoveIn) -> DrEvent:
    dr.settlements.verify(caller, event_id, body.version, body.reason)
    return dr.book.get(caller, event_id)


def _end(dr: DemandResponse, caller: Principal, event_id: str, body: MoveIn) -> DrEvent:
    if not body.reason.strip():
        raise Invalid("提前结束须写明原因 / ending early needs a reason")
    return dr.desk.end(caller, dr.book.at(caller, event_id, body.version, Move.END), body.reason)


_MOVES: dict[Move, Made] = {
    Move.CHOOSE: lambda dr, who, event, body: dr.desk.choose(who, event, body.version, body.enterprises),
    Move.INVITE: lambda dr, who, event, body: dr.desk.invite(who, event, body.version, officer=_officer(who, body)),
    Move.CLEAR: lambda dr, who, event, body: dr.desk.clear(who, event, body.version, body.kw),
    Move.CONFIRM: lambda dr, who, event, body: dr.desk.confirm(who, event, body.version, officer=_officer(who, body)),
    Move.CANCEL: lambda dr, who, event, body: dr.desk.cancel(
        who, event, body.version, body.reason, officer=_officer(who, body)
    ),
    Move.REVISE: _revise,
    Move.REMIND: _remind,
    Move.END: _end,
    Move.VERIFY: _verify,
    Move.PUBLISH: lambda dr, who, event, body: dr.settlements.publish(who, event, body.version),
    Move.SETTLE: lambda dr, who, event, body: dr.settlements.close(who, event, body.version),
}
