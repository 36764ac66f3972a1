"""``forecast``: the load of the next hours and days, and how earlier forecasts did."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from api.schemas.forecast import ForecastOut
from app.clock import SystemClock
from app.commands.load import ScopeText, parse_instant
from app.commands.options import AsJson, Config, settings_from, terminal
from app.local_server import running_server
from app.wiring import open_forecasts, open_ledger, open_store
from domain.errors import Invalid, Unavailable
from domain.people import SYSTEM
from domain.scopes import Scope
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
    try:
        store = open_store(settings.store)
    except Unavailable:
        server = running_server(settings)
        if server is None:
            raise
        query = {"scope": scope, "hours": str(hours)} | ({"at": issue.isoformat()} if issue else {})
        answer = ForecastOut.model_validate(server.get("forecast", **query))
    else:
        clock = SystemClock()
        with closing(store), closing(open_ledger(settings.ledger, clock)) as ledger, progress_bar() as step:
            desk = open_forecasts(settings, store, ledger, clock)
            answer = ForecastOut.of(desk.forecast(SYSTEM, wanted, at=issue, hours=hours, step=step), zone)
    if as_json:
        typer.echo(answer.model_dump_json(indent=2))
    else:
        _show(answer)


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
