"""The engine end to end on a clock driven by hand: the promises of the live picture."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.events import LoadChanged
from domain.ids import EnterpriseId
from domain.instants import Span
from domain.quality import Quality
from domain.readings import REACTIVE, ReadingBatch
from domain.registry import DataClass
from domain.scopes import DISTRICT, MONITORED, Scope, enterprise_scope, meter_scope
from monitor.live import ScopeLoad
from storage.ports import DemandRows
from tests.monitor.district import START, District, boundary_meter, main_meter, readings, registry_of

HOUR = Span(START, START + timedelta(hours=1))


def load_of(district: District, scope: Scope = MONITORED) -> ScopeLoad:
    load = district.engine.load(scope)
    assert load is not None
    return load


def rows_of(district: District, *scopes: Scope, span: Span = HOUR) -> DemandRows:
    return district.store.read_demand(scopes or (MONITORED,), span)


def test_loads_of_a_whole_block() -> None:
    district = District(registry_of([main_meter(1), main_meter(2)]))
    district.pass_minutes(16, {"M001": 100.0, "M002": 50.0})
    load = load_of(district)
    assert load.coverage == 1.0
    assert load.sliding_kw == load.measured_kw == load.estimate_kw == load.instantaneous_kw == 150.0
    assert load.projection is not None
    assert load.projection.demand_kw == pytest.approx(150.0)
    assert load_of(district, enterprise_scope("E002")).sliding_kw == 50.0
    rows = rows_of(district, MONITORED, meter_scope("M001"), Scope.parse("street:梅墟"))
    assert rows.demand_kw.tolist() == [150.0, 100.0, 150.0]
    assert rows.energy_kwh.tolist() == [37.5, 25.0, 37.5]
    assert set(rows.quality) == {"ok"}
    assert rows.revision.tolist() == [1, 1, 1]
    assert [(e.start, e.revision) for e in district.closed] == [(START, 1)]


def test_a_minute_is_judged_as_soon_as_all_its_meters_are_in() -> None:
    district = District(registry_of([main_meter(1), main_meter(2)]))
    district.pass_minutes(15, {"M001": 100.0, "M002": 50.0})
    start = START + timedelta(minutes=15)
    district.clock.set(start + timedelta(seconds=61))
    district.feed(readings("M001", start, [400.0]))
    assert load_of(district).minute == start - timedelta(minutes=1)
    before = len(district.changes)
    district.feed(readings("M002", start, [50.0]))
    district.engine.tick()
    assert load_of(district).minute == start
    assert load_of(district).sliding_kw == pytest.approx((14 * 150.0 + 450.0) / 15)
    assert len(district.changes) > before


def test_a_silent_meter_does_not_hold_up_those_that_speak() -> None:
    district = District(registry_of([main_meter(1), main_meter(2)]))
    district.pass_minutes(20, {"M001": 100.0})
    start = START + timedelta(minutes=20)
    district.clock.set(start + timedelta(seconds=61))
    assert load_of(district).minute == start - timedelta(minutes=1)
    district.feed(readings("M001", start, [400.0]))
    assert load_of(district).minute == start
    assert load_of(district).measured_kw == pytest.approx(120.0)


def test_an_announcement_needs_no_tick() -> None:
    district = District(registry_of([main_meter(1)]))
    seen: list[LoadChanged] = []
    district.bus.subscribe(LoadChanged, seen.append)
    district.feed(readings("M001", START - timedelta(minutes=1), [1.0]))
    assert len(seen) == 1


def test_what_was_held_back_is_announced_without_another_reading() -> None:
    district = District(registry_of([main_meter(1)]))
    seen: list[LoadChanged] = []

    def judge_slowly(event: LoadChanged) -> None:
        seen.append(event)
        threading.Event().wait(0.2)

    district.bus.subscribe(LoadChanged, judge_slowly)
    district.feed(readings("M001", START - timedelta(minutes=2), [1.0]))
    district.feed(readings("M001", START - timedelta(minutes=1), [1.0]))
    assert len(seen) == 1, "a flood keeps its distance"
    deadline = time.monotonic() + 20
    while len(seen) == 1 and time.monotonic() < deadline:
        district.engine.announce()
    assert len(seen) == 2
    district.engine.announce()
    assert len(seen) == 2, "nothing new, nothing said"


def test_one_meter_three_hours_ahead_moves_nothing() -> None:
    meters = [main_meter(1), main_meter(2)]
    plain, ahead = District(registry_of(meters)), District(registry_of(meters))
    for district in (plain, ahead):
        district.pass_minutes(10, {"M001": 100.0, "M002": 50.0})
    ahead.feed(readings("M001", ahead.clock.now() + timedelta(hours=3), [900.0]))
    for district in (plain, ahead):
        district.pass_minutes(10, {"M001": 100.0, "M002": 50.0})
    assert ahead.engine.loads() == plain.engine.loads()
    assert ahead.engine.meters() == plain.engine.meters()
    assert [e.start for e in ahead.closed] == [e.start for e in plain.closed]
    assert ahead.metrics.snapshot()["engine_readings_ignored_total"] == 1.0


def test_all_are_silent_when_all_stop_and_the_clock_goes_on() -> None:
    district = District(registry_of([main_meter(n) for n in range(1, 6)]))
    powers = {f"M{n:03d}": 10.0 for n in range(1, 6)}
    district.pass_minutes(20, powers)
    assert not any(state.silent_s for state in district.engine.meters())
    district.pass_minutes(4, {})
    assert not any(state.silent_s for state in district.engine.meters())
    changes = len(district.changes)
    district.pass_minutes(2, {})
    assert all(state.silent_s is not None and state.silent_s > 300 for state in district.engine.meters())
    assert len(district.changes) >= changes + 2
    district.pass_minutes(15, {})
    load = load_of(district)
    assert load.coverage == 0.0
    assert load.sliding_kw is None
    assert load.projection is None


def test_a_meter_never_heard_is_silent_and_next_day_meters_never_are() -> None:
    meters = [main_meter(1), main_meter(2, data_class=DataClass.NEXT_DAY), main_meter(3, data_class=DataClass.MONTHLY)]
    district = District(registry_of(meters))
    district.pass_minutes(10, {})
    silent = {state.meter for state in district.engine.meters() if state.silent_s is not None}
    assert silent == {"M001"}


def test_silencing_a_fifth_lowers_nothing() -> None:
    numbers = range(1, 11)
    district = District(registry_of([main_meter(n) for n in numbers]))
    powers = {f"M{n:03d}": 100.0 for n in numbers}
    # Ten workdays like this one, so that what is usual is known.
    for back in range(14, 0, -1):
        for meter in powers:
            start = START - timedelta(days=back, minutes=30)
            district.store.write(readings(meter, start, [100.0 + back] * 90))
    district.pass_minutes(20, powers)
    left = {meter: kw for meter, kw in powers.items() if meter not in ("M001", "M002")}
    district.pass_minutes(20, left)
    load = load_of(district)
    assert load.coverage == pytest.approx(0.8)
    assert load.sliding_kw is None
    assert load.measured_kw == pytest.approx(800.0)
    assert load.estimate_kw is not None
    assert load.estimate_low_kw is not None
    assert load.estimate_high_kw is not None
    assert load.estimate_low_kw < load.estimate_kw < load.estimate_high_kw
    assert 1000.0 < load.estimate_kw < 1030.0
    row = rows_of(district)
    assert row.quality.tolist() == ["ok", "insufficient"]
    assert np.isnan(row.demand_kw[1])


def test_the_estimate_is_unknown_when_the_usual_value_is() -> None:
    district = District(registry_of([main_meter(1), main_meter(2)]))
    district.pass_minutes(35, {"M001": 100.0})
    load = load_of(district)
    assert load.measured_kw == 100.0
    assert load.estimate_kw is None
    assert np.isnan(rows_of(district).estimate_kw).all()


def test_suspect_values_are_excluded_reported_and_set_no_record() -> None:
    district = District(registry_of([main_meter(1), main_meter(2)]))
    powers = {"M001": 100.0, "M002": 50.0}
    district.pass_minutes(15, powers)
    district.pass_minutes(16, {"M001": 9_000.0, "M002": 50.0}, quality={"M001": Quality.SPIKE})
    load = load_of(district)
    assert load.measured_kw == 50.0
    assert load.sliding_kw is None
    assert {state.meter: state.faults for state in district.engine.meters()} == {"M001": ("spike",), "M002": ()}
    assert rows_of(district).quality.tolist() == ["ok", "suspect"]
    district.pass_minutes(1, powers)
    assert all(state.faults == () for state in district.engine.meters())


def test_late_readings_inside_the_ring_make_a_revision() -> None:
    district = District(registry_of([main_meter(1), main_meter(2)]))
    district.pass_minutes(17, {"M001": 100.0})
    first = rows_of(district)
    assert first.quality.tolist() == ["insufficient"]
    district.feed(readings("M002", START, [50.0] * 15))
    district.engine.tick()
    rows = rows_of(district, MONITORED, meter_scope("M001"), meter_scope("M002"))
    assert rows.demand_kw.tolist() == [150.0, 100.0, 50.0]
    assert rows.quality.tolist() == ["ok"] * 3
    assert rows.revision.tolist() == [2, 1, 2]
    assert (district.closed[-1].start, district.closed[-1].revision) == (START, 2)
    district.feed(readings("M002", START, [50.0] * 15))
    district.engine.tick()
    assert rows_of(district).revision.tolist() == [2]


def test_an_hourly_meter_counts_as_heard_until_its_next_hour_is_due() -> None:
    district = District(registry_of([main_meter(1), main_meter(2, interval_s=3600)]))
    district.feed(readings("M002", START - timedelta(hours=1), [500.0], step_s=3600))
    district.pass_minutes(58, {"M001": 100.0})
    load = load_of(district)
    assert load.sliding_kw == pytest.approx(600.0)
    assert rows_of(district).quality.tolist() == ["insufficient"] * 3
    district.pass_minutes(4, {"M001": 100.0})
    assert load_of(district).sliding_kw is None
    district.feed(readings("M002", START, [520.0], step_s=3600))
    district.pass_minutes(1, {"M001": 100.0})
    assert load_of(district).sliding_kw == pytest.approx(620.0)
    rows = rows_of(district)
    assert rows.demand_kw.tolist() == [620.0] * 4
    assert rows.quality.tolist() == ["ok"] * 4


def test_tenants_are_taken_from_the_landlord_and_counted_once() -> None:
    tenant = replace(main_meter(2), landlord=EnterpriseId("E001"))
    district = District(registry_of([main_meter(1), tenant]))
    district.pass_minutes(17, {"M001": 100.0, "M002": 30.0})
    assert load_of(district, enterprise_scope("E001")).sliding_kw == pytest.approx(70.0)
    assert load_of(district, enterprise_scope("E002")).sliding_kw == pytest.approx(30.0)
    assert load_of(district).sliding_kw == pytest.approx(100.0)
    # A silent tenant whose usual draw nobody knows: nothing is certain of the landlord's own load.
    district.pass_minutes(16, {"M001": 100.0})
    assert load_of(district, enterprise_scope("E001")).measured_kw == 0.0
    assert load_of(district).sliding_kw == pytest.approx(100.0)


def test_the_district_is_a_series_of_its_own() -> None:
    district = District(registry_of([main_meter(1), boundary_meter("B001"), boundary_meter("B002")]))
    district.pass_minutes(17, {"M001": 100.0, "B001": 300.0, "B002": 200.0})
    assert load_of(district, DISTRICT).sliding_kw == 500.0
    assert load_of(district).sliding_kw == 100.0
    assert District(registry_of([main_meter(1)])).engine.load(DISTRICT) is None


def test_apparent_power_only_where_reactive_power_is_measured() -> None:
    district = District(registry_of([main_meter(1), main_meter(2)]))
    batch = readings("M001", START, [80.0] * 15)
    batch.values[:, REACTIVE] = 60.0
    district.clock.advance(15 * 60 + 40)
    district.feed(batch, readings("M002", START, [10.0] * 15))
    assert load_of(district, enterprise_scope("E001")).sliding_kva == pytest.approx(100.0)
    assert load_of(district, enterprise_scope("E002")).sliding_kva is None
    assert load_of(district).sliding_kva is None


def test_demand_rows_wait_for_a_store_that_is_away() -> None:
    district = District(registry_of([main_meter(1)]))
    district.pass_minutes(10, {"M001": 100.0})
    store = district.store
    store.close()
    for _ in range(40):
        start = district.clock.now().replace(second=0, microsecond=0)
        district.clock.set(start + timedelta(seconds=62))
        district.engine.accept(readings("M001", start, [100.0]))
        district.engine.tick()
    assert district.closed == []
    assert load_of(district).sliding_kw == 100.0
    store._open = True
    district.engine.tick()
    assert rows_of(district).demand_kw.tolist() == [100.0] * 3
    assert [event.revision for event in district.closed] == [1, 1, 1]


def test_a_meter_out_of_service_leaves_the_expected_set_from_its_day() -> None:
    district = District(registry_of([main_meter(1), main_meter(2)]))
    district.pass_minutes(16, {"M001": 100.0})
    assert load_of(district).coverage == pytest.approx(0.5)
    gone = replace(main_meter(2), in_service=False, valid_from=START.date())
    district.ledger.registry.put_versions("officer", meters=[gone])
    district.pass_minutes(1, {"M001": 100.0})
    assert load_of(district).coverage == 1.0
    assert [state.meter for state in district.engine.meters()] == ["M001"]


def test_a_clock_that_jumps_to_another_year_begins_anew() -> None:
    district = District(registry_of([main_meter(1)]))
    district.pass_minutes(16, {"M001": 100.0})
    district.clock.set(START.replace(year=2027))
    district.engine.tick()
    assert load_of(district).coverage == 0.0
    district.pass_minutes(16, {"M001": 70.0})
    assert load_of(district).sliding_kw == 70.0


@settings(max_examples=12, deadline=None)
@given(
    order=st.permutations(range(80)),
    cut=st.integers(0, 80),
    size=st.integers(1, 30),
    rate=st.sampled_from([60, 300, 900]),
)
def test_a_restored_engine_knows_what_a_continuous_one_knows(order: list[int], cut: int, size: int, rate: int) -> None:
    """Readings of the last 40 minutes in any order, some before and some after the restart."""
    meters = [main_meter(1), main_meter(2, interval_s=rate)]
    stream = ReadingBatch.concat(
        [readings("M001", START, np.arange(40.0)), readings("M002", START, np.arange(40.0), step_s=rate)]
    )
    stream = stream.take(np.array(order))
    keep = stream.ts_ms < HOUR.start_ms + 40 * 60_000
    continuous = District(registry_of(meters), now=START + timedelta(minutes=41))
    for i in range(0, len(stream), size):
        continuous.feed(stream.take(slice(i, i + size)).take(keep[i : i + size]))
    continuous.engine.tick()
    restarted = District(registry_of(meters), now=START + timedelta(minutes=41))
    for i in range(0, cut, size):
        restarted.feed(stream.take(slice(i, min(i + size, cut))).take(keep[i : min(i + size, cut)]))
    restarted.engine = restarted.new_engine()
    restarted.engine.restore()
    for i in range(cut, len(stream), size):
        restarted.feed(stream.take(slice(i, i + size)).take(keep[i : i + size]))
    restarted.engine.tick()
    assert restarted.engine.loads() == continuous.engine.loads()
    assert restarted.engine.meters() == continuous.engine.meters()
    span = Span(START - timedelta(hours=3), START + timedelta(hours=1))
    ours, theirs = (rows_of(d, MONITORED, meter_scope("M002"), span=span) for d in (restarted, continuous))
    assert ours.ts_ms.tolist() == theirs.ts_ms.tolist()
    np.testing.assert_array_equal(ours.demand_kw, theirs.demand_kw)
    assert ours.quality.tolist() == theirs.quality.tolist()
