"""The alert engine: looks at the live picture, moves the episodes on, saves, and only then announces."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from config.alert_policy import AlertEdition, AlertPolicy
from config.gap_levels import GapLevelTable
from domain.alerts import ACTIVE_STATES, Alert, AlertState
from domain.anomalies import KeptAnomaly
from domain.clock import Clock
from domain.errors import Conflict, NotFound
from domain.events import AlertChanged, Bus, JournalMeasured, LoadChanged, ReferencesChanged, RegistryChanged
from monitor.data_flow import DataFlow, JournalBook
from monitor.live import LiveLoads, ScopeLoad
from response import episode as life
from response.alert_state import Observation
from response.anomaly_rules import judge_anomalies
from response.enterprise_rules import judge_enterprises
from response.episode import Episode
from response.flow_rules import judge_flow
from response.intensity.standing import IntensityStanding
from response.intensity_rules import judge_intensity
from response.journal_rules import judge_journals
from response.load_rules import LoadPicture, judge_loads
from response.meter_rules import judge_meters
from response.observations import observe
from response.order_rules import judge_orders
from response.orderly.troubles import OrderTroubles
from response.reference_book import ReferenceBook, ReferenceReader
from response.roster import Roster, roster_of
from response.rules import Case, RuleState, RuleStatus, Subject, Verdicts
from storage.ledger_ports import AlertLedger, RegistryLedger

#: How often another process's acknowledgements and registry changes are looked for, in district time.
LOOK_EVERY = timedelta(seconds=10)


class AlertEngine:
    """Thread-safe. ``evaluate`` is idempotent: it may be called on every LoadChanged and on every tick.

    An alert is saved before it is announced and marked announced afterwards, so a crash between the two repeats a
    notice and never loses one. When the ledger does not answer, ``evaluate`` raises Unavailable and nothing is
    forgotten: the next call does the same again.
    """

    def __init__(
        self,
        *,
        live: LiveLoads,
        alerts: AlertLedger,
        references: ReferenceReader,
        registry: RegistryLedger,
        clock: Clock,
        bus: Bus,
        policy: AlertPolicy,
        gap_levels: GapLevelTable,
        zone: ZoneInfo,
        flow: Callable[[], DataFlow | None] = lambda: None,
        anomalies: Callable[[], Sequence[KeptAnomaly]] = tuple,
        intensity: Callable[[], IntensityStanding | None] = lambda: None,
        orders: Callable[[], OrderTroubles] = lambda: OrderTroubles(0),
        journals: JournalBook | None = None,
        new_id: Callable[[], str] = lambda: uuid.uuid4().hex,
    ) -> None:
        self._live = live
        self._alerts = alerts
        self._book = ReferenceBook(references, zone)
        self._registry = registry
        self._clock = clock
        self._bus = bus
        self._policy = policy
        self._gap_levels = gap_levels
        self._zone = zone
        self._flow = flow
        self._anomalies = anomalies
        self._known_anomalies: Sequence[KeptAnomaly] = ()
        self._intensity = intensity
        self._orders = orders
        self._known_intensity: IntensityStanding | None = None
        self._asked: datetime | None = None
        self._journals = journals or JournalBook()
        self._new_id = new_id
        # Re-entrant: a handler of AlertChanged may ask for the alerts on the same thread.
        self._lock = threading.RLock()
        self._episodes: dict[Subject, Episode] = {}
        self._states: tuple[RuleState, ...] = ()
        self._looked: datetime | None = None
        self._roster: Roster | None = None

    def subscribe(self) -> Callable[[], None]:
        """Evaluate on every change of load; returns the function that ends it."""
        ends = (
            self._bus.subscribe(LoadChanged, lambda _: self.evaluate()),
            self._bus.subscribe(ReferencesChanged, lambda _: self._book.forget()),
            self._bus.subscribe(RegistryChanged, lambda _: self._forget_roster()),
            self._bus.subscribe(JournalMeasured, self._journals.note),
        )

        def end() -> None:
            for each in ends:
                each()

        return end

    def _forget_roster(self) -> None:
        with self._lock:
            self._roster = None

    def restore(self) -> int:
        """Take up every unfinished alert of the ledger; announces what a crash left unannounced. Returns how many."""
        with self._lock:
            self._episodes = {}
            for alert, memory in self._alerts.unfinished():
                found = life.from_memory(alert, memory)
                self._episodes[found.subject] = found
            self._announce_left()
            return len(self._episodes)

    def evaluate(self) -> None:
        with self._lock:
            now = self._clock.now()
            self._announce_left()
            roster = self._look(now)
            loads = self._live.loads()
            verdicts = self._judge(loads, roster, now)
            self._states = verdicts.states
            for case in verdicts.cases:
                self._apply(case, now)
            self._withdraw(verdicts, loads, roster, now)

    def rule_states(self) -> tuple[RuleState, ...]:
        """Of the latest evaluation: which rules can speak for which scope, and why the others cannot."""
        with self._lock:
            return self._states

    def acknowledge(self, alert_id: str, actor: str, note: str) -> Alert:
        """Raises NotFound for an alert that is not unfinished, Conflict for one that is not active."""
        with self._lock:
            found = self._active(alert_id)
            return self._keep(life.acknowledge(found, actor, note, self._clock.now()))

    def unacknowledge(self, alert_id: str) -> Alert:
        with self._lock:
            found = self._active(alert_id)
            return self._keep(life.unacknowledge(found, self._clock.now()))

    def _active(self, alert_id: str) -> Episode:
        found = next((e for e in self._episodes.values() if e.alert.id == alert_id), None)
        if found is None:
            raise NotFound(f"alert {alert_id} is not among the unfinished ones")
        if found.alert.state not in ACTIVE_STATES:
            raise Conflict(f"alert {alert_id} is {found.alert.state}: only an active alert can be acknowledged")
        return found

    def _look(self, now: datetime) -> Roster:
        """The roster of the day; every now and then also at what other processes wrote."""
        day = now.astimezone(self._zone).date()
        due = self._looked is None or not timedelta(0) <= now - self._looked < LOOK_EVERY
        if due:
            self._looked = now
            self._adopt(now)
            self._book.refresh(now)
        if due or self._roster is None or self._roster.view.day != day:
            view = self._registry.registry().view(day)
            if self._roster is None or self._roster.view is not view:
                self._roster = roster_of(view)
        return self._roster

    def _judge(self, loads: Sequence[ScopeLoad], roster: Roster, now: datetime) -> Verdicts:
        day = now.astimezone(self._zone).date()
        edition = self._policy.on(day)
        return (
            judge_loads(LoadPicture(loads, self._book, edition, self._gap_levels.on(day), roster))
            + judge_enterprises(loads, roster, edition)
            + judge_meters(self._live.meters(), roster, edition)
            + judge_flow(self._flow(), edition)
            + self._nightly_verdicts(now, edition)
            + judge_orders(self._orders(), edition)
            + judge_journals(self._journals.journals(), edition)
        )

    def _nightly_verdicts(self, now: datetime, edition: AlertEdition) -> Verdicts:
        """They change once a night and when people acknowledge them: the ledger is asked now and then."""
        if self._asked is None or not timedelta(0) <= now - self._asked < LOOK_EVERY:
            self._asked, self._known_anomalies, self._known_intensity = now, self._anomalies(), self._intensity()
        return judge_anomalies(self._known_anomalies, edition) + judge_intensity(self._known_intensity, edition)

    def _apply(self, case: Case, now: datetime) -> None:
        found = self._episodes.get(case.subject)
        if found is None:
            if all(observe(case.bounds, t) is not Observation.ABOVE for t in case.thresholds):
                return
            found = life.begin(case, self._new_id(), now)
        moved = life.advance(found, case, now, self._zone)
        if moved is not found:
            self._keep(moved)

    def _withdraw(self, verdicts: Verdicts, loads: Sequence[ScopeLoad], roster: Roster, now: datetime) -> None:
        """End what no rule speaks of any more. A scope that is only missing from the live picture is held."""
        judged = {case.subject for case in verdicts.cases}
        waiting = {Subject(s.rule, s.scope) for s in verdicts.states if s.status is RuleStatus.NO_DATA}
        left = [e for s, e in self._episodes.items() if s not in judged and s not in waiting]
        if not left:
            return
        seen = {load.scope for load in loads}
        for found in left:
            scope = found.alert.scope
            if scope in seen or not roster.view.members(scope):
                moved = life.withdraw(found, now)
                if moved is not found:
                    self._keep(moved)

    def _keep(self, moved: Episode) -> Alert:
        self._alerts.save(moved.alert, life.to_memory(moved))
        self._episodes[moved.subject] = moved
        if not moved.announced:
            self._announce(moved)
        return moved.alert

    def _announce(self, found: Episode) -> None:
        self._bus.publish(AlertChanged(found.alert))
        told = life.announced(found)
        self._alerts.save(told.alert, life.to_memory(told))
        if told.alert.state is AlertState.RESOLVED:
            del self._episodes[told.subject]
        else:
            self._episodes[told.subject] = told

    def _announce_left(self) -> None:
        for found in list(self._episodes.values()):
            if not found.announced:
                self._announce(found)

    def _adopt(self, now: datetime) -> None:
        """Take over acknowledgements that a desk in another process wrote to the ledger."""
        for found in list(self._episodes.values()):
            if found.alert.state not in ACTIVE_STATES:
                continue
            row = self._alerts.alert(found.alert.id)
            if row is None or row.acknowledged_at == found.alert.acknowledged_at:
                continue
            if row.acknowledged_by is not None and row.acknowledged_at is not None:
                self._keep(life.acknowledge(found, row.acknowledged_by, row.note, row.acknowledged_at))
            else:
                self._keep(life.unacknowledge(found, now))
