"""One plan through a past season, run of slots by run of slots, with the burden carried from day to day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import numpy as np

from analytics.allocation import allocate
from analytics.allocation_group import Weights
from config.orderly import OrderlyTable
from domain.arrays import FloatArray
from domain.ids import EnterpriseId
from domain.instants import BLOCK_MS, from_ms
from domain.orderly import Measure, Plan, Window
from domain.potentials import Potential, PotentialBasis, PotentialVerdict
from domain.runs import Progress
from monitor.analysis_data import number
from response.orderly.burden import NOTHING, Burden
from response.orderly.candidates import Candidates, Inputs, by_enterprise, candidates
from response.orderly.past_season import PastSeason
from response.orderly.rehearsed import Rehearsal, RehearsedDay, RehearsedSite


class Playing:
    def __init__(self, table: OrderlyTable, plan: Plan, past: PastSeason) -> None:
        self._table, self._plan, self._past = table, plan, past
        self._rows = by_enterprise(plan.rows)
        self._load = past.history.restored_kw[1:]
        self._security = np.array([self._security_of(name) for name in past.names])
        self._borne: dict[str, Burden] = {}
        self._lost: dict[str, float] = {}
        self._cooled: set[str] = set()

    def play(self, progress: Progress | None, begin: float, share: float) -> Rehearsal:
        """begin, share : where in the whole work this is, 0...1"""
        runs, gap = self._past.runs(), self._past.total_kw - self._past.quota_kw
        days = []
        for place, (first, end) in enumerate(runs):
            if progress is not None:
                progress.step(begin + share * place / len(runs), f"{self._plan.id} {place + 1}/{len(runs)}")
            days.append(self._day(first, end, float(np.nanmax(gap[first:end]))))
        return self._told(days)

    def _told(self, days: Sequence[RehearsedDay]) -> Rehearsal:
        season = self._past.season
        with_gap = {day.day for day in days}
        short = {day.day for day in days if day.missing_kw > 0}
        return Rehearsal(
            plan=self._plan.id,
            scope=str(season.scope),
            first=season.first,
            last=season.last,
            quota_by=self._past.told,
            days_with_gap=len(with_gap),
            days_closed=len(with_gap - short),
            ordered_kwh=sum(day.ordered_kw * day.hours for day in days),
            missing_kwh=sum(day.missing_kw * day.hours for day in days),
            loss_yuan=sum(day.loss_yuan for day in days),
            listed_loss_yuan=sum(day.listed_loss_yuan for day in days),
            days=tuple(days),
            sites=self._sites(),
            data_digest=self._past.digest,
            soft_kwh=sum((day.storage_kw + day.lighting_kw + day.cooling_kw) * day.hours for day in days),
            cooling_sites=len(self._cooled),
        )

    def _day(self, first: int, end: int, need_kw: float) -> RehearsedDay:
        ts_ms, zone = self._past.history.ts_ms, self._past.zone
        window = Window(from_ms(int(ts_ms[first])), from_ms(int(ts_ms[end - 1]) + BLOCK_MS))
        day = window.start.astimezone(zone).date()
        level = self._table.levels_on(day).needed(need_kw)
        found = candidates(self._inputs(window, day, first, end, level), self._table)
        rules = self._table.allocation
        weights = Weights(
            window.hours,
            rules.fairness_yuan_per_kwh,
            rules.rotation_yuan_per_call,
            rules.relative_gap,
            rules.time_limit_s,
        )
        result = allocate(found.sites, found.options, needed_kw=need_kw, weights=weights, step_kw=rules.order_step_kw)
        self._bear(found, result.ordered_kw, window.hours)
        soft = {
            measure: sum(
                kw for each, kw in zip(found.able, result.ordered_kw.tolist(), strict=True) if each.measure is measure
            )
            for measure in Measure
        }
        per_site = np.bincount(found.options.site, weights=result.ordered_kw, minlength=len(found.enterprises))
        return RehearsedDay(
            day=day,
            start=window.start.astimezone(zone),
            end=window.end.astimezone(zone),
            need_kw=need_kw,
            level=level,
            called=int((per_site > 0).sum()),
            ordered_kw=float(per_site.sum()),
            missing_kw=result.missing_kw,
            loss_yuan=result.loss_yuan,
            listed_loss_yuan=result.listed_loss_yuan,
            storage_kw=soft[Measure.STORAGE],
            lighting_kw=soft[Measure.LIGHTING],
            cooling_kw=soft[Measure.COOLING],
        )

    def _bear(self, found: Candidates, ordered_kw: FloatArray, hours: float) -> None:
        """What each enterprise gave is its burden on the days to come."""
        sites, count = found.options.site, len(found.enterprises)
        per_site = np.bincount(sites, weights=ordered_kw, minlength=count)
        lost = np.bincount(sites, weights=found.options.loss_yuan_per_kwh * ordered_kw * hours, minlength=count)
        for place in np.flatnonzero(per_site > 0).tolist():
            name, kw = found.enterprises[place], float(per_site[place])
            own = self._borne.get(name, NOTHING)
            self._borne[name] = replace(
                own, calls=own.calls + 1, hours=own.hours + hours, orderly_kwh=own.orderly_kwh + kw * hours
            )
            self._lost[name] = self._lost.get(name, 0.0) + float(lost[place])

    def _inputs(self, window: Window, day: date, first: int, end: int, level: str) -> Inputs:
        load = self._load[:, first:end]
        room = load.min(axis=1) - self._security
        mean = load.mean(axis=1)
        cooling = self._past.cooling.of(window, day, self._past.zone)
        return Inputs(
            rows=self._rows,
            letters=self._table.levels_on(day).up_to(level) if level else (),
            potentials=[
                self._potential(name, window, day, float(room[row]), float(mean[row]), float(cooling[row]))
                for row, name in enumerate(self._past.names)
            ],
            yuan_per_kwh=self._past.yuan,
            burdens=self._borne,
            guards={},
            dr_kw={},
            minutes=float("inf"),
            window=window,
            zone=self._past.zone,
        )

    def _potential(
        self, name: str, window: Window, day: date, room: float, mean: float, cooling_kw: float
    ) -> Potential:
        known = bool(np.isfinite(room))
        shed = max(0.0, room) if known else None
        if np.isfinite(cooling_kw):
            self._cooled.add(name)
        return Potential(
            enterprise_id=EnterpriseId(name),
            name=self._past.view.enterprises[EnterpriseId(name)].name,
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
            cooling_kw=number(cooling_kw),
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
        own = self._past.view.enterprises[EnterpriseId(name)].security_load_kw
        return max(stated) if stated else own if own is not None else float("inf")

    def _sites(self) -> tuple[RehearsedSite, ...]:
        found = [
            RehearsedSite(
                name,
                self._past.view.enterprises[EnterpriseId(name)].name,
                own.calls,
                own.hours,
                own.orderly_kwh,
                self._lost.get(name, 0.0),
            )
            for name, own in self._borne.items()
        ]
        return tuple(sorted(found, key=lambda site: -site.energy_kwh))
