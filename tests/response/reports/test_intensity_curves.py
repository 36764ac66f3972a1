"""Months of intensity as rows of the store, written once and again only where a figure changed."""

from __future__ import annotations

from datetime import date

import pytest

from app.wiring import open_intensity, open_intensity_curves
from config.settings import Settings
from domain.errors import Forbidden
from domain.instants import Span, day_span
from domain.scopes import DISTRICT, Scope, ScopeKind, enterprise_scope
from storage.ledger import SqlLedger
from storage.readings.memory import MemoryStore
from storage.schema import DAY_SERIES, INTENSITY_MONTH
from tests.response.intensity.district import E1, E2, NOW, energy
from tests.response.reports.conftest import OTTO, VERA, fill
from tests.support.clock import HandClock

FIRST, LAST = date(2026, 5, 1), date(2026, 6, 1)
FIELDS = DAY_SERIES[INTENSITY_MONTH]


class Watched:
    def __init__(self) -> None:
        self.notes: list[str] = []

    def step(self, share: float, note: str = "") -> None:
        self.notes.append(note)


def test_months_become_rows_and_a_correction_a_revision(ledger: SqlLedger) -> None:
    fill(ledger)
    store, clock, settings = MemoryStore(), HandClock(NOW), Settings()
    curves = open_intensity_curves(settings, store, ledger, open_intensity(settings, store, ledger, clock))
    watched = Watched()

    # A month: the district, two sectors, three enterprises.
    assert curves.write(OTTO, FIRST, LAST, watched).body["rows"] == 2 * (1 + 2 + 3)
    assert watched.notes == ["2026-05", "2026-06"]
    zone = settings.district.zone
    span = Span(day_span(FIRST, zone).start, day_span(LAST, zone).end)
    rows = store.read_days(INTENSITY_MONTH, [DISTRICT], span)
    assert rows.ts_ms.tolist() == [day_span(month, zone).start_ms for month in (FIRST, LAST)]
    figures = dict(zip(FIELDS, rows.values[0].tolist(), strict=True))
    tce = (6e6 * 0.95 * 0.285 + 30_000 * 1.33) / 1000
    assert figures["energy_equivalent_tce"] == pytest.approx(tce)
    assert figures["intensity_equivalent"] == pytest.approx(tce / (2000 * 6 * 1.1))

    assert curves.write(OTTO, FIRST, LAST, watched).body["rows"] == 0
    ledger.energy.put_energy("wang", [energy(E1, LAST, "electricity", 1_050_000.0)])
    # E1, its sector and the district; E2 stays as it was.
    assert curves.write(OTTO, FIRST, LAST, watched).body["rows"] == 3
    scopes = [enterprise_scope(E1), Scope(ScopeKind.SECTOR, "C39"), enterprise_scope(E2)]
    newest = store.read_days(INTENSITY_MONTH, scopes, Span(day_span(LAST, zone).start, span.end))
    assert newest.revision.tolist() == [2, 2, 1]
    with pytest.raises(Forbidden):
        curves.write(VERA, FIRST, LAST, watched)
