"""What the rooms above know of kept forecasts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from domain.forecasts import KeptForecast
from domain.scopes import Scope


class ForecastLedger(Protocol):
    """Written by the program itself, so without an audit entry; an issue is never changed, only scored."""

    def keep_forecasts(self, forecasts: Sequence[KeptForecast]) -> None:
        """One that is kept already stays as it is."""
        ...

    def newest_issue_ms(self) -> int | None: ...

    def issued_forecasts(self, *, since_ms: int, until_ms: int) -> list[KeptForecast]:
        """Issued from ``since_ms`` to ``until_ms``, both included, with their curves, newest first."""
        ...

    def unscored_forecasts(self, *, before_ms: int, limit: int = 1_000) -> list[KeptForecast]:
        """Issued before ``before_ms`` and without a score, oldest first."""
        ...

    def score_forecasts(self, scores: Sequence[tuple[Scope, int, Mapping[str, float | None]]]) -> None:
        """(scope, issued_ms, score) of kept forecasts; a score stays as it is."""
        ...

    def scored_forecasts(self, scope: Scope | None, *, since_ms: int, limit: int = 10_000) -> list[KeptForecast]:
        """Newest first, without their curves; of every scope where none is given."""
        ...
