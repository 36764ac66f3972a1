"""Rules on one enterprise: running capacity (运行容量, kVA) and approved demand (核定需量, kW)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from config.alert_policy import AlertEdition, StepRule
from domain.alerts import AlertKind
from domain.ids import EnterpriseId
from domain.registry import RegistryView
from domain.scopes import Scope, ScopeKind
from monitor.live import ScopeLoad
from response.load_rules import bounds_kw
from response.observations import Bounds
from response.rules import Basis, Case, RuleState, RuleStatus, Subject, Verdicts, thresholds_of, timing_of

NO_CAPACITY = ("登记表中没有运行容量, 规则未判断", "no running capacity in the registry: not judged")
NO_APPROVED = ("登记表中没有核定需量, 规则未判断", "no approved demand in the registry: not judged")


def _total(figures: Sequence[float | None]) -> float | None:
    """Sum of the accounts' figures; None unless every account has one: a part is not the whole."""
    known = [f for f in figures if f is not None]
    return sum(known) if known and len(known) == len(figures) and sum(known) > 0 else None


def bounds_kva(load: ScopeLoad, lowest_power_factor: float) -> Bounds:
    """Bounds of the apparent sliding demand [kVA]: from the kW to the measured kVA or to kW at the lowest factor."""
    kw = bounds_kw(load)
    low = kw.low if load.sliding_kva is None or kw.low is None else max(kw.low, load.sliding_kva)
    if load.sliding_kw is not None and load.sliding_kva is not None:
        return Bounds(low, low)
    return Bounds(low, None if kw.high is None else kw.high / lowest_power_factor)


def _case(
    load: ScopeLoad,
    kind: AlertKind,
    policy: StepRule,
    bounds: Bounds,
    base: float,
    names: tuple[str, str],
) -> Case:
    low, high = bounds.low, bounds.high
    return Case(
        Subject(kind.value, load.scope),
        kind,
        thresholds_of(policy.step, policy.clear_below),
        timing_of(policy),
        Bounds(None if low is None else low / base, None if high is None else high / base),
        low,
        base,
        "kVA" if kind is AlertKind.CAPACITY else "kW",
        Basis.SLIDING_DEMAND,
        load.coverage,
        low is not None and low == high,
        *names,
    )


def judge_enterprises(
    loads: Sequence[ScopeLoad],
    view: RegistryView,
    edition: AlertEdition,
    named: Callable[[Scope], tuple[str, str]],
) -> Verdicts:
    """Capacity and approved demand are the sums over the enterprise's accounts in force that day."""
    cases: list[Case] = []
    states: list[RuleState] = []
    accounts: dict[EnterpriseId, list[tuple[float | None, float | None]]] = {}
    for account in view.accounts.values():
        found = (account.running_capacity_kva, account.approved_demand_kw)
        accounts.setdefault(account.enterprise, []).append(found)
    for load in loads:
        if load.scope.kind is not ScopeKind.ENTERPRISE:
            continue
        figures = accounts.get(EnterpriseId(load.scope.id), [])
        capacity, approved = _total([f[0] for f in figures]), _total([f[1] for f in figures])
        heard = RuleStatus.JUDGED if load.coverage > 0 else RuleStatus.NO_DATA
        names = named(load.scope)
        if capacity is None:
            states.append(RuleState("capacity", AlertKind.CAPACITY, load.scope, RuleStatus.NO_CAPACITY, *NO_CAPACITY))
        else:
            kva = bounds_kva(load, edition.capacity.lowest_power_factor)
            states.append(RuleState("capacity", AlertKind.CAPACITY, load.scope, heard))
            cases.append(_case(load, AlertKind.CAPACITY, edition.capacity, kva, capacity, names))
        if approved is None:
            status = RuleStatus.NO_APPROVED_DEMAND
            states.append(RuleState("approved_demand", AlertKind.APPROVED_DEMAND, load.scope, status, *NO_APPROVED))
        else:
            states.append(RuleState("approved_demand", AlertKind.APPROVED_DEMAND, load.scope, heard))
            kw = bounds_kw(load)
            cases.append(_case(load, AlertKind.APPROVED_DEMAND, edition.approved_demand, kw, approved, names))
    return Verdicts(tuple(cases), tuple(states))
