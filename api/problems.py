"""Errors become problem documents (RFC 9457) here and nowhere else.

Each carries a ``reference`` that also stands in the log and in the ``X-Request-ID`` header.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from api.throttle import TooManyAttempts
from domain.errors import (
    Conflict,
    Forbidden,
    InsufficientData,
    Invalid,
    NotFound,
    Unauthenticated,
    Unavailable,
    YingfengError,
)

log = logging.getLogger(__name__)
#: The one-tap pages (api/reply_pages.py): plain forms, for browsers without scripts.
REPLIES = "/r/"
MEDIA_TYPE = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Kind:
    """How one kind of error looks on the wire. ``type`` is a relative reference, explained in docs/api.md."""

    status: int
    name: str
    title: str

    @property
    def type(self) -> str:
        return f"/api/problems/{self.name}"


#: The first class that fits decides, so subclasses stand before their bases.
KINDS: dict[type[YingfengError], Kind] = {
    Invalid: Kind(422, "invalid", "请求有误 / Invalid request"),
    Unauthenticated: Kind(401, "unauthenticated", "请先登录 / Not signed in"),
    Forbidden: Kind(403, "forbidden", "无权限 / Not allowed"),
    NotFound: Kind(404, "not-found", "未找到 / Not found"),
    Conflict: Kind(409, "conflict", "与当前状态冲突 / Conflict with the present state"),
    InsufficientData: Kind(422, "insufficient-data", "数据不足 / Insufficient data"),
    Unavailable: Kind(503, "unavailable", "暂时不可用 / Not available now"),
    TooManyAttempts: Kind(429, "too-many-attempts", "尝试过多 / Too many attempts"),
    YingfengError: Kind(500, "internal", "内部错误 / Internal error"),
}
HTTP_KINDS: dict[int, Kind] = {
    400: Kind(400, "bad-request", "请求无法读取 / Unreadable request"),
    404: Kind(404, "not-found", "未找到 / Not found"),
    405: Kind(405, "method-not-allowed", "不支持该方法 / Method not allowed"),
    413: Kind(413, "too-large", "内容过大 / Content too large"),
    415: Kind(415, "unsupported-media-type", "不支持该内容类型 / Unsupported media type"),
}
INTERNAL = KINDS[YingfengError]
HINTS = {
    404: "there is nothing at this path; GET /api/docs lists what there is",
    405: "this path exists but not with this method; GET /api/docs lists the methods",
}


def reference_of(request: Request) -> str:
    return str(request.scope.get("state", {}).get("reference", ""))


def problem(
    kind: Kind,
    detail: str,
    *,
    instance: str,
    reference: str,
    extra: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    body = {
        "type": kind.type,
        "title": kind.title,
        "status": kind.status,
        "detail": detail,
        "instance": instance,
        "reference": reference,
        **(extra or {}),
    }
    return JSONResponse(body, kind.status, headers=dict(headers or {}), media_type=MEDIA_TYPE)


def internal_problem(instance: str, reference: str) -> JSONResponse:
    """Says nothing of the inside: the reference leads to the log."""
    detail = f"出现内部错误，请将编号 {reference} 告知管理员 / an internal error; give {reference} to an administrator"
    return problem(INTERNAL, detail, instance=instance, reference=reference)


def logged_path(path: str) -> str:
    """As the log may hold it: the token of a one-tap link is a right, and logs are read by others."""
    return f"{REPLIES}..." if path.startswith(REPLIES) else path


def _answer(request: Request, kind: Kind, detail: str, **more: Any) -> JSONResponse:
    reference = reference_of(request)
    log.info("%s %s: %s %s (%s)", request.method, logged_path(request.url.path), kind.status, detail, reference)
    return problem(kind, detail, instance=request.url.path, reference=reference, **more)


def _kind_of(error: YingfengError) -> Kind:
    return next(kind for cls, kind in KINDS.items() if isinstance(error, cls))


def _on_domain(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, YingfengError)
    kind = _kind_of(error)
    if kind is INTERNAL:
        raise error
    extra: dict[str, Any] = {}
    headers: dict[str, str] = {}
    if isinstance(error, InsufficientData):
        extra = {"reason": error.reason, "coverage": error.coverage}
    elif isinstance(error, Unauthenticated):
        headers["WWW-Authenticate"] = "Bearer"
    elif isinstance(error, Unavailable):
        headers["Retry-After"] = "5"
    elif isinstance(error, TooManyAttempts):
        headers["Retry-After"] = str(error.retry_after_s)
    return _answer(request, kind, str(error), extra=extra, headers=headers)


def _field(error: Mapping[str, Any]) -> dict[str, str]:
    # The refused value itself is left out: it may be a password.
    return {"where": ".".join(str(part) for part in error["loc"]), "message": str(error["msg"])}


def _fields(errors: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    return [_field(error) for error in errors]


def _on_validation(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    errors = error.errors()
    if any(e["type"] == "json_invalid" for e in errors):
        return _answer(request, HTTP_KINDS[400], "the body is not valid JSON", extra={"errors": _fields(errors)})
    fields = _fields(errors)
    detail = "; ".join(f"{f['where']}: {f['message']}" for f in fields)
    return _answer(request, KINDS[Invalid], detail, extra={"errors": fields})


def _on_http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    status = error.status_code
    kind = HTTP_KINDS.get(status) or Kind(status, "http", HTTPStatus(status).phrase)
    detail = HINTS.get(status, str(error.detail))
    return _answer(request, kind, detail, headers=error.headers or {})


def install(app: FastAPI) -> None:
    """What is not caught here becomes ``internal_problem`` in ``api.edge``."""
    app.add_exception_handler(YingfengError, _on_domain)
    app.add_exception_handler(RequestValidationError, _on_validation)
    app.add_exception_handler(HTTPException, _on_http)
