from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import Invalid, NotFound
from domain.ids import AccountId, EnterpriseId, MeterId
from domain.registry import ALWAYS, Account, Enterprise, Meter, MeterRole, Registry, RegistryView, closed_from
from domain.scopes import DISTRICT, MONITORED, Scope, ScopeKind, enterprise_scope, meter_scope
from tests.support.registry import (
    BOUNDARY,
    FACTORY,
    FACTORY_ACCOUNT,
    FACTORY_MAIN,
    SUMMER,
    TENANT,
    TENANT_ACCOUNT,
    TENANT_SUB,
    small_registry,
)

DAY = date(2026, 7, 20)
LOADS_KW = {"M001": 1000.0, "M002": 300.0, "B001": 5000.0, "M003": 70.0, "M004": 40.0}


def load_kw(view: RegistryView, scope: Scope) -> float:
    return sum(sign * LOADS_KW[meter] for meter, sign in view.members(scope))


def with_meters(*meters: Meter) -> RegistryView:
    return replace_meters((*small_registry().meters, *meters)).view(DAY)


def replace_meters(meters: tuple[Meter, ...]) -> Registry:
    small = small_registry()
    return Registry(enterprises=small.enterprises, accounts=small.accounts, meters=meters)


def test_a_tenant_is_taken_off_its_landlord_and_counted_once() -> None:
    view = small_registry().view(DAY)
    assert load_kw(view, enterprise_scope("E001")) == 700.0
    assert load_kw(view, enterprise_scope("E002")) == 300.0
    assert load_kw(view, MONITORED) == 1000.0, "the main meter has measured the tenant already"
    assert load_kw(view, Scope(ScopeKind.STREET, "梅墟")) == 1000.0
    assert load_kw(view, Scope(ScopeKind.SECTOR, "C34")) == 700.0
    assert load_kw(view, Scope(ScopeKind.SECTOR, "C14")) == 300.0
    assert load_kw(view, Scope(ScopeKind.FEEDER, "F101")) == 1000.0


def test_a_tenant_of_a_tenant() -> None:
    third = Enterprise(EnterpriseId("E003"), ALWAYS, "丙", street="新晖")
    account = Account(AccountId("0330000003"), ALWAYS, EnterpriseId("E003"))
    sub = Meter(MeterId("M003"), ALWAYS, AccountId("0330000003"), role=MeterRole.SUB, landlord=EnterpriseId("E002"))
    small = small_registry()
    view = Registry(
        enterprises=(*small.enterprises, third), accounts=(*small.accounts, account), meters=(*small.meters, sub)
    ).view(DAY)
    shares = [load_kw(view, enterprise_scope(e)) for e in ("E001", "E002", "E003")]
    assert shares == [700.0, 230.0, 70.0]
    assert load_kw(view, MONITORED) == 1000.0
    assert load_kw(view, Scope(ScopeKind.STREET, "梅墟")) == 930.0


@pytest.mark.parametrize("role", [MeterRole.SUB, MeterRole.GENERATION, MeterRole.STORAGE, MeterRole.EV])
def test_meters_behind_the_main_meter_add_nothing(role: MeterRole) -> None:
    view = with_meters(Meter(MeterId("M003"), ALWAYS, AccountId("0330000001"), role=role))
    assert load_kw(view, enterprise_scope("E001")) == 700.0
    assert load_kw(view, MONITORED) == 1000.0
    assert load_kw(view, meter_scope("M003")) == 70.0, "it is still a scope of its own"


def test_a_second_main_meter_adds() -> None:
    view = with_meters(Meter(MeterId("M003"), ALWAYS, AccountId("0330000001")))
    assert load_kw(view, enterprise_scope("E001")) == 770.0
    assert load_kw(view, MONITORED) == 1070.0


def test_the_district_is_its_boundary_meters_alone() -> None:
    view = with_meters(Meter(MeterId("M004"), ALWAYS, None, role=MeterRole.BOUNDARY))
    assert view.members(DISTRICT) == ((MeterId("B001"), 1), (MeterId("M004"), 1))
    assert MeterId("B001") not in dict(view.members(MONITORED))
    assert view.enterprise_of(MeterId("B001")) is None


