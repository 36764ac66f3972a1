"""``load``: questions about load from the command line, with or without a running server."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from app.answers import load_answers
from app.commands import load_tables
from app.commands.options import AsJson, Config, settings_from, show
from domain.errors import Invalid
from domain.instants import Span
from domain.scopes import Scope

app = typer.Typer(no_args_is_help=True, help="Load of a scope. 负荷查询")
ScopeText = Annotated[
    str,
    typer.Option(
        "--scope",
        help="district, monitored, enterprise:ID, street:NAME, sector:CODE, feeder:ID, substation:ID, meter:ID. 范围",
    ),
]
From = Annotated[
    str | None, typer.Option("--from", help="First day or instant: 2026-07-20 or 2026-07-20T08:00 (district time). 起")
]
To = Annotated[str | None, typer.Option("--to", help="Last day, included, or the instant the span ends. 止")]


AsOf = Annotated[
    str | None,
    typer.Option("--as-of", help="What was known then: a day (its end) or an instant. 当时所知"),
]


def parse_span(first: str | None, last: str | None, zone: ZoneInfo) -> Span:
    """Days are inclusive; instants without an offset are district time; nothing given means today."""
    begin = first or datetime.now(zone).date().isoformat()
    return Span(parse_instant(begin, zone), parse_instant(last or begin[:10], zone, days=1))


def parse_as_of(text: str | None, zone: ZoneInfo) -> datetime | None:
    return None if text is None else parse_instant(text, zone, days=1)


def parse_instant(text: str, zone: ZoneInfo, *, days: int = 0) -> datetime:
    """A day is its first moment (or that of ``days`` later); an instant without an offset is district time."""
    try:
        if len(text) == len("2026-07-20"):
            return datetime.combine(date.fromisoformat(text) + timedelta(days=days), time(), tzinfo=zone)
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise Invalid(f"{text!r} is not a day (2026-07-20) or an instant (2026-07-20T08:00)") from None
    return instant if instant.tzinfo else instant.replace(tzinfo=zone)


@app.command()
def current(scope: ScopeText = "monitored", config: Config = None, as_json: AsJson = False) -> None:
    """Load now against quota and record. 当前负荷"""
    with load_answers(settings_from(config)) as ask:
        answer = ask.current(Scope.parse(scope))
    show(answer, load_tables.current, as_json=as_json)


@app.command()
def curve(
    scope: ScopeText = "monitored",
    first: From = None,
    last: To = None,
    as_of: AsOf = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """15-minute demand. 负荷曲线"""
    settings = settings_from(config)
    zone = settings.district.zone
    with load_answers(settings) as ask:
        answer = ask.curve(Scope.parse(scope), parse_span(first, last, zone), parse_as_of(as_of, zone))
    show(answer, load_tables.curve, as_json=as_json)


@app.command()
def revisions(
    scope: ScopeText = "monitored", first: From = None, last: To = None, config: Config = None, as_json: AsJson = False
) -> None:
    """Figures that were replaced since: what was known before. 已被修订的数值"""
    settings = settings_from(config)
    with load_answers(settings) as ask:
        answer = ask.revisions(Scope.parse(scope), parse_span(first, last, settings.district.zone))
    show(answer, lambda found: load_tables.revisions(found, scope), as_json=as_json)


@app.command()
def indices(
    scope: ScopeText = "monitored",
    first: From = None,
    last: To = None,
    as_of: AsOf = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Daily load characteristics. 日负荷特性指标"""
    settings = settings_from(config)
    zone = settings.district.zone
    with load_answers(settings) as ask:
        answer = ask.indices(Scope.parse(scope), parse_span(first, last, zone), parse_as_of(as_of, zone))
    show(answer, load_tables.indices, as_json=as_json)


@app.command()
def peaks(
    scope: ScopeText = "monitored", first: From = None, last: To = None, config: Config = None, as_json: AsJson = False
) -> None:
    """The coincident peak and who made it. 尖峰构成"""
    settings = settings_from(config)
    with load_answers(settings) as ask:
        answer = ask.peaks(Scope.parse(scope), parse_span(first, last, settings.district.zone))
    show(answer, load_tables.peaks, as_json=as_json)
