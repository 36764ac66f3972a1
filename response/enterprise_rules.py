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
from response.load_rules import bounds_kw
from response.observations import Bounds, Threshold
from response.roster import NO_LIMITS, Roster
from response.rules import Basis, Case, RuleState, RuleStatus, Subject, Verdicts, thresholds_of, timing_of

REASONS = {
    RuleStatus.NO_CAPACITY: ("登记表中没有运行容量, 规则未判断", "no running capacity in the registry: not judged"),
    RuleStatus.NO_APPROVED_DEMAND: (
        "登记表中没有核定需量, 规则未判断",
        "no approved demand in the registry: not judged",
    ),
}


def bounds_kva(load: ScopeLoad, lowest_power_factor: float) -> Bounds:
    """Bounds of the apparent sliding demand [kVA]: from the kW to the measured kVA or to kW at the lowest factor."""
    kw = bounds_kw(load)
    low = kw.low if load.sliding_kva is None or kw.low is None else max(kw.low, load.sliding_kva)
    if load.sliding_kw is not None and load.sliding_kva is not None:
        return Bounds(low, low)
    return Bounds(low, None if kw.high is None else kw.high / lowest_power_factor)


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

    def state(self, load: ScopeLoad, base: float | None) -> RuleState:
        if base is None:
            return RuleState(self.kind.value, self.kind, load.scope, self.missing, *REASONS[self.missing])
        heard = RuleStatus.JUDGED if load.coverage > 0 else RuleStatus.NO_DATA
        return RuleState(self.kind.value, self.kind, load.scope, heard)

    def case(self, load: ScopeLoad, bounds: Bounds, base: float, names: tuple[str, str]) -> Case:
        low, high = bounds.low, bounds.high
        return Case(
            Subject(self.kind.value, load.scope),
            self.kind,
            self.thresholds,
            self.timing,
            Bounds(None if low is None else low / base, None if high is None else high / base),
            low,
            base,
            self.unit,
            Basis.SLIDING_DEMAND,
            load.coverage,
            load.sliding_kw is not None,
            *names,
        )


def judge_enterprises(loads: Sequence[ScopeLoad], roster: Roster, edition: AlertEdition) -> Verdicts:
    """Capacity and approved demand are the sums over the enterprise's accounts in force that day."""
    capacity = _Rule.of(AlertKind.CAPACITY, "kVA", edition.capacity, RuleStatus.NO_CAPACITY)
    approved = _Rule.of(AlertKind.APPROVED_DEMAND, "kW", edition.approved_demand, RuleStatus.NO_APPROVED_DEMAND)
    cases: list[Case] = []
    states: list[RuleState] = []
    for load in loads:
        if load.scope.kind is not ScopeKind.ENTERPRISE:
            continue
        limits, names = roster.limits.get(load.scope, NO_LIMITS), roster.names(load.scope)
        kva, kw = limits.running_capacity_kva, limits.approved_demand_kw
        states += (capacity.state(load, kva), approved.state(load, kw))
        if kva is not None:
            cases.append(capacity.case(load, bounds_kva(load, edition.capacity.lowest_power_factor), kva, names))
        if kw is not None:
            cases.append(approved.case(load, bounds_kw(load), kw, names))
    return Verdicts(tuple(cases), tuple(states))
