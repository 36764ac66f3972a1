"""Why, where to, and against whom: questions of energy intensity. The desk checks who may see what.

The answers are plain values, so their wire form is their own schema.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from api.auth import Caller, ServicesDep
from api.routes.intensity import Enterprises, First, Last, ScopeYear, Windowed
from config.energy_targets import Indicator
from domain.energy import Basis
from domain.ids import EnterpriseId
from domain.months import parse_month, span_of_months
from response.intensity.benchmarks import Measure, Ranking
from response.intensity.books import Grouping
from response.intensity.carbon import Co2Answer
from response.intensity.desk import ScopeList
from response.intensity.explain import Explanation
from response.intensity.key_users import KeyUser
from response.intensity.outlook import Outlook
from response.intensity.progress import TargetProgress
from response.intensity.value import ValuePerKwh

router = APIRouter(tags=["intensity"])
OneEnterprise = Annotated[
    str | None, Query(max_length=64, description="one alone; its task is the district's", examples=["E001"])
]
Sector = Annotated[
    str | None, Query(max_length=64, description="division of GB/T 4754; only this one", examples=["C39"])
]
Region = Annotated[str | None, Query(max_length=64, description="whose grid factor; the district's if left out")]
Year = Annotated[int, Query(ge=1949, le=2200, examples=[2026])]
Month = Annotated[str, Query(max_length=7, examples=["2026-06"])]


@router.get("/intensity/rank", summary="Enterprises within their sectors: place, outliers, standards, restrictions")
def rank(
    caller: Caller,
    services: ServicesDep,
    start: First = None,
    end: Last = None,
    window: Windowed = None,
    sector: Sector = None,
    measure: Measure = Measure.ENERGY,
    basis: Basis = Basis.EQUIVALENT,
    scope_year: ScopeYear = None,
) -> Ranking:
    first, last = span_of_months(start, end, window)
    return services.intensity.rank(
        caller, first, last, sector=sector, measure=measure, basis=basis, scope_year=scope_year
    )


@router.get("/intensity/explain", summary="Why energy use changed: activity, structure, intensity (LMDI)")
def explain(
    caller: Caller,
    services: ServicesDep,
    start: First = None,
    end: Last = None,
    window: Windowed = None,
    sector: Sector = None,
    basis: Basis = Basis.EQUIVALENT,
    scope_year: ScopeYear = None,
) -> Explanation:
    first, last = span_of_months(start, end, window)
    return services.intensity.explain(caller, first, last, basis=basis, sector=sector, scope_year=scope_year)


@router.get("/intensity/progress", summary="Progress on the year's task and the five-year path, with its level")
def progress(
    caller: Caller,
    services: ServicesDep,
    month: Month,
    indicator: Indicator = Indicator.ENERGY,
    basis: Basis = Basis.EQUIVALENT,
    sector: Sector = None,
    region: Region = None,
    enterprise: OneEnterprise = None,
) -> TargetProgress:
    return services.intensity.progress(
        caller,
        parse_month(month),
        indicator=indicator,
        basis=basis,
        sector=sector,
        region=region,
        enterprise=None if enterprise is None else EnterpriseId(enterprise),
    )


@router.get("/intensity/outlook", summary="Where the year will end, with an 80 % band")
def outlook(
    caller: Caller,
    services: ServicesDep,
    year: Year,
    by: Grouping = Grouping.DISTRICT,
    basis: Basis = Basis.EQUIVALENT,
    scope_year: ScopeYear = None,
    enterprise: Enterprises = None,
) -> list[Outlook]:
    chosen = None if enterprise is None else [EnterpriseId(each) for each in enterprise]
    found = services.intensity.outlook(caller, year, basis=basis, by=by, scope_year=scope_year, enterprises=chosen)
    return list(found)


@router.get("/intensity/co2", summary="CO2 of energy use by the factors of year and region")
def co2(
    caller: Caller,
    services: ServicesDep,
    start: First = None,
    end: Last = None,
    window: Windowed = None,
    by: Grouping = Grouping.DISTRICT,
    scope_year: ScopeYear = None,
    enterprise: Enterprises = None,
    region: Region = None,
) -> Co2Answer:
    first, last = span_of_months(start, end, window)
    chosen = None if enterprise is None else [EnterpriseId(each) for each in enterprise]
    return services.intensity.co2(caller, first, last, by=by, scope_year=scope_year, enterprises=chosen, region=region)


@router.get("/intensity/key-users", summary="Who reaches which threshold of key energy users in a year")
def key_users(caller: Caller, services: ServicesDep, year: Year) -> list[KeyUser]:
    return list(services.intensity.key_users(caller, year))


@router.get("/intensity/scope", summary="The list above scale of a year against the one before")
def scope(caller: Caller, services: ServicesDep, year: Year) -> ScopeList:
    return services.intensity.scope(caller, year)


@router.get("/intensity/value-per-kwh", summary="Value added per kWh of each enterprise")
def value_per_kwh(
    caller: Caller, services: ServicesDep, year: Year, enterprise: Enterprises = None
) -> dict[str, ValuePerKwh]:
    chosen = None if enterprise is None else [EnterpriseId(each) for each in enterprise]
    found = services.intensity.values_per_kwh(caller, chosen, year)
    return {str(each): value for each, value in found.items()}
