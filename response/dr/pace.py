"""How an event goes while it runs: each enterprise against its promise, whom to call, and rebound afterwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from zoneinfo import ZoneInfo

import numpy as np

from domain.arrays import FloatArray
from domain.clock import Clock
from domain.dr import DrEvent, Participant
from domain.dr_records import FrozenBaseline
from domain.errors import NotFound
from domain.instants import BLOCK_MS, MINUTE_MS, Span, floor_ms, from_ms, local_date, to_ms
from domain.people import SYSTEM
from domain.registry import Contact
from domain.scopes import Scope
from monitor.frozen_inputs import compute, unpacked
from monitor.questions import LoadQuestions
from response.dr.pace_answer import EventPace, Pace, Rebound, rescue
from storage.ledger_ports import Ledger

#: A load older than this says nothing of now.
STALE_MS = 5 * MINUTE_MS


class PaceDesk:
    """Staff figures: the caller has checked who asks."""

    def __init__(self, ledger: Ledger, questions: LoadQuestions, clock: Clock, zone: ZoneInfo) -> None:
        self._ledger = ledger
        self._questions = questions
        self._clock = clock
        self._zone = zone

    def pace(self, event: DrEvent) -> EventPace:
        """Raises Unavailable when the store does not answer."""
        now_ms = self._clock.now_ms()
        frozen = {each.member: each for each in self._ledger.dr.baselines(event.id)}
        members = event.taking_part()
        so_far = self._so_far(event, members, frozen, now_ms)
        view = self._ledger.registry.registry().view(local_date(from_ms(event.start_ms), self._zone))
        found = []
        for each in members:
            owner = view.enterprises.get(each.enterprise)
            name, contacts = ("", ()) if owner is None else (owner.name, owner.contacts)
            found.append(self._one(event, each, frozen.get(each.member), so_far, now_ms, name, contacts))
        known = [each for each in found if each.reduction_kw is not None]
        promised = sum(each.promised_kw for each in known)
        reduction = sum(each.reduction_kw or 0.0 for each in known) if known else None
        return EventPace(
            event=event.id,
            version=event.version,
            state=event.state,
            as_of_ms=now_ms,
            minutes_to_start=-(-max(0, event.start_ms - now_ms) // MINUTE_MS),
            minutes_left=int((event.end_ms - now_ms) // MINUTE_MS),
            promised_kw=sum(each.promised_kw for each in members),
            reduction_kw=reduction,
            share=reduction / promised if reduction is not None and promised > 0 else None,
            shortfall_kw=sum(each.missing_kw for each in known),
            each=tuple(sorted(found, key=lambda each: (each.share is None, each.share or 0.0, each.member))),
            unknown=tuple(each.member for each in found if _begun(event, now_ms) and each.reduction_kw is None),
            rescue=rescue(known),
            rebound=self._rebound(event, found, frozen, now_ms),
        )

    def behind(self, event: DrEvent, names: Sequence[str] | None = None) -> tuple[Pace, ...]:
        """Of these, or of the rescue list, those known to give less than they promised."""
        found = self.pace(event)
        asked = found.rescue.members if names is None else [each.member for name in names for each in event.parts(name)]
        return tuple(each for each in found.each if each.member in asked and each.missing_kw > 0)

    def reductions(self, event: DrEvent) -> tuple[Mapping[str, float], int]:
        """Reduction of each one whose data are known in the running block, and that block's start [kW]"""
        found = self.pace(event)
        known: dict[str, float] = {
            each.member: max(0.0, each.reduction_kw) for each in found.each if each.reduction_kw is not None
        }
        return known, floor_ms(found.as_of_ms, BLOCK_MS)

    def _one(
        self,
        event: DrEvent,
        each: Participant,
        frozen: FrozenBaseline | None,
        so_far: Mapping[str, float],
        now_ms: int,
        name: str,
        contacts: tuple[Contact, ...],
    ) -> Pace:
        base = None if frozen is None else _at(event, frozen, now_ms)
        load, reason = self._load(each.scope, now_ms)
        if frozen is None or frozen.refusal != "none":
            reason = f"无基线 / no baseline: {'' if frozen is None else frozen.refusal}"
        begun = _begun(event, now_ms)
        reduction = event.sign * (base - load) if begun and base is not None and load is not None else None
        return Pace(
            enterprise=each.enterprise,
            name=name,
            promised_kw=each.promised_kw,
            base_kw=base,
            load_kw=load,
            reduction_kw=reduction,
            share=None if reduction is None else reduction / each.promised_kw,
            mean_share=so_far.get(each.member),
            reason=reason if begun and reduction is None else "",
            contacts=contacts,
            accounts=each.accounts,
        )

    def _load(self, scope: Scope, now_ms: int) -> tuple[float | None, str]:
        """Measured sliding demand now, and why there is none. A stale figure is none."""
        try:
            found = self._questions.load_now(SYSTEM, scope)
        except NotFound as error:
            return None, str(error)
        if found is None or now_ms - to_ms(found.minute) > STALE_MS:
            return None, "数据过时或未收到 / no data, or stale"
        if found.sliding_kw is None:
            return None, f"覆盖率 {found.coverage:.0%} / coverage {found.coverage:.0%}"
        return found.sliding_kw, ""

    def _so_far(
        self, event: DrEvent, members: Sequence[Participant], frozen: Mapping[str, FrozenBaseline], now_ms: int
    ) -> dict[str, float]:
        """Mean share of the promise over the complete blocks of the event."""
        until = min(floor_ms(now_ms, BLOCK_MS), event.end_ms)
        if until <= event.start_ms:
            return {}
        span = Span(from_ms(event.start_ms), from_ms(until))
        demands = self._questions.demands(SYSTEM, span)
        load_of = dict(zip(demands.enterprises, demands.demand_kw, strict=True))
        found = {}
        for each in members:
            kept = frozen.get(each.member)
            load = (
                self._questions.curve(SYSTEM, each.scope, span).demand_kw
                if each.accounts
                else load_of.get(each.enterprise)
            )
            if load is None or kept is None:
                continue
            base = as_array(kept.base_kw)[: len(demands.ts_ms)]
            change = event.sign * (base - load[: len(base)])
            if not np.isnan(change).all():
                found[each.member] = float(np.nanmean(change)) / each.promised_kw
        return found

    def _rebound(
        self, event: DrEvent, found: Sequence[Pace], frozen: Mapping[str, FrozenBaseline], now_ms: int
    ) -> tuple[Rebound, ...]:
        """After a shed, load above the baseline of the same sample days. Watched as long as the programme says."""
        late_ms = now_ms - event.end_ms
        if event.sign < 0 or not 0 <= late_ms <= event.terms.rebound_minutes * MINUTE_MS:
            return ()
        listed = []
        for each in found:
            kept = frozen.get(each.member)
            base = None if kept is None else base_after(event, kept, now_ms)
            if base is None or each.load_kw is None or base <= 0:
                continue
            above = (each.load_kw - base) / base
            if above > event.terms.rebound_share:
                listed.append(Rebound(each.enterprise, each.name, base, each.load_kw, above, each.accounts))
        return tuple(sorted(listed, key=lambda each: each.base_kw - each.load_kw))


def as_array(base_kw: Sequence[float | None]) -> FloatArray:
    return np.array([np.nan if each is None else each for each in base_kw], dtype=np.float64)


def _begun(event: DrEvent, now_ms: int) -> bool:
    return now_ms >= event.start_ms


def _at(event: DrEvent, frozen: FrozenBaseline, now_ms: int) -> float | None:
    """The baseline of the block that holds ``now_ms``; of the first before the event, None after it."""
    block = max(0, (now_ms - event.start_ms) // BLOCK_MS)
    return frozen.base_kw[block] if block < len(frozen.base_kw) else None


def base_after(event: DrEvent, frozen: FrozenBaseline, now_ms: int) -> float | None:
    """What the same method says for the block that holds ``now_ms``, after the event; None beyond the day."""
    inputs = unpacked(frozen.inputs)
    block = inputs.end_block + (now_ms - event.end_ms) // BLOCK_MS
    if block >= len(inputs.load_kw[0]):
        return None
    return compute(replace(inputs, first_block=block, end_block=block + 1)).base_kw[0]
