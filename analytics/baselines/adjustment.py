"""Same-day adjustment: the baseline moved by what the hours before the event show, within a cap."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Literal

import numpy as np

from analytics.baselines.days import Window
from domain.arrays import CodeArray, FloatArray


class AdjustmentNote(IntEnum):
    """What is to be known of an adjustment; the graver one where two hold."""

    NONE = 0
    CAPPED = 1
    AFTER_NOTICE = 2  # notice was given before the hours began: they may be gamed
    NO_HOURS = 3  # the hours lie before the day or were not measured: not adjusted
    TOO_SMALL = 4  # the baseline in these hours is no load to divide by: not adjusted


@dataclass(frozen=True, slots=True)
class Adjustment:
    """W = [start - from_hours, start - to_hours): the last hour is left out, for it holds pre-cooling and early stops.

    kind : ratio, k = mean(actual[W]) / mean(base[W]); or additive, d = their difference
    cap : k within 1 ± cap, d within ± cap of mean(base[W])
    Source: domain facts 3.2
    """

    kind: Literal["ratio", "additive"]
    cap: float
    from_hours: float = 4.0
    to_hours: float = 1.0
    smallest_kw: float = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Adjusted:
    """base_kw : shape (s, b) [kW]; change : shape (s,), k or d [1 or kW]; note : shape (s,), codes of AdjustmentNote"""

    base_kw: FloatArray
    change: FloatArray
    note: CodeArray


def adjusted(
    base_kw: FloatArray,
    actual_kw: FloatArray,
    window: Window,
    rule: Adjustment,
    *,
    per_hour: int,
    after_notice: bool = False,
) -> Adjusted:
    """The baseline moved by the hours before the event.

    base_kw, actual_kw : shape (s, b), the baseline and the event day [kW]
    after_notice : notice was given before W begins, as it always is when given on an earlier day
    """
    s = len(base_kw)
    first = window.first - round(rule.from_hours * per_hour)
    end = window.first - round(rule.to_hours * per_hour)
    neutral = np.full(s, 1.0 if rule.kind == "ratio" else 0.0)
    if first < 0:
        return Adjusted(base_kw.copy(), neutral, np.full(s, AdjustmentNote.NO_HOURS, dtype=np.int8))
    both = ~np.isnan(base_kw[:, first:end]) & ~np.isnan(actual_kw[:, first:end])
    count = both.sum(axis=1)
    hours = count > 0
    base = np.where(both, base_kw[:, first:end], 0.0).sum(axis=1) / np.maximum(count, 1)
    actual = np.where(both, actual_kw[:, first:end], 0.0).sum(axis=1) / np.maximum(count, 1)
    if rule.kind == "ratio":
        usable = hours & (base > rule.smallest_kw)
        raw = np.divide(actual, base, out=np.ones(s), where=usable)
        change = np.where(usable, np.clip(raw, 1 - rule.cap, 1 + rule.cap), 1.0)
        moved = base_kw * change[:, None]
    else:
        usable = hours
        raw = np.where(usable, actual - base, 0.0)
        most = rule.cap * np.abs(base)
        change = np.clip(raw, -most, most)
        moved = base_kw + change[:, None]
    note = np.where(np.isclose(raw, change), AdjustmentNote.NONE, AdjustmentNote.CAPPED)
    if after_notice:
        note = np.full(s, AdjustmentNote.AFTER_NOTICE)
    note = np.where(hours & ~usable, AdjustmentNote.TOO_SMALL, note)
    note = np.where(hours, note, AdjustmentNote.NO_HOURS)
    return Adjusted(moved, change, note.astype(np.int8))
