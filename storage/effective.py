"""Effective readings: raw overlaid with the newest revision of ``vee``. What derivation and questions read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from domain.arrays import BoolArray, IntArray
from domain.instants import Span
from domain.quality import Quality
from domain.readings import POWER, QUANTITIES, ReadingBatch
from domain.vee import VeeBatch, VeeFlag


class RawAndVee(Protocol):
    """The part of ``storage.ports.ReadingStore`` that is needed here."""

    def read(self, meters: Sequence[str], span: Span, *, limit: int | None = None) -> ReadingBatch: ...

    def read_vee(self, meters: Sequence[str], span: Span, *, history: bool = False) -> VeeBatch: ...


def read_effective(store: RawAndVee, meters: Sequence[str], span: Span) -> ReadingBatch:
    """As ``ReadingStore.read``; a meter that sends registers only may have a second row at an instant, with the power
    of an estimate beside its register. Raises Unavailable."""
    return overlay(store.read(meters, span), store.read_vee(meters, span))


def overlay(raw: ReadingBatch, vee: VeeBatch) -> ReadingBatch:
    """vee : at most one revision for each (meter, ts); rows come back ordered by (ts, meter)."""
    if not len(vee):
        return raw
    at = _rows_of(raw, vee)
    there = at >= 0
    power = np.full(len(vee), np.nan)
    power[there] = raw.values[at[there], POWER]
    trusted = np.zeros(len(vee), dtype=np.bool_)
    trusted[there] = (raw.quality[at[there]] == Quality.OK) & ~np.isnan(power[there])
    counts = _counting(vee, trusted)
    values, quality = raw.values.copy(), raw.quality.copy()
    sits = counts & there & ~np.isnan(power)
    values[at[sits], POWER] = vee.value_kw[sits]
    quality[at[sits]] = _codes(vee)[sits]
    quality[at[there & (vee.flag == VeeFlag.ACCEPTED)]] = Quality.OK
    kept = np.ones(len(raw), dtype=np.bool_)
    kept[at[there & (vee.flag == VeeFlag.EXCLUDED)]] = False
    below = ReadingBatch(raw.meter, raw.ts_ms, values, quality, raw.received_ms)
    beside = counts & ~sits
    whole = ReadingBatch.concat([below.take(kept), _alone(vee.take(beside))])
    _, name = np.unique(whole.meter.astype(str), return_inverse=True)
    return whole.take(np.lexsort((name, whole.ts_ms)))


def _counting(vee: VeeBatch, trusted: BoolArray) -> BoolArray:
    """Revisions whose value stands for the reading. An estimate of what was missing yields to what came after all."""
    yields = (vee.flag == VeeFlag.ESTIMATED) & np.isnan(vee.raw_kw) & trusted
    valued = np.isin(vee.flag, (VeeFlag.ESTIMATED, VeeFlag.EDITED)) & ~np.isnan(vee.value_kw)
    found: BoolArray = valued & ~yields
    return found


def _codes(vee: VeeBatch) -> IntArray:
    return np.where(vee.flag == VeeFlag.EDITED, int(Quality.EDITED), int(Quality.ESTIMATED))


def _rows_of(raw: ReadingBatch, vee: VeeBatch) -> IntArray:
    """The raw row of each revision, -1 where there is none."""
    wanted = {key: i for i, key in enumerate(zip(vee.meter.tolist(), vee.ts_ms.tolist(), strict=True))}
    at = np.full(len(vee), -1, dtype=np.int64)
    # Revisions are few: only the rows at one of their instants are looked at one by one.
    for row in np.flatnonzero(np.isin(raw.ts_ms, vee.ts_ms)).tolist():
        place = wanted.get((raw.meter[row], int(raw.ts_ms[row])))
        if place is not None:
            at[place] = row
    return at


def _alone(vee: VeeBatch) -> ReadingBatch:
    values = np.full((len(vee), len(QUANTITIES)), np.nan)
    values[:, POWER] = vee.value_kw
    return ReadingBatch(vee.meter, vee.ts_ms, values, _codes(vee).astype(np.int8), vee.at_ms)
