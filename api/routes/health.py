"""Health tells live from ready: a live process is not restarted, a process that is not ready gets no visitors."""

from __future__ import annotations

import logging

from fastapi import APIRouter, Response

from api.auth import MaybeCaller, ServicesDep
from api.schemas.base import local
from api.schemas.watch import LiveOut, PartOut, ReadyOut
from api.services import HealthCheck

log = logging.getLogger(__name__)
router = APIRouter(prefix="/health", tags=["health"])


def problem_of(check: HealthCheck) -> str | None:
    """What does not work, None where it does."""
    try:
        return check.probe()
    except Exception as error:
        log.exception("the health check of %s failed", check.name)
        return f"{type(error).__name__}: {error}"


@router.get("/live", summary="Is the process alive?")
def live(services: ServicesDep) -> LiveOut:
    return LiveOut(version=services.version, now=local(services.clock.now(), services.zone))


@router.get("/ready", summary="Does each part work?", responses={503: {"model": ReadyOut, "description": "not ready"}})
def ready(services: ServicesDep, caller: MaybeCaller, response: Response) -> ReadyOut:
    """503 when a part does not work. Strangers see which part; signed-in staff also see why."""
    tells = caller is not None and caller.sees_all()
    problems = [(check.name, problem_of(check)) for check in services.health]
    parts = [PartOut(name=name, ok=found is None, detail=found if tells else None) for name, found in problems]
    answer = ReadyOut(ready=all(part.ok for part in parts), parts=parts)
    response.status_code = 200 if answer.ready else 503
    return answer
