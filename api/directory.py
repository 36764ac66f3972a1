"""The registry as one principal may see it: the only place where the API filters enterprises and meters by role."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from domain.errors import Invalid
from domain.ids import EnterpriseId, MeterId
from domain.people import Principal
from domain.registry import Account, Enterprise, Meter, Registry, RegistryView
from domain.scopes import enterprise_scope, meter_scope
from storage.page import Page

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Filter:
    """Empty text filters nothing; ``q`` is found in id, name or credit code, whatever the case."""

    street: str = ""
    sector: str = ""
    q: str = ""

    def keeps(self, enterprise: Enterprise) -> bool:
        texts = (enterprise.id, enterprise.name, enterprise.credit_code)
        return (
            self.street in ("", enterprise.street)
            and self.sector in ("", enterprise.sector)
            and any(self.q.casefold() in text.casefold() for text in texts)
        )


def encode_cursor(last_id: str) -> str:
    return base64.urlsafe_b64encode(last_id.encode("utf-8")).decode("ascii").rstrip("=")


def decode_cursor(cursor: str) -> str:
    try:
        return base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("utf-8")
    except (binascii.Error, UnicodeError, ValueError):
        raise Invalid(f"cursor {cursor!r} was not given by this list; start without a cursor") from None


def page_of(items: Sequence[T], key: Callable[[T], str], cursor: str | None, limit: int) -> Page[T]:
    """A page of ``items`` ordered by ``key``. The cursor is the last key seen, so a page survives additions."""
    ordered = sorted(items, key=key)
    rest = ordered if cursor is None else [item for item in ordered if key(item) > decode_cursor(cursor)]
    chosen = rest[:limit]
    more = len(rest) > limit
    return Page(tuple(chosen), encode_cursor(key(chosen[-1])) if more else None, len(ordered))


class Directory:
    """One registry on one day, for one principal."""

    def __init__(self, registry: Registry, day: date, principal: Principal) -> None:
        self._view: RegistryView = registry.view(day)
        self._principal = principal

    def enterprises(self, wanted: Filter) -> list[Enterprise]:
        return [e for e in self._view.enterprises.values() if self._sees(e.id) and wanted.keeps(e)]

    def enterprise(self, enterprise: str) -> Enterprise:
        # The scope is checked first: a stranger must not learn which ids exist.
        self._principal.require_scope(enterprise_scope(enterprise))
        return self._view.enterprise(enterprise)

    def accounts(self, enterprise: EnterpriseId) -> list[Account]:
        self._principal.require_scope(enterprise_scope(enterprise))
        return list(self._view.accounts_of(enterprise))

    def meters(self, enterprise: str = "") -> list[Meter]:
        if enterprise:
            self._principal.require_scope(enterprise_scope(enterprise))
        return [m for m in self._view.meters.values() if self._shows(m, enterprise)]

    def meter(self, meter: str) -> Meter:
        owner = self.owner(meter)
        self._principal.require_scope(meter_scope(meter), owner=owner)
        return self._view.meter(meter)

    def owner(self, meter: str) -> EnterpriseId | None:
        found = self._view.meters.get(MeterId(meter))
        return self._view.enterprise_of(found.id) if found is not None else None

    def _shows(self, meter: Meter, enterprise: str) -> bool:
        owner = self._view.enterprise_of(meter.id)
        if enterprise and owner != enterprise:
            return False
        return self._principal.sees_all() or (owner is not None and owner == self._principal.enterprise)

    def _sees(self, enterprise: EnterpriseId) -> bool:
        return self._principal.sees_all() or enterprise == self._principal.enterprise
