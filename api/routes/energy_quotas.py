"""电量指标: what may be drawn in a whole day, beside the power quota."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query

from api.auth import Officer, ServicesDep, Staff
from api.schemas.base import PLAIN
from api.schemas.energy_quota import EnergyQuotaBody, EnergyQuotaList, EnergyQuotaOut
from domain.scopes import DISTRICT, Scope

router = APIRouter(prefix="/orderly/energy-quotas", tags=["orderly"])
ScopeText = Annotated[str, Query(max_length=100, pattern=PLAIN, examples=["district"])]


@router.get("", summary="Quotas of energy that hold, by day")
def quotas(caller: Staff, services: ServicesDep) -> EnergyQuotaList:
    return EnergyQuotaList(items=[EnergyQuotaOut.of(each) for each in services.orderly.energy_quotas.quotas(caller)])


@router.post("", summary="Enter the energy quota of a day; a later figure takes its place", status_code=201)
def put(body: EnergyQuotaBody, caller: Officer, services: ServicesDep) -> EnergyQuotaOut:
    return EnergyQuotaOut.of(services.orderly.energy_quotas.put(caller, body.quota()))


@router.delete("", summary="It holds no more")
def withdraw(
    day: Annotated[date, Query(examples=["2026-07-29"])],
    caller: Officer,
    services: ServicesDep,
    scope: ScopeText = str(DISTRICT),
) -> EnergyQuotaOut:
    return EnergyQuotaOut.of(services.orderly.energy_quotas.withdraw(caller, Scope.parse(scope), day))
