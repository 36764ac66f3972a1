"""A device that waits for its answers, on a real broker, against the whole product."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from api.headers import WRITE_HEADER
from config.settings import Settings
from domain.ids import AccountId, EnterpriseId, GatewayId, MeterId
from domain.registry import ALWAYS, Account, Enterprise, Meter
from tests.e2e.running import Running, running, settings_in, until
from tests.servers.acrel_device import AcrelGateway
from tests.servers.mosquitto import Mosquitto

METERS = (("101", "A1", "GW1"), ("201", "A2", "GW2"))


@pytest.fixture
def settings(mosquitto: Mosquitto, tmp_path: Path) -> Settings:
    return settings_in(tmp_path, mqtt={"url": mosquitto.url, "mappings": ["acrel_gateway"]})


def fill_registry(here: Running) -> None:
    here.system.ledger.registry.put_versions(
        "system",
        enterprises=[Enterprise(EnterpriseId(e), ALWAYS, e) for e in ("E001", "E002")],
        accounts=[Account(AccountId(a), ALWAYS, EnterpriseId(e)) for a, e in (("A1", "E001"), ("A2", "E002"))],
        meters=[
            Meter(MeterId(m), ALWAYS, AccountId(a), gateway=GatewayId(g), multiplier=40.0, primary_values=False)
            for m, a, g in METERS
        ],
    )


def stored(here: Running, meter: str = "101") -> list[dict[str, object]]:
    now = here.system.clock.now()
    return here.pages(
        "readings",
        meter=meter,
        **{"from": (now - timedelta(hours=12)).isoformat(), "to": (now + timedelta(hours=12)).isoformat()},
    )


def test_a_device_that_waits_is_answered_and_its_data_is_stored(settings: Settings, mosquitto: Mosquitto) -> None:
    with AcrelGateway(mosquitto.port, "GW1", wrong_by=timedelta(hours=-5)) as device:
        with running(settings) as here:
            fill_registry(here)
            device.log_in()
            assert device.answered.wait(30), "nobody answered the login"
            device.say("time")
            assert device.on_time.wait(30), "nobody answered the question for the time"
            assert abs(device.wrong_by) < timedelta(seconds=5)
            device.data("101", p=1.5, wh=10.0)
            (row,) = until("the reading is stored", lambda: stored(here))
            assert (row["power_kw"], row["energy_import_kwh"]) == (60.0, 400.0)
            assert until("the data is answered", lambda: device.answers["data"]) == 1
            assert here.counted("readings_quarantined_total") == 0
        # The journal is read again by nobody that answers: neither the new process nor a second reader of it.
        before = device.answers.copy()
        with running(settings) as here:
            assert before == {"login": 1, "time": 1, "data": 1}
            device.say("time")
            until("the new process answers what is new", lambda: device.answers["time"] == 2)
            assert device.answers == {"login": 1, "time": 2, "data": 1}


def test_the_same_meter_from_another_enterprise_is_refused(settings: Settings, mosquitto: Mosquitto) -> None:
    with (
        running(settings) as here,
        AcrelGateway(mosquitto.port, "GW1") as mine,
        AcrelGateway(mosquitto.port, "GW2") as other,
    ):
        fill_registry(here)
        for device in (mine, other):
            device.log_in()
        other.data("101", p=99.0)
        mine.data("101", p=1.5)
        (row,) = until("the reading is stored", lambda: stored(here))
        assert row["power_kw"] == 60.0
        (item,) = until("the other is refused", lambda: here.pages("quarantine"))
        assert (item["reason"], item["meter"]) == ("gateway_not_allowed", "101")


def test_a_clock_hours_ahead_or_behind_is_flagged_and_kept(settings: Settings, mosquitto: Mosquitto) -> None:
    with running(settings) as here, AcrelGateway(mosquitto.port, "GW1") as device:
        fill_registry(here)
        device.log_in()
        now = here.system.clock.now()
        device.data("101", at=now + timedelta(hours=8), p=1.0)
        device.data("101", at=now - timedelta(hours=8), p=2.0)
        rows = until("both are stored", lambda: rows if len(rows := stored(here)) == 2 else None)
        assert [row["quality"] for row in rows] == ["clock", "clock"]
        assert {row["power_kw"] for row in rows} == {40.0, 80.0}


def test_what_a_device_kept_is_asked_for_and_comes_into_the_store(settings: Settings, mosquitto: Mosquitto) -> None:
    with running(settings) as here, AcrelGateway(mosquitto.port, "GW1") as device:
        fill_registry(here)
        device.log_in()
        now = here.system.clock.now().replace(second=0, microsecond=0)
        start = now - timedelta(hours=3)
        device.history = [
            {"meterSN": "101", "time": device.stamp(start + timedelta(minutes=m)), "p": 1.0 + m} for m in range(10)
        ]
        device.data("101", p=1.5)
        body = {"meter": "101", "start": start.isoformat(), "end": (start + timedelta(minutes=10)).isoformat()}
        asked = here.http.post("/api/v1/backfills", json=body, headers={WRITE_HEADER: "1"})
        assert asked.status_code == 201, asked.text
        request = until(
            "the request is answered",
            lambda: next((r for r in here.pages("backfills") if r["state"] == "answered"), None),
        )
        assert (request["rows_received"], request["actor"]) == (10, "ada")
        assert [body["meterSN"] for body in device.asked] == ["101"]
        assert len(stored(here)) == 11
