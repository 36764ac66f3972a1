"""Sending backfill requests to devices, one at a time each, and watching the store for their answers."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import timedelta
from zoneinfo import ZoneInfo

import numpy as np

from config.mapping_table import HistoryRule
from config.settings import BackfillSettings
from domain.backfill import Backfill, BackfillState
from domain.clock import Clock
from domain.errors import YingfengError
from domain.events import Metrics
from domain.instants import Span, from_ms, local_date, to_ms
from domain.registry import DataClass, Meter, RegistryView
from ingest.codecs.mapped_text import history_request
from ingest.devices import Devices, Heard
from monitor.backfill import Backfills
from storage.ledger_ports import BackfillLedger, RegistryLedger
from storage.ports import ReadingStore

log = logging.getLogger(__name__)

#: The newest readings are still on their way; a gap that reaches up to now is silence, not a gap.
SETTLE = timedelta(minutes=10)
#: An answer that has not grown for so long is whole [s].
QUIET_S = 5.0
#: A request whose device is never heard is given up.
PATIENCE = timedelta(hours=24)


class BackfillSender:
    """``look`` is called every second or so. The ledger is the queue, so a restart forgets nothing.

    clock : the district's, which gaps are measured by; machine_clock : by which an answer is late
    """

    def __init__(
        self,
        ledger: BackfillLedger,
        requests: Backfills,
        registry: RegistryLedger,
        store: ReadingStore,
        devices: Devices,
        publish: Callable[[str, bytes], None],
        metrics: Metrics,
        settings: BackfillSettings,
        zone: ZoneInfo,
        clock: Clock,
        machine_clock: Clock,
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ledger = ledger
        self._requests = requests
        self._registry = registry
        self._store = store
        self._devices = devices
        self._publish = publish
        self._metrics = metrics
        self._settings = settings
        self._zone = zone
        self._clock = clock
        self._machine_clock = machine_clock
        self._monotonic = monotonic
        self._sent_at = float("-inf")
        self._scanned_at = monotonic()
        self._growth: dict[int, tuple[int, float]] = {}

    def look(self) -> None:
        asked = self._ledger.open()
        view = self._view()
        busy = set()
        for request in asked:
            if request.state is BackfillState.SENT and not self._close(request):
                busy.add(self._device_of(view, request.meter))
        for request in asked:
            if request.state is BackfillState.WAITING:
                self._try(view, request, busy)
        if self._settings.automatic and self._monotonic() - self._scanned_at >= 60 * self._settings.scan_minutes:
            self._scanned_at = self._monotonic()
            self.scan()

    def scan(self) -> None:
        """Ask for the gaps of the last hours, where the device can be asked."""
        view, now = self._view(), self._clock.now()
        for meter in view.meters.values():
            heard = self._heard(meter)
            if heard is None or not meter.in_service or meter.data_class is not DataClass.REAL_TIME:
                continue
            history = heard.mapping.table.history
            if history is None:
                continue
            look_back = Span(now - timedelta(hours=self._settings.look_back_hours), now - SETTLE)
            for gap in self._gaps(meter, look_back):
                made = self._requests.ask_after_gap(meter.id, gap, timedelta(hours=history.max_hours))
                self._metrics.count("backfills_total", len(made), outcome="asked")

    def _gaps(self, meter: Meter, span: Span) -> list[Span]:
        """Holes between readings; before the first and after the last of the span nothing is known to be missing."""
        ts_ms = self._store.read([meter.id], span).ts_ms
        least_ms = max(60_000 * self._settings.gap_minutes, 2_000 * meter.interval_s)
        wide = np.flatnonzero(np.diff(ts_ms) > least_ms)
        step_ms = 1000 * meter.interval_s
        return [Span(from_ms(int(ts_ms[i]) + step_ms), from_ms(int(ts_ms[i + 1]))) for i in wide.tolist()]

    def _close(self, request: Backfill) -> bool:
        """Whether the request is over: all is there, or the answer has had its time."""
        assert request.sent_at is not None
        received = max(0, self._rows(request) - request.rows_before)
        before, since = self._growth.get(request.id, (-1, self._monotonic()))
        if received != before:
            since = self._monotonic()
            self._growth[request.id] = (received, since)
        whole = received > 0 and self._monotonic() - since >= QUIET_S
        late = self._machine_clock.now() - request.sent_at > timedelta(seconds=self._settings.timeout_s)
        if not (whole or late):
            if received != request.rows_received:
                self._ledger.note(request.id, request.note, received)
            return False
        self._growth.pop(request.id, None)
        state = BackfillState.ANSWERED if received else BackfillState.UNANSWERED
        note = "" if received else f"nothing arrived within {self._settings.timeout_s:g} s"
        if self._ledger.close(request.id, BackfillState.SENT, state, received, note):
            self._metrics.count("backfills_total", outcome=state.value)
        return True

    def _try(self, view: RegistryView, request: Backfill, busy: set[str]) -> None:
        device = self._device_of(view, request.meter)
        heard = self._devices.heard(device) if device else None
        history = heard.mapping.table.history if heard is not None else None
        if heard is None or history is None:
            self._wait(request, device, heard)
            return
        if device in busy or self._monotonic() - self._sent_at < 60.0 / self._settings.per_minute:
            return
        topic, payload = self._message(request, device, heard, history)
        if not self._ledger.take(request.id, topic, payload.decode(), self._rows(request)):
            return
        busy.add(device)
        self._sent_at = self._monotonic()
        try:
            self._publish(topic, payload)
        except YingfengError as error:
            log.warning("backfill request %d was not sent: %s", request.id, error)
            self._ledger.close(request.id, BackfillState.SENT, BackfillState.UNANSWERED, 0, str(error))
            return
        self._metrics.count("backfills_total", outcome="sent")

    def _wait(self, request: Backfill, device: str, heard: Heard | None) -> None:
        if heard is not None:
            note = f"the mapping {heard.mapping.name} does not say how to ask for history"
        else:
            note = f"device {device} was not heard since the start" if device else "no device speaks for this meter"
        if self._machine_clock.now() - request.made_at > PATIENCE:
            self._ledger.close(request.id, BackfillState.WAITING, BackfillState.UNANSWERED, 0, note)
        elif note != request.note:
            self._ledger.note(request.id, note, 0)

    def _message(self, request: Backfill, device: str, heard: Heard, history: HistoryRule) -> tuple[str, bytes]:
        named = {meter: name for name, meter in heard.mapping.table.meters.items()}
        return history_request(
            history,
            heard.parts,
            {
                "now": to_ms(self._clock.now()),
                "start": to_ms(request.start),
                "end": to_ms(request.end),
                "meter": request.meter,
                "device": device if heard.by_itself else named.get(request.meter, request.meter),
            },
            history.zone or heard.zone,
        )

    def _rows(self, request: Backfill) -> int:
        return len(self._store.read([request.meter], Span(request.start, request.end)))

    def _view(self) -> RegistryView:
        return self._registry.registry().view(local_date(self._clock.now(), self._zone))

    def _device_of(self, view: RegistryView, meter: str) -> str:
        known = next((m for m in view.meters.values() if m.id == meter), None)
        return known.gateway or "" if known is not None else ""

    def _heard(self, meter: Meter) -> Heard | None:
        return self._devices.heard(meter.gateway) if meter.gateway else None
