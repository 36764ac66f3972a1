"""Data quality as it was judged, a row a meter and day; judged again it is a new revision, and the old one stays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class MeterDay:
    """Counts as ``analytics.data_quality.QualityCounts`` names them.

    energy_kwh : of the day's intervals, register_kwh : difference of the register over them; None = not whole
    """

    day: date
    meter: str
    enterprise: str | None
    counts: tuple[int, ...]
    energy_kwh: float | None
    register_kwh: float | None
    revision: int = 0
    judged_at: datetime | None = field(default=None, compare=False)

    def same_as(self, other: MeterDay) -> bool:
        """Whether a judgement says nothing new."""
        return (self.enterprise, self.counts, self.energy_kwh, self.register_kwh) == (
            other.enterprise,
            other.counts,
            other.energy_kwh,
            other.register_kwh,
        )


class QualityLedger(Protocol):
    def keep(self, rows: Sequence[MeterDay]) -> int:
        """Keep what differs from the newest revision of its meter and day as the next revision of the day; how many.

        A day has one line of revisions: every row kept together carries the same number.
        """
        ...

    def days(self, first: date, last: date, *, until_revision: int | None = None) -> list[MeterDay]:
        """The newest row of each meter and day, or the newest up to a revision; ordered by day and meter."""
        ...

    def revisions(self, day: date) -> list[tuple[int, datetime, int]]:
        """(revision, judged at, meters it changed) of a day, first one first."""
        ...

    def judged(self) -> tuple[date, date] | None:
        """The first and the last day judged."""
        ...
