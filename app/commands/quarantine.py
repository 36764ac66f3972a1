"""``quarantine``: messages that were refused, with their reason; replay them once the cause is gone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Annotated, Any

import typer
from rich.table import Table

from app.adapters import open_journal, open_ledger
from app.clock import SystemClock
from app.commands.options import AsJson, Config, actor, settings_from, terminal
from app.local_server import running_server
from domain.errors import Invalid, NotFound
from domain.people import Principal, Role
from ingest.quarantine import Quarantine
from storage.ledger_ports import Ledger, Quarantined
from storage.page import every

app = typer.Typer(no_args_is_help=True, help="Refused messages. 隔离区")
Reason = Annotated[str | None, typer.Option(help="Only this reason, e.g. unknown_meter. 原因")]
Item = Annotated[int, typer.Argument(help="Number of the item, from list. 编号")]


@contextmanager
def _ledger(config: Config) -> Iterator[Ledger]:
    with closing(open_ledger(settings_from(config).ledger, SystemClock())) as ledger:
        yield ledger


def _plain(item: Quarantined) -> dict[str, Any]:
    return {
        "id": item.id,
        "at": item.at.isoformat(),
        "topic": item.topic,
        "meter": item.meter,
        "reason": item.reason,
        "detail": item.detail,
        "state": item.state,
        "payload": item.payload.decode("utf-8", errors="backslashreplace"),
    }


@app.command("list")
def list_items(reason: Reason = None, limit: int = 50, config: Config = None, as_json: AsJson = False) -> None:
    """What is held now, newest first. 列出"""
    with _ledger(config) as ledger:
        page = ledger.quarantine.held(reason=reason, limit=limit)
    if as_json:
        typer.echo(json.dumps([_plain(i) for i in page.items], ensure_ascii=False, indent=2))
        return
    if not page.items:
        typer.echo("nothing is held 隔离区为空")
        return
    table = Table("id", "time 时间", "meter 计量点", "reason 原因", "detail 说明")
    for item in page.items:
        table.add_row(str(item.id), f"{item.at:%Y-%m-%d %H:%M:%S}Z", item.meter or "", item.reason, item.detail)
    terminal().print(table)
    if page.total > len(page.items):
        typer.echo(f"{len(page.items)} of {page.total}; --limit shows more")


@app.command()
def show(item: Item, config: Config = None) -> None:
    """One item whole, payload included. 查看"""
    with _ledger(config) as ledger:
        found = ledger.quarantine.item(item)
    if found is None:
        raise NotFound(f"quarantine has no item {item}; see yingfeng quarantine list")
    typer.echo(json.dumps(_plain(found), ensure_ascii=False, indent=2))


@app.command()
def replay(
    items: Annotated[list[int] | None, typer.Argument(help="Numbers of the items. 编号")] = None,
    reason: Annotated[str | None, typer.Option(help="All that are held for this reason, oldest first. 原因")] = None,
    config: Config = None,
) -> None:
    """Send items through ingest again, as if they had just arrived. 重放"""
    settings = settings_from(config)
    if (items is None) == (reason is None):
        raise Invalid("请给出编号，或 --reason 原因 / name the items, or --reason")
    if items is None:
        with _ledger(config) as ledger:
            held = every(lambda cursor: ledger.quarantine.held(reason=reason, cursor=cursor))
            items = sorted(each.id for each in held)
    server = running_server(settings)
    if server is not None:
        for item in items:
            server.post(f"quarantine/{item}/replay")
    else:
        with _ledger(config) as ledger, open_journal(settings.journal) as journal:
            desk = Quarantine(ledger.quarantine, journal, SystemClock())
            for item in items:
                desk.replay(Principal(actor(), Role.ADMINISTRATOR), item)
    typer.echo(f"{len(items)} replayed; what is still wrong comes back with its reason 已重放")
