"""Options every command shares."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from pydantic import BaseModel
from rich.console import Console, RenderableType

from config.settings import Settings, load_settings

Config = Annotated[
    Path | None,
    typer.Option(
        "--config", envvar="YINGFENG_CONFIG", help="Settings file (TOML); ./yingfeng.toml when it exists. 配置文件"
    ),
]
Answer = TypeVar("Answer", bound=BaseModel)
Register = Annotated[bool, typer.Option("--register", help="Create the sites the registry does not know. 自动建档")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON (schemas in docs/schemas). 输出 JSON")]


def settings_from(config: Path | None) -> Settings:
    default = Path("yingfeng.toml")
    return load_settings(config or (default if default.exists() else None))


def actor() -> str:
    """Who is written into the audit log for a command."""
    return f"command line ({getpass.getuser()})"


def terminal() -> Console:
    """For tables. In a pipe there is no width to respect, so nothing is cut there."""
    return Console() if sys.stdout.isatty() else Console(width=200)


def print_json(answer: BaseModel) -> None:
    typer.echo(answer.model_dump_json(indent=2))


def show(answer: Answer, table: Callable[[Answer], RenderableType], *, as_json: bool) -> None:
    """The answer as its JSON schema says, or drawn for a reader."""
    if as_json:
        print_json(answer)
    else:
        terminal().print(table(answer))
