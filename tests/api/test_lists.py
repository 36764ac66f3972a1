"""Pages walk through everything once; filters, masks and figures on the wire."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from domain.events import ReferencesChanged, RegistryChanged
from domain.scopes import MONITORED, enterprise_scope
from tests.api.client import Client
from tests.api.conftest import District
from tests.api.fakes import NOW


def _walk(client: Client, path: str, key: str) -> tuple[list[Any], list[int | None]]:
    seen, totals, cursor = [], [], None
    for _ in range(200):
        joint = "&" if "?" in path else "?"
        page = client.get(path if cursor is None else f"{path}{joint}cursor={cursor}").json()
        seen += [item[key] for item in page["items"]]
        totals.append(page["total"])
        cursor = page["next_cursor"]
        if cursor is None:
            return seen, totals
    raise AssertionError(f"{path} never ends")


@pytest.mark.parametrize(
    ("path", "key", "expected"),
    [
        ("/api/v1/enterprises?limit=2", "id", [f"E{n:03d}" for n in range(1, 8)]),
        ("/api/v1/enterprises?limit=7", "id", [f"E{n:03d}" for n in range(1, 8)]),
        ("/api/v1/meters?limit=3", "id", [f"M{n:03d}" for n in range(1, 8)]),
        ("/api/v1/quality?limit=3", "meter", [f"M{n:03d}" for n in range(1, 8)]),
        ("/api/v1/alerts?limit=1", "id", ["a1", "a2", "a3"]),
        ("/api/v1/quarantine?limit=2", "id", [5, 4, 3, 2, 1]),
    ],
)
def test_pages_walk_through_everything_once(district: District, path: str, key: str, expected: list[Any]) -> None:
    seen, totals = _walk(district.client("ada"), path, key)
    assert seen == expected
    assert set(totals) == {len(expected)}


def test_the_audit_log_walks_newest_first(district: District) -> None:
    seen, totals = _walk(district.client("ada"), "/api/v1/audit?limit=7", "id")
    assert seen == sorted(seen, reverse=True)
    assert totals[0] == len(seen)


def test_readings_walk_in_time_and_miss_none(district: District) -> None:
    seen, totals = _walk(district.client("emil"), "/api/v1/readings?meter=M001&limit=50", "power_kw")
    assert seen == [100.0 + minute for minute in range(120)]
    assert set(totals) == {None}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("street=梅墟", ["E001", "E002", "E003"]),
        ("q=e006", ["E006"]),
        ("q=企业E007", ["E007"]),
        ("sector=电子&street=新明&q=5", ["E005"]),
        ("q=nothing", []),
        ("day=2019-12-31", []),
    ],
)
def test_filters(district: District, query: str, expected: list[str]) -> None:
    page = district.client("vera").get(f"/api/v1/enterprises?{query}").json()
    assert [item["id"] for item in page["items"]] == expected
    assert page["total"] == len(expected)


def test_an_enterprise_lists_only_itself(district: District) -> None:
    client = district.client("emil")
    assert _walk(client, "/api/v1/enterprises", "id")[0] == ["E001"]
    assert _walk(client, "/api/v1/meters", "id")[0] == ["M001"]
    assert _walk(client, "/api/v1/alerts", "id")[0] == ["a2"]
    assert _walk(client, "/api/v1/quality", "meter")[0] == ["M001"]


def test_an_enterprise_does_not_learn_which_others_exist(district: District) -> None:
    client = district.client("emil")
    answers = [client.get(f"/api/v1/enterprises/{each}") for each in ("E002", "E999")]
    assert [a.status_code for a in answers] == [403, 403]
    assert answers[0].json()["detail"] == answers[1].json()["detail"]


def test_phones_are_masked_until_an_officer_asks_and_the_look_is_kept(district: District) -> None:
    masked = district.client("otto").get("/api/v1/enterprises/E001").json()
    assert masked["contacts"] == [{"name": "王工", "phone": "138****5678"}]
    assert district.client("vera").get("/api/v1/enterprises/E001?reveal=true").status_code == 403
    assert district.client("otto").get("/api/v1/audit?subject=enterprise:E001&actor=otto").json()["total"] == 0
    shown = district.client("otto").get("/api/v1/enterprises/E001?reveal=true").json()
    assert shown["contacts"][0]["phone"] == "13812345678"
    entries = district.client("otto").get("/api/v1/audit?subject=enterprise:E001&actor=otto").json()["items"]
    assert [entry["action"] for entry in entries] == ["contacts.reveal"]


def test_instants_carry_the_districts_offset_and_missing_is_null(district: District) -> None:
    current = district.client("vera").get("/api/v1/load/current").json()
    assert current["as_of"] == "2026-07-28T14:30:00+08:00"
    assert current["estimate_kw"] is None  # NaN inside
    assert current["sliding_demand_kw"] == {"value": 24312.5, "coverage": 0.98, "reason": "", "estimated": False}
    curve = district.client("vera").get("/api/v1/load/curve").json()
    assert len(curve["points"]) == 96
    assert curve["points"][0]["at"] == "2026-07-28T00:00:00+08:00"
    assert curve["points"][1]["demand_kw"] is None
    day = district.client("vera").get("/api/v1/load/indices").json()["items"][0]
    assert day["peak_valley_ratio"]["value"] is None
    assert day["peak_valley_ratio"]["reason"]


@pytest.mark.parametrize(
    ("query", "first", "count"),
    [
        ("from=2026-07-27&to=2026-07-27", "2026-07-27T00:00:00+08:00", 96),
        ("from=2026-07-27&to=2026-07-28", "2026-07-27T00:00:00+08:00", 192),
        ("to=2026-07-27", "2026-07-27T00:00:00+08:00", 96),
        ("from=2026-07-27T04:00:00Z&to=2026-07-27T05:00:00Z", "2026-07-27T12:00:00+08:00", 4),
        ("from=2026-07-27T12:00:00+08:00&to=2026-07-27T13:00:00%2B08:00", "2026-07-27T12:00:00+08:00", 4),
    ],
)
def test_spans_are_half_open_and_a_bare_last_day_is_included(
    district: District, query: str, first: str, count: int
) -> None:
    points = district.client("vera").get(f"/api/v1/load/curve?{query}").json()["points"]
    assert points[0]["at"] == first
    assert len(points) == count


def test_a_quota_is_entered_revised_and_announced(district: District) -> None:
    told: list[ReferencesChanged] = []
    district.bus.subscribe(ReferencesChanged, told.append)
    client = district.client("otto")
    body = {"scope": "district", "day": "2026-07-28", "days": 2, "value_kw": 24000, "source": "甬能源〔2026〕12号"}
    assert [q["day"] for q in client.put("/api/v1/quota", json=body).json()["items"]] == ["2026-07-28", "2026-07-29"]
    points = {"scope": "district", "day": "2026-07-28", "points_kw": [23_000] * 96, "source": "调整"}
    client.put("/api/v1/quota", json=points)
    answer = client.get("/api/v1/quota?scope=district&day=2026-07-28").json()
    assert (answer["quota"]["revision"], answer["quota"]["actor"]) == (2, "otto")
    assert [earlier["points_kw"][0] for earlier in answer["superseded"]] == [24_000]
    assert len(told) == 2


@pytest.mark.parametrize(
    "change",
    [
        {"value_kw": None},
        {"value_kw": 0},
        {"value_kw": -5},
        {"points_kw": [1.0] * 96},
        {"value_kw": None, "points_kw": [1.0] * 95},
        {"source": "  "},
        {"days": 0},
        {"day": "1999-01-01"},
        {"scope": "planet"},
        {"value_kw": "many"},
    ],
)
def test_a_wrong_quota_is_refused(district: District, change: dict[str, object]) -> None:
    body = {"scope": "district", "day": "2026-07-28", "value_kw": 24000, "source": "doc", **change}
    assert district.client("otto").put("/api/v1/quota", json=body).status_code == 422


@pytest.mark.parametrize(
    ("points", "said"),
    [([1.0] * 95, "用电指标应有 96 点，现有 95 点 / "), ([1.0] * 10 + [None] + [1.0] * 85, "用电指标第 11 点为空 / ")],
)
def test_a_hole_in_a_quota_is_told_in_both_languages(district: District, points: list[object], said: str) -> None:
    body = {"scope": "district", "day": "2026-07-28", "points_kw": points, "source": "doc"}
    answer = district.client("otto").put("/api/v1/quota", json=body)
    assert (answer.status_code, said in answer.json()["detail"]) == (422, True)


def test_a_figure_for_a_misspelt_scope_is_refused(district: District) -> None:
    body = {"scope": "street:梅虚", "day": "2026-07-28", "value_kw": 24000, "source": "doc"}
    assert district.client("otto").put("/api/v1/quota", json=body).status_code == 404
    assert district.client("otto").put("/api/v1/quota", json={**body, "scope": "street:梅墟"}).status_code == 200


def test_the_official_level_is_what_was_entered(district: District) -> None:
    client = district.client("otto")
    body = {"level": "Ⅳ级", "document": "浙能源〔2026〕8号", "start": "2026-07-28", "end": "2026-07-29"}
    client.put("/api/v1/official-level", json=body)
    assert client.get("/api/v1/official-level").json()["level"]["document"] == "浙能源〔2026〕8号"
    assert client.get("/api/v1/official-level?day=2026-07-30").json()["level"] is None
    assert client.put("/api/v1/official-level", json={**body, "end": "2026-07-27"}).status_code == 422


def test_a_meter_leaves_service_with_day_actor_and_reason(district: District) -> None:
    told: list[RegistryChanged] = []
    district.bus.subscribe(RegistryChanged, told.append)
    body = {"in_service": False, "from_day": "2026-07-28", "reason": "换表"}
    assert district.client("otto").put("/api/v1/meters/M001/service", json=body).json()["in_service"] is False
    client = district.client("vera")
    assert client.get("/api/v1/meters/M001?day=2026-07-27").json()["in_service"] is True
    assert client.get("/api/v1/meters/M001?day=2026-07-28").json()["in_service"] is False
    registry = district.ledger.registry.registry()
    assert len(told) == 1
    assert told[0].revision == registry.revision
    assert not registry.view(date(2026, 8, 1)).meter("M001").in_service
    entries = district.client("otto").get("/api/v1/audit?actor=otto").json()["items"]
    assert any("M001" in entry["subject"] for entry in entries)


def test_an_enterprise_leaves_the_district_on_a_day(district: District) -> None:
    body = {"closed": True, "from_day": "2026-07-28", "reason": "迁出园区"}
    officer, own = district.client("otto"), district.client("emil")
    assert own.get("/api/v1/session").status_code == 200
    assert officer.put("/api/v1/enterprises/E001/closing", json=body).json()["closed"] is True
    assert officer.put("/api/v1/enterprises/E999/closing", json=body).status_code == 404

    def listed(day: str) -> list[str]:
        return [each["id"] for each in officer.get(f"/api/v1/enterprises?day={day}").json()["items"]]

    assert "E001" in listed("2026-07-27")
    assert "E001" not in listed("2026-07-28")
    view = district.ledger.registry.registry().view(date(2026, 7, 28))
    assert not view.meter("M001").in_service
    assert view.members(enterprise_scope("E001")) == ()
    assert all(meter != "M001" for meter, _ in view.members(MONITORED))
    assert own.get("/api/v1/session").status_code == 401, "its account ends with it"
    assert officer.put("/api/v1/enterprises/E001/closing", json={**body, "closed": False}).status_code == 200
    assert own.get("/api/v1/session").status_code == 200


def test_a_quarantined_message_shows_its_bytes_and_is_replayed(district: District) -> None:
    client = district.client("otto")
    item = client.get("/api/v1/quarantine/1").json()
    assert (item["payload_text"], item["payload_base64"], item["payload_bytes"]) == ("{\ufffd", "e/8=", 2)
    assert client.post("/api/v1/quarantine/1/replay").json()["state"] == "replayed"
    assert district.quarantine.replayed == [1]
    assert client.get("/api/v1/quarantine?state=replayed").json()["total"] == 1
    assert client.get("/api/v1/quarantine?state=all").json()["total"] == 5


def test_an_acknowledgement_and_its_undoing(district: District) -> None:
    client = district.client("otto")
    done = client.post("/api/v1/alerts/a1/acknowledge", json={"note": "called them"}).json()
    assert (done["state"], done["acknowledged_by"], done["note"]) == ("acknowledged", "otto", "called them")
    assert client.delete("/api/v1/alerts/a1/acknowledge").json()["state"] == "firing"


def test_health_tells_live_from_ready(district: District) -> None:
    district.probe.answer = "DuckDB file is locked by another process; stop it or use influxdb"
    alive = district.client().get("/api/v1/health/live").json()
    assert alive == {"status": "ok", "version": "9.9.9", "now": NOW.astimezone(district.services.zone).isoformat()}
    stranger = district.client().get("/api/v1/health/ready")
    assert stranger.status_code == 503
    assert stranger.json()["parts"] == [
        {"name": "store", "ok": False, "detail": None},
        {"name": "ledger", "ok": True, "detail": None},
    ]
    staff = district.client("vera").get("/api/v1/health/ready").json()
    assert "locked" in staff["parts"][0]["detail"]
    district.probe.answer = None
    assert district.client().get("/api/v1/health/ready").status_code == 200
