"""What each enterprise has borne this season: calls and hours as issued, energy as measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from domain.instants import Span, days_span
from domain.scopes import ScopeKind
from response.orderly.tenure import borne
from storage.orderly_ports import OrderlyLedger
from storage.reduction_ports import ReductionLedger

ORDERLY, DR = "orderly:", "dr:"


@dataclass(frozen=True, slots=True)
class Burden:
    """calls : orders that named it and began; hours : of their windows so far, until lifted; orderly_kwh, dr_kwh :
    taken off; estimated : whether some of the energy is not settled yet; recent : calls of the last days"""

    calls: int = 0
    hours: float = 0.0
    orderly_kwh: float = 0.0
    dr_kwh: float = 0.0
    estimated: bool = False
    recent: int = 0


NOTHING = Burden()


def season(year: int, zone: ZoneInfo) -> Span:
    """The calendar year: summer and winter peaks of one plan."""
    return days_span(date(year, 1, 1), date(year, 12, 31), zone)


def burdens(
    ledger: OrderlyLedger,
    reductions: ReductionLedger,
    span: Span,
    *,
    until: datetime,
    recent_from: datetime | None = None,
) -> Mapping[str, Burden]:
    """By enterprise, of the hours ``until`` then; drills are no burden."""
    calls: dict[str, set[str]] = {}
    hours: dict[str, float] = {}
    recent: dict[str, set[str]] = {}
    for order, asked in borne(ledger, span, until):
        name = asked.line.enterprise
        calls.setdefault(name, set()).add(order.id)
        hours[name] = hours.get(name, 0.0) + asked.hours
        if recent_from is not None and order.start >= recent_from:
            recent.setdefault(name, set()).add(order.id)
    ours: dict[str, float] = {}
    paid: dict[str, float] = {}
    open_ones: set[str] = set()
    for each in reductions.reductions(span, verified_only=False):
        if each.scope.kind is not ScopeKind.ENTERPRISE:
            continue
        to = ours if each.source.startswith(ORDERLY) else paid if each.source.startswith(DR) else None
        if to is None:
            continue
        to[each.scope.id] = to.get(each.scope.id, 0.0) + float(each.reduction_kw.sum()) / 4
        if not each.verified:
            open_ones.add(each.scope.id)
    names = calls.keys() | ours.keys() | paid.keys()
    return {
        name: Burden(
            len(calls.get(name, ())),
            hours.get(name, 0.0),
            ours.get(name, 0.0),
            paid.get(name, 0.0),
            name in open_ones,
            len(recent.get(name, ())),
        )
        for name in names
    }
