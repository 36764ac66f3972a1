"""The outer edge of the API: reference id, size and media type limits, safe headers, counting, the last resort.

A plain ASGI layer, so that a streamed answer passes through untouched and an oversized body is never held in memory.
"""

from __future__ import annotations

import logging
import time
import uuid
from http import HTTPStatus

from fastapi import HTTPException
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import HTTP_KINDS, REPLIES, internal_problem, logged_path, problem
from domain.events import Metrics

log = logging.getLogger(__name__)
#: The pages are an application of their own, with websockets, uploads and caching rules of its own.
PAGES = "/console"
JSON_BYTES = 1_000_000
FILE_BYTES = 20_000_000
#: Of a form of the one-tap pages.
FORM_BYTES = 20_000
BODY_METHODS = frozenset({"POST", "PUT", "PATCH"})
SAFE_HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}


def takes_file(path: str) -> bool:
    return path.rstrip("/").endswith(("/import", "/attachments", "/intensity/products"))


def most_bytes(path: str) -> int:
    if path.startswith(REPLIES):
        return FORM_BYTES
    return FILE_BYTES if takes_file(path) else JSON_BYTES


def wanted_type(path: str) -> str:
    if path.startswith(REPLIES):
        return "application/x-www-form-urlencoded"
    return "multipart/form-data" if takes_file(path) else "application/json"


def _refusal(scope: Scope) -> tuple[int, str] | None:
    """Why this request is not even read, or None."""
    headers = Headers(scope=scope)
    limit = most_bytes(scope["path"])
    length = headers.get("content-length", "0")
    if length.isascii() and length.isdigit() and int(length) > limit:
        return 413, f"the body has {length} bytes; at most {limit} are taken here"
    has_body = length != "0" or "transfer-encoding" in headers
    if scope["method"] not in BODY_METHODS or not has_body:
        return None
    wanted = wanted_type(scope["path"])
    given = headers.get("content-type", "").partition(";")[0].strip().lower()
    if given != wanted:
        return 415, f"the body is {given or 'of no stated type'}; send {wanted}"
    return None


class ApiEdge:
    """Wraps the whole application but the pages."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(PAGES):
            await self._app(scope, receive, send)
            return
        reference = uuid.uuid4().hex[:12]
        scope.setdefault("state", {})["reference"] = reference
        status = 0
        began = time.monotonic()

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["X-Request-ID"] = reference
                for name, value in SAFE_HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            await self._guarded(scope, receive, sending, reference)
        except Exception:
            log.exception("%s %s failed (%s)", scope["method"], logged_path(scope["path"]), reference)
            if status:
                raise  # too late for a problem document; the server must break the connection
            await internal_problem(scope["path"], reference)(scope, receive, sending)
        finally:
            self._count(scope, status, time.monotonic() - began)

    async def _guarded(self, scope: Scope, receive: Receive, send: Send, reference: str) -> None:
        refused = _refusal(scope)
        limit = most_bytes(scope["path"])
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > limit:
                # FastAPI's own class: it turns any other error while it reads a body into a 400.
                raise HTTPException(413, f"the body is longer than the {limit} bytes taken here")
            return message

        if refused is None:
            await self._app(scope, counted, send)
            return
        status, detail = refused
        log.info("%s %s: %s %s (%s)", scope["method"], logged_path(scope["path"]), status, detail, reference)
        answer = problem(HTTP_KINDS[status], detail, instance=scope["path"], reference=reference)
        answer.headers["Connection"] = "close"  # the rest of the body is not read
        await answer(scope, receive, send)

    def _count(self, scope: Scope, status: int, seconds: float) -> None:
        # The route's template, never the path: labels must stay few.
        route = str(getattr(scope.get("route"), "path", "unmatched"))
        known = status if status in HTTPStatus._value2member_map_ else 0
        metrics: Metrics = scope["app"].state.services.metrics
        metrics.count("api_requests", route=route, method=scope["method"][:8], status=str(known))
        if not route.endswith("/stream"):
            metrics.observe("api_request_seconds", seconds, route=route)
