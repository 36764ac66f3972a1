"""``serve``: the product, pointed at real servers by its settings."""

from __future__ import annotations

import logging
import signal
import threading
from pathlib import Path
from typing import Annotated

import typer

from app.commands.options import Config, settings_from
from app.members import Members
from app.roles import REPLY_ALONE, check_together, parse_roles
from config.settings import Settings
from domain.errors import Invalid

log = logging.getLogger(__name__)


def serve(
    config: Config = None,
    role: Annotated[
        list[str] | None, typer.Option(help="all, or any of ingest, engine, api; or reply alone. 角色")
    ] = None,
    members: Annotated[
        int,
        typer.Option(min=0, help="With --role ingest: so many processes share the readings, see docs. 接收进程数"),
    ] = 0,
) -> None:
    """Run until SIGTERM or Ctrl-C. 启动服务"""
    logging.getLogger().setLevel(logging.INFO)
    settings = settings_from(config)
    roles = parse_roles(role or [])
    problems = check_together(settings, roles)
    if problems:
        raise Invalid("the settings do not fit together:\n" + "\n".join(f"  - {p}" for p in problems))
    if members:
        _run_members(settings, roles, members, config)
    else:
        run(settings, roles)


def run(settings: Settings, roles: frozenset[str]) -> None:
    """A process loads the libraries of its own roles only: pages and API take as long to load as all the rest."""
    if roles == REPLY_ALONE:
        from app.serving_pages import run_replies

        run_replies(settings)
    elif "api" in roles:
        from app.serving_pages import run_with_api

        run_with_api(settings, roles)
    else:
        from app.serving_headless import run_headless

        run_headless(settings, roles, _told_to_end())


def _told_to_end() -> threading.Event:
    """Set by SIGTERM and Ctrl-C."""
    told = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: told.set())
    return told


def _run_members(settings: Settings, roles: frozenset[str], members: int, config: Path | None) -> None:
    if roles != {"ingest"}:
        raise Invalid("--members divides the readings among ingest processes: use it with --role ingest alone")
    supervisor = Members(settings, members, ["--config", str(config)] if config is not None else [])
    log.info("running %d members", members)
    supervisor.run(_told_to_end())


def register(app: typer.Typer) -> None:
    app.command()(serve)
