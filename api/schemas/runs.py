"""Long work and kept results as JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Self
from zoneinfo import ZoneInfo

import msgspec
from pydantic import Field

from api.schemas.base import Wire, local, local_or_none
from domain.runs import Result, Run, RunState


class RunOut(Wire):
    """Work in the background: how far it is, and the id of its result once it is done."""

    id: str = Field(examples=["5f1d9a0c2b7e4d36"])
    kind: str = Field(examples=["baseline_court"])
    subject: str = Field(examples=["enterprise:E001"])
    parameters: dict[str, Any]
    actor: str
    state: RunState
    share: float = Field(ge=0, le=1, description="How much of the work is done")
    note: str
    problem: str = Field(description="Why it failed")
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    result: str | None

    @classmethod
    def of(cls, run: Run, zone: ZoneInfo) -> Self:
        return cls(
            id=run.id,
            kind=run.kind,
            subject=run.subject,
            parameters=dict(run.parameters),
            actor=run.actor,
            state=run.state,
            share=run.share,
            note=run.note,
            problem=run.problem,
            created_at=local(run.created_at, zone),
            started_at=local_or_none(run.started_at, zone),
            ended_at=local_or_none(run.ended_at, zone),
            result=run.result,
        )


class ResultHead(Wire):
    """A kept result without its body: what data, settings and program it stands on."""

    id: str
    kind: str
    subject: str
    parameters: dict[str, Any]
    data_digest: str = Field(description="SHA-256 of the inputs")
    settings_digest: str
    program: str
    created_at: datetime
    actor: str
    body_digest: str = Field(description="SHA-256 of the body's canonical JSON; equal inputs give equal bytes")

    @classmethod
    def of(cls, result: Result, zone: ZoneInfo) -> Self:
        return cls(**_head(result, zone))


class ResultOut(ResultHead):
    body: dict[str, Any]

    @classmethod
    def of(cls, result: Result, zone: ZoneInfo) -> Self:
        return cls(**_head(result, zone), body=msgspec.json.decode(result.body))


def _head(result: Result, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "id": result.id,
        "kind": result.kind,
        "subject": result.subject,
        "parameters": dict(result.parameters),
        "data_digest": result.data_digest,
        "settings_digest": result.settings_digest,
        "program": result.program,
        "created_at": local(result.created_at, zone),
        "actor": result.actor,
        "body_digest": result.body_digest,
    }
