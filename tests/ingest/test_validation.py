"""Validation: whose reading, in which values, for which interval, and what does not fit."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.settings import Settings
from domain.ids import AccountId, EnterpriseId, GatewayId, MeterId
from domain.instants import from_ms, to_ms
from domain.quality import Quality
from domain.readings import CURRENT, ENERGY_IMPORT, POWER, VOLTAGE, ReadingBatch
from domain.registry import ALWAYS, Account, Enterprise, Meter, Registry, Stamp
from ingest.intake import Intake, Processed
from ingest.journal import JournalRecord
from tests.ingest.plant import DISTRICT, NOON, NOON_MS, make_intake, payload, plant_registry, topic
from tests.support.clock import HandClock

GATEWAY = f"yingfeng/v1/{DISTRICT}/gateway/G1/readings"


def take(intake: Intake, *payloads: bytes, where: str | None = None, received_ms: int | None = None) -> Processed:
    at = NOON_MS if received_ms is None else received_ms
    return intake.process([JournalRecord(at, where or topic(), each) for each in payloads])


def reason(processed: Processed) -> str:
    assert len(processed.batch) == 0
    assert len(processed.rejects) == 1
    return processed.rejects[0].reason


def minutes(intake: Intake, powers: list[float], *, start: int = 0, step: int = 1, **values: object) -> list[int]:
    """Quality codes of one meter's readings, each received as it is stamped."""
    records = [
        JournalRecord(NOON_MS + 60_000 * (start + i * step), topic(), payload(start + i * step, p_kw=power, **values))
        for i, power in enumerate(powers)
    ]
    processed = intake.process(records)
    assert not processed.rejects
    return [int(q) for q in processed.batch.quality]


# Who may speak.


@pytest.mark.parametrize(
    ("where", "body", "expected"),
    [
        (topic("M999"), payload(), "unknown_meter"),
        (topic("M000", "E999"), payload(), "foreign_meter"),
        (topic("M999", "E999"), payload(), "unknown_enterprise"),
        (topic("M000", "E002"), payload(), "foreign_meter"),
        (topic("B001", "E001"), payload(), "foreign_meter"),
        (GATEWAY.replace("G1", "G2"), payload(meter="M000"), "gateway_not_allowed"),
        (GATEWAY, payload(meter="B001"), "gateway_not_allowed"),
        (topic(), payload(p_kw=2e6), "out_of_range"),
        (topic(), payload(pf=1.2), "out_of_range"),
        (topic(), payload(e_imp_kwh=-1.0), "out_of_range"),
        (topic(), payload(6), "future"),
        (topic(), payload(-60 * 24 * 401), "too_old"),
        (topic(), b"{", "malformed_json"),
    ],
)
def test_what_may_not_be_taken_is_refused_with_its_reason(where: str, body: bytes, expected: str) -> None:
    processed = take(make_intake(), body, where=where)
    assert reason(processed) == expected
    assert processed.rejects[0].detail
    assert processed.rejects[0].topic == where


def test_the_grid_speaks_for_meters_without_an_enterprise_and_a_gateway_for_its_own() -> None:
    intake = make_intake()
    assert take(intake, payload(), where=topic("B001", "grid")).batch.meter.tolist() == ["B001"]
    assert take(intake, payload(meter="M001"), where=GATEWAY).batch.meter.tolist() == ["M001"]


def test_bad_rows_of_a_list_leave_the_good_ones_and_can_be_replayed_alone() -> None:
    rows = [{"meter": f"M00{i}", "ts": NOON_MS, "p_kw": 10.0 * i, "mult_applied": True} for i in range(4)]
    rows[1]["meter"] = "M999"
    rows[2]["p_kw"] = 1e9
    intake = make_intake()
    processed = take(intake, msgspec.json.encode(rows), where=GATEWAY)
    assert processed.batch.meter.tolist() == ["M000", "M003"]
    assert processed.origin.tolist() == [0, 0]
    assert [(r.reason, r.meter) for r in processed.rejects] == [("unknown_meter", "M999"), ("out_of_range", "M002")]
    known = make_intake(plant_registry(1000))
    again = known.process([JournalRecord(NOON_MS, r.topic, r.payload) for r in processed.rejects[:1]])
    assert again.batch.meter.tolist() == ["M999"]
    assert again.batch.values[0, POWER] == 10.0


