"""Data in: ``simulate`` a district, ``replay`` a history over MQTT, ``import`` one straight into the store."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated, get_args
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from app.clock import SystemClock
from app.commands.options import Config, actor, settings_from
from app.wiring import ledger_exists, open_derivation, open_ledger, open_policy, open_store
from config.settings import MqttSettings, Settings
from domain.errors import Invalid
from domain.instants import Span, day_span
from domain.registry import Registry
from ingest.file_history import History, read_history
from ingest.file_layouts import Ambiguous, Label, Multiplier, Shape, Unit, Wanted, parse_interval
from ingest.importer import check_sites, describe, errors_as_lines, import_file, place_sites
from ingest.outlet import Outlet
from ingest.pace import Pace
from ingest.replay import PositionFile, Replayed, replay, resume_instant
from ingest.sites import Site
from ingest.twin.publish import Sent, simulate
from ingest.twin.story import tell, usual_day
from monitor.derived_days import keep_derived

File = Annotated[
    Path, typer.Argument(exists=True, dir_okay=False, help="Excel (.xlsx, .xls), CSV (plain or gzip) or Parquet. 文件")
]
LayoutText = Annotated[Shape | None, typer.Option("--layout", help="One column per site, or one row per value. 版式")]
TsText = Annotated[str | None, typer.Option("--ts", help="Column of the time. 时间列")]
IntervalText = Annotated[str | None, typer.Option("--interval", help="15m, 1h, 60s. 间隔")]
LabelText = Annotated[Label | None, typer.Option("--label", help="A row's time is the interval's start or end. 时标")]
UnitText = Annotated[Unit | None, typer.Option("--unit", help="kw, or kwh of the interval. 单位")]
ZoneText = Annotated[str | None, typer.Option("--tz", help="Zone of times without offset, e.g. Asia/Shanghai. 时区")]
ColumnText = Annotated[list[str] | None, typer.Option("--column", help="Only this load column; repeat it. 列")]
SiteText = Annotated[str | None, typer.Option("--site", help="Long files: column of the site. 站点列")]
ValueText = Annotated[str | None, typer.Option("--value", help="Long files: column of the value. 数值列")]
MultiplierText = Annotated[
    Multiplier | None,
    typer.Option("--multiplier", help="apply: multiply the values by 倍率; applied: they are multiplied already. 倍率"),
]
MapText = Annotated[
    list[str] | None, typer.Option("--map", help="Which meter a site of the file is: 0330000001=M001; repeat it. 对应")
]
Register = Annotated[bool, typer.Option("--register", help="Create the sites the registry does not know. 自动建档")]
Speed = Annotated[float, typer.Option(min=0.1, max=100_000, help="District seconds per real second. 倍速")]


def _wanted(
    layout: Shape | None,
    ts: str | None,
    interval: str | None,
    label: Label | None,
    unit: Unit | None,
    tz: str | None,
    columns: list[str] | None,
    site: str | None = None,
    value: str | None = None,
    multiplier: Multiplier | None = None,
    meters: list[str] | None = None,
) -> Wanted:
    try:
        zone = ZoneInfo(tz) if tz else None
    except (KeyError, ValueError, OSError):
        raise Invalid(f"--tz {tz!r} is not a time zone name such as Asia/Shanghai") from None
    return Wanted(
        layout=layout,
        ts=ts,
        interval_s=parse_interval(interval) if interval else None,
        label=label,
        unit=unit,
        zone=zone,
        columns=tuple(columns or ()),
        site=site,
        value=value,
        multiplier=multiplier,
        meters=tuple(_mapped(text) for text in meters or ()),
    )


def _mapped(text: str) -> tuple[str, str]:
    site, separator, meter = text.rpartition("=")
    if not separator or not site or not meter:
        raise Invalid(f"--map {text!r} must be SITE=METER, as in 0330000001=M001")
    return site.strip(), meter.strip()


def _read(
    path: Path, wanted: Wanted, check: Callable[[History, Wanted], object] = lambda _h, _w: None
) -> tuple[History, Wanted]:
    """Read the file; on a terminal a doubt is asked, elsewhere it ends the command with the option to give.

    check : what else may leave a doubt, such as which meter a site is
    """
    while True:
        try:
            history = read_history(path, wanted)
            check(history, wanted)
        except Ambiguous as doubt:
            if not sys.stdin.isatty():
                raise
            typer.echo(f"{doubt.question_zh} {doubt.question_en} {' | '.join(doubt.choices)}")
            answer = typer.prompt(f"--{doubt.option}").strip()
            wanted = _answered(wanted, doubt.option, answer)
        else:
            return history, wanted


def _answered(wanted: Wanted, option: str, answer: str) -> Wanted:
    """The same wishes with one doubt settled."""
    if option == "tz":
        return replace(wanted, zone=_wanted(None, None, None, None, None, answer, None).zone)
    if option == "interval":
        return replace(wanted, interval_s=parse_interval(answer))
    if option == "map":
        return replace(wanted, meters=(*wanted.meters, _mapped(answer)))
    known = {"layout": Shape, "label": Label, "unit": Unit, "multiplier": Multiplier}
    choices = get_args(known[option]) if option in known else None
    if choices is not None and answer not in choices:
        raise Invalid(f"{answer!r} is not one of {', '.join(choices)}")
    if option not in ("layout", "label", "unit", "ts", "site", "value", "multiplier"):
        raise Invalid(f"give --{option} on the command line")
    return replace(wanted, **{option: answer})  # type: ignore[arg-type]


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )


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
    given = _wanted(layout, ts, interval, label, unit, tz, column, site, value, multiplier, meters)
    if dry_run:
        _try(file, given, settings)
        return
    with closing(open_ledger(settings.ledger, clock, settings.district.zone)) as ledger:
        registry = ledger.registry.registry()
        history, wanted = _read(file, given, lambda read, wishes: check_sites(read, registry, zone, wishes))
        with closing(open_store(settings.store)) as store, _progress() as bar:
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
    history, _ = _read(file, given, lambda read, wishes: known.update(check_sites(read, registry, zone, wishes)))
    for line in describe(history, zone, known):
        typer.echo(line)


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
    history, _ = _read(file, _wanted(layout, ts, interval, label, unit, tz, column, site, value))
    span = _part(history.span, first, last, zone)
    with closing(open_ledger(settings.ledger, SystemClock(), settings.district.zone)) as ledger:
        sites, made = place_sites(history, ledger.registry, zone, actor=actor(), register=create, source=file.name)
        if made:
            typer.echo(f"{len(made)} 站点新建 sites registered")
    where = PositionFile(position, f"{file.name} {span.start.isoformat()} {span.end.isoformat()}") if position else None
    with Outlet(_broker(settings), client_id=f"replay-{settings.district.id}") as outlet, _progress() as bar:
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


def _broker(settings: Settings) -> MqttSettings:
    if settings.mqtt.url == "embedded":
        raise Invalid("mqtt.url is embedded: name a broker that a server listens to, as in mqtt://127.0.0.1:1883")
    return settings.mqtt


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
    with Outlet(_broker(settings), client_id=f"simulate-{settings.district.id}") as outlet:
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
    app.command("import")(import_)
    app.command("replay")(replay_)
    app.command("simulate")(simulate_)
