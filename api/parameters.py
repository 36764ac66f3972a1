"""Query parameters: instants, days and spans as people write them, pages, and scopes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import Depends, Query

from api.schemas.base import PLAIN
from domain.errors import Invalid
from domain.instants import Span, day_span, local_date
from domain.people import Principal
from domain.scopes import DISTRICT, Scope, enterprise_scope

FIRST_YEAR, LAST_YEAR = 2000, 2100
LONGEST_SPAN_DAYS = 400
# An unescaped + of an offset arrives as a space: 2016-07-28T00:00:00 08:00
_LOST_PLUS = re.compile(r" (\d{2}:?\d{2})$")

Cursor = Annotated[
    str | None,
    Query(max_length=200, pattern=PLAIN, description="`next_cursor` of the page before", examples=["MTIw"]),
]
Limit = Annotated[int, Query(ge=1, le=500, description="entries a page")]
ScopeText = Annotated[
    str,
    Query(
        alias="scope",
        max_length=100,
        pattern=PLAIN,
        description="`district`, `monitored`, `enterprise:ID`, `meter:ID`, `street:NAME`, `sector:NAME`, "
        "`substation:NAME`, `feeder:NAME`; an enterprise account may leave it out and means itself",
        examples=["enterprise:E001"],
    ),
]
_EXAMPLE = "2026-07-28T14:00:00+08:00"
_FORM = "ISO 8601 with offset, or a bare date of the district"
From = Annotated[str | None, Query(alias="from", max_length=40, description=_FORM, examples=[_EXAMPLE])]
To = Annotated[
    str | None,
    Query(alias="to", max_length=40, description=f"{_FORM}, which is then included", examples=["2026-07-28"]),
]
AsOf = Annotated[
    str | None,
    Query(
        max_length=40,
        description=f"what was known at this instant ({_FORM}, which then means its end); left out: now",
        examples=[_EXAMPLE],
    ),
]
Since = Annotated[str | None, Query(max_length=40, description=_FORM, examples=[_EXAMPLE])]
DayText = Annotated[date | None, Query(description="a day of the district's time zone", examples=["2026-07-28"])]
FromDay = Annotated[date | None, Query(alias="from", description="first day", examples=["2026-07-01"])]
ToDay = Annotated[date | None, Query(alias="to", description="last day, included", examples=["2026-07-28"])]


@dataclass(frozen=True, slots=True)
class PageParameters:
    cursor: str | None
    limit: int


def page_parameters(cursor: Cursor = None, limit: Limit = 100) -> PageParameters:
    return PageParameters(cursor, limit)


Paging = Annotated[PageParameters, Depends(page_parameters)]


def scope_of(text: str, principal: Principal) -> Scope:
    """The scope asked for; left out, the district, or for an enterprise account its own enterprise."""
    if text:
        return Scope.parse(text)
    return enterprise_scope(principal.enterprise) if principal.enterprise is not None else DISTRICT


def plausible_day(day: date) -> date:
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise Invalid(f"{day.isoformat()} is not between the years {FIRST_YEAR} and {LAST_YEAR}")
    return day


def today(now: datetime, zone: ZoneInfo) -> date:
    return local_date(now, zone)


def instant(text: str, zone: ZoneInfo, *, end: bool = False) -> datetime:
    """A bare date means the start of that local day, or with ``end`` its end, so that from = to is one whole day."""
    text = _LOST_PLUS.sub(r"+\1", text)
    try:
        if len(text) == 10:
            span = day_span(plausible_day(date.fromisoformat(text)), zone)
            return span.end if end else span.start
        parsed = datetime.fromisoformat(text)
    except ValueError:
        raise Invalid(f"{text!r} is neither a date nor an instant such as 2026-07-28T14:00:00+08:00") from None
    if parsed.tzinfo is None:
        raise Invalid(f"{text} has no time zone; write for example {text}+08:00")
    plausible_day(parsed.date())
    return parsed.astimezone(UTC)


def as_of_instant(text: str | None, zone: ZoneInfo) -> datetime | None:
    return instant(text, zone, end=True) if text else None


def span_of(start: str | None, end: str | None, *, now: datetime, zone: ZoneInfo) -> Span:
    """[start, end); left out, today. ``end`` alone means the day before it, ``start`` alone up to the end of today."""
    today_span = day_span(local_date(now, zone), zone)
    last = instant(end, zone, end=True) if end else today_span.end
    first = instant(start, zone) if start else (last - timedelta(days=1) if end else today_span.start)
    span = Span(first, last)
    if span.end - span.start > timedelta(days=LONGEST_SPAN_DAYS):
        raise Invalid(f"a span of more than {LONGEST_SPAN_DAYS} days; ask for it in parts")
    return span


def days_of(first: date | None, last: date | None, *, now: datetime, zone: ZoneInfo) -> tuple[date, date]:
    """Both days inclusive; left out, today."""
    last_day = plausible_day(last or (first if first is not None else today(now, zone)))
    first_day = plausible_day(first or last_day)
    if first_day > last_day:
        raise Invalid(f"the first day {first_day} lies after the last {last_day}")
    if (last_day - first_day).days > LONGEST_SPAN_DAYS:
        raise Invalid(f"more than {LONGEST_SPAN_DAYS} days; ask for them in parts")
    return first_day, last_day
