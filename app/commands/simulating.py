"""``simulate``: a district that does not exist, over MQTT, with its clock."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing
from datetime import date, datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from app.adapters import open_ledger
from app.clock import SystemClock
from app.commands.options import Config, Register, actor, settings_from
from app.commands.publishing import Speed, broker_of
from app.wiring import open_policy
from config.settings import Settings
from domain.errors import Invalid
from domain.registry import Registry
from ingest.outlet import Outlet
from ingest.pace import Pace
from ingest.twin.publish import Sent, simulate
from ingest.twin.story import tell, usual_day


def simulate_(
    speed: Speed = 1.0,
    enterprises: Annotated[int, typer.Option(min=1, max=2000, help="How many enterprises. 企业数")] = 100,
    seed: Annotated[int, typer.Option(help="Another seed is another district. 随机种子")] = 1,
    day: Annotated[str | None, typer.Option(help="District day to begin with; default a hot working day. 日期")] = None,
    minutes: Annotated[float | None, typer.Option(help="End after so many district minutes. 时长")] = None,
    create: Register = False,
    config: Config = None,
) -> None:
    """Publish a simulated district over MQTT, with its clock. 模拟园区"""
    settings = settings_from(config)
    zone = settings.district.zone
    calendar = open_policy(settings).calendar
    try:
        shown = date.fromisoformat(day) if day else usual_day(datetime.now(zone).date(), calendar)
    except ValueError:
        raise Invalid(f"--day {day!r} is not a day such as 2026-07-22") from None
    story = tell(day=shown, seed=seed, n=enterprises, zone=zone, calendar=calendar, speed=speed)
    if create:
        _register(settings, story.registry)
    until = None if minutes is None else story.start + timedelta(minutes=minutes)
    with Outlet(broker_of(settings), client_id=f"simulate-{settings.district.id}") as outlet:
        sent = simulate(
            story.stream(settings.district.id),
            outlet,
            district_id=settings.district.id,
            pace=Pace(story.start, speed),
            until=until,
            on_progress=_told_every(10.0, zone),
        )
    typer.echo(f"{sent.messages:,} messages, {sent.readings:,} readings sent 已发送")


def _register(settings: Settings, registry: Registry) -> None:
    with closing(open_ledger(settings.ledger, SystemClock(), settings.district.zone)) as ledger:
        ledger.registry.put_versions(
            actor(),
            enterprises=registry.enterprises,
            accounts=registry.accounts,
            meters=registry.meters,
            source="district twin",
        )


def _told_every(seconds: float, zone: ZoneInfo) -> Callable[[Sent], None]:
    last = time.monotonic()

    def tell_progress(sent: Sent) -> None:
        nonlocal last
        if time.monotonic() - last >= seconds:
            last = time.monotonic()
            typer.echo(f"{sent.instant.astimezone(zone):%Y-%m-%d %H:%M}  {sent.readings:,} readings", err=True)

    return tell_progress


def register(app: typer.Typer) -> None:
    app.command("simulate")(simulate_)
