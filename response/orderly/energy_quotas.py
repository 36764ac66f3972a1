"""电量指标 as entered for a day, with its document; a later figure takes its place, and none is lost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from domain.errors import NotFound
from domain.orderly import EnergyQuota
from domain.people import Principal
from domain.scopes import Scope
from storage.orderly_ports import OrderlyLedger


class EnergyQuotas:
    def __init__(self, ledger: OrderlyLedger) -> None:
        self._ledger = ledger

    def put(self, principal: Principal, quota: EnergyQuota) -> EnergyQuota:
        """A later figure of the same day takes the place of an earlier one; both stay in the ledger."""
        principal.require_write()
        scope = Scope.parse(quota.scope)
        kept = replace(quota, scope=str(scope), actor=principal.name, withdrawn=False)
        key = _key(scope, quota.day)
        self._ledger.energy_quotas.put(principal.name, key, kept, after=self._ledger.energy_quotas.revision(key))
        return kept

    def withdraw(self, principal: Principal, scope: Scope, day: date) -> EnergyQuota:
        principal.require_write()
        known = self.standing(scope, day)
        if known is None:
            raise NotFound(f"{day} 没有电量指标 / no energy quota is entered for {day}")
        kept, key = replace(known, actor=principal.name, withdrawn=True), _key(scope, day)
        self._ledger.energy_quotas.put(principal.name, key, kept, after=self._ledger.energy_quotas.revision(key))
        return kept

    def quotas(self, principal: Principal) -> Sequence[EnergyQuota]:
        """Those that hold, by day."""
        principal.require_staff()
        standing = [each for each in self._ledger.energy_quotas.all() if not each.withdrawn]
        return sorted(standing, key=lambda each: (each.day, each.scope))

    def standing(self, scope: Scope, day: date) -> EnergyQuota | None:
        known = self._ledger.energy_quotas.get(_key(scope, day))
        return None if known is None or known.withdrawn else known


def _key(scope: Scope, day: date) -> str:
    return f"{scope}@{day.isoformat()}"
