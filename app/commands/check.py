"""``check-config``: every mistake of the settings at once, before anything starts."""

from __future__ import annotations

from typing import Annotated

import typer

from app.commands.options import Config, settings_from
from app.roles import check_together, parse_roles
from domain.errors import Invalid


def check_config(
    config: Config = None,
    role: Annotated[list[str] | None, typer.Option(help="Roles to check for: all, ingest, engine, api. 角色")] = None,
) -> None:
    """Check the settings and list every mistake. 检查配置，一次列出全部错误。"""
    settings = settings_from(config)
    problems = check_together(settings, parse_roles(role or []))
    if problems:
        raise Invalid("the settings do not fit together:\n" + "\n".join(f"  - {p}" for p in problems))
    typer.echo("settings are in order 配置正确")


def register(app: typer.Typer) -> None:
    app.command("check-config")(check_config)
