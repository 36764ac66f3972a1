"""Long work and what it found: a run can be watched and cancelled; a result says what data it stands on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol


class RunState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"  # the program stopped before the run ended

    @property
    def is_over(self) -> bool:
        return self not in (RunState.QUEUED, RunState.RUNNING)


@dataclass(frozen=True, slots=True)
class Run:
    """kind : what is computed, as in ``baseline_court``; subject : of what, usually a scope; share : 0...1 of the work

    problem : why it failed, for a person; result : id of what it found, None until it is done
    """

    id: str
    kind: str
    subject: str
    parameters: Mapping[str, Any]
    actor: str
    state: RunState
    created_at: datetime
    started_at: datetime | None = None
    ended_at: datetime | None = None
    share: float = 0.0
    note: str = ""
    problem: str = ""
    result: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a piece of long work found.

    body : anything JSON can carry; data_digest : of the inputs' bytes; settings_digest : of the policy used
    """

    body: Mapping[str, Any]
    data_digest: str
    settings_digest: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """A kept outcome. ``body`` is canonical JSON: the same inputs, settings and program give the same bytes."""

    id: str
    kind: str
    subject: str
    parameters: Mapping[str, Any]
    data_digest: str
    settings_digest: str
    program: str
    created_at: datetime
    actor: str
    body: bytes
    body_digest: str


class Cancelled(Exception):
    """Raised inside a run that was told to end; whoever works lets it pass."""


class Progress(Protocol):
    def step(self, share: float, note: str = "") -> None:
        """How far the work is, 0...1. Raises Cancelled once the run was told to end."""
        ...
