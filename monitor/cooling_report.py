"""Cooling load of a group: sensitivity of each part, and the day of a given temperature with who drives it.

Each part is fitted on its load at the hour the group peaks, not on its own maximum: only loads of one instant add up,
so that the group's figure is the sum of its parts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from analytics.cooling import CoolingFit, CoolingSearch, at_temperature, base_day_cooling, fit_cooling
from analytics.typical_days import mean_curve
from analytics.verdicts import Verdict
from config.characteristics import CharacteristicsTable, CoolingRules
from domain.arrays import BoolArray, FloatArray
from domain.instants import from_ms
from domain.scopes import Scope
from monitor.analysis_answers import CoolingOf, CoolingReport, HotDay, HotSite
from monitor.analysis_data import AnalysisData, Step, number
from monitor.verdict_texts import because

Parts = list[tuple[Scope, str]]


@dataclass(frozen=True, slots=True)
class HotDayQuestion:
    """working : whether the day is worked"""

    temperature_c: float
    yesterday_c: float
    working: bool = True


def search_of(rules: CoolingRules) -> CoolingSearch:
    steps = round((rules.base_to_c - rules.base_from_c) / rules.base_step_c)
    return CoolingSearch(
        bases_c=tuple(rules.base_from_c + rules.base_step_c * n for n in range(steps + 1)),
        weights=rules.yesterday_weights,
        from_c=rules.fit_from_c,
        minimum_days=rules.minimum_days,
        minimum_warm_days=rules.minimum_warm_days,
        confidence=rules.confidence,
    )


def cooling_report(
    group: Scope,
    parts: Parts,
    data: AnalysisData,
    rules: CharacteristicsTable,
    questions: Sequence[HotDayQuestion],
    *,
    step: Step = lambda _: None,
) -> tuple[CoolingReport, tuple[HotDay, ...]]:
    """The report, and a day for each question out of the same fit; the report holds the first of them.

    Row 0 of the data is the group, the parts follow. step : told the share of the parts that are fitted
    """
    search = search_of(rules.cooling)
    block = _daily_peak(data.demand_kw[0], data.figures.counted[0] & ~data.event[0])
    at_peak = _at(data.demand_kw, block)
    free = (~data.kinds.workday)[:, None]
    loads = np.where(data.plain & ~np.isnan(at_peak[0]), at_peak, np.nan)
    fit = fit_cooling(loads[1:], data.kinds.maximum_c, free, search, step=step)
    whole = fit_cooling(loads[:1], data.kinds.maximum_c, free, search)
    base_day, peak_day = _base_day(data, block, rules)
    refused = Counter(Verdict(int(v)) for v in fit.verdict if v != Verdict.OK)
    peak_block = None if peak_day is None else int(block[peak_day])
    hot_days = tuple(_hot_day(parts, fit, loads, data, question) for question in questions)
    report = CoolingReport(
        scope=str(group),
        first=data.days.days[0],
        last=data.days.days[-1],
        temperature_days=int((~np.isnan(data.kinds.maximum_c)).sum()),
        group=_site(0, group, "", whole, base_day[0], search),
        sites=tuple(_site(i, part, name, fit, base_day[i + 1], search) for i, (part, name) in enumerate(parts)),
        refused=tuple((verdict.word, count) for verdict, count in sorted(refused.items())),
        peak_at=None
        if peak_day is None or peak_block is None
        else from_ms(int(data.days.starts_ms[peak_day]) + peak_block * data.days.step_s * 1000).astimezone(data.zone),
        peak_kw=None if peak_day is None else number(at_peak[0, peak_day]),
        peak_cooling_kw=number(base_day[0]),
        peak_cooling_share=None if peak_day is None else number(base_day[0] / at_peak[0, peak_day]),
        hot_day=hot_days[0] if hot_days else None,
        data_digest=data.history.digest,
    )
    return report, hot_days


def _daily_peak(demand_kw: FloatArray, counted: BoolArray) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Block of each day's highest group load, -1 where the day does not count. Shape (d,)"""
    known = np.where(np.isnan(demand_kw), -np.inf, demand_kw)
    return np.where(counted, known.argmax(axis=1), -1)


def _at(demand_kw: FloatArray, block: np.ndarray[tuple[int], np.dtype[np.int64]]) -> FloatArray:
    """Load of every scope at each day's block, shape (s, d); NaN without one."""
    place = np.maximum(block, 0)
    taken = np.take_along_axis(demand_kw, place[None, :, None], axis=2)[..., 0]
    return np.where(block >= 0, taken, np.nan)


def _base_day(
    data: AnalysisData, block: np.ndarray[tuple[int], np.dtype[np.int64]], rules: CharacteristicsTable
) -> tuple[FloatArray, int | None]:
    """Cooling of every scope at the group's highest workday block by the base-day method, shape (s,), and that day."""
    group = np.where(data.kinds.workday & (block >= 0), _at(data.demand_kw[:1], block)[0], -np.inf)
    if not np.isfinite(group).any():
        return np.full(len(data.demand_kw), np.nan), None
    day = int(group.argmax())
    low, high = rules.typical.base_band_c
    heat = np.where(np.isnan(data.kinds.maximum_c), -np.inf, data.kinds.maximum_c)
    mild = data.plain & data.kinds.workday & data.kinds.spring & (heat >= low) & (heat <= high)
    # A day that clocks change is judged by its own blocks; elsewhere block and slot are the same.
    slot = int(data.days.slot[int(data.days.blocks[:day].sum()) + int(block[day])])
    base = mean_curve(data.clock_kw, mild)
    cooling = base_day_cooling(data.clock_kw[:, [day]], base)[:, 0, slot]
    return cooling, day


