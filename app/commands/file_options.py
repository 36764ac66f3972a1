"""How a file of recorded load is to be read: the options of ``import`` and ``replay``, and the question for a doubt."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Annotated, get_args
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from domain.errors import Invalid
from ingest.file_history import History, read_history
from ingest.file_layouts import Ambiguous, Label, Multiplier, Shape, Unit, Wanted, parse_interval

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


def wanted_from(
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


def read_asking(
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
        return replace(wanted, zone=wanted_from(None, None, None, None, None, answer, None).zone)
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


def progress_bar() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )
