"""Accounts, sessions, tokens and the audit log on the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Self
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr

from api.schemas.base import Body, Line, Name, Wire, local, local_or_none
from domain.people import Principal, Role
from storage.ledger_ports import AuditEntry, TokenInfo, User

Secret = Annotated[SecretStr, Field(max_length=200, examples=["correct-horse-battery"])]


class LoginBody(Body):
    name: Name = Field(examples=["officer"])
    password: Secret


class PasswordBody(Body):
    password: Secret


class OwnPasswordBody(Body):
    present: Secret
    password: Secret


class MeOut(Wire):
    name: str = Field(examples=["officer"])
    role: Role
    enterprise: str | None
    may_write: bool
    may_administer: bool

    @classmethod
    def of(cls, principal: Principal) -> Self:
        return cls(
            name=principal.name,
            role=principal.role,
            enterprise=principal.enterprise,
            may_write=principal.may_write(),
            may_administer=principal.may_administer(),
        )


class UserBody(Body):
    name: Name = Field(examples=["zhang.wei"])
    password: Secret
    role: Role = Field(examples=["officer"])
    enterprise: Name | None = Field(default=None, description="only for role enterprise", examples=[None])


class ActiveBody(Body):
    active: bool = Field(examples=[True])


class UserOut(Wire):
    name: str = Field(examples=["zhang.wei"])
    role: Role
    enterprise: str | None
    active: bool

    @classmethod
    def of(cls, user: User) -> Self:
        return cls(name=user.name, role=user.role, enterprise=user.enterprise, active=user.active)


class UserList(Wire):
    items: list[UserOut]


class TokenBody(Body):
    label: Line = Field(examples=["nightly export"])
    days: Annotated[int, Field(ge=1, le=3650)] | None = Field(
        default=90, description="until it expires; null: never", examples=[90]
    )


class TokenOut(Wire):
    id: str
    user: str
    label: str
    created_at: datetime
    expires_at: datetime | None
    revoked: bool

    @classmethod
    def of(cls, token: TokenInfo, zone: ZoneInfo) -> Self:
        return cls(
            id=token.id,
            user=token.user,
            label=token.label,
            created_at=local(token.created_at, zone),
            expires_at=local_or_none(token.expires_at, zone),
            revoked=token.revoked,
        )


class NewTokenOut(Wire):
    token: TokenOut
    secret: str = Field(description="shown once; send it as Authorization: Bearer SECRET")


class TokenList(Wire):
    items: list[TokenOut]


class AuditOut(Wire):
    id: int
    at: datetime
    actor: str = Field(examples=["officer"])
    action: str = Field(examples=["quota.put"])
    subject: str = Field(examples=["district"])
    before: dict[str, Any] | None
    after: dict[str, Any] | None

    @classmethod
    def of(cls, entry: AuditEntry, zone: ZoneInfo) -> Self:
        return cls(
            id=entry.id,
            at=local(entry.at, zone),
            actor=entry.actor,
            action=entry.action,
            subject=entry.subject,
            before=dict(entry.before) if entry.before is not None else None,
            after=dict(entry.after) if entry.after is not None else None,
        )
