"""End-of-interval projection: minutes before the block ends, what its demand will be.

The block's demand is the energy seen so far plus a forecast of its remaining minutes. That forecast is linear in the
recent past and free of level: with the means of the last minutes a_1, a_5, a_15 and of the quarter before, b_15,

    remaining = a_15 + c_1 (a_1 - a_15) + c_2 (a_5 - a_15) + c_3 (a_15 - b_15)                        (1)

one set of c for each number of minutes seen. "The last value held" is c = (1, 0, 0), so least squares can only improve
on it. The band is the 10 and 90 % quantile of the errors, as a share of the level, on days the fit left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from domain.arrays import FloatArray, IntArray
from domain.errors import Invalid

BLOCK_MIN = 15
#: Minutes of the past that (1) looks at.
PAST_MIN = 30
BAND = (0.1, 0.9)
FOLDS = 5
#: Fewer blocks than this say nothing about a 10 % quantile.
MINIMUM_BLOCKS = 96

#: Without history: a_5 is held, and a block that has just begun may end this share of the level away. Ours, wide on
#: purpose: a rolling mill changes by a tenth within a quarter of an hour, an office by a third of that.
DEFAULT_SPREAD = 0.15


@dataclass(frozen=True, slots=True, eq=False)
class ProjectionModel:
    """What ``fit`` learnt. Rows are the number of minutes seen, 0...15.

    coefficients : shape (16, 3), c of equation (1)
    low, high : shape (16,), band as a share of the level, low <= 0 <= high, narrowing with every minute seen
    blocks : blocks learnt from; 0 = the default
    """

    coefficients: FloatArray
    low: FloatArray
    high: FloatArray
    blocks: int


@dataclass(frozen=True, slots=True, eq=False)
class Projected:
    """Demand of the running block with its 80 % band. Shapes as the rows given; NaN = nothing to go by [kW]."""

    demand_kw: FloatArray
    low_kw: FloatArray
    high_kw: FloatArray


def default_model() -> ProjectionModel:
    """The model for a scope without history: the mean of the last five minutes is held, the band is wide."""
    left = 1.0 - np.arange(BLOCK_MIN + 1) / BLOCK_MIN
    return ProjectionModel(
        coefficients=np.tile([0.0, 1.0, 0.0], (BLOCK_MIN + 1, 1)),
        low=-DEFAULT_SPREAD * left,
        high=DEFAULT_SPREAD * left,
        blocks=0,
    )


def fit(history_kw: FloatArray) -> ProjectionModel:
    """Learn a model from minutes of history.

    history_kw : shape (n,) or (k, n), mean power of each minute of one or k scopes, the first minute being the first of
        a block; NaN = missing [kW]. Blocks with a gap in them or in the half hour before are left out
    Raises Invalid with fewer than a day of whole blocks; use ``default_model`` then
    """
    past, block = _samples(np.atleast_2d(history_kw))
    if len(block) < MINIMUM_BLOCKS:
        raise Invalid(f"{len(block)} whole blocks are too few to learn a projection from; {MINIMUM_BLOCKS} are needed")
    coefficients = np.zeros((BLOCK_MIN + 1, 3))
    low, high = np.zeros(BLOCK_MIN + 1), np.zeros(BLOCK_MIN + 1)
    for minute in range(BLOCK_MIN):
        seen = np.concatenate([past, block[:, :minute]], axis=1)[:, -PAST_MIN:]
        features, level = _features(seen)
        scale = _scale(seen)
        target = block[:, minute:].mean(axis=1) - level
        design, answer = features / scale[:, None], target / scale
        coefficients[minute] = _solve(design, answer)
        errors = _held_out_errors(design, answer) * ((BLOCK_MIN - minute) / BLOCK_MIN)
        low[minute], high[minute] = np.quantile(errors, BAND)
    # A minute more of knowledge never makes the answer less certain; what looks so is the noise of a quantile.
    low = np.minimum.accumulate(np.minimum(low, 0.0)[::-1])[::-1]
    high = np.maximum.accumulate(np.maximum(high, 0.0)[::-1])[::-1]
    return ProjectionModel(coefficients, low, high, blocks=len(block))


def project(model: ProjectionModel, seen_kw: FloatArray, *, past_kw: FloatArray) -> Projected:
    """Demand of the running block of each scope.

    seen_kw : shape (..., m), the minutes of the block so far, m <= 15; NaN = missing [kW]
    past_kw : shape (..., p), the minutes before the block, 30 are used; fewer, or none, will do; NaN = missing [kW]
    Returns shape (...). With all 15 minutes the band closes on the block's demand. A missing minute is taken from its
    neighbours, and the band is that of a block of which so many minutes less were seen. NaN where no minute
    is there at all
    """
    minutes = seen_kw.shape[-1]
    if minutes > BLOCK_MIN:
        raise Invalid(f"a block has {BLOCK_MIN} minutes, not {minutes}")
    shape = seen_kw.shape[:-1]
    seen = seen_kw.reshape(prod(shape), minutes)
    past = np.full((len(seen), PAST_MIN), np.nan)
    recent = np.broadcast_to(past_kw, (*shape, past_kw.shape[-1])).reshape(len(seen), past_kw.shape[-1])[:, -PAST_MIN:]
    past[:, PAST_MIN - recent.shape[1] :] = recent
    there = ~np.isnan(seen)
    heard = np.asarray(there.sum(axis=1), dtype=np.int64)
    # Silence at the end is the future, not a gap: the last minute heard is where the forecast starts.
    reached = np.asarray((there * np.arange(1, minutes + 1)).max(axis=1, initial=0), dtype=np.int64)
    demand, scale = _project_rows(model, seen, past, reached)
    low, high = demand + model.low[heard] * scale, demand + model.high[heard] * scale
    return Projected(demand.reshape(shape), low.reshape(shape), high.reshape(shape))


def _project_rows(
    model: ProjectionModel, seen: FloatArray, past: FloatArray, reached: IntArray
) -> tuple[FloatArray, FloatArray]:
    demand, scale = np.full(len(seen), np.nan), np.full(len(seen), np.nan)
    for minute in np.unique(reached).tolist():
        rows = np.flatnonzero(reached == minute)
        filled = _filled(np.concatenate([past[rows], seen[rows, :minute]], axis=1))
        recent = filled[:, -PAST_MIN:]
        features, level = _features(recent)
        remaining = level + features @ model.coefficients[minute]  # equation (1)
        so_far = filled[:, PAST_MIN:].sum(axis=1)
        demand[rows] = (so_far + (BLOCK_MIN - minute) * remaining) / BLOCK_MIN
        scale[rows] = _scale(recent)
    return demand, scale


def _samples(history: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Whole blocks with the half hour before them, in time order: shapes (b, 30) and (b, 15)."""
    length = PAST_MIN + BLOCK_MIN
    if history.shape[-1] < length:
        return np.empty((0, PAST_MIN)), np.empty((0, BLOCK_MIN))
    windows = sliding_window_view(history, length, axis=-1)[:, ::BLOCK_MIN]
    flat = np.swapaxes(windows, 0, 1).reshape(-1, length)
    whole = flat[~np.isnan(flat).any(axis=1)]
    return whole[:, :PAST_MIN], whole[:, PAST_MIN:]


