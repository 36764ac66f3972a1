"""Data-quality indicators (数据质量指标): counts of one meter and day, their sums, and the rates they make.

Source: domain facts 7.3. Counts add up over meters and days; a rate is formed from summed counts, so that a meter of
96 points a day does not weigh as much as one of 1,440. A rate without anything due has no value, and says so.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from domain.arrays import BoolArray, FloatArray, IntArray
from domain.series import Figure

NOTHING_DUE = "nothing was due"
NO_MONTH = "no day of the month has both its intervals and its register"


@dataclass(frozen=True, slots=True)
class QualityCounts:
    """meters : due to report; online : of which at least one reading came; due_read : of which the reading at 00:00
    was due; read : it came; expected, received, valid, timely, clock_ok : intervals
    """

    meters: int = 0
    online: int = 0
    due_read: int = 0
    read: int = 0
    expected: int = 0
    received: int = 0
    valid: int = 0
    timely: int = 0
    clock_ok: int = 0

    def __add__(self, other: QualityCounts) -> QualityCounts:
        return QualityCounts(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))


@dataclass(frozen=True, slots=True)
class QualityRates:
    """Shares 0...1. completeness 采集完整率, online 终端在线率, success 采集成功率, timely 及时率, clock 时钟合格率."""

    completeness: Figure
    online: Figure
    success: Figure
    timely: Figure
    clock: Figure


def count_intervals(
    ts_ms: IntArray,
    late_ms: IntArray,
    valid: BoolArray,
    clock_ok: BoolArray,
    *,
    start_ms: int,
    until_ms: int,
    interval_ms: int,
    prompt_ms: int,
) -> QualityCounts:
    """Counts of one meter over [start, until), one row an interval.

    ts_ms : shape (n,), starts of the intervals read, each once; late_ms : from the end of the interval to arrival [ms]
    valid, clock_ok : shape (n,); interval_ms : by the meter's configuration version in force that day
    prompt_ms : later than this is not timely [ms]
    Source: domain facts 7.3, expected = intervals of the configuration version, not what normally arrives
    """
    expected = max(0, (until_ms - start_ms) // interval_ms)
    within = (ts_ms >= start_ms) & (ts_ms < start_ms + expected * interval_ms)
    at_midnight = within & (ts_ms < start_ms + interval_ms)
    due = expected > 0
    return QualityCounts(
        meters=int(due),
        online=int(due and bool(within.any())),
        due_read=int(due),
        read=int(bool((at_midnight & valid).any())),
        expected=int(expected),
        received=int(within.sum()),
        valid=int((within & valid).sum()),
        timely=int((within & (late_ms <= prompt_ms)).sum()),
        clock_ok=int((within & clock_ok).sum()),
    )


def rates(counts: QualityCounts) -> QualityRates:
    """
    completeness = valid received / expected
    online = meters heard / meters due; success = meters read at 00:00 / meters due
    timely, clock = of the received, those that came in time, those stamped within a minute
    """
    return QualityRates(
        completeness=_share(counts.valid, counts.expected),
        online=_share(counts.online, counts.meters),
        success=_share(counts.read, counts.due_read),
        timely=_share(counts.timely, counts.received),
        clock=_share(counts.clock_ok, counts.received),
    )


def _share(part: int, whole: int) -> Figure:
    return Figure(part / whole, 1.0) if whole else Figure(None, 0.0, NOTHING_DUE)


def monthly_deviation(daily_kwh: FloatArray, register_kwh: FloatArray) -> Figure:
    """日月一致性: |sum of the days - the month's register difference| / the latter, over the days that have both.

    daily_kwh : shape (d,), energy of the intervals of each day; register_kwh : shape (d,), register difference of it;
    NaN = not whole. coverage : share of the days that have both
    """
    both = ~(np.isnan(daily_kwh) | np.isnan(register_kwh))
    coverage = float(both.mean()) if both.size else 0.0
    month = float(register_kwh[both].sum())
    if not both.any() or month <= 0:
        return Figure(None, coverage, NO_MONTH)
    return Figure(abs(float(daily_kwh[both].sum()) - month) / month, coverage)
