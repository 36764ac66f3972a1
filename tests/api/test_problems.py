"""Whatever goes wrong is a problem document with a reference, and the inside stays inside."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator

import pytest

from api.application import close_streams, create_app
from api.edge import JSON_BYTES
from api.problems import MEDIA_TYPE
from tests.api.client import Client
from tests.api.conftest import District


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/v1/nothing-here", 404),
        ("GET", "/api/nothing-here", 404),
        ("GET", "/nothing-here", 404),
        ("GET", "/api/v1/enterprises/E999", 404),
        ("GET", "/api/v1/meters/M999", 404),
        ("GET", "/api/v1/alerts/unknown", 404),
        ("GET", "/api/v1/quarantine/999", 404),
        ("PUT", "/api/v1/users/nobody/active", 415),
        ("PATCH", "/api/v1/enterprises", 405),
        ("DELETE", "/api/v1/health/live", 405),
        ("GET", "/api/v1/enterprises?limit=0", 422),
        ("GET", "/api/v1/enterprises?cursor=%FF", 422),
        ("GET", "/api/v1/audit?cursor=abc", 422),
        ("GET", "/api/v1/load/current?scope=planet:9", 422),
        ("GET", "/api/v1/load/curve?from=2026-07-28T00:00:00", 422),
        ("GET", "/api/v1/load/curve?from=2026-07-28&to=2026-07-27", 422),
        ("GET", "/api/v1/load/curve?from=2001-01-01&to=2026-07-27", 422),
        ("GET", "/api/v1/load/indices?from=0001-01-01", 422),
        ("GET", "/api/v1/readings?meter=M001&to=9999-12-31", 422),
        ("GET", "/api/v1/load/peaks?from=2010-01-01&to=2010-01-02", 422),
    ],
)
def test_each_refusal_is_a_problem_document(district: District, method: str, path: str, status: int) -> None:
    options = {"content": b"x"} if status == 415 else {}
    answer = district.client("ada").request(method, path, **options)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == MEDIA_TYPE
    body = answer.json()
    assert body["status"] == status
    assert body["reference"] == answer.headers["x-request-id"] != ""
    assert body["instance"] == path.partition("?")[0]
    assert body["detail"]


def test_every_refused_field_is_listed(district: District) -> None:
    answer = district.client("ada").get("/api/v1/enterprises?limit=0&day=yesterday&street=" + "x" * 101)
    assert {error["where"] for error in answer.json()["errors"]} == {"query.limit", "query.day", "query.street"}


def test_a_refused_value_is_not_repeated(district: District) -> None:
    answer = district.client("ada").post("/api/v1/users", json={"name": "x", "password": ["s3cret-value"]})
    assert answer.status_code == 422
    assert "s3cret-value" not in answer.text


def test_insufficient_data_says_how_much_there_is(district: District) -> None:
    body = district.client("vera").get("/api/v1/load/peaks?from=2010-01-01&to=2010-01-02").json()
    assert (body["type"], body["coverage"], body["reason"]) == (
        "/api/problems/insufficient-data",
        0.25,
        "no block is complete",
    )


def test_bad_json_and_foreign_media_types(district: District) -> None:
    client = district.client("otto")
    json_type = {"Content-Type": "application/json"}
    assert client.put("/api/v1/quota", content=b"{", headers=json_type).status_code == 400
    assert client.put("/api/v1/quota", content=b"\xff\xfe", headers=json_type).status_code in (400, 422)
    assert client.put("/api/v1/quota", content=b'{"source": "\\ud800"}', headers=json_type).status_code == 422
    assert client.put("/api/v1/quota", content=b"<a/>", headers={"Content-Type": "text/xml"}).status_code == 415
    assert client.put("/api/v1/quota", content=b"{}").status_code == 415
    assert client.put("/api/v1/quota", json={"surplus": 1}).status_code == 422


def test_a_body_over_the_limit_is_refused_unread(district: District) -> None:
    headers = {"Content-Type": "application/json", "Content-Length": str(JSON_BYTES + 1)}
    answer = district.client("otto").put("/api/v1/quota", content=b"{}", headers=headers)
    assert answer.status_code == 413
    assert answer.headers["content-type"] == MEDIA_TYPE


def test_a_body_that_grows_over_the_limit_is_cut(district: District) -> None:
    async def unannounced() -> AsyncIterator[bytes]:
        for _ in range(JSON_BYTES // 10_000 + 2):
            yield b" " * 10_000

    headers = {"Content-Type": "application/json"}
    answer = district.client("otto").put("/api/v1/quota", content=unannounced(), headers=headers)
    assert answer.status_code == 413
    assert answer.headers["content-type"] == MEDIA_TYPE


def test_an_unforeseen_error_hides_the_inside(district: District, caplog: pytest.LogCaptureFixture) -> None:
    def broken() -> object:
        raise RuntimeError("the vault's number is 4711")

    app = create_app(district.services)
    app.add_api_route("/api/v1/broken", broken)
    with caplog.at_level(logging.ERROR):
        answer = Client(app).get("/api/v1/broken")
    close_streams(app)
    assert answer.status_code == 500
    assert answer.headers["content-type"] == MEDIA_TYPE
    assert "4711" not in answer.text
    reference = answer.json()["reference"]
    record = next(r for r in caplog.records if reference in r.getMessage())
    assert record.exc_info is not None
    assert "4711" in str(record.exc_info[1])


def test_a_part_that_is_down_is_503_with_when_to_come_back(district: District) -> None:
    district.questions.down = True
    answer = district.client("vera").get("/api/v1/load/current")
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "5"
    assert "journal" in answer.json()["detail"]


def test_conflict(district: District) -> None:
    client = district.client("otto")
    assert client.post("/api/v1/alerts/a1/acknowledge", json={"note": "seen"}).status_code == 200
    assert client.post("/api/v1/alerts/a1/acknowledge", json={"note": "seen"}).status_code == 409
    assert client.post("/api/v1/quarantine/1/discard").status_code == 200
    assert client.post("/api/v1/quarantine/1/replay").status_code == 409


def test_safe_headers_on_every_answer(district: District) -> None:
    headers = district.client().get("/api/v1/health/live").headers
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
