"""What the twin's meters say, decoded again by our own codec."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from functools import lru_cache
from itertools import pairwise

import numpy as np
import pytest

from domain.instants import MINUTE_MS, to_ms
from domain.registry import Stamp
from ingest.codecs.native import decode
from ingest.twin.district import District
from ingest.twin.misbehaviour import FOR_EVER_MS, Fault, FaultKind, Misbehaviour, register_events
from ingest.twin.stream import Message, MeterStream

START = to_ms(datetime(2026, 7, 22, 6, tzinfo=UTC))
Said = dict[str, list[tuple[int, float, float]]]


@lru_cache
def district() -> District:
    return District.generate(4, 30, installed=date(2026, 7, 21))


def plain_meter() -> str:
    """A main meter that speaks for itself every minute, stamps starts and shows primary values."""
    return next(
        str(m.meter.id)
        for m in district().meters
        if m.meter.interval_s == 60 and m.meter.stamp is Stamp.START and m.meter.primary_values and m.enterprise
    )


def stream(*planned: Fault) -> MeterStream:
    return MeterStream(district(), "gaoxin", Misbehaviour(4, district().ids, rate=0, planned=planned))


def heard(messages: list[Message]) -> Said:
    """Stamp, power and register of each reading by meter, in the order they came."""
    said: Said = {}
    for message in messages:
        if message.topic.endswith("weather"):
            continue
        decoded = decode(message.topic, message.payload, 0, district="gaoxin")
        assert not decoded.rejects
        assert len(decoded.columns.meter) == message.readings
        for meter, ts_ms, values in zip(
            decoded.columns.meter, decoded.columns.ts_ms, decoded.columns.values, strict=True
        ):
            said.setdefault(meter, []).append((ts_ms, values[0] or 0.0, values[3] or 0.0))
    return said


def minutes(source: MeterStream, first: int, last: int) -> Said:
    return heard([m for k in range(first, last + 1) for m in source.minute(START + k * MINUTE_MS)])


def fault(kind: FaultKind, first: int, last: int, size: float = 0.0) -> Fault:
    return Fault(plain_meter(), kind, START + first * MINUTE_MS, START + last * MINUTE_MS, size)


def test_every_meter_says_its_mean_power_once_an_interval() -> None:
    said = minutes(stream(), 1, 15)
    for row, twin in enumerate(district().meters):
        readings = said[str(twin.meter.id)]
        step = twin.meter.interval_s * 1000
        assert len(readings) == 900_000 // step
        factor = 1.0 if twin.meter.primary_values else twin.meter.multiplier
        for stamp, power, register in readings:
            start = stamp - step if twin.meter.stamp is Stamp.END else stamp
            kw = district().minutes_kw(start, start + step)[row].mean()
            assert power * factor == pytest.approx(kw, abs=0.0006 * max(factor / 50, 1))
            energy = district().register_kwh(row, stamp) / factor % twin.meter.register_modulus_kwh
            assert register == pytest.approx(energy, abs=0.006)


def test_the_weather_is_reported_every_ten_minutes() -> None:
    sent = [m for k in range(20) for m in stream().minute(START + k * MINUTE_MS) if m.topic.endswith("weather")]
    reports = [json.loads(message.payload) for message in sent]
    measured = [report for report in reports if "ts" in report]
    assert len(measured) == 2
    assert datetime.fromisoformat(measured[0]["ts"]).astimezone(UTC) == datetime(2026, 7, 22, 6, tzinfo=UTC)
    assert 15 < measured[0]["temp_c"] < 45
    (forecast,) = (report for report in reports if "forecast" in report)
    assert (forecast["issued_at"], forecast["forecast"][0]["ts"]) == (START, START + 60 * MINUTE_MS)
    assert len(forecast["forecast"]) == 72


def test_an_offline_meter_says_nothing_and_never_makes_up_for_it() -> None:
    said = minutes(stream(fault(FaultKind.OFFLINE, 5, 10)), 1, 20)[plain_meter()]
    assert [(ts - START) // MINUTE_MS for ts, _, _ in said] == [*range(4), *range(9, 20)]


def test_a_backlog_comes_at_once_and_leaves_no_hole() -> None:
    source = stream(fault(FaultKind.BACKLOG, 5, 10))
    said = minutes(source, 1, 20)[plain_meter()]
    assert [(ts - START) // MINUTE_MS for ts, _, _ in said] == [*range(20)]
    assert len(heard(source.minute(START + 10 * MINUTE_MS))[plain_meter()]) == 6
    assert plain_meter() not in heard(source.minute(START + 9 * MINUTE_MS))


def test_a_frozen_power_stands_while_the_register_moves() -> None:
    said = minutes(stream(fault(FaultKind.FROZEN, 5, 12)), 6, 12)[plain_meter()]
    assert len({power for _, power, _ in said}) == 1
    registers = [register for _, _, register in said]
    assert registers == sorted(set(registers))
    after = minutes(stream(fault(FaultKind.FROZEN, 5, 12)), 13, 18)[plain_meter()]
    assert len({power for _, power, _ in after}) > 1


def test_a_drifting_clock_shifts_stamps_only() -> None:
    off = minutes(stream(fault(FaultKind.CLOCK_DRIFT, 0, 20, 95.0)), 3, 6)[plain_meter()]
    right = minutes(stream(), 3, 6)[plain_meter()]
    assert [(ts + 95_000, p, e) for ts, p, e in right] == off


def test_duplicates_are_the_same_message_twice() -> None:
    said = minutes(stream(fault(FaultKind.DUPLICATE, 0, 20)), 3, 6)[plain_meter()]
    assert said[::2] == said[1::2]
    assert len(said) == 8


def test_messages_out_of_order_overtake_each_other_and_none_is_lost() -> None:
    said = minutes(stream(fault(FaultKind.OUT_OF_ORDER, -60, 200)), 0, 63)[plain_meter()]
    stamps = [ts for ts, _, _ in said]
    assert stamps != sorted(stamps)
    assert len(stamps) == len(set(stamps))
    wanted = {START + k * MINUTE_MS for k in range(59)}
    assert wanted <= set(stamps)


@pytest.mark.parametrize(("kind", "shown"), [(FaultKind.EXCHANGED, 1.5), (FaultKind.ROLLOVER, 99_999_999.5)])
def test_an_exchanged_or_rolled_over_register_goes_on_counting(kind: FaultKind, shown: float) -> None:
    event = Fault(plain_meter(), kind, START + 5 * MINUTE_MS, START + FOR_EVER_MS, shown)
    row = district().place(plain_meter())
    modulus = district().meters[row].meter.register_modulus_kwh
    said = minutes(stream(event), 6, 30)[plain_meter()]
    assert said[0][2] == pytest.approx(shown)
    counted = np.array([register for _, _, register in said])
    energy = district().minutes_kw(said[0][0], said[-1][0])[row].sum() / 60
    assert (counted[-1] - counted[0]) % modulus == pytest.approx(energy, abs=0.02)
    if kind is FaultKind.ROLLOVER:
        assert counted[-1] < counted[0]


def test_mischief_is_drawn_by_the_seed_and_spares_the_boundary() -> None:
    begin, end = START, START + 20 * 86_400_000
    drawn = Misbehaviour(4, district().ids).faults(begin, end)
    assert drawn == Misbehaviour(4, district().ids).faults(begin, end)
    assert {f.kind for f in drawn} == set(FaultKind) - {FaultKind.EXCHANGED, FaultKind.ROLLOVER}
    assert not any(f.meter.startswith("B") for f in drawn)
    assert Misbehaviour(4, district().ids, rate=0).faults(begin, end) == []
    twice = Misbehaviour(4, district().ids, rate=2).faults(begin, end)
    assert len(twice) > 1.5 * len(drawn)


def test_register_events_are_two_of_each_within_their_time() -> None:
    last = START + 3 * 3_600_000
    events = register_events(4, district(), START, last)
    assert sorted(e.kind for e in events) == sorted([FaultKind.EXCHANGED, FaultKind.ROLLOVER] * 2)
    assert all(START <= e.start_ms < last for e in events)
    source = stream(*events)
    rolling = [e.meter for e in events if e.kind is FaultKind.ROLLOVER]
    said = minutes(source, 1, 3 * 60)
    for meter in rolling:
        registers = [register for _, _, register in said[meter]]
        falls = [(a, b) for a, b in pairwise(registers) if b < a]
        assert len(falls) == 1, "it rolls over once"
        assert falls[0][1] < 1_000
