"""Characteristics, duration, tariff split and coincidence of a scope over weeks and years."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from itertools import groupby

import numpy as np

from analytics.coincidence import coincident_peak
from analytics.day_figures import DayFigures
from analytics.duration import duration_curve
from analytics.period_figures import PeriodFigures, period_figures
from analytics.tou import NO_BAND, band_energy
from analytics.typical_days import TypicalCurves, TypicalDay, typical_days
from analytics.verdicts import Verdict
from analytics.year_figures import hours_above, year_figures
from config.calendar import Calendar
from config.characteristics import CharacteristicsTable
from config.tariffs import Band, TariffTable
from domain.arrays import BoolArray, CodeArray, FloatArray, IntArray
from domain.instants import BLOCK_S, from_ms
from domain.local_days import LocalDays
from domain.scopes import Scope, ScopeKind
from monitor.analysis_answers import (
    BandLoad,
    Characteristics,
    Coincidence,
    CoincidencePeriod,
    Contribution,
    DurationCurve,
    DurationPoint,
    NearMaximum,
    PeriodLoad,
    TariffPeriod,
    TariffSplit,
    TypicalLoad,
    YearLoad,
)
from monitor.analysis_data import AnalysisData, day_or_none, number, numbers
from monitor.verdict_texts import because

#: How a day's period is named; runs of equal names are periods.
PERIODS: dict[str, Callable[[date], object]] = {
    "week": lambda day: day.isocalendar()[:2],
    "month": lambda day: (day.year, day.month),
    "quarter": lambda day: (day.year, (day.month - 1) // 3),
    "year": lambda day: day.year,
    "span": lambda _: 0,
}


def numbered(days: LocalDays, kind: str) -> IntArray:
    """Number of each day's period: 0, 0, ... 1, 1, ..."""
    runs = [len(list(run)) for _, run in groupby(days.days, key=PERIODS[kind])]
    return np.repeat(np.arange(len(runs)), runs)


def characteristics(scope: Scope, data: AnalysisData, rules: CharacteristicsTable) -> Characteristics:
    """Of the first scope of the data."""
    periods = [row for kind in PERIODS for row in _periods(kind, data, rules)]
    return Characteristics(
        scope=str(scope),
        first=data.days.days[0],
        last=data.days.days[-1],
        event_days=int(data.event[0].sum()),
        announced=data.announced,
        periods=tuple(periods),
        years=tuple(_years(data, rules)),
        typical=tuple(_typical(data, rules)),
        data_digest=data.history.digest,
    )


def _periods(kind: str, data: AnalysisData, rules: CharacteristicsTable) -> list[PeriodLoad]:
    number_of = numbered(data.days, kind)
    share = rules.coverage.period_days_share
    found = period_figures(data.figures, number_of, minimum_days_share=share)
    restored = _restored_maxima(data, number_of)
    starts = np.flatnonzero(np.diff(number_of, prepend=-1))
    rows = []
    for place, start in enumerate(starts.tolist()):
        due = int(found.days[place])
        rows.append(
            PeriodLoad(
                kind=kind,
                first=data.days.days[start],
                last=data.days.days[start + due - 1],
                days=due,
                counted=int(found.counted[0, place]),
                reason=_reason(found, place, share),
                maximum_on=day_or_none(data.days, int(found.maximum_day[0, place])),
                minimum_on=day_or_none(data.days, int(found.minimum_day[0, place])),
                restored_maximum_kw=restored[place],
                **{name: number(getattr(found, name)[0, place]) for name in _FIGURES},
            )
        )
    return rows


_FIGURES = (
    "maximum_kw",
    "minimum_kw",
    "mean_kw",
    "energy_kwh",
    "load_factor",
    "mean_load_factor",
    "minimum_load_factor",
    "imbalance",
    "maximum_peak_valley_kw",
    "maximum_peak_valley_ratio",
    "mean_peak_valley_ratio",
)


def _reason(found: PeriodFigures, place: int, share: float) -> str:
    need = int(np.ceil(share * int(found.days[place]) - 1e-9))
    return because(int(found.verdict[0, place]), have=int(found.counted[0, place]), need=need)


def _restored_maxima(data: AnalysisData, number_of: IntArray) -> list[float | None]:
    """Highest restored block of each period in which an event took load off, None elsewhere (invariant 14)."""
    periods = int(number_of[-1]) + 1
    if not data.event[0].any():
        return [None] * periods
    restored = data.days.by_day(data.history.restored_kw[:1], data.history.ts_ms)[0]
    daily = np.where(np.isnan(restored), -np.inf, restored).max(axis=1)
    daily = np.where(data.figures.counted[0], daily, -np.inf)
    highest = [float(daily[number_of == each].max()) for each in range(periods)]
    eventful = [bool(data.event[0, number_of == each].any()) for each in range(periods)]
    return [value if had and np.isfinite(value) else None for value, had in zip(highest, eventful, strict=True)]


