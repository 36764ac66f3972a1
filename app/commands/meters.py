"""``meter``: what happens to a meter itself. ``meter exchange``: the old one was taken down and a new one put up."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated

import typer
from rich.table import Table

from api.schemas.exchanges import ExchangeList, ExchangeOut
from app.commands.options import AsJson, Config, actor, settings_from, terminal
from app.held_store import store_or_server
from app.local_server import LocalServer
from app.wiring import open_vee
from config.settings import Settings
from domain.errors import Invalid
from domain.people import SYSTEM, Principal, Role
from monitor.meter_exchange import ExchangeAsked, ExchangeDesk

app = typer.Typer(no_args_is_help=True, help="What happens to a meter itself. 计量点")
exchange = typer.Typer(no_args_is_help=True, help="A meter was exchanged. 换表")
app.add_typer(exchange, name="exchange")
MeterArgument = Annotated[str, typer.Argument(help="Meter id. 计量点")]
AtOption = Annotated[str, typer.Option("--at", help="Instant, 2026-07-28T10:20 in district time. 换表时刻")]


@contextmanager
def _desk(settings: Settings) -> Iterator[ExchangeDesk | LocalServer]:
    """The desk itself where the store can be opened, else the server that holds it."""
    with store_or_server(settings) as held:
        if isinstance(held, LocalServer):
            yield held
        else:
            yield open_vee(settings, held.store, held.ledger, held.clock).exchanges


def _instant(text: str, settings: Settings) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise Invalid(f"--at {text!r} is not an instant such as 2026-07-28T10:20") from None
    return at if at.tzinfo is not None else at.replace(tzinfo=settings.district.zone)


def _officer() -> Principal:
    return Principal(actor(), Role.OFFICER)


@exchange.command()
def add(
    meter: MeterArgument,
    at: AtOption,
    closing_kwh: Annotated[float, typer.Option("--closing", min=0, help="Old meter's last register [kWh]. 旧表止码")],
    opening_kwh: Annotated[float, typer.Option("--opening", min=0, help="New meter's first register [kWh]. 新表起码")],
    source: Annotated[str, typer.Option("--source", help="Where it comes from, such as the work order. 来源")],
    multiplier: Annotated[
        float | None, typer.Option("--multiplier", min=0, help="Of the new meter; left out, as before. 新倍率")
    ] = None,
    config: Config = None,
) -> None:
    """Enter an exchange; the day and all later days it touches are derived again. 登记换表"""
    settings = settings_from(config)
    instant = _instant(at, settings)
    with _desk(settings) as desk:
        if isinstance(desk, LocalServer):
            body = {"meter": meter, "at": instant.isoformat(), "closing_kwh": closing_kwh, "opening_kwh": opening_kwh}
            made = ExchangeOut.model_validate(
                desk.post("vee/exchanges", {**body, "multiplier": multiplier, "source": source})
            )
        else:
            asked = ExchangeAsked(meter, instant, closing_kwh, opening_kwh, source, multiplier)
            made = ExchangeOut.of(desk.record(_officer(), asked), settings.district.zone)
    typer.echo(f"已登记 kept: {_sentence(made)}")


@exchange.command()
def undo(
    meter: MeterArgument,
    at: AtOption,
    reason: Annotated[str, typer.Option("--reason", help="Why it is taken back. 原因")],
    config: Config = None,
) -> None:
    """As if it had not been entered. 撤销换表"""
    settings = settings_from(config)
    instant = _instant(at, settings)
    with _desk(settings) as desk:
        if isinstance(desk, LocalServer):
            body = {"meter": meter, "at": instant.isoformat(), "reason": reason}
            gone = ExchangeOut.model_validate(desk.post("vee/exchanges/undo", body))
        else:
            gone = ExchangeOut.of(desk.undo(_officer(), meter, instant, reason), settings.district.zone)
    typer.echo(f"已撤销 taken back: {_sentence(gone)}")


@exchange.command("list")
def list_exchanges(
    meter: Annotated[str | None, typer.Option("--meter", help="Only this meter. 计量点")] = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Exchanges that are kept. 换表记录"""
    settings = settings_from(config)
    with _desk(settings) as desk:
        if isinstance(desk, LocalServer):
            query = {} if meter is None else {"meter": meter}
            found = ExchangeList.model_validate(desk.get("vee/exchanges", **query))
        else:
            zone = settings.district.zone
            found = ExchangeList(items=[ExchangeOut.of(each, zone) for each in desk.list(SYSTEM, meter)])
    if as_json:
        typer.echo(found.model_dump_json(indent=2))
    elif not found.items:
        typer.echo("没有换表记录 / no exchange is kept")
    else:
        terminal().print(_table(found))


def _sentence(made: ExchangeOut) -> str:
    return (
        f"{made.meter} {made.at:%Y-%m-%d %H:%M}, {made.closing_kwh:g} → {made.opening_kwh:g} kWh, "
        f"x {made.old_multiplier:g} → {made.new_multiplier:g}"
    )


def _table(found: ExchangeList) -> Table:
    table = Table(
        "计量点 meter", "时刻 at", "旧表止码 closing", "新表起码 opening", "倍率 multiplier", "来源 source", "经办 by"
    )
    for each in found.items:
        change = f"{each.old_multiplier:g} → {each.new_multiplier:g}"
        table.add_row(
            each.meter,
            f"{each.at:%Y-%m-%d %H:%M}",
            f"{each.closing_kwh:g}",
            f"{each.opening_kwh:g}",
            f"{each.old_multiplier:g}" if each.old_multiplier == each.new_multiplier else change,
            each.source,
            each.actor,
        )
    return table
