"""Closing an enterprise (it left the district) or an account (销户) from a day on, and taking that back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TypeVar

from domain.errors import Invalid
from domain.registry import Account, Enterprise, Registry, closed_from
from storage.ledger_ports import RegistryLedger


class Closable(StrEnum):
    ENTERPRISE = "enterprise"
    ACCOUNT = "account"


@dataclass(frozen=True, slots=True)
class Closing:
    """``enterprise``, ``name`` : whose it is; ``since`` : the first day it is closed, which may be to come"""

    what: Closable
    id: str
    enterprise: str
    name: str
    since: date


def put_closing(
    ledger: RegistryLedger, actor: str, what: Closable, ident: str, day: date, *, closed: bool, reason: str
) -> Registry:
    """Raises NotFound for what is not in the registry on that day, Invalid without a reason."""
    if not reason.strip():
        raise Invalid("理由必填，会记入审计日志 / a reason is needed: it goes into the audit log")
    known = ledger.registry()
    if what is Closable.ENTERPRISE:
        enterprises = closed_from(known.enterprises, ident, day, closed=closed)
        return ledger.put_versions(actor, enterprises=enterprises, source=reason)
    accounts = closed_from(known.accounts, ident, day, closed=closed)
    return ledger.put_versions(actor, accounts=accounts, source=reason)


V = TypeVar("V", Enterprise, Account)


def _closed(versions: Iterable[V]) -> list[V]:
    """Of each that ends closed: the first version of that closing."""
    since: dict[str, V] = {}
    for version in sorted(versions, key=lambda v: v.valid_from):
        if not version.closed:
            since.pop(version.id, None)
        else:
            since.setdefault(version.id, version)
    return list(since.values())


def closings(registry: Registry) -> list[Closing]:
    """What is closed, or is to be, the newest first; an account of a closed enterprise is not listed for that."""
    names = {e.id: e.name for e in sorted(registry.enterprises, key=lambda e: e.valid_from)}
    found = [Closing(Closable.ENTERPRISE, e.id, e.id, e.name, e.valid_from) for e in _closed(registry.enterprises)]
    found += [
        Closing(Closable.ACCOUNT, a.id, a.enterprise, names.get(a.enterprise, a.enterprise), a.valid_from)
        for a in _closed(registry.accounts)
    ]
    return sorted(found, key=lambda c: (c.since, c.id), reverse=True)
