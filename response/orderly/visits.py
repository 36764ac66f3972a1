"""走访, 双随机抽查 and checks on site: who came, what was found, what follows. Undone things stay listed until done."""

from __future__ import annotations

import secrets
from dataclasses import replace
from zoneinfo import ZoneInfo

from domain.clock import Clock
from domain.errors import NotFound
from domain.inspections import Lot, Visit, draw_pairs
from domain.instants import local_date
from domain.people import Principal
from storage.ledger_ports import RegistryLedger
from storage.orderly_ports import OrderlyLedger


class VisitDesk:
    def __init__(self, ledger: OrderlyLedger, registry: RegistryLedger, clock: Clock, zone: ZoneInfo) -> None:
        self._ledger, self._registry, self._clock, self._zone = ledger, registry, clock, zone

    def record(self, principal: Principal, visit: Visit) -> Visit:
        principal.require_write()
        self._registry.registry().view(local_date(visit.at, self._zone)).enterprise(visit.enterprise)
        kept = replace(visit, id=secrets.token_hex(6), actor=principal.name)
        self._ledger.visits.put(principal.name, kept.id, kept, after=0)
        return kept

    def follow_up(self, principal: Principal, visit_id: str, *, done: bool) -> Visit:
        principal.require_write()
        known = self._ledger.visits.get(visit_id)
        if known is None:
            raise NotFound(f"没有走访记录 {visit_id} / there is no visit {visit_id}")
        kept = replace(known, done=done)
        self._ledger.visits.put(principal.name, visit_id, kept, after=self._ledger.visits.revision(visit_id))
        return kept

    def visits(self, principal: Principal) -> tuple[Visit, ...]:
        """The last first."""
        principal.require_staff()
        return tuple(sorted(self._ledger.visits.all(), key=lambda visit: visit.at, reverse=True))

    def draw(self, principal: Principal, count: int, officers: tuple[str, ...]) -> Lot:
        """双随机: the seed is new and kept with what it was drawn from. Protected classes are looked at as well."""
        principal.require_write()
        now = self._clock.now()
        day, seed = local_date(now, self._zone), secrets.token_hex(8)
        pool = tuple(sorted(self._registry.registry().view(day).enterprises))
        pairs = draw_pairs(seed, pool, officers, count)
        ident = f"{day:%Y%m%d}-{secrets.token_hex(2)}"
        lot = Lot(ident, day, now, seed, pool, officers, pairs, principal.name)
        self._ledger.lots.put(principal.name, lot.id, lot, after=0)
        return lot

    def lots(self, principal: Principal) -> tuple[Lot, ...]:
        """The last first."""
        principal.require_staff()
        return tuple(sorted(self._ledger.lots.all(), key=lambda lot: lot.drawn_at, reverse=True))
