"""Who answers the commands of orderly use: ledger and store themselves, or the server that holds the DuckDB file."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from app.bus import InProcessBus
from app.commands.options import actor
from app.held_store import store_or_server
from app.local_server import LocalServer
from app.orderly import open_orderly_offline
from config.settings import Settings
from domain.people import Principal, Role
from response.orderly.desk import OrderlyDesk

T = TypeVar("T")


def officer() -> Principal:
    """Whoever may read the ledger's file may do what an officer may; the name is in every audit entry."""
    return Principal(actor(), Role.ADMINISTRATOR)


def asked(settings: Settings, here: Callable[[OrderlyDesk], T], there: Callable[[LocalServer], T]) -> T:
    with store_or_server(settings) as held:
        if isinstance(held, LocalServer):
            return there(held)
        return here(open_orderly_offline(settings, held.store, held.ledger, held.clock, InProcessBus()))
