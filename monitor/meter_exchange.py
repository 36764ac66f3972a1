"""Meter exchanges (换表): kept to the instant with both registers, and taken back. What they touch is derived again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from domain.clock import Clock
from domain.errors import Conflict, Invalid, NotFound
from domain.ids import MeterId
from domain.instants import Span, day_span, from_ms, local_date, to_ms
from domain.people import Principal
from domain.registry import Meter
from domain.scopes import meter_scope
from monitor.access import require, visible_meters
from monitor.vee_run import VeeRunner
from storage.exchange_ports import MeterExchange
from storage.ledger_ports import Ledger
from storage.revision_ports import REGISTRY, marks_of
from storage.vee_ports import VeeChange

#: An exchange older than this cannot be entered any more: what it touches would be derived again day by day.
LONGEST = timedelta(days=400)
#: Most intervals of one change of readings.
MOST_EDITED = 50_000


@dataclass(frozen=True, slots=True)
class ExchangeAsked:
    """closing_kwh, opening_kwh : shown by the old and the new register at ``at``, before the multiplier [kWh]

    multiplier : of the new meter; None = as before
    """

    meter: str
    at: datetime
    closing_kwh: float
    opening_kwh: float
    source: str
    multiplier: float | None = None


class ExchangeDesk:
    """scale, undo : the VEE desk's, for readings that were multiplied by the old multiplier before the exchange was
    entered: (principal, meter, span, factor, reason) and (principal, change, reason)"""

    def __init__(
        self,
        ledger: Ledger,
        clock: Clock,
        zone: ZoneInfo,
        runner: VeeRunner,
        scale: Callable[[Principal, str, Span, float, str], VeeChange | None],
        undo: Callable[[Principal, int, str], VeeChange],
    ) -> None:
        self._ledger = ledger
        self._clock = clock
        self._zone = zone
        self._runner = runner
        self._scale = scale
        self._undo = undo

    def list(self, principal: Principal, meter: str | None = None) -> list[MeterExchange]:
        """By meter and instant, of the meters the principal may see today."""
        registry = self._ledger.registry.registry()
        today = local_date(self._clock.now(), self._zone)
        if meter is not None:
            require(principal, meter_scope(meter), registry, today)
            return self._ledger.exchanges.exchanges([meter])
        if principal.sees_all():
            return self._ledger.exchanges.exchanges()
        return self._ledger.exchanges.exchanges(visible_meters(principal, registry, today))

    def record(self, principal: Principal, asked: ExchangeAsked) -> MeterExchange:
        """Keep it; the registry has the new multiplier from that day on, and the days it touches are derived again.

        Raises Invalid, NotFound, Forbidden, Conflict where one is kept for that instant.
        """
        version, day = self._version(principal, asked)
        if any(e.at == asked.at for e in self._ledger.exchanges.exchanges([asked.meter])):
            raise Conflict("该时刻已登记换表，请先撤销 / an exchange is kept for that instant: undo it first")
        multiplier = version.multiplier if asked.multiplier is None else asked.multiplier
        made = MeterExchange(
            asked.meter,
            asked.at,
            asked.closing_kwh,
            asked.opening_kwh,
            version.multiplier,
            multiplier,
            asked.source,
            principal.name,
        )
        self._ledger.exchanges.put(made)
        if made.new_multiplier != made.old_multiplier:
            self._change_multiplier(principal, version, day, made)
        self._derive(principal, asked.meter, day)
        return made

    def undo(self, principal: Principal, meter: str, at: datetime, reason: str) -> MeterExchange:
        """As if it had not been entered: multiplier and readings too. The audit log keeps both."""
        principal.require_write()
        registry = self._ledger.registry.registry()
        day = local_date(at, self._zone)
        require(principal, meter_scope(meter), registry, day)
        gone = self._ledger.exchanges.remove(principal.name, meter, at, reason)
        if gone is None:
            raise NotFound(f"没有该换表记录 / no exchange of {meter} is kept for {at.isoformat()}")
        if gone.new_multiplier != gone.old_multiplier:
            version = registry.view(day).meter(MeterId(meter))
            if version.valid_from == day and version.multiplier == gone.new_multiplier:
                back = replace(version, multiplier=gone.old_multiplier)
                self._ledger.registry.put_versions(principal.name, meters=[back], source=reason)
            for change in self._ledger.vee.changes(meter=meter, cursor=None, limit=100).items:
                if change.kind == "scale" and change.reason == _reason(gone):
                    self._undo(principal, change.id, reason)
        self._derive(principal, meter, day)
        return gone

    def _version(self, principal: Principal, asked: ExchangeAsked) -> tuple[Meter, date]:
        principal.require_write()
        if asked.at.tzinfo is None:
            raise Invalid("时刻缺少时区 / the instant needs a time zone, as in 2026-07-28T10:20:00+08:00")
        now = self._clock.now()
        if not now - LONGEST <= asked.at <= now:
            raise Invalid(
                f"换表时刻须在过去 {LONGEST.days} 天内 / the instant must lie within the last {LONGEST.days} days"
            )
        registry = self._ledger.registry.registry()
        day = local_date(asked.at, self._zone)
        require(principal, meter_scope(asked.meter), registry, day)
        version = registry.view(day).meter(MeterId(asked.meter))
        if max(asked.closing_kwh, asked.opening_kwh) > version.register_modulus_kwh:
            raise Invalid(
                f"示数超过满码 {version.register_modulus_kwh:,.0f} kWh（倍率前）/ a register beyond its range: "
                "give what the meter shows, before the multiplier"
            )
        return version, day

    def _change_multiplier(self, principal: Principal, version: Meter, day: date, made: MeterExchange) -> None:
        later = replace(version, valid_from=day, multiplier=made.new_multiplier)
        self._ledger.registry.put_versions(principal.name, meters=[later], source=made.source)
        if version.primary_values:
            return
        # Ingest multiplied what came since by the old multiplier, and raw readings stay as they are: a revision says
        # what they should have been, from the first whole interval of the new meter on.
        step_ms = version.interval_s * 1000
        first_ms = -(-to_ms(made.at) // step_ms) * step_ms
        last_ms = to_ms(self._clock.now()) // step_ms * step_ms
        factor = made.new_multiplier / made.old_multiplier
        for begin_ms in range(first_ms, last_ms, MOST_EDITED * step_ms):
            span = Span(from_ms(begin_ms), from_ms(min(begin_ms + MOST_EDITED * step_ms, last_ms)))
            self._scale(principal, made.meter, span, factor, _reason(made))

    def _derive(self, principal: Principal, meter: str, day: date) -> None:
        """The day's register difference is judged anew, and its blocks are derived again."""
        span = day_span(day, self._zone)
        self._ledger.dirty.mark(list(marks_of(span, frozenset({meter}), REGISTRY, self._zone)))
        self._runner.run(principal.name, day, day, (meter,))


def _reason(exchange: MeterExchange) -> str:
    """Also how the undo finds what the exchange scaled."""
    return f"换表 meter exchange {exchange.at.isoformat()}: {exchange.source}"