def test_out_of_service_leaves_from_its_day_on() -> None:
    registry = replace_meters((*small_registry().meters, replace(TENANT_SUB, valid_from=SUMMER, in_service=False)))
    before, after = registry.view(SUMMER - timedelta(days=1)), registry.view(SUMMER)
    assert load_kw(before, enterprise_scope("E001")) == 700.0
    assert load_kw(after, enterprise_scope("E001")) == 1000.0
    assert after.members(enterprise_scope("E002")) == ()
    assert after.members(meter_scope("M002")) == ()
    assert after.meter("M002").in_service is False


@pytest.mark.parametrize("what", ["enterprise", "account"])
def test_what_is_closed_leaves_from_its_day_on_and_its_past_stays(what: str) -> None:
    small = small_registry()
    if what == "enterprise":
        gone = closed_from(small.enterprises, FACTORY.id, SUMMER, closed=True)
        registry = replace(small, enterprises=(*small.enterprises, *gone))
    else:
        shut = closed_from(small.accounts, FACTORY_ACCOUNT.id, SUMMER, closed=True)
        registry = replace(small, accounts=(*small.accounts, *shut))
    before, after = registry.view(SUMMER - timedelta(days=1)), registry.view(SUMMER)
    own = Scope(ScopeKind.ENTERPRISE, FACTORY.id)
    assert before.members(own)
    assert after.members(own) == ()
    assert FACTORY_ACCOUNT.id not in after.accounts
    assert (FACTORY.id in after.enterprises) == (what == "account")
    assert not after.meter(FACTORY_MAIN.id).in_service
    assert all(meter != FACTORY_MAIN.id for scope in after.scopes() for meter, _ in after.members(scope))
    # The tenant of a landlord that left is still there, and is taken off nobody.
    assert after.members(Scope(ScopeKind.ENTERPRISE, TENANT.id)) == ((TENANT_SUB.id, 1),)


def test_opening_again_and_closing_before_the_first_day() -> None:
    small = small_registry()
    gone = closed_from(small.enterprises, FACTORY.id, SUMMER, closed=True)
    back = closed_from((*small.enterprises, *gone), FACTORY.id, SUMMER + timedelta(days=9), closed=False)
    registry = replace(small, enterprises=(*small.enterprises, *gone, *back))
    assert FACTORY.id not in registry.view(SUMMER + timedelta(days=8)).enterprises
    assert FACTORY.id in registry.view(SUMMER + timedelta(days=9)).enterprises
    with pytest.raises(NotFound):
        closed_from(small.enterprises, EnterpriseId("E999"), SUMMER, closed=True)


def test_without_the_landlords_meter_the_tenant_counts_for_itself() -> None:
    registry = replace_meters((*small_registry().meters, replace(FACTORY_MAIN, valid_from=SUMMER, in_service=False)))
    view = registry.view(SUMMER)
    assert view.members(enterprise_scope("E001")) == (), "less its tenant it would draw a negative load"
    assert load_kw(view, MONITORED) == 300.0


def test_suspension_and_new_transformers_count_from_their_day() -> None:
    suspended = replace(FACTORY_ACCOUNT, valid_from=SUMMER, running_capacity_kva=800.0)
    swapped = replace(FACTORY_MAIN, valid_from=SUMMER, multiplier=3000.0)
    registry = Registry(
        enterprises=(FACTORY, TENANT), accounts=(FACTORY_ACCOUNT, suspended), meters=(FACTORY_MAIN, swapped)
    )
    before, after = registry.view(SUMMER - timedelta(days=1)), registry.view(SUMMER)
    assert before.accounts_of(EnterpriseId("E001"))[0].running_capacity_kva == 2000.0
    assert after.accounts_of(EnterpriseId("E001"))[0].running_capacity_kva == 800.0
    assert (before.meter("M001").multiplier, after.meter("M001").multiplier) == (1.0, 3000.0)


