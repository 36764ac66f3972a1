"""How far a baseline is from what came, over placebo events. Source: domain facts 3.3."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from domain.arrays import FloatArray, IntArray


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """Of s sites, each over the events that had both a baseline and a load.

    bias : shape (s,), sum(base - load) / sum(load), + = over-prediction; NaN without events or load
    rrmse : shape (s,), root mean square error of the points over their mean load
    deviation : shape (s,), standard deviation of the events' mean errors over the mean load
    events : shape (s,), how many events each stands on; points : shape (s,), how many blocks
    """

    bias: FloatArray
    rrmse: FloatArray
    deviation: FloatArray
    events: IntArray
    points: IntArray


def scores(base_kw: FloatArray, load_kw: FloatArray) -> Scores:
    """base_kw, load_kw : shape (s, e, w), e events of w blocks each; NaN = no baseline or no measurement [kW]"""
    both = ~np.isnan(base_kw) & ~np.isnan(load_kw)
    error = np.where(both, base_kw - load_kw, 0.0)
    load = np.where(both, load_kw, 0.0)
    points = both.sum(axis=(1, 2))
    events = both.any(axis=2).sum(axis=1)
    total = load.sum(axis=(1, 2))
    mean = np.divide(total, points, out=np.full(len(points), np.nan), where=points > 0)
    usable = (points > 0) & (total > 0)

    def over(value: FloatArray, whole: FloatArray) -> FloatArray:
        return np.asarray(np.divide(value, whole, out=np.full(len(points), np.nan), where=usable))

    square = np.divide((error**2).sum(axis=(1, 2)), points, out=np.full(len(points), np.nan), where=points > 0)
    width = both.sum(axis=2)
    event_error = np.divide(error.sum(axis=2), width, out=np.zeros(width.shape), where=width > 0)
    return Scores(
        bias=over(error.sum(axis=(1, 2)), total),
        rrmse=over(np.sqrt(square), mean),
        deviation=over(_deviation(event_error, width > 0), mean),
        events=events.astype(np.int64),
        points=points.astype(np.int64),
    )


def _deviation(values: FloatArray, there: FloatArray) -> FloatArray:
    count = there.sum(axis=1)
    mean = np.where(there, values, 0.0).sum(axis=1) / np.maximum(count, 1)
    off = np.where(there, values - mean[:, None], 0.0) ** 2
    return np.asarray(np.sqrt(off.sum(axis=1) / np.maximum(count - 1, 1)))
