"""Flags, edits, undo and runs over HTTP, with the real desk behind them."""

from __future__ import annotations

from domain.instants import days_span
from storage.vee_ports import FlagRow
from tests.api.conftest import District
from tests.api.fakes import NOW
from tests.ingest.plant import eventually

EDIT = {
    "meter": "M001",
    "start": "2026-07-28T13:00:00+08:00",
    "end": "2026-07-28T13:05:00+08:00",
    "action": "set",
    "value": 55.5,
    "reason": "抄表核对，工单 7",
}


def test_an_edit_is_seen_beside_its_raw_value_audited_and_undone(district: District) -> None:
    otto = district.client("otto")
    made = otto.post("/api/v1/vee/changes", json=EDIT)
    assert made.status_code == 201
    change = made.json()
    assert (change["rows"], change["actor"], change["kind"]) == (5, "otto", "set")
    points = otto.get("/api/v1/vee/day?meter=M001&day=2026-07-28").json()["points"]
    edited = [p for p in points if p["revision"] == change["id"]]
    assert [p["effective_kw"] for p in edited] == [55.5] * 5
    assert all(p["raw_kw"] is not None and p["raw_kw"] != 55.5 for p in edited)
    assert otto.get("/api/v1/audit?subject=meter:M001").json()["items"][0]["action"] == "vee.set"
    undone = otto.post(f"/api/v1/vee/changes/{change['id']}/undo", json={"reason": "工单错"})
    assert (undone.status_code, undone.json()["undoes"]) == (201, change["id"])
    points = otto.get("/api/v1/vee/day?meter=M001&day=2026-07-28").json()["points"]
    again = [p for p in points if p["revision"] == undone.json()["id"]]
    assert [p["effective_kw"] for p in again] == [p["raw_kw"] for p in again]
    assert otto.post(f"/api/v1/vee/changes/{change['id']}/undo", json={"reason": "x"}).status_code == 409
    assert [c["kind"] for c in otto.get("/api/v1/vee/changes?meter=M001").json()["items"]] == ["undo", "set"]


def test_what_is_wrong_with_a_request_is_said(district: District) -> None:
    otto = district.client("otto")
    for change, status in (
        ({"reason": ""}, 422),
        ({"reason": "  "}, 422),
        ({"value": None}, 422),
        ({"action": "guess"}, 422),
        ({"start": "2026-07-28T13:00:00"}, 422),
        ({"end": EDIT["start"]}, 422),
        ({"meter": "M999"}, 404),
        ({"extra": 1}, 422),
        ({"end": "2026-07-29T13:00:00+08:00"}, 422),
    ):
        answer = otto.post("/api/v1/vee/changes", json={**EDIT, **change})
        assert answer.status_code == status, (change, answer.text)
    assert otto.post("/api/v1/vee/changes/77/undo", json={"reason": "x"}).status_code == 404
    assert otto.post("/api/v1/vee/runs", json={"from": "2026-07-28", "to": "2026-07-01"}).status_code == 422
    assert otto.get("/api/v1/vee/day?meter=M999").status_code == 404


def test_an_enterprise_sees_its_own_flags_only(district: District) -> None:
    span = days_span(NOW.date(), NOW.date(), district.services.zone)
    flags = [FlagRow(m, "spike", span.start_ms, span.end_ms, 9.0, 3.0, "跳变", "spike") for m in ("M001", "M002")]
    district.ledger.vee.replace_flags(["M001", "M002"], span, flags)

    def seen(user: str) -> list[str]:
        return sorted(f["meter"] for f in district.client(user).get("/api/v1/vee/flags").json()["items"])

    assert seen("vera") == ["M001", "M002"]
    assert seen("emil") == ["M001"]
    one = district.client("otto").get("/api/v1/vee/flags?meter=M001").json()["items"][0]
    accepted = district.client("otto").post(f"/api/v1/vee/flags/{one['id']}/accept", json={"note": "试车"})
    assert accepted.json()["accepted_by"] == "otto"
    assert district.client("vera").get("/api/v1/vee/flags?open=true").json()["total"] == 1


def test_a_run_is_begun_once_and_its_result_kept(district: District) -> None:
    otto = district.client("otto")
    run = otto.post("/api/v1/vee/runs", json={"from": "2026-07-28", "to": "2026-07-28", "meters": ["M001"]})
    assert run.status_code == 202
    address = f"/api/v1/runs/{run.json()['id']}"
    eventually(lambda: otto.get(address).json()["state"] == "done", "the run is done")
    body = otto.get(f"/api/v1/results/{otto.get(address).json()['result']}").json()["body"]
    assert body["meters"] == 1
