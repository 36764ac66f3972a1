"""Questions about load. Each goes to the desk, which checks the scope."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from api.auth import Caller, ServicesDep
from api.directory import decode_cursor, encode_cursor
from api.parameters import (
    AsOf,
    Cursor,
    DayText,
    From,
    FromDay,
    ScopeText,
    To,
    ToDay,
    as_of_instant,
    days_of,
    plausible_day,
    scope_of,
    span_of,
    today,
)
from api.schemas.base import PLAIN, PageOut
from api.schemas.load import (
    BriefOut,
    CurrentOut,
    CurveOut,
    IndicesList,
    IndicesOut,
    PeakOut,
    QualityOut,
    ReadingOut,
    RevisionOut,
    RevisionsList,
    ScopesOut,
)
from domain.errors import Invalid
from domain.instants import Span, from_ms

router = APIRouter(tags=["load"])
MeterText = Annotated[str, Query(min_length=1, max_length=64, pattern=PLAIN, examples=["M001"])]
ReadingLimit = Annotated[int, Query(ge=1, le=10_000)]


def _after(span: Span, cursor: str | None) -> Span:
    if cursor is None:
        return span
    text = decode_cursor(cursor)
    if not (text.isascii() and text.isdigit() and span.start_ms <= int(text) < span.end_ms):
        raise Invalid(f"cursor {cursor!r} does not belong to this span; start without a cursor")
    return Span(from_ms(int(text)), span.end)


@router.get("/readings", summary="Readings of one meter, as stored")
def readings(
    meter: MeterText,
    caller: Caller,
    services: ServicesDep,
    start: From = None,
    end: To = None,
    cursor: Cursor = None,
    limit: ReadingLimit = 1_000,
) -> PageOut[ReadingOut]:
    span = _after(span_of(start, end, now=services.clock.now(), zone=services.zone), cursor)
    batch = services.questions.readings(caller, meter, span, limit=limit + 1)
    following = encode_cursor(str(int(batch.ts_ms[limit]))) if len(batch) > limit else None
    items = ReadingOut.all_of(batch.take(slice(0, limit)), services.zone)
    return PageOut[ReadingOut](items=items, next_cursor=following, total=None)


@router.get("/load/scopes", summary="What I may ask about")
def scopes(caller: Caller, services: ServicesDep) -> ScopesOut:
    return ScopesOut(items=[str(scope) for scope in services.questions.scopes(caller)])


@router.get("/load/current", summary="A scope now, against quota and record")
def current(caller: Caller, services: ServicesDep, scope: ScopeText = "") -> CurrentOut:
    return CurrentOut.of(services.questions.current(caller, scope_of(scope, caller)), services.zone)


@router.get("/load/curve", summary="15-minute demand over a span")
def curve(
    caller: Caller,
    services: ServicesDep,
    scope: ScopeText = "",
    start: From = None,
    end: To = None,
    as_of: AsOf = None,
) -> CurveOut:
    span = span_of(start, end, now=services.clock.now(), zone=services.zone)
    then = as_of_instant(as_of, services.zone)
    return CurveOut.of(services.questions.curve(caller, scope_of(scope, caller), span, as_of=then), services.zone)


@router.get("/load/revisions", summary="Figures that were replaced since, block by block")
def revisions(
    caller: Caller, services: ServicesDep, scope: ScopeText = "", start: From = None, end: To = None
) -> RevisionsList:
    span = span_of(start, end, now=services.clock.now(), zone=services.zone)
    found = services.questions.revisions(caller, scope_of(scope, caller), span)
    return RevisionsList(items=[RevisionOut.of(each, services.zone) for each in found])


@router.get("/load/indices", summary="Daily load characteristics")
def indices(
    caller: Caller,
    services: ServicesDep,
    scope: ScopeText = "",
    start: FromDay = None,
    end: ToDay = None,
    as_of: AsOf = None,
) -> IndicesList:
    first, last = days_of(start, end, now=services.clock.now(), zone=services.zone)
    then = as_of_instant(as_of, services.zone)
    found = services.questions.indices(caller, scope_of(scope, caller), first, last, as_of=then)
    return IndicesList(items=[IndicesOut.of(day, services.zone) for day in found])


@router.get("/load/peaks", summary="The coincident peak of a group, and who made it")
def peaks(caller: Caller, services: ServicesDep, scope: ScopeText = "", start: From = None, end: To = None) -> PeakOut:
    span = span_of(start, end, now=services.clock.now(), zone=services.zone)
    return PeakOut.of(services.questions.peaks(caller, scope_of(scope, caller), span), services.zone)


@router.get("/load/brief", summary="The copy-ready 快报 line")
def brief(caller: Caller, services: ServicesDep) -> BriefOut:
    return BriefOut.of(services.questions.brief(caller))


@router.get("/quality", summary="Data quality of each meter on a day, worst first")
def quality(
    caller: Caller,
    services: ServicesDep,
    day: DayText = None,
    cursor: Cursor = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> PageOut[QualityOut]:
    chosen = plausible_day(day or today(services.clock.now(), services.zone))
    found = services.questions.quality(caller, chosen)
    first = _offset(cursor, len(found))
    following = encode_cursor(str(first + limit)) if first + limit < len(found) else None
    items = [QualityOut.of(row, services.zone) for row in found[first : first + limit]]
    return PageOut[QualityOut](items=items, next_cursor=following, total=len(found))


def _offset(cursor: str | None, total: int) -> int:
    """The list is ordered by how bad things are, which moves, so its cursor is a place and not a key."""
    text = "0" if cursor is None else decode_cursor(cursor)
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise Invalid(f"cursor {cursor!r} was not given by this list; start without a cursor")
    return min(int(text), total)
