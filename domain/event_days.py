"""The day an event belongs to, and the 24 hours its baseline is laid out in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from domain.errors import Invalid
from domain.instants import Span, day_span, from_ms, local_date

NOON = time(12)


@dataclass(frozen=True, slots=True)
class EventDay:
    """day, last : local days it begins and ends on; row : the 24 hours that hold it, the day itself or noon to noon"""

    day: date
    last: date
    row: Span

    @property
    def over_midnight(self) -> bool:
        return self.last != self.day


def event_day(start_ms: int, end_ms: int, zone: ZoneInfo) -> EventDay:
    """A night belongs to the day it begins on. Raises Invalid where an event over midnight leaves noon to noon."""
    day = local_date(from_ms(start_ms), zone)
    whole = day_span(day, zone)
    if end_ms <= whole.end_ms:
        return EventDay(day, day, whole)
    last = day + timedelta(days=1)
    noon, next_noon = (datetime.combine(each, NOON, tzinfo=zone) for each in (day, last))
    if start_ms < Span(noon, next_noon).start_ms or end_ms > Span(noon, next_noon).end_ms:
        raise Invalid(
            "跨午夜的事件应在当日 12:00 至次日 12:00 之内，否则请分为两个事件 / "
            "an event over midnight lies between noon and noon; cut it into two otherwise"
        )
    return EventDay(day, last, Span(noon, next_noon))


def hours_text(start: datetime, end: datetime) -> str:
    """Local times as 14:00-16:00, to midnight as 24:00, beyond it with the day it ends on: 22:00-07-29 02:00."""
    if end.date() == start.date():
        return f"{start:%H:%M}-{end:%H:%M}"
    to_midnight = end.time() == time() and end.date() == start.date() + timedelta(days=1)
    return f"{start:%H:%M}-24:00" if to_midnight else f"{start:%H:%M}-{end:%m-%d %H:%M}"


def ends_after(start: datetime, end: datetime) -> datetime:
    """An end entered as a time alone: one that is not after the start is of the day after."""
    return end if end > start else end + timedelta(days=1)
