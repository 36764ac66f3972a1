"""``yingfeng orderly allocate``: a need becomes a list, and the list, if asked for, a prepared order. 分解"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated

import typer
from rich.table import Table

from api.schemas.orderly_lists import AllocationOut, NeedBody
from app.commands import orderly_orders
from app.commands.options import AsJson, Config, settings_from, terminal
from app.commands.orderly_answers import asked, officer
from app.held_store import now
from config.settings import Settings
from domain.errors import InsufficientData, Invalid
from domain.orderly import Target, Window
from monitor.baseline_data import ClockWindow
from response.orderly.order_words import RANKS

Day = Annotated[str | None, typer.Option("--day", help="Of the window; tomorrow if left out. 日期")]


def allocate(
    mw: Annotated[float, typer.Option("--mw", help="Need in MW. 需压降兆瓦")],
    start: Annotated[str, typer.Option("--from", help="14:00. 起")],
    end: Annotated[str, typer.Option("--to", help="16:00. 止")],
    day: Day = None,
    level: Annotated[str, typer.Option("--level", help="Left out: what the need asks for. 等级")] = "",
    plan: Annotated[str, typer.Option("--plan", help="Left out: the approved one. 方案")] = "",
    pin: Annotated[list[str] | None, typer.Option("--pin", help="E001 or E001=200. 指定")] = None,
    exclude: Annotated[list[str] | None, typer.Option("--exclude", help="E001=why. 排除")] = None,
    scope: Annotated[str, typer.Option("--scope", help="feeder:F1: only who is on it. 线路、变电站")] = "",
    outside: Annotated[str, typer.Option("--outside", help="Why the approved level is left. 超等级理由")] = "",
    approver: Annotated[str, typer.Option("--approver", help="Who approves leaving it. 批准人")] = "",
    prepare: Annotated[str, typer.Option("--prepare", help="Prepare the order under this instruction. 拟令文号")] = "",
    drill: Annotated[bool, typer.Option("--drill", help="Prepare it as a drill. 演练")] = False,
    cap: Annotated[bool, typer.Option("--cap", help="Order caps (压至), not reductions (压降).")] = False,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """A need becomes a list, with a sentence for everyone on it and everyone not. Nothing is ordered. 分解"""
    settings = settings_from(config)
    window = _window(settings, day, start, end)
    body = NeedBody(
        kw=mw * 1000.0,
        start=window.start,
        end=window.end,
        level=level,
        plan=plan,
        scope=scope,
        outside_level=outside,
        approver=approver,
        pinned=_pinned(pin or []),
        excluded={name: why or "—" for name, _, why in (text.partition("=") for text in exclude or [])},
    )
    answer = asked(
        settings,
        lambda orderly: AllocationOut.of(orderly.allocations.solve(officer(), body.need()), settings.district.zone),
        lambda server: AllocationOut.model_validate(server.post("orderly/allocations", body.model_dump(mode="json"))),
    )
    if as_json:
        typer.echo(answer.model_dump_json(indent=2))
    else:
        _print_list(answer)
    if prepare or drill:
        target = Target.CAP if cap else Target.REDUCTION
        ident = orderly_orders.prepare_order(settings, body, prepare, target, drill=drill)
        typer.echo(f"已拟定 prepared {ident}; yingfeng orderly issue {ident} --by NAME", err=True)
    if answer.missing_kw > 0:
        raise InsufficientData("；".join(answer.missing_zh) + " / " + "; ".join(answer.missing_en))


def _window(settings: Settings, day: str | None, start: str, end: str) -> Window:
    zone = settings.district.zone
    try:
        chosen = date.fromisoformat(day) if day else now(settings).date() + timedelta(days=1)
    except ValueError:
        raise Invalid(f"日期 {day!r} 应写作 2026-07-28 / a day is written 2026-07-28") from None
    span = ClockWindow.parse(f"{start}-{end}").on(chosen, zone)
    return Window(span.start, span.end)


def _pinned(pins: list[str]) -> dict[str, float]:
    pinned: dict[str, float] = {}
    for text in pins:
        name, _, kw = text.partition("=")
        try:
            pinned[name] = float(kw or 0)
        except ValueError:
            raise Invalid(f"--pin {text}: 应写作 E001=200 / written E001=200, in kW") from None
    return pinned


def _print_list(answer: AllocationOut) -> None:
    ranks = {str(rank): " ".join(words) for rank, words in RANKS.items()}
    table = Table(
        "企业",
        "措施 rank",
        "压降 kW",
        "可计 kW",
        "把握",
        "损失 元",
        "理由 why",
        title=f"{answer.plan} {answer.level}级",
    )
    for line in answer.items:
        figures = (f"{line.order_kw:,.0f}", f"{line.counted_kw:,.0f}", f"{line.confidence:.0%}", f"{line.yuan:,.0f}")
        table.add_row(line.name, ranks[line.rank], *figures, f"{line.why_zh}\n{line.why_en}")
    gap = "—" if answer.relative_gap is None else f"{answer.relative_gap:.2%}"
    table.caption = (
        f"需 {answer.kw:,.0f} kW，可计 {answer.counted_kw:,.0f} kW；{answer.method}，与最优差距 {gap}；"
        f"损失 {answer.loss_yuan:,.0f} 元，按表顺序则 {answer.listed_loss_yuan:,.0f} 元"
    )
    terminal().print(table)
    for each in answer.spared:
        typer.echo(f"未列入 not called  {each.name}: {each.why_zh} / {each.why_en}")


def register(app: typer.Typer) -> None:
    app.command("allocate")(allocate)
