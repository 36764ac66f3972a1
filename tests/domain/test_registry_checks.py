from __future__ import annotations

from dataclasses import replace

import pytest

from domain.ids import AccountId, EnterpriseId, GatewayId, MeterId
from domain.registry import ALWAYS, Contact, MeterRole
from domain.registry_checks import RegistryChange
from tests.support.registry import (
    BOUNDARY,
    FACTORY,
    FACTORY_ACCOUNT,
    FACTORY_MAIN,
    SUMMER,
    TENANT,
    TENANT_SUB,
    small_registry,
)


def mistakes(change: RegistryChange) -> list[tuple[str, str]]:
    return [(m.id, m.field) for m in change.find_mistakes(small_registry())]


def test_a_sound_registry_has_none() -> None:
    small = small_registry()
    assert mistakes(RegistryChange(small.enterprises, small.accounts, small.meters)) == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": " "}, "name"),
        ({"credit_code": "91330201MA2AGC0121"}, "credit_code"),
        ({"security_load_kw": -1.0}, "security_load_kw"),
        ({"summer_max_kw": float("nan")}, "summer_max_kw"),
        ({"winter_max_kw": float("inf")}, "winter_max_kw"),
        ({"street": "梅\x00墟"}, "street"),
        ({"measure": "x" * 2001}, "measure"),
        ({"contacts": (Contact("王\x07", ""),)}, "contacts"),
        ({"id": EnterpriseId("E 1"), "credit_code": ""}, "id"),
        ({"id": EnterpriseId("E009")}, "credit_code"),  # the code is E001's
    ],
)
def test_enterprises(changes: dict[str, object], field: str) -> None:
    assert field in [f for _, f in mistakes(RegistryChange([replace(FACTORY, **changes)]))]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"enterprise": EnterpriseId("E404")}, "enterprise"),
        ({"voltage_kv": 0.0}, "voltage_kv"),
        ({"running_capacity_kva": -5.0}, "running_capacity_kva"),
        ({"id": AccountId("33/1")}, "id"),
    ],
)
def test_accounts(changes: dict[str, object], field: str) -> None:
    changed = replace(FACTORY_ACCOUNT, **changes)  # type: ignore[arg-type]
    assert (changed.id, field) in mistakes(RegistryChange(accounts=[changed]))


def test_a_suspended_account_may_run_at_nothing() -> None:
    assert mistakes(RegistryChange(accounts=[replace(FACTORY_ACCOUNT, running_capacity_kva=0.0)])) == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"account": None}, "account"),
        ({"account": AccountId("0339999999")}, "account"),
        ({"role": MeterRole.BOUNDARY}, "account"),
        ({"landlord": EnterpriseId("E404")}, "landlord"),
        ({"landlord": EnterpriseId("E001")}, "landlord"),  # its own enterprise
        ({"role": MeterRole.EV, "landlord": EnterpriseId("E002")}, "landlord"),
        ({"gateway": GatewayId("G/1")}, "gateway"),
        ({"multiplier": float("inf")}, "multiplier"),
        ({"register_modulus_kwh": 0.0}, "register_modulus_kwh"),
    ],
)
def test_meters(changes: dict[str, object], field: str) -> None:
    assert mistakes(RegistryChange(meters=[replace(FACTORY_MAIN, **changes)])) == [("M001", field)]  # type: ignore[arg-type]


def test_what_is_referred_to_must_be_there_on_the_day() -> None:
    late = replace(TENANT, id=EnterpriseId("E003"), valid_from=SUMMER)
    early = replace(FACTORY_ACCOUNT, id=AccountId("0330000003"), enterprise=EnterpriseId("E003"))
    change = RegistryChange([late], [early])
    [mistake] = change.find_mistakes(small_registry())
    assert (mistake.field, mistake.valid_from) == ("enterprise", ALWAYS)
    assert "2026-07-01" in mistake.text_en


def test_references_inside_one_change_count() -> None:
    enterprise = replace(TENANT, id=EnterpriseId("E003"))
    account = replace(FACTORY_ACCOUNT, id=AccountId("0330000003"), enterprise=EnterpriseId("E003"))
    meter = replace(FACTORY_MAIN, id=MeterId("M003"), account=account.id)
    assert mistakes(RegistryChange([enterprise], [account], [meter])) == []


def test_one_version_for_one_day() -> None:
    assert mistakes(RegistryChange(meters=[BOUNDARY, TENANT_SUB, BOUNDARY])) == [("B001", "valid_from")]


def test_doubts_stop_nothing() -> None:
    above = replace(FACTORY_ACCOUNT, contract_capacity_kva=1000.0)
    cut = replace(FACTORY, summer_max_kw=500.0, level_reduction_kw=400.0)
    whole = replace(TENANT, summer_max_kw=500.0, security_load_kw=600.0)
    change = RegistryChange([cut, whole], [above])
    assert change.find_mistakes(small_registry()) == []
    assert [(d.id, d.field) for d in change.find_doubts()] == [
        ("E001", "level_reduction_kw"),
        ("E002", "security_load_kw"),
        ("0330000001", "running_capacity_kva"),
    ]
