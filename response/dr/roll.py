"""Who could be asked: accounts with a contract in force, what each could give, and why others are not asked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from zoneinfo import ZoneInfo

from domain.dr import Direction, DrEvent, Participant
from domain.ids import AccountId, EnterpriseId
from domain.instants import day_span, from_ms, local_date
from domain.people import Principal
from domain.potentials import Potential
from domain.registry import Enterprise, ProtectedClass, RegistryView
from response.dr.parts import Part, Shares, parts_of, scaled
from response.dr.ports import Potentials
from response.dr.selection import Candidate
from storage.ledger_ports import Ledger

#: GB/T 4754 sections B, C, D: divisions 06 to 46.
_INDUSTRY = re.compile(r"[BCDbcd]|0[6-9]|[1-3]\d|4[0-6]")


class Roll:
    def __init__(self, ledger: Ledger, potentials: Potentials, shares: Shares, zone: ZoneInfo) -> None:
        self._ledger = ledger
        self._potentials = potentials
        self._shares = shares
        self._zone = zone

    def candidates(self, principal: Principal, event: DrEvent) -> list[Candidate]:
        """One for each enterprise, or part of one, with a contract in force on the event's day. Raises Unavailable."""
        day = local_date(from_ms(event.start_ms), self._zone)
        view = self._ledger.registry.registry().view(day)
        parts = parts_of(self._ledger.dr.contracts(day, event.terms.programme), view)
        if not parts:
            return []
        potential: dict[Part, Potential | None] = {}
        if event.terms.direction is Direction.SHED:
            potential = self._by_part(principal, parts, event, view)
        busy = self._busy(event, view)
        return [_candidate(event, each, view, potential.get(each), _busy_in(each, busy, view)) for each in parts]

    def _by_part(
        self, principal: Principal, parts: list[Part], event: DrEvent, view: RegistryView
    ) -> dict[Part, Potential | None]:
        """A part's is its share of the enterprise's; None where the share is not known."""
        whole = self._potential(principal, list(dict.fromkeys(each.enterprise for each in parts)), event)
        apart = [each for each in parts if each.accounts and not _not_apart(each, view)]
        shares = dict(zip(apart, self._shares.of(principal, apart, event.start_ms, event.end_ms), strict=True))
        found: dict[Part, Potential | None] = {}
        for each in parts:
            known = whole.get(each.enterprise)
            found[each] = known if known is None or not each.accounts else _share_of(known, shares.get(each))
        return found

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

    def _busy(self, event: DrEvent, view: RegistryView) -> dict[AccountId, str]:
        """Accounts that another event already asks for something at the same time: the same kW is not in both."""
        span_ms = 24 * 3_600_000
        found: dict[AccountId, str] = {}
        for other in self._ledger.dr.events_between(event.start_ms - span_ms, event.end_ms):
            if other.id == event.id or other.end_ms <= event.start_ms or other.state == "cancelled":
                continue
            for each in other.taking_part():
                found |= dict.fromkeys(each.accounts or _all_accounts(each.enterprise, view), other.id)
        return found


def _all_accounts(enterprise: EnterpriseId, view: RegistryView) -> tuple[AccountId, ...]:
    return tuple(each.id for each in view.accounts_of(enterprise))


def _busy_in(part: Part, busy: Mapping[AccountId, str], view: RegistryView) -> str:
    accounts = part.accounts or _all_accounts(part.enterprise, view)
    return next((busy[each] for each in accounts if each in busy), "")


def _share_of(whole: Potential, share: float | None) -> Potential | None:
    return None if share is None else scaled(whole, share)


def _counted(found: Potential) -> float:
    return -1.0 if found.shed_kw is None else found.shed_kw


def _candidate(event: DrEvent, part: Part, view: RegistryView, potential: Potential | None, busy: str) -> Candidate:
    contracted = sum(each.contracted_kw for each in part.contracts)
    first, enterprise = part.contracts[0], view.enterprise(part.enterprise)
    participant = Participant(enterprise.id, first.account, first.aggregator, contracted, accounts=part.accounts)
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
        _not_apart(part, view) or _excluded(event, enterprise, possible, potential, busy),
    )


def _not_apart(part: Part, view: RegistryView) -> str:
    """Why the load of some accounts of an enterprise cannot be told from the rest of it."""
    if not part.accounts:
        return ""
    if view.has_tenants(part.enterprise):
        return "企业有转供租户，负荷分不到户号 / it supplies tenants: its load cannot be told apart by account"
    if not view.members(part.scope):
        return "户号没有计量点 / its accounts have no meter"
    return ""


def _excluded(event: DrEvent, enterprise: Enterprise, possible: float, potential: Potential | None, busy: str) -> str:
    if enterprise.protected_class is not ProtectedClass.NONE:
        return "优先保障类 / a protected class"
    if busy:
        return f"已在事件 {busy} 中 / takes part in event {busy} already"
    if potential is None and event.terms.direction is Direction.SHED:
        return "户号近期负荷数据不足 / too little is known of the load of its accounts"
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
