"""``yingfeng``: the command line. Exits 0 done, 2 usage, 3 insufficient data, 4 unavailable."""

from __future__ import annotations

import logging
import os
import sys

import typer
from rich.console import Console

from app.commands import (
    backfill,
    baselines,
    behaviour,
    billing,
    broker,
    check,
    data,
    demo,
    forecast,
    intensity,
    journal,
    load,
    load_analyses,
    mapping,
    people,
    quality,
    quarantine,
    serve,
    store,
    vee,
    visuals,
    weather,
)
from app.members import MEMBER
from domain.errors import InsufficientData, Unavailable, YingfengError

app = typer.Typer(
    name="yingfeng",
    help="迎峰: watch a district's enterprise load through the summer peak. 园区企业用电负荷监测。",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _version(value: bool) -> None:
    if value:
        from importlib.metadata import version

        typer.echo(version("yingfeng"))
        raise typer.Exit


@app.callback()
def root(
    version: bool = typer.Option(
        False,
        "--version",
        callback=_version,
        is_eager=True,
        help="Print the version. 版本号",
    ),
) -> None:
    """Shared by every command."""


for group in (serve, demo, check, data, behaviour, quality):
    group.register(app)
app.add_typer(baselines.app, name="baselines")
app.add_typer(billing.app, name="billing")
app.add_typer(broker.app, name="broker")
app.add_typer(journal.app, name="journal")
load_analyses.register(load.app)
app.add_typer(load.app, name="load")
app.add_typer(backfill.app, name="backfill")
app.add_typer(mapping.app, name="mapping")
app.add_typer(forecast.app, name="forecast")
app.add_typer(intensity.app, name="intensity")
app.add_typer(vee.app, name="vee")
app.add_typer(people.app, name="user")
app.add_typer(quarantine.app, name="quarantine")
app.add_typer(store.app, name="store")
app.add_typer(visuals.app, name="dashboards")
app.add_typer(weather.app, name="weather")


def exit_code(error: YingfengError) -> int:
    if isinstance(error, InsufficientData):
        return 3
    return 4 if isinstance(error, Unavailable) else 2


def main() -> None:
    # The lines of members (serve --members) come out of one terminal: each says whose it is.
    who = f" {os.environ[MEMBER]}" if MEMBER in os.environ else ""
    logging.basicConfig(level=logging.WARNING, format=f"%(asctime)s{who} %(levelname)s %(name)s: %(message)s")
    try:
        app()
    except YingfengError as error:
        Console(stderr=True, highlight=False).print(f"yingfeng: {error}", markup=False, soft_wrap=True)
        sys.exit(exit_code(error))
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
