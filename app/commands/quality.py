"""``quality``: the data-quality indicators of a day, with or without a running server."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

import typer
from rich.table import Table

from api.schemas.quality import IndicatorOut, QualityDayOut, QualityScopeOut
from app.commands.options import AsJson, Config, settings_from, terminal
from app.held_store import store_or_server
from app.local_server import LocalServer
from app.wiring import open_quality_desk
from config.data_quality import INDICATORS
from config.settings import Settings
from domain.errors import InsufficientData, Invalid
from domain.people import SYSTEM

#: Lines of a table; --json has all.
MOST_LINES = 60
DASH = "—"


def quality(
    day: Annotated[str | None, typer.Option("--day", help="A day, 2026-07-20; today if left out. 日期")] = None,
    meters: Annotated[bool, typer.Option("--meters", help="Each meter too. 含计量点")] = False,
    revision: Annotated[int | None, typer.Option("--revision", help="As it was judged then. 修订号")] = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Data-quality indicators of a day: completeness, online, success at 00:00, timeliness, clocks. 数据质量"""
    settings = settings_from(config)
    chosen = _day(day, settings)
    answer = _ask(settings, chosen, meters=meters, revision=revision)
    if not answer.scopes:
        raise InsufficientData(f"no meter was due on {chosen.isoformat()}, or the day has not come")
    if as_json:
        typer.echo(answer.model_dump_json(indent=2))
        return
    _print(answer)


def _day(text: str | None, settings: Settings) -> date:
    if text is None:
        return datetime.now(settings.district.zone).date()
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid(f"{text!r} is not a day, as in 2026-07-20") from None


def _ask(settings: Settings, day: date, *, meters: bool, revision: int | None) -> QualityDayOut:
    """The store itself where it can be opened, else the server that holds it."""
    with store_or_server(settings) as held:
        if isinstance(held, LocalServer):
            more = {"revision": str(revision)} if revision is not None else {}
            found = held.get("quality/day", day=day.isoformat(), meters=str(meters).lower(), **more)
            return QualityDayOut.model_validate(found)
        desk = open_quality_desk(settings, held.store, held.ledger, held.clock)
        return QualityDayOut.of(desk.day(SYSTEM, day, meters=meters, revision=revision), settings.district.zone)


def _print(answer: QualityDayOut) -> None:
    judged = (
        f"判定 judged {answer.judged_at:%Y-%m-%d %H:%M}, 第 {answer.revision} 版 revision {answer.revision}"
        if answer.judged_at is not None
        else "尚未判定，为当前值 not judged yet: as it stands now"
    )
    table = Table("范围 scope", *(_heading(answer, key) for key in INDICATORS), "收到/应收 received/expected")
    table.title = f"{answer.day:%Y-%m-%d}  {judged}"
    for scope in answer.scopes[:MOST_LINES]:
        cells = {one.key: one for one in scope.indicators}
        table.add_row(scope.scope, *(_cell(cells[key]) for key in INDICATORS), _counts(scope))
    terminal().print(table)
    if len(answer.scopes) > MOST_LINES:
        typer.echo(f"… {len(answer.scopes) - MOST_LINES:,} more; --json has all")
    typer.echo("* 未达标 below its target")


def _heading(answer: QualityDayOut, key: str) -> str:
    one = next(i for i in answer.scopes[0].indicators if i.key == key)
    target = f" ≥{one.at_least:.0%}" if one.at_least is not None else f" ≤{one.at_most:.0%}" if one.at_most else ""
    return f"{one.name_zh}\n{one.name_en}{target}"


def _cell(one: IndicatorOut) -> str:
    if one.figure.value is None:
        return DASH
    return f"{one.figure.value:.2%}" + ("*" if one.met is False else "")


def _counts(scope: QualityScopeOut) -> str:
    return f"{scope.received:,}/{scope.expected:,}"


def register(app: typer.Typer) -> None:
    app.command()(quality)
