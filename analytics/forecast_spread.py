"""How wrong the forecast may be: its errors at the same time of earlier days, as whole paths.

Path i adds to the forecast of T + h the error the same coefficients made at the same slot of an earlier day: the i-th
newest of its kind where enough are known, else of any kind. Errors are rescaled from the kind of day they were made on
to the kind they are used for:
    e'_i(h) = e(h, i) * sigma_band(class of target day, slot) / sigma_band(class of its own day, slot)          (1)
One path belongs to one earlier day for all sites alike, so sums of paths over sites keep how sites err together, and
the highest step of a path is the peak of a possible day. Quantiles of one step are taken over the paths and the steps
within an hour of it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.forecast_frame import Frame
from analytics.forecast_regression import Fitted
from domain.arrays import BoolArray, FloatArray, IntArray

PATHS = 40
#: So many days of one kind tell their errors by themselves.
ENOUGH_DAYS = 16
#: Rescaling goes no further than this either way: few Sundays do not tell a size well.
MOST_RESCALING = 3.0
#: The coefficients have seen the days their errors are taken from, so true errors are a little wider: by these factors
#: on the sites of bench/forecast_accuracy.py that are there to design with.
FURTHER_DAYS, PEAKS = 1.12, 1.2


@dataclass(frozen=True, slots=True, eq=False)
class Paths:
    """errors_kw : shape (s, p, h), equation (1) [kW]
    past_kw, backcast_kw : shape (s, p, h), the earlier steps themselves and what the same coefficients had expected
    of them, NaN where nothing was measured [kW]"""

    errors_kw: FloatArray
    past_kw: FloatArray
    backcast_kw: FloatArray

    def of(self, sites: BoolArray) -> Paths:
        return Paths(self.errors_kw[sites], self.past_kw[sites], self.backcast_kw[sites])

    def within(self, steps: slice) -> Paths:
        return Paths(self.errors_kw[..., steps], self.past_kw[..., steps], self.backcast_kw[..., steps])


def error_paths(fitted: Fitted, frame: Frame, load_kw: FloatArray) -> Paths:
    """Equation (1) for PATHS earlier days; where one has no error at a step, the next one's stands in, at last 0.

    load_kw : shape (s, n) [kW]
    """
    sites = fitted.errors_kw.shape[1]
    errors = np.full((sites, PATHS, frame.horizon), np.nan)
    past, backcast = np.full(errors.shape, np.nan), np.full(errors.shape, np.nan)
    step_of = _steps_by_day(frame)
    learnt = _learnt_days(fitted, frame, step_of)
    for number, band in enumerate(fitted.bands):
        sigma = _size_by_day(fitted.errors_kw[number], frame)
        leads = np.arange(band.first, band.last + 1)
        day, slot = frame.day[frame.known - 1 + leads], frame.slot[frame.known - 1 + leads]
        source_day = np.stack([_sources(learnt, frame, int(each)) for each in day], axis=1)
        source = step_of[source_day, slot]
        valid = source >= 0
        place = np.maximum(source, 0)
        then = sigma[:, frame.day_class[source_day], slot]
        now = sigma[:, frame.day_class[day], slot][:, None, :]
        ratio = np.divide(now, then, out=np.ones(then.shape), where=then > 0)
        raw = np.where(valid, fitted.errors_kw[number][:, place], np.nan)
        errors[:, :, leads - 1] = raw * np.clip(ratio, 1 / MOST_RESCALING, MOST_RESCALING)
        past[:, :, leads - 1] = np.where(valid & ~np.isnan(raw), load_kw[:, place], np.nan)
        backcast[:, :, leads - 1] = past[:, :, leads - 1] - raw
    return Paths(_filled(errors), past, backcast)


def _steps_by_day(frame: Frame) -> IntArray:
    """The known step of each day and slot, shape (d, k); -1 where there is none."""
    found = np.full((frame.days, frame.slots), -1, dtype=np.int64)
    found[frame.day[: frame.known], frame.slot[: frame.known]] = np.arange(frame.known)
    return found


def _learnt_days(fitted: Fitted, frame: Frame, step_of: IntArray) -> IntArray:
    """Days with errors, newest first; the running one is no whole day."""
    learnt = ~np.isnan(fitted.errors_kw[0]).all(axis=0)
    days = np.unique(frame.day[: frame.known][learnt])
    whole = days[(step_of[days] >= 0).mean(axis=1) > 0.9]
    return np.asarray(whole[::-1], dtype=np.int64)


def _sources(learnt: IntArray, frame: Frame, day: int) -> IntArray:
    """Days whose errors stand for those of ``day``: of its own kind where there are enough, else of every kind."""
    if not len(learnt):
        return np.zeros(PATHS, dtype=np.int64)
    alike = learnt[frame.day_class[learnt] == frame.day_class[day]]
    days = alike if len(alike) >= ENOUGH_DAYS else learnt
    return np.asarray(days[np.arange(PATHS) % len(days)])


def quantiles(expected_kw: FloatArray, paths_kw: FloatArray, levels: tuple[float, ...], *, per_hour: int) -> FloatArray:
    """Quantiles of each step, shape (q, s, h) [kW].

    expected_kw : shape (s, h); paths_kw : shape (s, p, h), errors; levels : q shares, rising, each in (0, 1)
    """
    horizon = expected_kw.shape[1]
    found = np.empty((len(levels), *expected_kw.shape))
    count = paths_kw.shape[1]
    # With n paths the k-th smallest lies at k / (n + 1): the outermost shares need a little more room than n gives.
    room = [np.clip(level + (2 * level - 1) / (2 * count), 0.0, 1.0) for level in levels]
    for lead in range(horizon):
        reach = min(per_hour, (lead + 1) // 4)
        near = paths_kw[:, :, max(0, lead - reach) : lead + reach + 1].reshape(len(expected_kw), -1)
        wider = FURTHER_DAYS if lead >= 24 * per_hour else 1.0
        found[:, :, lead] = expected_kw[:, lead] + wider * np.quantile(near, room, axis=1)
    return np.maximum.accumulate(found, axis=0)


def peak_errors(expected_kw: FloatArray, paths: Paths) -> FloatArray:
    """By how much the highest step missed the highest expected one on the earlier days, shape (s, p) [kW].

    A single day's highest step lies above its expected curve's, and by how much is learnt here. Errors grow with the
    height of the peak. Days of which less than nine tenths is known are left out; NaN stands for them.
    """
    known = (~np.isnan(paths.past_kw)).mean(axis=2) >= 0.9
    low = np.full(known.shape, -np.inf)
    happened = np.max(np.where(np.isnan(paths.past_kw), -np.inf, paths.past_kw), axis=2, initial=-np.inf)
    foreseen = np.max(np.where(np.isnan(paths.backcast_kw), -np.inf, paths.backcast_kw), axis=2, initial=-np.inf)
    usable = known & (happened > low) & (foreseen > low)
    now = expected_kw.max(axis=1)[:, None]
    then = np.where(usable, foreseen, 1.0)
    ratio = np.divide(now, then, out=np.ones(then.shape), where=then > 0)
    error = np.where(usable, happened, 0.0) - np.where(usable, foreseen, 0.0)
    error *= np.clip(ratio, 1 / MOST_RESCALING, MOST_RESCALING)
    middle = np.array([np.median(row[there]) if there.any() else 0.0 for row, there in zip(error, usable, strict=True)])
    return np.where(usable, middle[:, None] + PEAKS * (error - middle[:, None]), np.nan)


def _size_by_day(errors_kw: FloatArray, frame: Frame) -> FloatArray:
    """Mean size of errors by kind of day and slot, over an hour either way, drawn to the slot's mean of all days where
    few days tell: shape (s, 3, k) [kW]"""
    sizes = np.abs(errors_kw)
    there = ~np.isnan(sizes)
    known = frame.known
    slot, kind = frame.slot[:known], frame.day_class[frame.day[:known]]
    sites = sizes.shape[0]
    total, count = np.zeros((sites, 3, frame.slots)), np.zeros((sites, 3, frame.slots))
    filled = np.where(there, sizes, 0.0)
    for each in range(3):
        of_kind = kind == each
        where = slot[of_kind]
        for place in range(sites):
            total[place, each] = np.bincount(where, weights=filled[place, of_kind], minlength=frame.slots)
            count[place, each] = np.bincount(where, weights=there[place, of_kind], minlength=frame.slots)
    total, count = _near(total, frame.per_hour), _near(count, frame.per_hour)
    of_all = total.sum(axis=1, keepdims=True) / np.maximum(count.sum(axis=1, keepdims=True), 1.0)
    strength = 2.0 * (2 * frame.per_hour + 1)  # as much as two days tell
    return np.asarray((total + strength * of_all) / (count + strength))


def _near(values: FloatArray, reach: int) -> FloatArray:
    """Sums over ``reach`` slots either way, around midnight."""
    return np.asarray(sum(np.roll(values, offset, axis=-1) for offset in range(-reach, reach + 1)))


def _filled(paths: FloatArray) -> FloatArray:
    for _ in range(3):
        missing = np.isnan(paths)
        if not missing.any():
            return paths
        paths = np.where(missing, np.roll(paths, -1, axis=1), paths)
    return np.asarray(np.nan_to_num(paths))
