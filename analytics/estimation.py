"""Estimates for missing intervals: a straight line, or the mean of like days, scaled to the energy that is known.

Source: domain facts 7.4 (up to 2 h a straight line scaled to the register difference; 2 to 24 h
like-day mean x scale; longer stays missing). An estimate is never a measurement: callers flag it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.registers import Booked
from domain.arrays import BoolArray, FloatArray, IntArray

LINE, LIKE_DAY, TOO_LONG = "line", "like_day", ""
#: Register and intervals may disagree by so much before their difference is no longer believed as a gap's energy.
NEGATIVE_SHARE = 0.02


@dataclass(frozen=True, slots=True)
class Gap:
    """Steps [start, end) of a grid that need an estimate. total_kwh : energy known to lie in them, None = unknown."""

    start: int
    end: int
    total_kwh: float | None = None
    source: str = ""


@dataclass(frozen=True, slots=True)
class Limits:
    """line_h, like_day_h : longest gaps of the two methods [h]; side_h : measured hours that set a scale [h]
    scale_low, scale_high : its bounds; limit_kw : the most the site can draw [kW]"""

    line_h: float
    like_day_h: float
    side_h: float
    scale_low: float
    scale_high: float
    limit_kw: float


def gaps_of(need: BoolArray) -> list[tuple[int, int]]:
    """Runs of True as (start, end)."""
    edges = np.flatnonzero(np.diff(np.r_[False, need, False].astype(np.int8)))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def register_total_kwh(
    booked: Booked, ts_ms: IntArray, power_kw: FloatArray, start: int, end: int, *, step_s: int
) -> float | None:
    """Energy of the steps [start, end) by the register: what it moved over them, less what was measured beside them.

    ts_ms, power_kw : shape (n,), the grid and its measured powers, NaN = missing [ms], [kW]
    None where the register does not reach over the gap without a hole, or tells less than was measured beside it
    """
    step_ms = step_s * 1000
    first_ms, last_ms = int(ts_ms[start]), int(ts_ms[end - 1]) + step_ms
    over = np.flatnonzero((booked.to_ms > first_ms) & (booked.from_ms < last_ms))
    if not over.size:
        return None
    # Closing and opening of an exchange are neighbours like any others.
    joined = bool((booked.to_ms[over[:-1]] == booked.from_ms[over[1:]]).all())
    energies = booked.energy_kwh[over]
    begins, ends = int(booked.from_ms[over[0]]), int(booked.to_ms[over[-1]])
    if not joined or np.isnan(energies).any() or begins > first_ms or ends < last_ms:
        return None
    beside = ((ts_ms >= begins) & (ts_ms < first_ms)) | ((ts_ms >= last_ms) & (ts_ms + step_ms <= ends))
    measured = power_kw[beside] * (step_s / 3600)
    covered_ms = int(beside.sum()) * step_ms + (last_ms - first_ms)
    if np.isnan(measured).any() or covered_ms != ends - begins:
        return None
    total = float(energies.sum() - measured.sum())
    if total < 0:
        return 0.0 if -total <= NEGATIVE_SHARE * max(float(energies.sum()), 1.0) else None
    return total


def estimate(
    power_kw: FloatArray, gap: Gap, *, step_s: int, like_kw: FloatArray, limits: Limits
) -> tuple[FloatArray, str] | None:
    """Mean power of each step of a gap and the method, or None where nothing honest can be said.

    power_kw : shape (n,), measured, NaN = missing or distrusted; like_kw : shape (n,), mean of like days, NaN = unknown
    Where the gap's energy is known the steps sum to it exactly. Nothing is estimated above ``limits.limit_kw`` [kW]
    """
    hours = (gap.end - gap.start) * step_s / 3600
    if hours <= limits.line_h + 1e-9:
        shape, method = _line(power_kw, gap), LINE
        if shape is None and gap.total_kwh is not None:
            shape = np.ones(gap.end - gap.start)
    elif hours <= limits.like_day_h + 1e-9:
        shape, method = _like_day(power_kw, gap, step_s, like_kw, limits), LIKE_DAY
    else:
        return None
    if shape is None:
        return None
    if gap.total_kwh is not None:
        shape = _scaled(shape, gap.total_kwh, step_s)
        method = f"{method}_{gap.source}"
    if np.isnan(shape).any() or (np.abs(shape) > limits.limit_kw + 1e-9).any():
        return None
    return shape, method


def _line(power_kw: FloatArray, gap: Gap) -> FloatArray | None:
    if gap.start == 0 or gap.end == len(power_kw):
        return None
    before, after = power_kw[gap.start - 1], power_kw[gap.end]
    if np.isnan(before) or np.isnan(after):
        return None
    return np.asarray(np.linspace(before, after, gap.end - gap.start + 2)[1:-1])


def _like_day(power_kw: FloatArray, gap: Gap, step_s: int, like_kw: FloatArray, limits: Limits) -> FloatArray | None:
    shape = like_kw[gap.start : gap.end]
    if np.isnan(shape).any():
        return None
    if gap.total_kwh is not None:
        return shape
    reach = max(1, round(limits.side_h * 3600 / step_s))
    around = np.r_[
        np.arange(max(0, gap.start - reach), gap.start), np.arange(gap.end, min(len(power_kw), gap.end + reach))
    ]
    both = around[~np.isnan(power_kw[around]) & ~np.isnan(like_kw[around])]
    usual = float(like_kw[both].sum()) if both.size else 0.0
    scale = float(power_kw[both].sum()) / usual if usual > 0 else 1.0
    return np.asarray(shape * min(max(scale, limits.scale_low), limits.scale_high))


def _scaled(shape: FloatArray, total_kwh: float, step_s: int) -> FloatArray:
    """The same shape with the energy it must have; an even one where the shape says nothing."""
    energy = float(shape.sum()) * step_s / 3600
    if energy > 1e-9 and (shape >= 0).all():
        return np.asarray(shape * (total_kwh / energy))
    return np.full(len(shape), total_kwh / (len(shape) * step_s / 3600))
