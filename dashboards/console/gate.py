"""The gate before every page, upload and websocket of the console: a session, or the way to the sign-in page.

NiceGUI's websocket passes HTTP middleware by, so this is a plain ASGI layer around the whole mounted application.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import parse_qs, quote, urlsplit

from nicegui import Client
from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from domain.people import Principal

log = logging.getLogger(__name__)
ROOT = "/console"
LOGIN = f"{ROOT}/login"
SOCKET = f"{ROOT}/_nicegui_ws/"
#: Scripts and styles are the same for everyone and hold no data; the sign-in page must be reachable.
OPEN = (LOGIN, f"{ROOT}/assets/", f"{ROOT}/_nicegui/", f"{ROOT}/favicon.ico")
#: Uploads and page resources lie below the open prefix but belong to one page.
CLIENT_ROUTES = f"{ROOT}/_nicegui/client/"
#: What Starlette's BaseHTTPMiddleware raises when nobody waits for the answer any more.
NO_RESPONSE = "No response returned."
POLICY = "frame-ancestors 'none'"


@dataclass(frozen=True, slots=True)
class Session:
    """One signed-in browser: its cookie and who it was when the page was asked for."""

    cookie: str
    principal: Principal


class Gate:
    """resolve : session cookie -> who it belongs to, None when it ended; may block"""

    def __init__(
        self, pages: ASGIApp, console: object, cookie: str, resolve: Callable[[str], Principal | None]
    ) -> None:
        self._pages = pages
        self._console = console
        self._cookie = cookie
        self._resolve = resolve

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._pages(scope, receive, send)
            return
        path: str = scope["path"]
        session = None if _is_open(path) else await self._session(HTTPConnection(scope))
        refusal = None if _is_open(path) else _refusal(scope, session)
        if refusal is not None:
            await (WebSocketClose(1008) if scope["type"] == "websocket" else refusal)(scope, receive, send)
            return
        scope["console"], scope["console_session"] = self._console, session
        await self._answer(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Whoever left before the page was made is no fault of ours: Starlette's middleware takes it for one."""
        gone = False

        async def heard() -> Message:
            nonlocal gone
            message = await receive()
            gone = gone or message["type"] == "http.disconnect"
            return message

        try:
            await self._pages(scope, heard, send)
        except RuntimeError as error:
            if not (gone and str(error) == NO_RESPONSE):
                raise
            log.info("%s was left before it was made", scope["path"])

    async def _session(self, connection: HTTPConnection) -> Session | None:
        cookie = connection.cookies.get(self._cookie)
        principal = await run_in_threadpool(self._resolve, cookie) if cookie else None
        return Session(cookie, principal) if cookie and principal is not None else None


def _is_open(path: str) -> bool:
    return path.startswith(OPEN) and not path.startswith(CLIENT_ROUTES)


def _refusal(scope: Scope, session: Session | None) -> Response | None:
    path: str = scope["path"]
    if path.startswith((SOCKET, CLIENT_ROUTES)):
        return _socket_refusal(HTTPConnection(scope), session)
    if session is not None:
        return None
    query = scope["query_string"].decode("latin-1")
    wanted = path + (f"?{query}" if query else "")
    return RedirectResponse(f"{LOGIN}?next={quote(wanted)}", status_code=303)


def _socket_refusal(connection: HTTPConnection, session: Session | None) -> Response | None:
    """A websocket speaks for one page, so it must come from that page's person, and from our own site."""
    if session is None:
        return PlainTextResponse("请先登录 / sign in first", 401)
    origin = connection.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != connection.headers.get("host"):
        return PlainTextResponse("来自其他网站 / from another site", 403)
    path = connection.url.path
    if path.startswith(CLIENT_ROUTES):
        page = path.removeprefix(CLIENT_ROUTES).partition("/")[0]
    else:
        page = parse_qs(connection.url.query).get("client_id", [""])[0]
    if not page:
        return PlainTextResponse("没有页面编号 / no page named", 403)
    client = Client.instances.get(page)
    # An unknown page is one from before a restart: NiceGUI refuses it in the way that makes the browser reload.
    if client is not None and owner_of(client) != session.principal:
        log.warning("%s tried the page of someone else", session.principal.name)
        return PlainTextResponse("不是您的页面 / not your page", 403)
    return None


def owner_of(client: Client) -> Principal | None:
    session: Session | None = client.request.scope.get("console_session")
    return session.principal if session is not None else None
