"""``backfill``: ask a meter's device for readings it has kept, and see what became of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.markup import escape
from rich.table import Table

from api.schemas.backfill import BackfillList, BackfillOut
from app.adapters import open_ledger
from app.clock import SystemClock
from app.commands.load import From, To, parse_span
from app.commands.options import AsJson, Config, actor, settings_from, terminal
from config.settings import Settings
from domain.errors import Invalid
from domain.instants import Span
from domain.people import Principal, Role
from monitor.backfill import Backfills

app = typer.Typer(help="Ask devices for readings they have kept. 向设备补采历史数据")
MeterOption = Annotated[str, typer.Option("--meter", help="The meter. 计量点")]


@contextmanager
def _requests(settings: Settings) -> Iterator[Backfills]:
    clock = SystemClock()
    with closing(open_ledger(settings.ledger, clock)) as ledger:
        yield Backfills(ledger.backfills, ledger.registry, settings, clock)


def _principal() -> Principal:
    return Principal(actor(), Role.ADMINISTRATOR)


@app.callback(invoke_without_command=True)
def ask(
    context: typer.Context,
    meter: MeterOption = "",
    first: From = None,
    last: To = None,
    reason: Annotated[str, typer.Option(help="Why, for the record. 原因")] = "",
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Ask for [from, to) of a meter; the running ingest sends it when the device is heard. 请求补采"""
    if context.invoked_subcommand is not None:
        return
    if not meter or first is None:
        raise Invalid("give --meter and --from (and --to), or the command list; see yingfeng backfill --help")
    settings = settings_from(config)
    zone = settings.district.zone
    span = parse_span(first, last, zone)
    utc = Span(span.start.astimezone(UTC), span.end.astimezone(UTC))
    with _requests(settings) as requests:
        made = requests.ask(_principal(), meter, utc, reason)
    _print(BackfillList(items=[BackfillOut.of(request, zone) for request in made]), as_json)
    if not as_json:
        typer.echo("recorded; the running ingest sends it: yingfeng backfill list 已登记，由采集进程下发")


@app.command("list")
def list_requests(meter: MeterOption = "", limit: int = 50, config: Config = None, as_json: AsJson = False) -> None:
    """Who asked for what, when, and what came of it; newest first. 查看补采记录"""
    settings = settings_from(config)
    zone: ZoneInfo = settings.district.zone
    with _requests(settings) as requests:
        page = requests.list(_principal(), meter=meter or None, limit=limit)
    _print(BackfillList(items=[BackfillOut.of(request, zone) for request in page.items]), as_json)


def _print(answer: BackfillList, as_json: bool) -> None:
    if as_json:
        typer.echo(answer.model_dump_json(indent=2))
        return
    if not answer.items:
        typer.echo("nothing was asked for 没有补采记录")
        return
    table = Table(
        "id", "meter 计量点", "from 起", "to 止", "by 请求人", "state 状态", "sent 下发", "readings 补到", "note 说明"
    )
    for item in answer.items:
        table.add_row(
            str(item.id),
            item.meter,
            f"{item.start:%m-%d %H:%M}",
            f"{item.end:%m-%d %H:%M}",
            escape(item.actor),
            item.state,
            f"{item.sent_at:%m-%d %H:%M:%S}" if item.sent_at else "-",
            str(item.rows_received),
            escape(item.note or item.reason),
        )
    terminal().print(table)
