"""A process without pages: ingest or engine alone."""

from __future__ import annotations

import logging
import threading

from app.members import orphaned
from app.stopping import StopDeadline, last_resort
from app.system import System
from config.settings import Settings

log = logging.getLogger(__name__)


def run_headless(settings: Settings, roles: frozenset[str], told: threading.Event) -> None:
    """No HTTP, so several may share a machine; their state is in the log and the ledger.

    told : set when the process is to end
    """
    stopping = StopDeadline(settings.process.stop_s)
    with last_resort(stopping), System(settings, roles, stopping=stopping) as system:
        system.connect()
        log.info("running %s", ", ".join(sorted(roles)))
        while not told.wait(1.0):
            if orphaned():
                log.error("成员失去主管 the supervisor of this member is gone; it drains and ends")
                return