def test_a_meter_out_of_service_is_refused_from_that_day_on() -> None:
    day = date(2026, 7, 20)
    registry = plant_registry(1)
    gone = Meter(MeterId("M000"), day, AccountId("001"), in_service=False)
    intake = make_intake(Registry(2, registry.enterprises, registry.accounts, (*registry.meters, gone)))
    assert reason(take(intake, payload())) == "out_of_service"
    assert len(take(intake, payload(-24 * 60)).batch) == 1


# In which values.


@pytest.mark.parametrize(
    ("primary", "said", "factor"),
    [(True, None, 1), (False, None, 300), (True, False, 300), (False, True, 1), (True, True, 1)],
)
def test_the_multiplier_is_applied_once(primary: bool, said: bool | None, factor: float) -> None:
    intake = make_intake(plant_registry(multiplier=300.0, primary_values=primary))
    values = take(intake, payload(p_kw=2.0, e_imp_kwh=7.0, u_v=100.0, i_a=3.0, mult_applied=said)).batch.values[0]
    assert values[[POWER, ENERGY_IMPORT]].tolist() == [2.0 * factor, 7.0 * factor]
    # The registry knows only the product of both ratios, so voltage and current stay as measured.
    assert values[[VOLTAGE, CURRENT]].tolist() == [100.0, 3.0]


def test_the_multiplier_in_force_that_local_day_counts() -> None:
    registry = plant_registry(1, multiplier=10.0, primary_values=False)
    later = Meter(MeterId("M000"), date(2026, 7, 20), AccountId("001"), multiplier=20.0, primary_values=False)
    intake = make_intake(Registry(2, registry.enterprises, registry.accounts, (*registry.meters, later)))
    midnight = to_ms(datetime(2026, 7, 19, 16, 0, tzinfo=UTC))  # 00:00 in Shanghai
    bodies = [msgspec.json.encode({"ts": midnight + d, "p_kw": 1.0}) for d in (-60_000, 0)]
    assert take(intake, *bodies).batch.values[:, POWER].tolist() == [10.0, 20.0]


# For which interval.


@pytest.mark.parametrize(
    ("stamp", "interval_s", "off_s", "start_s", "flag"),
    [
        (Stamp.START, 60, 0, 0, Quality.OK),
        (Stamp.START, 60, 7, 0, Quality.OK),
        (Stamp.START, 60, -7, 0, Quality.OK),
        (Stamp.END, 60, 0, -60, Quality.OK),
        (Stamp.END, 900, 3, -900, Quality.OK),
        (Stamp.END, 900, -3, -900, Quality.OK),
        (Stamp.START, 900, 200, 0, Quality.CLOCK),
        (Stamp.INSTANT, 60, 59, 0, Quality.OK),
        (Stamp.INSTANT, 60, -1, -60, Quality.OK),
    ],
)
def test_stamps_become_interval_starts(stamp: Stamp, interval_s: int, off_s: int, start_s: int, flag: Quality) -> None:
    intake = make_intake(plant_registry(stamp=stamp, interval_s=interval_s))
    body = msgspec.json.encode({"ts": NOON_MS + off_s * 1000, "p_kw": 1.0})
    batch = take(intake, body, received_ms=NOON_MS + 240_000).batch
    assert batch.ts_ms.tolist() == [NOON_MS + start_s * 1000]
    assert batch.quality.tolist() == [flag]


def test_an_end_stamp_at_midnight_belongs_to_the_day_before() -> None:
    registry = plant_registry(1, stamp=Stamp.END, interval_s=900)
    later = Meter(MeterId("M000"), date(2026, 7, 20), AccountId("001"), stamp=Stamp.START, interval_s=60)
    intake = make_intake(Registry(2, registry.enterprises, registry.accounts, (*registry.meters, later)))
    midnight = to_ms(datetime(2026, 7, 19, 16, 0, tzinfo=UTC))
    # On the new day the meter stamps the start: 00:00 is then the new day's first minute, by the version in force then.
    assert take(intake, msgspec.json.encode({"ts": midnight, "p_kw": 1.0})).batch.ts_ms.tolist() == [midnight]
    unchanged = make_intake(registry)
    batch = take(unchanged, msgspec.json.encode({"ts": midnight, "p_kw": 1.0})).batch
    assert batch.ts_ms.tolist() == [midnight - 900_000]