def _years(data: AnalysisData, rules: CharacteristicsTable) -> list[YearLoad]:
    rows = []
    years = np.array([day.year for day in data.days.days])
    for year in sorted(set(years.tolist())):
        own = np.flatnonzero(years == year)
        part = data.demand_kw[:1, own]
        figures = _cut(data, own)
        length = (date(year + 1, 1, 1) - date(year, 1, 1)).days
        month = np.array([data.days.days[i].month for i in own.tolist()], dtype=np.int64)
        share = rules.coverage.period_days_share
        found = year_figures(figures, month, year_days=length, minimum_days_share=share)
        near = hours_above(part, figures, found.maximum_kw, rules.coverage.near_maximum)[0]
        at = int(found.maximum_day[0])
        rows.append(
            YearLoad(
                year=year,
                days=length,
                counted=int(found.counted[0]),
                reason=because(
                    int(found.verdict[0]), have=int(found.counted[0]), need=int(np.ceil(share * length - 1e-9))
                ),
                maximum_kw=number(found.maximum_kw[0]),
                maximum_on=data.days.days[int(own[at])] if at >= 0 else None,
                energy_kwh=number(found.energy_kwh[0]),
                load_factor=number(found.load_factor[0]),
                utilisation_h=number(found.utilisation_h[0]),
                mean_load_factor=number(found.mean_load_factor[0]),
                imbalance=number(found.imbalance[0]),
                season_factor=number(found.season_factor[0]),
                product=number(found.product[0]),
                near_maximum=tuple(
                    NearMaximum(share, number(hours))
                    for share, hours in zip(rules.coverage.near_maximum, near, strict=True)
                ),
            )
        )
    return rows


def _cut(data: AnalysisData, own: IntArray) -> DayFigures:
    all_days = data.figures
    return DayFigures(
        step_s=all_days.step_s,
        hours=all_days.hours[own],
        **{
            name: getattr(all_days, name)[:1, own]
            for name in ("counted", "completeness", "maximum_kw", "maximum_at", "minimum_kw", "minimum_at", "mean_kw")
        },
    )


def _typical(data: AnalysisData, rules: CharacteristicsTable) -> list[TypicalLoad]:
    found = typical_days(
        data.clock_kw[:1],
        data.figures.counted[:1],
        data.event[:1],
        data.kinds,
        base_band_c=rules.typical.base_band_c,
        hottest=rules.typical.hottest_days,
    )
    temperature = not np.isnan(data.kinds.maximum_c).all()
    return [_typical_load(kind, found[kind], data.days, temperature=temperature) for kind in TypicalDay]


def _typical_load(kind: TypicalDay, curves: TypicalCurves, days: LocalDays, *, temperature: bool) -> TypicalLoad:
    used = np.flatnonzero(curves.used[0])
    wants_heat = kind in (TypicalDay.HOTTEST_WORKDAYS, TypicalDay.SPRING_BASE)
    if used.size:
        reason = ""
    elif wants_heat and not temperature:
        reason = because(Verdict.NO_TEMPERATURE)
    else:
        reason = "所选日期内没有这类完整日 / no such whole day in the span"
    return TypicalLoad(kind, len(used), tuple(days.days[i] for i in used.tolist()), reason, numbers(curves.curve_kw[0]))


def duration(scope: Scope, data: AnalysisData, *, points: int) -> DurationCurve:
    share = data.minimum_completeness
    found = duration_curve(data.history.demand_kw[:1], step_s=BLOCK_S, points=points, minimum_coverage=share)
    coverage = float(found.coverage[0])
    whole_h = len(data.history.ts_ms) * BLOCK_S / 3600
    return DurationCurve(
        scope=str(scope),
        first=data.days.days[0],
        last=data.days.days[-1],
        coverage=coverage,
        measured_h=float(found.measured_h[0]),
        reason=because(int(found.verdict[0]), have=f"{coverage:.1%}", need=f"{share:.0%}"),
        points=tuple(
            DurationPoint(float(part), float(part) * whole_h, number(value))
            for part, value in zip(found.share, found.demand_kw[0], strict=True)
        ),
        data_digest=data.history.digest,
    )


