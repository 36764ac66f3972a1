"""Days judged, kept and judged again; who may see them. A real ledger, a clock driven by hand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from app.bus import InProcessBus
from app.metrics import PrometheusMetrics
from config.data_quality import QualityTable
from config.policy_table import load_table
from domain.errors import Forbidden, Invalid
from domain.events import ReadingsStored
from domain.ids import AccountId, EnterpriseId, MeterId
from domain.instants import day_span
from domain.people import SYSTEM, Principal, Role
from domain.readings import ENERGY_IMPORT, POWER, QUANTITIES, ReadingBatch
from domain.registry import ALWAYS, Account, DataClass, Enterprise, Meter
from domain.scopes import DISTRICT, enterprise_scope, meter_scope
from monitor.quality_desk import QualityDay, QualityDesk, ScopeQuality
from monitor.quality_judge import QualityJudge
from storage.ledger import SqlLedger
from storage.readings.memory import MemoryStore
from storage.schema import DAY_SERIES, QUALITY_DAY
from tests.monitor.district import ZONE, boundary_meter
from tests.support.clock import HandClock

DAY = date(2026, 7, 20)
NEXT = DAY + timedelta(days=1)
OWNER = Principal("e1", Role.ENTERPRISE, EnterpriseId("E1"))


@dataclass
class Watched:
    ledger: SqlLedger
    store: MemoryStore
    clock: HandClock
    bus: InProcessBus
    judge: QualityJudge
    desk: QualityDesk

    def at(self, day: date, hour: int, minute: int = 0) -> None:
        self.clock.set(datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZONE))

    def send(self, meter: str, day: date, steps: range, *, late_s: int = 3, register: float = 1.0) -> None:
        """8 kW in quarters of an hour; ``register`` : what the register counts of it."""
        interval_s, kw = 900, 8.0
        start_ms, n = day_span(day, ZONE).start_ms, len(steps)
        ts_ms = start_ms + np.array(steps, dtype=np.int64) * interval_s * 1000
        values = np.full((n, len(QUANTITIES)), np.nan)
        values[:, POWER] = kw
        values[:, ENERGY_IMPORT] = 1000 + np.array(steps) * register * kw * interval_s / 3600
        arrived = ts_ms + (interval_s + late_s) * 1000
        meters, quality = np.full(n, meter, dtype=object), np.zeros(n, dtype=np.int8)
        self.store.write(ReadingBatch(meters, ts_ms, values, quality, arrived))
        self.bus.publish(ReadingsStored((meter,), int(ts_ms[0]), int(ts_ms[-1]) + 1))

    def of(self, scope: object, found: QualityDay) -> ScopeQuality:
        return next(s for s in found.scopes if s.scope == scope)


def value(quality: ScopeQuality, key: str) -> float | None:
    return next(one.figure.value for one in quality.indicators if one.key == key)


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    clock = HandClock(datetime(2026, 7, 20, 4, tzinfo=UTC))
    ledger = SqlLedger(f"sqlite:///{tmp_path}/ledger.sqlite", clock=clock)
    ledger.registry.put_versions(
        "test",
        enterprises=[Enterprise(EnterpriseId(f"E{i}"), ALWAYS, f"企业{i}") for i in (1, 2)],
        accounts=[Account(AccountId(f"A{i}"), ALWAYS, EnterpriseId(f"E{i}")) for i in (1, 2)],
        meters=[
            Meter(MeterId("M1"), ALWAYS, AccountId("A1"), interval_s=900),
            # From the second day on it reports each minute: that day owes 1,440 points.
            Meter(MeterId("M2"), ALWAYS, AccountId("A2"), interval_s=900),
            Meter(MeterId("M2"), NEXT, AccountId("A2"), interval_s=60),
        ],
    )
    store, bus = MemoryStore(), InProcessBus()
    policy = load_table("data_quality.toml", QualityTable)
    judge = QualityJudge(
        store=store,
        registry=ledger.registry,
        quality=ledger.quality,
        policy=policy,
        clock=clock,
        bus=bus,
        metrics=PrometheusMetrics(),
        zone=ZONE,
    )
    desk = QualityDesk(
        store=store, registry=ledger.registry, quality=ledger.quality, policy=policy, clock=clock, zone=ZONE
    )
    judge.tick()
    yield Watched(ledger, store, clock, bus, judge, desk)
    judge.close()
    ledger.close()


def test_a_running_day_shows_what_is_due_by_now(watched: Watched) -> None:
    watched.send("M1", DAY, range(24))
    watched.at(DAY, 12)
    found = watched.desk.day(SYSTEM, DAY, meters=True)
    assert (found.judged_at, found.revision) == (None, 0)
    assert value(watched.of(enterprise_scope("E1"), found), "completeness") == 0.5
    assert value(watched.of(enterprise_scope("E2"), found), "online") == 0.0
    district = watched.of(DISTRICT, found)
    assert (district.counts.expected, district.counts.received, value(district, "online")) == (96, 24, 0.5)
    assert [str(s.scope) for s in found.scopes] == [
        "district",
        "enterprise:E2",
        "enterprise:E1",
        "meter:M2",
        "meter:M1",
    ]


def test_a_day_is_judged_an_hour_after_it_ended_and_stays_as_it_was_judged(watched: Watched) -> None:
    watched.send("M1", DAY, range(96))
    watched.send("M2", DAY, range(0, 90))
    watched.at(NEXT, 0, 59)
    watched.judge.tick()
    assert watched.ledger.quality.days(DAY, DAY) == []
    watched.at(NEXT, 1)
    watched.judge.tick()
    first = watched.desk.day(SYSTEM, DAY)
    assert first.revision == 1
    assert value(watched.of(DISTRICT, first), "completeness") == (96 + 90) / 192
    assert next(i for i in watched.of(enterprise_scope("E2"), first).indicators if i.key == "completeness").met
    # Six points come late: judged again once they have settled, and the first judgement stays readable.
    watched.at(NEXT, 3)
    watched.send("M2", DAY, range(90, 96), late_s=20_000)
    watched.judge.tick()
    assert watched.desk.day(SYSTEM, DAY).revision == 1
    watched.at(NEXT, 3, 10)
    watched.judge.tick()
    again = watched.desk.day(SYSTEM, DAY)
    assert again.revision == 2
    assert value(watched.of(DISTRICT, again), "completeness") == 1.0
    assert value(watched.of(enterprise_scope("E2"), again), "timely") == 90 / 96
    before = watched.desk.day(SYSTEM, DAY, revision=1)
    assert value(watched.of(DISTRICT, before), "completeness") == (96 + 90) / 192
    assert [(r, n) for r, _, n in watched.desk.revisions(SYSTEM, DAY)] == [(1, 2), (2, 1)]
    with pytest.raises(Invalid, match="no revision"):
        watched.desk.day(SYSTEM, NEXT, revision=1)


def test_what_is_judged_again_without_change_makes_no_revision(watched: Watched) -> None:
    watched.send("M1", DAY, range(96))
    watched.at(NEXT, 2)
    assert watched.judge.judge(DAY) == 2
    assert watched.judge.judge(DAY) == 0
    assert len(watched.desk.revisions(SYSTEM, DAY)) == 1


def test_expected_points_follow_the_configuration_in_force_that_day(watched: Watched) -> None:
    watched.at(NEXT + timedelta(days=1), 2)
    for _ in range(3):
        watched.judge.tick()
    days = {q.day: q.counts.expected for q in watched.desk.history(SYSTEM, meter_scope("M2"), DAY, NEXT)}
    assert days == {DAY: 96, NEXT: 1440}


def test_after_an_absence_every_day_since_is_judged_one_at_a_time(watched: Watched) -> None:
    watched.at(NEXT, 2)
    watched.judge.tick()
    watched.at(DAY + timedelta(days=4), 2)
    for _ in range(5):
        watched.judge.tick()
    # A new installation begins with the day before its first.
    assert watched.ledger.quality.judged() == (DAY - timedelta(days=1), DAY + timedelta(days=3))


def test_days_against_month_come_from_registers_and_intervals(watched: Watched) -> None:
    watched.send("M1", DAY, range(96))
    # The register counts twice what the intervals say, as with a wrong multiplier.
    watched.send("M2", DAY, range(96), register=2.0)
    watched.at(NEXT, 2)
    watched.judge.judge(DAY)
    found = watched.desk.day(SYSTEM, DAY)
    assert value(watched.of(enterprise_scope("E1"), found), "monthly_deviation") == pytest.approx(0.0, abs=1e-9)
    other = watched.of(enterprise_scope("E2"), found)
    assert value(other, "monthly_deviation") == pytest.approx(0.5)
    assert next(i for i in other.indicators if i.key == "monthly_deviation").met is False


def test_curves_find_the_newest_judgement_in_the_store(watched: Watched) -> None:
    watched.send("M1", DAY, range(96))
    watched.at(NEXT, 2)
    watched.judge.judge(DAY)
    span = day_span(DAY, ZONE)
    rows = watched.store.read_days(QUALITY_DAY, [DISTRICT, enterprise_scope("E1"), meter_scope("M2")], span)
    completeness = rows.values[:, DAY_SERIES[QUALITY_DAY].index("completeness")]
    assert completeness.tolist() == [0.5, 1.0, 0.0]


def test_an_enterprise_sees_itself_alone(watched: Watched) -> None:
    watched.at(NEXT, 2)
    watched.judge.judge(DAY)
    found = watched.desk.day(OWNER, DAY, meters=True)
    assert [str(s.scope) for s in found.scopes] == ["enterprise:E1", "meter:M1"]
    assert len(watched.desk.history(OWNER, enterprise_scope("E1"), DAY, DAY)) == 1
    for ask in (
        lambda: watched.desk.history(OWNER, enterprise_scope("E2"), DAY, DAY),
        lambda: watched.desk.history(OWNER, DISTRICT, DAY, DAY),
        lambda: watched.desk.revisions(OWNER, DAY),
    ):
        with pytest.raises(Forbidden):
            ask()


def test_next_day_meters_owe_nothing_before_their_day_ends_and_have_a_day_to_come(watched: Watched) -> None:
    meter = replace(boundary_meter("B1", interval_s=900), data_class=DataClass.NEXT_DAY)
    watched.ledger.registry.put_versions("test", meters=[meter])
    watched.at(DAY, 12)
    assert watched.of(meter_scope("B1"), watched.desk.day(SYSTEM, DAY, meters=True)).counts.expected == 0
    watched.at(NEXT, 12)
    watched.send("B1", DAY, range(96), late_s=10 * 3600)
    counts = watched.of(meter_scope("B1"), watched.desk.day(SYSTEM, DAY, meters=True)).counts
    assert (counts.expected, counts.received, counts.timely) == (96, 96, 96)


def test_a_day_to_come_has_nothing(watched: Watched) -> None:
    assert watched.desk.day(SYSTEM, NEXT + timedelta(days=9)).scopes == ()
