"""``import``: a file of recorded load straight into the store."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from app.adapters import ledger_exists, open_ledger, open_store
from app.clock import SystemClock
from app.commands.file_options import (
    ColumnText,
    File,
    IntervalText,
    LabelText,
    LayoutText,
    MapText,
    MultiplierText,
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
from app.wiring import open_derivation
from config.settings import Settings
from domain.registry import Registry
from ingest.file_layouts import Wanted
from ingest.importer import check_sites, describe, errors_as_lines, import_file
from ingest.sites import Site
from monitor.derived_days import keep_derived


def import_(
    file: File,
    layout: LayoutText = None,
    ts: TsText = None,
    interval: IntervalText = None,
    label: LabelText = None,
    unit: UnitText = None,
    tz: ZoneText = None,
    column: ColumnText = None,
    site: SiteText = None,
    value: ValueText = None,
    multiplier: MultiplierText = None,
    meters: MapText = None,
    create: Register = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the first day as read; write nothing. 试读")] = False,
    config: Config = None,
) -> None:
    """Load a file of recorded load straight into the store; done twice it changes nothing. 导入历史负荷"""
    settings = settings_from(config)
    zone = settings.district.zone
    clock = SystemClock()
    given = wanted_from(layout, ts, interval, label, unit, tz, column, site, value, multiplier, meters)
    if dry_run:
        _try(file, given, settings)
        return
    with closing(open_ledger(settings.ledger, clock, settings.district.zone)) as ledger:
        registry = ledger.registry.registry()
        history, wanted = read_asking(file, given, lambda read, wishes: check_sites(read, registry, zone, wishes))
        with closing(open_store(settings.store)) as store, progress_bar() as bar:
            task = bar.add_task("导入 import", total=history.values)
            report = import_file(
                file,
                wanted,
                store=store,
                registry=ledger.registry,
                zone=zone,
                actor=actor(),
                now_ms=clock.now_ms(),
                register=create,
                validation=settings.validation,
                on_progress=lambda done, total: bar.update(task, completed=done, total=total),
            )
            deriving = bar.add_task("需量 demand", total=100)
            keep_derived(
                store,
                open_derivation(settings, store, ledger),
                report.span,
                superseded=ledger.superseded,
                now=clock.now(),
                on_progress=lambda share: bar.update(deriving, completed=round(100 * share)),
            )
    typer.echo(
        f"{report.sites} 站点 sites ({len(report.registered)} 新建 new)  "
        f"{report.span.start.astimezone(zone):%Y-%m-%d %H:%M} - {report.span.end.astimezone(zone):%Y-%m-%d %H:%M}\n"
        f"入库 stored {report.stored:,}  重复 repeated {report.repeats:,}  标记 flagged {report.flagged:,}  "
        f"冲突 conflicts {len(report.conflicts):,}  拒绝 refused {report.refused + report.rejected:,}"
    )
    if report.errors:
        for line in errors_as_lines(report.errors[:20]):
            typer.echo(line)


def _try(file: Path, given: Wanted, settings: Settings) -> None:
    """The first day as read, with the meters its sites are; nothing is written, not even an empty ledger."""
    zone = settings.district.zone
    registry = Registry()
    if ledger_exists(settings.ledger):
        with closing(open_ledger(settings.ledger, SystemClock(), settings.district.zone)) as ledger:
            registry = ledger.registry.registry()
    known: dict[str, Site] = {}
    history, _ = read_asking(file, given, lambda read, wishes: known.update(check_sites(read, registry, zone, wishes)))
    for line in describe(history, zone, known):
        typer.echo(line)


def register(app: typer.Typer) -> None:
    app.command("import")(import_)
