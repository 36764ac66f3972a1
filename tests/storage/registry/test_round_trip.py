"""Whatever the registry holds, its workbook says, and reading the workbook gives it back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.credit_code import ALPHABET, check_character
from domain.ids import AccountId, EnterpriseId, GatewayId, MeterId
from domain.registry import (
    Account,
    Contact,
    DataClass,
    Enterprise,
    Meter,
    MeterRole,
    ProtectedClass,
    Registry,
    RestrictedClass,
    Stamp,
)
from domain.registry_checks import RegistryChange
from storage.ledger.sql import SqlLedger
from storage.registry_export import export_registry
from storage.registry_files import read_registry
from storage.sheet_files import SheetFile
from tests.support.clock import HandClock

TODAY = date(2026, 7, 20)
days = st.dates(date(1970, 1, 1), date(2100, 12, 31))
# Any text a person can see, and what spreadsheets like to change.
texts = st.one_of(
    st.sampled_from(
        ["", "=1+1", "+86", "-", "/", "@x", "007", "1E5", "8-10", "是", "_x000D_", "'quoted", "a\nb", "TRUE"]
    ),
    st.text(st.characters(min_codepoint=32, max_codepoint=0x9FFF, exclude_categories=("C", "Z")), max_size=8),
)
# Excel keeps 15 digits.
figures = st.none() | st.integers(0, 10**9).map(lambda n: n / 1000)
positive = st.integers(1, 10**9).map(lambda n: n / 1000)
phones = st.from_regex(r"(1[0-9]{10}|0[0-9]{3}-[0-9]{8})", fullmatch=True)


@st.composite
def credit_codes(draw: st.DrawFn) -> str:
    first17 = draw(st.text(ALPHABET, min_size=17, max_size=17))
    return first17 + check_character(first17)


@st.composite
def registries(draw: st.DrawFn) -> Registry:
    starts = sorted(draw(st.sets(days, min_size=1, max_size=3)))
    enterprise_ids = [EnterpriseId(f"E{n}") for n in range(draw(st.integers(1, 3)))]
    account_ids = [AccountId(f"033{n:07d}") for n in range(draw(st.integers(0, 3)))]
    enterprises = [_enterprise(draw, ident, day) for ident in enterprise_ids for day in starts]
    accounts = [
        Account(
            *(ident, day, draw(st.sampled_from(enterprise_ids)), draw(texts), draw(texts)),
            *(draw(st.none() | positive), draw(figures), draw(figures), draw(figures)),
            closed=draw(st.booleans()),
        )
        for ident in account_ids
        for day in starts
    ]
    meters = [_meter(draw, n, day, account_ids) for n in range(3) for day in starts]
    return Registry(enterprises=tuple(enterprises), accounts=tuple(accounts), meters=tuple(meters))


def _enterprise(draw: st.DrawFn, ident: EnterpriseId, day: date) -> Enterprise:
    figure_names = [name for name in Enterprise.__dataclass_fields__ if name.endswith("_kw")]
    text_names = ("street", "sector", "shifts", "rest_day", "plan_level", "measure", "measure_hours")
    flag_names = ("two_high", "limit_exceeded", "dr_contract", "remote_controllable", "closed")
    contacts = draw(st.lists(st.builds(Contact, texts.filter(lambda t: t and t.isprintable()), phones), max_size=3))
    columns: dict[str, Any] = {
        **{name: draw(figures) for name in figure_names},
        **{name: draw(texts) for name in text_names},
        **{name: draw(st.booleans()) for name in flag_names},
    }
    return Enterprise(
        ident,
        day,
        draw(texts.filter(bool)),
        credit_code=draw(st.just("") | credit_codes()),
        protected_class=draw(st.sampled_from(ProtectedClass)),
        restricted_class=draw(st.sampled_from(RestrictedClass)),
        responsibility_letter=draw(texts),
        contacts=tuple(contacts),
        **columns,
    )


def _meter(draw: st.DrawFn, number: int, day: date, accounts: list[AccountId]) -> Meter:
    roles = st.sampled_from(MeterRole) if accounts else st.just(MeterRole.BOUNDARY)
    role = draw(roles)
    return Meter(
        MeterId(f"{number:04d}"),
        day,
        None if role is MeterRole.BOUNDARY else draw(st.sampled_from(accounts)),
        role=role,
        data_class=draw(st.sampled_from(DataClass)),
        interval_s=draw(st.sampled_from([1, 60, 300, 900, 86_400])),
        stamp=draw(st.sampled_from(Stamp)),
        multiplier=draw(positive),
        primary_values=draw(st.booleans()),
        register_modulus_kwh=draw(positive),
        gateway=draw(st.none() | st.sampled_from([GatewayId("G1"), GatewayId("0002")])),
        in_service=draw(st.booleans()),
    )


def _sound(registry: Registry) -> bool:
    return not RegistryChange(registry.enterprises, registry.accounts, registry.meters).find_mistakes(Registry())


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(registries().filter(_sound))
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
    @given(registries().filter(_sound))
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
