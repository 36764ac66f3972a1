"""Freezing the baselines of those who take part, and freezing anew with a reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from domain.clock import Clock
from domain.dr import DrEvent, Participant
from domain.dr_records import FrozenBaseline
from domain.people import Principal
from monitor.frozen_baselines import BaselineFreezer
from monitor.frozen_inputs import FrozenInputs, compute, packed
from storage.dr_ports import DrLedger


class Freezing:
    def __init__(self, freezer: BaselineFreezer, ledger: DrLedger, clock: Clock) -> None:
        self._freezer = freezer
        self._ledger = ledger
        self._clock = clock

    def freeze(self, principal: Principal, event: DrEvent, *, reason: str, anew: bool = False) -> list[FrozenBaseline]:
        """Of those who have none yet; ``anew``: of everybody, as a new revision (the window was moved).

        Returns what was added. Raises Unavailable, Invalid
        """
        known = {each.member: each for each in self._ledger.baselines(event.id)}
        wanted = [each for each in event.participants if anew or each.member not in known]
        inputs = self._freezer.inputs(
            principal, [each.scope for each in wanted], event.terms.baseline, event.start_ms, event.end_ms
        )
        now_ms = self._clock.now_ms()
        found = [
            _frozen(
                event,
                each,
                replace(own, enterprise=each.member),
                known[each.member].revision + 1 if each.member in known else 1,
                now_ms,
                principal.name,
                reason,
            )
            for each, own in zip(wanted, inputs, strict=True)
        ]
        self._ledger.put_baselines(found)
        return found


def _frozen(
    event: DrEvent, each: Participant, inputs: FrozenInputs, revision: int, now_ms: int, actor: str, reason: str
) -> FrozenBaseline:
    content, digest = packed(inputs)
    computed = compute(inputs)
    return FrozenBaseline(
        event=event.id,
        enterprise=each.enterprise,
        revision=revision,
        method=event.terms.baseline,
        sample_days=computed.sample_days,
        base_kw=computed.base_kw,
        refusal=computed.refusal,
        digest=digest,
        frozen_ms=now_ms,
        actor=actor,
        reason=reason,
        inputs=content,
        accounts=each.accounts,
    )


def mean_kw(base_kw: Sequence[float | None]) -> float | None:
    """Mean of a window, None where a block of it is not known."""
    values = [each for each in base_kw if each is not None]
    return sum(values) / len(values) if values and len(values) == len(base_kw) else None
