"""Whom to ask, and whom to hold to how much: pure functions over what is known of each enterprise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from domain.dr import Participant


@dataclass(frozen=True, slots=True)
class Candidate:
    """An enterprise, or accounts of one, with a contract. ``excluded`` says why it is not asked, empty = it can be.

    possible_kw : what it can be asked for: its potential, no more than its contract; None = not known
    expected_kw : its usual load of the window; security_kw : what it must keep
    """

    participant: Participant
    name: str
    possible_kw: float | None
    confidence: float
    expected_kw: float | None
    security_kw: float | None
    excluded: str = ""

    @property
    def weight_kw(self) -> float:
        """What can be counted on: possible times confidence."""
        return (self.possible_kw or 0.0) * self.confidence


@dataclass(frozen=True, slots=True)
class Selection:
    """chosen : strongest first; reserve : could be asked as well; excluded : cannot, each with its reason

    counted_kw : sum of what can be counted on among the chosen; target_kw : what was asked for
    """

    chosen: tuple[Candidate, ...]
    reserve: tuple[Candidate, ...]
    excluded: tuple[Candidate, ...]
    counted_kw: float
    target_kw: float

    @property
    def shortfall_kw(self) -> float:
        return max(0.0, self.target_kw - self.counted_kw)


def select(candidates: Sequence[Candidate], target_kw: float) -> Selection:
    """As few as can be counted on for the target, strongest first; all of them where that is not enough."""
    able = sorted((c for c in candidates if not c.excluded), key=lambda c: (-c.weight_kw, c.participant.member))
    counted, number = 0.0, 0
    while number < len(able) and counted < target_kw:
        counted += able[number].weight_kw
        number += 1
    excluded = tuple(c for c in candidates if c.excluded)
    return Selection(tuple(able[:number]), tuple(able[number:]), excluded, counted, target_kw)


def cleared(participants: Sequence[Participant], target_kw: float, minimum_kw: float) -> dict[str, float]:
    """Confirmed kW by member: what was declared, no more than is possible, until the target is met.

    The surest first, of equals the earliest reply; the last one gets what is left, or the minimum a programme takes.
    """
    offers = [(each, _offer(each)) for each in participants]
    order = sorted(
        ((each, kw) for each, kw in offers if kw >= minimum_kw),
        key=lambda pair: (-(pair[0].confidence or 0.0), pair[0].replied_ms or 0, pair[0].member),
    )
    found = {each.member: 0.0 for each in participants}
    left = target_kw
    for each, kw in order:
        if left <= 0:
            break
        found[each.member] = min(kw, max(left, minimum_kw))
        left -= found[each.member]
    return found


def _offer(each: Participant) -> float:
    declared = each.declared_kw or 0.0
    return declared if each.possible_kw is None else min(declared, each.possible_kw)


def shared(total_kw: float, members: Sequence[Participant]) -> Mapping[str, float]:
    """An aggregator's answer, shared among its members as they were invited."""
    invited = sum(each.invited_kw or 0.0 for each in members)
    if invited <= 0:
        return {each.member: total_kw / len(members) for each in members}
    return {each.member: total_kw * (each.invited_kw or 0.0) / invited for each in members}


def invited(candidate: Candidate) -> Participant:
    return replace(
        candidate.participant,
        possible_kw=candidate.possible_kw,
        confidence=candidate.confidence,
        invited_kw=candidate.possible_kw,
    )