def test_an_account_that_changes_hands() -> None:
    sold = replace(FACTORY_ACCOUNT, valid_from=SUMMER, enterprise=EnterpriseId("E002"))
    registry = Registry(
        enterprises=(FACTORY, TENANT), accounts=(FACTORY_ACCOUNT, TENANT_ACCOUNT, sold), meters=(FACTORY_MAIN,)
    )
    assert registry.view(SUMMER - timedelta(days=1)).enterprise_of(MeterId("M001")) == "E001"
    assert registry.view(SUMMER).enterprise_of(MeterId("M001")) == "E002"


def test_what_is_not_there_yet_is_not_found() -> None:
    later = Registry(enterprises=(replace(FACTORY, valid_from=SUMMER),), meters=(replace(BOUNDARY, valid_from=SUMMER),))
    early = later.view(SUMMER - timedelta(days=1))
    with pytest.raises(NotFound, match="E001 is not in the registry on 2026-06-30"):
        early.enterprise("E001")
    with pytest.raises(NotFound, match="B001"):
        early.meter("B001")
    assert early.members(DISTRICT) == ()
    assert early.scopes() == ()
    assert later.view(SUMMER).enterprise("E001").name == FACTORY.name


def test_scopes_are_those_with_load() -> None:
    names = [str(scope) for scope in small_registry().view(DAY).scopes()]
    assert names == [
        *("district", "enterprise:E001", "enterprise:E002", "feeder:F101", "monitored"),
        *("sector:C14", "sector:C34", "street:梅墟", "substation:梅墟变"),
    ]


@pytest.mark.parametrize("changes", [{"interval_s": 0}, {"interval_s": 7}, {"multiplier": 0.0}, {"multiplier": -1.0}])
def test_meters_that_cannot_be(changes: dict[str, float]) -> None:
    with pytest.raises(Invalid):
        replace(FACTORY_MAIN, **changes)  # type: ignore[arg-type]


def test_phones_are_masked_to_be_recognised_not_called() -> None:
    assert FACTORY.contacts[0].masked_phone == "138****5678"


days = st.dates(date(2020, 1, 1), date(2027, 12, 31))


@settings(max_examples=50, deadline=None)
@given(st.dictionaries(days, st.floats(1.0, 5000.0), max_size=6), days, st.randoms(use_true_random=False))
def test_the_version_in_force_is_the_newest_not_after_the_day(
    dated: dict[date, float], asked: date, shuffler: object
) -> None:
    versions = [replace(FACTORY_MAIN, valid_from=day, multiplier=value) for day, value in dated.items()]
    shuffler.shuffle(versions)  # type: ignore[attr-defined]
    view = Registry(meters=tuple(versions)).view(asked)
    earlier = [day for day in dated if day <= asked]
    if earlier:
        assert view.meter("M001").multiplier == dated[max(earlier)]
    else:
        assert view.meters == {}


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(list(MeterRole)), st.booleans(), st.booleans()), max_size=6))
def test_enterprises_add_up_to_the_monitored_load(kinds: list[tuple[MeterRole, bool, bool]]) -> None:
    """Whatever the roles: each kWh belongs to exactly one enterprise, and areas split the same total."""
    meters = [
        Meter(
            MeterId(f"M{n:03d}"),
            ALWAYS,
            None if role is MeterRole.BOUNDARY else AccountId("0330000002" if tenant else "0330000001"),
            role=role,
            landlord=EnterpriseId("E001") if tenant and role in (MeterRole.SUB, MeterRole.MAIN) else None,
            in_service=in_service,
        )
        for n, (role, tenant, in_service) in enumerate(kinds)
    ]
    view = replace_meters(tuple(meters)).view(DAY)
    power_kw = {meter.id: 2.0**n for n, meter in enumerate(meters)}  # each sum names its meters

    def total(scope: Scope) -> float:
        return sum(sign * power_kw[meter] for meter, sign in view.members(scope))

    assert total(enterprise_scope("E001")) + total(enterprise_scope("E002")) == total(MONITORED)
    assert total(Scope(ScopeKind.SECTOR, "C34")) + total(Scope(ScopeKind.SECTOR, "C14")) == total(MONITORED)
