"""Cooling load (空调负荷, 降温负荷): how much load follows a hot day, site by site.

Change-point regression of a daily load on temperature, over days warm enough not to be heated:

    P = a + b * max(0, T - T_b) + c_g * [day is of group g],    T = (1 - w) * T_today + w * T_yesterday

T_b and w are searched on a grid, b >= 0 is the sensitivity [kW per degC]. Source: domain facts 4.5 (method, M).

Intervals: Newey-West (HAC) covariance of the non-linear least squares, T_b among the parameters. Analytic rather than
bootstrap because it costs one pass over the residuals for ten thousand sites; residuals of neighbouring days move
together (a heat wave lasts), which ordinary least squares would take for more information than there is. Measured
coverage of the intervals: docs/characteristics.md.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Self

import numpy as np
from scipy.special import stdtrit

from analytics.ratios import ratio
from analytics.verdicts import Verdict, first_of
from domain.arrays import BoolArray, CodeArray, FloatArray, IntArray
from domain.errors import Invalid

#: Sites fitted at once; between two runs a caller hears how far it is.
RUN = 128
#: With L lags of n days the estimate of the variance is itself uncertain: critical values grow by about 1.4 L/n.
#: Source: Kiefer and Vogelsang (2005), fixed-b critical values of the Bartlett kernel to first order (1.33 at 90 %,
#: 1.51 at 95 %)
FIXED_B = 1.4


@dataclass(frozen=True, slots=True)
class CoolingSearch:
    """bases_c : T_b tried [degC]; weights : w tried; from_c : days with a colder maximum are left to heating [degC];
    minimum_days : valid days a fit needs; minimum_warm_days : of them above T_b; confidence : of the intervals
    """

    bases_c: tuple[float, ...] = tuple(np.arange(22.0, 28.01, 0.25).tolist())
    weights: tuple[float, ...] = (0.0, 0.2, 0.3, 0.4)
    from_c: float = 15.0
    minimum_days: int = 60
    minimum_warm_days: int = 15
    confidence: float = 0.9


@dataclass(frozen=True, slots=True, eq=False)
class CoolingFit:
    """Shape (s,) each unless said; NaN where the verdict is neither OK nor NO_RESPONSE.

    slope_kw_per_c, slope_low, slope_high : b with its interval; 0 with NaN interval under NO_RESPONSE
    base_c : T_b [degC]; weight : w of yesterday; level_kw : a; group_kw : shape (s, g), c_g [kW]
    days, warm_days : valid days, and those above T_b; hottest_c : highest temperature seen in them [degC]
    explained : share of the variance left by the groups that temperature explains; spread_kw : standard deviation of
        residuals [kW]
    covariance : shape (s, 3 + g, 3 + g) of (a, b, T_b's column, c); residual_kw : shape (s, d), NaN on other days
    """

    search: CoolingSearch
    verdict: CodeArray
    slope_kw_per_c: FloatArray
    slope_low: FloatArray
    slope_high: FloatArray
    base_c: FloatArray
    weight: FloatArray
    level_kw: FloatArray
    group_kw: FloatArray
    days: IntArray
    warm_days: IntArray
    hottest_c: FloatArray
    explained: FloatArray
    spread_kw: FloatArray
    covariance: FloatArray
    residual_kw: FloatArray

    def __len__(self) -> int:
        return len(self.verdict)

    @property
    def responds(self) -> BoolArray:
        return np.asarray(self.verdict == Verdict.OK)

    def warmth(self, today_c: float, yesterday_c: float) -> FloatArray:
        """max(0, T - T_b) of each site; 0 where it does not respond [degC]"""
        felt = (1 - self.weight) * today_c + self.weight * yesterday_c
        return np.where(self.responds, np.maximum(felt - np.where(self.responds, self.base_c, 0.0), 0.0), 0.0)


@dataclass(frozen=True, slots=True, eq=False)
class CoolingForecast:
    """Shape (s,) each [kW], NaN where nothing could be fitted.

    load_kw : load at the temperature, low_kw, high_kw : interval for a single day; cooling_kw : of it above T_b
    extrapolated : hotter than anything the fit has seen
    """

    load_kw: FloatArray
    low_kw: FloatArray
    high_kw: FloatArray
    cooling_kw: FloatArray
    extrapolated: BoolArray


@dataclass(frozen=True, slots=True, eq=False)
class _Data:
    """What the fit works on: only days with temperature today and yesterday, loads 0 where not valid."""

    load_kw: FloatArray  # (s, d)
    valid: FloatArray  # (s, d) of 0 and 1
    groups: FloatArray  # (d, 1 + g) of ones and group marks
    warmth: FloatArray  # (d, candidates)
    used: IntArray  # (d,) places in the days given
    today_c: FloatArray

    @classmethod
    def of(cls, load_kw: FloatArray, temperature_c: FloatArray, groups: BoolArray, search: CoolingSearch) -> Self:
        yesterday = np.concatenate([[np.nan], temperature_c[:-1]])
        known = ~np.isnan(temperature_c) & ~np.isnan(yesterday)
        used = np.flatnonzero(known & (np.where(known, temperature_c, -np.inf) >= search.from_c))
        own, today = load_kw[:, used], temperature_c[used]
        valid = ~np.isnan(own)
        felt = [(1 - w) * today + w * yesterday[used] for w in search.weights]
        warmth = np.array([np.maximum(f - base, 0.0) for f in felt for base in search.bases_c]).T
        design = np.concatenate([np.ones((len(used), 1)), groups[used].astype(np.float64)], axis=1)
        return cls(
            np.where(valid, own, 0.0),
            valid.astype(np.float64),
            design,
            warmth.reshape(len(used), len(felt) * len(search.bases_c)),
            used,
            today,
        )


def fit_cooling(
    load_kw: FloatArray,
    temperature_c: FloatArray,
    groups: BoolArray,
    search: CoolingSearch | None = None,
    *,
    step: Callable[[float], None] = lambda _: None,
) -> CoolingFit:
    """Fits every site.

    load_kw : shape (s, d), a load of each day (its maximum, or that at the district's peak); NaN = missing, event [kW]
    temperature_c : shape (d,), highest of the day; consecutive days; NaN = unknown [degC]
    groups : shape (d, g), marks of days with a level of their own (Saturday, Sunday and holidays); may have no column
    step : told the share of the sites that are fitted, 0...1; may raise to end it
    """
    search = search or CoolingSearch()
    if temperature_c.shape != (load_kw.shape[1],) or groups.shape[:1] != temperature_c.shape:
        raise Invalid(f"loads of shape {load_kw.shape} need a temperature and groups for each day")
    found = []
    for begin in range(0, max(len(load_kw), 1), RUN):
        step(begin / max(len(load_kw), 1))
        found.append(_fit(load_kw[begin : begin + RUN], temperature_c, groups, search))
    names = [each.name for each in fields(CoolingFit) if each.name != "search"]
    return CoolingFit(search, *(np.concatenate([getattr(own, name) for own in found]) for name in names))


def _fit(load_kw: FloatArray, temperature_c: FloatArray, groups: BoolArray, search: CoolingSearch) -> CoolingFit:
    data = _Data.of(load_kw, temperature_c, groups, search)
    days = data.valid.sum(axis=1).astype(np.int64)
    # A group without a valid day at a site gives a singular matrix there: the pseudo-inverse leaves its level at zero.
    inverse = np.asarray(np.linalg.pinv(_gram(data.valid, data.groups), hermitian=True), dtype=np.float64)
    answer = data.load_kw @ data.groups
    level = np.einsum("sij,sj->si", inverse, answer)
    left = data.load_kw - data.valid * (level @ data.groups.T)
    variation = np.square(left).sum(axis=1)
    scale = np.square(data.load_kw).sum(axis=1)
    constant = variation <= 1e-12 * np.maximum(scale, 1e-300)
    best, warm_days, gain = _search(data, inverse, answer, search)
    verdict = first_of(
        (Verdict.NO_DATA, np.asarray(np.isnan(load_kw).all(axis=1))),
        (Verdict.NO_TEMPERATURE, days == 0),
        (Verdict.FEW_DAYS, days < search.minimum_days),
        (Verdict.CONSTANT, constant),
        (Verdict.FEW_WARM_DAYS, best < 0),
        (Verdict.NO_RESPONSE, gain <= 0),
    )
    fit = _blank(verdict, days, level, left, data, search, load_kw.shape[1])
    fit.warm_days[:] = warm_days
    fit.explained[:] = np.where(fit.verdict == Verdict.OK, ratio(gain, variation, variation > 0), np.nan)
    for candidate in np.unique(best[verdict == Verdict.OK]):
        _infer(fit, data, int(candidate), np.flatnonzero((best == candidate) & (verdict == Verdict.OK)))
    return fit


def _gram(valid: FloatArray, design: FloatArray) -> FloatArray:
    """X'WX of each site, shape (s, k, k)."""
    k = design.shape[1]
    products = (design[:, :, None] * design[:, None, :]).reshape(len(design), k * k)
    return np.asarray((valid @ products).reshape(-1, k, k))


def _search(
    data: _Data, inverse: FloatArray, answer: FloatArray, search: CoolingSearch
) -> tuple[IntArray, IntArray, FloatArray]:
    """Best candidate of each site (-1 = none has enough warm days), its warm days, and the squares it explains.

    Frisch-Waugh: with h cleared of the groups, b = (h'y) / (h'h), and the squares explained are (h'y)^2 / (h'h)
    """
    h = data.warmth
    with_groups = np.stack([data.valid @ (h * data.groups[:, [j]]) for j in range(data.groups.shape[1])], axis=1)
    cleared = np.einsum("sij,sjm->sim", inverse, with_groups)
    own = data.valid @ np.square(h) - np.einsum("sim,sim->sm", with_groups, cleared)
    cross = data.load_kw @ h - np.einsum("si,sim->sm", answer, cleared)
    warm = data.valid @ (h > 0).astype(np.float64)
    enough = (warm >= search.minimum_warm_days) & (own > 1e-9 * (data.valid @ np.square(h) + 1e-300))
    gain = np.where(enough, np.where(cross > 0, 1.0, 0.0) * np.square(cross) / np.where(enough, own, 1.0), -1.0)
    if not gain.shape[1]:
        none = np.full(len(gain), -1, dtype=np.int64)
        return none, np.zeros(len(gain), dtype=np.int64), np.zeros(len(gain))
    best = gain.argmax(axis=1)
    rows = np.arange(len(gain))
    highest = gain[rows, best]
    return np.where(highest < 0, -1, best), np.asarray(warm[rows, best], dtype=np.int64), np.maximum(highest, 0.0)


def _blank(
    verdict: CodeArray,
    days: IntArray,
    level: FloatArray,
    left: FloatArray,
    data: _Data,
    search: CoolingSearch,
    all_days: int,
) -> CoolingFit:
    """A fit in which nothing responds yet; sites with enough days have their levels."""
    sites, groups = len(verdict), data.groups.shape[1] - 1
    known = (verdict == Verdict.OK) | (verdict == Verdict.NO_RESPONSE)
    nan = np.full(sites, np.nan)
    residual = np.full((sites, all_days), np.nan)
    residual[:, data.used] = np.where((data.valid > 0) & known[:, None], left, np.nan)
    freedom = np.maximum(days - data.groups.shape[1], 1)
    hottest = np.where(data.valid > 0, data.today_c, -np.inf).max(axis=1, initial=-np.inf)
    return CoolingFit(
        search=search,
        verdict=verdict,
        slope_kw_per_c=np.where(known, 0.0, np.nan),
        slope_low=nan.copy(),
        slope_high=nan.copy(),
        base_c=nan.copy(),
        weight=np.zeros(sites),
        level_kw=np.where(known, level[:, 0], np.nan),
        group_kw=np.where(known[:, None], level[:, 1:], np.nan),
        days=days,
        warm_days=np.zeros(sites, dtype=np.int64),
        hottest_c=np.where(np.isfinite(hottest), hottest, np.nan),
        explained=nan.copy(),
        spread_kw=np.where(known, np.sqrt(np.square(left).sum(axis=1) / freedom), np.nan),
        covariance=np.zeros((sites, 3 + groups, 3 + groups)),
        residual_kw=residual,
    )


def _infer(fit: CoolingFit, data: _Data, candidate: int, rows: IntArray) -> None:
    """Coefficients, residuals and intervals of sites that share a candidate, written into the fit."""
    search = fit.search
    h = data.warmth[:, candidate]
    design = np.concatenate([data.groups[:, :1], h[:, None], data.groups[:, 1:]], axis=1)
    valid, load = data.valid[rows], data.load_kw[rows]
    beta = np.einsum("sij,sj->si", np.linalg.pinv(_gram(valid, design), hermitian=True), load @ design)
    residual = load - valid * (beta @ design.T)
    # The derivative by T_b is -b where h > 0; its factor -b changes nothing in the variance of the others.
    jacobian = np.concatenate([design[:, :2], (h > 0)[:, None].astype(np.float64), design[:, 2:]], axis=1)
    parameters = jacobian.shape[1]
    freedom = np.maximum(fit.days[rows] - parameters, 1)
    covariance = _newey_west(residual, valid, jacobian) * (fit.days[rows] / freedom)[:, None, None]
    critical = stdtrit(freedom, 0.5 + search.confidence / 2) * (1 + FIXED_B * _lags(fit.days[rows]) / fit.days[rows])
    half = critical * np.sqrt(np.maximum(covariance[:, 1, 1], 0.0))
    responds = beta[:, 1] - half > 0
    fit.verdict[rows[~responds]] = Verdict.NO_RESPONSE
    fit.explained[rows[~responds]] = np.nan
    own, beta, half, residual = rows[responds], beta[responds], half[responds], residual[responds]
    fit.slope_kw_per_c[own], fit.slope_low[own], fit.slope_high[own] = beta[:, 1], beta[:, 1] - half, beta[:, 1] + half
    fit.base_c[own] = search.bases_c[candidate % len(search.bases_c)]
    fit.weight[own] = search.weights[candidate // len(search.bases_c)]
    fit.level_kw[own], fit.group_kw[own] = beta[:, 0], beta[:, 2:]
    fit.covariance[own] = covariance[responds]
    fit.spread_kw[own] = np.sqrt(np.square(residual).sum(axis=1) / freedom[responds])
    fit.residual_kw[np.ix_(own, data.used)] = np.where(valid[responds] > 0, residual, np.nan)


def _lags(days: IntArray | FloatArray) -> IntArray:
    """The square root of the number of days: two weeks of a summer half-year, longer than a heat wave."""
    return np.sqrt(days).astype(np.int64)


def _newey_west(residual: FloatArray, valid: FloatArray, jacobian: FloatArray) -> FloatArray:
    """(J'J)^-1 Omega (J'J)^-1 with Bartlett weights. Source: Newey and West (1987)"""
    bread = np.linalg.pinv(_gram(valid, jacobian), hermitian=True)
    # A day with much leverage pulls the line to itself, and its residual looks smaller than it is (HC3).
    leverage = np.einsum("di,sij,dj->sd", jacobian, bread, jacobian, optimize=True) * valid
    score = (residual / np.maximum(1 - leverage, 0.5))[:, :, None] * jacobian[None]
    lags = int(_lags(valid.sum(axis=1)).max(initial=0))
    omega = np.einsum("sdi,sdj->sij", score, score, optimize=True)
    for lag in range(1, lags + 1):
        gamma = np.einsum("sdi,sdj->sij", score[:, lag:], score[:, :-lag], optimize=True)
        omega += (1 - lag / (lags + 1)) * (gamma + gamma.transpose(0, 2, 1))
    return np.asarray(bread @ omega @ bread)


def at_temperature(fit: CoolingFit, today_c: float, yesterday_c: float, group: Sequence[float]) -> CoolingForecast:
    """Load of every site on a day of a given temperature.

    today_c, yesterday_c : highest of the day and of the day before [degC]; group : marks of the day, as ``groups``
    The interval is of a single day: parameters and residuals together, at the confidence of the fit
    """
    marks = np.asarray(group, dtype=np.float64)
    warmth = fit.warmth(today_c, yesterday_c)
    cooling = fit.slope_kw_per_c * warmth
    load = fit.level_kw + cooling + fit.group_kw @ marks
    sites = len(fit)
    place = np.concatenate(
        [np.ones((sites, 1)), warmth[:, None], (warmth > 0)[:, None].astype(np.float64), np.tile(marks, (sites, 1))],
        axis=1,
    )
    variance = np.einsum("si,sij,sj->s", place, fit.covariance, place)
    freedom = np.maximum(fit.days - place.shape[1], 1)
    half = stdtrit(freedom, 0.5 + fit.search.confidence / 2) * np.sqrt(
        np.maximum(variance, 0.0) + np.square(fit.spread_kw)
    )
    return CoolingForecast(load, load - half, load + half, cooling, np.asarray(fit.hottest_c < today_c))


def base_day_cooling(demand_kw: FloatArray, base_kw: FloatArray, *, growth: float = 1.0) -> FloatArray:
    """Base-day method (基准负荷比较法): P_cool(t) = max(0, P(t) - g P_base(t)).

    demand_kw : shape (s, ..., slots); base_kw : shape (s, slots), mean curve of mild spring and autumn workdays [kW]
    growth : g, growth of what is not cooled since the base days
    Returns the shape of ``demand_kw`` [kW]; NaN where either is missing
    """
    base = base_kw.reshape(base_kw.shape[0], *(1,) * (demand_kw.ndim - 2), base_kw.shape[1])
    return np.asarray(np.maximum(demand_kw - growth * base, 0.0))
