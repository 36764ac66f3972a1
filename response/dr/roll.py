"""Who could be asked: accounts with a contract in force, what each could give, and why others are not asked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from domain.dr import Contract, Direction, DrEvent, Participant
from domain.ids import EnterpriseId
from domain.instants import day_span, from_ms, local_date
from domain.people import Principal
from domain.potentials import Potential
from domain.registry import Enterprise, ProtectedClass, RegistryView
from response.dr.ports import Potentials
from response.dr.selection import Candidate
from storage.ledger_ports import Ledger

#: GB/T 4754 sections B, C, D: divisions 06 to 46.
_INDUSTRY = re.compile(r"[BCDbcd]|0[6-9]|[1-3]\d|4[0-6]")


class Roll:
    def __init__(self, ledger: Ledger, potentials: Potentials, zone: ZoneInfo) -> None:
        self._ledger = ledger
        self._potentials = potentials
        self._zone = zone

    def candidates(self, principal: Principal, event: DrEvent) -> list[Candidate]:
        """One for each enterprise with a contract in force on the event's day. Raises Unavailable."""
        day = local_date(from_ms(event.start_ms), self._zone)
        view = self._ledger.registry.registry().view(day)
        contracts = _by_enterprise(self._ledger.dr.contracts(day, event.terms.programme), view)
        if not contracts:
            return []
        potential: dict[str, Potential] = {}
        if event.terms.direction is Direction.SHED:
            potential = self._potential(principal, list(contracts), event)
        busy = self._busy(event)
        return [
            _candidate(event, view.enterprise(enterprise), own, potential.get(enterprise), busy.get(enterprise, ""))
            for enterprise, own in contracts.items()
        ]

    def _potential(self, principal: Principal, enterprises: list[EnterpriseId], event: DrEvent) -> dict[str, Potential]:
        """Over midnight the lower of both days: a promise holds in all its hours."""
        midnight_ms = day_span(local_date(from_ms(event.start_ms), self._zone), self._zone).end_ms
        parts = [(event.start_ms, min(event.end_ms, midnight_ms)), (midnight_ms, event.end_ms)]
        found: dict[str, Potential] = {}
        for start_ms, end_ms in parts:
            if start_ms >= end_ms:
                continue
            day = local_date(from_ms(start_ms), self._zone)
            for each in self._potentials.of(principal, enterprises, day, start_ms, end_ms):
                known = found.setdefault(each.enterprise_id, each)
                found[each.enterprise_id] = min(known, each, key=_counted)
        return found

    def _busy(self, event: DrEvent) -> dict[str, str]:
        """Enterprises that another event already asks for something at the same time: the same kW is not in both."""
        span_ms = 24 * 3_600_000
        found: dict[str, str] = {}
        for other in self._ledger.dr.events_between(event.start_ms - span_ms, event.end_ms):
            if other.id == event.id or other.end_ms <= event.start_ms or other.state == "cancelled":
                continue
            found |= {each.enterprise: other.id for each in other.taking_part()}
        return found


def _counted(found: Potential) -> float:
    return -1.0 if found.shed_kw is None else found.shed_kw


def _by_enterprise(contracts: Sequence[Contract], view: RegistryView) -> dict[EnterpriseId, list[Contract]]:
    found: dict[EnterpriseId, list[Contract]] = {}
    for each in contracts:
        account = view.accounts.get(each.account)
        if account is not None and account.enterprise in view.enterprises:
            found.setdefault(account.enterprise, []).append(each)
    return found


def _candidate(
    event: DrEvent, enterprise: Enterprise, contracts: list[Contract], potential: Potential | None, busy: str
) -> Candidate:
    contracted = sum(each.contracted_kw for each in contracts)
    first = contracts[0]
    participant = Participant(enterprise.id, first.account, first.aggregator, contracted)
    possible, confidence = contracted, 1.0
    if event.terms.direction is Direction.SHED:
        known = None if potential is None else potential.shed_kw
        possible, confidence = (
            (0.0, 0.0) if known is None or potential is None else (min(contracted, known), potential.confidence)
        )
    return Candidate(
        participant,
        enterprise.name,
        possible if possible > 0 else None,
        confidence,
        None if potential is None else potential.expected_kw,
        None if potential is None else potential.security_kw,
        _one_way(contracts) or _excluded(event, enterprise, possible, potential, busy),
    )


def _one_way(contracts: list[Contract]) -> str:
    """An enterprise takes part as a whole, so all its accounts must be asked through the same hands."""
    if len({each.aggregator for each in contracts}) == 1:
        return ""
    return "各户号合同的聚合商不同 / its accounts are under different aggregators"


def _excluded(event: DrEvent, enterprise: Enterprise, possible: float, potential: Potential | None, busy: str) -> str:
    if enterprise.protected_class is not ProtectedClass.NONE:
        return "优先保障类 / a protected class"
    if busy:
        return f"已在事件 {busy} 中 / takes part in event {busy} already"
    if potential is not None and potential.shed_kw is None:
        return f"潜力数据不足 / potential not known: {potential.reason}"
    minimum = minimum_kw(event, enterprise)
    if possible < minimum:
        return (
            f"可调 {possible:,.0f} kW，低于门槛 {minimum:,.0f} kW / {possible:,.0f} kW, below the programme's minimum"
        )
    return ""


def minimum_kw(event: DrEvent, enterprise: Enterprise) -> float:
    industry = _INDUSTRY.match(enterprise.sector) is not None
    return event.terms.minimum_kw_industry if industry else event.terms.minimum_kw_other
