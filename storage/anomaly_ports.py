"""What the rooms above know of kept anomalies."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Protocol

from domain.anomalies import KeptAnomaly
from domain.scopes import Scope


class AnomalyLedger(Protocol):
    def keep(self, found: Sequence[KeptAnomaly]) -> int:
        """One of a (scope, day, kind) that is kept already stays as it is. Returns how many are new."""
        ...

    def anomalies(
        self, first: date, last: date, *, scope: Scope | None = None, open_only: bool = False
    ) -> list[KeptAnomaly]:
        """Of the days, newest first."""
        ...

    def anomaly(self, anomaly_id: int) -> KeptAnomaly | None: ...

    def acknowledge(self, actor: str, anomaly_id: int, note: str) -> KeptAnomaly:
        """With an audit entry. Raises NotFound."""
        ...

    def unacknowledge(self, actor: str, anomaly_id: int) -> KeptAnomaly:
        """With an audit entry. Raises NotFound."""
        ...
