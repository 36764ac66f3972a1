"""Whatever the registry holds, its workbook says, and reading the workbook gives it back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings

from domain.ids import AccountId, EnterpriseId, MeterId
from domain.registry import (
    Account,
    Enterprise,
    Meter,
    Registry,
)
from storage.ledger.sql import SqlLedger
from storage.registry_export import export_registry
from storage.registry_files import read_registry
from storage.sheet_files import SheetFile
from tests.support.clock import HandClock
from tests.support.registries import registries, sound

TODAY = date(2026, 7, 20)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(registries().filter(sound))
def test_export_then_import_is_the_same_registry(registry: Registry) -> None:
    file = SheetFile("台账.xlsx", export_registry(registry, reveal_phones=True))
    found = read_registry([file], present=Registry(), today=TODAY)
    assert found.errors == ()
    assert _ordered(found.enterprises) == _ordered(registry.enterprises)
    assert _ordered(found.accounts) == _ordered(registry.accounts)
    assert _ordered(found.meters) == _ordered(registry.meters)


def _ordered(versions: tuple[Enterprise, ...] | tuple[Account, ...] | tuple[Meter, ...]) -> list[object]:
    return sorted(versions, key=lambda v: (v.id, v.valid_from))


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_the_ledger_gives_back_what_was_put(
    database: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("ledgers")
    url = request.getfixturevalue("postgres_url") if database == "postgresql" else ""

    @settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(registries().filter(sound))
    def put_and_get(registry: Registry) -> None:
        ledger = SqlLedger(url or _new_file(folder), clock=HandClock(datetime(2026, 7, 20, tzinfo=UTC)))
        try:
            renamed = _under_new_names(registry)
            ledger.registry.put_versions(
                "wu", enterprises=renamed.enterprises, accounts=renamed.accounts, meters=renamed.meters
            )
            present = ledger.registry.registry()
        finally:
            ledger.close()
        assert set(renamed.enterprises) <= set(present.enterprises)
        assert set(renamed.accounts) <= set(present.accounts)
        assert set(renamed.meters) <= set(present.meters)

    put_and_get()


def _new_file(folder: Path) -> str:
    return f"sqlite:///{folder}/{uuid4().hex}.sqlite"


def _under_new_names(registry: Registry) -> Registry:
    """One database sees many examples: each comes with ids of its own, and without credit codes."""
    prefix = uuid4().hex[:8]
    return Registry(
        enterprises=tuple(replace(e, id=EnterpriseId(prefix + e.id), credit_code="") for e in registry.enterprises),
        accounts=tuple(
            replace(a, id=AccountId(prefix + a.id), enterprise=EnterpriseId(prefix + a.enterprise))
            for a in registry.accounts
        ),
        meters=tuple(
            replace(m, id=MeterId(prefix + m.id), account=AccountId(prefix + m.account) if m.account else None)
            for m in registry.meters
        ),
    )
