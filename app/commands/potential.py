"""``potential``: what each enterprise could shed or shift in a window of a day. 可调潜力"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Annotated

import typer
from rich.table import Table

from api.schemas.potential import PotentialsOut
from app.commands.options import AsJson, Config, settings_from, terminal
from app.held_store import store_or_server
from app.local_server import LocalServer
from app.wiring import open_potentials
from config.settings import Settings
from domain.errors import InsufficientData, Invalid
from domain.ids import EnterpriseId
from domain.people import SYSTEM
from monitor.baseline_data import ClockWindow

BASES = {
    "": "",
    "declared": "登记 declared",
    "reductions": "核定压降 verified reductions",
    "estimate": "按类别估计 estimate by class",
}
Enterprises = Annotated[
    list[str] | None, typer.Option("--enterprise", help="Id; may be given several times; all if left out. 企业")
]


def potential(
    day: Annotated[str | None, typer.Option("--day", help="Day of the window; tomorrow if left out. 日期")] = None,
    start: Annotated[str, typer.Option("--from", help="Begin, on a quarter hour. 起")] = "14:00",
    end: Annotated[str, typer.Option("--to", help="End, on a quarter hour. 止")] = "18:00",
    enterprise: Enterprises = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """What each enterprise could shed or shift in a window, with a confidence. 可调潜力"""
    settings = settings_from(config)
    found = _asked(settings, _day(settings, day), ClockWindow.parse(f"{start}-{end}"), enterprise or None)
    if as_json:
        typer.echo(found.model_dump_json(indent=2))
    else:
        terminal().print(_table(found))
        for each in found.held_against:
            share = f"{each.shed_kw:,.0f} / {each.required_kw:,.0f} kW"
            typer.echo(f"{each.name_zh} {each.name_en} ({each.share:.0%}): {share}")
    if found.items and found.unknown == len(found.items):
        raise InsufficientData("; ".join(sorted({each.reason for each in found.items})))


def _table(found: PotentialsOut) -> Table:
    title = f"{found.day} {found.start:%H:%M}-{found.end:%H:%M}"
    columns = (
        "enterprise 企业",
        "shed 可压 kW",
        "shift 可移 kW",
        "confidence 把握",
        "expected 预计 kW",
        "保安 security kW",
    )
    table = Table(*columns, "basis 依据", "note 说明", title=title)
    for each in found.items:
        security = _kw(each.security_kw) + ("" if each.security_registered or each.security_kw is None else " *")
        table.add_row(
            f"{each.enterprise} {each.name}",
            _kw(each.shed_kw),
            _kw(each.shift_kw),
            f"{each.confidence:.0%}" if each.confidence else "—",
            _kw(each.expected_kw),
            security,
            BASES[each.basis],
            each.reason,
        )
    table.caption = (
        f"合计 total {found.shed_kw:,.0f} kW, 其中可移 of it shift {found.shift_kw:,.0f} kW; "
        f"数据不足 unknown {found.unknown}, 保障类 protected {found.protected}; * 夜间基荷代替 night base stands in"
    )
    return table


def _kw(value: float | None) -> str:
    return "—" if value is None else f"{value:,.0f}"


def _asked(settings: Settings, day: date, window: ClockWindow, enterprises: list[str] | None) -> PotentialsOut:
    """From the store, or from the running server that holds it."""
    zone = settings.district.zone
    span = window.on(day, zone)
    with store_or_server(settings) as held:
        if isinstance(held, LocalServer):
            chosen = {} if enterprises is None else {"enterprise": enterprises}
            answer = held.get("potentials", day=day.isoformat(), window=str(window), **chosen)
            return PotentialsOut.model_validate(answer)
        desk = open_potentials(settings, held.store, held.ledger, held.clock)
        ids = None if enterprises is None else [EnterpriseId(each) for each in enterprises]
        found = desk.of(SYSTEM, ids, day, span.start_ms, span.end_ms)
        against = desk.held_against(SYSTEM, found, day) if ids is None else ()
    return PotentialsOut.of(found, day, span, zone, against)


def _day(settings: Settings, text: str | None) -> date:
    return datetime.now(settings.district.zone).date() + timedelta(days=1) if text is None else day_of(text)


def day_of(text: str) -> date:
    """Raises Invalid."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid(f"{text!r} is not a day such as 2026-07-28") from None


def register(app: typer.Typer) -> None:
    app.command()(potential)
