"""``yingfeng``: the command line. Exits 0 done, 2 usage, 3 insufficient data, 4 unavailable."""

from __future__ import annotations

import logging
import os
import sys
from importlib import import_module

import typer
from rich.console import Console

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


#: First word of a command -> its module under app.commands. A process needs one, and each brings its libraries.
_COMMANDS = {
    "serve": "serve",
    "demo": "demo",
    "check-config": "check",
    "import": "importing",
    "replay": "replaying",
    "simulate": "simulating",
    "anomalies": "behaviour",
    "growth": "behaviour",
    "potential": "potential",
    "profile": "profile",
    "quality": "quality",
    "rehearse": "rehearse",
}
_GROUPS = {
    "baselines": "baselines",
    "billing": "billing",
    "dr": "dr_group",
    "broker": "broker",
    "journal": "journal",
    "load": "load_group",
    "backfill": "backfill",
    "mapping": "mapping",
    "meter": "meters",
    "notices": "notices",
    "forecast": "forecast",
    "intensity": "intensity_group",
    "orderly": "orderly",
    "report": "report",
    "vee": "vee",
    "user": "people",
    "quarantine": "quarantine",
    "store": "store",
    "dashboards": "visuals",
    "weather": "weather",
}


def _add_commands(word: str | None) -> None:
    """Only what the word needs; everything for help, and for a word nobody knows."""
    alone = word if word in _COMMANDS or word in _GROUPS else None
    for module in dict.fromkeys(name for first, name in _COMMANDS.items() if alone in (None, first)):
        import_module(f"app.commands.{module}").register(app)
    for first, module in _GROUPS.items():
        if alone in (None, first):
            app.add_typer(import_module(f"app.commands.{module}").app, name=first)


_add_commands(next((word for word in sys.argv[1:] if not word.startswith("-")), None))


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
