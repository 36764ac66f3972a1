"""The same application on the real desks: load, alerts and quarantine, with their own ledger, store and journal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from api.application import attach, close_streams
from config.policy import load_policy
from config.settings import MonitorSettings
from domain.alerts import Alert, AlertState
from domain.events import AlertChanged
from domain.scopes import enterprise_scope
from ingest.journal import Journal
from ingest.quarantine import Quarantine
from monitor.desk import LoadDesk
from response import episode
from response.alert_desk import AlertDesk
from response.alert_state import Memory
from tests.api.client import Client
from tests.api.conftest import District
from tests.api.fakes import NOW, alert


@dataclass
class RealDistrict:
    district: District
    journal: Journal

    def client(self, user: str) -> Client:
        return self.district.client(user)


@pytest.fixture
def real(district: District, tmp_path: Path) -> Iterator[RealDistrict]:
    ledger, clock, services = district.ledger, district.clock, district.services
    questions = LoadDesk(
        registry=ledger.registry,
        references=ledger.references,
        store=district.questions.store,
        clock=clock,
        policy=load_policy(),
        settings=MonitorSettings(),
        zone=services.zone,
        superseded=ledger.superseded,
    )
    desk = AlertDesk(alerts=ledger.alerts, audit=ledger.audit, clock=clock, bus=district.bus)
    for each in (alert("a1"), alert("a2", enterprise_scope("E001")), alert("a3", enterprise_scope("E002"))):
        ledger.alerts.save(each, episode.to_memory(episode.Episode(each, (Memory(AlertState.FIRING, NOW),))))
    journal = Journal(tmp_path / "journal")
    quarantine = Quarantine(ledger.quarantine, journal, clock)
    close_streams(district.app)
    attach(district.app, replace(services, questions=questions, alerts=desk, quarantine=quarantine))
    yield RealDistrict(district, journal)
    journal.close()


FOREIGN = [
    "/readings?meter=M002",
    "/load/current?scope=district",
    "/load/curve?scope=enterprise:E002",
    "/load/curve?scope=meter:M002",
    "/load/indices?scope=monitored",
    "/load/indices?scope=street:梅墟",
    "/load/peaks?scope=sector:电子",
    "/load/revisions?scope=enterprise:E002",
    "/load/peaks?scope=enterprise:E999",
    "/alerts?scope=enterprise:E002",
    "/alerts/a1",
    "/alerts/a3",
]


@pytest.mark.parametrize("path", FOREIGN)
def test_an_enterprise_is_refused_what_is_not_its_own(real: RealDistrict, path: str) -> None:
    assert real.client("emil").get("/api/v1" + path).status_code in (403, 404)
    answer = real.client("vera").get("/api/v1" + path)
    assert answer.is_success or answer.json()["type"].endswith(("insufficient-data", "not-found")), answer.text


def test_an_enterprise_sees_its_own(real: RealDistrict) -> None:
    client = real.client("emil")
    assert client.get("/api/v1/load/scopes").json()["items"] == ["enterprise:E001"]
    assert client.get("/api/v1/load/current").json()["scope"] == "enterprise:E001"
    assert [a["id"] for a in client.get("/api/v1/alerts").json()["items"]] == ["a2"]
    assert [q["meter"] for q in client.get("/api/v1/quality").json()["items"]] == ["M001"]
    assert client.get("/api/v1/readings?meter=M001&limit=2").json()["items"][1]["power_kw"] == 101.0


def test_the_curve_is_the_mean_of_each_block_and_null_where_nothing_came(real: RealDistrict) -> None:
    points = real.client("vera").get("/api/v1/load/curve?scope=enterprise:E001").json()["points"]
    by_start = {point["at"]: point["demand_kw"] for point in points}
    # Readings of 100, 101... kW a minute from 12:30: the mean of the first quarter is 107 kW.
    assert by_start["2026-07-28T12:30:00+08:00"] == pytest.approx(107.0)
    assert by_start["2026-07-28T14:00:00+08:00"] == pytest.approx(197.0)
    assert by_start["2026-07-28T12:15:00+08:00"] is None


def test_a_quota_entered_over_http_stands_beside_the_load(real: RealDistrict) -> None:
    body = {"scope": "enterprise:E001", "day": "2026-07-28", "value_kw": 150, "source": "1号"}
    assert real.client("otto").put("/api/v1/quota", json=body).status_code == 200
    current = real.client("otto").get("/api/v1/load/current?scope=enterprise:E001").json()
    assert (current["quota_kw"], current["quota_source"]) == (150.0, "1号")


def test_an_acknowledgement_is_kept_announced_and_audited(real: RealDistrict) -> None:
    told: list[Alert] = []
    real.district.bus.subscribe(AlertChanged, lambda event: told.append(event.alert))
    client = real.client("otto")
    done = client.post("/api/v1/alerts/a1/acknowledge", json={"note": "已通知"}).json()
    assert (done["acknowledged_by"], done["note"]) == ("otto", "已通知")
    assert [each.acknowledged_by for each in told] == ["otto"]
    assert client.delete("/api/v1/alerts/a1/acknowledge").json()["acknowledged_by"] is None
    actions = [e["action"] for e in client.get("/api/v1/audit?subject=alert:a1").json()["items"]]
    assert actions == ["alert.unacknowledge", "alert.acknowledge"]


def test_a_replayed_message_is_in_the_journal_again(real: RealDistrict) -> None:
    client = real.client("otto")
    assert client.post("/api/v1/quarantine/2/replay").json()["state"] == "replayed"
    assert client.post("/api/v1/quarantine/2/replay").status_code == 409
    assert client.post("/api/v1/quarantine/99/replay").status_code == 404
    [(_, record)] = real.journal.reader("test").read(10, 0.1)
    assert record.payload == b"{\xff"


def test_a_district_without_readings_says_so(real: RealDistrict) -> None:
    real.district.clock.advance(timedelta(days=30).total_seconds())
    current = real.client("vera").get("/api/v1/load/current?scope=monitored").json()
    assert current["sliding_demand_kw"]["value"] is None
    assert current["sliding_demand_kw"]["reason"]
    peaks = real.client("vera").get("/api/v1/load/peaks?scope=monitored")
    assert (peaks.status_code, peaks.json()["type"]) == (422, "/api/problems/insufficient-data")
    assert real.client("vera").get("/api/v1/load/brief").json()["complete"] is False
