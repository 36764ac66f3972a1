"""``weather``: what is known of temperature and humidity, and taking in a file of it."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.table import Table

from api.schemas.weather import WeatherOut
from app.adapters import open_ledger
from app.clock import SystemClock
from app.commands.load import From, To, parse_instant, parse_span
from app.commands.options import AsJson, Config, actor, settings_from, terminal
from domain.errors import InsufficientData, Invalid
from ingest.weather_file import read_weather
from monitor.weather import WeatherHistory

app = typer.Typer(no_args_is_help=True, help="Weather, forecast then known. 气象")
File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV, plain or gzip. 文件")]
Column = Annotated[str, typer.Option(help="Column of it, where its name is unusual. 列名")]
Zone = Annotated[
    str | None, typer.Option("--tz", help="Zone of times without offset; the district's if left out. 时区")
]


@app.command()
def show(
    first: From = None,
    last: To = None,
    as_known_at: Annotated[
        str | None, typer.Option("--as-known-at", help="What was known at this instant, forecasts included. 截至时刻")
    ] = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Hourly temperature and humidity; measured values unless an instant is given. 查看"""
    settings = settings_from(config)
    zone = settings.district.zone
    span = parse_span(first, last, zone)
    issue = parse_instant(as_known_at, zone).astimezone(UTC) if as_known_at else None
    with closing(open_ledger(settings.ledger, SystemClock())) as ledger:
        history = WeatherHistory(ledger.weather)
        weather = history.known(span) if issue is None else history.as_known_at(issue, span)
    answer = WeatherOut.of(weather, issue, zone)
    if as_json:
        typer.echo(answer.model_dump_json(indent=2))
        return
    if not answer.coverage:
        raise InsufficientData(
            "nothing is known of the weather of this span; send it on the topic weather, set weather.url, or import "
            "a file with yingfeng weather import 该时段没有气象数据",
            coverage=0.0,
        )
    table = Table("hour 时刻", "°C", "humidity 湿度 %", "kind 类别")
    for hour in answer.hours:
        known = "" if hour.temperature_c is None else f"{hour.temperature_c:.1f}"
        damp = "" if hour.humidity_percent is None else f"{hour.humidity_percent:.0f}"
        kind = "—" if hour.temperature_c is None else ("forecast 预报" if hour.forecast else "measured 实测")
        table.add_row(f"{hour.hour:%Y-%m-%d %H:%M}", known, damp, kind)
    terminal().print(table)
    typer.echo(f"coverage 覆盖率 {answer.coverage:.0%}; gaps 缺口 {len(answer.gaps)}")


@app.command("import")
def import_(
    file: File,
    ts: Column = "",
    temperature: Column = "",
    humidity: Column = "",
    issued: Column = "",
    tz: Zone = None,
    source: Annotated[str, typer.Option(help="Who measured or forecast it; the file's name if left out. 来源")] = "",
    config: Config = None,
) -> None:
    """Take in a CSV file: times with temperature (and humidity, and when each value was issued). 导入"""
    settings = settings_from(config)
    try:
        zone = ZoneInfo(tz) if tz else settings.district.zone
    except (KeyError, ValueError, OSError):
        raise Invalid(f"--tz {tz!r} is not a time zone name such as Asia/Shanghai") from None
    columns = {"ts": ts, "temperature": temperature, "humidity": humidity, "issued": issued}
    rows, empty = read_weather(file, zone=zone, columns=columns, source=source)
    with closing(open_ledger(settings.ledger, SystemClock())) as ledger:
        kept = ledger.weather.put(rows, actor=actor())
    typer.echo(f"{kept} values kept from {rows.source}, {empty} lines without a temperature 已导入 {kept} 条")
