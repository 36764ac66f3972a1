"""``forecast``: the load of the next hours and days, and how earlier forecasts did."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from api.schemas.forecast import ForecastOut, ScopeScoresOut, ScoresList
from app.commands.load import ScopeText, parse_instant
from app.commands.options import AsJson, Config, settings_from, terminal
from app.held_store import OpenStore, store_or_server
from app.local_server import LocalServer, finished
from app.wiring import open_forecast_book, open_forecasts, open_histories
from config.settings import Settings
from domain.errors import InsufficientData, Invalid
from domain.people import SYSTEM
from domain.scopes import Scope
from monitor.forecast_book import ForecastBook
from monitor.forecasting import LONGEST_HOURS, USUAL_HOURS

app = typer.Typer(invoke_without_command=True, help="Load forecasts and their scores. 负荷预测")
Horizon = Annotated[str, typer.Option(help=f"How far ahead: 6h, 2d; at most {LONGEST_HOURS}h. 预测时长")]
At = Annotated[
    str | None,
    typer.Option(help="Instant of issue, district time; nothing after it is read. The last full hour. 起报时刻"),
]


@app.callback()
def forecast(
    context: typer.Context,
    scope: ScopeText = "monitored",
    at: At = None,
    horizon: Horizon = f"{USUAL_HOURS}h",
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """The load of the next hours and days, with what it may be (P10, P50, P90). 预测"""
    if context.invoked_subcommand is not None:
        return
    settings = settings_from(config)
    zone = settings.district.zone
    issue = parse_instant(at, zone).astimezone(UTC) if at else None
    hours, wanted = parse_hours(horizon), Scope.parse(scope)
    with store_or_server(settings) as held:
        if isinstance(held, LocalServer):
            query = {"scope": scope, "hours": str(hours)} | ({"at": issue.isoformat()} if issue else {})
            answer = ForecastOut.model_validate(held.get("forecast", **query))
        else:
            desk = open_forecasts(settings, held.store, held.ledger, held.clock)
            with progress_bar() as step:
                answer = ForecastOut.of(desk.forecast(SYSTEM, wanted, at=issue, hours=hours, step=step), zone)
    if as_json:
        typer.echo(answer.model_dump_json(indent=2))
    else:
        _show(answer)


@app.command()
def scores(
    scope: Annotated[str, typer.Option(help="Only this scope; all if left out. 范围")] = "",
    days: Annotated[int, typer.Option(min=1, max=400, help="Mornings of the last so many days. 天数")] = 28,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """How the forecasts of the mornings did against what came, beside the same time a week before. 预测评分"""
    settings = settings_from(config)
    with store_or_server(settings) as held:
        if isinstance(held, LocalServer):
            answer = ScoresList.model_validate(held.get("forecast/scores", scope=scope, days=str(days)))
        else:
            found = _book(settings, held).scores(SYSTEM, Scope.asked(scope), days=days)
            answer = ScoresList(items=[ScopeScoresOut.of(each) for each in found])
    if as_json:
        typer.echo(answer.model_dump_json(indent=2))
        return
    if not answer.items:
        raise InsufficientData(
            "no forecast has been scored yet: each morning's is kept at eight and scored two days later; "
            "yingfeng forecast rescore does it for past mornings 尚无评分",
            coverage=0.0,
        )
    _show_scores(answer)


@app.command()
def rescore(
    first: Annotated[str, typer.Option("--from", help="First morning: 2026-07-01. 起")],
    last: Annotated[str, typer.Option("--to", help="Last morning. 止")],
    config: Config = None,
) -> None:
    """Issue the forecasts of past mornings from what was known then, keep and score them. 补算历史预测"""
    settings = settings_from(config)
    begin, end = (parse_instant(text, settings.district.zone).date() for text in (first, last))
    with store_or_server(settings) as held, progress_bar() as step:
        if isinstance(held, LocalServer):
            body = finished(held, held.post(f"forecast/scores?from={begin}&to={end}"), lambda share, _: step(share))
            count, scored = body["mornings"], body["scored"]
        else:
            count, scored = _book(settings, held).rescore(begin, end, step)
    typer.echo(f"{count} mornings issued, {scored} forecasts scored 已补算")


def _book(settings: Settings, held: OpenStore) -> ForecastBook:
    parts = settings, held.store, held.ledger, held.clock
    histories = open_histories(*parts)
    return open_forecast_book(open_forecasts(*parts), settings, held.ledger, histories, held.clock, held.store)


def _show_scores(answer: ScoresList) -> None:
    headings = (
        "scope 范围",
        "n",
        "1 h kW",
        "skill",
        "24 h kW",
        "skill",
        "peak 峰 kW",
        "skill",
        "in P10-P90",
        "error 误差",
    )
    table = Table(*headings)
    for each in answer.items:
        kws = [(each.hour_kw, each.hour_skill), (each.day_kw, each.day_skill), (each.peak_kw, each.peak_skill)]
        cells = [text for kw, skill in kws for text in (_number(kw), _share(skill))]
        table.add_row(each.scope, str(each.issues), *cells, _share(each.covered), _share(each.relative_day_error))
    terminal().print(table)
    typer.echo(
        "skill 技巧 = 1 - error / error of the same time last week 相对上周同期; P10-P90 should hold 80 % 应含 80%"
    )


def _number(value: float | None) -> str:
    return "—" if value is None else f"{value:,.1f}"


def _share(value: float | None) -> str:
    return "—" if value is None else f"{value:.0%}"


def parse_hours(text: str) -> int:
    unit = {"h": 1, "d": 24}.get(text[-1:], 0)
    if not unit or not text[:-1].isdigit():
        raise Invalid(f"--horizon {text!r} is not a time such as 6h or 2d")
    return int(text[:-1]) * unit


@contextmanager
def progress_bar() -> Iterator[Callable[[float], None]]:
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("预测 forecasting", total=1.0)
        yield lambda share: bar.update(task, completed=share)


def _show(answer: ForecastOut) -> None:
    days = Table("day 日期", "peak 最高 P10", "P50 kW", "P90", "at 出现于", "over quota 超指标")
    for day in answer.days:
        chance = "—" if day.quota_probability is None else f"{day.quota_probability:.0%}"
        peaks = (f"{kw:,.1f}" for kw in (day.peak_p10_kw, day.peak_p50_kw, day.peak_p90_kw))
        days.add_row(f"{day.day}{'' if day.whole else ' …'}", *peaks, f"{day.peak_at:%H:%M}", chance)
    hours = Table("from 起", "P10 kW", "P50 kW", "P90 kW", "quota 指标", "over 超")
    for point in answer.points[:: 4 if len(answer.points) > 48 else 1]:
        quota = "" if point.quota_kw is None else f"{point.quota_kw:,.0f}"
        chance = "" if point.quota_probability is None else f"{point.quota_probability:.0%}"
        kws = (f"{kw:,.1f}" for kw in (point.p10_kw, point.p50_kw, point.p90_kw))
        hours.add_row(f"{point.at:%m-%d %H:%M}", *kws, quota, chance)
    terminal().print(f"{answer.scope} · issued 起报 {answer.issued_at:%Y-%m-%d %H:%M} · {answer.method}")
    if answer.days:
        terminal().print(days)
    terminal().print(hours)
    typer.echo(
        f"coverage 覆盖率 {answer.coverage:.0%} · temperature 气温 {answer.temperature} · "
        f"{'adds up 合计一致' if answer.coherent else 'by itself 单独预测'}"
    )
    for each in answer.unmodelled:
        typer.echo(f"not by itself 未单独预测: {each.name}: {each.reason}")
