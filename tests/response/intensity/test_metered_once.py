"""One piece of work sees one state of the readings, and reads each month once."""

from __future__ import annotations

from datetime import UTC, date, datetime

import numpy as np

from app.wiring import open_books
from config.settings import Settings
from domain.people import SYSTEM
from domain.scopes import enterprise_scope
from response.intensity.metered import kwh_of
from storage.ledger import SqlLedger
from storage.readings.memory import MemoryStore
from tests.response.intensity.district import E1, E2, MARCH, NOW
from tests.support.clock import HandClock
from tests.support.loads import measured

START = datetime(2026, 2, 28, 16, tzinfo=UTC)  # midnight of 1 March in Ningbo
APRIL = date(2026, 4, 1)


def test_what_was_read_once_stays_as_it_was_and_anew_is_anew(ledger: SqlLedger) -> None:
    store = MemoryStore()
    books = open_books(Settings(), store, ledger, HandClock(NOW))
    one, other = enterprise_scope(E1), enterprise_scope(E2)
    store.write_demand(measured(one, START, np.full((31, 96), 100.0)))
    once = books.once()
    first = kwh_of(once.metered(SYSTEM, {MARCH: [one]}))
    assert first == {(one, MARCH): 31 * 24 * 100.0}

    store.write_demand(measured(other, START, np.full((31, 96), 50.0)))
    store.write_demand(measured(one, START, np.full((31, 96), 200.0)))
    asked = {MARCH: [one, other], APRIL: [one]}
    assert kwh_of(once.metered(SYSTEM, asked)) == {**first, (other, MARCH): 31 * 24 * 50.0}
    assert kwh_of(books.metered(SYSTEM, asked)) == {(one, MARCH): 31 * 24 * 200.0, (other, MARCH): 31 * 24 * 50.0}