def _site(i: int, part: Scope, name: str, fit: CoolingFit, base_day_kw: float, search: CoolingSearch) -> CoolingOf:
    verdict = Verdict(int(fit.verdict[i]))
    need = search.minimum_warm_days if verdict is Verdict.FEW_WARM_DAYS else search.minimum_days
    have = fit.warm_days[i] if verdict is Verdict.FEW_WARM_DAYS else fit.days[i]
    responds = verdict is Verdict.OK
    return CoolingOf(
        scope=str(part),
        name=name,
        reason=because(verdict, have=int(have), need=need),
        kw_per_c=number(fit.slope_kw_per_c[i]) if responds else None,
        low_kw_per_c=number(fit.slope_low[i]),
        high_kw_per_c=number(fit.slope_high[i]),
        base_c=number(fit.base_c[i]),
        yesterday_weight=float(fit.weight[i]) if responds else None,
        days=int(fit.days[i]),
        warm_days=int(fit.warm_days[i]),
        hottest_c=number(fit.hottest_c[i]),
        explained=number(fit.explained[i]),
        base_day_kw=number(base_day_kw),
    )


def _hot_day(parts: Parts, fit: CoolingFit, loads: FloatArray, data: AnalysisData, asked: HotDayQuestion) -> HotDay:
    found = at_temperature(fit, asked.temperature_c, asked.yesterday_c, [0.0 if asked.working else 1.0])
    known = ~np.isnan(found.load_kw)
    missing = tuple(str(part) for (part, _), have in zip(parts, known, strict=True) if not have)
    if not known.any():
        reason = _refused(fit)
        none = (None, None, None, None)
        return HotDay(
            asked.temperature_c,
            asked.yesterday_c,
            asked.working,
            *none,
            fit.search.confidence,
            False,
            (),
            missing,
            reason,
        )
    load, cooling = float(found.load_kw[known].sum()), float(found.cooling_kw[known].sum())
    half = _group_half(fit, loads, known, data, asked)
    order = np.flatnonzero(known)[np.argsort(-found.cooling_kw[known], kind="stable")]
    sites = tuple(
        HotSite(
            scope=str(parts[i][0]),
            name=parts[i][1],
            load_kw=float(found.load_kw[i]),
            low_kw=float(found.low_kw[i]),
            high_kw=float(found.high_kw[i]),
            cooling_kw=float(found.cooling_kw[i]),
            share_of_cooling=float(found.cooling_kw[i]) / cooling if cooling > 0 else None,
        )
        for i in order.tolist()
    )
    return HotDay(
        temperature_c=asked.temperature_c,
        yesterday_c=asked.yesterday_c,
        working=asked.working,
        load_kw=load,
        low_kw=load - half,
        high_kw=load + half,
        cooling_kw=cooling,
        confidence=fit.search.confidence,
        extrapolated=bool(found.extrapolated[known].any()),
        sites=sites,
        missing=missing,
        reason="",
    )


def _refused(fit: CoolingFit) -> str:
    """The commonest reason of the parts, with the days of the part that has most."""
    ((verdict, _),) = Counter(fit.verdict.tolist()).most_common(1) or ((Verdict.NO_DATA, 0),)
    warm = verdict == Verdict.FEW_WARM_DAYS
    have, need = (fit.warm_days, fit.search.minimum_warm_days) if warm else (fit.days, fit.search.minimum_days)
    return because(verdict, have=int(have.max(initial=0)), need=need)


def _group_half(
    fit: CoolingFit, loads: FloatArray, known: BoolArray, data: AnalysisData, asked: HotDayQuestion
) -> float:
    """Half the interval of the sum. Residuals of the parts move together on a day, so their sums by day are looked at,
    on the warmer half of the days; the uncertainty of the slope is that of one fit of the summed load."""
    residual = fit.residual_kw[known]
    there = ~np.isnan(residual)
    whole = there.mean(axis=0) >= 0.9
    summed = np.where(there, residual, 0.0).sum(axis=0)
    heat = np.where(np.isnan(data.kinds.maximum_c), -np.inf, data.kinds.maximum_c)
    warm = whole & (heat >= np.median(heat[whole])) if whole.any() else whole
    n = int(warm.sum())
    if n < 10:
        spreads = fit.spread_kw[known]
        scatter, n = float(spreads.sum()), 10
    else:
        scatter = float(np.sqrt(np.square(summed[warm]).mean()))
    own = loads[1:][known]
    total = np.where(np.isnan(own).any(axis=0), np.nan, own.sum(axis=0))
    one = fit_cooling(total[None], data.kinds.maximum_c, (~data.kinds.workday)[:, None], fit.search)
    spread = 0.0
    if one.responds[0]:
        single = at_temperature(one, asked.temperature_c, asked.yesterday_c, [0.0 if asked.working else 1.0])
        critical = stdtrit(max(int(one.days[0]) - 4, 1), 0.5 + fit.search.confidence / 2)
        width = float(single.high_kw[0] - single.load_kw[0]) / float(critical)
        spread = float(np.sqrt(max(width**2 - float(one.spread_kw[0]) ** 2, 0.0)))
    return float(stdtrit(max(n - 4, 1), 0.5 + fit.search.confidence / 2) * np.hypot(scatter, spread))
