"""What each meter usually draws at this time of a like day, learnt from the store when a meter falls silent."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from analytics.usual import usual_values
from config.calendar import Calendar
from domain.arrays import FloatArray, IntArray
from domain.instants import BLOCK_MS, days_span, from_ms, local_date, to_ms
from domain.scopes import meter_scope
from monitor.block_rows import OK
from monitor.derivation import Derivation
from monitor.roster import Roster
from monitor.scope_sums import UsualPower
from storage.ports import DemandRows, ReadingStore

#: Ten weekend days lie within five weeks.
HISTORY_DAYS = 35
#: Where demand rows are absent, single readings are read; a shorter past bounds that.
READINGS_DAYS = 21
SLOTS = 96
#: Meters learnt in one go, so that a district that falls silent does not hold up the clock.
MOST_AT_ONCE = 200


class UsualBook:
    """Quantiles by meter and quarter hour for the kind of today; begun anew every local day. Thread-safe."""

    def __init__(self, store: ReadingStore, derivation: Derivation, calendar: Calendar, zone: ZoneInfo) -> None:
        self._store = store
        self._derivation = derivation
        self._calendar = calendar
        self._zone = zone
        self._lock = threading.Lock()
        self._day: date | None = None
        self._known: dict[str, FloatArray] = {}

    def power(self, roster: Roster, missing: IntArray, minute_ms: int) -> UsualPower:
        """Usual power of the slots in ``missing`` at an instant, NaN elsewhere and where nothing was learnt yet."""
        table = np.full((3, len(roster)), np.nan)
        quarter = self._quarter(minute_ms)
        with self._lock:
            if local_date(from_ms(minute_ms), self._zone) == self._day:
                for slot in missing.tolist():
                    known = self._known.get(roster.ids[slot])
                    if known is not None:
                        table[:, slot] = known[:, quarter]
        return UsualPower(table[0], table[1], table[2])

    def learn(self, meters: Sequence[str], now_ms: int) -> bool:
        """Learn those not known yet, at most MOST_AT_ONCE; True when something new is known. Raises Unavailable."""
        day = local_date(from_ms(now_ms), self._zone)
        with self._lock:
            if day != self._day:
                self._day, self._known = day, {}
            new = [meter for meter in meters if meter not in self._known][:MOST_AT_ONCE]
        if not new:
            return False
        learnt = self._learn(new, day)
        with self._lock:
            if self._day == day:
                self._known.update(learnt)
        return True

    def _quarter(self, minute_ms: int) -> int:
        local = from_ms(minute_ms).astimezone(self._zone)
        return (local.hour * 60 + local.minute) // 15

    def _learn(self, meters: list[str], day: date) -> dict[str, FloatArray]:
        first = day - timedelta(days=HISTORY_DAYS)
        span = days_span(first, day - timedelta(days=1), self._zone)
        history = np.full((len(meters), HISTORY_DAYS, SLOTS), np.nan)
        place = {meter: i for i, meter in enumerate(meters)}
        scopes = [meter_scope(meter) for meter in meters]
        self._fill(history, place, first, self._store.read_demand(scopes, span))
        bare = [meter for meter in meters if np.isnan(history[place[meter]]).all()]
        if bare:
            recent = days_span(day - timedelta(days=READINGS_DAYS), day - timedelta(days=1), self._zone)
            for rows in self._derivation.rows(recent, scopes=tuple(meter_scope(meter) for meter in bare)):
                self._fill(history, place, first, rows)
        works = self._calendar.works(day)
        like = np.array([self._calendar.works(first + timedelta(days=n)) == works for n in range(HISTORY_DAYS)])
        usual = usual_values(history, like)
        stacked = np.stack([usual.value_kw, usual.low_kw, usual.high_kw], axis=1)
        return {meter: stacked[i] for meter, i in place.items()}

    def _fill(self, history: FloatArray, place: dict[str, int], first: date, rows: DemandRows) -> None:
        """Only complete, trusted blocks teach what is usual."""
        starts: dict[date, int] = {}
        for i in np.flatnonzero(rows.quality == OK).tolist():
            day = local_date(from_ms(int(rows.ts_ms[i])), self._zone)
            if day not in starts:
                starts[day] = to_ms(days_span(day, day, self._zone).start)
            quarter = (int(rows.ts_ms[i]) - starts[day]) // BLOCK_MS
            # A day of 25 hours has four quarters more than the table; they repeat an hour it already holds.
            if quarter < SLOTS:
                history[place[rows.scope[i].id], (day - first).days, quarter] = rows.demand_kw[i]
