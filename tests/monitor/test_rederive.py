"""Readings older than the ring: imported, late, or written while the engine was away."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import InsufficientData, Unavailable
from domain.events import DemandRevised, IngestStarted, ReadingsStored
from domain.instants import Span, from_ms, to_ms
from domain.people import SYSTEM
from domain.readings import ReadingBatch
from domain.registry import DataClass
from domain.scopes import DISTRICT, MONITORED, Scope, meter_scope
from ingest.late import late_marks
from storage.ports import DemandRows
from storage.readings.memory import MemoryStore
from tests.monitor.district import START, ZONE, District, boundary_meter, main_meter, readings, registry_of
from tests.monitor.test_desk import desk_of

YESTERDAY = START - timedelta(days=1)


def rows_of(district: District, *scopes: Scope, hours: int = 1) -> DemandRows:
    span = Span(YESTERDAY, YESTERDAY + timedelta(hours=hours))
    return district.store.read_demand(scopes or (MONITORED,), span)


def stored(district: District, meter: str, power_kw: list[float], *, step_s: int = 60) -> None:
    """Readings that reach the store without passing the engine, marked as the writer does."""
    arrive(district, readings(meter, YESTERDAY, power_kw, step_s=step_s))


def arrive(district: District, batch: ReadingBatch) -> None:
    district.store.write(batch)
    district.ledger.dirty.mark(late_marks(batch, district.clock.now_ms(), ZONE))


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
    arrive(district, readings("M001", old, [1.0] * 15))
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


class AwayStore(MemoryStore):
    """Does not answer while ``away``."""

    away = False

    def read(self, meters: Sequence[str], span: Span, *, limit: int | None = None) -> ReadingBatch:
        if self.away:
            raise Unavailable("the store is away")
        return super().read(meters, span, limit=limit)


@pytest.mark.parametrize("told", [True, False])
def test_what_was_stored_while_the_store_did_not_answer_or_nobody_heard_is_seen_at_the_next_look(told: bool) -> None:
    """A member of ingest was dead: its share comes late, into minutes that were looked at already."""
    store = AwayStore()
    district = District(registry_of([main_meter(1), main_meter(2)]), store=store)
    district.pass_minutes(20, {"M001": 70.0})
    late = readings("M002", START, [30.0] * 20)
    store.write(late)
    if told:
        store.away = True
        district.engine.catch_up(ReadingsStored(("M002",), to_ms(START), int(late.ts_ms.max()) + 1))
        store.away = False
    else:
        district.engine.look_again(IngestStarted())
    district.engine.tick()
    load = district.engine.load(MONITORED)
    assert load is not None
    assert load.coverage == 1.0
    assert load.sliding_kw == 100.0


def test_a_revision_of_today_keeps_its_estimate_for_the_silent() -> None:
    """Five hours ago, long out of the ring, one of two meters was silent; what is usual for it is known."""
    district = District(registry_of([main_meter(1), main_meter(2)]))
    early = START - timedelta(hours=5)
    for back in range(1, 15):
        for meter in ("M001", "M002"):
            district.store.write(readings(meter, early - timedelta(days=back), [80.0] * 15))
    work(district, 2)
    batch = readings("M001", early, [100.0] * 15)
    arrive(district, batch)
    work(district)
    rows = district.store.read_demand((MONITORED,), Span(early, early + timedelta(minutes=15)))
    assert rows.quality.tolist() == ["insufficient"]
    assert rows.estimate_kw.tolist() == [180.0]


def test_a_superseded_figure_stays_readable_with_the_moment_it_ended() -> None:
    """Invariant 5: what we knew then, what we know now."""
    district = District(registry_of([main_meter(1), main_meter(2)]))
    arrive(district, ReadingBatch.concat([readings(m, YESTERDAY, [100.0] * 15) for m in ("M001",)]))
    work(district)
    first_at = district.clock.now_ms()
    district.clock.advance(3600)
    stored(district, "M002", [50.0] * 15)
    work(district)
    past = district.ledger.superseded.read([MONITORED], Span(YESTERDAY, YESTERDAY + timedelta(hours=1)))
    assert past.rows.revision.tolist() == [0, 1]
    assert past.rows.coverage.tolist() == [0.0, 0.5]
    assert past.superseded_ms.tolist() == [first_at, first_at + 3_600_000]
    assert rows_of(district).revision.tolist() == [2]
    desk = desk_of(district)
    hour = Span(YESTERDAY, YESTERDAY + timedelta(minutes=15))

    def known(at_ms: int) -> tuple[float, float, int]:
        curve = desk.curve(SYSTEM, MONITORED, hour, as_of=from_ms(at_ms))
        return float(curve.coverage[0]), float(np.nan_to_num(curve.demand_kw[0], nan=-1.0)), int(curve.revision[0])

    assert known(first_at - 1) == (0.0, -1.0, 0)
    assert known(first_at + 1) == (0.5, -1.0, 1)
    assert known(district.clock.now_ms()) == (1.0, 150.0, 2)
    assert [(r.revision, r.demand_kw) for r in desk.revisions(SYSTEM, MONITORED, hour)] == [(0, None), (1, None)]
    assert desk.indices(SYSTEM, MONITORED, date(2026, 7, 27), date(2026, 7, 27), as_of=from_ms(first_at))[0].day
    with pytest.raises(InsufficientData, match=r"monitor\.superseded_days"):
        desk.curve(SYSTEM, MONITORED, hour, as_of=district.clock.now() - timedelta(days=401))


def test_what_waits_to_be_derived_outlives_the_process() -> None:
    district = District(registry_of([main_meter(1)]))
    stored(district, "M001", [100.0] * 15)
    district.engine = district.new_engine()  # killed before its first tick
    work(district)
    assert rows_of(district).demand_kw.tolist() == [100.0]
    assert district.ledger.dirty.pending() == []


def test_a_store_that_has_not_got_everything_yet_makes_no_revision_downwards() -> None:
    """The writer lags behind: the engine has closed the block from its windows, and half of it is stored so far."""
    district = District(registry_of([main_meter(1)]))
    stored(district, "M001", [100.0] * 15)
    work(district)
    behind = District(registry_of([main_meter(1)]))
    behind.store.write_demand(rows_of(district))
    stored(behind, "M001", [100.0] * 5)
    work(behind)
    assert rows_of(behind).revision.tolist() == [1]
    assert rows_of(behind).demand_kw.tolist() == [100.0]


def test_what_was_derived_is_announced_with_its_scopes() -> None:
    district = District(registry_of([main_meter(1), main_meter(2)]))
    heard: list[DemandRevised] = []
    district.bus.subscribe(DemandRevised, heard.append)
    stored(district, "M001", [100.0] * 30)
    work(district)
    assert [(from_ms(e.start_ms), e.end_ms - e.start_ms, e.revision) for e in heard] == [(YESTERDAY, 1_800_000, 1)]
    assert {MONITORED, meter_scope("M001")} <= set(heard[0].scopes)
    assert meter_scope("M002") not in heard[0].scopes


@settings(max_examples=12, deadline=None)
@given(st.data())
def test_any_order_cut_and_repeat_of_late_readings_leaves_the_same_figures(data: st.DataObject) -> None:
    whole = [readings(m, YESTERDAY, range(kw, kw + 45)) for m, kw in (("M001", 10), ("M002", 100))]
    rows = [batch.take(slice(i, i + 1)) for batch in whole for i in range(0, 45)]
    shuffled = data.draw(st.permutations(rows))
    repeated = shuffled + data.draw(st.lists(st.sampled_from(rows), max_size=10))
    cuts = sorted(data.draw(st.sets(st.integers(1, len(repeated) - 1), max_size=3)))
    district = District(registry_of([main_meter(1), main_meter(2)]))
    for first, last in itertools.pairwise([0, *cuts, len(repeated)]):
        arrive(district, ReadingBatch.concat(repeated[first:last]))
        work(district, 3)
    at_once = District(registry_of([main_meter(1), main_meter(2)]))
    arrive(at_once, ReadingBatch.concat(whole))
    work(at_once, 3)
    for scope in (MONITORED, meter_scope("M001"), meter_scope("M002")):
        assert rows_of(district, scope).demand_kw.tolist() == pytest.approx(rows_of(at_once, scope).demand_kw.tolist())
    past = district.ledger.superseded.read([MONITORED], Span(YESTERDAY, YESTERDAY + timedelta(hours=1)))
    present = rows_of(district)
    for ts_ms, revision in zip(present.ts_ms.tolist(), present.revision.tolist(), strict=True):
        known = past.rows.revision[past.rows.ts_ms == ts_ms].tolist()
        assert known == list(range(revision)), "every figure that was replaced is kept"
