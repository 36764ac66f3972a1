"""``yingfeng rehearse``, also ``orderly rehearse``: a past summer through one plan or several. 预演"""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer
from pydantic import TypeAdapter
from rich.table import Table

from api.schemas.seasons import RehearsalBody, RehearsalList, RehearsalOut
from app.analyses import Shown
from app.commands.options import AsJson, Config, settings_from, terminal
from app.commands.orderly_answers import asked, officer
from app.local_server import LocalServer, finished
from domain.errors import Invalid
from domain.scopes import Scope
from response.orderly.rehearsed import Rehearsal, Season, compared_runs


def rehearse(
    plan: Annotated[list[str], typer.Option("--plan", help="As 2026-1; twice to compare. 方案")],
    first: Annotated[str, typer.Option("--from", help="First day. 起")],
    last: Annotated[str, typer.Option("--to", help="Last day, included. 止")],
    quota_share: Annotated[
        float,
        typer.Option("--quota-share", min=0.01, max=1.0, help="Of the maximum, where no quota was entered. 指标占比"),
    ] = 0.9,
    scope: Annotated[str, typer.Option("--scope", help="Whose gap. 范围")] = "monitored",
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Which days a plan would have closed, who would have been called how often, at what cost. 方案预演"""
    try:
        season = Season(date.fromisoformat(first), date.fromisoformat(last), quota_share, Scope.parse(scope))
    except ValueError as error:
        raise Invalid(f"日期应写作 2026-07-01 / a day is written 2026-07-01: {error}") from None
    body = RehearsalBody(plans=plan, first=season.first, last=season.last, quota_share=quota_share, scope=scope)
    with Shown() as shown:
        found = asked(
            settings_from(config),
            lambda orderly: orderly.rehearsal.rehearse(officer(), plan, season, shown),
            lambda server: _there(server, body, shown),
        )
    answer = RehearsalList(items=[RehearsalOut.of(each) for each in found])
    if as_json:
        typer.echo(answer.model_dump_json(indent=2))
        return
    for each in answer.items:
        _print(each)
    if len(found) > 1:
        _compare(found)


def _there(server: LocalServer, body: RehearsalBody, shown: Shown) -> tuple[Rehearsal, ...]:
    run = server.post("orderly/rehearsals", body.model_dump(mode="json"))
    return TypeAdapter(tuple[Rehearsal, ...]).validate_python(finished(server, run, shown.step)["items"])


def _print(found: RehearsalOut) -> None:
    table = Table(
        "日期", "时段", "需 kW", "等级", "户数", "压降 kW", "其中空调 kW", "缺 kW missing", "损失 元", "按表 元 by list"
    )
    for day in found.days:
        row = (
            f"{day.need_kw:,.0f}",
            day.level,
            str(day.called),
            f"{day.ordered_kw:,.0f}",
            f"{day.cooling_kw:,.0f}",
            f"{day.missing_kw:,.0f}",
        )
        hours = f"{day.start:%H:%M}-{day.end:%H:%M}"
        table.add_row(day.day.isoformat(), hours, *row, f"{day.loss_yuan:,.0f}", f"{day.listed_loss_yuan:,.0f}")
    table.title = f"{found.plan} {found.first} – {found.last} {found.scope}"
    table.caption = (
        f"缺口 {found.days_with_gap} 天，补足 {found.days_closed} 天；压降 {found.ordered_kwh:,.0f} kWh，"
        f"未补 {found.missing_kwh:,.0f} kWh；损失 {found.loss_yuan:,.0f} 元，"
        f"按表顺序 {found.listed_loss_yuan:,.0f} 元；储能、照明、空调 {found.soft_kwh:,.0f} kWh；{found.quota_by}"
    )
    terminal().print(table)
    sites = Table("企业", "次数 calls", "小时 h", "kWh", "损失 元")
    for site in found.sites:
        borne = (str(site.calls), f"{site.hours:.1f}", f"{site.energy_kwh:,.0f}", f"{site.loss_yuan:,.0f}")
        sites.add_row(site.name, *borne)
    terminal().print(sites)


def _compare(found: tuple[Rehearsal, ...]) -> None:
    """The days on which the plans end differently."""
    table = Table(
        "日期 day", "需 kW need", *(f"{each.plan} 缺 kW missing" for each in found), title="方案比较 compared"
    )
    runs = compared_runs(found)
    for run in runs:
        missing = [None if day is None else day.missing_kw for day in run.by_plan]
        if len(set(missing)) > 1:
            shown = ("—" if kw is None else f"{kw:,.0f}" for kw in missing)
            table.add_row(f"{run.day} {run.start:%H:%M}-{run.end:%H:%M}", f"{run.need_kw:,.0f}", *shown)
    if not table.row_count:
        table.add_row("—", "", *("" for _ in found))
        table.caption = f"{len(runs)} 个时段结果相同 / the plans end alike in all {len(runs)} runs"
    terminal().print(table)


def register(app: typer.Typer) -> None:
    app.command("rehearse")(rehearse)
