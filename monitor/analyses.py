"""Questions about load over weeks and years, as a port and its desk: API, console and command line call nothing else.

Every question takes a Principal and checks its scope (invariant 11). Raises Forbidden, NotFound, Unavailable, Invalid.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import date, timedelta
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from config.policy import Policy
from domain.errors import Invalid
from domain.ids import EnterpriseId
from domain.people import Principal
from domain.registry import RegistryView
from domain.runs import Outcome, Progress, Run
from domain.scopes import DISTRICT, MONITORED, Scope, ScopeKind, enterprise_scope
from monitor.access import require
from monitor.analysis_answers import (
    Characteristics,
    Coincidence,
    CoolingReport,
    DriftReport,
    DurationCurve,
    HotDay,
    PowerFactors,
    ShapeReport,
    TariffSplit,
)
from monitor.analysis_data import AnalysisData, AnalysisReader, Step
from monitor.characteristics import PERIODS, characteristics, coincidence, duration, tariff_split
from monitor.cooling_report import HotDayQuestion, cooling_report
from monitor.load_history import LoadHistories
from monitor.peaks import parts_of
from monitor.power_factors import power_factors
from monitor.runs import Runs
from monitor.shape_report import drift_report, shape_report
from monitor.weather import WeatherHistory
from storage.ledger_ports import RegistryLedger
from storage.ports import ReadingStore

#: Longest span of one question: three years of 15 minutes for a hundred enterprises are 90 MB.
LONGEST_DAYS = 1_100
PARTS = ("enterprise", "street", "sector", "substation", "feeder")
#: Share of a run that reading the loads takes.
READING = 0.6
#: Work that may take long enough to be run in the background, by its kind.
KINDS = ("shapes", "drift", "cooling", "characteristics")


def span_of_days(first: date | None, last: date | None, yesterday: date, usual_days: int) -> tuple[date, date]:
    """Both days inclusive; without a last day the newest whole one, without a first the ``usual_days`` up to it."""
    end = last or (max(first, yesterday) if first is not None else yesterday)
    return first or end - timedelta(days=usual_days - 1), end


class LoadAnalyses(Protocol):
    def characteristics(self, principal: Principal, scope: Scope, first: date, last: date) -> Characteristics: ...

    def duration(
        self, principal: Principal, scope: Scope, first: date, last: date, *, points: int = 101
    ) -> DurationCurve: ...

    def tou(self, principal: Principal, scope: Scope, first: date, last: date) -> TariffSplit: ...

    def power_factor(self, principal: Principal, scope: Scope, first: date, last: date) -> PowerFactors: ...

    def coincidence(
        self,
        principal: Principal,
        scope: Scope,
        first: date,
        last: date,
        *,
        by: str = "enterprise",
        period: str = "month",
    ) -> Coincidence: ...

    def shapes(self, principal: Principal, scope: Scope, first: date, last: date) -> ShapeReport: ...

    def drift(self, principal: Principal, scope: Scope, first: date, last: date) -> DriftReport: ...

    def cooling(
        self, principal: Principal, scope: Scope, first: date, last: date, question: HotDayQuestion | None = None
    ) -> CoolingReport: ...

    def hot_days(
        self, principal: Principal, scope: Scope, first: date, last: date, questions: Sequence[HotDayQuestion]
    ) -> tuple[CoolingReport, tuple[HotDay, ...]]:
        """Days of several temperatures out of one fit."""
        ...

    def portrait(
        self, principal: Principal, scope: Scope, first: date, last: date
    ) -> tuple[Characteristics, ShapeReport, CoolingReport]:
        """All three out of one reading of the loads."""
        ...

    def work(
        self,
        principal: Principal,
        kind: str,
        scope: Scope,
        first: date,
        last: date,
        question: HotDayQuestion | None = None,
    ) -> Callable[[Progress], Outcome]:
        """One of KINDS as work for ``monitor.runs``, kept with the digests of its data and settings."""
        ...

    def submit(
        self,
        runs: Runs,
        principal: Principal,
        kind: str,
        scope: Scope,
        first: date,
        last: date,
        question: HotDayQuestion | None = None,
    ) -> Run:
        """Begin ``work`` in the background."""
        ...


class AnalysisDesk:
    """Implements ``LoadAnalyses``."""

    def __init__(
        self,
        histories: LoadHistories,
        weather: WeatherHistory,
        registry: RegistryLedger,
        store: ReadingStore,
        policy: Policy,
        zone: ZoneInfo,
    ) -> None:
        self._registry = registry
        self._store = store
        self._policy = policy
        self._zone = zone
        self._reader = AnalysisReader(histories, weather, policy.calendar, policy.characteristics, zone)

    def characteristics(self, principal: Principal, scope: Scope, first: date, last: date) -> Characteristics:
        return characteristics(scope, self._data(principal, [scope], first, last), self._policy.characteristics)

    def duration(
        self, principal: Principal, scope: Scope, first: date, last: date, *, points: int = 101
    ) -> DurationCurve:
        return duration(scope, self._data(principal, [scope], first, last), points=points)

    def tou(self, principal: Principal, scope: Scope, first: date, last: date) -> TariffSplit:
        data = self._data(principal, [scope], first, last)
        return tariff_split(scope, data, self._policy.tariffs, self._policy.calendar)

    def power_factor(self, principal: Principal, scope: Scope, first: date, last: date) -> PowerFactors:
        _check(first, last)
        registry = self._registry.registry()
        require(principal, scope, registry, last, first)
        return power_factors(
            scope,
            first,
            last,
            store=self._store,
            registry=registry,
            table=self._policy.power_factor,
            zone=self._zone,
            minimum_coverage=self._policy.characteristics.coverage.day_share,
        )

    def coincidence(
        self,
        principal: Principal,
        scope: Scope,
        first: date,
        last: date,
        *,
        by: str = "enterprise",
        period: str = "month",
    ) -> Coincidence:
        if by not in PARTS:
            raise Invalid(f"{by!r} is not one of {', '.join(PARTS)}")
        if period not in PERIODS:
            raise Invalid(f"{period!r} is not one of {', '.join(PERIODS)}")
        self._require(principal, scope, first, last)
        parts = self._areas(ScopeKind(by), last) if by != "enterprise" else self._parts(scope, last)
        data = self._data(principal, [scope, *(part for part, _ in parts)], first, last)
        # The district's own series is no sum of the enterprises; its blocks only say when it was whole.
        return coincidence(scope, by, period, parts, data, whole_row=None if scope == DISTRICT else 0)

    def shapes(self, principal: Principal, scope: Scope, first: date, last: date) -> ShapeReport:
        parts, data = self._group(principal, scope, first, last)
        return shape_report(scope, parts, data, self._policy.characteristics)

    def drift(self, principal: Principal, scope: Scope, first: date, last: date) -> DriftReport:
        parts, data = self._group(principal, scope, first, last)
        return drift_report(scope, parts, data, self._policy.characteristics)

    def cooling(
        self, principal: Principal, scope: Scope, first: date, last: date, question: HotDayQuestion | None = None
    ) -> CoolingReport:
        questions = [] if question is None else [question]
        return self.hot_days(principal, scope, first, last, questions)[0]

    def hot_days(
        self, principal: Principal, scope: Scope, first: date, last: date, questions: Sequence[HotDayQuestion]
    ) -> tuple[CoolingReport, tuple[HotDay, ...]]:
        parts, data = self._group(principal, scope, first, last)
        return cooling_report(scope, parts, data, self._policy.characteristics, questions)

    def portrait(
        self, principal: Principal, scope: Scope, first: date, last: date
    ) -> tuple[Characteristics, ShapeReport, CoolingReport]:
        parts, data = self._group(principal, scope, first, last)
        rules = self._policy.characteristics
        return (
            characteristics(scope, data, rules),
            shape_report(scope, parts, data, rules),
            cooling_report(scope, parts, data, rules, [])[0],
        )

    def work(
        self,
        principal: Principal,
        kind: str,
        scope: Scope,
        first: date,
        last: date,
        question: HotDayQuestion | None = None,
    ) -> Callable[[Progress], Outcome]:
        if kind not in KINDS:
            raise Invalid(f"{kind!r} is not one of {', '.join(KINDS)}")
        self._require(principal, scope, first, last)

        def run(progress: Progress) -> Outcome:
            def reading(share: float) -> None:
                progress.step(READING * share, "读取负荷 / reading loads")

            def computing(share: float) -> None:
                progress.step(READING + (1 - READING) * share, "计算 / computing")

            answer = self._answer(principal, kind, scope, first, last, question, reading, computing)
            progress.step(1.0, "")
            return Outcome(plain(answer), answer.data_digest, self.settings_digest())

        return run

    def submit(
        self,
        runs: Runs,
        principal: Principal,
        kind: str,
        scope: Scope,
        first: date,
        last: date,
        question: HotDayQuestion | None = None,
    ) -> Run:
        work = self.work(principal, kind, scope, first, last, question)
        return runs.submit(principal, kind, str(scope), parameters_of(first, last, question), work)

    def settings_digest(self) -> str:
        """SHA-256 of every table the analyses read: calendar overrides are in the kinds of days, hence in the body."""
        tables = (self._policy.characteristics, self._policy.tariffs, self._policy.power_factor)
        return hashlib.sha256("\n".join(table.model_dump_json() for table in tables).encode()).hexdigest()

    # -- inside

    def _answer(
        self,
        principal: Principal,
        kind: str,
        scope: Scope,
        first: date,
        last: date,
        question: HotDayQuestion | None,
        reading: Step,
        computing: Step,
    ) -> Characteristics | ShapeReport | DriftReport | CoolingReport:
        """The question ``kind``, told how far it is; each step may end it."""
        rules = self._policy.characteristics
        if kind == "characteristics":
            data = self._data(principal, [scope], first, last, reading)
            computing(0.0)
            return characteristics(scope, data, rules)
        parts, data = self._group(principal, scope, first, last, reading)
        computing(0.0)
        if kind == "shapes":
            return shape_report(scope, parts, data, rules, step=computing)
        if kind == "drift":
            return drift_report(scope, parts, data, rules, step=computing)
        questions = [] if question is None else [question]
        return cooling_report(scope, parts, data, rules, questions, step=computing)[0]

    def _require(self, principal: Principal, scope: Scope, first: date, last: date) -> None:
        _check(first, last)
        require(principal, scope, self._registry.registry(), last, first)

    def _data(
        self, principal: Principal, scopes: list[Scope], first: date, last: date, step: Step = lambda _: None
    ) -> AnalysisData:
        _check(first, last)
        return self._reader.read(principal, scopes, first, last, step=step)

    def _group(
        self, principal: Principal, scope: Scope, first: date, last: date, step: Step = lambda _: None
    ) -> tuple[list[tuple[Scope, str]], AnalysisData]:
        self._require(principal, scope, first, last)
        parts = self._parts(scope, last)
        return parts, self._data(principal, [scope, *(part for part, _ in parts)], first, last, step)

    def _parts(self, scope: Scope, day: date) -> list[tuple[Scope, str]]:
        view = self._registry.registry().view(day)
        if scope.kind in (ScopeKind.ENTERPRISE, ScopeKind.METER):
            return [(scope, _name(scope, view))]
        parts = parts_of(MONITORED if scope == DISTRICT else scope, view)
        return [(part, _name(part, view)) for part in parts if view.members(part)]

    def _areas(self, kind: ScopeKind, day: date) -> list[tuple[Scope, str]]:
        view = self._registry.registry().view(day)
        return [(each, each.id) for each in view.scopes() if each.kind is kind]


def _name(scope: Scope, view: RegistryView) -> str:
    known = view.enterprises.get(EnterpriseId(scope.id)) if scope == enterprise_scope(scope.id) else None
    return scope.id if known is None else known.name


def parameters_of(first: date, last: date, question: HotDayQuestion | None) -> dict[str, Any]:
    """What a kept result was asked with, as JSON keeps it."""
    return {"from": first.isoformat(), "to": last.isoformat(), **({} if question is None else asdict(question))}


def _check(first: date, last: date) -> None:
    if last < first:
        raise Invalid(
            f"{last.isoformat()} 早于 {first.isoformat()} / {last.isoformat()} lies before {first.isoformat()}"
        )
    if last - first >= timedelta(days=LONGEST_DAYS):
        raise Invalid(f"一次最多 {LONGEST_DAYS} 天 / at most {LONGEST_DAYS} days at a time")


def plain(answer: Any) -> Mapping[str, Any]:
    """An answer as JSON keeps it: dates and instants as text."""

    def told(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: told(each) for key, each in value.items()}
        if isinstance(value, (list, tuple)):
            return [told(each) for each in value]
        return value.isoformat() if isinstance(value, date) else value

    found: Mapping[str, Any] = told(asdict(answer))
    return found
