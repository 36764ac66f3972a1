"""Mapped and native messages through one intake: the registry says who may speak; what is refused can be replayed."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from config.settings import Settings
from domain.ids import AccountId, EnterpriseId, GatewayId, MeterId
from domain.quality import Quality
from domain.registry import ALWAYS, Account, Enterprise, Meter, Registry
from ingest.intake import Intake, Processed
from ingest.journal import JournalRecord
from tests.ingest.plant import NOON, NOON_MS, payload, topic
from tests.support.clock import HandClock

SETTINGS = Settings.model_validate({"mqtt": {"mappings": ["acrel_gateway", "acrel_direct", "cet"]}})
HOUR_MS = 3_600_000


def registry() -> Registry:
    """E001: 101 and 102 behind gateway GW1, M7 is the only meter behind SN7; E002: 201 behind GW2."""
    enterprises = tuple(Enterprise(EnterpriseId(e), ALWAYS, e) for e in ("E001", "E002"))
    accounts = tuple(
        Account(AccountId(a), ALWAYS, EnterpriseId(e), running_capacity_kva=2000.0)
        for a, e in (("1", "E001"), ("2", "E002"))
    )

    def meter(name: str, account: str, gateway: str, **more: Any) -> Meter:
        return Meter(MeterId(name), ALWAYS, AccountId(account), gateway=GatewayId(gateway), **more)

    meters = (
        meter("101", "1", "GW1", multiplier=40.0, primary_values=False),
        meter("102", "1", "GW1"),
        meter("M7", "1", "SN7"),
        meter("201", "2", "GW2"),
    )
    return Registry(1, enterprises, accounts, meters)


def process(*records: tuple[str, bytes], known: Registry | None = None) -> Processed:
    found = known or registry()
    intake = Intake(lambda: found, SETTINGS, HandClock(NOON))
    return intake.process([JournalRecord(NOON_MS, where, body) for where, body in records])


def data(gateway: str, meter: str, *, at: str = "20260720120000", **values: object) -> tuple[str, bytes]:
    body = {"type": "data", "time": at, "gwSN": gateway, "meterSN": meter, "p": 1.5, **values}
    return f"/gw/acrelHW/null/data/{gateway}", msgspec.json.encode(body)


def test_local_time_multiplier_and_gateway_come_out_right() -> None:
    done = process(data("GW1", "101", wh=10.0))
    (row,) = done.batch.rows()
    assert (row.meter, row.ts_ms) == ("101", NOON_MS)
    assert row.values[0] == 1.5 * 40
    assert row.values[3] == 10.0 * 40
    assert not done.rejects


def test_native_and_mapped_in_one_batch() -> None:
    done = process(data("GW1", "102"), (topic("102", "E001"), payload(1)))
    assert [(r.meter, r.ts_ms) for r in done.batch.rows()] == [("102", NOON_MS), ("102", NOON_MS + 60_000)]


def test_a_device_that_names_itself_is_the_only_meter_behind_it() -> None:
    points = [{"id": 13, "val": 4.5}]
    body = {"type": "data", "time": "20260720120000", "gwSN": "SN7", "data": [{"point": points}]}
    done = process(("/gw/acrelHW/ADW300/data/SN7", msgspec.json.encode(body)), data("SN7", "SN7", at="20260720120100"))
    assert [r.meter for r in done.batch.rows()] == ["M7", "M7"]


def test_a_gateway_with_two_meters_is_not_guessed() -> None:
    (reject,) = process(data("GW1", "GW1")).rejects
    assert reject.reason == "unknown_meter"


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (data("GW2", "101"), "gateway_not_allowed"),
        (data("SN7", "101"), "gateway_not_allowed"),
        ((topic("101", "E002"), payload(0)), "foreign_meter"),
        (data("GW1", "999"), "unknown_meter"),
    ],
)
def test_the_same_meter_from_two_enterprises_is_refused(record: tuple[str, bytes], reason: str) -> None:
    done = process(data("GW1", "101"), record)
    assert [r.meter for r in done.batch.rows()] == ["101"]
    assert [r.reason for r in done.rejects] == [reason]


def test_a_clock_wrong_by_hours_is_flagged_and_kept() -> None:
    late, behind, near, ahead = (
        data("GW1", "102", at=f"20260720{at}00", p=p)
        for at, p in (("1000", 1.0), ("0400", 2.0), ("1204", 3.0), ("2000", 4.0))
    )
    rows = process(late, behind, near, ahead).batch.rows()
    assert [(r.ts_ms - NOON_MS, r.values[0], r.quality) for r in rows] == [
        (-2 * HOUR_MS, 1.0, Quality.OK),  # held by the broker while we were away
        (-8 * HOUR_MS, 2.0, Quality.CLOCK),  # a device set to UTC
        (4 * 60_000, 3.0, Quality.CLOCK),
        (0, 4.0, Quality.CLOCK),  # ahead by eight hours: when it came is all that is known
    ]


def test_history_of_days_ago_is_no_wrong_clock() -> None:
    body = msgspec.json.encode({"type": "hstdata", "time": "20260712120000", "meterSN": "102", "p": 1.5})
    (row,) = process(("/gw/acrelHW/null/hstdata/GW1", body)).batch.rows()
    assert row.quality == Quality.OK


def test_what_the_registry_refused_is_replayed_once_it_knows() -> None:
    (reject,) = process(data("GW9", "101")).rejects
    assert reject.topic == "yingfeng/v1/gaoxin/gateway/GW9/readings"
    assert "/gw/acrelHW/null/data/GW9" in reject.detail
    moved = registry()
    meters = tuple(
        Meter(
            m.id, ALWAYS, m.account, gateway=GatewayId("GW9"), multiplier=m.multiplier, primary_values=m.primary_values
        )
        for m in moved.meters
    )
    again = process((reject.topic, reject.payload), known=Registry(2, moved.enterprises, moved.accounts, meters))
    (row,) = again.batch.rows()
    assert (row.meter, row.ts_ms, row.values[0]) == ("101", NOON_MS, 60.0)


def test_unknown_topics_are_still_refused() -> None:
    (reject,) = process(("/gw/other/data/GW1", b"{}")).rejects
    assert reject.reason == "foreign_topic"
    assert reject.topic == "/gw/other/data/GW1"


def test_the_same_records_give_the_same_answer_in_any_cut() -> None:
    records = [data("GW1", m, at=f"202607201{t:03}00") for m in ("101", "102") for t in range(100, 130)]
    whole = process(*records)
    halves = [process(*records[:20]), process(*records[20:])]
    assert [r.values[0] for r in whole.batch.rows()] == [r.values[0] for h in halves for r in h.batch.rows()]
