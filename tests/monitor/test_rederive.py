"""Readings older than the ring: imported, late, or written while the engine was away."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from domain.events import ReadingsStored
from domain.instants import Span, to_ms
from domain.registry import DataClass
from domain.scopes import DISTRICT, MONITORED, Scope, meter_scope
from storage.ports import DemandRows
from tests.monitor.district import START, District, boundary_meter, main_meter, readings, registry_of

YESTERDAY = START - timedelta(days=1)


def rows_of(district: District, *scopes: Scope, hours: int = 1) -> DemandRows:
    span = Span(YESTERDAY, YESTERDAY + timedelta(hours=hours))
    return district.store.read_demand(scopes or (MONITORED,), span)


def stored(district: District, meter: str, power_kw: list[float], *, step_s: int = 60) -> None:
    """Readings that reach the store without passing the engine, announced as the writer does."""
    batch = readings(meter, YESTERDAY, power_kw, step_s=step_s)
    district.store.write(batch)
    end_ms = int(batch.ts_ms.max()) + 1
    district.bus.publish(ReadingsStored((meter,), int(batch.ts_ms.min()), end_ms))


def work(district: District, ticks: int = 40) -> None:
    for _ in range(ticks):
        district.engine.tick()


def test_late_readings_make_revision_two_of_the_blocks_they_touch() -> None:
    district = District(registry_of([main_meter(1), main_meter(2)]))
    stored(district, "M001", [100.0] * 30)
    work(district)
    first = rows_of(district)
    assert np.isnan(first.demand_kw).all()
    assert first.revision.tolist() == [1, 1]
    stored(district, "M002", [50.0] * 15)
    work(district)
    assert rows_of(district).demand_kw.tolist() == pytest.approx([150.0, np.nan], nan_ok=True)
    assert rows_of(district).revision.tolist() == [2, 1]
    assert rows_of(district, meter_scope("M001")).revision.tolist() == [1, 1]
    assert (district.closed[-1].start, district.closed[-1].revision) == (YESTERDAY, 2)


def test_the_same_readings_again_make_no_revision() -> None:
    district = District(registry_of([main_meter(1)]))
    stored(district, "M001", [100.0] * 15)
    work(district)
    closed = len(district.closed)
    stored(district, "M001", [100.0] * 15)
    work(district)
    assert rows_of(district).revision.tolist() == [1]
    assert len(district.closed) == closed


def test_next_day_data_of_the_power_company_become_the_district_series() -> None:
    feed = boundary_meter("B001", data_class=DataClass.NEXT_DAY, interval_s=900)
    district = District(registry_of([main_meter(1), feed]))
    stored(district, "B001", [2000.0, 2100.0], step_s=900)
    work(district)
    own = rows_of(district, DISTRICT)
    assert own.demand_kw.tolist() == [2000.0, 2100.0]
    assert own.quality.tolist() == ["ok", "ok"]


def test_readings_beyond_the_late_window_are_left_alone() -> None:
    district = District(registry_of([main_meter(1)]))
    old = START - timedelta(days=30)
    district.store.write(readings("M001", old, [1.0] * 15))
    district.bus.publish(ReadingsStored(("M001",), to_ms(old), to_ms(old) + 900_000))
    work(district)
    assert len(district.store.read_demand((MONITORED,), Span(old, old + timedelta(hours=1)))) == 0


def test_what_the_store_refuses_now_is_tried_again() -> None:
    district = District(registry_of([main_meter(1)]))
    stored(district, "M001", [100.0] * 15)
    district.store._open = False
    district.engine.tick()
    district.store._open = True
    work(district)
    assert rows_of(district).demand_kw.tolist() == [100.0]


def test_blocks_of_the_time_the_engine_was_away_are_written_after_a_restart() -> None:
    district = District(registry_of([main_meter(1)]))
    district.pass_minutes(17, {"M001": 100.0})
    district.store.write(readings("M001", START + timedelta(minutes=17), [200.0] * 600))
    district.clock.advance(600 * 60)
    district.engine = district.new_engine()
    district.engine.restore()
    work(district, 60)
    span = Span(START, START + timedelta(minutes=600))
    rows = district.store.read_demand((MONITORED,), span)
    assert len(rows) == 40
    assert rows.demand_kw[[0, 2, 39]].tolist() == [100.0, 200.0, 200.0]
    assert set(rows.quality) == {"ok"}
    assert set(rows.revision) == {1}


def test_an_engine_without_a_journal_follows_what_others_store() -> None:
    district = District(registry_of([main_meter(1)]))
    district.clock.advance(20 * 60)
    batch = readings("M001", START, [70.0] * 20)
    district.store.write(batch)
    district.engine.catch_up(ReadingsStored(("M001",), to_ms(START), int(batch.ts_ms.max()) + 1))
    load = district.engine.load(MONITORED)
    assert load is not None
    assert load.sliding_kw == 70.0


def test_a_revision_of_today_keeps_its_estimate_for_the_silent() -> None:
    """Five hours ago, long out of the ring, one of two meters was silent; what is usual for it is known."""
    district = District(registry_of([main_meter(1), main_meter(2)]))
    early = START - timedelta(hours=5)
    for back in range(1, 15):
        for meter in ("M001", "M002"):
            district.store.write(readings(meter, early - timedelta(days=back), [80.0] * 15))
    work(district, 2)
    batch = readings("M001", early, [100.0] * 15)
    district.store.write(batch)
    district.bus.publish(ReadingsStored(("M001",), int(batch.ts_ms.min()), int(batch.ts_ms.max()) + 1))
    work(district)
    rows = district.store.read_demand((MONITORED,), Span(early, early + timedelta(minutes=15)))
    assert rows.quality.tolist() == ["insufficient"]
    assert rows.estimate_kw.tolist() == [180.0]
