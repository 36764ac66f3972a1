"""``baselines``: what would have been drawn had no event been called, and which method to believe. 基线负荷"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Annotated, Protocol

import typer
from pydantic import TypeAdapter
from rich.table import Table

from app.analyses import Shown
from app.commands.load import ScopeText
from app.commands.options import AsJson, Config, settings_from, terminal
from app.held_store import store_or_server
from app.local_server import LocalServer
from app.wiring import open_baselines, open_runs
from config.settings import Settings
from domain.errors import InsufficientData, Invalid
from domain.people import SYSTEM
from domain.scopes import Scope
from monitor.baseline_answers import BaselineReport, BaselineReports, CourtReport, DayBaselines, MethodList
from monitor.baseline_data import ClockWindow
from monitor.baselines import KIND, BaselineDesk
from monitor.runs import Runs

app = typer.Typer(help="Baseline load of events, by method, and the evidence for it. 基线负荷", no_args_is_help=True)

Scopes = Annotated[
    list[str] | None,
    typer.Option("--scope", help="As of load; may be given several times; monitored if left out. 范围"),
]
Day = Annotated[
    str | None, typer.Option("--day", help="Day of the event, the last of --days; yesterday if left out. 日期")
]
Days = Annotated[int, typer.Option("--days", help="How many days, up to 31. 天数")]
PlaceboDays = Annotated[
    int | None,
    typer.Option("--days", help="Workdays without events to judge on; the policy's number if left out. 天数"),
]
WindowText = Annotated[str, typer.Option("--window", help="Hours of the event, on quarter hours. 时段")]
REFUSALS = {
    "none": "",
    "too_few_days": "样本日不足 too few sample days",
    "no_temperature": "缺少气温 temperature not known",
    "no_load_before": "事件前无实测 no load before the event",
    "no_load_in_window": "时段内数据不全 the window is not whole on the sample days",
    "nothing_drawn": "该时段不用电或向外送电 nothing is drawn in the window, or it feeds in",
}
NOTES = {
    "none": "",
    "capped": "触及上下限 at its cap",
    "after_notice": "通知已在调整时段前发出 notice came before these hours",
    "no_hours": "未调整：该时段无数据 not adjusted, no load in these hours",
    "too_small": "未调整：基线过小 not adjusted, baseline near zero",
}
REASONS = {
    "too_few_days": "可作检验的工作日太少：需要更长的历史 too few workdays to judge on: import a longer history",
    "no_method_judged": "没有方法能在足够多的日子给出基线 no method gave a baseline on enough days",
}


class Answers(Protocol):
    def methods(self) -> MethodList: ...
    def compute(self, scopes: list[Scope], day: date, window: ClockWindow, days: int) -> BaselineReports: ...
    def score(self, scope: Scope, day: date, window: ClockWindow, days: int | None) -> CourtReport: ...


class _OfStore:
    def __init__(self, desk: BaselineDesk, runs: Runs) -> None:
        self._desk = desk
        self._runs = runs

    def methods(self) -> MethodList:
        return self._desk.methods()

    def compute(self, scopes: list[Scope], day: date, window: ClockWindow, days: int) -> BaselineReports:
        return BaselineReports(self._desk.compute_each(SYSTEM, scopes, day, window, days=days))

    def score(self, scope: Scope, day: date, window: ClockWindow, days: int | None) -> CourtReport:
        """Kept, as a run of a server would be."""
        work = self._desk.work(SYSTEM, scope, day, window, days=days)
        parameters = self._desk.parameters(day, window, days)
        with Shown() as shown:
            result = self._runs.now(SYSTEM, KIND, str(scope), parameters, work, shown)
        return TypeAdapter(CourtReport).validate_json(result.body)


class _OfServer:
    def __init__(self, server: LocalServer) -> None:
        self._server = server

    def methods(self) -> MethodList:
        return TypeAdapter(MethodList).validate_python(self._server.get("baselines/methods"))

    def compute(self, scopes: list[Scope], day: date, window: ClockWindow, days: int) -> BaselineReports:
        query = {"day": day.isoformat(), "days": str(days), "window": str(window)}
        answer = self._server.get("baselines/many", scope=[str(scope) for scope in scopes], **query)
        return TypeAdapter(BaselineReports).validate_python(answer)

    def score(self, scope: Scope, day: date, window: ClockWindow, days: int | None) -> CourtReport:
        query = {"scope": str(scope), "day": day.isoformat(), "window": str(window)}
        query |= {} if days is None else {"days": str(days)}
        return TypeAdapter(CourtReport).validate_python(self._server.get("baselines/score", **query))


@contextmanager
def _answers(settings: Settings) -> Iterator[Answers]:
    """The desk over the store, or the running server that holds it."""
    with store_or_server(settings) as held:
        if isinstance(held, LocalServer):
            yield _OfServer(held)
            return
        desk = open_baselines(settings, held.store, held.ledger, held.clock)
        yield _OfStore(desk, open_runs(held.ledger, held.clock))


@app.command("list")
def list_methods(config: Config = None, as_json: AsJson = False) -> None:
    """The methods this district knows, official ones marked. 方法清单"""
    with _answers(settings_from(config)) as ask:
        found = ask.methods()
    if as_json:
        typer.echo(TypeAdapter(MethodList).dump_json(found, indent=2))
        return
    table = Table("id", "方法 method", "official 官方", "same-day adjustment 当日调整", "source 出处")
    for each in found.methods:
        table.add_row(
            each.id, f"{each.name_zh}\n{each.name_en}", "●" if each.official else "", each.adjustment, each.source
        )
    terminal().print(table)


@app.command()
def compute(
    scope: Scopes = None,
    day: Day = None,
    days: Days = 1,
    window: WindowText = "14:00-18:00",
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Baseline of a day by every method, with its sample days and refusals. 计算基线"""
    settings = settings_from(config)
    scopes = [Scope.parse(each) for each in dict.fromkeys(scope or ["monitored"])]
    with _answers(settings) as ask:
        found = ask.compute(scopes, _day(settings, day), ClockWindow.parse(window), days)
    if as_json:
        typer.echo(TypeAdapter(BaselineReports).dump_json(found, indent=2))
    else:
        for report in found.items:
            for each in report.days:
                terminal().print(_day_table(report, each))
    methods = [method for report in found.items for each in report.days for method in each.methods]
    if not any(method.mean_kw is not None for method in methods):
        raise InsufficientData(
            "; ".join(REFUSALS[reason] for reason in sorted({m.refusal for m in methods} - {"none"}))
        )


