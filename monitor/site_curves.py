"""What the analyses say of every site, as rows of the store, for those who only draw curves: Grafana.

A night's work: load factors and cooling of the year that ended (``site_1d``), what could be taken off in each hour of
the day that follows (``potential_1h``), and what the last day would have been by two baselines (``baseline_15m``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from domain.arrays import FloatArray
from domain.instants import BLOCK_MS, HOUR_MS, day_span
from domain.people import Principal
from domain.runs import Outcome, Progress
from domain.scopes import MONITORED, Scope, enterprise_scope
from monitor.analyses import LoadAnalyses
from monitor.analysis_answers import CoolingOf, HotDay, HotSite, ShapeOf
from monitor.baseline_answers import DayBaselines
from monitor.baseline_data import ClockWindow
from monitor.baselines import MOST_SCOPES, BaselineDesk
from monitor.changed_rows import write_changed
from monitor.cooling_report import HotDayQuestion
from monitor.potentials import PotentialDesk
from monitor.runs import canonical_json, digest_of
from storage.ledger_ports import RegistryLedger
from storage.ports import DayRows, ReadingStore
from storage.schema import BASELINE, DAY_SERIES, POTENTIAL, SITE_DAY

YEAR = timedelta(days=364)
DAY = timedelta(days=1)
WHOLE_DAY = ClockWindow(time(0), time(0))
#: "Tomorrow forty degrees."
HOT_DAY = HotDayQuestion(40.0, 40.0)


class SiteCurves:
    """Rows are written where a figure changed, as a new revision."""

    def __init__(
        self,
        analyses: LoadAnalyses,
        baselines: BaselineDesk,
        potentials: PotentialDesk,
        registry: RegistryLedger,
        store: ReadingStore,
        zone: ZoneInfo,
    ) -> None:
        self._analyses, self._baselines, self._potentials = analyses, baselines, potentials
        self._registry, self._store, self._zone = registry, store, zone

    def write(self, principal: Principal, last: date, progress: Progress) -> Outcome:
        """last : the last day that ended. Raises Forbidden, Unavailable."""
        principal.require_write()
        written = 0
        for number, (note, rows) in enumerate(self._parts(principal, last)):
            progress.step(number / 3, note)
            written += write_changed(self._store, rows)
        told = {"day": last.isoformat(), "rows": written}
        return Outcome(told, digest_of(canonical_json(told)))

    def _parts(self, principal: Principal, last: date) -> Iterator[tuple[str, DayRows]]:
        view = self._registry.registry().view(last)
        scopes = [scope for each in sorted(view.enterprises) if view.members(scope := enterprise_scope(each))]
        yield "形态与降温 shapes and cooling", self._sites(principal, last)
        yield "可调潜力 potential", self._hours(principal, scopes, last + DAY)
        yield "基线 baselines", self._days(principal, [MONITORED, *scopes], last)

    def _sites(self, principal: Principal, last: date) -> DayRows:
        shapes = self._analyses.shapes(principal, MONITORED, last - YEAR, last)
        cooling, (hot,) = self._analyses.hot_days(principal, MONITORED, last - YEAR, last, [HOT_DAY])
        hot_kw = {each.scope: each for each in hot.sites}
        of_site = {each.scope: each for each in cooling.sites}
        found = [
            (Scope.parse(each.scope), _site(each, of_site[each.scope], hot_kw.get(each.scope))) for each in shapes.sites
        ]
        found.append((MONITORED, _whole(hot)))
        start_ms = day_span(last, self._zone).start_ms
        return _rows(SITE_DAY, [scope for scope, _ in found], [start_ms] * len(found), [row for _, row in found])

    def _hours(self, principal: Principal, scopes: Sequence[Scope], day: date) -> DayRows:
        view = self._registry.registry().view(day)
        named = [view.enterprise(scope.id) for scope in scopes]
        found = self._potentials.hours_of(principal, [each.id for each in named], day)
        own = np.array(
            [[[_number(each.shed_kw), _number(each.shift_kw), each.confidence] for each in hours] for hours in found]
        ).reshape(len(scopes), -1, len(DAY_SERIES[POTENTIAL]))
        together = np.nansum(own, axis=0)
        together[:, 2] = np.nan
        start_ms, count = day_span(day, self._zone).start_ms, own.shape[1]
        at = [start_ms + number * HOUR_MS for number in range(count)] * (len(scopes) + 1)
        places = [scope for scope in (MONITORED, *scopes) for _ in range(count)]
        return _rows(POTENTIAL, places, at, np.concatenate([together, own.reshape(-1, own.shape[2])]))

    def _days(self, principal: Principal, scopes: Sequence[Scope], day: date) -> DayRows:
        methods = self._baselines.methods().methods
        wanted = (next(each.id for each in methods if each.official), methods[-1].id)
        places: list[Scope] = []
        at: list[int] = []
        values: list[list[float]] = []
        start_ms = day_span(day, self._zone).start_ms
        for first in range(0, len(scopes), MOST_SCOPES):
            part = scopes[first : first + MOST_SCOPES]
            for scope, report in zip(
                part, self._baselines.compute_each(principal, part, day, WHOLE_DAY, only=wanted), strict=True
            ):
                curves = [_curve(report.days[0], method) for method in wanted]
                for block, row in enumerate(zip(*curves, strict=True)):
                    places.append(scope)
                    at.append(start_ms + block * BLOCK_MS)
                    values.append(list(row))
        return _rows(BASELINE, places, at, values)


def _rows(
    series: str, scopes: Sequence[Scope], ts_ms: Sequence[int], values: Sequence[Sequence[float]] | FloatArray
) -> DayRows:
    """Rows that know nothing are left out: a gap, not a row of nothing."""
    width = len(DAY_SERIES[series])
    found = np.array(values, dtype=np.float64).reshape(len(scopes), width)
    known = np.flatnonzero(~np.isnan(found).all(axis=1)).tolist()
    return DayRows(
        series,
        tuple(scopes[i] for i in known),
        np.array(ts_ms, dtype=np.int64)[known],
        found[known],
        np.ones(len(known), dtype=np.int64),
    )


def _site(shape: ShapeOf, cooling: CoolingOf, hot: HotSite | None) -> list[float]:
    """In the order of the series; what was refused is not known."""
    return [
        _number(shape.load_factor),
        _number(shape.weekend_ratio),
        _number(shape.night_ratio),
        _number(cooling.kw_per_c),
        _number(cooling.low_kw_per_c),
        _number(cooling.high_kw_per_c),
        *([np.nan] * 4 if hot is None else [hot.load_kw, hot.low_kw, hot.high_kw, hot.cooling_kw]),
    ]


def _whole(hot: HotDay) -> list[float]:
    figures = (hot.load_kw, hot.low_kw, hot.high_kw, hot.cooling_kw)
    return [*([np.nan] * 6), *(_number(each) for each in figures)]


def _curve(day: DayBaselines, method: str) -> list[float]:
    """Of every block of the day; nothing is known where the method is refused."""
    found = next(each for each in day.methods if each.id == method)
    return [_number(each) for each in found.base_kw] if found.refusal == "none" else [np.nan] * len(day.ts)


def _number(value: float | None) -> float:
    return np.nan if value is None else value
