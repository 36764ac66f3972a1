"""What loads did that they do not do, and how they grew."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Path, Query

from api.auth import Caller, Officer, ServicesDep
from api.parameters import FromDay, ScopeText, ToDay, days_of, scope_of
from api.schemas.behaviour import AnomaliesList, AnomalyOut, GrowthOut, KeptAnomaliesList, KeptAnomalyOut
from api.schemas.watch import AcknowledgeBody

AnomalyId = Annotated[int, Path(ge=1, le=2**62)]
Waiting = Annotated[bool, Query(description="only those nobody has acknowledged")]
USUAL_DAYS = 30
router = APIRouter(tags=["forecast"])


@router.get("/anomalies", summary="Days that do not fit the weeks before them")
def anomalies(caller: Caller, services: ServicesDep, start: FromDay = None, end: ToDay = None) -> AnomaliesList:
    first, last = days_of(start, end, now=services.clock.now(), zone=services.zone)
    found = services.behaviour.anomalies(caller, first, last)
    return AnomaliesList(items=[AnomalyOut.of(each) for each in found])


@router.get("/anomalies/kept", summary="Those the nightly look found, newest first, and who has seen them")
def kept(
    caller: Caller, services: ServicesDep, start: FromDay = None, end: ToDay = None, waiting: Waiting = False
) -> KeptAnomaliesList:
    first, last = days_of(start, end, now=services.clock.now(), zone=services.zone)
    if start is None and end is None:
        first = last - timedelta(days=USUAL_DAYS - 1)
    found = services.anomalies.list(caller, first, last, open_only=waiting)
    return KeptAnomaliesList(items=[KeptAnomalyOut.of_kept(each, services.zone) for each in found])


@router.post("/anomalies/{anomaly_id}/acknowledge", summary="I have seen this and know why, or look into it")
def acknowledge(anomaly_id: AnomalyId, body: AcknowledgeBody, caller: Officer, services: ServicesDep) -> KeptAnomalyOut:
    return KeptAnomalyOut.of_kept(services.anomalies.acknowledge(caller, anomaly_id, body.note), services.zone)


@router.delete("/anomalies/{anomaly_id}/acknowledge", summary="Take an acknowledgement back")
def unacknowledge(anomaly_id: AnomalyId, caller: Officer, services: ServicesDep) -> KeptAnomalyOut:
    return KeptAnomalyOut.of_kept(services.anomalies.unacknowledge(caller, anomaly_id), services.zone)


@router.get("/load/growth", summary="Growth against last year, three ways side by side")
def growth(
    caller: Caller, services: ServicesDep, scope: ScopeText = "", start: FromDay = None, end: ToDay = None
) -> GrowthOut:
    first, last = days_of(start, end, now=services.clock.now(), zone=services.zone)
    return GrowthOut.of(services.behaviour.growth(caller, scope_of(scope, caller), first, last))
