"""What the rooms above know of kept reductions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from domain.instants import Span
from domain.reductions import Reduction


class ReductionLedger(Protocol):
    def put_reductions(self, actor: str, reductions: Sequence[Reduction]) -> None:
        """A later figure of the same (scope, block, source) replaces the earlier one, and a verified one the estimate;
        an estimate never replaces a verified figure. What was written before stands in the audit log."""
        ...

    def reductions(self, span: Span, *, verified_only: bool) -> list[Reduction]:
        """Of every scope and source with blocks in the span, ordered by (scope, source, verified)."""
        ...
