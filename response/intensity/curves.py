"""Figures of intensity by month as rows of the store (``intensity_1m``), for those who only draw curves: Grafana."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from zoneinfo import ZoneInfo

import numpy as np

from domain.energy import Basis
from domain.instants import day_span
from domain.months import months_between
from domain.people import Principal
from domain.runs import Outcome, Progress
from domain.scopes import DISTRICT, Scope, ScopeKind, enterprise_scope
from monitor.changed_rows import write_changed
from monitor.runs import canonical_json, digest_of
from response.intensity.desk import Grouping, IntensityDesk
from response.intensity.figures import GroupFigures
from storage.energy_ports import EnergyLedger
from storage.ports import DayRows, ReadingStore
from storage.schema import DAY_SERIES, INTENSITY_MONTH


class IntensityCurves:
    """Rows are written where a figure changed, as a new revision; the ledger keeps what figures were made of."""

    def __init__(self, desk: IntensityDesk, energy: EnergyLedger, store: ReadingStore, zone: ZoneInfo) -> None:
        self._desk = desk
        self._energy = energy
        self._store = store
        self._zone = zone

    def write(self, principal: Principal, first: date, last: date, progress: Progress) -> Outcome:
        """Every month first...last for the district, its sectors and enterprises."""
        principal.require_write()
        months, written = months_between(first, last), 0
        for number, month in enumerate(months):
            progress.step(number / len(months), f"{month:%Y-%m}")
            written += self._write_month(principal, month)
        told = {"from": f"{first:%Y-%m}", "to": f"{last:%Y-%m}", "rows": written}
        return Outcome(told, digest_of(canonical_json(told)))

    def _write_month(self, principal: Principal, month: date) -> int:
        ts_ms = day_span(month, self._zone).start_ms
        found = list(self._figures(principal, month))
        scopes = [scope for scope, _ in found]
        values = np.array([values for _, values in found]).reshape(len(found), len(DAY_SERIES[INTENSITY_MONTH]))
        at = np.full(len(found), ts_ms, dtype=np.int64)
        first = np.ones(len(found), dtype=np.int64)
        return write_changed(self._store, DayRows(INTENSITY_MONTH, tuple(scopes), at, values, first))

    def _figures(self, principal: Principal, month: date) -> Iterator[tuple[Scope, list[float]]]:
        scope_year = month.year if self._energy.scope(month.year) else None
        for by in Grouping:
            for group in self._desk.figures(principal, month, month, by=by, scope_year=scope_year).groups:
                row = _row(group)
                if not np.isnan(row).all():
                    yield _scope(by, group.subject), row


def _scope(by: Grouping, subject: str) -> Scope:
    if by is Grouping.DISTRICT:
        return DISTRICT
    return Scope(ScopeKind.SECTOR, subject) if by is Grouping.SECTOR else enterprise_scope(subject)


def _row(group: GroupFigures) -> list[float]:
    """In the order of the series' fields."""
    figures = (
        group.energy_tce[Basis.EQUIVALENT],
        group.energy_tce[Basis.CALORIFIC],
        group.electricity_kwh,
        group.value_added_10k_cny,
        group.intensity[Basis.EQUIVALENT],
        group.intensity[Basis.CALORIFIC],
        group.electricity_intensity_kwh,
        group.change[Basis.EQUIVALENT],
    )
    return [np.nan if figure.value is None else figure.value for figure in figures]
