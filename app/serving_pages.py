"""A process that answers people: API and console with whatever other roles it has, or the one-tap pages alone."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from api.reply_pages import create_reply_app
from app.local_server import leave_access
from app.roles import REPLY_ALONE
from app.server import HttpServer, bind
from app.site import Site, build_site
from app.stopping import StopDeadline, last_resort
from app.system import System
from config.settings import Settings
from domain.people import Role
from storage.ledger_ports import Ledger

log = logging.getLogger(__name__)
#: The account this machine's own command line uses towards the running server.
COMMAND_LINE = "command-line"


def run_with_api(settings: Settings, roles: frozenset[str]) -> None:
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


def run_replies(settings: Settings) -> None:
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
