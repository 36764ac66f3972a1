"""The gate before the console: who may open a page, and whose websocket may speak for it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from http.cookies import SimpleCookie
from typing import Any

import pytest
from nicegui import Client
from nicegui.page import page
from starlette.exceptions import HTTPException
from starlette.middleware.base import BaseHTTPMiddleware, DispatchFunction, RequestResponseEndpoint
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from dashboards.console.gate import NO_RESPONSE, Gate, Session
from dashboards.console.login import own_path
from dashboards.console.missing import missing
from domain.ids import EnterpriseId
from domain.people import Principal, Role

COOKIE = "session"
OFFICER = Principal("otto", Role.OFFICER)
ENTERPRISE = Principal("emil", Role.ENTERPRISE, EnterpriseId("E001"))
SESSIONS = {"o": OFFICER, "e": ENTERPRISE}


async def _pages(scope: Scope, receive: Receive, send: Send) -> None:
    """Stands behind the gate and says whom it let through."""
    session: Session | None = scope["console_session"]
    name = session.principal.name if session else "stranger"
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept"})
        return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": name.encode()})


def _scope(kind: str, path: str, query: str, cookie: str, origin: str) -> dict[str, Any]:
    headers = [(b"host", b"here:8000")]
    if cookie:
        jar = SimpleCookie({COOKIE: cookie})
        headers.append((b"cookie", jar.output(header="", sep=";").strip().encode()))
    if origin:
        headers.append((b"origin", origin.encode()))
    return {
        "type": kind,
        "path": path,
        "root_path": "",
        "query_string": query.encode(),
        "headers": headers,
        "scheme": "http",
        "server": ("here", 8000),
        "method": "GET",
    }


def ask(path: str, query: str = "", *, kind: str = "http", cookie: str = "", origin: str = "") -> dict[str, Any]:
    """The first message of the answer."""
    sent: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> dict[str, Any]:
        return {"type": f"{kind}.connect"}

    gate = Gate(_pages, object(), COOKIE, SESSIONS.get)
    asyncio.run(gate(_scope(kind, path, query, cookie, origin), receive, send))
    return sent[0]


def socket(client: str, cookie: str = "", origin: str = "") -> str:
    path = "/console/_nicegui_ws/socket.io/"
    query = f"client_id={client}" if client else ""
    kind: str = ask(path, query, kind="websocket", cookie=cookie, origin=origin)["type"]
    return kind


@pytest.fixture
def officers_page() -> Iterator[str]:
    """The id of a page that an officer has open."""

    async def open_page() -> Client:
        scope = _scope("http", "/console/", "", "o", "") | {"console_session": Session("o", OFFICER)}
        return Client(page("/console-test"), request=Request(scope))

    client = asyncio.run(open_page())
    yield client.id
    Client.instances.pop(client.id, None)


def test_a_page_without_a_session_leads_to_the_sign_in_page_and_back() -> None:
    answer = ask("/console/alerts", "kind=capacity")
    assert answer["status"] == 303
    location = dict(answer["headers"])[b"location"].decode()
    assert location == "/console/login?next=/console/alerts%3Fkind%3Dcapacity"


@pytest.mark.parametrize("cookie", ["", "forged"])
def test_pages_and_sockets_want_a_session_that_stands(cookie: str) -> None:
    assert ask("/console/", cookie=cookie)["status"] == 303
    assert socket("anything", cookie) == "websocket.close"
    assert ask("/console/_nicegui_ws/socket.io/", "client_id=x", cookie=cookie)["status"] == 401
    assert ask("/console/_nicegui/client/x/upload/4", cookie=cookie)["status"] == 401


def test_the_sign_in_page_and_the_scripts_are_open() -> None:
    for path in ("/console/login", "/console/assets/console.css", "/console/_nicegui/3/static/vue.js"):
        assert ask(path)["status"] == 200, path


def test_a_socket_speaks_for_its_own_persons_page_only(officers_page: str) -> None:
    assert socket(officers_page, "o") == "websocket.accept"
    assert socket(officers_page, "e") == "websocket.close"
    assert socket(officers_page) == "websocket.close"


def test_an_upload_goes_to_its_own_persons_page_only(officers_page: str) -> None:
    path = f"/console/_nicegui/client/{officers_page}/upload/7"
    assert ask(path, cookie="o")["status"] == 200
    assert ask(path, cookie="e")["status"] == 403


def test_a_socket_that_names_no_page_is_refused() -> None:
    assert socket("", "o") == "websocket.close"


def test_another_site_cannot_use_the_browsers_cookie(officers_page: str) -> None:
    assert socket(officers_page, "o", "http://here:8000") == "websocket.accept"
    assert socket(officers_page, "o", "http://elsewhere") == "websocket.close"


@pytest.mark.parametrize(
    "wanted", ["//evil", "https://evil/console/", "/api/docs", "/console/login", "/console/\\evil", ""]
)
def test_signing_in_leads_to_our_own_pages_only(wanted: str) -> None:
    assert own_path(wanted) == "/console/"
    assert own_path("/console/alerts?kind=x") == "/console/alerts?kind=x"


@pytest.mark.parametrize(("accept", "told"), [("text/html,*/*", "没有这个页面"), ("*/*", '{"detail":"Not Found"}')])
def test_an_address_without_a_page_leads_a_person_back_and_a_script_nowhere(accept: str, told: str) -> None:
    scope = _scope("http", "/console/<nowhere>", "", "", "")
    scope["headers"].append((b"accept", accept.encode()))
    answer = asyncio.run(missing(Request(scope), HTTPException(404)))
    assert answer.status_code == 404
    text = bytes(answer.body).decode()
    assert told in text
    assert "<nowhere>" not in text


async def _left(scope: Scope, receive: Receive, send: Send) -> None:
    """A page that stops where it hears that nobody waits any more."""
    assert (await receive())["type"] == "http.disconnect"


async def _passed_on(request: Request, call_next: RequestResponseEndpoint) -> Response:
    return await call_next(request)


async def _failed(request: Request, call_next: RequestResponseEndpoint) -> Response:
    raise RuntimeError(NO_RESPONSE)


@pytest.mark.parametrize("dispatch", [_passed_on, _failed])
def test_a_page_left_before_it_was_made_is_no_error_and_one_that_failed_is(dispatch: DispatchFunction) -> None:
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    gate = Gate(BaseHTTPMiddleware(_left, dispatch=dispatch), object(), COOKIE, SESSIONS.get)
    asked = gate(_scope("http", "/console/", "", "o", ""), receive, send)
    if dispatch is _failed:
        with pytest.raises(RuntimeError, match=NO_RESPONSE):
            asyncio.run(asked)
    else:
        asyncio.run(asked)
    assert sent == []
