"""Which accounts (户号) of an enterprise take part together, and their share of what the enterprise could give.

Contracts are of accounts. Accounts under the same aggregator, or under none, take part together, and the enterprise
takes part as a whole where no other account of it draws load.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import numpy as np

from domain.arrays import FloatArray
from domain.clock import Clock
from domain.dr import Contract
from domain.ids import AccountId, EnterpriseId
from domain.instants import from_ms, local_date
from domain.local_days import DAY_MS
from domain.people import Principal
from domain.potentials import Potential
from domain.registry import RegistryView
from domain.scopes import Scope, accounts_scope, enterprise_scope
from monitor.load_history import LoadHistories

#: The same hours of these days before tell which share of the enterprise's load is drawn through an account.
SHARE_DAYS = 14


@dataclass(frozen=True, slots=True)
class Part:
    """accounts : whose meters alone take part, in order; empty = the whole enterprise; contracts : theirs"""

    enterprise: EnterpriseId
    accounts: tuple[AccountId, ...]
    contracts: tuple[Contract, ...]

    @property
    def scope(self) -> Scope:
        return accounts_scope(self.accounts) if self.accounts else enterprise_scope(self.enterprise)


def parts_of(contracts: Sequence[Contract], view: RegistryView) -> list[Part]:
    """In the order of the contracts. Accounts that are not in the registry that day are left out."""
    found: dict[tuple[EnterpriseId, str], list[Contract]] = {}
    for each in contracts:
        account = view.accounts.get(each.account)
        if account is not None and account.enterprise in view.enterprises:
            found.setdefault((account.enterprise, each.aggregator), []).append(each)
    return [
        Part(enterprise, accounts_apart(enterprise, (each.account for each in own), view), tuple(own))
        for (enterprise, _), own in found.items()
    ]


def accounts_apart(
    enterprise: EnterpriseId, accounts: Iterable[AccountId], view: RegistryView
) -> tuple[AccountId, ...]:
    """These, in order; empty where the enterprise draws its load through no other account."""
    own = set(accounts)
    others = [each.id for each in view.accounts_of(enterprise) if each.id not in own]
    return tuple(sorted(own)) if any(view.members(accounts_scope([each])) for each in others) else ()


class Shares:
    def __init__(self, histories: LoadHistories, clock: Clock, zone: ZoneInfo) -> None:
        self._histories = histories
        self._clock = clock
        self._zone = zone

    def of(self, principal: Principal, parts: Sequence[Part], start_ms: int, end_ms: int) -> list[float | None]:
        """Share of each part in the load of its enterprise in the same hours, 0...1; None = not known. Raises
        Unavailable"""
        if not parts:
            return []
        today = local_date(self._clock.now(), self._zone)
        last = min(local_date(from_ms(start_ms), self._zone), today) - timedelta(days=1)
        wholes = list(dict.fromkeys(enterprise_scope(each.enterprise) for each in parts))
        scopes = [*wholes, *(each.scope for each in parts)]
        history = self._histories.history(principal, scopes, last - timedelta(days=SHARE_DAYS - 1), last)
        inside = (history.ts_ms - start_ms) % DAY_MS < end_ms - start_ms
        load_of = dict(zip(scopes, history.demand_kw[:, inside], strict=True))
        return [_share(load_of[each.scope], load_of[enterprise_scope(each.enterprise)]) for each in parts]


def _share(own_kw: FloatArray, whole_kw: FloatArray) -> float | None:
    known = ~np.isnan(whole_kw) & ~np.isnan(own_kw)
    total = float(whole_kw[known].sum())
    return float(np.clip(own_kw[known].sum() / total, 0.0, 1.0)) if total > 0 else None


def scaled(potential: Potential, share: float) -> Potential:
    """What a part of an enterprise could give: as much of everything as of the load."""

    def times(value: float | None) -> float | None:
        return None if value is None else value * share

    return replace(
        potential,
        shed_kw=times(potential.shed_kw),
        shift_kw=times(potential.shift_kw),
        expected_kw=times(potential.expected_kw),
        security_kw=times(potential.security_kw),
    )
