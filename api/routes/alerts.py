"""Alerts: list, look, acknowledge, take the acknowledgement back. The desk checks scope and role."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path

from api.auth import Caller, Officer, ServicesDep
from api.parameters import Paging, ScopeText, Since, instant
from api.schemas.base import PLAIN, PageOut
from api.schemas.watch import AcknowledgeBody, AlertOut, RuleList, RuleOut
from domain.alerts import AlertKind
from domain.scopes import Scope

router = APIRouter(tags=["alerts"])
AlertId = Annotated[str, Path(max_length=200, pattern=PLAIN)]


@router.get("/alerts", summary="Alerts, newest first")
def alerts(
    caller: Caller,
    services: ServicesDep,
    paging: Paging,
    active: bool | None = None,
    kind: AlertKind | None = None,
    scope: ScopeText = "",
    since: Since = None,
) -> PageOut[AlertOut]:
    page = services.alerts.list(
        caller,
        active=active,
        kind=kind,
        scope=Scope.asked(scope),
        since=instant(since, services.zone) if since else None,
        cursor=paging.cursor,
        limit=paging.limit,
    )
    return PageOut[AlertOut].of(page, [AlertOut.of(alert, services.zone) for alert in page.items])


@router.get("/alerts/{alert_id}", summary="One alert")
def alert(alert_id: AlertId, caller: Caller, services: ServicesDep) -> AlertOut:
    return AlertOut.of(services.alerts.get(caller, alert_id), services.zone)


@router.post("/alerts/{alert_id}/acknowledge", summary="I have seen this and act on it")
def acknowledge(alert_id: AlertId, body: AcknowledgeBody, caller: Officer, services: ServicesDep) -> AlertOut:
    return AlertOut.of(services.alerts.acknowledge(caller, alert_id, body.note), services.zone)


@router.delete("/alerts/{alert_id}/acknowledge", summary="Take an acknowledgement back")
def unacknowledge(alert_id: AlertId, caller: Officer, services: ServicesDep) -> AlertOut:
    return AlertOut.of(services.alerts.unacknowledge(caller, alert_id), services.zone)


@router.get("/alert-rules", summary="Which rules can speak now, and why the others cannot")
def rules(caller: Caller, services: ServicesDep) -> RuleList:
    return RuleList(items=[RuleOut.of(state) for state in services.alerts.rules(caller)])
