"""``yingfeng orderly instruct|issue|revise|lift``: from an instruction to an order and its lifting. 指令与调度令"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from api.schemas.instructions import InstructionBody, InstructionOut
from api.schemas.orderly_lists import NeedBody
from api.schemas.orders import OrderBody, OrderOut
from app.commands.options import Config, settings_from
from app.commands.orderly_answers import asked, officer
from app.commands.orderly_attachments import attach_to
from app.held_store import now
from config.settings import Settings
from domain.attachments import Attached, Subject
from domain.errors import Invalid
from domain.orderly import InstructionKind, Target, Window
from monitor.baseline_data import ClockWindow
from response.orderly.desk import OrderlyDesk
from response.orderly.order_lines import listed_order
from response.orderly.revising import Changes

OrderId = Annotated[str, typer.Argument(help="调度令编号")]
By = Annotated[str, typer.Option("--by", help="Who confirms it, by name; a drill needs none. 确认人")]


def instruct(
    number: Annotated[str, typer.Argument(help="文号")],
    issuer: Annotated[str, typer.Option("--issuer", help="Who issued it. 发文单位")],
    level: Annotated[str, typer.Option("--level", help="Colour or letter. 等级")] = "",
    mw: Annotated[float | None, typer.Option("--mw", help="压降兆瓦")] = None,
    lifts: Annotated[str, typer.Option("--lifts", help="Number this one lifts. 解除文号")] = "",
    received: Annotated[str | None, typer.Option("--received", help="2026-07-28T08:00+08:00; now if left out")] = None,
    scan: Annotated[Path | None, typer.Option("--scan", exists=True, dir_okay=False, help="扫描件")] = None,
    config: Config = None,
) -> None:
    """Register an instruction of city or power company, or its lifting. 登记指令"""
    settings = settings_from(config)
    try:
        at = datetime.fromisoformat(received) if received else now(settings)
    except ValueError:
        raise Invalid(f"时间 {received!r} 应写作 2026-07-28T08:00+08:00 / not an instant") from None
    body = InstructionBody(
        number=number,
        issuer=issuer,
        kind=InstructionKind.LIFT if lifts else InstructionKind.START,
        received_at=at if at.tzinfo else at.replace(tzinfo=settings.district.zone),
        level=level,
        reduction_kw=None if mw is None else mw * 1000,
        lifts=lifts,
    )
    kept = asked(
        settings,
        lambda orderly: InstructionOut.of(
            orderly.instructions.register(officer(), body.instruction()), settings.district.zone
        ),
        lambda server: InstructionOut.model_validate(server.post("orderly/instructions", body.model_dump(mode="json"))),
    )
    typer.echo(f"{kept.number} {kept.kind} {kept.received_at:%Y-%m-%d %H:%M} 已登记 registered")
    if scan is not None:
        attach_to(settings, Subject(Attached.INSTRUCTION, kept.number), [scan])


def prepare_order(settings: Settings, need: NeedBody, number: str, target: Target, *, drill: bool) -> str:
    """The list of its need is solved and ordered; nothing is told to anybody yet. Returns its id."""

    def here(orderly: OrderlyDesk) -> str:
        answer = orderly.allocations.solve(officer(), need.need())
        new = listed_order(answer, number, target, drill=drill)
        return orderly.orders.prepare(officer(), new).id

    body = OrderBody(instruction=number, need=need, target=target, drill=drill)
    return asked(settings, here, lambda server: str(server.post("orderly/orders", body.model_dump(mode="json"))["id"]))


def issue(order: OrderId, by: By = "", config: Config = None) -> None:
    """Confirm by name: the baseline is frozen and the notices leave. 下达"""
    settings = settings_from(config)
    done = asked(
        settings,
        lambda orderly: OrderOut.of(orderly.orders.issue(officer(), order, officer=by), settings.district.zone),
        lambda server: OrderOut.model_validate(server.post(f"orderly/orders/{order}/issue", {"officer": by})),
    )
    typer.echo(f"{done.id} {len(done.items)} 户 enterprises {done.confirmed_by} 已下达 issued")


def revise(
    order: OrderId,
    by: By = "",
    hours: Annotated[str, typer.Option("--hours", help="As 14:00-17:00: those of the day from now on. 时段")] = "",
    day: Annotated[str, typer.Option("--day", help="Of the hours; today if left out. 日期")] = "",
    kw: Annotated[list[str] | None, typer.Option("--set", help="E001=200; who is not on it joins. 调整")] = None,
    drop: Annotated[list[str] | None, typer.Option("--drop", help="Who leaves the list. 移出")] = None,
    config: Config = None,
) -> None:
    """Other hours, kW or enterprises of an order in force; those it hits are told. 调整、延长"""
    settings = settings_from(config)
    zone = settings.district.zone
    window = _hours(hours, day, settings) if hours else None
    changes = Changes(window, _kw(kw or ()), tuple(drop or ()))
    body: dict[str, object] = {"officer": by or None, "kw": dict(changes.kw), "dropped": list(changes.dropped)}
    if window is not None:
        body["hours"] = {"start": window.start.isoformat(), "end": window.end.isoformat()}
    done = asked(
        settings,
        lambda orderly: OrderOut.of(orderly.orders.amend(officer(), order, changes, officer=by), zone),
        lambda server: OrderOut.model_validate(server.post(f"orderly/orders/{order}/revise", body)),
    )
    spans = "、".join(f"{each.start:%m-%d %H:%M}-{each.end:%H:%M}" for each in done.windows)
    typer.echo(f"{done.id} 第 {done.revision} 版 revision {spans} {len(done.items)} 户 enterprises 已调整 revised")


def _hours(text: str, day: str, settings: Settings) -> Window:
    try:
        chosen = date.fromisoformat(day) if day else now(settings).date()
    except ValueError:
        raise Invalid(f"日期应写作 2026-07-28 / a day is written 2026-07-28, not {day}") from None
    span = ClockWindow.parse(text).on(chosen, settings.district.zone)
    return Window(span.start, span.end)


def _kw(texts: Sequence[str]) -> dict[str, float]:
    found = {}
    for text in texts:
        name, _, kw = text.partition("=")
        try:
            found[name.strip()] = float(kw)
        except ValueError:
            raise Invalid(f"{text} 应写作 E001=200 / must be written E001=200") from None
    return found


def lift(
    order: OrderId,
    reason: Annotated[str, typer.Option("--reason", help="Number of the lifting, or why. 解除文号或事由")],
    by: By = "",
    config: Config = None,
) -> None:
    """Lift an order; good results lift nothing by themselves. 解除"""
    settings = settings_from(config)
    body = {"officer": by, "reason": reason}
    done = asked(
        settings,
        lambda orderly: OrderOut.of(
            orderly.orders.lift(officer(), order, officer=by, reason=reason), settings.district.zone
        ),
        lambda server: OrderOut.model_validate(server.post(f"orderly/orders/{order}/lift", body)),
    )
    typer.echo(f"{done.id} 已解除 lifted: {done.lift_reason}")


def register(app: typer.Typer) -> None:
    app.command("instruct")(instruct)
    app.command("issue")(issue)
    app.command("revise")(revise)
    app.command("lift")(lift)