def _features(recent: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The three differences of equation (1), shape (r, 3), and the level a_15, shape (r,), of 30 minutes each."""
    level = recent[:, -15:].mean(axis=1)
    last, five, before = recent[:, -1], recent[:, -5:].mean(axis=1), recent[:, :15].mean(axis=1)
    return np.stack([last - level, five - level, level - before], axis=1), level


def _scale(recent: FloatArray) -> FloatArray:
    """What errors are measured by: the mean size of the load, so that one model serves the night and the afternoon."""
    return np.asarray(np.maximum(np.abs(recent).mean(axis=1), 1e-6))


def _filled(minutes: FloatArray) -> FloatArray:
    """Missing minutes on the straight line between their neighbours, at the ends held; rows of NaN stay NaN."""
    count = minutes.shape[1]
    there = ~np.isnan(minutes)
    place = np.arange(count)
    before = np.maximum.accumulate(np.where(there, place, -1), axis=1)
    after = np.minimum.accumulate(np.where(there, place, count)[:, ::-1], axis=1)[:, ::-1]
    left = np.clip(np.where(before < 0, after, before), 0, count - 1)
    right = np.clip(np.where(after >= count, before, after), 0, count - 1)
    way = np.divide(place - left, right - left, out=np.zeros(minutes.shape), where=right > left)
    from_kw, to_kw = np.take_along_axis(minutes, left, axis=1), np.take_along_axis(minutes, right, axis=1)
    return np.asarray(from_kw + way * (to_kw - from_kw))


def _solve(design: FloatArray, answer: FloatArray) -> FloatArray:
    # A load that never moves gives columns of zeros: the least-norm solution is then zero, which is right.
    return np.asarray(np.linalg.lstsq(design, answer, rcond=1e-9)[0])


def _held_out_errors(design: FloatArray, answer: FloatArray) -> FloatArray:
    """Errors of each fifth of the time under coefficients learnt from the other four."""
    fold = np.arange(len(answer)) * FOLDS // len(answer)
    errors = np.empty(len(answer))
    for number in range(FOLDS):
        held = fold == number
        errors[held] = answer[held] - design[held] @ _solve(design[~held], answer[~held])
    return errors
