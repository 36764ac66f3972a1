"""Rehearsal: a past summer's loads and quota through a plan: days closed, who was called, at what cost.

Loads are known, so every kW counts fully: a rehearsal says what a plan can do, not how well it would be obeyed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

import numpy as np

from analytics.allocation import allocate
from analytics.allocation_group import Weights
from config.orderly import LetterEdition, OrderlyTable
from domain.arrays import FloatArray
from domain.errors import InsufficientData, Invalid
from domain.ids import EnterpriseId
from domain.instants import BLOCK_MS, from_ms
from domain.orderly import Plan, Window
from domain.people import Principal
from domain.potentials import Potential, PotentialBasis, PotentialVerdict
from domain.registry import RegistryView
from domain.runs import Outcome, Progress
from domain.scopes import MONITORED, Scope, enterprise_scope
from monitor.analyses import plain
from monitor.load_history import LoadHistories, LoadHistory
from response.orderly.burden import NOTHING, Burden
from response.orderly.candidates import Inputs, by_enterprise, candidates
from response.orderly.plans import PlanDesk
from response.orderly.values import ValueBook
from storage.ledger_ports import ReferenceLedger, RegistryLedger

KIND = "orderly_rehearsal"
MOST_DAYS = 200


@dataclass(frozen=True, slots=True)
class Season:
    """quota_share : of the span's highest load, where no quota was entered for a day; scope : whose gap it is"""

    first: date
    last: date
    quota_share: float = 0.9
    scope: Scope = MONITORED


@dataclass(frozen=True, slots=True)
class RehearsedDay:
    """One run of slots above the quota. missing_kw : what the plan could not close, 0 = closed"""

    day: date
    start: datetime
    end: datetime
    need_kw: float
    level: str
    called: int
    ordered_kw: float
    missing_kw: float
    loss_yuan: float
    listed_loss_yuan: float


@dataclass(frozen=True, slots=True)
class RehearsedSite:
    enterprise: str
    name: str
    calls: int
    hours: float
    energy_kwh: float
    loss_yuan: float


@dataclass(frozen=True, slots=True)
class Rehearsal:
    plan: str
    scope: str
    first: date
    last: date
    quota_by: str
    days_with_gap: int
    days_closed: int
    ordered_kwh: float
    missing_kwh: float
    loss_yuan: float
    listed_loss_yuan: float
    days: tuple[RehearsedDay, ...]
    sites: tuple[RehearsedSite, ...]
    data_digest: str


class RehearsalDesk:
    def __init__(
        self,
        plans: PlanDesk,
        histories: LoadHistories,
        registry: RegistryLedger,
        references: ReferenceLedger,
        values: ValueBook,
        table: OrderlyTable,
        zone: ZoneInfo,
    ) -> None:
        self._plans, self._histories, self._registry = plans, histories, registry
        self._references, self._values, self._table, self._zone = references, values, table, zone

    def rehearse(
        self, principal: Principal, plan_ids: Sequence[str], season: Season, progress: Progress | None = None
    ) -> tuple[Rehearsal, ...]:
        """One for each plan, on the same loads. Raises InsufficientData without loads."""
        principal.require_staff()
        if not 0 <= (season.last - season.first).days < MOST_DAYS:
            raise Invalid(f"预演时段为 1 至 {MOST_DAYS} 天 / a rehearsal spans 1 to {MOST_DAYS} days")
        plans = [self._plans.get(principal, each) for each in plan_ids]
        names = list(dict.fromkeys(row.enterprise.id for plan in plans for row in plan.rows))
        view = self._registry.registry().view(season.last)
        known = [name for name in names if name in view.enterprises and view.members(enterprise_scope(name))]
        scopes = [season.scope, *(enterprise_scope(name) for name in known)]
        history = self._histories.history(principal, scopes, season.first, season.last)
        total = np.where(np.isnan(history.demand_kw[0]), history.estimate_kw[0], history.demand_kw[0])
        total = total + history.reduction_kw[0]
        if np.isnan(total).all():
            raise InsufficientData(f"{season.first} 至 {season.last} 没有 {season.scope} 的负荷 / no load in this span")
        quota, told = self._quota(season, history, total)
        yuan = self._values.of(principal, known, season.last.year)
        found = []
        for number, plan in enumerate(plans):
            played = _Playing(self._table, plan, season, history, view, known, yuan, self._zone)
            found.append(played.play(total, quota, told, progress, number / len(plans), 1 / len(plans)))
        return tuple(found)

    def outcome(self, principal: Principal, plan_ids: Sequence[str], season: Season, progress: Progress) -> Outcome:
        """As work for ``monitor.runs``."""
        progress.step(0.0, "读取负荷 / reading loads")
        found = self.rehearse(principal, plan_ids, season, progress)
        return Outcome({"items": [plain(each) for each in found]}, found[0].data_digest)

    def _quota(self, season: Season, history: LoadHistory, total: FloatArray) -> tuple[FloatArray, str]:
        """Entered quotas where there are any; else the share of the highest load."""
        quota = np.full(len(total), np.nan)
        entered = 0
        for number, start in enumerate(history.day_starts_ms[:-1].tolist()):
            day = date.fromordinal(season.first.toordinal() + number)
            known = self._references.quota(season.scope, day)
            own = (history.ts_ms >= start) & (history.ts_ms < history.day_starts_ms[number + 1])
            if known is not None and int(own.sum()) == len(known.points_kw):
                quota[own] = known.points_kw
                entered += 1
        if entered:
            return quota, f"{entered} 天录入指标 / quotas entered for {entered} days"
        flat = season.quota_share * float(np.nanmax(total))
        text = f"指标取最大负荷的 {season.quota_share:.0%} / quota taken as {season.quota_share:.0%} of the maximum"
        return np.full(len(total), flat), text


