"""Projection of the running block for every scope, with a model learnt once a day from minutes in the store."""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from analytics.coverage import share
from analytics.projection import PAST_MIN, Projected, ProjectionModel, default_model, fit, project
from domain.arrays import FloatArray, IntArray
from domain.errors import Invalid
from domain.instants import HOUR_MS, MINUTE_MS, day_span, from_ms, local_date
from domain.quality import Quality
from domain.scopes import MONITORED, Scope, ScopeKind
from monitor.block_rows import block_of
from monitor.derivation import Derivation
from monitor.roster import Roster
from monitor.scope_sums import UsualPower
from monitor.windows import Windows

LEARN_DAYS = 3
#: Learning reads single minutes; beyond so many meters the default model is kept.
LEARN_METERS = 400
#: A minute of a scope of which less was heard (or legitimately held) widens the band instead of moving the figure.
MINUTE_COVERAGE = 0.9


class Projector:
    """One model for sums of many (district, areas), one for single enterprises. Replaced as a whole, so reading needs
    no lock."""

    def __init__(self, derivation: Derivation, zone: ZoneInfo) -> None:
        self._derivation = derivation
        self._zone = zone
        self._models = (default_model(), default_model())
        self._learnt: date | None = None
        self._next_ms = 0

    def learn(self, now_ms: int) -> None:
        """Learn from the last days, once a local day; where these hold nothing yet, it is tried again an hour later.
        Raises Unavailable."""
        day = local_date(from_ms(now_ms), self._zone)
        if day == self._learnt or (now_ms < self._next_ms and self._next_ms - now_ms <= HOUR_MS):
            return
        sums: list[FloatArray] = []
        singles: list[FloatArray] = []
        for back in range(LEARN_DAYS, 0, -1):
            self._read(day - timedelta(days=back), sums, singles)
        self._models = (_fitted(sums), _fitted(singles))
        self._next_ms = now_ms + HOUR_MS
        self._learnt = day if sums else None

    def _read(self, day: date, sums: list[FloatArray], singles: list[FloatArray]) -> None:
        """Minutes of the whole and of each prompt meter; meters on longer intervals have no minutes to learn from."""
        span = day_span(day, self._zone)
        roster = self._derivation.roster(span, (MONITORED,))
        prompt = np.flatnonzero(roster.expected & (roster.minutes == 1))
        if not prompt.size or len(roster) > LEARN_METERS or prompt.size * 2 < roster.expected.sum():
            return
        windows = self._derivation.windows(roster, span)
        if windows is None:
            return
        power, quality = windows.power(np.arange(span.start_ms // MINUTE_MS, span.end_ms // MINUTE_MS))
        minutes = np.where(quality == Quality.OK, power, np.nan)[:, prompt]
        sums.append(minutes.sum(axis=1))
        singles.extend(minutes.T)

    def project(
        self,
        windows: Windows,
        roster: Roster,
        usual: UsualPower,
        end: int,
        rows: IntArray,
    ) -> tuple[Projected, IntArray]:
        """Where the block that runs at minute ``end`` will end, for the scopes in ``rows`` of the roster, and how many
        of its minutes were seen. NaN where the newest minute was not: silence is no basis for a look ahead."""
        start = block_of(end - 1)
        minutes = np.arange(start - PAST_MIN, end)
        power, gaps, missing = _held(windows, roster, usual, minutes)
        members = roster.members
        by_slot = np.ascontiguousarray(power.T)
        total = members.plus[rows] @ by_slot - members.minus[rows] @ by_slot
        either = members.any[rows]
        absent = share(either[:, gaps] @ missing.T, (either @ roster.expected.astype(np.float64))[:, None])
        total = np.where(absent <= 1.0 - MINUTE_COVERAGE + 1e-9, total, np.nan)
        past, seen = total[:, :PAST_MIN], total[:, PAST_MIN:]
        many = np.array([not _single(roster.members.scopes[i]) for i in rows.tolist()], dtype=np.bool_)
        heard_now = ~np.isnan(seen[:, -1])
        out = Projected(*(np.full(len(rows), np.nan) for _ in range(3)))
        for model, chosen in zip(self._models, (many & heard_now, ~many & heard_now), strict=True):
            if chosen.any():
                part = project(model, seen[chosen], past_kw=past[chosen])
                out.demand_kw[chosen] = part.demand_kw
                out.low_kw[chosen] = part.low_kw
                out.high_kw[chosen] = part.high_kw
        return out, np.asarray((~np.isnan(seen)).sum(axis=1))


def _single(scope: Scope) -> bool:
    return scope.kind is ScopeKind.ENTERPRISE


def _fitted(history: list[FloatArray]) -> ProjectionModel:
    # Each row is projected by its own level, so days and meters may stand in one row after the other.
    usable = [row for row in history if row.size and np.isfinite(row).any() and np.nanmax(np.abs(row)) > 0]
    if not usable:
        return default_model()
    width = min(row.size for row in usable)
    try:
        return fit(np.stack([row[:width] for row in usable]))
    except Invalid:
        return default_model()


def _held(
    windows: Windows, roster: Roster, usual: UsualPower, minutes: IntArray
) -> tuple[FloatArray, IntArray, FloatArray]:
    """Power of each minute and meter, shape (minutes, slots); the slots that were not heard in every minute; and for
    these, shape (minutes, such slots), 1 where the minute is missing.

    A meter on a longer interval is held at its last value until the next is due; the silent stand with their usual
    value, else with their last one, and count as missing
    """
    power, quality = windows.power(minutes)
    power, quality = power[:, : len(roster)], quality[:, : len(roster)]
    power[quality != Quality.OK] = np.nan
    gaps = np.flatnonzero(np.isnan(power).any(axis=0))
    if not gaps.size:
        return power, gaps, np.zeros((len(minutes), 0))
    part, length = power[:, gaps], roster.minutes[gaps]
    there = ~np.isnan(part)
    place = np.arange(len(minutes))[:, None]
    last = np.maximum.accumulate(np.where(there, place, -1), axis=0)
    carried = np.where(last >= 0, np.take_along_axis(part, np.maximum(last, 0), axis=0), np.nan)
    fresh = there | ((last >= 0) & (length > 1) & (place - last <= length))
    stand_in = np.where(np.isnan(usual.value_kw[gaps]), carried, usual.value_kw[gaps])
    value = np.where(fresh, carried, stand_in)
    power[:, gaps] = np.where(np.isnan(value), 0.0, value)
    return power, gaps, np.where(fresh, 0.0, 1.0) * roster.expected[gaps]
