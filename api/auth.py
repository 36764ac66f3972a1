"""Who asks: a Bearer token or the session cookie becomes a Principal. Scopes are checked by the desks, not here."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request
from fastapi.openapi.models import APIKey
from fastapi.openapi.models import HTTPBearer as HTTPBearerModel
from fastapi.security.base import SecurityBase
from starlette.requests import HTTPConnection

from api.headers import WRITE_HEADER
from api.services import Services
from domain.errors import Forbidden, Unauthenticated
from domain.people import Principal

COOKIE = "yingfeng_session"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def services_of(connection: HTTPConnection) -> Services:
    services: Services = connection.app.state.services
    return services


ServicesDep = Annotated[Services, Depends(services_of)]


def check_origin(request: Request, *, need_proof: bool) -> None:
    """Refuses a write that another site sent with this browser's cookie.

    Browsers state the Origin of a write, and no other site may set our own header without a preflight we never answer.
    """
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
        raise Forbidden(f"this write comes from another site ({origin[:100]})")
    if need_proof and origin is None and WRITE_HEADER not in request.headers:
        raise Forbidden(f"a write with a session cookie needs the header {WRITE_HEADER}: 1, or use an API token")


def principal_of(connection: HTTPConnection, services: Services) -> Principal | None:
    """The caller, or None when nothing was presented. A wrong token is refused rather than ignored."""
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    if scheme:
        user = services.ledger.people.token_user(token.strip()) if scheme.lower() == "bearer" else None
        if user is None or not user.active:
            raise Unauthenticated("the API token is unknown, expired or revoked; make one with POST /api/v1/tokens")
        return user.principal
    session = connection.cookies.get(COOKIE)
    user = services.ledger.people.session_user(session) if session else None
    return user.principal if user is not None and user.active else None


def caller_or_none(request: Request, services: ServicesDep) -> Principal | None:
    found = principal_of(request, services)
    by_cookie = found is not None and "authorization" not in request.headers
    if by_cookie and request.method not in SAFE_METHODS:
        check_origin(request, need_proof=True)
    return found


def caller(found: Annotated[Principal | None, Depends(caller_or_none)]) -> Principal:
    if found is None:
        raise Unauthenticated("sign in with POST /api/v1/session, or send Authorization: Bearer TOKEN")
    return found


def staff(found: Annotated[Principal, Depends(caller)]) -> Principal:
    """Administrators, officers and viewers: not an enterprise."""
    if not found.sees_all():
        raise Forbidden(f"{found.name} ({found.role}) may not see this; it is for the district's staff")
    return found


def officer(found: Annotated[Principal, Depends(caller)]) -> Principal:
    found.require_write()
    return found


def administrator(found: Annotated[Principal, Depends(caller)]) -> Principal:
    found.require_administrator()
    return found


class _Declared(SecurityBase):
    """Only tells OpenAPI which credentials there are; the work is done by ``caller``."""

    def __init__(self, model: HTTPBearerModel | APIKey, name: str) -> None:
        self.model = model
        self.scheme_name = name

    def __call__(self) -> None:
        return None


bearer_scheme = _Declared(HTTPBearerModel(description="API token from POST /api/v1/tokens"), "token")
cookie_scheme = _Declared(
    APIKey.model_validate(
        {"type": "apiKey", "in": "cookie", "name": COOKIE, "description": "session from POST /api/v1/session"}
    ),
    "session",
)

MaybeCaller = Annotated[Principal | None, Depends(caller_or_none)]
Caller = Annotated[Principal, Depends(caller)]
Staff = Annotated[Principal, Depends(staff)]
Officer = Annotated[Principal, Depends(officer)]
Administrator = Annotated[Principal, Depends(administrator)]