def test_a_clock_ahead_is_flagged_then_refused() -> None:
    intake = make_intake()
    assert take(intake, payload(2)).batch.quality.tolist() == [Quality.CLOCK]
    assert reason(take(intake, payload(6))) == "future"


# What does not fit.


def test_more_than_the_transformers_carry_is_bad() -> None:
    assert minutes(make_intake(), [2399.0, 2401.0, -2401.0]) == [Quality.OK, Quality.BAD, Quality.BAD]


def test_a_lowered_running_capacity_does_not_hide_a_violation() -> None:
    registry = plant_registry()
    account = Account(
        AccountId("001"), ALWAYS, EnterpriseId("E001"), running_capacity_kva=500.0, contract_capacity_kva=2000.0
    )
    intake = make_intake(Registry(2, registry.enterprises, (account,), registry.meters))
    assert minutes(intake, [1500.0]) == [Quality.OK]


@pytest.mark.parametrize(
    ("registers", "expected"),
    [
        ([100.0, 101.0, 102.0], [0, 0, 0]),
        ([100.0, 50.0, 51.0], [0, 6, 0]),
        ([999_990.0, 5.0, 6.0], [0, 0, 0]),
        ([999_990.0, 500_000.0], [0, 6]),
        ([100.0, 100_000.0, 100_001.0], [0, 6, 0]),
    ],
)
def test_registers_roll_over_are_swapped_or_leap(registers: list[float], expected: list[int]) -> None:
    intake = make_intake()
    assert [minutes(intake, [60.0 + i], start=i, e_imp_kwh=e)[0] for i, e in enumerate(registers)] == expected


def test_what_the_meter_distrusts_is_carried() -> None:
    said = ["OK", "good", "estimated", "spike", "rubbish"]
    found = [minutes(make_intake(), [5.0], quality=word)[0] for word in said]
    assert found == [Quality.OK, Quality.OK, Quality.ESTIMATED, Quality.SPIKE, Quality.BAD]


def day_of(intake: Intake, *, days: int = 1, start: int = -60 * 24 * 2) -> int:
    """Quarter hours between 80 and 120 kW; returns the minute after them."""
    count = 96 * days
    wave = [100.0 + 20.0 * math.sin(i / 7.0) for i in range(count)]
    assert set(minutes(intake, wave, start=start, step=15)) == {Quality.OK}
    return start + 15 * count


def quarters() -> Intake:
    return make_intake(plant_registry(interval_s=900))


def test_a_spike_is_flagged_and_the_peak_of_a_hot_day_is_not() -> None:
    intake = quarters()
    at = day_of(intake)
    assert minutes(intake, [180.0, 100.0, 400.0, 101.0], start=at, step=15) == [0, 0, Quality.SPIKE, 0]


def test_a_high_value_that_stays_is_a_new_level() -> None:
    intake = quarters()
    at = day_of(intake)
    assert minutes(intake, [500.0] * 2 + [501.0, 502.0, 503.0], start=at, step=15) == [2, 2, 0, 0, 0]


def test_energy_of_a_gap_in_one_interval_is_a_catch_up() -> None:
    intake = quarters()
    at = day_of(intake)
    assert minutes(intake, [100.0], start=at, step=15) == [0]
    assert minutes(intake, [200.0, 100.0], start=at + 120, step=15) == [Quality.CATCH_UP, 0]


def test_what_was_usual_before_weeks_of_silence_hides_no_later_spike() -> None:
    """A season later the meter draws a third of what it did: the old level must not make room for a spike."""
    intake = quarters()
    day_of(intake, start=-60 * 24 * 20)
    low = [30.0 + 6.0 * math.sin(i / 7.0) for i in range(96 * 2)]
    assert set(minutes(intake, low, start=-60 * 24 * 3, step=15)) == {Quality.OK}
    assert minutes(intake, [150.0], start=-60 * 24, step=15) == [Quality.SPIKE]


def test_a_new_meter_is_not_judged_by_a_past_it_does_not_have() -> None:
    assert minutes(quarters(), [1.0, 500.0, 1.0], step=15, start=-60) == [0, 0, 0]


def test_a_standing_power_is_frozen_after_four_hours_unless_the_register_agrees() -> None:
    frozen = minutes(_warm(), [104.2] * 20, start=-300, step=15)
    assert frozen == [0] * 15 + [3] * 5
    intake = _warm()
    agreed = [minutes(intake, [104.2], start=-300 + 15 * i, e_imp_kwh=1000.0 + 104.2 * i / 4)[0] for i in range(20)]
    assert agreed == [0] * 20
    assert minutes(_warm(), [0.0] * 20, start=-300, step=15) == [0] * 20


