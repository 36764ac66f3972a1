"""The part that turns alerts into notices and calls people until one acknowledges. Its state is in the ledger.

Alerts arrive over the bus and are handled on a thread of its own, so the alert engine never waits for a message. What a
crash left between the two is found again: telling an alert twice is the same notice.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from types import TracebackType
from typing import Protocol, Self
from zoneinfo import ZoneInfo

from config.delivery_settings import NoticesSettings
from domain.alerts import ACTIVE_STATES, Alert, AlertState, Severity
from domain.clock import Clock
from domain.duty import Escalation, EscalationState, Shift, call_next
from domain.errors import Conflict, YingfengError
from domain.events import AlertChanged, Bus
from domain.instants import Span, to_ms
from domain.notices import Notice, Recipient, Reply
from domain.people import SYSTEM, Principal, Role
from response.delivery.alerting import OVER, calls, concerned, is_told, notice_of, reference_of
from response.delivery.desk import NoticeDesk
from storage.duty_ports import DutyLedger
from storage.ledger_ports import AlertLedger

log = logging.getLogger(__name__)

LOOK_EVERY_S = 1.0
#: Alerts that began this long ago are looked at once more after a start.
LOOK_BACK = timedelta(hours=24)
#: A duty officer may acknowledge by the link in the message for so long.
CALL_OPEN = timedelta(hours=12)


class Acknowledging(Protocol):
    def acknowledge(self, principal: Principal, alert_id: str, note: str = "") -> Alert: ...


class AlertCaller:
    """A context manager with a thread; tests call ``tell`` and ``look`` by hand. clock : the district's"""

    def __init__(
        self,
        desk: NoticeDesk,
        duty: DutyLedger,
        alerts: AlertLedger,
        acknowledging: Acknowledging,
        settings: NoticesSettings,
        clock: Clock,
        zone: ZoneInfo,
        replies: Callable[[str], Sequence[Reply]],
    ) -> None:
        self._desk = desk
        self._duty = duty
        self._alerts = alerts
        self._acknowledging = acknowledging
        self._call_from = Severity(settings.call_from)
        self._pause = timedelta(seconds=settings.acknowledge_s)
        self._clock = clock
        self._zone = zone
        self._replies = replies
        self._queue: queue.Queue[Alert] = queue.Queue()
        self._failed: dict[str, Alert] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="alert-caller", daemon=True)
        self.problem = ""

    def subscribe(self, bus: Bus) -> Callable[[], None]:
        return bus.subscribe(AlertChanged, lambda event: self._queue.put(event.alert))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join(10)

    def _run(self) -> None:
        caught_up = False
        while not self._stop.is_set():
            try:
                self._take_all()
                if not caught_up:
                    self.catch_up()
                    caught_up = True
                self.look()
                self.problem = ""
            except YingfengError as error:
                self.problem = str(error)
            except Exception as error:
                log.exception("the alert caller failed; it goes on")
                self.problem = f"{type(error).__name__}: {error}"

    def _take_all(self) -> None:
        """Alerts of the bus; one that could not be told waits for the next turn and is not lost."""
        deadline = LOOK_EVERY_S
        while True:
            try:
                alert = self._queue.get(timeout=deadline)
            except queue.Empty:
                break
            self._failed[alert.id] = alert
            deadline = 0.0
        for alert_id, alert in list(self._failed.items()):
            self.tell(alert)
            del self._failed[alert_id]

    def catch_up(self) -> None:
        """Once after the start: what was announced while nobody listened."""
        since = self._clock.now() - LOOK_BACK
        active = self._alerts.list(active=True, limit=500).items
        for alert in (*active, *self._alerts.list(since=since, limit=500).items):
            self.tell(alert)

    def tell(self, alert: Alert) -> None:
        """Notices for the alert as it is now. Idempotent."""
        if alert.state is AlertState.RESOLVED:
            self._all_clear(alert)
            return
        if not is_told(alert):
            return
        urgent = calls(alert, self._call_from)
        if urgent and self._duty.escalation(alert.id) is None:
            now = self._clock.now()
            self._duty.save_escalation(Escalation(alert.id, EscalationState.CALLING, now, next_at=now))
        if urgent:
            self._move(alert)
        called = self._called(alert)
        told = [r for r in concerned(alert, self._duty.routes()) if r.user not in called]
        self._send([notice_of(alert, each, self._zone, phase=alert.severity.value) for each in told])

    def look(self) -> None:
        """Move every open escalation on: acknowledged, over, or the next person."""
        for found in self._duty.escalations(open_only=True, limit=500):
            alert = self._alerts.alert(found.alert)
            if alert is None or alert.state not in ACTIVE_STATES:
                if alert is not None and alert.state is AlertState.RESOLVED:
                    self._all_clear(alert)
                else:
                    self._close(found)
                continue
            self._move(alert)

    def _move(self, alert: Alert) -> None:
        found = self._duty.escalation(alert.id)
        if found is None or found.state is EscalationState.CLOSED:
            return
        if alert.acknowledged_by is None:
            alert = self._acknowledged_by_reply(alert, found)
        if alert.acknowledged_by is not None:
            if found.state is EscalationState.CALLING:
                self._acknowledged(found, alert)
            return
        now = self._clock.now()
        if found.state is EscalationState.ACKNOWLEDGED:
            found = replace(
                found, state=EscalationState.CALLING, started_at=now, acknowledged_by=None, acknowledged_at=None
            )
        moved, people = call_next(found, self.on_duty(now), now, self._pause)
        # Before the calls: a crash in between costs a call the next round makes, and never two of the same.
        if moved != self._duty.escalation(alert.id):
            self._send([self._call(alert, user, moved.round, now) for user in people])
            self._duty.save_escalation(moved)

    def on_duty(self, now: datetime) -> list[Shift]:
        """The shifts now; where the roster is empty, everybody who asked for alerts that call."""
        shifts = self._duty.shifts(Span(now, now + timedelta(milliseconds=1)))
        if shifts:
            return shifts
        users = [r.recipient.user for r in self._duty.routes() if r.alerts_from is not None and r.recipient.user]
        return [Shift(user, now, now + self._pause) for user in dict.fromkeys(users)]

    def _call(self, alert: Alert, user: str, turn: int, now: datetime) -> Notice:
        return notice_of(
            alert,
            Recipient(user=user),
            self._zone,
            phase=f"{alert.severity}-call-{turn}",
            call=True,
            deadline_ms=to_ms(now + CALL_OPEN),
        )

    def _acknowledged_by_reply(self, alert: Alert, found: Escalation) -> Alert:
        """An answer by link or over the phone acknowledges the alert in the name of who gave or recorded it."""
        since_ms = to_ms(found.started_at)
        answered = [r for r in self._replies(reference_of(alert)) if r.counts and r.at_ms >= since_ms]
        if not answered:
            return alert
        last = answered[-1]
        try:
            note = f"{last.channel}: {last.words or last.reason or last.answer}"[:200]
            return self._acknowledging.acknowledge(Principal(last.actor, Role.OFFICER), alert.id, note)
        except Conflict:
            return alert

    def _acknowledged(self, found: Escalation, alert: Alert) -> None:
        by, at = alert.acknowledged_by, alert.acknowledged_at or self._clock.now()
        self._duty.save_escalation(
            replace(found, state=EscalationState.ACKNOWLEDGED, acknowledged_by=by, acknowledged_at=at, next_at=None)
        )

    def _called(self, alert: Alert) -> tuple[str, ...]:
        found = self._duty.escalation(alert.id)
        return found.people if found is not None else ()

    def _all_clear(self, alert: Alert) -> None:
        """To everybody who was told. Who was called hears it at any hour; it ends their work."""
        called = self._called(alert)
        notices = self._desk.list(SYSTEM, reference=reference_of(alert), limit=1_000).items
        told = {kept.notice.recipient for kept in notices}
        self._send(
            [notice_of(alert, each, self._zone, phase=OVER, call=each.user in called) for each in sorted(told, key=str)]
        )
        found = self._duty.escalation(alert.id)
        if found is not None and found.state is not EscalationState.CLOSED:
            self._close(found)

    def _close(self, found: Escalation) -> None:
        self._duty.save_escalation(
            replace(found, state=EscalationState.CLOSED, closed_at=self._clock.now(), next_at=None)
        )

    def _send(self, notices: Sequence[Notice]) -> None:
        if notices:
            self._desk.send(SYSTEM, notices)
