"""A need becomes a list, with a sentence for everyone on it and everyone not."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from analytics.allocation import Allocation, allocate
from analytics.allocation_group import Weights
from config.orderly import OrderlyTable
from domain.clock import Clock
from domain.errors import Forbidden, Invalid
from domain.instants import local_date, to_ms
from domain.orderly import Guard, Measure, Plan, Rank, Window
from domain.people import Principal
from monitor.potentials import PotentialDesk
from response.orderly.burden import NOTHING, Burden, burdens, season
from response.orderly.candidates import Candidates, Inputs, Wishes, by_enterprise, candidates
from response.orderly.dr_share import DrShare
from response.orderly.measures import Able
from response.orderly.plans import PlanDesk
from response.orderly.reasons import Called, Words, called_words, out_words, soft_words, spare_words
from response.orderly.values import ValueBook
from storage.orderly_ports import OrderlyLedger
from storage.reduction_ports import ReductionLedger


@dataclass(frozen=True, slots=True)
class Need:
    """level : letter up to which the plan may be used; "" = the one the need itself asks for
    plan : id, "" = the one in force; outside_level : reason, and approver, for leaving the approved level"""

    kw: float
    window: Window
    level: str = ""
    plan: str = ""
    wishes: Wishes = field(default_factory=Wishes)
    approved_level: str = ""
    outside_level: str = ""
    approver: str = ""


@dataclass(frozen=True, slots=True)
class ListLine:
    """order_kw : to be ordered; counted_kw : of it, what may be counted on; yuan : value added lost in the window"""

    enterprise: str
    name: str
    rank: Rank
    kind: Measure
    order_kw: float
    counted_kw: float
    confidence: float
    expected_kw: float | None
    security_kw: float | None
    yuan: float
    measure: str
    why: Words


@dataclass(frozen=True, slots=True)
class Spared:
    """most_kw : what it could have given, 0 where it is no candidate"""

    enterprise: str
    name: str
    code: str
    most_kw: float
    why: Words


@dataclass(frozen=True, slots=True)
class AllocationAnswer:
    """missing : what would help where the list does not suffice, empty where it does"""

    plan: str
    level: str
    need: Need
    lines: tuple[ListLine, ...]
    spared: tuple[Spared, ...]
    counted_kw: float
    missing_kw: float
    missing: tuple[Words, ...]
    method: str
    relative_gap: float | None
    loss_yuan: float
    listed_loss_yuan: float
    uneven_kwh: float


class AllocationDesk:
    def __init__(
        self,
        plans: PlanDesk,
        ledger: OrderlyLedger,
        reductions: ReductionLedger,
        potentials: PotentialDesk,
        values: ValueBook,
        dr: DrShare,
        table: OrderlyTable,
        clock: Clock,
        zone: ZoneInfo,
    ) -> None:
        self._plans, self._ledger, self._reductions = plans, ledger, reductions
        self._potentials, self._values, self._dr = potentials, values, dr
        self._table, self._clock, self._zone = table, clock, zone

    def solve(self, principal: Principal, need: Need) -> AllocationAnswer:
        """Raises NotFound without an approved plan, Invalid for a window that spans days or has begun."""
        principal.require_staff()
        day = local_date(need.window.start, self._zone)
        if local_date(need.window.end - timedelta(milliseconds=1), self._zone) != day:
            raise Invalid("时段应在同一天内 / a window lies within one day")
        plan = self._plans.get(principal, need.plan) if need.plan else self._plans.in_force(principal, day.year)
        levels = self._table.levels_on(day)
        level = need.level or levels.needed(need.kw)
        self._require_level(need, level, levels.letters)
        given = self._inputs(principal, need, plan, levels.up_to(level) if level else ())
        found = candidates(given, self._table)
        rules = self._table.allocation
        result = allocate(
            found.sites,
            found.options,
            needed_kw=need.kw,
            weights=Weights(
                need.window.hours,
                rules.fairness_yuan_per_kwh,
                rules.rotation_yuan_per_call,
                rules.relative_gap,
                rules.time_limit_s,
            ),
            step_kw=rules.order_step_kw,
        )
        return _Answering(self._table, need, plan, level, given, found, result).answer()

    def guards_on(self, at: datetime) -> dict[str, Guard]:
        day = local_date(at, self._zone)
        return {guard.enterprise: guard for guard in self._ledger.guards.all() if guard.covers(day)}

    def _require_level(self, need: Need, level: str, letters: tuple[str, ...]) -> None:
        """Inside the approved level, unless someone gives a reason and signs for it."""
        ceiling = need.approved_level
        if not ceiling or not level or ceiling not in letters or letters.index(level) <= letters.index(ceiling):
            return
        if not need.outside_level.strip() or not need.approver.strip():
            raise Forbidden(
                f"等级 {level} 超出已批准的 {ceiling}，须写明理由和批准人 / "
                f"level {level} is beyond the approved {ceiling}: a reason and an approver are needed"
            )

    def _inputs(self, principal: Principal, need: Need, plan: Plan, letters: tuple[str, ...]) -> Inputs:
        window, now = need.window, self._clock.now()
        day = local_date(window.start, self._zone)
        potentials = self._potentials.of(principal, None, day, to_ms(window.start), to_ms(window.end))
        values = self._values.of(principal, [str(p.enterprise_id) for p in potentials], day.year)
        since = window.start - timedelta(days=self._table.allocation.rotation_days)
        return Inputs(
            rows=by_enterprise(plan.rows),
            letters=letters,
            potentials=potentials,
            yuan_per_kwh=values,
            burdens=burdens(self._ledger, self._reductions, season(day.year, self._zone), recent_from=since),
            guards=self.guards_on(window.start),
            dr_kw=self._dr.committed_kw(window),
            minutes=(window.start - now).total_seconds() / 60,
            window=window,
            zone=self._zone,
            wishes=need.wishes,
        )


class _Answering:
    def __init__(
        self,
        table: OrderlyTable,
        need: Need,
        plan: Plan,
        level: str,
        given: Inputs,
        found: Candidates,
        result: Allocation,
    ) -> None:
        self._table, self._need, self._plan, self._level = table, need, plan, level
        self._given, self._found, self._result = given, found, result
        self._potential = {str(p.enterprise_id): p for p in given.potentials}

    def answer(self) -> AllocationAnswer:
        result = self._result
        lines = sorted(self._lines(), key=lambda line: (tuple(Rank).index(line.rank), -line.order_kw))
        gap = result.relative_gap
        return AllocationAnswer(
            plan=self._plan.id,
            level=self._level,
            need=self._need,
            lines=tuple(lines),
            spared=tuple(self._spared({line.enterprise for line in lines})),
            counted_kw=result.counted_kw,
            missing_kw=result.missing_kw,
            missing=self._missing(),
            method=result.method,
            relative_gap=gap if np.isfinite(gap) else None,
            loss_yuan=result.loss_yuan,
            listed_loss_yuan=result.listed_loss_yuan,
            uneven_kwh=result.uneven_kwh,
        )

    def _lines(self) -> list[ListLine]:
        found, options = self._found, self._found.options
        lines = []
        for place in np.flatnonzero(self._result.ordered_kw > 0).tolist():
            name, able = found.enterprises[int(options.site[place])], found.able[place]
            kw, potential = float(self._result.ordered_kw[place]), self._potential[name]
            yuan, known = found.yuan[name]
            burden = self._burden(name)
            lines.append(
                ListLine(
                    enterprise=name,
                    name=potential.name,
                    rank=able.rank,
                    kind=able.measure,
                    order_kw=kw,
                    counted_kw=kw * float(options.confidence[place]),
                    confidence=float(options.confidence[place]),
                    expected_kw=potential.expected_kw,
                    security_kw=potential.security_kw,
                    yuan=kw * float(options.loss_yuan_per_kwh[place]) * self._need.window.hours,
                    measure=self._measure(name, able),
                    why=called_words(
                        Called(
                            able.rank,
                            able.measure,
                            kw,
                            yuan,
                            known,
                            burden.hours,
                            found.restricted[int(options.site[place])],
                            name in self._need.wishes.pinned,
                            int(options.group[place]) < self._result.last_group or self._result.method == "all",
                        ),
                        self._table,
                    ),
                )
            )
        return lines

    def _spared(self, called: set[str]) -> list[Spared]:
        found = []
        for name, potential in self._potential.items():
            if name in called:
                continue
            if name in self._found.out:
                out, detail = self._found.out[name]
                found.append(Spared(name, potential.name, out.value, 0.0, out_words(out, detail)))
                continue
            own = np.flatnonzero(self._found.options.site == self._found.enterprises.index(name))
            most = float(self._result.most_kw[own].max(initial=0.0))
            reached = bool((self._found.options.group[own] <= self._result.last_group).any())
            words = spare_words(most, self._found.yuan[name][0], self._burden(name).hours, reached=reached)
            found.append(Spared(name, potential.name, "spared", most, words))
        return found

    def _measure(self, name: str, able: Able) -> str:
        """What is to be done: the equipment the plan names, or the soft measure in words."""
        if able.measure is Measure.PLANNED:
            return next((r.enterprise.measure for r in self._given.rows[name] if r.enterprise.measure), "")
        return soft_words(able.measure, self._table)

    def _missing(self) -> tuple[Words, ...]:
        """What would close the rest: the next levels, the excluded, those whose potential is not sure enough."""
        if self._result.missing_kw <= 0:
            return ()
        short = self._result.missing_kw
        found = [(f"仍缺 {short:,.0f} kW（按把握折算后）", f"{short:,.0f} kW are missing after confidence")]
        by_code: dict[str, float] = {}
        for name, (out, _) in self._found.out.items():
            by_code[out.value] = by_code.get(out.value, 0.0) + self._potential[name].known_shed_kw
        for code, zh, en in (
            ("level", *self._beyond()),
            ("excluded", "人工排除的有 {kw:,.0f} kW", "{kw:,.0f} kW were excluded by hand"),
            ("guarded", "保供电占 {kw:,.0f} kW", "{kw:,.0f} kW are guarded"),
            ("confidence", "把握不足的有 {kw:,.0f} kW", "{kw:,.0f} kW are too uncertain"),
            ("notice", "提前通知不足的有 {kw:,.0f} kW", "{kw:,.0f} kW would need earlier notice"),
            ("not_in_plan", "不在方案中的有 {kw:,.0f} kW", "{kw:,.0f} kW are in no plan"),
        ):
            if by_code.get(code, 0.0) > 0:
                found.append((zh.format(kw=by_code[code]), en.format(kw=by_code[code])))
        return tuple(found)

    def _beyond(self) -> Words:
        """Of those whom the plan asks nothing up to the level in use."""
        if self._level != self._table.levels_on(self._need.window.start.date()).letters[-1]:
            return "更高等级可再动用 {kw:,.0f} kW（须批准）", "higher levels hold {kw:,.0f} kW (approval needed)"
        return "方案未要求压降的企业还有 {kw:,.0f} kW", "the plan asks nothing of others who hold {kw:,.0f} kW"

    def _burden(self, name: str) -> Burden:
        return self._given.burdens.get(name, NOTHING)
