"""Signing in and out, and the caller's own password."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from api.auth import COOKIE, Caller, ServicesDep, check_origin
from api.schemas.people import LoginBody, MeOut, OwnPasswordBody
from api.throttle import LoginThrottle
from domain.errors import Unauthenticated
from storage.ledger_ports import User

router = APIRouter(prefix="/session", tags=["session"])
WRONG = "用户名或密码错误 / wrong name or password"


def _address(request: Request) -> str:
    return request.client.host if request.client is not None else ""


def _verified(request: Request, services: ServicesDep, name: str, password: str) -> User:
    throttle: LoginThrottle = request.app.state.throttle
    key = name.strip().lower()  # as the ledger knows people, or Officer and officer would be counted apart
    throttle.check(key, _address(request))
    user = services.ledger.people.verify_password(name, password)
    if user is None or not user.active:
        throttle.failed(key, _address(request))
        services.metrics.count("api_login_failures")
        raise Unauthenticated(WRONG)
    throttle.succeeded(key, _address(request))
    return user


@router.post("", summary="Sign in; sets the session cookie")
def login(body: LoginBody, request: Request, response: Response, services: ServicesDep) -> MeOut:
    check_origin(request, need_proof=False)
    user = _verified(request, services, body.name, body.password.get_secret_value())
    hours = services.settings.api.session_hours
    session = services.ledger.people.create_session(user.name, hours)
    secure = request.url.scheme == "https"
    response.set_cookie(COOKIE, session, max_age=int(hours * 3600), httponly=True, samesite="lax", secure=secure)
    return MeOut.of(user.principal)


@router.get("", summary="Who am I?")
def me(caller: Caller) -> MeOut:
    return MeOut.of(caller)


@router.delete("", status_code=204, summary="Sign out")
def logout(_: Caller, request: Request, response: Response, services: ServicesDep) -> None:
    session = request.cookies.get(COOKIE)
    if session:
        services.ledger.people.end_session(session)
    response.delete_cookie(COOKIE, httponly=True, samesite="lax")


@router.put("/password", status_code=204, summary="Change my own password")
def change_password(body: OwnPasswordBody, caller: Caller, request: Request, services: ServicesDep) -> None:
    _verified(request, services, caller.name, body.present.get_secret_value())
    services.ledger.people.set_password(caller.name, caller.name, body.password.get_secret_value())
