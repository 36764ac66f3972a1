"""What a question is about: one meter, an enterprise, an area, or the district."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from domain.errors import Invalid
from domain.ids import AccountId


class ScopeKind(StrEnum):
    METER = "meter"
    ENTERPRISE = "enterprise"
    ACCOUNTS = "accounts"  # the meters of one or several accounts (户号) of an enterprise, joined by +
    SUBSTATION = "substation"
    FEEDER = "feeder"
    STREET = "street"
    SECTOR = "sector"
    MONITORED = "monitored"  # sum of the enterprises
    DISTRICT = "district"  # boundary meters or the power company's series; a series of its own

    @property
    def is_area(self) -> bool:
        return self in (ScopeKind.SUBSTATION, ScopeKind.FEEDER, ScopeKind.STREET, ScopeKind.SECTOR)


@dataclass(frozen=True, slots=True, order=True)
class Scope:
    """Written ``district``, ``monitored``, ``enterprise:E001``, ``street:梅墟`` and so on."""

    kind: ScopeKind
    id: str = ""

    def __post_init__(self) -> None:
        whole = self.kind in (ScopeKind.DISTRICT, ScopeKind.MONITORED)
        if whole and self.id:
            raise Invalid(f"scope {self.kind} takes no id")
        if not whole and not self.id:
            raise Invalid(f"scope {self.kind} needs an id, as in {self.kind}:ID")

    def __hash__(self) -> int:
        # Scopes are keys of every row of demand, and hashing the enum as well costs four times as much.
        return hash(self.id)

    @classmethod
    def parse(cls, text: str) -> Self:
        kind, _, ident = text.partition(":")
        try:
            return cls(ScopeKind(kind), ident)
        except ValueError:
            raise Invalid(f"scope {text!r} is not one of: {', '.join(ScopeKind)} (with :ID where it has one)") from None

    @classmethod
    def asked(cls, text: str | None) -> Self | None:
        """Of a question that may leave its scope out: None for nothing or an empty text."""
        return cls.parse(text) if text else None

    def __str__(self) -> str:
        return f"{self.kind}:{self.id}" if self.id else str(self.kind)

    @property
    def accounts(self) -> tuple[AccountId, ...]:
        """Of a scope of accounts; empty for every other."""
        return tuple(AccountId(each) for each in self.id.split("+")) if self.kind is ScopeKind.ACCOUNTS else ()


DISTRICT = Scope(ScopeKind.DISTRICT)
MONITORED = Scope(ScopeKind.MONITORED)


def enterprise_scope(enterprise: str) -> Scope:
    return Scope(ScopeKind.ENTERPRISE, enterprise)


def accounts_scope(accounts: Iterable[AccountId]) -> Scope:
    return Scope(ScopeKind.ACCOUNTS, "+".join(sorted(accounts)))


def meter_scope(meter: str) -> Scope:
    return Scope(ScopeKind.METER, meter)
