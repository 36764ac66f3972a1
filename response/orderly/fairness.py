"""公平账: what each enterprise has borne this season beside what it would have borne by size."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from config.orderly import OrderlyTable
from domain.clock import Clock
from domain.ids import EnterpriseId
from domain.instants import Span, local_date
from domain.people import Principal
from monitor.access import visible_enterprises
from response.orderly.burden import NOTHING, burdens, season
from response.orderly.dr_share import DrShare
from response.orderly.orders import OrderDesk
from response.orderly.tenure import borne
from response.orderly.values import ValueBook
from storage.ledger_ports import RegistryLedger
from storage.orderly_ports import OrderlyLedger
from storage.reduction_ports import ReductionLedger


@dataclass(frozen=True, slots=True)
class SeasonLine:
    """size_kw : largest load the registry states; even_kwh : its share by size of what all have given; None = no size
    loss_yuan : value added lost, None where no value added is known
    dr_income_yuan : of settled events, our estimate; None = none is settled
    """

    enterprise: str
    name: str
    calls: int
    hours: float
    orderly_kwh: float
    dr_kwh: float
    size_kw: float | None
    even_kwh: float | None
    loss_yuan: float | None
    dr_income_yuan: float | None
    estimated: bool


class FairnessDesk:
    def __init__(
        self,
        ledger: OrderlyLedger,
        orders: OrderDesk,
        reductions: ReductionLedger,
        registry: RegistryLedger,
        values: ValueBook,
        dr: DrShare,
        table: OrderlyTable,
        clock: Clock,
        zone: ZoneInfo,
    ) -> None:
        self._clock = clock
        self._ledger, self._orders, self._reductions = ledger, orders, reductions
        self._registry, self._values, self._dr, self._table, self._zone = registry, values, dr, table, zone

    def of(self, principal: Principal, year: int) -> tuple[SeasonLine, ...]:
        """Those who bore the most first; an enterprise sees its own line, whose even share is told of all."""
        span = season(year, self._zone)
        view = self._registry.registry().view(local_date(span.end - timedelta(milliseconds=1), self._zone))
        now = self._clock.now()
        burden = burdens(self._ledger, self._reductions, span, until=now)
        sizes = {str(e.id): e.summer_max_kw for e in view.enterprises.values() if not e.protected_class}
        total, size = sum(b.orderly_kwh for b in burden.values()), sum(kw or 0.0 for kw in sizes.values())
        names = [EnterpriseId(scope.id) for scope in visible_enterprises(principal, view)]
        value = self._values.of(principal, names, year)
        lost, income = self._loss_shares(span, now), self._dr.income_yuan(year)
        found = []
        for name in names:
            own, kw = burden.get(name, NOTHING), sizes.get(name)
            per_kwh = value.get(name)
            found.append(
                SeasonLine(
                    enterprise=name,
                    name=view.enterprise(name).name,
                    calls=own.calls,
                    hours=own.hours,
                    orderly_kwh=own.orderly_kwh,
                    dr_kwh=own.dr_kwh,
                    size_kw=kw,
                    even_kwh=total * kw / size if kw and size > 0 else None,
                    loss_yuan=None if per_kwh is None else own.orderly_kwh * per_kwh * lost.get(name, 1.0),
                    dr_income_yuan=income.get(name),
                    estimated=own.estimated,
                )
            )
        return tuple(sorted(found, key=lambda line: (-line.orderly_kwh, -line.hours, line.enterprise)))

    def _loss_shares(self, span: Span, now: datetime) -> dict[str, float]:
        """Share of the value added that its orders' ranks cost, their mean by the hours."""
        lost: dict[str, float] = {}
        hours: dict[str, float] = {}
        for _, each in borne(self._ledger, span, now):
            name = each.line.enterprise
            lost[name] = lost.get(name, 0.0) + each.hours * self._table.of(each.line.rank).loss_share
            hours[name] = hours.get(name, 0.0) + each.hours
        return {name: lost[name] / hours[name] for name in lost}