class _Playing:
    def __init__(
        self,
        table: OrderlyTable,
        plan: Plan,
        season: Season,
        history: LoadHistory,
        view: RegistryView,
        names: Sequence[str],
        yuan: Mapping[str, float | None],
        zone: ZoneInfo,
    ) -> None:
        self._table, self._plan, self._season, self._history = table, plan, season, history
        self._view, self._names, self._yuan, self._zone = view, names, yuan, zone
        self._rows = by_enterprise(plan.rows)
        self._load = history.restored_kw[1:]
        self._security = np.array([self._security_of(name) for name in names])
        self._borne: dict[str, Burden] = {}
        self._lost: dict[str, float] = {}

    def play(
        self, total: FloatArray, quota: FloatArray, told: str, progress: Progress | None, begin: float, share: float
    ) -> Rehearsal:
        runs = self._runs(total - quota)
        days = []
        for number, (first, end) in enumerate(runs):
            if progress is not None:
                progress.step(begin + share * number / len(runs), f"{self._plan.id} {number + 1}/{len(runs)}")
            days.append(self._day(first, end, float(np.nanmax((total - quota)[first:end]))))
        with_gap = {day.day for day in days}
        short = {day.day for day in days if day.missing_kw > 0}
        hours = [(day.end - day.start).total_seconds() / 3600 for day in days]
        return Rehearsal(
            plan=self._plan.id,
            scope=str(self._season.scope),
            first=self._season.first,
            last=self._season.last,
            quota_by=told,
            days_with_gap=len(with_gap),
            days_closed=len(with_gap - short),
            ordered_kwh=sum(day.ordered_kw * h for day, h in zip(days, hours, strict=True)),
            missing_kwh=sum(day.missing_kw * h for day, h in zip(days, hours, strict=True)),
            loss_yuan=sum(day.loss_yuan for day in days),
            listed_loss_yuan=sum(day.listed_loss_yuan for day in days),
            days=tuple(days),
            sites=self._sites(),
            data_digest=self._history.digest,
        )

    def _runs(self, gap: FloatArray) -> list[tuple[int, int]]:
        """Slots above the quota, run by run, no run over midnight."""
        above = np.nan_to_num(gap) > 0
        starts = set(np.searchsorted(self._history.ts_ms, self._history.day_starts_ms).tolist())
        found: list[tuple[int, int]] = []
        for place in np.flatnonzero(above).tolist():
            if found and found[-1][1] == place and place not in starts:
                found[-1] = (found[-1][0], place + 1)
            else:
                found.append((place, place + 1))
        return found

    def _day(self, first: int, end: int, need_kw: float) -> RehearsedDay:
        window = Window(from_ms(int(self._history.ts_ms[first])), from_ms(int(self._history.ts_ms[end - 1]) + BLOCK_MS))
        day = window.start.astimezone(self._zone).date()
        levels = self._table.levels_on(day)
        level = levels.needed(need_kw)
        given = self._inputs(window, day, first, end, levels, level)
        found = candidates(given, self._table)
        rules = self._table.allocation
        weights = Weights(
            window.hours,
            rules.fairness_yuan_per_kwh,
            rules.rotation_yuan_per_call,
            rules.relative_gap,
            rules.time_limit_s,
        )
        result = allocate(found.sites, found.options, needed_kw=need_kw, weights=weights, step_kw=rules.order_step_kw)
        per_site = np.bincount(found.options.site, weights=result.ordered_kw, minlength=len(found.enterprises))
        lost = found.options.loss_yuan_per_kwh * result.ordered_kw * window.hours
        lost_by = np.bincount(found.options.site, weights=lost, minlength=len(found.enterprises))
        for place in np.flatnonzero(per_site > 0).tolist():
            self._bear(found.enterprises[place], float(per_site[place]), window.hours, float(lost_by[place]))
        return RehearsedDay(
            day=day,
            start=window.start.astimezone(self._zone),
            end=window.end.astimezone(self._zone),
            need_kw=need_kw,
            level=level,
            called=int((per_site > 0).sum()),
            ordered_kw=float(per_site.sum()),
            missing_kw=result.missing_kw,
            loss_yuan=result.loss_yuan,
            listed_loss_yuan=result.listed_loss_yuan,
        )

    def _bear(self, name: str, kw: float, hours: float, yuan: float) -> None:
        own = self._borne.get(name, NOTHING)
        self._borne[name] = replace(
            own, calls=own.calls + 1, hours=own.hours + hours, orderly_kwh=own.orderly_kwh + kw * hours
        )
        self._lost[name] = self._lost.get(name, 0.0) + yuan

    def _inputs(self, window: Window, day: date, first: int, end: int, levels: LetterEdition, level: str) -> Inputs:
        load = self._load[:, first:end]
        room = load.min(axis=1) - self._security
        mean = load.mean(axis=1)
        return Inputs(
            rows=self._rows,
            letters=levels.up_to(level) if level else (),
            potentials=[
                self._potential(name, window, day, float(room[row]), float(mean[row]))
                for row, name in enumerate(self._names)
            ],
            yuan_per_kwh=self._yuan,
            burdens=self._borne,
            guards={},
            dr_kw={},
            minutes=float("inf"),
            window=window,
            zone=self._zone,
        )

    def _potential(self, name: str, window: Window, day: date, room: float, mean: float) -> Potential:
        known = bool(np.isfinite(room))
        shed = max(0.0, room) if known else None
        return Potential(
            enterprise_id=EnterpriseId(name),
            name=self._view.enterprises[EnterpriseId(name)].name,
            day=day,
            start_ms=window.span.start_ms,
            end_ms=window.span.end_ms,
            shed_kw=shed,
            shift_kw=shed,
            confidence=1.0 if shed else 0.0,
            expected_kw=mean if known else None,
            expected_by="measured",
            security_kw=self._security_of(name),
            security_registered=True,
            cooling_kw=None,
            basis=PotentialBasis.DECLARED,
            shape="",
            like_days=0,
            evidence=(),
            verdict=PotentialVerdict.OK if shed else PotentialVerdict.NO_HEADROOM,
            reason="" if shed else "当时没有可压负荷 / nothing to shed then",
        )

    def _security_of(self, name: str) -> float:
        """Of the plan, else of the registry; without either nothing may be asked of it."""
        rows = self._rows.get(name, ())
        stated = [row.enterprise.security_load_kw for row in rows if row.enterprise.security_load_kw is not None]
        own = self._view.enterprises[EnterpriseId(name)].security_load_kw
        return max(stated) if stated else own if own is not None else float("inf")

    def _sites(self) -> tuple[RehearsedSite, ...]:
        found = [
            RehearsedSite(
                name,
                self._view.enterprises[EnterpriseId(name)].name,
                own.calls,
                own.hours,
                own.orderly_kwh,
                self._lost.get(name, 0.0),
            )
            for name, own in self._borne.items()
        ]
        return tuple(sorted(found, key=lambda site: -site.energy_kwh))
