"""``yingfeng orderly``: plans, gap, lists, orders and their execution. 有序用电"""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from api.schemas.executions import ExecutionOut
from api.schemas.orderly_gap import GapOut
from api.schemas.orders import OrderList, OrderOut
from api.schemas.seasons import SeasonLineOut, SeasonOut
from app.commands import (
    orderly_allocation,
    orderly_attachments,
    orderly_energy,
    orderly_inspections,
    orderly_orders,
    orderly_plan,
    rehearse,
)
from app.commands.options import AsJson, Config, settings_from, terminal
from app.commands.orderly_answers import asked, officer
from domain.scopes import Scope
from response.orderly.what_if import WhatIf

app = typer.Typer(no_args_is_help=True, help="Orderly power use. 有序用电")
app.add_typer(orderly_plan.app, name="plan")
rehearse.register(app)
orderly_allocation.register(app)
orderly_orders.register(app)
orderly_inspections.register(app)
orderly_attachments.register(app)
orderly_energy.register(app)


@app.command()
def gap(
    scope: Annotated[str, typer.Option("--scope", help="Left out: the district. 范围")] = "",
    hours: Annotated[int, typer.Option("--hours", min=1, max=168)] = 48,
    warmer: Annotated[float, typer.Option("--warmer", help="Degrees above the forecast. 升温")] = 0.0,
    cloudy: Annotated[float, typer.Option("--cloudy", help="Share of solar output lost, 0...1. 多云")] = 0.0,
    quota_change: Annotated[float, typer.Option("--quota", help="Share: -0.2 = a fifth less. 指标变化")] = 0.0,
    restart_kw: Annotated[float, typer.Option("--restart", help="kW of a plant that starts again. 复产")] = 0.0,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """The gap ahead by slot and the level it would mean; a level is drafted here, never begun. 缺口"""
    settings = settings_from(config)
    chosen = Scope.asked(scope)
    changes = WhatIf(warmer, cloudy, quota_change, restart_kw)
    query = {"warmer_c": warmer, "cloudy": cloudy, "quota_change": quota_change, "restart_kw": restart_kw}
    text = {name: str(value) for name, value in (query | {"scope": scope, "hours": hours}).items()}
    answer = asked(
        settings,
        lambda orderly: GapOut.of(
            orderly.gap.ahead(officer(), chosen, hours=hours, changes=changes), settings.district.zone
        ),
        lambda server: GapOut.model_validate(server.get("orderly/gap", **text)),
    )
    if as_json:
        typer.echo(answer.model_dump_json(indent=2))
        return
    table = Table("日期", "最大缺口 kW P50", "P90", "时刻", "占比 ratio", "颜色 colour", "等级 level", "时段 windows")
    for day in answer.days:
        windows = "、".join(f"{w.start:%H:%M}-{w.end:%H:%M}" for w in day.windows)
        row = (f"{day.gap_p50_kw:,.0f}", f"{day.gap_p90_kw:,.0f}", f"{day.worst_at:%H:%M}", f"{day.ratio:.1%}")
        table.add_row(day.day.isoformat(), *row, day.colour or "—", day.letter or "—", windows or "—")
    table.caption = "；".join([*answer.notes, f"预计最大 {answer.expected_maximum_kw:,.0f} kW（{answer.expected_by}）"])
    terminal().print(table)
    _tell_energy(answer)


def _tell_energy(answer: GapOut) -> None:
    for day in answer.energy_days:
        if day.gap_kwh is None or day.expected_kwh is None:
            typer.echo(f"{day.day} 电量尚不能预计 the day's energy cannot be told yet")
            continue
        close = (
            ""
            if not day.kw or day.window is None
            else (f"；{day.window.start:%H:%M}-{day.window.end:%H:%M} 压降 {day.kw / 1000:,.2f} MW 可补齐 closes it")
        )
        typer.echo(
            f"{day.day} 电量缺口 gap of energy {day.gap_kwh / 1000:+,.1f} MWh（指标 quota {day.quota_kwh / 1000:,.1f}，"
            f"预计 expected {day.expected_kwh / 1000:,.1f}，{day.ratio or 0:+.1%} {day.colour} {day.letter}）{close}"
        )


@app.command()
def orders(as_json: AsJson = False, config: Config = None) -> None:
    """Orders, the last to begin first. 调度令"""
    settings = settings_from(config)
    zone = settings.district.zone
    answer = asked(
        settings,
        lambda orderly: OrderList(items=[OrderOut.of(each, zone) for each in orderly.orders.orders(officer())]),
        lambda server: OrderList.model_validate(server.get("orderly/orders")),
    )
    if as_json:
        typer.echo(answer.model_dump_json(indent=2))
        return
    table = Table("编号 order", "指令 instruction", "状态 state", "户数", "合计 kW", "时段 windows", "确认 confirmed")
    for each in answer.items:
        windows = "、".join(f"{w.start:%m-%d %H:%M}-{w.end:%H:%M}" for w in each.windows)
        total = sum(line.kw for line in each.items if line.target == "reduction")
        number = each.instruction or ("演练 drill" if each.drill else "—")
        table.add_row(each.id, number, each.state, str(len(each.items)), f"{total:,.0f}", windows, each.confirmed_by)
    terminal().print(table)


@app.command()
def execution(
    order: Annotated[str, typer.Argument(help="调度令编号")], as_json: AsJson = False, config: Config = None
) -> None:
    """执行率, 到位率, everyone's figures, and who to call now. 执行情况"""
    settings = settings_from(config)
    answer = asked(
        settings,
        lambda orderly: ExecutionOut.of(orderly.executions.of(officer(), order), settings.district.zone),
        lambda server: ExecutionOut.model_validate(server.get(f"orderly/orders/{order}/execution")),
    )
    if as_json:
        typer.echo(answer.model_dump_json(indent=2))
        return
    table = Table("企业", "情况 standing", "应压 kW", "已压 kW", "缺 kW", "执行率", "到位", "超用 kWh", "电话")
    for item in answer.items:
        place = "—" if item.in_place is None else "是" if item.in_place else "否"
        row = (_kw(item.ordered_kw), _kw(item.reduction_kw), _kw(item.missing_kw), _share(item.rate), place)
        table.add_row(item.name, item.standing, *row, _kw(item.excess_kwh), item.phone)
    age = "—" if answer.baseline_age_days is None else str(answer.baseline_age_days)
    table.caption = (
        f"执行率 {_share(answer.total_rate)}  到位率 {_share(answer.in_place_rate)}  "
        f"判定 {answer.judged}/{answer.ordered}  次日表 pending {answer.pending}  "
        f"有效点 {_share(answer.valid_share)}  基线 {answer.baseline_method} {age} 天前"
    )
    terminal().print(table)


@app.command()
def season(
    year: Annotated[int, typer.Option("--year", min=2000, max=2100)],
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """公平账: calls, hours, kWh and loss of each enterprise this season."""
    answer = asked(
        settings_from(config),
        lambda orderly: SeasonOut(
            year=year, items=[SeasonLineOut.of(line) for line in orderly.fairness.of(officer(), year)]
        ),
        lambda server: SeasonOut.model_validate(server.get("orderly/season", year=str(year))),
    )
    if as_json:
        typer.echo(answer.model_dump_json(indent=2))
        return
    table = Table("企业", "次数 calls", "小时 h", "有序 kWh", "响应 kWh", "均衡 kWh even", "损失 元 loss")
    for line in answer.items:
        row = (f"{line.hours:.1f}", _kw(line.orderly_kwh), _kw(line.dr_kwh), _kw(line.even_kwh), _kw(line.loss_yuan))
        table.add_row(line.name, str(line.calls), *row)
    terminal().print(table)


def _kw(value: float | None) -> str:
    return "—" if value is None else f"{value:,.0f}"


def _share(value: float | None) -> str:
    return "—" if value is None else f"{value:.1%}"
