"""Load forecasts of many sites with quantiles: what a site is fit for is judged first, then forecast, or refused.

Method ``regression`` (forecast_regression) from REGRESSION_DAYS of data on, ``usual_days`` (the usual day of its kind,
its errors as they were) from LEAST_DAYS on; less, or data that end too early or never move, is refused with the reason.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from analytics.forecast_frame import Frame
from analytics.forecast_regression import Band, Fitted, Regression, clip_spikes
from analytics.forecast_spread import PATHS, Paths, error_paths, quantiles
from analytics.usual_days import usual_days
from domain.arrays import BoolArray, FloatArray

LEVELS = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)
LEAST_DAYS, REGRESSION_DAYS = 14, 28
#: Days on which each time of the day must have been measured: nothing is known of one that never was.
LEAST_SLOT_DAYS = 7
#: A day counts as data when half of its steps are there.
HALF_DAY = 0.5
#: The newest value may be at most this old.
STALE_HOURS = 48
TEMPERATURE_COVERAGE, FORECAST_COVERAGE = 0.9, 0.5


class Method(StrEnum):
    REGRESSION = "regression"
    USUAL_DAYS = "usual_days"
    NONE = "none"


class Refusal(StrEnum):
    NONE = ""
    NO_DATA = "no_data"
    TOO_SHORT = "too_short"
    STALE = "stale"
    CONSTANT = "constant"
    HOURS_MISSING = "hours_missing"


@dataclass(frozen=True, slots=True, eq=False)
class SiteForecasts:
    """expected_kw : shape (s, h), NaN where refused; paths : of possible errors, p for each site
    quantiles_kw : shape (q, s, h); levels : q; method, refusal : s each
    coverage : shape (s,), share of the steps of the last 56 days that are there; used_temperature
    floor_kw : shape (s,), no quantile lies below it; last_kw : shape (s,), newest value, NaN where none [kW]
    """

    expected_kw: FloatArray
    paths: Paths
    quantiles_kw: FloatArray
    levels: tuple[float, ...]
    method: tuple[Method, ...]
    refusal: tuple[Refusal, ...]
    coverage: FloatArray
    used_temperature: bool
    floor_kw: FloatArray
    last_kw: FloatArray

    def of(self, sites: BoolArray) -> SiteForecasts:
        """The forecasts of some sites."""
        chosen = np.flatnonzero(sites).tolist()
        return replace(
            self,
            expected_kw=self.expected_kw[sites],
            paths=self.paths.of(sites),
            quantiles_kw=self.quantiles_kw[:, sites],
            method=tuple(self.method[i] for i in chosen),
            refusal=tuple(self.refusal[i] for i in chosen),
            coverage=self.coverage[sites],
            floor_kw=self.floor_kw[sites],
            last_kw=self.last_kw[sites],
        )


def judge(load_kw: FloatArray, frame: Frame) -> tuple[list[Method], list[Refusal]]:
    """What each site is fit for.

    load_kw : shape (s, >= n), NaN = missing; only the first ``frame.known`` steps are looked at [kW]
    """
    known = load_kw[:, : frame.known]
    there = ~np.isnan(known)
    days = frame.day[: frame.known]
    per_day = np.stack([np.bincount(days, weights=row, minlength=frame.days) for row in there])
    steps_of_day = np.maximum(np.bincount(days, minlength=frame.days), 1)
    good_days = (per_day / steps_of_day >= HALF_DAY).sum(axis=1)
    recent = there[:, -STALE_HOURS * frame.per_hour :].sum(axis=1) > 0
    slots = frame.slot[: frame.known]
    per_slot = np.stack([np.bincount(slots, weights=row, minlength=frame.slots) for row in there])
    seldom = per_slot.min(axis=1) < LEAST_SLOT_DAYS
    methods, refusals = [], []
    for site in range(len(known)):
        refusal = Refusal.NONE
        if not there[site].any():
            refusal = Refusal.NO_DATA
        elif not recent[site]:
            refusal = Refusal.STALE
        elif good_days[site] < LEAST_DAYS:
            refusal = Refusal.TOO_SHORT
        elif _constant(known[site]):
            refusal = Refusal.CONSTANT
        elif seldom[site]:
            refusal = Refusal.HOURS_MISSING
        method = Method.REGRESSION if good_days[site] >= REGRESSION_DAYS else Method.USUAL_DAYS
        refusals.append(refusal)
        methods.append(Method.NONE if refusal else method)
    return methods, refusals


def forecast(
    load_kw: FloatArray,
    frame: Frame,
    *,
    temperature_c: FloatArray | None = None,
    levels: tuple[float, ...] = LEVELS,
    step: Callable[[float], None] = lambda _: None,
) -> SiteForecasts:
    """Forecast every site over the frame's horizon.

    load_kw : shape (s, >= n); steps from ``frame.known`` on are never read [kW]
    temperature_c : shape (n + h,), measured up to the issue time and forecast after it, NaN = unknown [deg C]
    step : told the share of the work done, 0...1; may raise to end it
    """
    load_kw = np.asarray(load_kw[:, : frame.known], dtype=np.float64)
    methods, refusals = judge(load_kw, frame)
    sites = len(load_kw)
    temperature = prepared_temperature(temperature_c, frame)
    expected = np.full((sites, frame.horizon), np.nan)
    errors = np.full((sites, PATHS, frame.horizon), np.nan)
    past, backcast = np.full(errors.shape, np.nan), np.full(errors.shape, np.nan)
    for method in (Method.REGRESSION, Method.USUAL_DAYS):
        mine = np.array([each is method for each in methods], dtype=np.bool_)
        if mine.any():
            fitted = (
                Regression(load_kw[mine], frame, temperature).fit(step)
                if method is Method.REGRESSION
                else _as_usual(load_kw[mine], frame)
            )
            expected[mine] = fitted.expected_kw
            paths = error_paths(fitted, frame, load_kw[mine])
            errors[mine], past[mine], backcast[mine] = paths.errors_kw, paths.past_kw, paths.backcast_kw
    found = np.full((len(levels), sites, frame.horizon), np.nan)
    floor = np.array([_floor(row) for row in load_kw])
    expected = np.maximum(expected, floor[:, None])
    fit = np.array([method is not Method.NONE for method in methods], dtype=np.bool_)
    if fit.any():
        found[:, fit] = quantiles(expected[fit], errors[fit], levels, per_hour=frame.per_hour)
        found[:, fit] = np.maximum(found[:, fit], floor[fit][None, :, None])
    return SiteForecasts(
        expected_kw=expected,
        paths=Paths(errors, past, backcast),
        quantiles_kw=found,
        levels=levels,
        method=tuple(methods),
        refusal=tuple(refusals),
        coverage=_coverage(load_kw, frame),
        used_temperature=temperature is not None and Method.REGRESSION in methods,
        floor_kw=floor,
        last_kw=np.array([_last(row) for row in load_kw]),
    )


def prepared_temperature(temperature_c: FloatArray | None, frame: Frame) -> FloatArray | None:
    """Gaps bridged: to the issue time by straight lines, after it by what stood a day earlier. None = too little."""
    if temperature_c is None:
        return None
    values = np.array(temperature_c, dtype=np.float64)
    there = ~np.isnan(values)
    # What yesterday's temperature says of tomorrow the load of yesterday says as well, and better.
    if there[: frame.known].mean() < TEMPERATURE_COVERAGE or there[frame.known :].mean() < FORECAST_COVERAGE:
        return None
    steps = np.arange(len(values))
    past = slice(0, frame.known)
    values[past] = np.interp(steps[past], steps[past][there[past]], values[past][there[past]])
    for place in np.flatnonzero(~there[frame.known :]) + frame.known:
        values[place] = values[place - frame.slots]
    return values


def _as_usual(load_kw: FloatArray, frame: Frame) -> Fitted:
    """The usual day of its kind, by the nearest kind where that one was never seen, and its errors so far."""
    clipped = clip_spikes(load_kw)
    daily = frame.daily(clipped)
    by_class = usual_days(daily, frame.day_class, weight=0.25)
    of_all = usual_days(daily, np.zeros(frame.days, dtype=np.int64), weight=0.15)
    back = -(-frame.horizon // frame.slots)
    base, fall_back = by_class.before(1), of_all.before(1)
    base = np.where(np.isnan(base), fall_back, base)
    known = slice(0, frame.known)
    errors = clipped - base[:, frame.day[known], frame.slot[known]]
    ahead = slice(frame.known, None)
    base, fall_back = by_class.before(back), of_all.before(back)
    base = np.where(np.isnan(base), fall_back, base)
    expected = np.nan_to_num(base[:, frame.day[ahead], frame.slot[ahead]])
    return Fitted(expected, errors[None], (Band(1, frame.horizon, 1),), expected)


def _constant(values: FloatArray) -> bool:
    there = values[~np.isnan(values)]
    return bool(np.ptp(there) <= 1e-6 * max(1.0, float(np.abs(there).max())))


def _floor(values: FloatArray) -> float:
    """A load that never fed back is not forecast below zero; one that did, not below the lowest it reached."""
    return float(min(values[~np.isnan(values)].min(initial=0.0), 0.0))


def _last(values: FloatArray) -> float:
    there = values[~np.isnan(values)]
    return float(there[-1]) if len(there) else float("nan")


def _coverage(load_kw: FloatArray, frame: Frame) -> FloatArray:
    recent = load_kw[:, -56 * frame.slots :]
    return np.asarray((~np.isnan(recent)).mean(axis=1)) if recent.shape[1] else np.zeros(len(load_kw))
