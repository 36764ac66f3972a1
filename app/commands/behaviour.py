"""``anomalies`` and ``growth``: what loads did that they do not do, and how they grew."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta

import typer
from rich.table import Table

from api.schemas.behaviour import AnomaliesList, AnomalyOut, GrowthOut
from app.commands.load import From, ScopeText, To, parse_span
from app.commands.options import AsJson, Config, settings_from, terminal
from app.held_store import store_or_server
from app.local_server import LocalServer
from app.wiring import open_behaviour
from config.settings import Settings
from domain.instants import local_date
from domain.people import SYSTEM
from domain.scopes import Scope
from monitor.behaviour import BehaviourDesk

KINDS = {
    "residual": "偏离预测 off its forecast",
    "flat": "冻结 flat line",
    "step": "台阶 step",
    "night_base": "夜间基荷上升 night base rose",
    "balance": "总分表不平衡 sub-meters against main",
}
REASONS = {
    "days_missing": "缺少整日数据 whole days are missing on one side",
    "temperature_missing": "缺少气温 temperature is not known for both years",
    "too_few_days_to_learn_heat": "去年数据不足以估计气温影响 too few days of last year to learn the heat from",
}


def anomalies(first: From = None, last: To = None, config: Config = None, as_json: AsJson = False) -> None:
    """Days that do not fit the weeks before them, of every enterprise. 异常"""
    settings = settings_from(config)
    begin, end = _days(settings, first, last)
    with _asked(settings) as desk:
        if isinstance(desk, BehaviourDesk):
            answer = AnomaliesList(items=[AnomalyOut.of(each) for each in desk.anomalies(SYSTEM, begin, end)])
        else:
            query = {"from": begin.isoformat(), "to": end.isoformat()}
            answer = AnomaliesList.model_validate(desk.get("anomalies", **query))
    if as_json:
        typer.echo(answer.model_dump_json(indent=2))
        return
    if not answer.items:
        typer.echo(f"nothing unusual from {begin} to {end} 无异常")
        return
    table = Table("day 日期", "enterprise 企业", "what 类别", "kW", "usual 平时 kW", "z")
    for each in answer.items:
        figures = ("—" if kw is None else f"{kw:,.1f}" for kw in (each.value_kw, each.usual_kw))
        table.add_row(f"{each.day}", each.name, KINDS[each.kind], *figures, f"{each.z:.0f}" if each.z else "")
    terminal().print(table)


def growth(
    scope: ScopeText = "monitored", first: From = None, last: To = None, config: Config = None, as_json: AsJson = False
) -> None:
    """Growth against last year: same date, same weekday, and what of it the heat made. 增长"""
    settings = settings_from(config)
    begin, end = _days(settings, first, last)
    with _asked(settings) as desk:
        if isinstance(desk, BehaviourDesk):
            answer = GrowthOut.of(desk.growth(SYSTEM, Scope.parse(scope), begin, end))
        else:
            query = {"scope": scope, "from": begin.isoformat(), "to": end.isoformat()}
            answer = GrowthOut.model_validate(desk.get("load/growth", **query))
    if as_json:
        typer.echo(answer.model_dump_json(indent=2))
        return
    table = Table(f"{answer.scope} {answer.first} … {answer.last}", "growth 增长")
    table.add_row("same date 同日", _share(answer.same_date))
    table.add_row("same weekday 同星期", _share(answer.same_weekday))
    table.add_row("  of which heat 其中气温", _share(answer.heat))
    table.add_row("  weather-corrected 剔除气温", _share(answer.corrected))
    terminal().print(table)
    typer.echo(f"coverage 覆盖率 {answer.coverage:.0%}" + (f"; {REASONS[answer.reason]}" if answer.reason else ""))


def _share(value: float | None) -> str:
    return "—" if value is None else f"{value:+.1%}"


def _days(settings: Settings, first: str | None, last: str | None) -> tuple[date, date]:
    span = parse_span(first, last, settings.district.zone)
    zone = settings.district.zone
    return local_date(span.start, zone), local_date(span.end - timedelta(milliseconds=1), zone)


@contextmanager
def _asked(settings: Settings) -> Iterator[BehaviourDesk | LocalServer]:
    """The desk over the store, or the running server that holds it."""
    with store_or_server(settings) as held:
        if isinstance(held, LocalServer):
            yield held
        else:
            yield open_behaviour(settings, held.store, held.ledger, held.clock)


def register(app: typer.Typer) -> None:
    app.command()(anomalies)
    app.command()(growth)
