"""Where a command finds readings: in the store it opens itself, or at the running server that holds the DuckDB file."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime

from app.adapters import open_ledger, open_store
from app.clock import SystemClock
from app.local_server import LocalServer, running_server
from config.settings import Settings
from domain.errors import Unavailable
from storage.ledger import SqlLedger
from storage.ports import ReadingStore

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class OpenStore:
    """The store and what goes with it, while the command runs."""

    store: ReadingStore
    ledger: SqlLedger
    clock: SystemClock


@contextmanager
def store_or_server(settings: Settings) -> Iterator[OpenStore | LocalServer]:
    """The store itself where it can be opened, else the server that holds it. Raises Unavailable where neither is."""
    try:
        store = open_store(settings.store)
    except Unavailable as refusal:
        server = running_server(settings)
        if server is None:
            raise
        log.info("%s; asking the running server instead", refusal)
        yield server
        return
    clock = SystemClock()
    with closing(store), closing(open_ledger(settings.ledger, clock, settings.district.zone)) as ledger:
        yield OpenStore(store, ledger, clock)


def now(settings: Settings) -> datetime:
    """By the clock of who answers: a server may follow another than the machine's (a demo, a replay)."""
    with store_or_server(settings) as held:
        found = held.now() if isinstance(held, LocalServer) else held.clock.now()
    return found.astimezone(settings.district.zone)
