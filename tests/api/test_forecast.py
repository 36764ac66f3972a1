"""The forecast over HTTP: who may ask, and the answer where too little is known."""

from __future__ import annotations

from tests.api.conftest import District


def test_too_little_load_is_told_with_its_reason(district: District) -> None:
    answer = district.client("vera").get("/api/v1/forecast?scope=enterprise:E001")
    assert answer.status_code == 422
    assert answer.json()["type"].endswith("insufficient-data")
    assert answer.json()["reason"]


def test_an_enterprise_asks_about_itself_only(district: District) -> None:
    emil = district.client("emil")
    assert emil.get("/api/v1/forecast").status_code == 422
    assert emil.get("/api/v1/forecast?scope=district").status_code == 403
    assert emil.get("/api/v1/forecast?scope=enterprise:E002").status_code == 403
    assert district.client().get("/api/v1/forecast").status_code == 401


def test_wrong_questions_are_refused(district: District) -> None:
    vera = district.client("vera")
    assert vera.get("/api/v1/forecast?hours=999").status_code == 422
    assert vera.get("/api/v1/forecast?at=2031-01-01").status_code in (400, 422)
    assert vera.get("/api/v1/forecast?scope=enterprise:E999").status_code == 404


def test_past_mornings_are_scored_in_the_background(district: District) -> None:
    otto = district.client("otto")
    run = otto.post("/api/v1/forecast/scores?from=2026-07-20&to=2026-07-21").json()
    assert (run["kind"], run["parameters"]) == ("forecast-rescore", {"from": "2026-07-20", "to": "2026-07-21"})
    assert otto.post("/api/v1/forecast/scores?from=2031-01-01&to=2031-01-02").status_code == 422
    assert district.client("vera").post("/api/v1/forecast/scores?from=2026-07-20").status_code == 403