def _warm() -> Intake:
    intake = quarters()
    day_of(intake, start=-300 - 96 * 15)
    return intake


# The same stream, the same answer.

_STREAM = st.lists(
    st.tuples(
        st.sampled_from(["M000", "M001", "M002", "M999"]),
        st.integers(-3000, 0),
        st.one_of(st.floats(0, 3000), st.just(100.0), st.just(0.0)),
        st.one_of(st.none(), st.floats(0, 1e6)),
    ),
    max_size=60,
)


@settings(max_examples=60, deadline=None)
@given(stream=_STREAM, cuts=st.sets(st.integers(0, 60), max_size=6))
def test_how_the_journal_is_cut_into_batches_changes_nothing(
    stream: list[tuple[str, int, float, float | None]], cuts: set[int]
) -> None:
    records = [
        JournalRecord(NOON_MS, topic(meter), payload(minute * 15, p_kw=power, e_imp_kwh=energy))
        for meter, minute, power, energy in stream
    ]
    whole = make_intake(plant_registry(interval_s=900)).process(records)
    parts_of = make_intake(plant_registry(interval_s=900))
    edges = [0, *sorted(c for c in cuts if c < len(records)), len(records)]
    parts = [parts_of.process(records[a:b]) for a, b in pairwise(edges)]
    joined = ReadingBatch.concat([p.batch for p in parts])
    assert _plain(joined) == _plain(whole.batch)
    assert [r for p in parts for r in p.rejects if r.meter] == [r for r in whole.rejects if r.meter]


def _plain(batch: ReadingBatch) -> list[tuple[object, ...]]:
    values = [tuple(None if v != v else v for v in row) for row in batch.values.tolist()]
    return list(zip(batch.meter.tolist(), batch.ts_ms.tolist(), values, batch.quality.tolist(), strict=True))


def test_what_is_usual_survives_a_restart(tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.mktemp("memory") / "memory.npz"
    intake = quarters()
    at = day_of(intake)
    minutes(intake, [100.0], start=at, step=15)
    intake.save(file)
    fresh = quarters()
    assert fresh.load(file)
    assert minutes(fresh, [400.0], start=at + 15, step=15) == [Quality.SPIKE]
    file.write_bytes(b"rubbish")
    assert not quarters().load(file)


def test_many_days_at_once_use_the_registry_of_each_day() -> None:
    registry = plant_registry(1)
    versions = tuple(
        Meter(
            MeterId("M000"),
            date(2026, 6, 1) + timedelta(days=d),
            AccountId("001"),
            multiplier=d + 1.0,
            primary_values=False,
        )
        for d in range(40)
    )
    intake = make_intake(Registry(2, registry.enterprises, registry.accounts, versions))
    first = to_ms(datetime(2026, 6, 1, 4, 0, tzinfo=UTC))
    bodies = [msgspec.json.encode({"ts": first + 86_400_000 * d, "p_kw": 1.0}) for d in range(40)]
    assert take(intake, *bodies).batch.values[:, POWER].tolist() == [d + 1.0 for d in range(40)]


def test_at_speed_the_transport_does_not_make_a_reading_come_from_the_future() -> None:
    class Fast(HandClock):
        def speed(self) -> float:
            return 600.0

    registry = plant_registry()
    intake = Intake(lambda: registry, Settings(), Fast(NOON))
    assert len(take(intake, payload(10)).batch) == 1
    assert reason(take(intake, payload(30))) == "future"


def test_an_enterprise_of_another_name_is_told_apart_from_an_unknown_one() -> None:
    registry = Registry(
        1,
        (Enterprise(EnterpriseId("E001"), ALWAYS, "甲厂"),),
        (Account(AccountId("001"), ALWAYS, EnterpriseId("E001")),),
        (Meter(MeterId("M000"), ALWAYS, AccountId("001"), gateway=GatewayId("G1")),),
    )
    detail = take(make_intake(registry), payload(), where=topic("M000", "E002")).rejects[0].detail
    assert "M000" in detail
    assert "E002" in detail
    assert from_ms(NOON_MS).date().isoformat() in detail
