"""``replay``: a recorded history over MQTT, with its clock."""

from __future__ import annotations

from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from app.adapters import open_ledger
from app.clock import SystemClock
from app.commands.file_options import (
    ColumnText,
    File,
    IntervalText,
    LabelText,
    LayoutText,
    SiteText,
    TsText,
    UnitText,
    ValueText,
    ZoneText,
    progress_bar,
    read_asking,
    wanted_from,
)
from app.commands.options import Config, Register, actor, settings_from
from app.commands.publishing import Speed, broker_of
from domain.errors import Invalid
from domain.instants import Span, day_span
from ingest.importer import place_sites
from ingest.outlet import Outlet
from ingest.pace import Pace
from ingest.replay import PositionFile, Replayed, replay, resume_instant


def replay_(
    file: File,
    speed: Speed = 60.0,
    first: Annotated[str | None, typer.Option("--from", help="First day, e.g. 2026-07-20. 起始日")] = None,
    last: Annotated[str | None, typer.Option("--to", help="Last day, included. 结束日")] = None,
    layout: LayoutText = None,
    ts: TsText = None,
    interval: IntervalText = None,
    label: LabelText = None,
    unit: UnitText = None,
    tz: ZoneText = None,
    column: ColumnText = None,
    site: SiteText = None,
    value: ValueText = None,
    create: Register = False,
    position: Annotated[Path | None, typer.Option(help="File that remembers where an interrupted replay was.")] = None,
    config: Config = None,
) -> None:
    """Publish a recorded history over MQTT, with its clock. 回放历史负荷"""
    settings = settings_from(config)
    zone = settings.district.zone
    history, _ = read_asking(file, wanted_from(layout, ts, interval, label, unit, tz, column, site, value))
    span = _part(history.span, first, last, zone)
    with closing(open_ledger(settings.ledger, SystemClock(), settings.district.zone)) as ledger:
        sites, made = place_sites(history, ledger.registry, zone, actor=actor(), register=create, source=file.name)
        if made:
            typer.echo(f"{len(made)} 站点新建 sites registered")
    where = PositionFile(position, f"{file.name} {span.start.isoformat()} {span.end.isoformat()}") if position else None
    with Outlet(broker_of(settings), client_id=f"replay-{settings.district.id}") as outlet, progress_bar() as bar:
        task = bar.add_task("回放 replay", total=100)

        def show(done: Replayed) -> None:
            told = f"回放 replay {done.instant.astimezone(zone):%m-%d %H:%M} {done.readings:,}"
            bar.update(task, completed=round(done.share * 100), description=told)

        done = replay(
            history.parts,
            sites,
            outlet,
            district_id=settings.district.id,
            pace=Pace(resume_instant(span, where), speed),
            span=span,
            position=where,
            on_progress=show,
        )
    typer.echo(f"{done.readings:,} 读数已发送 readings sent")


def _part(whole: Span, first: str | None, last: str | None, zone: ZoneInfo) -> Span:
    try:
        start = day_span(date.fromisoformat(first), zone).start if first else whole.start
        end = day_span(date.fromisoformat(last), zone).end if last else whole.end
    except ValueError:
        raise Invalid(f"--from {first!r} and --to {last!r} must be days such as 2026-07-20") from None
    return Span(max(start, whole.start), min(end, whole.end))


def register(app: typer.Typer) -> None:
    app.command("replay")(replay_)
