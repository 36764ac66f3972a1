"""A new event as it is asked for, and the draft that it becomes."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from domain.dr import DrEvent, EventKind, Terms
from domain.dr_states import EventState
from domain.errors import Invalid
from domain.event_days import event_day
from domain.instants import MINUTE_MS


@dataclass(frozen=True, slots=True)
class NewEvent:
    """reply_by_ms : None = as the programme says, or half way to the start where that has passed"""

    kind: EventKind
    programme: str
    start_ms: int
    end_ms: int
    target_kw: float
    title: str = ""
    document: str = ""
    drill: bool = False
    reply_by_ms: int | None = None


def drafted(new: NewEvent, event_id: str, terms: Terms, zone: ZoneInfo, now_ms: int) -> DrEvent:
    """Raises Invalid where its hours are over, leave their day or night, or replies would be due outside of them."""
    if new.end_ms <= now_ms:
        raise Invalid("事件已经结束 / the event would be over already")
    event_day(new.start_ms, new.end_ms, zone)
    return DrEvent(
        id=event_id,
        version=0,
        kind=new.kind,
        state=EventState.DRAFT,
        title=new.title.strip() or terms.name_zh,
        terms=terms,
        start_ms=new.start_ms,
        end_ms=new.end_ms,
        target_kw=new.target_kw,
        reply_by_ms=_reply_by(new, terms.reply_minutes, now_ms),
        drill=new.drill,
        document=new.document.strip(),
    )


def _reply_by(new: NewEvent, minutes: int, now_ms: int) -> int:
    if new.reply_by_ms is not None:
        if not now_ms < new.reply_by_ms <= new.start_ms:
            raise Invalid("答复截止应在现在与开始之间 / replies are due between now and the start")
        return new.reply_by_ms
    usual = new.start_ms - minutes * MINUTE_MS
    half = (now_ms + new.start_ms) // 2
    return max(usual, half - half % MINUTE_MS) if now_ms < new.start_ms else new.start_ms
