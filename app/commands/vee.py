"""``vee``: validation, estimation and editing of readings from the command line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn
from rich.table import Table

from api.schemas.vee import FlagList, FlagOut, VeeDayOut
from app.clock import SystemClock
from app.commands.load import From, To, parse_span
from app.commands.options import AsJson, Config, actor, print_json, settings_from, terminal
from app.held_store import store_or_server
from app.local_server import LocalServer, finished
from app.wiring import open_vee
from config.settings import Settings
from domain.errors import Invalid
from domain.instants import local_date
from domain.people import SYSTEM, Principal, Role
from monitor.vee_desk import VeeDesk

app = typer.Typer(no_args_is_help=True, help="Validation, estimation and editing of readings. 数据验证、估计与编辑")
MeterOption = Annotated[str | None, typer.Option("--meter", help="Only this meter. 计量点")]
MOST_LISTED = 500


def _day(text: str | None, settings: Settings) -> date:
    if text is None:
        return local_date(SystemClock().now(), settings.district.zone) - timedelta(days=1)
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid(f"{text!r} is not a day such as 2026-07-20") from None


@contextmanager
def _desk(settings: Settings) -> Iterator[VeeDesk | LocalServer]:
    """The desk itself where the store can be opened, else the server that holds it."""
    with store_or_server(settings) as held:
        if isinstance(held, LocalServer):
            yield held
        else:
            yield open_vee(settings, held.store, held.ledger, held.clock)


@app.command()
def flags(
    first: From = None,
    last: To = None,
    meter: MeterOption = None,
    rule: Annotated[str | None, typer.Option("--rule", help="spike, gap, sum_check ... 规则")] = None,
    open_only: Annotated[bool, typer.Option("--open", help="Only those nobody has accepted. 仅未确认")] = False,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """What the rules found; left out, today. 验证标记"""
    settings = settings_from(config)
    zone = settings.district.zone
    span = parse_span(first, last, zone)
    with _desk(settings) as desk:
        if isinstance(desk, LocalServer):
            query = {"from": span.start.isoformat(), "to": span.end.isoformat(), "limit": str(MOST_LISTED)}
            query |= {k: v for k, v in (("meter", meter), ("rule", rule)) if v is not None}
            answer = FlagList.model_validate(desk.get("vee/flags", open=str(open_only).lower(), **query))
        else:
            page = desk.flags(SYSTEM, span, meter=meter, rule=rule, open_only=open_only, limit=MOST_LISTED)
            items = [FlagOut.of(flag, zone) for flag in page.items]
            answer = FlagList(items=items, next_cursor=page.next_cursor, total=page.total)
    if as_json:
        print_json(answer)
    elif not answer.items:
        typer.echo(
            "没有标记；若从未验证过，先运行 yingfeng vee run / no flags; if nothing was validated yet: yingfeng vee run"
        )
    else:
        terminal().print(_flag_table(answer))
        if answer.next_cursor is not None:
            typer.echo(f"{len(answer.items)} / {answer.total}；请缩小范围 narrow the span or give --meter")


def _flag_table(answer: FlagList) -> Table:
    table = Table("编号 id", "计量点 meter", "规则 rule", "起 from", "止 to", "说明 what", "确认 accepted")
    for flag in answer.items:
        table.add_row(
            str(flag.id),
            flag.meter,
            flag.rule,
            f"{flag.start:%m-%d %H:%M}",
            f"{flag.end:%m-%d %H:%M}",
            f"{flag.text_zh}\n{flag.text_en}",
            f"{flag.accepted_by}: {flag.note}" if flag.accepted_by else "",
        )
    return table


@app.command()
def show(
    meter: Annotated[str, typer.Argument(help="Meter id. 计量点")],
    day: Annotated[str | None, typer.Option("--day", help="Day; yesterday when left out. 日期")] = None,
    every: Annotated[bool, typer.Option("--all", help="Every interval, not only changed ones. 全部时段")] = False,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Raw and effective readings of a meter's day. 原始值与有效值"""
    settings = settings_from(config)
    chosen = _day(day, settings)
    with _desk(settings) as desk:
        if isinstance(desk, LocalServer):
            answer = VeeDayOut.model_validate(desk.get("vee/day", meter=meter, day=chosen.isoformat()))
        else:
            answer = VeeDayOut.of(desk.day(SYSTEM, meter, chosen), settings.district.zone)
    if as_json:
        print_json(answer)
        return
    shown = [p for p in answer.points if every or p.flag or p.raw_quality != "ok"]
    table = Table("时段 at", "原始 raw kW", "质量", "有效 effective kW", "标志 flag", "规则 rule", "修订", "操作者 by")
    for p in shown:
        raw, effective = (("—" if kw is None else f"{kw:,.2f}") for kw in (p.raw_kw, p.effective_kw))
        revision = str(p.revision) if p.revision else ""
        table.add_row(f"{p.at:%H:%M:%S}", raw, p.raw_quality, effective, p.flag, p.rule, revision, p.actor)
    table.title = f"{answer.meter} {answer.day} · {len(shown)} / {len(answer.points)}"
    terminal().print(table)


@app.command()
def run(
    first: Annotated[str | None, typer.Option("--from", help="First day; yesterday when left out. 起")] = None,
    last: Annotated[str | None, typer.Option("--to", help="Last day, included; as --from when left out. 止")] = None,
    meter: Annotated[list[str] | None, typer.Option("--meter", help="Only these meters. 计量点")] = None,
    config: Config = None,
) -> None:
    """Validate the days and estimate what is missing; done again it changes nothing. 运行验证与估计"""
    settings = settings_from(config)
    begin = _day(first, settings)
    end = begin if last is None else _day(last, settings)
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[note]}"))
    with _desk(settings) as desk, Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("验证与估计 vee", total=1.0, note="")
        if isinstance(desk, LocalServer):
            body = _on_server(desk, begin, end, meter, lambda s, n: bar.update(task, completed=s, note=n))
        else:
            told = _Told(lambda s, n: bar.update(task, completed=s, note=n))
            who = Principal(actor(), Role.ADMINISTRATOR)
            body = dict(desk.run(who, begin, end, tuple(meter) if meter else None, told).body)
    typer.echo(
        f"{body['meters']} 计量点 meters · 估计 estimated {body['estimated_intervals']:,} · "
        f"缺测 left missing {body['missing_intervals']:,} · 标记 flags {body['flags']:,} · "
        + (f"修订 revision {body['change']}" if body["change"] else "无新修订 no new revision")
    )


class _Told:
    """Progress of work done here."""

    def __init__(self, tell: Any) -> None:
        self._tell = tell

    def step(self, share: float, note: str = "") -> None:
        self._tell(share, note)


def _on_server(desk: LocalServer, first: date, last: date, meters: list[str] | None, tell: Any) -> dict[str, Any]:
    asked = {"from": first.isoformat(), "to": last.isoformat(), "meters": meters}
    return finished(desk, desk.post("vee/runs", asked), tell)
