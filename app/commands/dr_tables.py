"""Answers about demand response as tables of the terminal."""

from __future__ import annotations

import typer
from rich.table import Table

from api.schemas.dr import EventList, EventOut, SelectionOut
from api.schemas.dr_pace import PaceOut
from api.schemas.dr_settlement import CheckOut, SettlementList
from app.commands.options import terminal
from domain.event_days import hours_text
from response.dr.paper_tables import VALIDITY


def _kw(value: float | None) -> str:
    return "—" if value is None else f"{value:,.0f}"


def events(found: EventList) -> None:
    table = Table("event 事件", "state 状态", "window 时段", "target 目标 kW", "cleared 出清 kW", "enterprises 企业")
    for each in found.items:
        cleared = sum(one.cleared_kw or 0.0 for one in each.participants)
        name = f"{each.id} {'【演练】' if each.drill else ''}{each.title}"
        when = f"{each.start:%Y-%m-%d} {hours_text(each.start, each.end)}"
        table.add_row(name, each.state, when, _kw(each.target_kw), _kw(cleared), str(len(each.participants)))
    terminal().print(table)


def event(found: EventOut) -> None:
    title = f"{found.id} {'【演练】' if found.drill else ''}{found.title}: {found.state} v{found.version}"
    table = Table(
        "enterprise 企业", "invited 邀约 kW", "answer 答复", "declared 应邀 kW", "cleared 出清 kW", title=title
    )
    for each in found.participants:
        answer = f"{each.answer or '—'} {each.remark}".strip()
        table.add_row(each.member, _kw(each.invited_kw), answer, _kw(each.declared_kw), _kw(each.cleared_kw))
    terminal().print(table)
    moves = ", ".join(found.moves) or "—"
    when = f"{found.start:%Y-%m-%d} {hours_text(found.start, found.end)}"
    typer.echo(f"{when}, {_kw(found.target_kw)} kW; 可做 possible: {moves}")


def candidates(found: SelectionOut) -> None:
    table = Table("enterprise 企业", "possible 可调 kW", "confidence 把握", "why not 未列原因")
    for mark, listed in (("● ", found.chosen), ("", found.reserve), ("✕ ", found.excluded)):
        for each in listed:
            name = f"{mark}{each.member} {each.name}"
            table.add_row(name, _kw(each.possible_kw), f"{each.confidence:.0%}", each.excluded)
    terminal().print(table)
    typer.echo(f"可计入 counted on {_kw(found.counted_kw)} kW, 目标 target {_kw(found.target_kw)} kW")


def pace(found: PaceOut) -> None:
    table = Table("enterprise 企业", "promised 约定 kW", "now 当前 kW", "share 完成", "phone 电话", title=found.text)
    for each in found.items:
        share = each.reason if each.share is None else f"{each.share:.0%}"
        phones = ", ".join(f"{one.name} {one.phone}" for one in each.contacts)
        name = f"{'☎ ' if each.member in found.rescue else ''}{each.member} {each.name}"
        table.add_row(name, _kw(each.promised_kw), _kw(each.reduction_kw), share, phones)
    terminal().print(table)
    if found.rescue:
        closes = f"{found.rescue_closes:.0%}"
        calls = len({each.enterprise for each in found.items if each.member in found.rescue})
        typer.echo(f"☎ 先打这 {calls} 家，可补缺口的 {closes} / they close {closes} of the shortfall")
    for one in found.rebound:
        typer.echo(f"反弹 rebound: {one.member} {one.name} {one.above_share:+.0%}")


def settlement(found: SettlementList) -> None:
    last = found.items[-1]
    title = f"{found.event} 第{last.revision}版 revision {last.revision}（补贴为测算 / pay is an estimate）"
    head = (
        "enterprise 企业",
        "R kW",
        "response 响应 kW",
        "ratio",
        "min",
        "verdict 结论",
        "kWh",
        "yuan 元",
        "official kW",
    )
    table = Table(*head, title=title)
    for row in last.items:
        table.add_row(
            row.member,
            _kw(row.promised_kw),
            "—" if row.response_kw is None else f"{row.response_kw:,.1f}",
            "—" if row.ratio is None else f"{row.ratio:.1%}",
            _kw(row.effective_min),
            VALIDITY[row.validity],
            f"{row.energy_kwh:,.1f}",
            "—" if row.pay_yuan is None else f"{row.pay_yuan:,.2f}",
            _kw(row.official_verified_kw),
        )
    terminal().print(table)
    for each in last.changed:
        verdicts = " → ".join(VALIDITY[word] for word in dict.fromkeys(each.validity))
        response, energy = (" → ".join(map(_kw, pair)) for pair in (each.response_kw, each.energy_kwh))
        typer.echo(f"较上一版 changed: {each.member} {verdicts}; {response} kW; {energy} kWh")


def checked(found: CheckOut) -> None:
    typer.echo(f"{found.event} 第{found.revision}版: {found.figures} figures computed again; root {found.root}")
    for title, lines in (
        ("被改动的读数 altered reading", found.altered_readings),
        ("被改动的文件 altered file", found.altered_files),
        ("重算不一致 differs", found.differences),
    ):
        for line in lines:
            typer.echo(f"{title}: {line}")
    typer.echo("完好 sound" if found.sound else "不可信 NOT SOUND")
