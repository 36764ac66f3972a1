"""Rules on one enterprise: running capacity (运行容量, kVA) and approved demand (核定需量, kW)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from config.alert_policy import AlertEdition, StepRule
from domain.alerts import AlertKind
from domain.scopes import ScopeKind
from monitor.live import ScopeLoad
from response.alert_state import Timing
from response.looks import Look, bounds_kva, bounds_kw, judged_loads, seen
from response.observations import Threshold
from response.roster import NO_LIMITS, Roster
from response.rules import Case, RuleState, RuleStatus, Subject, Verdicts, thresholds_of, timing_of

REASONS = {
    RuleStatus.NO_CAPACITY: ("登记表中没有运行容量, 规则未判断", "no running capacity in the registry: not judged"),
    RuleStatus.NO_APPROVED_DEMAND: (
        "登记表中没有核定需量, 规则未判断",
        "no approved demand in the registry: not judged",
    ),
}


@dataclass(frozen=True, slots=True)
class _Rule:
    """One rule with what is the same for every enterprise."""

    kind: AlertKind
    unit: str
    thresholds: tuple[Threshold, ...]
    timing: Timing
    missing: RuleStatus

    @classmethod
    def of(cls, kind: AlertKind, unit: str, policy: StepRule, missing: RuleStatus) -> Self:
        return cls(kind, unit, thresholds_of(policy.step, policy.clear_below), timing_of(policy), missing)

    def state(self, load: ScopeLoad, looks: Sequence[Look], base: float | None) -> RuleState:
        if base is None:
            return RuleState(self.kind.value, self.kind, load.scope, self.missing, *REASONS[self.missing])
        heard = any(look.load.coverage > 0 for look in looks)
        return RuleState(self.kind.value, self.kind, load.scope, RuleStatus.JUDGED if heard else RuleStatus.NO_DATA)

    def case(self, load: ScopeLoad, looks: Sequence[Look], names: tuple[str, str]) -> Case:
        found = seen(looks, load)
        return Case(
            Subject(self.kind.value, load.scope),
            self.kind,
            self.thresholds,
            self.timing,
            found.share,
            found.worst.bounds.low,
            found.worst.base,
            self.unit,
            found.basis,
            found.worst.load.coverage,
            found.worst.load.sliding_kw is not None,
            *names,
            quarter=found.quarter,
        )

    def judge(self, load: ScopeLoad, looks: Sequence[Look], base: float | None, names: tuple[str, str]) -> Verdicts:
        cases = (self.case(load, looks, names),) if looks else ()
        return Verdicts(cases, (self.state(load, looks, base),))


def judge_enterprises(loads: Sequence[ScopeLoad], roster: Roster, edition: AlertEdition) -> Verdicts:
    """Capacity and approved demand are the sums over the enterprise's accounts in force that day."""
    capacity = _Rule.of(AlertKind.CAPACITY, "kVA", edition.capacity, RuleStatus.NO_CAPACITY)
    approved = _Rule.of(AlertKind.APPROVED_DEMAND, "kW", edition.approved_demand, RuleStatus.NO_APPROVED_DEMAND)
    factor = edition.capacity.lowest_power_factor
    verdicts: list[Verdicts] = []
    for load in loads:
        if load.scope.kind is not ScopeKind.ENTERPRISE:
            continue
        limits, names = roster.limits.get(load.scope, NO_LIMITS), roster.names(load.scope)
        kva, kw = limits.running_capacity_kva, limits.approved_demand_kw
        judged = judged_loads(load, edition.coarse.share)
        by_kva = [] if kva is None else [Look(each, bounds_kva(each, factor), kva) for each in judged]
        by_kw = [] if kw is None else [Look(each, bounds_kw(each), kw) for each in judged]
        verdicts += (capacity.judge(load, by_kva, kva, names), approved.judge(load, by_kw, kw, names))
    return Verdicts(
        tuple(case for each in verdicts for case in each.cases),
        tuple(state for each in verdicts for state in each.states),
    )
