"""Users (administrators) and API tokens (each their own)."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Path, Query

from api.auth import Administrator, Caller, ServicesDep
from api.schemas.base import PLAIN
from api.schemas.people import (
    ActiveBody,
    NewTokenOut,
    PasswordBody,
    TokenBody,
    TokenList,
    TokenOut,
    UserBody,
    UserList,
    UserOut,
)
from domain.errors import Conflict, NotFound
from domain.ids import parse_enterprise_id
from storage.ledger_ports import PeopleLedger, User

router = APIRouter()
UserName = Annotated[str, Path(max_length=64, pattern=PLAIN)]
TokenId = Annotated[str, Path(max_length=64, pattern=PLAIN)]


def _user(people: PeopleLedger, name: str) -> User:
    found = people.user(name)
    if found is None:
        raise NotFound(f"there is no user {name!r}")
    return found


@router.get("/users", tags=["users"], summary="All users")
def users(_: Administrator, services: ServicesDep) -> UserList:
    return UserList(items=[UserOut.of(user) for user in services.ledger.people.users()])


@router.post("/users", tags=["users"], status_code=201, summary="Create a user")
def create_user(body: UserBody, caller: Administrator, services: ServicesDep) -> UserOut:
    password = body.password.get_secret_value()
    enterprise = parse_enterprise_id(body.enterprise) if body.enterprise is not None else None
    return UserOut.of(services.ledger.people.create_user(caller.name, body.name, password, body.role, enterprise))


@router.put("/users/{name}/password", tags=["users"], status_code=204, summary="Give a user a new password")
def set_password(name: UserName, body: PasswordBody, caller: Administrator, services: ServicesDep) -> None:
    user = _user(services.ledger.people, name)
    services.ledger.people.set_password(caller.name, user.name, body.password.get_secret_value())


@router.put("/users/{name}/active", tags=["users"], summary="Lock a user out, or let them in again")
def set_active(name: UserName, body: ActiveBody, caller: Administrator, services: ServicesDep) -> UserOut:
    user = _user(services.ledger.people, name)
    if user.name == caller.name and not body.active:
        raise Conflict("an administrator does not lock themselves out; ask another administrator")
    services.ledger.people.set_active(caller.name, user.name, body.active)
    return UserOut.of(_user(services.ledger.people, name))


TokenOwner = Annotated[str, Query(max_length=64, pattern=PLAIN, description="whose; another's only for administrators")]


@router.get("/tokens", tags=["tokens"], summary="My API tokens, without their secrets")
def tokens(caller: Caller, services: ServicesDep, user: TokenOwner = "") -> TokenList:
    if user and user != caller.name:
        caller.require_administrator()
    found = services.ledger.people.tokens(user or caller.name)
    return TokenList(items=[TokenOut.of(token, services.zone) for token in found])


@router.post("/tokens", tags=["tokens"], status_code=201, summary="Create an API token; its secret is shown once")
def create_token(body: TokenBody, caller: Caller, services: ServicesDep) -> NewTokenOut:
    expires = services.machine_clock.now() + timedelta(days=body.days) if body.days is not None else None
    info, secret = services.ledger.people.create_token(caller.name, caller.name, body.label, expires)
    return NewTokenOut(token=TokenOut.of(info, services.zone), secret=secret)


@router.delete("/tokens/{token_id}", tags=["tokens"], status_code=204, summary="Revoke an API token")
def revoke_token(token_id: TokenId, caller: Caller, services: ServicesDep) -> None:
    people = services.ledger.people
    mine = any(token.id == token_id for token in people.tokens(caller.name))
    if not mine and not caller.may_administer():
        raise NotFound(f"you have no token {token_id!r}")
    people.revoke_token(caller.name, token_id)
