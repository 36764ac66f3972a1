"""One issue of forecasts: every enterprise, the monitored load and the district, made to add up."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from analytics.forecast import LEVELS, Method, Refusal, SiteForecasts, forecast, judge
from analytics.forecast_frame import Frame
from analytics.forecast_spread import quantiles
from analytics.reconcile import reconcile
from domain.arrays import FloatArray, IntArray
from domain.scopes import DISTRICT, MONITORED, Scope, ScopeKind
from monitor.load_history import LoadHistory


@dataclass(frozen=True, slots=True, eq=False)
class ForecastSet:
    """scopes : s, as the rows of ``sites`` and ``load_kw``; load_kw : shape (s, n), what the forecast stands on [kW]
    ahead_ms : shape (h,), blocks forecast; coherent : whether totals and enterprises add up; rest_kw : shape (h,),
    expected load of what is in the total and in no forecast enterprise [kW]
    """

    scopes: tuple[Scope, ...]
    sites: SiteForecasts
    load_kw: FloatArray
    frame: Frame
    ahead_ms: IntArray
    coherent: bool
    rest_kw: FloatArray
    temperature: str
    data_digest: str

    def place(self, scope: Scope) -> int:
        return self.scopes.index(scope)

    def within(self, steps: int) -> ForecastSet:
        """The first ``steps`` blocks of it; what it stands on stays."""
        sites = replace(
            self.sites,
            expected_kw=self.sites.expected_kw[:, :steps],
            paths=self.sites.paths.within(slice(steps)),
            quantiles_kw=self.sites.quantiles_kw[..., :steps],
        )
        return replace(self, sites=sites, ahead_ms=self.ahead_ms[:steps], rest_kw=self.rest_kw[:steps])


def usable_load(history: LoadHistory) -> FloatArray:
    """Restored load of each scope; of totals the estimate where a member is silent, for they seldom are complete."""
    total = np.array([scope in (DISTRICT, MONITORED) or scope.kind.is_area for scope in history.scopes])
    estimated = np.isnan(history.demand_kw) & total[:, None]
    measured = np.where(estimated, history.estimate_kw, history.demand_kw)
    return np.asarray(measured + history.reduction_kw)


def forecast_set(
    history: LoadHistory,
    frame: Frame,
    ahead_ms: IntArray,
    temperature_c: FloatArray,
    *,
    temperature: str,
    step: Callable[[float], None] = lambda _: None,
) -> ForecastSet:
    """``history`` holds the blocks of ``frame`` up to the issue, and may hold later ones, which are not read."""
    load = usable_load(history)[:, : frame.known]
    scopes = history.scopes
    parts = [i for i, scope in enumerate(scopes) if scope.kind is ScopeKind.ENTERPRISE]
    methods, _ = judge(load, frame)
    modelled = [i for i in parts if methods[i] is not Method.NONE]
    rests = _rests(scopes, load, modelled)
    rows = np.concatenate([load, *(row[None] for row in rests.values())]) if rests else load
    found = forecast(rows, frame, temperature_c=temperature_c, step=step)
    expected, coherent = _added_up(found, scopes, modelled, list(rests))
    own = np.arange(len(rows)) < len(scopes)
    rest = np.zeros(frame.horizon)
    if MONITORED in scopes:
        rest = expected[scopes.index(MONITORED)] - expected[modelled].sum(axis=0)
    sites = _recentred(found, expected, frame)
    return ForecastSet(
        scopes=scopes,
        sites=sites.of(own),
        load_kw=load,
        frame=frame,
        ahead_ms=ahead_ms,
        coherent=coherent,
        rest_kw=rest,
        temperature=temperature if sites.used_temperature else "none",
        data_digest=_digest_of(history, frame.known, temperature_c),
    )


def _rests(scopes: tuple[Scope, ...], load: FloatArray, modelled: list[int]) -> dict[str, FloatArray]:
    """What is in a total and in none of its parts, as series of their own."""
    found = {}
    if MONITORED in scopes and modelled:
        monitored = load[scopes.index(MONITORED)]
        found["unmodelled"] = monitored - load[modelled].sum(axis=0)
        if DISTRICT in scopes:
            found["unmonitored"] = load[scopes.index(DISTRICT)] - monitored
    return found


def _added_up(
    found: SiteForecasts, scopes: tuple[Scope, ...], modelled: list[int], rests: list[str]
) -> tuple[FloatArray, bool]:
    """Expected loads that add up: enterprises to the monitored load, that and the rest to the district."""
    expected = found.expected_kw.copy()
    variance = (found.paths.errors_kw**2).mean(axis=1)
    if not rests:
        return expected, False
    place = {name: len(scopes) + number for number, name in enumerate(rests)}
    for rest in place.values():
        if found.refusal[rest] is Refusal.CONSTANT:
            expected[rest], variance[rest] = found.last_kw[rest], 0.0
    monitored = scopes.index(MONITORED)
    parts = [*modelled, place["unmodelled"]]
    usable = not (np.isnan(expected[[monitored, *parts]]).any())
    if not usable:
        return found.expected_kw, False
    expected[monitored], expected[parts] = reconcile(
        expected[monitored], expected[parts], variance[monitored], variance[parts]
    )
    if "unmonitored" in place:
        district, rest = scopes.index(DISTRICT), place["unmonitored"]
        both = [monitored, rest]
        if not np.isnan(expected[[district, rest]]).any():
            before = expected[monitored].copy()
            expected[district], expected[both] = reconcile(
                expected[district], expected[both], variance[district], variance[both]
            )
            # What the monitored load was moved by, its parts carry as they carry errors.
            total = variance[parts].sum(axis=0)
            even = np.full((len(parts), expected.shape[1]), 1.0 / len(parts))
            share = np.divide(variance[parts], total, out=even, where=total > 0)
            expected[parts] += share * (expected[monitored] - before)
    return expected, True


def _recentred(found: SiteForecasts, expected: FloatArray, frame: Frame) -> SiteForecasts:
    """Quantiles around the loads that add up; each row's own errors stay, those of a total are errors of the sum."""
    fit = ~np.isnan(expected).any(axis=1) & ~np.isnan(found.paths.errors_kw).any(axis=(1, 2))
    levels = np.full(found.quantiles_kw.shape, np.nan)
    if fit.any():
        levels[:, fit] = quantiles(expected[fit], found.paths.errors_kw[fit], LEVELS, per_hour=frame.per_hour)
        levels[:, fit] = np.maximum(levels[:, fit], found.floor_kw[fit][None, :, None])
    return replace(found, expected_kw=expected, quantiles_kw=levels)


def _digest_of(history: LoadHistory, known: int, temperature_c: FloatArray) -> str:
    """Of what was read and nothing else."""
    seen = replace(
        history,
        ts_ms=history.ts_ms[:known],
        demand_kw=history.demand_kw[:, :known],
        estimate_kw=history.estimate_kw[:, :known],
        partial=history.partial[:, :known],
        reduction_kw=history.reduction_kw[:, :known],
    )
    return hashlib.sha256(seen.digest.encode() + np.ascontiguousarray(temperature_c).tobytes()).hexdigest()
