"""A small registry to begin from: two enterprises, the second a tenant of the first, and a boundary meter."""

from __future__ import annotations

from datetime import date

from domain.ids import AccountId, EnterpriseId, MeterId
from domain.registry import ALWAYS, Account, Contact, Enterprise, Meter, MeterRole, Registry

FACTORY = Enterprise(
    EnterpriseId("E001"),
    ALWAYS,
    "甬城精密机械有限公司",
    credit_code="91330201MA2AGC0120",
    street="梅墟",
    sector="C34",
    security_load_kw=120.0,
    contacts=(Contact("王工", "13812345678"),),
)
TENANT = Enterprise(EnterpriseId("E002"), ALWAYS, "迎峰食品厂", street="梅墟", sector="C14")
FACTORY_ACCOUNT = Account(
    AccountId("0330000001"),
    ALWAYS,
    EnterpriseId("E001"),
    substation="梅墟变",
    feeder="F101",
    running_capacity_kva=2000.0,
)
TENANT_ACCOUNT = Account(AccountId("0330000002"), ALWAYS, EnterpriseId("E002"), substation="梅墟变", feeder="F101")
FACTORY_MAIN = Meter(MeterId("M001"), ALWAYS, AccountId("0330000001"))
TENANT_SUB = Meter(MeterId("M002"), ALWAYS, AccountId("0330000002"), role=MeterRole.SUB, landlord=EnterpriseId("E001"))
BOUNDARY = Meter(MeterId("B001"), ALWAYS, None, role=MeterRole.BOUNDARY)

SUMMER = date(2026, 7, 1)


def small_registry() -> Registry:
    return Registry(
        enterprises=(FACTORY, TENANT),
        accounts=(FACTORY_ACCOUNT, TENANT_ACCOUNT),
        meters=(FACTORY_MAIN, TENANT_SUB, BOUNDARY),
    )
