"""One alert from its first excess to its end: several thresholds, each with a life of its own, shown as one alert.

Severity is that of the highest threshold in force, so a rising load raises the severity of the same alert and a falling
one lowers it, each step with its own hold. An alert fires again, acknowledged or not, when a higher threshold fires.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from domain.alerts import ACTIVE_STATES, Alert, AlertKind, AlertState, Severity
from response.alert_state import Memory, Observation, Timing, step
from response.messages import WITHDRAWN, Course, percent, text_of
from response.observations import Threshold, observe
from response.rules import Case, Subject

#: What people do and what rules withdraw takes effect without waiting.
AT_ONCE = Timing(0.0, 0.0)
SEVERITIES = tuple(Severity)


@dataclass(frozen=True, slots=True)
class Worst:
    """The worst slot of the local day: the period takes its level from it (domain facts 1.3)."""

    share: float
    at: datetime


@dataclass(frozen=True, slots=True)
class Episode:
    """announced : the alert as saved was also put on the bus; a restart repeats what was not."""

    alert: Alert
    memories: tuple[Memory, ...]
    announced: bool = True
    worst: Worst | None = None

    @property
    def subject(self) -> Subject:
        return Subject(self.alert.rule, self.alert.scope)


def begin(case: Case, alert_id: str, now: datetime) -> Episode:
    """An episode that has not risen yet."""
    lowest = case.thresholds[0]
    alert = Alert(
        id=alert_id,
        kind=case.kind,
        rule=case.subject.rule,
        scope=case.subject.scope,
        severity=lowest.severity,
        state=AlertState.NORMAL,
        started_at=now,
        changed_at=now,
        value=case.value,
        threshold=case.base * lowest.raise_at,
        unit=case.unit,
        basis=case.basis.value,
        coverage=case.coverage,
        message_zh="",
        message_en="",
    )
    return Episode(alert, tuple(Memory() for _ in case.thresholds))


def top_step(memories: Sequence[Memory]) -> int | None:
    """The highest threshold in force, None when there is none."""
    active = [i for i, m in enumerate(memories) if m.state in ACTIVE_STATES]
    return active[-1] if active else None


def state_of(memories: Sequence[Memory], before: AlertState) -> AlertState:
    """The state people see: clearing only when every threshold in force is, firing while one is not acknowledged."""
    active = [m for m in memories if m.state in ACTIVE_STATES]
    if active:
        if all(m.state is AlertState.CLEARING for m in active):
            return AlertState.CLEARING
        # A threshold that is clearing above others counts as what it was: nobody has acknowledged it by its falling.
        standing = {m.back if m.state is AlertState.CLEARING else m.state for m in active}
        return AlertState.FIRING if AlertState.FIRING in standing else AlertState.ACKNOWLEDGED
    if before in ACTIVE_STATES or before is AlertState.RESOLVED:
        return AlertState.RESOLVED
    return AlertState.PENDING if any(m.state is AlertState.PENDING for m in memories) else AlertState.NORMAL


def _worse(worst: Worst | None, case: Case, now: datetime, zone: ZoneInfo) -> Worst | None:
    if case.kind is not AlertKind.GAP_LEVEL or case.bounds.low is None:
        return worst
    at = case.quarter or now
    same_day = worst is not None and worst.at.astimezone(zone).date() == at.astimezone(zone).date()
    if worst is not None and same_day and worst.share >= case.bounds.low:
        return worst
    return Worst(case.bounds.low, at)


def _reached(share: float, thresholds: Sequence[Threshold]) -> Threshold | None:
    found = [t for t in thresholds if (share >= t.raise_at if t.inclusive else share > t.raise_at)]
    return found[-1] if found else None


def _with_worst(texts: tuple[str, str], worst: Worst | None, case: Case, zone: ZoneInfo) -> tuple[str, str]:
    level = _reached(worst.share, case.thresholds) if worst is not None else None
    if worst is None or level is None:
        return texts
    clock = worst.at.astimezone(zone).strftime("%H:%M")
    share = percent(worst.share)
    return (
        f"{texts[0]}；当日最重时段 {clock} 缺口占比 {share}，{level.label_zh}",
        f"{texts[1]}; worst slot of the day {clock}, {share}, {level.label_en}",
    )


def advance(episode: Episode, case: Case, now: datetime, zone: ZoneInfo) -> Episode:
    """The episode after one look at its figure; the same object when nothing at all has changed."""
    # A policy of another number of thresholds may have come into force since the episode began.
    blank = (Memory(),) * len(case.thresholds)
    before = (episode.memories + blank)[: len(case.thresholds)]
    memories = tuple(
        step(m, observe(case.bounds, t), case.timing, now)[0] for m, t in zip(before, case.thresholds, strict=True)
    )
    worst = _worse(episode.worst, case, now, zone)
    state = state_of(memories, episode.alert.state)
    top = top_step(memories)
    shown = case.thresholds[top] if top is not None else _shown(episode.alert, case)
    members = case.members if top is not None else episode.alert.members
    seen = (episode.alert.state, episode.alert.severity, episode.alert.members)
    if (state, shown.severity, members) == seen:
        # The worst slot moves every minute of a rise; it is written with the next change of anything else.
        if memories == episode.memories and _level(worst, case) == _level(episode.worst, case):
            return episode if worst == episode.worst else replace(episode, worst=worst)
        return replace(episode, memories=memories, worst=worst)
    course = _course(episode.alert, state, shown)
    zh, en = _with_worst(text_of(case, shown, course, zone), worst, case, zone)
    alert = replace(
        episode.alert,
        state=state,
        severity=shown.severity,
        members=members,
        started_at=now if _starts(episode.alert.state, state) else episode.alert.started_at,
        changed_at=now,
        resolved_at=now if state is AlertState.RESOLVED else None,
        value=case.value if case.value is not None else episode.alert.value,
        threshold=case.base * shown.raise_at,
        unit=case.unit,
        coverage=case.coverage,
        message_zh=zh,
        message_en=en,
    )
    return Episode(alert, memories, announced=not is_visible(alert), worst=worst)


def _course(before: Alert, state: AlertState, shown: Threshold) -> Course:
    """How the alert came to what it says now: people read a fall otherwise than a rise."""
    if state is AlertState.CLEARING:
        return Course.FALLING
    if state is AlertState.RESOLVED:
        return Course.OVER
    if before.state is AlertState.CLEARING:
        return Course.AGAIN
    lowered = before.state in ACTIVE_STATES and SEVERITIES.index(shown.severity) < SEVERITIES.index(before.severity)
    return Course.LOWERED if lowered else Course.RISEN


def _starts(before: AlertState, after: AlertState) -> bool:
    """A pending that came to nothing and comes again is a new beginning of the same, never shown, record."""
    return before is AlertState.NORMAL and after is not AlertState.NORMAL


def _shown(alert: Alert, case: Case) -> Threshold:
    """With nothing in force the alert keeps its last severity while it ends, and the lowest step before it rises."""
    if alert.state not in ACTIVE_STATES:
        return case.thresholds[0]
    return next((t for t in case.thresholds if t.severity is alert.severity), case.thresholds[0])


def _level(worst: Worst | None, case: Case) -> Threshold | None:
    return None if worst is None else _reached(worst.share, case.thresholds)


def is_visible(alert: Alert) -> bool:
    """Pending excesses are kept for a restart, not shown: most come to nothing."""
    return alert.state in ACTIVE_STATES or alert.state is AlertState.RESOLVED


def withdraw(episode: Episode, now: datetime) -> Episode:
    """The rule no longer applies: what was in force ends, and says why."""
    memories = tuple(step(m, Observation.WITHDRAWN, AT_ONCE, now)[0] for m in episode.memories)
    state = state_of(memories, episode.alert.state)
    if state is episode.alert.state:
        return episode
    alert = replace(
        episode.alert,
        state=state,
        changed_at=now,
        resolved_at=now if state is AlertState.RESOLVED else None,
        message_zh=WITHDRAWN[0] + episode.alert.message_zh,
        message_en=WITHDRAWN[1] + episode.alert.message_en,
    )
    return Episode(alert, memories, announced=not is_visible(alert), worst=episode.worst)


def acknowledge(episode: Episode, actor: str, note: str, now: datetime) -> Episode:
    """Every threshold in force is acknowledged; a higher one may still fire the alert again."""
    return _act(episode, Observation.ACKNOWLEDGE, actor, note, now)


def unacknowledge(episode: Episode, now: datetime) -> Episode:
    return _act(episode, Observation.UNACKNOWLEDGE, None, "", now)


def _act(episode: Episode, action: Observation, actor: str | None, note: str, now: datetime) -> Episode:
    memories = tuple(step(m, action, AT_ONCE, now)[0] for m in episode.memories)
    state = state_of(memories, episode.alert.state)
    alert = replace(
        episode.alert,
        state=state,
        changed_at=now,
        acknowledged_by=actor,
        acknowledged_at=now if actor is not None else None,
        note=note,
    )
    return replace(episode, alert=alert, memories=memories, announced=False)


def announced(episode: Episode) -> Episode:
    return replace(episode, announced=True)


def to_memory(episode: Episode) -> dict[str, Any]:
    """JSON for the ledger; ``from_memory`` reads it back."""
    steps = [{"state": m.state.value, "since": _text(m.since), "back": m.back.value} for m in episode.memories]
    worst = None if episode.worst is None else {"share": episode.worst.share, "at": _text(episode.worst.at)}
    return {"steps": steps, "announced": episode.announced, "worst": worst}


def from_memory(alert: Alert, memory: Mapping[str, Any]) -> Episode:
    steps = tuple(
        Memory(AlertState(s["state"]), _instant(s["since"]), AlertState(s["back"])) for s in memory.get("steps", ())
    )
    worst = memory.get("worst")
    return Episode(
        alert,
        steps,
        bool(memory.get("announced", True)),
        None if worst is None else Worst(worst["share"], datetime.fromisoformat(worst["at"])),
    )


def _text(instant: datetime | None) -> str | None:
    return None if instant is None else instant.isoformat()


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
