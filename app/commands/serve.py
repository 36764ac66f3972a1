"""``serve``: the product, pointed at real servers by its settings."""

from __future__ import annotations

import logging
import secrets
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from api.reply_pages import create_reply_app
from app.commands.options import Config, settings_from
from app.local_server import leave_access
from app.members import Members, orphaned
from app.roles import REPLY_ALONE, check_together, parse_roles
from app.server import HttpServer, bind
from app.site import Site, build_site
from app.stopping import StopDeadline, last_resort
from app.system import System
from config.settings import Settings
from domain.errors import Invalid
from domain.people import Role
from storage.ledger_ports import Ledger

log = logging.getLogger(__name__)
#: The account this machine's own command line uses towards the running server.
COMMAND_LINE = "command-line"


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
    if roles == REPLY_ALONE:
        _run_replies(settings)
    elif "api" in roles:
        _run_with_api(settings, roles)
    else:
        _run_headless(settings, roles)


def _run_replies(settings: Settings) -> None:
    """The one-tap pages alone: no API, no console, no broker."""
    listening = settings.api.model_copy(update={"host": settings.reply.host, "port": settings.reply.port})
    listener = bind(listening)
    with listener, System(settings, REPLY_ALONE) as system:
        host, port = listener.getsockname()[:2]
        app = create_reply_app(system.services())
        HttpServer(
            app,
            listening,
            started=lambda: log.info("reply pages at http://%s:%s", host, port),
            stopping=system.disconnect,
        ).run(listener)


def _told() -> threading.Event:
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
    supervisor.run(_told())


def _run_headless(settings: Settings, roles: frozenset[str]) -> None:
    """Ingest or engine alone: no HTTP, so several may share a machine; their state is in the log and the ledger."""
    told = _told()
    stopping = StopDeadline(settings.process.stop_s)
    with last_resort(stopping), System(settings, roles, stopping=stopping) as system:
        system.connect()
        log.info("running %s", ", ".join(sorted(roles)))
        while not told.wait(1.0):
            if orphaned():
                log.error("成员失去主管 the supervisor of this member is gone; it drains and ends")
                return


def _run_with_api(settings: Settings, roles: frozenset[str]) -> None:
    listener = bind(settings.api)
    stopping = StopDeadline(settings.process.stop_s)
    with last_resort(stopping), listener, System(settings, roles, stopping=stopping) as system:
        host, port = listener.getsockname()[:2]
        url = f"http://{host}:{port}"
        with local_access(settings, system.ledger, url):

            def started() -> None:
                system.connect()
                log.info("listening at %s", url)

            site = build_site(system)
            server = HttpServer(
                site.app,
                settings.api,
                started=started,
                stopping=lambda: stop(system, site),
                grace_s=lambda: stopping.share_s(settings.api.shutdown_s),
            )
            server.run(listener)


def stop(system: System, site: Site) -> None:
    """Outside in: no new messages, then no open streams; the rest closes when the server has returned."""
    system.disconnect()
    site.close_streams()


@contextmanager
def local_access(settings: Settings, ledger: Ledger, url: str) -> Iterator[None]:
    """A token for this machine's command line, in a file only our user can read, for as long as the server runs."""
    people = ledger.people
    if people.user(COMMAND_LINE) is None:
        people.create_user("system", COMMAND_LINE, secrets.token_urlsafe(32), Role.ADMINISTRATOR)
    info, token = people.create_token("system", COMMAND_LINE, "running server", None)
    path = leave_access(settings, url, token)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
        people.revoke_token("system", info.id)


def register(app: typer.Typer) -> None:
    app.command()(serve)
