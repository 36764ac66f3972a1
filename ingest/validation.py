"""Validation: columns as sent to a batch in primary values on interval starts, with flags; refusals with a reason.

Stateful but free of I/O and of clocks: "now" is when ingest received the message, so every reader of the journal
reaches the same verdict on the same stream.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from config.settings import ValidationSettings
from domain.arrays import BoolArray, CodeArray, FloatArray, IntArray, TextArray
from domain.instants import from_ms
from domain.quality import Quality
from domain.readings import (
    CURRENT,
    ENERGY_EXPORT,
    ENERGY_IMPORT,
    POWER,
    POWER_FACTOR,
    QUANTITIES,
    REACTIVE,
    VOLTAGE,
    ReadingBatch,
)
from domain.registry import Registry
from ingest.behaviour import MeterMemory, Observed
from ingest.codecs.columns import Columns
from ingest.registers import RegisterMemory
from ingest.resolution import LocalDays, MeterTable, MeterTables
from ingest.stamps import interval_start

DAY_MS = 86_400_000
_SCALED = [POWER, REACTIVE, ENERGY_IMPORT, ENERGY_EXPORT]
# "edited" is a word of people here; a device that says it is not believed.
_SAID = {q.text: q for q in Quality if q is not Quality.EDITED} | {
    "": Quality.OK,
    "good": Quality.OK,
    "bad": Quality.BAD,
    "suspect": Quality.BAD,
}


class Speakers(NamedTuple):
    """Who sent each row: by the topic, and when it came."""

    enterprise: Sequence[str | None]
    gateway: Sequence[str | None]
    received_ms: Sequence[int]


class Refusal(NamedTuple):
    """Row of the columns that is not taken, and why."""

    row: int
    reason: str
    detail: str


@dataclass(frozen=True, slots=True, eq=False)
class Validated:
    """``batch`` and, for each of its rows, the row of the columns it came from (``origin``, shape (n,))."""

    batch: ReadingBatch
    origin: IntArray
    refusals: tuple[Refusal, ...]


@dataclass(slots=True, eq=False)
class _Rows:
    """Rows under way, as columns; each step keeps the ones that pass."""

    origin: IntArray
    meter: TextArray
    start_ms: IntArray
    received_ms: IntArray
    interval_ms: IntArray
    values: FloatArray
    quality: CodeArray
    limit_kw: FloatArray
    modulus_kwh: FloatArray

    def keep(self, chosen: BoolArray) -> _Rows:
        return _Rows(*(getattr(self, name)[chosen] for name in _Rows.__slots__))


class Validator:
    def __init__(
        self,
        registry: Callable[[], Registry],
        settings: ValidationSettings,
        days: LocalDays,
        slack_ms: Callable[[], float],
    ) -> None:
        self._registry = registry
        self._settings = settings
        self._days = days
        self._slack_ms = slack_ms
        self._tables = MeterTables(settings.capacity_factor)
        self._slots: dict[str, int] = {}
        self._memory = MeterMemory(spike_factor=settings.spike_factor, frozen_hours=settings.frozen_hours)
        self._registers = RegisterMemory()

    def validate(self, columns: Columns, speakers: Speakers) -> Validated:
        if not columns.meter:
            return Validated(ReadingBatch.of(()), np.zeros(0, dtype=np.int64), ())
        refusals: list[Refusal] = []
        rows = self._read(columns, speakers, refusals)
        rows = self._check_ranges(rows, refusals)
        self._flag(rows)
        batch = ReadingBatch(rows.meter, rows.start_ms, rows.values, rows.quality, rows.received_ms)
        return Validated(batch, rows.origin, tuple(refusals))

    # Whose reading, and how it is to be read.

    def _read(self, columns: Columns, speakers: Speakers, refusals: list[Refusal]) -> _Rows:
        registry = self._registry()
        ts_ms = np.array(columns.ts_ms, dtype=np.int64)
        received_ms = np.array(speakers.received_ms, dtype=np.int64)
        day = self._days.of(ts_ms)
        found = self._by_day(registry, columns, ts_ms, day)
        # A reading stamped at its end at 00:00 belongs to the day before, and to the registry of that day.
        started = self._days.of(found.start_ms)
        if (started != day).any():
            found = self._by_day(registry, columns, ts_ms, started)
        allowed = self._admit(found, columns, speakers, refusals)
        allowed &= self._in_time(found, received_ms, ts_ms, allowed, refusals)
        values = np.array(columns.values, dtype=np.float64).reshape(len(ts_ms), len(QUANTITIES))
        said = np.array([np.nan if m is None else float(m) for m in columns.multiplied])
        raw = np.where(np.isnan(said), ~found.primary, said == 0.0)
        values[:, _SCALED] *= np.where(raw, found.multiplier, 1.0)[:, None]
        tolerance_ms = self._settings.clock_drift_s * 1000
        quality = np.array([_said(q) for q in columns.quality], dtype=np.int8)
        drifting = (found.off_ms > tolerance_ms) | (ts_ms - received_ms > tolerance_ms + self._slack_ms())
        quality[drifting & (quality == Quality.OK)] = Quality.CLOCK
        rows = _Rows(
            np.arange(len(ts_ms), dtype=np.int64),
            np.array(columns.meter, dtype=object),
            found.start_ms,
            received_ms,
            found.interval_ms,
            values,
            quality,
            found.limit_kw,
            found.modulus_kwh,
        )
        return rows if allowed.all() else rows.keep(allowed)

    def _by_day(self, registry: Registry, columns: Columns, ts_ms: IntArray, day: IntArray) -> _Found:
        found = _Found.blank(len(ts_ms))
        for one in np.unique(day).tolist():
            where = np.flatnonzero(day == one)
            table = self._tables.of(registry, one)
            names = columns.meter if len(where) == len(ts_ms) else [columns.meter[i] for i in where.tolist()]
            found.fill(where, table, np.array([table.index.get(name, -1) for name in names], dtype=np.int64))
        found.start_ms, found.off_ms = interval_start(ts_ms, found.stamp, found.interval_ms)
        return found

    def _admit(self, found: _Found, columns: Columns, speakers: Speakers, refusals: list[Refusal]) -> BoolArray:
        allowed = np.ones(len(found.row), dtype=bool)
        for i, (row, table, meter, enterprise, gateway) in enumerate(
            zip(found.row.tolist(), found.table, columns.meter, speakers.enterprise, speakers.gateway, strict=True)
        ):
            if row >= 0 and table.speaks(row, enterprise, gateway):
                continue
            why = table.refusal(row, meter, enterprise, gateway)
            if why is not None:
                allowed[i] = False
                refusals.append(Refusal(i, *why))
        return allowed

    def _in_time(
        self, found: _Found, received_ms: IntArray, ts_ms: IntArray, allowed: BoolArray, refusals: list[Refusal]
    ) -> BoolArray:
        future = allowed & (ts_ms - received_ms > self._settings.future_s * 1000 + self._slack_ms())
        old = allowed & (received_ms - found.start_ms > self._settings.late_days * DAY_MS)
        for i in np.flatnonzero(future).tolist():
            lead_s = (int(ts_ms[i]) - int(received_ms[i])) / 1000
            refusals.append(
                Refusal(
                    i,
                    "future",
                    f"the reading lies {lead_s:,.0f} s ahead of the district clock; check the meter's clock",
                )
            )
        for i in np.flatnonzero(old).tolist():
            detail = f"{from_ms(int(ts_ms[i])).isoformat()} is older than {self._settings.late_days:g} days; use import"
            refusals.append(Refusal(i, "too_old", detail))
        kept: BoolArray = ~(future | old)
        return kept

    # What cannot be, and what does not fit.

    def _check_ranges(self, rows: _Rows, refusals: list[Refusal]) -> _Rows:
        limit = self._settings.power_limit_kw
        bounds = {
            POWER: (-limit, limit),
            REACTIVE: (-limit, limit),
            POWER_FACTOR: (-1.0, 1.0),
            ENERGY_IMPORT: (0.0, 1e13),
            ENERGY_EXPORT: (0.0, 1e13),
            VOLTAGE: (0.0, 1e6),
            CURRENT: (-1e6, 1e6),
        }
        fits = np.ones(len(rows.origin), dtype=bool)
        for column, (low, high) in bounds.items():
            values = rows.values[:, column]
            beyond = (values < low) | (values > high)
            if not beyond.any():
                continue
            for i in np.flatnonzero(beyond & fits).tolist():
                detail = (
                    f"{QUANTITIES[column]} {values[i]:g} lies outside {low:g}...{high:g}; check unit and multiplier"
                )
                refusals.append(Refusal(int(rows.origin[i]), "out_of_range", detail))
            fits &= ~beyond
        return rows if fits.all() else rows.keep(fits)

    def _flag(self, rows: _Rows) -> None:
        if not len(rows.origin):
            return
        slot = self._slots_of(rows.meter)
        for chosen in _rounds(slot):
            at = rows.start_ms[chosen]
            power, energy = rows.values[chosen, POWER], rows.values[chosen, ENERGY_IMPORT]
            limit = rows.limit_kw[chosen]
            implausible = np.abs(power) > limit
            believed = np.isin(rows.quality[chosen], (Quality.OK, Quality.ESTIMATED))
            noted = self._registers.note(
                slot[chosen], at, energy, rows.modulus_kwh[chosen], limit, believed, rows.interval_ms[chosen]
            )
            implausible |= noted.faulty
            # A meter that sends registers only is judged by the power between two of them.
            bare = np.isnan(power)
            power = np.where(bare, noted.power_kw, power)
            usual = self._memory.usual_kw(slot[chosen])
            # What the meter itself distrusts, and what cannot be, must not teach what is usual.
            trusted = ~implausible & np.isin(rows.quality[chosen], (Quality.OK, Quality.CLOCK))
            judged = self._memory.judge(
                Observed(slot[chosen], at, rows.interval_ms[chosen], np.where(trusted, power, np.nan), energy)
            )
            # What comes at once after a register stood still may be the energy of all that time: above the usual
            # maximum it is not believed, so that it makes no false one.
            caught = bare & noted.stood & (power > usual) & (judged == Quality.OK)
            judged = np.where(caught, Quality.CATCH_UP, judged)
            quality = rows.quality[chosen]
            quality = np.where(judged != Quality.OK, judged, quality)
            quality[implausible] = Quality.BAD
            rows.quality[chosen] = quality

    def _slots_of(self, meters: TextArray) -> IntArray:
        slots = self._slots
        slot = np.array([slots.setdefault(m, len(slots)) for m in meters.tolist()], dtype=np.int64)
        self._memory.reserve(len(slots))
        self._registers.reserve(len(slots))
        return slot

    def snapshot(self) -> dict[str, npt.NDArray[Any]]:
        """What the validator remembers, as arrays; ``restore`` takes it back."""
        names = np.array(list(self._slots), dtype="U64")
        return {"meters": names, **self._memory.snapshot(), **self._registers.snapshot()}

    def restore(self, saved: Mapping[str, npt.NDArray[Any]]) -> None:
        self._slots = {str(name): i for i, name in enumerate(saved["meters"].tolist())}
        self._memory.restore(saved)
        self._registers.restore(saved)


@dataclass(slots=True, eq=False)
class _Found:
    """The registry's answer for each row; ``table`` holds the table of the row's day, ``row`` its row or -1."""

    row: IntArray
    table: list[MeterTable]
    stamp: IntArray
    interval_ms: IntArray
    multiplier: FloatArray
    primary: BoolArray
    limit_kw: FloatArray
    modulus_kwh: FloatArray
    start_ms: IntArray
    off_ms: IntArray

    @classmethod
    def blank(cls, n: int) -> _Found:
        def whole() -> IntArray:
            return np.zeros(n, dtype=np.int64)

        table: list[MeterTable] = [_NO_TABLE] * n
        primary = np.ones(n, dtype=bool)
        return cls(whole(), table, whole(), whole(), np.ones(n), primary, np.zeros(n), np.zeros(n), whole(), whole())

    def fill(self, where: IntArray, table: MeterTable, row: IntArray) -> None:
        self.row[where] = row
        for i in where.tolist():
            self.table[i] = table
        for name in ("stamp", "interval_ms", "multiplier", "primary", "limit_kw", "modulus_kwh"):
            getattr(self, name)[where] = getattr(table, name)[row]


_NO_TABLE = MeterTable.of(Registry().view(from_ms(0).date()), 1.0)


def _said(word: str | None) -> Quality:
    return Quality.OK if word is None else _SAID.get(word.strip().lower(), Quality.BAD)


def _rounds(slot: IntArray) -> list[IntArray]:
    """Rows in rounds that hold every meter at most once, in arrival order per meter.

    Arrival order, not time order: the flags must not depend on where the journal was cut into batches.
    """
    order = np.argsort(slot, kind="stable")
    sorted_slots = slot[order]
    first = np.r_[True, sorted_slots[1:] != sorted_slots[:-1]]
    run_start = np.maximum.accumulate(np.where(first, np.arange(len(order)), 0))
    number = np.arange(len(order)) - run_start
    if not number.any():
        return [order]
    by_round = np.argsort(number, kind="stable")
    return np.split(order[by_round], np.flatnonzero(np.diff(number[by_round])) + 1)
