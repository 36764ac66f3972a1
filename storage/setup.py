"""What a reading store needs to be there before readings come, and what it holds: for ``yingfeng store``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class SetupState(StrEnum):
    EXISTS = "exists"
    MISSING = "missing"
    MADE = "made"
    DIFFERS = "differs"  # it is there and not as the settings say; never changed by us, because data may be in it
    NOT_NEEDED = "not_needed"


@dataclass(frozen=True, slots=True)
class SetupItem:
    """One thing the store needs. ``detail`` says how it is, and for DIFFERS and MISSING what to do."""

    kind: str  # "server" | "organisation" | "database" | "bucket" | "retention" | "mapping" | "roll_up" | "file"
    name: str
    state: SetupState
    detail: str


@dataclass(frozen=True, slots=True)
class SeriesStatus:
    """One kind of rows. series : meters or scopes in it; limit : most the server takes, None = none known."""

    name: str
    oldest: datetime | None
    newest: datetime | None
    series: int
    limit: int | None


@dataclass(frozen=True, slots=True)
class BucketStatus:
    """retention_days : None = for ever; holds_readings : the one the settings name."""

    name: str
    retention_days: float | None
    holds_readings: bool


@dataclass(frozen=True, slots=True)
class StoreStatus:
    server: str
    version: str
    buckets: tuple[BucketStatus, ...]
    series: tuple[SeriesStatus, ...]


class StoreAdministration(Protocol):
    """Raises Unavailable when the store does not answer, Forbidden when it does and our account may not."""

    def init(self, *, dry_run: bool) -> list[SetupItem]:
        """Make what is missing, unless ``dry_run``; the second time everything exists."""
        ...

    def status(self) -> StoreStatus: ...

    def close(self) -> None: ...
