"""Questions about baselines: what a scope would have drawn, by every method, and which method to believe.

Every question takes a Principal and checks its scope. Raises Forbidden, NotFound, Unavailable, Invalid; where a method
says nothing, its refusal stands in the answer.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from analytics.baselines.adjustment import AdjustmentNote, adjusted
from analytics.baselines.court import Candidate, Evidence, hear, judge, placebo_days
from analytics.baselines.days import Window
from analytics.baselines.estimate import Refusal, in_window
from analytics.baselines.gaming import raised_before
from analytics.baselines.registry import candidates
from analytics.baselines.scores import Scores
from config.baselines import AnyMethod
from config.policy import Policy
from domain.arrays import BoolArray, FloatArray
from domain.clock import Clock
from domain.errors import Invalid
from domain.instants import HOUR_MS, from_ms
from domain.people import Principal
from domain.registry import Registry
from domain.runs import Outcome, Progress, Run
from domain.scopes import Scope
from monitor.access import require
from monitor.analyses import plain
from monitor.baseline_answers import (
    BaselineReport,
    CourtReport,
    DayBaselines,
    MethodAbout,
    MethodBaseline,
    MethodList,
    MethodScore,
    RaisedBefore,
)
from monitor.baseline_data import BaselineData, BaselineReader, ClockWindow
from monitor.calls import Calls
from monitor.load_history import LoadHistories, ReductionSource
from monitor.runs import Runs
from monitor.weather import WeatherHistory
from storage.ledger_ports import RegistryLedger

KIND = "baseline_court"
MOST_DAYS = 31
MOST_PLACEBO_DAYS = 250
MOST_SCOPES = 500
#: Like days that must lie before the first placebo day.
DAYS_BEFORE = 15
#: Calendar days that hold one workday, long holidays included.
CALENDAR_PER_WORKDAY = 1.6


class BaselineDesk:
    def __init__(
        self,
        registry: RegistryLedger,
        histories: LoadHistories,
        weather: WeatherHistory,
        reductions: ReductionSource,
        policy: Policy,
        zone: ZoneInfo,
        clock: Clock,
        *,
        calls: Calls,
    ) -> None:
        self._registry = registry
        self._policy = policy
        self._table = policy.baselines
        self._zone = zone
        self._clock = clock
        self._reader = BaselineReader(histories, weather, reductions, policy.calendar, zone, calls=calls)
        self._by_id = {entry.id: entry for entry in self._table.method}

    def methods(self) -> MethodList:
        same_day = {each.id: each.same_day for each in candidates(self._table, adjusted=False)}
        return MethodList(tuple(_about(entry, same_day[entry.id]) for entry in self._table.method))

    def compute(
        self, principal: Principal, scope: Scope, last: date, window: ClockWindow, *, days: int = 1
    ) -> BaselineReport:
        """Every method on each of the ``days`` that end with ``last``, unadjusted and, beside it, adjusted."""
        return self.compute_each(principal, [scope], last, window, days=days)[0]

    def compute_each(
        self,
        principal: Principal,
        scopes: Sequence[Scope],
        last: date,
        window: ClockWindow,
        *,
        days: int = 1,
        only: Collection[str] | None = None,
    ) -> tuple[BaselineReport, ...]:
        """Of several scopes out of one reading, in their order, each as it would be alone.

        only : ids of the candidates asked for; None = all
        """
        _check(days, MOST_DAYS)
        if not 0 < len(scopes) <= MOST_SCOPES or len(set(scopes)) != len(scopes):
            raise Invalid(f"一次 1 到 {MOST_SCOPES} 个不同的范围 / 1 to {MOST_SCOPES} scopes at a time, each once")
        first = last - timedelta(days=days - 1)
        for scope in scopes:
            self._require(principal, scope, first, last)
        begin = first - timedelta(days=self._lookback + 1)
        each = self._reader.read_each(principal, scopes, begin, last, issue=self._clock.now())
        return tuple(
            BaselineReport(
                str(scope),
                str(window),
                data.announced,
                tuple(self._day(data, first + timedelta(days=n), window, only) for n in range(days)),
                data.digest,
            )
            for scope, data in zip(scopes, each, strict=True)
        )

    def score(
        self,
        principal: Principal,
        scope: Scope,
        last: date,
        window: ClockWindow,
        *,
        days: int | None = None,
        on_progress: Callable[[float], None] = lambda _share: None,
    ) -> CourtReport:
        """The court over the ``days`` newest workdays up to ``last`` on which nothing was called."""
        wanted = self._table.court.placebo_days if days is None else days
        _check(wanted, MOST_PLACEBO_DAYS)
        first = last - timedelta(days=round(wanted * CALENDAR_PER_WORKDAY) + self._lookback)
        self._require(principal, scope, last)
        data = self._reader.read(principal, scope, first, last)
        return self._court(data, scope, window, wanted, on_progress)

    def work(
        self, principal: Principal, scope: Scope, last: date, window: ClockWindow, *, days: int | None = None
    ) -> Callable[[Progress], Outcome]:
        """The court as work for ``monitor.runs``."""
        self._require(principal, scope, last)

        def run(progress: Progress) -> Outcome:
            progress.step(0.0, "读取负荷 / reading loads")
            report = self.score(
                principal,
                scope,
                last,
                window,
                days=days,
                on_progress=lambda share: progress.step(share, "庭审 / court"),
            )
            return Outcome(plain(report), report.data_digest, self.settings_digest())

        return run

    def parameters(self, last: date, window: ClockWindow, days: int | None) -> dict[str, Any]:
        return {"to": last.isoformat(), "window": str(window), "days": days or self._table.court.placebo_days}

    def submit(
        self,
        runs: Runs,
        principal: Principal,
        scope: Scope,
        last: date,
        window: ClockWindow,
        *,
        days: int | None = None,
    ) -> Run:
        work = self.work(principal, scope, last, window, days=days)
        return runs.submit(principal, KIND, str(scope), self.parameters(last, window, days), work)

    def settings_digest(self) -> str:
        return hashlib.sha256(self._table.model_dump_json().encode()).hexdigest()

    # -- inside

    @property
    def _lookback(self) -> int:
        return max(getattr(entry, "lookback_days", 0) for entry in self._table.method)

    def _require(self, principal: Principal, scope: Scope, *days: date) -> None:
        registry: Registry = self._registry.registry()
        require(principal, scope, registry, *days)

    def _day(self, data: BaselineData, day: date, window: ClockWindow, only: Collection[str] | None) -> DayBaselines:
        number, blocks = data.index(day), window.blocks
        table = data.table
        load = table.load_kw[0, number, blocks.blocks]
        told_ms = data.told_ms(day, blocks)
        asked = [each for each in candidates(self._table, adjusted=True) if only is None or each.id in only]
        methods = [self._method(data, number, blocks, each, told_ms) for each in asked]
        suspicion = raised_before(table.until(number), number, blocks)
        called = table.event[0].copy()
        called[number + 1 :] = False
        start_ms = int(data.days.starts_ms[number])
        step_ms = table.step_s * 1000
        told_at = None if told_ms is None else from_ms(told_ms).astimezone(self._zone)
        return DayBaselines(
            day=day,
            works=bool(table.works[number]),
            event=bool(table.event[0, number]),
            ts=tuple(
                from_ms(start_ms + block * step_ms).astimezone(self._zone) for block in range(blocks.first, blocks.end)
            ),
            load_kw=_numbers(load),
            load_mean_kw=_number(_mean(load)),
            methods=tuple(methods),
            excluded_days=data.chosen(called.tolist()),
            told_at=told_at,
            raised_before=RaisedBefore(
                _number(suspicion.rise[0]), _number(suspicion.score[0]), bool(suspicion.flagged[0])
            ),
        )

    def _method(
        self, data: BaselineData, number: int, window: Window, candidate: Candidate, told_ms: int | None
    ) -> MethodBaseline:
        table = data.table.until(number)
        found = in_window(candidate.method(table, number, window), window)
        base, change, note = found.base_kw, None, AdjustmentNote.NONE
        window_ms = int(data.days.starts_ms[number]) + round(window.first / table.per_hour * HOUR_MS)
        after_notice = told_ms is not None and any(
            told_ms < window_ms - round(rule.from_hours * HOUR_MS) for rule in candidate.adjustments
        )
        if candidate.adjustment is None:
            note = AdjustmentNote.AFTER_NOTICE if after_notice else note
        else:
            moved = adjusted(
                base,
                table.load_kw[:, number],
                window,
                candidate.adjustment,
                per_hour=table.per_hour,
                after_notice=after_notice,
            )
            base, note = moved.base_kw, AdjustmentNote(int(moved.note[0]))
            moved_at_all = note in (AdjustmentNote.NONE, AdjustmentNote.CAPPED, AdjustmentNote.AFTER_NOTICE)
            change = _number(moved.change[0]) if moved_at_all else None
        values = base[0, window.blocks]
        refusal = Refusal(int(found.refusal[0])).name.lower()
        return MethodBaseline(
            id=candidate.id,
            official=self._official(candidate),
            same_day=candidate.same_day,
            adjusted=candidate.adjustment is not None,
            refusal=refusal,
            sample_days=data.chosen(found.days[0].tolist()),
            mean_kw=_number(_mean(values)) if refusal == "none" else None,
            base_kw=_numbers(values),
            change=change if refusal == "none" else None,
            change_kind="none" if candidate.adjustment is None else candidate.adjustment.kind,
            note=note.name.lower(),
        )

    def _official(self, candidate: Candidate) -> bool:
        """An official method is official unadjusted."""
        entry = self._by_id.get(candidate.id)
        return entry is not None and entry.official

    def _court(
        self,
        data: BaselineData,
        scope: Scope,
        window: ClockWindow,
        wanted: int,
        on_progress: Callable[[float], None],
    ) -> CourtReport:
        rules, everyone = self._table.court, candidates(self._table, adjusted=True)
        known = np.cumsum((~np.isnan(data.table.load_kw[0])).mean(axis=1) >= 0.9)
        first = int(np.argmax(known > DAYS_BEFORE)) if known[-1] > DAYS_BEFORE else len(known)
        days = placebo_days(data.table, first=first)[-wanted:]
        evidence = hear(data.table, everyone, days, window.blocks, on_progress=on_progress)
        trial = np.arange(len(days)) < round(len(days) * rules.first_choice_share)
        reason = ""
        if trial.sum() < rules.minimum_events or (~trial).sum() < rules.minimum_events:
            reason = "too_few_days"
        # A level that drifts makes old days bad judges of what reads only the days before.
        newest = trial & (np.cumsum(trial) > trial.sum() - rules.newest_choice_days)
        proposed: tuple[str, Scores | None] = ("", None)
        best = ""
        if not reason:
            before, all_of_them = (
                [n for n, each in enumerate(everyone) if not each.same_day],
                list(range(len(everyone))),
            )
            proposed = _proposal(evidence, newest, ~trial, before, rules.minimum_events, self._table.favour())
            best, _ = _proposal(evidence, trial, ~trial, all_of_them, rules.minimum_events, self._table.favour())
        later = proposed[1]
        if not reason and not proposed[0]:
            reason = "no_method_judged"
        return CourtReport(
            scope=str(scope),
            window=str(window),
            first=data.days.days[0],
            last=data.days.days[-1],
            trial_days=tuple(data.days.days[day] for day in days[trial]),
            later_days=tuple(data.days.days[day] for day in days[~trial]),
            proposed=proposed[0],
            proposed_same_day=best,
            acceptable=None if later is None else bool(later.rrmse[0] <= rules.accept_rrmse),
            biased=None if later is None else bool(abs(later.bias[0]) > rules.warn_bias),
            accept_rrmse=rules.accept_rrmse,
            warn_bias=rules.warn_bias,
            reason=reason,
            scores=tuple(
                self._score(evidence, n, each, trial if each.same_day else newest, ~trial)
                for n, each in enumerate(everyone)
            ),
            data_digest=data.digest,
        )

    def _score(
        self, evidence: Evidence, number: int, candidate: Candidate, trial: BoolArray, later: BoolArray
    ) -> MethodScore:
        early, late = evidence.scores(number, trial), evidence.scores(number, later)
        return MethodScore(
            id=candidate.id,
            official=self._official(candidate),
            same_day=candidate.same_day,
            trial_rrmse=_number(early.rrmse[0]),
            trial_bias=_number(early.bias[0]),
            trial_events=int(early.events[0]),
            rrmse=_number(late.rrmse[0]),
            bias=_number(late.bias[0]),
            deviation=_number(late.deviation[0]),
            events=int(late.events[0]),
        )


def _proposal(
    evidence: Evidence,
    choice_days: BoolArray,
    later: BoolArray,
    among: list[int],
    minimum: int,
    favour: Mapping[str, float],
) -> tuple[str, Scores | None]:
    """Name and later scores of the best of these candidates on the days of choice."""
    used = choice_days | later
    some = Evidence(
        tuple(evidence.ids[n] for n in among),
        evidence.days[used],
        evidence.base_kw[among][:, :, used],
        evidence.load_kw[:, used],
    )
    verdict = judge(some, trial=choice_days[used], minimum_events=minimum, favour=favour)
    choice = int(verdict.choice[0])
    if choice < 0:
        return "", None
    return some.ids[choice], verdict.later


def _about(entry: AnyMethod, same_day: bool) -> MethodAbout:
    rule = entry.adjustment
    text = (
        ""
        if rule is None
        else f"{rule.kind} ±{rule.cap:.0%}, {rule.from_hours:g} h to {rule.to_hours:g} h before the event"
    )
    return MethodAbout(entry.id, entry.name_zh, entry.name_en, entry.official, same_day, text, entry.source)


def _check(days: int, most: int) -> None:
    if not 1 <= days <= most:
        raise Invalid(f"天数应在 1 到 {most} 之间 / days must be between 1 and {most}, not {days}")


def _number(value: float | np.floating[Any] | None) -> float | None:
    return None if value is None or not np.isfinite(value) else float(value)


def _numbers(values: FloatArray) -> tuple[float | None, ...]:
    return tuple(_number(value) for value in values.tolist())


def _mean(values: FloatArray) -> float:
    """NaN where a block is missing."""
    return float(values.mean())
