"""``store``: set up the time-series store, and see what it holds."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import asdict
from datetime import date, timedelta
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table

from app.adapters import open_ledger, open_store, open_store_administration
from app.bus import InProcessBus
from app.clock import SystemClock
from app.commands.options import AsJson, Config, settings_from, terminal
from app.metrics import PrometheusMetrics
from app.wiring import open_day_loads
from domain.errors import Invalid
from storage.setup import SeriesStatus, SetupItem, SetupState, StoreStatus

app = typer.Typer(no_args_is_help=True, help="The time-series store. 时序库")
WORDS = {
    SetupState.EXISTS: "已有 exists",
    SetupState.MISSING: "缺少 missing",
    SetupState.MADE: "已建 made",
    SetupState.DIFFERS: "不一致 differs",
    SetupState.NOT_NEEDED: "无需 not needed",
}


@app.command()
def init(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what is there and what would be made. 只预览")
    ] = False,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Make databases or buckets with their retention and mapping; a second time changes nothing. 初始化

    Exits 2 when something is there and not as the settings say.
    """
    with closing(open_store_administration(settings_from(config).store)) as administration:
        items = administration.init(dry_run=dry_run)
    differing = [item for item in items if item.state is SetupState.DIFFERS]
    if as_json:
        typer.echo(json.dumps({"dry_run": dry_run, "items": [asdict(item) for item in items]}, ensure_ascii=False))
    else:
        terminal().print(_items(items))
    if differing:
        raise Invalid(f"{len(differing)} thing(s) are there and not as the settings say; nothing of them was changed")


def _items(items: list[SetupItem]) -> Table:
    table = Table("对象 what", "名称 name", "状态 state", "说明 detail")
    for item in items:
        table.add_row(item.kind, item.name, WORDS[item.state], item.detail)
    return table


@app.command()
def status(config: Config = None, as_json: AsJson = False) -> None:
    """Server, version, buckets with retention, oldest and newest rows, series against the limit. 状态"""
    settings = settings_from(config)
    with closing(open_store_administration(settings.store)) as administration:
        found = administration.status()
    if as_json:
        typer.echo(json.dumps(_plain(found), ensure_ascii=False, indent=2))
        return
    _print(found, settings.district.zone)


@app.command("roll-up")
def roll_up(
    first: Annotated[str, typer.Option("--from", help="First day, 2025-01-01. 起")],
    last: Annotated[str, typer.Option("--to", help="Last day, included. 止")],
    config: Config = None,
) -> None:
    """Roll days up again for questions over years; a running server does so by itself. 重建日汇总

    For history that was imported, or written before roll-ups existed.
    """
    settings = settings_from(config)
    days = _days(first, last)
    clock = SystemClock()
    with closing(open_store(settings.store)) as store, closing(open_ledger(settings.ledger, clock)) as ledger:
        loads = open_day_loads(settings, store, ledger, clock, InProcessBus(), PrometheusMetrics())
        changed = sum(loads.roll_up(day) for day in track(days, "日汇总 days", console=Console(stderr=True)))
    typer.echo(f"{len(days):,} 天 days, {changed:,} 行有变化 rows new or changed")


def _days(first: str, last: str) -> list[date]:
    try:
        begin, end = date.fromisoformat(first), date.fromisoformat(last)
    except ValueError:
        raise Invalid(f"{first!r} and {last!r} must be days, as in 2025-01-01") from None
    if end < begin:
        raise Invalid(f"--to {last} lies before --from {first}")
    return [begin + timedelta(days=i) for i in range((end - begin).days + 1)]


def _plain(found: StoreStatus) -> dict[str, Any]:
    plain = asdict(found)
    for series in plain["series"]:
        for name in ("oldest", "newest"):
            series[name] = series[name].isoformat() if series[name] else None
    return plain


def _print(found: StoreStatus, zone: Any) -> None:
    terminal().print(f"{found.server}  {found.version}", markup=False, highlight=False)
    buckets = Table("库 database / bucket", "保留 retention", "")
    for bucket in found.buckets:
        kept = "永久 for ever" if bucket.retention_days is None else f"{bucket.retention_days:g} d"
        buckets.add_row(bucket.name, kept, "← store.bucket" if bucket.holds_readings else "")
    terminal().print(buckets)
    if not found.series:
        typer.echo("本库尚未建立 the database is not there yet: yingfeng store init")
        return
    table = Table("数据 rows of", "最早 oldest", "最新 newest", "序列 series", "上限 limit")
    for one in found.series:
        moments = (f"{at.astimezone(zone):%Y-%m-%d %H:%M}" if at else "—" for at in (one.oldest, one.newest))
        table.add_row(one.name, *moments, f"{one.series:,}", _limit(one))
    terminal().print(table)


def _limit(one: SeriesStatus) -> str:
    return "—" if one.limit is None else f"{one.limit:,} ({one.series / one.limit:.1%})"
