"""Roll-ups: written when a day has ended, again when a block is revised, and what questions over years read."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import numpy as np
import pytest

from domain.errors import Forbidden, Invalid
from domain.events import IntervalClosed
from domain.ids import EnterpriseId
from domain.instants import BLOCK_MS, day_span, from_ms
from domain.people import SYSTEM, Principal, Role
from domain.scopes import MONITORED, Scope, enterprise_scope
from monitor.day_loads import DayLoads, column
from monitor.year_on_year import NO_ROWS, YearDesk, year_before
from storage.ports import DayRows
from storage.readings.demand_rows import demand_rows
from storage.schema import LOAD_DAY
from tests.monitor.district import ZONE, District, main_meter, registry_of

DAY = date(2026, 7, 20)
E001 = enterprise_scope("E001")


@pytest.fixture
def district() -> District:
    return District(registry_of([main_meter(1), main_meter(2)]), now=day_span(DAY, ZONE).start + timedelta(hours=12))


@pytest.fixture
def loads(district: District) -> Iterator[DayLoads]:
    made = DayLoads(
        store=district.store,
        registry=district.ledger.registry,
        clock=district.clock,
        bus=district.bus,
        metrics=district.metrics,
        zone=ZONE,
        minimum_coverage=0.9,
    )
    yield made
    made.close()


def blocks(
    district: District, scope: Scope, day: date, kw: list[float], *, quality: str = "ok", revision: int = 1
) -> None:
    ts_ms = day_span(day, ZONE).grid_ms(900)[: len(kw)]
    n = len(kw)
    nothing, values = np.full(n, np.nan), np.array(kw)
    measures = [values, values / 4, np.ones(n), nothing, nothing, nothing]
    qualities, revisions = np.full(n, quality, dtype=object), np.full(n, revision, dtype=np.int64)
    district.store.write_demand(demand_rows([scope] * n, ts_ms, measures, qualities, revisions))


def rolled(district: District, scope: Scope, day: date) -> DayRows:
    return district.store.read_days(LOAD_DAY, [scope], day_span(day, ZONE))


def test_a_day_is_rolled_up_when_its_last_block_is_written(district: District, loads: DayLoads) -> None:
    blocks(district, MONITORED, DAY, [10.0] * 95 + [50.0])
    district.bus.publish(IntervalClosed(from_ms(day_span(DAY, ZONE).end_ms - BLOCK_MS), 1))
    district.clock.set(day_span(DAY, ZONE).end + timedelta(minutes=14))
    for _ in range(12):
        loads.tick()
    assert len(rolled(district, MONITORED, DAY)) == 0
    district.clock.set(day_span(DAY, ZONE).end + timedelta(minutes=15))
    loads.tick()
    row = rolled(district, MONITORED, DAY)
    assert column(row, "maximum_kw").tolist() == [50.0]
    assert column(row, "maximum_ms").tolist() == [float(day_span(DAY, ZONE).end_ms - BLOCK_MS)]
    assert column(row, "energy_kwh").tolist() == pytest.approx([(10 * 95 + 50) / 4])
    assert (column(row, "completeness").tolist(), row.revision.tolist()) == ([1.0], [1])


def test_a_late_revision_rolls_the_day_up_again_and_a_repeat_does_not(district: District, loads: DayLoads) -> None:
    blocks(district, MONITORED, DAY, [10.0] * 96)
    district.clock.set(day_span(DAY, ZONE).end + timedelta(days=2))
    assert loads.roll_up(DAY) > 0
    assert loads.roll_up(DAY) == 0
    blocks(district, MONITORED, DAY, [90.0], revision=2)
    for _ in range(12):
        loads.tick()  # what a start looks back at
    assert rolled(district, MONITORED, DAY).revision.tolist() == [2]
    blocks(district, MONITORED, DAY, [70.0], revision=3)
    district.bus.publish(IntervalClosed(day_span(DAY, ZONE).start, 3))
    district.clock.advance(601)
    loads.tick()
    row = rolled(district, MONITORED, DAY)
    assert (column(row, "maximum_kw").tolist(), row.revision.tolist()) == ([70.0], [3])


def test_a_record_rests_on_whole_blocks_and_little_data_makes_no_figure(district: District, loads: DayLoads) -> None:
    blocks(district, MONITORED, DAY, [10.0] * 96)
    blocks(district, MONITORED, DAY, [99.0], quality="estimated")
    blocks(district, E001, DAY, [5.0] * 40)
    district.clock.set(day_span(DAY, ZONE).end + timedelta(hours=2))
    loads.roll_up(DAY)
    row = rolled(district, MONITORED, DAY)
    assert (column(row, "maximum_kw").tolist(), column(row, "ok_maximum_kw").tolist()) == ([99.0], [10.0])
    own = rolled(district, E001, DAY)
    assert np.isnan(column(own, "maximum_kw")).all()
    assert column(own, "completeness").tolist() == pytest.approx([40 / 96])


def fill_years(district: District, loads: DayLoads) -> YearDesk:
    for year, kw in ((2025, 8.0), (2026, 10.0)):
        for offset in range(3):
            day = date(year, 7, 20) + timedelta(days=offset)
            blocks(district, MONITORED, day, [kw + offset] * 96)
            loads.roll_up(day)
    return YearDesk(store=district.store, registry=district.ledger.registry, zone=ZONE)


def test_a_span_against_the_same_days_a_year_before(district: District, loads: DayLoads) -> None:
    district.clock.set(datetime(2026, 7, 25, tzinfo=ZONE))
    desk = fill_years(district, loads)
    (found,) = desk.year_on_year(SYSTEM, [MONITORED], DAY, DAY + timedelta(days=2))
    assert (found.now.maximum_kw.value, found.before.maximum_kw.value) == (12.0, 10.0)
    assert (found.now.maximum_day, found.before.maximum_day) == (date(2026, 7, 22), date(2025, 7, 22))
    assert found.maximum_growth.value == pytest.approx(0.2)
    assert found.energy_growth.value == pytest.approx(33 / 27 - 1)
    (longer,) = desk.year_on_year(SYSTEM, [MONITORED], DAY - timedelta(days=3), DAY + timedelta(days=2))
    assert longer.energy_growth.value == pytest.approx(33 / 27 - 1)
    assert longer.energy_growth.coverage == 0.5
    (none,) = desk.year_on_year(SYSTEM, [E001], DAY, DAY)
    assert (none.now.maximum_kw.value, none.now.maximum_kw.reason) == (None, NO_ROWS)


def test_only_the_own_enterprise_and_at_most_a_year(district: District) -> None:
    desk = YearDesk(store=district.store, registry=district.ledger.registry, zone=ZONE)
    owner = Principal("e1", Role.ENTERPRISE, EnterpriseId("E001"))
    assert len(desk.year_on_year(owner, [E001], DAY, DAY)) == 1
    with pytest.raises(Forbidden):
        desk.year_on_year(owner, [E001, MONITORED], DAY, DAY)
    with pytest.raises(Invalid, match="400 days"):
        desk.year_on_year(SYSTEM, [MONITORED], DAY, DAY + timedelta(days=400))


def test_the_leap_day_has_a_neighbour() -> None:
    assert year_before(date(2028, 2, 29)) == date(2027, 2, 28)
