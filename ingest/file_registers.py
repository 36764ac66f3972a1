"""Curves of registers (示数) out of files: readings with the import register, judged as ingest judges them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np

from config.settings import ValidationSettings
from domain.arrays import CodeArray, FloatArray, IntArray, TextArray
from domain.quality import Quality
from domain.readings import ENERGY_IMPORT, QUANTITIES, ReadingBatch
from domain.registry import Registry, Stamp
from domain.series import Matrix
from ingest.behaviour import MeterMemory, Observed
from ingest.file_history import History
from ingest.registers import RegisterMemory
from ingest.resolution import STAMPS, MeterTable
from ingest.sites import Site


def register_batches(
    history: History,
    sites: Mapping[str, Site],
    registry: Registry,
    zone: ZoneInfo,
    memory: MeterMemory,
    now_ms: int,
    validation: ValidationSettings,
) -> Iterator[ReadingBatch]:
    """An instant of all sites at a time, in order. A meter that stamps the end keeps its register with the interval
    that ends there, as its live readings do."""
    view = registry.view(history.span.start.astimezone(zone).date())
    table = MeterTable.of(view, validation.capacity_factor)
    registers, first_slot = RegisterMemory(), 0
    for part in history.parts:
        rows = np.array([table.index[str(sites[name].meter)] for name in part.ids], dtype=np.int64)
        slots = np.arange(first_slot, first_slot + len(rows), dtype=np.int64)
        memory.reserve(first_slot + len(rows))
        registers.reserve(first_slot + len(rows))
        meters = _Meters(
            np.array([sites[name].meter for name in part.ids], dtype=object),
            slots,
            np.where(table.stamp[rows] == STAMPS.index(Stamp.END), part.step_s * 1000, 0).astype(np.int64),
            table.limit_kw[rows],
            table.modulus_kwh[rows],
        )
        for column, at_ms in enumerate(part.ts_ms.tolist()):
            given = np.flatnonzero(~np.isnan(part.values[:, column]))
            if given.size:
                yield meters.batch(part, column, int(at_ms), given, registers, memory, now_ms)
        first_slot += len(rows)


@dataclass(frozen=True, slots=True, eq=False)
class _Meters:
    """Of the sites of one part, shape (n,) each; back_ms : from the instant of a register to the stamp it is kept by"""

    meter: TextArray
    slot: IntArray
    back_ms: IntArray
    limit_kw: FloatArray
    modulus_kwh: FloatArray

    def batch(
        self,
        part: Matrix,
        column: int,
        at_ms: int,
        given: IntArray,
        registers: RegisterMemory,
        memory: MeterMemory,
        now_ms: int,
    ) -> ReadingBatch:
        energy = part.values[given, column]
        ts_ms = at_ms - self.back_ms[given]
        values = np.full((len(given), len(QUANTITIES)), np.nan)
        values[:, ENERGY_IMPORT] = energy
        quality = self._judged(given, ts_ms, energy, part.step_s * 1000, registers, memory)
        received_ms = np.full(len(given), now_ms, dtype=np.int64)
        return ReadingBatch(self.meter[given], ts_ms, values, quality, received_ms)

    def _judged(
        self,
        given: IntArray,
        ts_ms: IntArray,
        energy_kwh: FloatArray,
        step_ms: int,
        registers: RegisterMemory,
        memory: MeterMemory,
    ) -> CodeArray:
        slot, limit_kw = self.slot[given], self.limit_kw[given]
        interval_ms = np.full(len(given), step_ms, dtype=np.int64)
        believed = np.ones(len(given), dtype=np.bool_)
        noted = registers.note(slot, ts_ms, energy_kwh, self.modulus_kwh[given], limit_kw, believed, interval_ms)
        usual_kw = memory.usual_kw(slot)
        power_kw = np.where(noted.faulty, np.nan, noted.power_kw)
        judged = memory.judge(Observed(slot, ts_ms, interval_ms, power_kw, energy_kwh))
        caught = noted.stood & (power_kw > usual_kw) & (judged == Quality.OK)
        judged = np.where(caught, np.int8(Quality.CATCH_UP), judged)
        return np.where(noted.faulty, np.int8(Quality.BAD), judged).astype(np.int8)