def tariff_split(scope: Scope, data: AnalysisData, tariffs: TariffTable, calendar: Calendar) -> TariffSplit:
    days = data.days.days

    def key(day: date) -> tuple[int, int, str]:
        edition = tariffs.on(day)
        return (day.year, day.month, "" if edition is None else edition.id)

    runs = [list(run) for _, run in groupby(range(len(days)), key=lambda i: key(days[i]))]
    period = np.repeat(np.arange(len(runs)), [len(run) for run in runs])
    schedule = [tariffs.bands(day, calendar, step_s=BLOCK_S) for day in days]
    band: CodeArray = np.array([[NO_BAND] * data.days.slots if row is None else row for row in schedule], dtype=np.int8)
    found = band_energy(data.clock_kw[:1], band, period, bands=len(Band), step_s=BLOCK_S)
    coverage, share = found.coverage[0], found.share[0]
    rows = []
    for place, run in enumerate(runs):
        first, last = days[run[0]], days[run[-1]]
        edition = tariffs.on(first)
        enough = coverage[place] >= data.minimum_completeness - 1e-9
        reason = ""
        if edition is None:
            reason = "早于最早的分时电价表 / before the first tariff table"
        elif not enough:
            have, need = f"{coverage[place]:.1%}", f"{data.minimum_completeness:.0%}"
            reason = because(Verdict.INCOMPLETE, have=have, need=need)
        ratio = None if edition is None or edition.ratio is None else edition.ratio
        exempt = tariffs.exempt_on(scope.id, first) if scope.kind is ScopeKind.ENTERPRISE else None
        rows.append(
            TariffPeriod(
                first=first,
                last=last,
                edition="" if edition is None else edition.id,
                source="" if edition is None else edition.source,
                confidence="" if edition is None else edition.confidence,
                exempt="" if exempt is None else f"直接交易用户，不适用分时时段 / direct market user: {exempt.source}",
                coverage=float(coverage[place]),
                reason=reason,
                bands=()
                if reason
                else tuple(
                    BandLoad(
                        band=each.word,
                        energy_kwh=float(found.energy_kwh[0, place, each]),
                        share=number(share[place, each]),
                        hours=float(found.due_h[0, place, each]),
                        mean_kw=number(found.mean_kw[0, place, each]),
                        price_ratio=None if ratio is None else float(getattr(ratio, each.word)),
                    )
                    for each in Band
                ),
            )
        )
    return TariffSplit(str(scope), days[0], days[-1], tuple(rows), data.history.digest)


def coincidence(
    scope: Scope, by: str, kind: str, parts: list[tuple[Scope, str]], data: AnalysisData, *, whole_row: int | None
) -> Coincidence:
    """Of the given parts, which are rows of the data from the second on.

    whole_row : row of the group's own series (an area that is no sum of its parts); None = the sum of the parts.
    A part that was measured on too little of the span would leave no common block; it is named and left out
    """
    rows = np.arange(1, len(parts) + 1)
    loads = data.history.demand_kw[rows]
    known = (~np.isnan(loads)).mean(axis=1)
    kept = known >= data.minimum_completeness - 1e-9
    names = {str(part): name for part, name in parts}
    left_out = tuple(str(part) for (part, _), keep in zip(parts, kept, strict=True) if not keep)
    chosen = [part for (part, _), keep in zip(parts, kept, strict=True) if keep]
    own = loads[kept]
    whole = None if whole_row is None else data.history.demand_kw[whole_row]
    number_of = numbered(data.days, kind)[data.days.day_of(data.history.ts_ms)]
    periods = [
        _coincidence_period(own, whole, data, np.asarray(number_of == each)) for each in range(int(number_of[-1]) + 1)
    ]
    every = np.ones(len(data.history.ts_ms), dtype=np.bool_)
    total = _coincidence_period(own, whole, data, every)
    return Coincidence(
        scope=str(scope),
        by=by,
        first=data.days.days[0],
        last=data.days.days[-1],
        whole=total,
        periods=tuple(periods),
        contributions=tuple(_contributions(chosen, names, own, total, data)),
        left_out=left_out,
        data_digest=data.history.digest,
    )


def _coincidence_period(
    own: FloatArray, whole: FloatArray | None, data: AnalysisData, chosen: BoolArray
) -> CoincidencePeriod:
    at_days = data.days.day_of(data.history.ts_ms[chosen][[0, -1]])
    first, last = (data.days.days[i] for i in at_days.tolist())
    usable = None if whole is None else ~np.isnan(whole[chosen])
    found = coincident_peak(own[:, chosen], usable=usable) if len(own) else None
    if found is None:
        reason = "没有所有成员都完整实测的时段 / no block in which every part was measured"
        return CoincidencePeriod(first, last, None, None, None, None, 0, int(chosen.sum()), reason)
    factor = found.coincidence_factor
    return CoincidencePeriod(
        first=first,
        last=last,
        at=from_ms(int(data.history.ts_ms[chosen][found.at])).astimezone(data.zone),
        demand_kw=found.peak_kw,
        coincidence_factor=factor,
        diversity_factor=1 / factor if factor else None,
        judged_blocks=found.judged,
        skipped_blocks=found.skipped,
        reason="",
    )


def _contributions(
    parts: list[Scope], names: dict[str, str], own: FloatArray, total: CoincidencePeriod, data: AnalysisData
) -> list[Contribution]:
    if total.at is None or total.demand_kw is None:
        return []
    at = int(np.searchsorted(data.history.ts_ms, int(total.at.timestamp() * 1000)))
    highest = np.where(np.isnan(own), -np.inf, own).max(axis=1)
    rows = [
        Contribution(
            scope=str(part),
            name=names[str(part)],
            demand_kw=number(own[i, at]),
            share=number(own[i, at] / total.demand_kw) if total.demand_kw > 0 else None,
            own_maximum_kw=number(highest[i]),
            of_own=number(own[i, at] / highest[i]) if highest[i] > 0 else None,
        )
        for i, part in enumerate(parts)
    ]
    return sorted(rows, key=lambda row: (-(row.demand_kw or 0.0), row.scope))
