from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date

import pytest

from domain.errors import Invalid
from domain.ids import AccountId, EnterpriseId, GatewayId, MeterId
from domain.registry import (
    Account,
    Contact,
    DataClass,
    Enterprise,
    Meter,
    ProtectedClass,
    Registry,
    RestrictedClass,
    Stamp,
)
from storage.ledger.sql import SqlLedger
from tests.support.clock import HandClock
from tests.support.registry import FACTORY, FACTORY_ACCOUNT, FACTORY_MAIN, SUMMER, small_registry


def contents(registry: Registry) -> tuple[object, ...]:
    return (
        sorted(registry.enterprises, key=lambda v: (v.id, v.valid_from)),
        sorted(registry.accounts, key=lambda v: (v.id, v.valid_from)),
        sorted(registry.meters, key=lambda v: (v.id, v.valid_from)),
    )


def put(ledger: SqlLedger, registry: Registry) -> Registry:
    return ledger.registry.put_versions(
        "wang.li",
        enterprises=registry.enterprises,
        accounts=registry.accounts,
        meters=registry.meters,
        source="台账.xlsx",
    )


def test_what_is_put_comes_back(ledger: SqlLedger, ledger_url: str, clock: HandClock) -> None:
    full = Enterprise(
        EnterpriseId("E003"),
        SUMMER,
        "满列企业",
        street="梅墟",
        sector="C34",
        shifts="三班",
        rest_day="周日",
        security_load_kw=0.1,
        summer_max_kw=0.0,
        plan_level="B",
        level_reduction_kw=30.0,
        measure="1号炉\n2号炉",
        protected_class=ProtectedClass.UTILITY,
        restricted_class=RestrictedClass.TWO_HIGH,
        two_high=True,
        dr_contract=True,
        dr_contract_kw=12.5,
        contacts=(Contact("甲", "13800000001"), Contact("乙", "")),
    )
    account = Account(AccountId("0330000009"), SUMMER, EnterpriseId("E003"), "变", "线", 10.0, 800.0, 630.0, 500.0)
    meter = Meter(
        MeterId("M9"),
        SUMMER,
        AccountId("0330000009"),
        data_class=DataClass.NEXT_DAY,
        interval_s=900,
        stamp=Stamp.END,
        multiplier=3000.0,
        primary_values=False,
        register_modulus_kwh=10_000.0,
        gateway=GatewayId("G1"),
        in_service=False,
    )
    base = small_registry()
    whole = Registry(
        enterprises=(*base.enterprises, full), accounts=(*base.accounts, account), meters=(*base.meters, meter)
    )
    answered = put(ledger, whole)
    assert contents(answered) == contents(whole)
    again = SqlLedger(ledger_url, clock=clock)
    assert contents(again.registry.registry()) == contents(whole)
    assert again.registry.registry().revision == 1
    again.close()


def test_the_same_object_until_something_changes(ledger: SqlLedger, ledger_url: str, clock: HandClock) -> None:
    put(ledger, small_registry())
    first = ledger.registry.registry()
    assert ledger.registry.registry() is first
    assert put(ledger, small_registry()) is first, "the same versions again are no change"
    elsewhere = SqlLedger(ledger_url, clock=clock)
    elsewhere.registry.put_versions("wu", meters=[replace(FACTORY_MAIN, valid_from=SUMMER, multiplier=60.0)])
    elsewhere.close()
    second = ledger.registry.registry()
    assert second.revision == first.revision + 1
    assert second.view(date(2026, 6, 30)).meter("M001").multiplier == 1.0
    assert second.view(SUMMER).meter("M001").multiplier == 60.0


def test_every_mistake_is_listed_and_nothing_is_written(ledger: SqlLedger) -> None:
    put(ledger, small_registry())
    bad_code = replace(FACTORY, id=EnterpriseId("E005"), credit_code="91330201MA2AGC0121")
    stray = Account(AccountId("0330000005"), SUMMER, EnterpriseId("E404"))
    lost_zero = Meter(MeterId("M5"), SUMMER, AccountId("330000001"))
    good = replace(FACTORY_ACCOUNT, valid_from=SUMMER, running_capacity_kva=1000.0)
    with pytest.raises(Invalid) as caught:
        ledger.registry.put_versions(
            "wang.li", enterprises=[bad_code], accounts=[stray, good, good], meters=[lost_zero]
        )
    text = str(caught.value)
    for part in ("校验位", "E404 不在台账中", "is it 0330000001, with zeros lost?", "given 2 times for one day"):
        assert part in text
    assert contents(ledger.registry.registry()) == contents(small_registry())
    assert ledger.registry.registry().revision == 1


def test_a_change_names_who_what_and_from_where(ledger: SqlLedger) -> None:
    put(ledger, small_registry())
    ledger.registry.put_versions("wu", enterprises=[replace(FACTORY, street="新晖")], source="电话核实")
    [change, _] = ledger.audit.entries(subject="registry").items
    assert change.actor == "wu"
    assert change.after == {"enterprises": 1, "accounts": 0, "meters": 0, "source": "电话核实"}
    [last, first] = ledger.audit.entries(subject="enterprise:E001").items
    assert first.before is None
    assert last.before is not None
    assert last.after is not None
    assert (last.before["street"], last.after["street"]) == ("梅墟", "新晖")


def test_the_log_is_no_telephone_book(ledger: SqlLedger) -> None:
    put(ledger, small_registry())
    [entry] = ledger.audit.entries(subject="enterprise:E001").items
    assert entry.after is not None
    assert entry.after["contacts"] == [{"name": "王工", "phone": "138****5678"}]
    assert ledger.registry.registry().enterprises[0].contacts[0].phone == "13812345678"


def test_writers_wait_for_each_other(ledger: SqlLedger) -> None:
    put(ledger, small_registry())

    def change(number: int) -> int:
        version = replace(FACTORY_ACCOUNT, valid_from=date(2026, 7, number + 1), running_capacity_kva=100.0 + number)
        return ledger.registry.put_versions("wu", accounts=[version]).revision

    with ThreadPoolExecutor(4) as pool:
        revisions = list(pool.map(change, range(12)))
    assert sorted(revisions) == list(range(2, 14))
    assert len(ledger.registry.registry().accounts) == 2 + 12
