"""``yingfeng orderly guard|guards|visit|visits|lot``: guarded sites, and who was looked at. 保供电、走访、双随机"""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer
from rich.table import Table

from api.schemas.inspections import GuardList, GuardOut, LotOut, VisitBody, VisitList, VisitOut
from app.commands.options import Config, settings_from, terminal
from app.commands.orderly_answers import asked, officer
from app.held_store import now
from domain.errors import Invalid
from domain.inspections import VisitKind
from domain.orderly import Guard

Enterprise = Annotated[str, typer.Argument(help="As E001. 企业编号")]


def guard(
    enterprise: Enterprise,
    first: Annotated[str, typer.Option("--from", help="First day. 起")],
    last: Annotated[str, typer.Option("--to", help="Last day, included. 止")],
    reason: Annotated[str, typer.Option("--reason", help="事由")],
    config: Config = None,
) -> None:
    """保供电: on no list and in no order in these days."""
    try:
        given = Guard(enterprise, date.fromisoformat(first), date.fromisoformat(last), reason, "")
    except ValueError:
        raise Invalid("日期应写作 2026-07-28 / a day is written 2026-07-28") from None
    body = {"enterprise": enterprise, "first": first, "last": last, "reason": reason}
    kept = asked(
        settings_from(config),
        lambda orderly: GuardOut.model_validate(orderly.orders.guard(officer(), given), from_attributes=True),
        lambda server: GuardOut.model_validate(server.post("orderly/guards", body)),
    )
    typer.echo(f"{kept.enterprise} {kept.first} – {kept.last} 保供电 guarded: {kept.reason}")


def guards(config: Config = None) -> None:
    """Every guarded site. 保供电对象"""
    answer = asked(
        settings_from(config),
        lambda orderly: GuardList(
            items=[GuardOut.model_validate(each, from_attributes=True) for each in orderly.orders.guards(officer())]
        ),
        lambda server: GuardList.model_validate(server.get("orderly/guards")),
    )
    table = Table("企业", "起", "止", "事由 reason", "登记 by")
    for each in answer.items:
        table.add_row(each.enterprise, str(each.first), str(each.last), each.reason, each.actor)
    terminal().print(table)


def visit(
    enterprise: Enterprise,
    finding: Annotated[str, typer.Option("--finding", help="发现")],
    by: Annotated[list[str], typer.Option("--by", help="Who came; more than once for more. 人员")],
    kind: Annotated[VisitKind, typer.Option("--kind", help="类别")] = VisitKind.SURVEY,
    follow_up: Annotated[str, typer.Option("--follow-up", help="整改")] = "",
    due: Annotated[str, typer.Option("--due", help="整改期限")] = "",
    config: Config = None,
) -> None:
    """Record a visit with its finding and what follows. 走访"""
    settings = settings_from(config)
    given = {"enterprise": enterprise, "kind": kind, "visitors": by, "finding": finding, "follow_up": follow_up}
    body = VisitBody.model_validate(given | {"at": now(settings), "due": due or None})
    kept = asked(
        settings,
        lambda orderly: VisitOut.of(orderly.visits.record(officer(), body.visit()), settings.district.zone),
        lambda server: VisitOut.model_validate(server.post("orderly/visits", body.model_dump(mode="json"))),
    )
    typer.echo(f"{kept.id} {kept.enterprise} 已记录 recorded")


def visits(config: Config = None) -> None:
    """The last first. 走访记录"""
    settings = settings_from(config)
    zone = settings.district.zone
    answer = asked(
        settings,
        lambda orderly: VisitList(items=[VisitOut.of(each, zone) for each in orderly.visits.visits(officer())]),
        lambda server: VisitList.model_validate(server.get("orderly/visits")),
    )
    table = Table("企业", "时间 at", "类别 kind", "人员 by", "发现 finding", "整改 to follow", "完成 done")
    for each in answer.items:
        follow = f"{each.follow_up} {each.due or ''}".strip()
        done = "" if not each.follow_up else "是" if each.done else "否"
        row = (f"{each.at:%m-%d %H:%M}", each.kind, "、".join(each.visitors), each.finding, follow, done)
        table.add_row(each.enterprise, *row)
    terminal().print(table)


def lot(
    count: Annotated[int, typer.Argument(min=1, help="How many enterprises. 户数")],
    officers: Annotated[list[str], typer.Option("--officer", help="Of whom two are drawn for each. 检查人员")],
    config: Config = None,
) -> None:
    """双随机: enterprises and officers by lot; the seed is kept."""
    settings = settings_from(config)
    zone = settings.district.zone
    found = asked(
        settings,
        lambda orderly: LotOut.of(orderly.visits.draw(officer(), count, tuple(officers)), zone),
        lambda server: LotOut.model_validate(server.post("orderly/lots", {"count": count, "officers": officers})),
    )
    table = Table("企业", "检查人员 officers", title=f"{found.id} 种子 seed {found.seed}")
    for pair in found.pairs:
        table.add_row(pair.enterprise, "、".join(pair.officers))
    terminal().print(table)


def register(app: typer.Typer) -> None:
    for command in (guard, guards, visit, visits, lot):
        app.command(command.__name__)(command)
