"""Scenarios that read as a timeline, run on a virtual clock through the real engine, alert engine, store and ledger.

    at("00:00").meters("m1", "m2").draw(kw=60)
    at("00:30").meter("m2").stops()
    between("00:31", "00:45").expect_alert("meter_silent")
    run(until="02:00")

Times are hours and minutes after the scenario's start. Each meter sends its reading at the end of its minute; the
engines are asked a little later, as the ticker does. Nothing sleeps.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from app.bus import InProcessBus
from app.metrics import PrometheusMetrics
from config.policy import load_policy
from config.settings import Settings
from domain.alerts import Alert, AlertState, Severity
from domain.events import AlertChanged
from domain.ids import AccountId, EnterpriseId, MeterId
from domain.instants import to_ms
from domain.readings import Reading, ReadingBatch, values_of
from domain.references import Quota, Reference, ReferenceKind
from domain.registry import ALWAYS, Account, Enterprise, Meter
from domain.scopes import MONITORED, Scope
from monitor.engine import Engine
from response.alert_engine import AlertEngine
from storage.ledger.sql import SqlLedger
from storage.readings.memory import MemoryStore
from tests.support.clock import HandClock

ZONE = ZoneInfo("Asia/Shanghai")
#: After the end of a minute the readings of it have come and the engine has closed it.
SETTLED_S = 40
Draw = Callable[[int], float]


def minutes(text: str) -> int:
    hours, _, rest = text.partition(":")
    return int(hours) * 60 + int(rest)


@dataclass
class Told:
    """One announcement: the minute of the scenario and the alert as it was."""

    minute: float
    alert: Alert


@dataclass
class Expectation:
    text: str
    holds: Callable[[Sequence[Told]], bool]


@dataclass
class At:
    scenario: Scenario
    minute: int

    def meter(self, meter: str) -> Meters:
        return self.meters(meter)

    def meters(self, *meters: str) -> Meters:
        return Meters(self.scenario, self.minute, meters)

    def all_meters(self) -> Meters:
        return self.meters(*self.scenario.ids)

    def quota(self, kw: float) -> None:
        self.scenario.plan(self.minute, lambda: self.scenario.set_quota(kw))

    def the_process_restarts(self) -> None:
        self.scenario.plan(self.minute, self.scenario.start_engines)

    def acknowledges(self, name: str) -> None:
        self.scenario.plan(self.minute, lambda: self.scenario.acknowledge_all(name))


@dataclass
class Meters:
    scenario: Scenario
    minute: int
    ids: Sequence[str]

    def draw(self, *, kw: float, noise_kw: float = 0.0) -> None:
        """Mean power of each following minute; the noise is seeded, so every run is the same."""
        rng = np.random.default_rng(self.minute)
        self._set(lambda _: kw + (rng.uniform(-noise_kw, noise_kw) if noise_kw else 0.0))

    draws = draw

    def stop(self) -> None:
        self.scenario.plan(self.minute, lambda: [self.scenario.drawing.pop(m, None) for m in self.ids])

    stops = stop

    def _set(self, draw: Draw) -> None:
        self.scenario.plan(self.minute, lambda: self.scenario.drawing.update(dict.fromkeys(self.ids, draw)))


@dataclass
class Between:
    scenario: Scenario
    first: int
    last: int

    def expect_alert(self, rule: str, severity: Severity | None = None, *, times: int = 1) -> None:
        """The rule begins to fire (from not active, or at a severity it had not) exactly ``times`` in this time."""

        def holds(told: Sequence[Told]) -> bool:
            found = [t for t in _raised(told) if self._within(t) and t.alert.rule == rule]
            return len([t for t in found if severity is None or t.alert.severity is severity]) == times

        self._expect(f"{times} x {rule} {severity or ''} fires", holds)

    def expect_resolved(self, rule: str, *, times: int = 1) -> None:
        def holds(told: Sequence[Told]) -> bool:
            ended = [t for t in told if t.alert.state is AlertState.RESOLVED and t.alert.rule == rule]
            return len([t for t in ended if self._within(t)]) == times

        self._expect(f"{times} x {rule} resolved", holds)

    def expect_nothing(self, rule: str) -> None:
        self._expect(f"nothing of {rule}", lambda told: not any(self._within(t) and t.alert.rule == rule for t in told))

    def _within(self, told: Told) -> bool:
        return self.first <= told.minute <= self.last

    def _expect(self, what: str, holds: Callable[[Sequence[Told]], bool]) -> None:
        def clock(minute: int) -> str:
            return f"{minute // 60:02d}:{minute % 60:02d}"

        self.scenario.expectations.append(Expectation(f"{clock(self.first)}-{clock(self.last)}: {what}", holds))


def _raised(told: Sequence[Told]) -> list[Told]:
    """The announcements at which an alert began, or came to a severity it had not had in this episode."""
    seen: dict[str, set[Severity]] = defaultdict(set)
    found = []
    for each in told:
        alert = each.alert
        if alert.state is AlertState.FIRING and alert.severity not in seen[alert.id]:
            found.append(each)
        seen[alert.id].add(alert.severity)
    return found


@dataclass
class Scenario:
    """``meter_count`` meters m1, m2, ... of one plant each, sending every minute; monitored load has the quota."""

    ledger: SqlLedger
    clock: HandClock
    meter_count: int = 1
    start: datetime = datetime(2026, 7, 20, 4, 0, tzinfo=UTC)  # 12:00 of a Monday in the district
    expectations: list[Expectation] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)
    drawing: dict[str, Draw] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.ids = tuple(f"m{n}" for n in range(1, self.meter_count + 1))
        self.actions: dict[int, list[Callable[[], object]]] = defaultdict(list)
        self.store = MemoryStore()
        self.clock.set(self.start)
        self.ledger.registry.put_versions(
            "test",
            enterprises=[Enterprise(EnterpriseId(f"E-{m}"), ALWAYS, f"企业{m}") for m in self.ids],
            accounts=[Account(AccountId(f"A-{m}"), ALWAYS, EnterpriseId(f"E-{m}")) for m in self.ids],
            meters=[Meter(MeterId(m), ALWAYS, AccountId(f"A-{m}")) for m in self.ids],
        )
        self.start_engines()

    def at(self, time: str) -> At:
        return At(self, minutes(time))

    def between(self, first: str, last: str) -> Between:
        return Between(self, minutes(first), minutes(last))

    def run(self, *, until: str) -> None:
        """Play the timeline, then say every expectation that was not met, with what was heard instead."""
        for minute in range(minutes(until)):
            for action in self.actions.pop(minute, ()):
                action()
            end = self.start + timedelta(minutes=minute + 1)
            self.clock.set(end + timedelta(seconds=1))
            self._send(minute)
            self.clock.set(end + timedelta(seconds=SETTLED_S))
            self.engine.tick()
            self.alerts.evaluate()
        missed = [e.text for e in self.expectations if not e.holds(self.told)]
        heard = [
            f"  {t.minute / 60:5.2f} h {t.alert.rule} {t.alert.severity} {t.alert.state}: {t.alert.message_zh}"
            for t in self.told
        ]
        assert not missed, "\n".join([*missed, "heard:", *heard])

    def plan(self, minute: int, action: Callable[[], object]) -> None:
        self.actions[minute].append(action)

    def set_quota(self, kw: float, scope: Scope = MONITORED) -> None:
        self.ledger.references.put_quota(Quota(scope, self._today, (kw,) * 96, "甬经信〔2026〕1号", "test"))
        self.ledger.references.put_reference(
            Reference(scope, ReferenceKind.EXPECTED_MAXIMUM, kw * 1.1, self._today, "预测", "test")
        )

    def acknowledge_all(self, name: str) -> None:
        for alert in self.ledger.alerts.list(active=True).items:
            self.alerts.acknowledge(alert.id, name, "")

    def start_engines(self) -> None:
        """As after a kill: nothing but store and ledger is left of the process before."""
        policy = load_policy()
        self.bus = InProcessBus()
        self.bus.subscribe(AlertChanged, self._hear)
        self.engine = Engine(
            registry=self.ledger.registry,
            store=self.store,
            clock=self.clock,
            bus=self.bus,
            settings=Settings().monitor,
            zone=ZONE,
            metrics=PrometheusMetrics(),
            calendar=policy.calendar,
            dirty=self.ledger.dirty,
            superseded=self.ledger.superseded,
        )
        self.engine.restore()
        self.alerts = AlertEngine(
            live=self.engine,
            alerts=self.ledger.alerts,
            references=self.ledger.references,
            registry=self.ledger.registry,
            clock=self.clock,
            bus=self.bus,
            policy=policy.alerts,
            gap_levels=policy.gap_levels,
            zone=ZONE,
        )
        self.alerts.restore()

    @property
    def _today(self) -> date:
        return self.clock.now().astimezone(ZONE).date()

    def _send(self, minute: int) -> None:
        start_ms = to_ms(self.start + timedelta(minutes=minute))
        sending = [(m, d(minute)) for m, d in self.drawing.items()]
        if not sending:
            return
        batch = ReadingBatch.of(Reading(m, start_ms, values_of(power_kw=kw)) for m, kw in sending)
        self.store.write(batch)
        self.engine.accept(batch)

    def _hear(self, event: AlertChanged) -> None:
        since = self.clock.now() - self.start
        self.told.append(Told(since.total_seconds() / 60, event.alert))
