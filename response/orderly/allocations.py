"""A need becomes a list, with a sentence for everyone on it and everyone not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from analytics.allocation import allocate
from analytics.allocation_group import Weights
from config.orderly import LetterEdition, OrderlyTable
from domain.clock import Clock
from domain.errors import Forbidden, Invalid, NotFound
from domain.ids import EnterpriseId
from domain.instants import local_date, to_ms
from domain.orderly import Guard, Plan, Window
from domain.people import Principal
from domain.scopes import Scope
from monitor.potentials import PotentialDesk
from response.orderly.allocation_answers import AllocationAnswer, Need
from response.orderly.answering import Answering
from response.orderly.burden import burdens, season
from response.orderly.candidates import Inputs, by_enterprise, candidates
from response.orderly.dr_share import DrShare
from response.orderly.instructions import InstructionDesk
from response.orderly.level_names import letter_of
from response.orderly.order_limits import ordered_in
from response.orderly.plans import PlanDesk
from response.orderly.values import ValueBook
from storage.ledger_ports import RegistryLedger
from storage.orderly_ports import OrderlyLedger
from storage.reduction_ports import ReductionLedger


class AllocationDesk:
    def __init__(
        self,
        plans: PlanDesk,
        instructions: InstructionDesk,
        ledger: OrderlyLedger,
        registry: RegistryLedger,
        reductions: ReductionLedger,
        potentials: PotentialDesk,
        values: ValueBook,
        dr: DrShare,
        table: OrderlyTable,
        clock: Clock,
        zone: ZoneInfo,
    ) -> None:
        self._plans, self._instructions, self._registry = plans, instructions, registry
        self._ledger, self._reductions = ledger, reductions
        self._potentials, self._values, self._dr = potentials, values, dr
        self._table, self._clock, self._zone = table, clock, zone

    def solve(self, principal: Principal, need: Need) -> AllocationAnswer:
        """Raises NotFound without an approved plan, Invalid for a window that spans days or has begun."""
        principal.require_staff()
        day = local_date(need.window.start, self._zone)
        if local_date(need.window.end - timedelta(milliseconds=1), self._zone) != day:
            raise Invalid("时段应在同一天内 / a window lies within one day")
        self._refuse(need, day)
        plan = self._plans.get(principal, need.plan) if need.plan else self._plans.in_force(principal, day.year)
        levels = self._table.levels_on(day)
        need = replace(need, approved_level=need.approved_level or self._approved(principal, need.window, levels))
        level = _level(need, levels)
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
        return Answering(self._table, need, plan, level, given, found, result).answer()

    def _refuse(self, need: Need, day: date) -> None:
        """Hours that have begun, and wishes about enterprises nobody knows or that contradict each other."""
        if need.window.start < self._clock.now():
            raise Invalid(
                "时段已经开始，请从下一个整刻钟起 / these hours have begun: start at the next quarter of an hour"
            )
        view, wishes = self._registry.registry().view(day), need.wishes
        for name in (*wishes.pinned, *wishes.excluded):
            view.enterprise(name)
        if both := sorted(wishes.pinned.keys() & wishes.excluded.keys()):
            raise Invalid(f"{both[0]} 既指定又排除 / {both[0]} is pinned and excluded")

    def guards_on(self, at: datetime) -> dict[str, Guard]:
        day = local_date(at, self._zone)
        return {guard.enterprise: guard for guard in self._ledger.guards.all() if guard.covers(day)}

    def _approved(self, principal: Principal, window: Window, levels: LetterEdition) -> str:
        """The highest letter that the instructions in force ask for; "" where they name none."""
        standing = {letter_of(each.level, levels) for each in self._instructions.in_force(principal, window.start)}
        return next((letter for letter in reversed(levels.letters) if letter in standing), "")

    def _inputs(self, principal: Principal, need: Need, plan: Plan, letters: tuple[str, ...]) -> Inputs:
        window, now = need.window, self._clock.now()
        day = local_date(window.start, self._zone)
        own = None if need.scope is None else self._members(need.scope, day)
        potentials = self._potentials.of(principal, own, day, to_ms(window.start), to_ms(window.end))
        values = self._values.of(principal, [str(p.enterprise_id) for p in potentials], day.year)
        since = window.start - timedelta(days=self._table.allocation.rotation_days)
        return Inputs(
            rows=by_enterprise(plan.rows),
            letters=letters,
            potentials=potentials,
            yuan_per_kwh=values,
            burdens=burdens(
                self._ledger,
                self._reductions,
                season(day.year, self._zone),
                until=window.start,
                recent_from=since,
            ),
            guards=self.guards_on(window.start),
            dr_kw=self._dr.committed_kw(window),
            minutes=(window.start - now).total_seconds() / 60,
            window=window,
            zone=self._zone,
            wishes=need.wishes,
            ordered=ordered_in(self._ledger.orders.all(), (window,)),
        )

    def _members(self, scope: Scope, day: date) -> list[EnterpriseId]:
        """Enterprises with a meter there; each counts as a whole. Raises NotFound where there are none."""
        view = self._registry.registry().view(day)
        owners = dict.fromkeys(view.enterprise_of(meter) for meter, _ in view.members(scope))
        found = [owner for owner in owners if owner is not None]
        if not found:
            raise NotFound(f"{scope} 没有企业 / no enterprise is on {scope}")
        return found


def _level(need: Need, levels: LetterEdition) -> str:
    """As asked, else what the need calls for within what is approved; beyond it someone gives a reason and signs.

    The letters' kW are the district's: a smaller group may use all of its plan. Raises Forbidden
    """
    letters, ceiling = levels.letters, need.approved_level
    signed = bool(need.outside_level.strip() and need.approver.strip())
    level = need.level or (levels.needed(need.kw) if need.scope is None else letters[-1])
    if not level or ceiling not in letters or signed or levels.up_to(level)[-1] in levels.up_to(ceiling):
        return level
    if not need.level:
        return ceiling
    raise Forbidden(
        f"等级 {level} 超出已批准的 {ceiling}，须写明理由和批准人 / "
        f"level {level} is beyond the approved {ceiling}: a reason and an approver are needed"
    )