def _day_table(report: BaselineReport, found: DayBaselines) -> Table:
    load = "—" if found.load_mean_kw is None else f"{found.load_mean_kw:,.1f} kW"
    kind = "工作日 workday" if found.works else "非工作日 no workday"
    title = f"{report.scope} {found.day} {report.window} {kind}, 实测 measured {load}"
    table = Table("method 方法", "baseline 基线 kW", "less load 减实测 kW", "days 样本日", "note 说明", title=title)
    for each in found.methods:
        less = None if each.mean_kw is None or found.load_mean_kw is None else each.mean_kw - found.load_mean_kw
        note = f"{each.change_text} {REFUSALS[each.refusal] or NOTES[each.note]}".strip()
        table.add_row(
            ("● " if each.official else "") + each.id,
            "—" if each.mean_kw is None else f"{each.mean_kw:,.1f}",
            "—" if less is None else f"{less:+,.1f}",
            ", ".join(f"{sample:%m-%d}" for sample in each.sample_days[-10:])
            + (f" … ({len(each.sample_days)})" if len(each.sample_days) > 10 else ""),
            note,
        )
    told = "" if found.told_at is None else f"通知 told {found.told_at:%m-%d %H:%M}"
    table.caption = told or None
    raised = found.raised_before
    if raised.flagged and raised.rise is not None:
        table.caption = f"⚠ 事件前负荷偏高 load before the event {raised.rise:+.0%} above like days  {told}"
    return table


@app.command()
def score(
    scope: ScopeText = "monitored",
    day: Day = None,
    days: PlaceboDays = None,
    window: WindowText = "14:00-18:00",
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """The baseline court: every method on days nothing was called; the result is kept. 基线评审"""
    settings = settings_from(config)
    with _answers(settings) as ask:
        found = ask.score(Scope.parse(scope), _day(settings, day), ClockWindow.parse(window), days)
    if as_json:
        typer.echo(TypeAdapter(CourtReport).dump_json(found, indent=2))
    else:
        _print_court(found)
    if found.reason:
        raise InsufficientData(REASONS[found.reason])


def _print_court(found: CourtReport) -> None:
    title = f"{found.scope} {found.window}: {len(found.trial_days)} + {len(found.later_days)} days 天"
    table = Table(
        "method 方法", "RRMSE chosen on 试选", "RRMSE later 检验", "bias 偏差", "deviation 离散", "days 天", title=title
    )
    order = sorted(found.scores, key=lambda each: (each.trial_rrmse is None, each.trial_rrmse or 0.0))
    for each in order:
        marks = "".join(
            mark for mark, id_ in (("★ ", found.proposed), ("☆ ", found.proposed_same_day)) if id_ == each.id
        )
        table.add_row(
            marks + ("● " if each.official else "") + each.id,
            *(_share(value) for value in (each.trial_rrmse, each.rrmse, each.bias, each.deviation)),
            f"{each.trial_events} + {each.events}",
        )
    terminal().print(table)
    typer.echo("● 官方方法 official   ★ 建议 proposed   ☆ 允许当日调整时的建议 proposed where adjustment is allowed")
    if found.acceptable is False:
        typer.echo(f"⚠ 检验日 RRMSE 超过 {found.accept_rrmse:.0%} / RRMSE on later days is above this bound")
    if found.biased:
        typer.echo(f"⚠ 检验日偏差超过 {found.warn_bias:.0%} / bias on later days is beyond this bound")


def _share(value: float | None) -> str:
    return "—" if value is None else f"{value:.1%}"


def _day(settings: Settings, text: str | None) -> date:
    if text is None:
        return datetime.now(settings.district.zone).date() - timedelta(days=1)
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid(f"{text!r} is not a day such as 2026-07-28") from None
