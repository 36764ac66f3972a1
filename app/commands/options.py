"""Options every command shares."""

from __future__ import annotations

import getpass
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from config.settings import Settings, load_settings

Config = Annotated[
    Path | None,
    typer.Option(
        "--config", envvar="YINGFENG_CONFIG", help="Settings file (TOML); ./yingfeng.toml when it exists. 配置文件"
    ),
]
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
