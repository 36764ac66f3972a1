"""Signing in and out, cookies and their protection, tokens, and slowing down guessers."""

from __future__ import annotations

import pytest

from api.auth import COOKIE
from api.headers import WRITE_HEADER
from api.throttle import FREE_FAILURES, REMEMBER, LoginThrottle, TooManyAttempts
from domain.people import Role
from tests.api.client import Client
from tests.api.conftest import PASSWORD, District

LOGIN = {"name": "otto", "password": PASSWORD}


def test_a_session_from_login_to_logout(district: District) -> None:
    answer = district.client().post("/api/v1/session", json=LOGIN)
    assert answer.json()["role"] == "officer"
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Secure" not in cookie  # plain http, as on loopback
    browser = Client(district.app, {"Cookie": cookie.partition(";")[0], WRITE_HEADER: "1"})
    assert browser.get("/api/v1/session").json()["name"] == "otto"
    assert browser.delete("/api/v1/session").status_code == 204
    assert browser.get("/api/v1/session").status_code == 401


def test_wrong_and_unknown_are_told_alike(district: District) -> None:
    answers = [
        district.client().post("/api/v1/session", json={"name": name, "password": "wrong-password"})
        for name in ("otto", "nobody")
    ]
    assert {a.status_code for a in answers} == {401}
    assert answers[0].json()["detail"] == answers[1].json()["detail"]


def test_a_locked_user_is_out_at_once(district: District) -> None:
    browser, program = district.browser("vera"), district.client("vera")
    district.client("ada").put("/api/v1/users/vera/active", json={"active": False})
    assert browser.get("/api/v1/session").status_code == 401
    assert program.get("/api/v1/session").status_code == 401
    assert district.client().post("/api/v1/session", json={"name": "vera", "password": PASSWORD}).status_code == 401


def test_an_administrator_does_not_lock_themselves_out(district: District) -> None:
    assert district.client("ada").put("/api/v1/users/ada/active", json={"active": False}).status_code == 409


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 403),
        ({WRITE_HEADER: "1"}, 200),
        ({"Origin": "http://district.test"}, 200),
        ({"Origin": "http://evil.test"}, 403),
        ({"Origin": "http://evil.test", WRITE_HEADER: "1"}, 403),
        ({"Origin": "null", WRITE_HEADER: "1"}, 403),
    ],
)
def test_a_write_with_the_cookie_must_come_from_our_pages(
    district: District, headers: dict[str, str], status: int
) -> None:
    session = district.ledger.people.create_session("otto", 1.0)
    browser = Client(district.app, {"Cookie": f"{COOKIE}={session}", **headers})
    assert browser.post("/api/v1/alerts/a1/acknowledge", json={"note": ""}).status_code == status
    assert browser.get("/api/v1/alerts/a1").status_code == 200


def test_a_foreign_page_cannot_sign_a_visitor_in(district: District) -> None:
    answer = district.client().post("/api/v1/session", json=LOGIN, headers={"Origin": "http://evil.test"})
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("value", [b"Bearer nonsense", b"Bearer", b"Basic YTpi", b"bearer \xe9"])
def test_a_wrong_token_is_refused_even_beside_a_good_cookie(district: District, value: bytes) -> None:
    browser = district.browser("otto")
    answer = browser.get("/api/v1/session", headers={"Authorization": value})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"


def test_a_token_lives_until_it_is_revoked(district: District) -> None:
    made = district.client("emil").post("/api/v1/tokens", json={"label": "meter room"}).json()
    program = Client(district.app, {"Authorization": f"Bearer {made['secret']}"})
    assert program.get("/api/v1/session").json()["enterprise"] == "E001"
    listed = district.client("emil").get("/api/v1/tokens").text
    assert made["secret"] not in listed
    assert program.delete(f"/api/v1/tokens/{made['token']['id']}").status_code == 204
    assert program.get("/api/v1/session").status_code == 401


def test_nobody_revokes_what_is_not_theirs(district: District) -> None:
    theirs = district.ledger.people.create_token("otto", "otto", "x", None)[0].id
    assert district.client("vera").delete(f"/api/v1/tokens/{theirs}").status_code == 404
    assert district.client("ada").delete(f"/api/v1/tokens/{theirs}").status_code == 204


def test_a_new_password_needs_the_present_one_and_ends_sessions(district: District) -> None:
    browser, url = district.browser("vera"), "/api/v1/session/password"
    assert browser.put(url, json={"present": "wrong-password", "password": "a-long-enough-one"}).status_code == 401
    assert browser.put(url, json={"present": PASSWORD, "password": "short"}).status_code == 422
    assert browser.put(url, json={"present": PASSWORD, "password": "a-long-enough-one"}).status_code == 204
    assert browser.get("/api/v1/session").status_code == 401


def test_a_user_is_created_and_the_log_keeps_no_password(district: District) -> None:
    body = {"name": "nina", "password": "a-long-enough-one", "role": "enterprise", "enterprise": "E002"}
    assert district.client("ada").post("/api/v1/users", json=body).status_code == 201
    assert district.client("ada").post("/api/v1/users", json=body).status_code == 409
    user = district.ledger.people.user("nina")
    assert user is not None
    assert user.role is Role.ENTERPRISE
    entry = district.client("ada").get("/api/v1/audit?subject=user:nina").json()
    assert entry["items"][0]["actor"] == "ada"
    assert "a-long-enough-one" not in str(entry)


def test_guessing_is_slowed_down_and_says_for_how_long(district: District) -> None:
    for _ in range(FREE_FAILURES):
        assert district.client().post("/api/v1/session", json={**LOGIN, "password": "wrong"}).status_code == 401
    answer = district.client().post("/api/v1/session", json=LOGIN)
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) > 0
    assert district.client().post("/api/v1/session", json={**LOGIN, "name": " OTTO "}).status_code == 429
    assert district.client().post("/api/v1/session", json={**LOGIN, "name": "vera"}).status_code == 200


class Seconds:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_each_further_failure_doubles_the_wait_and_quiet_forgets() -> None:
    seconds = Seconds()
    throttle = LoginThrottle(seconds)
    waits = []
    for _ in range(FREE_FAILURES + 12):
        throttle.failed("otto", "10.0.0.1")
        wait = _wait(throttle, "otto", "10.0.0.1")
        waits.append(wait)
        seconds.now += wait
    assert waits[: FREE_FAILURES - 1] == [0] * (FREE_FAILURES - 1)
    assert waits[FREE_FAILURES - 1 : FREE_FAILURES + 2] == [5, 10, 20]
    assert max(waits) == 900
    seconds.now += 2_000
    throttle.failed("otto", "10.0.0.1")
    assert _wait(throttle, "otto", "10.0.0.1") == 0


def test_one_address_may_not_try_every_name() -> None:
    seconds = Seconds()
    throttle = LoginThrottle(seconds)
    for n in range(50):
        throttle.failed(f"user{n}", "10.0.0.1")
    assert _wait(throttle, "another", "10.0.0.1") > 0
    assert _wait(throttle, "another", "10.0.0.2") == 0


def test_many_addresses_do_not_fill_the_memory() -> None:
    throttle = LoginThrottle(Seconds())
    for n in range(REMEMBER):
        throttle.failed("otto", f"10.{n}")
    assert len(throttle) == REMEMBER


def _wait(throttle: LoginThrottle, name: str, address: str) -> int:
    try:
        throttle.check(name, address)
    except TooManyAttempts as error:
        return error.retry_after_s
    return 0
