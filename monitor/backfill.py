"""Asking devices for readings they have kept: requests are made here, ingest sends them when it is their turn."""

from __future__ import annotations

from datetime import timedelta

from config.mappings import load_mappings
from config.settings import Settings
from domain.backfill import AUTOMATIC, Backfill
from domain.clock import Clock
from domain.errors import Invalid
from domain.instants import Span, local_date
from domain.people import Principal
from storage.ledger_ports import BackfillLedger, RegistryLedger
from storage.page import Page

#: One call asks for no more than this: a device that keeps years would be busy for days.
LONGEST = timedelta(days=62)


class Backfills:
    def __init__(self, backfills: BackfillLedger, registry: RegistryLedger, settings: Settings, clock: Clock) -> None:
        self._backfills = backfills
        self._registry = registry
        self._settings = settings
        self._clock = clock

    def ask(self, principal: Principal, meter: str, span: Span, reason: str = "") -> list[Backfill]:
        """Requests for [start, end), in pieces no longer than the device's mapping allows.

        Raises Invalid where no device of this meter can be asked, and says why.
        """
        principal.require_write()
        now = self._clock.now()
        known = self._registry.registry().view(local_date(now, self._settings.district.zone)).meter(meter)
        if known.gateway is None:
            raise Invalid(
                f"meter {meter} has no gateway in the registry: enter the serial number of the device that speaks"
            )
        hours = [
            mapping.table.history.max_hours
            for mapping in load_mappings(self._settings.mqtt.mappings)
            if mapping.table.history is not None
        ]
        if not hours:
            raise Invalid(
                "none of mqtt.mappings says how to ask a device for history ([history]); see yingfeng mapping list"
            )
        if span.start >= now:
            raise Invalid("the span lies in the future")
        if span.end - span.start > LONGEST:
            raise Invalid(f"a span of more than {LONGEST.days} days; ask in parts")
        pieces = pieces_of(Span(span.start, min(span.end, now)), timedelta(hours=min(hours)))
        return self._backfills.ask(principal.name, meter, pieces, reason)

    def ask_after_gap(self, meter: str, gap: Span, longest: timedelta) -> list[Backfill]:
        """The program asks by itself, once for a gap: a device that did not answer is asked again by a person."""
        if self._backfills.touching(meter, gap):
            return []
        return self._backfills.ask(AUTOMATIC, meter, pieces_of(gap, longest), "gap")

    def list(
        self, principal: Principal, *, meter: str | None = None, cursor: str | None = None, limit: int = 100
    ) -> Page[Backfill]:
        principal.require_staff()
        return self._backfills.list(meter=meter, cursor=cursor, limit=limit)


def pieces_of(span: Span, longest: timedelta) -> list[Span]:
    pieces, start = [], span.start
    while start < span.end:
        end = min(start + longest, span.end)
        pieces.append(Span(start, end))
        start = end
    return pieces
