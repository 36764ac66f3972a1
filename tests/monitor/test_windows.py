"""Live windows: what fills a cell, what does not, and that order and repetition do not matter."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.arrays import FloatArray
from domain.instants import MINUTE_MS, to_ms
from domain.quality import Quality
from domain.readings import ENERGY_IMPORT, POWER, POWER_FACTOR, ReadingBatch
from domain.registry import Meter, Stamp
from monitor.roster import Roster, build_roster
from monitor.windows import Windows
from tests.monitor.district import START, main_meter, readings, registry_of

DAY = date(2026, 7, 28)
FIRST = to_ms(START) // MINUTE_MS
CELLS = 120


def roster_of(*meters: Meter) -> Roster:
    return build_roster(registry_of(meters).view(DAY))


def filled(roster: Roster, *batches: ReadingBatch) -> Windows:
    windows = Windows(CELLS, top=FIRST + 90)
    windows.reserve(len(roster))
    for batch in batches:
        windows.accept(batch, roster.slots_of(batch.meter), roster)
    return windows


def cells(windows: Windows, slot: int = 0) -> FloatArray:
    """Power of the minutes from START on, to the end of the ring."""
    return windows.power(np.arange(FIRST, FIRST + 90))[0][:, slot]


@pytest.mark.parametrize(("interval_s", "count"), [(60, 1), (300, 5), (900, 15), (3600, 60)])
def test_a_reading_fills_its_own_interval(interval_s: int, count: int) -> None:
    roster = roster_of(main_meter(1, interval_s=interval_s))
    got = cells(filled(roster, readings("M001", START, [42.0])))
    assert got[:count].tolist() == [42.0] * count
    assert np.isnan(got[count:]).all()


def test_the_ring_forgets_what_is_old_and_ignores_what_is_beyond() -> None:
    roster = roster_of(main_meter(1))
    windows = filled(roster, readings("M001", START, [1.0, 2.0]))
    windows.accept(readings("M001", START + timedelta(hours=3), [9.0]), np.array([0]), roster)
    windows.accept(readings("M001", START - timedelta(hours=3), [9.0]), np.array([0]), roster)
    assert np.nansum(windows.power(np.arange(windows.bottom, windows.top))[0]) == 3.0
    windows.advance(FIRST + 1 + CELLS)
    assert np.isnan(windows.power(np.array([FIRST]))[0]).all()
    assert windows.power(np.array([FIRST + 1]))[0][0, 0] == 2.0
    windows.advance(FIRST + 10 * CELLS)
    assert np.isnan(windows.power(np.arange(windows.bottom, windows.top))[0]).all()


def test_the_first_value_of_a_cell_stays() -> None:
    roster = roster_of(main_meter(1))
    later = readings("M001", START, [2.0])
    both = ReadingBatch.concat([readings("M001", START, [1.0]), later])
    assert cells(filled(roster, both))[0] == 1.0
    assert cells(filled(roster, readings("M001", START, [1.0]), later))[0] == 1.0


def test_instants_build_demand_only_when_they_are_close_together() -> None:
    close = roster_of(main_meter(1, stamp=Stamp.INSTANT, interval_s=300))
    far = roster_of(main_meter(1, stamp=Stamp.INSTANT, interval_s=900))
    reading = readings("M001", START, [5.0])
    assert cells(filled(close, reading))[0] == 5.0
    assert np.isnan(cells(filled(far, reading))).all()


def test_quality_stays_beside_the_value() -> None:
    roster = roster_of(main_meter(1))
    windows = filled(roster, readings("M001", START, [7.0], quality=Quality.SPIKE))
    power, quality = windows.power(np.array([FIRST]))
    assert power[0, 0] == 7.0
    assert quality[0, 0] == Quality.SPIKE


def registers(meter: str, start: datetime, kwh: list[float], step_s: int) -> ReadingBatch:
    batch = readings(meter, start, [np.nan] * len(kwh), step_s=step_s)
    batch.values[:, ENERGY_IMPORT] = kwh
    return batch


def test_registers_alone_give_power_by_their_difference() -> None:
    roster = roster_of(main_meter(1, interval_s=900))
    windows = filled(roster, registers("M001", START, [1000.0, 1025.0, 1075.0], 900))
    got = cells(windows)
    assert got[:15].tolist() == [100.0] * 15
    assert got[15:30].tolist() == [200.0] * 15
    assert np.isnan(got[30:]).all()


def test_a_register_read_at_the_end_belongs_to_the_interval_before() -> None:
    roster = roster_of(main_meter(1, interval_s=900, stamp=Stamp.END))
    got = cells(filled(roster, registers("M001", START, [1000.0, 1025.0], 900)))
    assert np.isnan(got[:15]).all()
    assert got[15:30].tolist() == [100.0] * 15


def test_a_register_that_rolls_over_and_one_that_falls() -> None:
    rolls = roster_of(main_meter(1, interval_s=900, register_modulus_kwh=10_000.0))
    assert cells(filled(rolls, registers("M001", START, [9_990.0, 15.0], 900)))[0] == 100.0
    assert np.isnan(cells(filled(rolls, registers("M001", START, [5_000.0, 15.0], 900)))).all()


def test_a_gap_between_registers_invents_nothing() -> None:
    roster = roster_of(main_meter(1, interval_s=900))
    late = registers("M001", START + timedelta(minutes=30), [1075.0], 900)
    assert np.isnan(cells(filled(roster, registers("M001", START, [1000.0], 900), late))).all()


def test_power_in_its_own_right_replaces_power_from_registers() -> None:
    roster = roster_of(main_meter(1, interval_s=900))
    windows = filled(roster, registers("M001", START, [1000.0, 1025.0], 900))
    windows.accept(readings("M001", START, [99.0]), np.array([0]), roster)
    assert cells(windows)[:15].tolist() == [99.0] * 15


def test_readings_within_a_minute_are_averaged_and_repeats_change_nothing() -> None:
    roster = roster_of(main_meter(1, interval_s=10))
    parts = readings("M001", START, [10.0, 20.0, 30.0, 40.0, 50.0, 60.0], step_s=10)
    assert cells(filled(roster, parts, parts))[0] == 35.0
    assert cells(filled(roster, parts.take(slice(0, 2))))[0] == 15.0


def test_reactive_power_as_sent_or_from_the_power_factor() -> None:
    roster = roster_of(main_meter(1))
    batch = readings("M001", START, [80.0])
    batch.values[:, POWER_FACTOR] = 0.8
    reactive = filled(roster, batch).reactive(np.array([FIRST]))
    assert reactive is not None
    assert reactive[0, 0] == pytest.approx(60.0)
    assert filled(roster, readings("M001", START, [80.0])).reactive(np.array([FIRST])) is None


METERS = (
    main_meter(1),
    main_meter(2, interval_s=300),
    main_meter(3, interval_s=900),
    main_meter(4, interval_s=20),
    main_meter(5, interval_s=900),
)


def _stream() -> ReadingBatch:
    rng = np.random.default_rng(7)
    parts = [
        readings(meter.id, START, rng.uniform(0, 100, 3600 // meter.interval_s).round(2), step_s=meter.interval_s)
        for meter in METERS[:4]
    ]
    return ReadingBatch.concat([*parts, registers("M005", START, [0.0, 10.0, 30.0, 60.0], 900)])


STREAM = _stream()
ROSTER = roster_of(*METERS)


@settings(max_examples=20, deadline=None)
@given(st.permutations(range(len(STREAM))), st.integers(1, 50), st.integers(0, len(STREAM)))
def test_any_order_and_any_repeats_give_the_same_windows(order: list[int], size: int, repeats: int) -> None:
    expected = cells_of_all(filled(ROSTER, STREAM))
    shuffled = np.array([*order, *order[:repeats]])
    pieces = [STREAM.take(shuffled[i : i + size]) for i in range(0, len(shuffled), size)]
    np.testing.assert_allclose(cells_of_all(filled(ROSTER, *pieces)), expected, rtol=1e-12)


def cells_of_all(windows: Windows) -> FloatArray:
    power, quality = windows.power(np.arange(windows.bottom, windows.top))
    return np.concatenate([power, quality])


def test_room_for_more_meters_keeps_what_is_there() -> None:
    small = roster_of(main_meter(1))
    windows = filled(small, readings("M001", START, [5.0]))
    more = build_roster(registry_of([main_meter(n) for n in range(1, 40)]).view(DAY), small.ids)
    windows.accept(readings("M039", START, [6.0]), more.slots_of(np.array(["M039"], dtype=object)), more)
    power = windows.power(np.array([FIRST]))[0][0]
    assert power[0] == 5.0
    assert power[more.slot["M039"]] == 6.0


def test_meters_that_left_keep_their_slot_and_are_no_longer_expected() -> None:
    known = roster_of(main_meter(1), main_meter(2))
    gone = replace(main_meter(2), in_service=False)
    later = build_roster(registry_of([main_meter(1), gone]).view(DAY), known.ids)
    assert later.ids == known.ids
    assert later.expected.tolist() == [True, False]


def test_a_value_beside_its_power_is_not_power() -> None:
    roster = roster_of(main_meter(1))
    batch = readings("M001", START, [np.nan])
    batch.values[:, POWER + 5] = 231.0
    assert np.isnan(cells(filled(roster, batch))).all()
