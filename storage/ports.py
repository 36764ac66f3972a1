"""What the rooms above know of storage. Adapters are named only in ``app.wiring``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from domain.arrays import CodeArray, FloatArray, IntArray, RevisionArray, TextArray
from domain.instants import Span
from domain.readings import ReadingBatch
from domain.scopes import Scope
from domain.series import Matrix
from domain.vee import VeeBatch


@dataclass(frozen=True, slots=True, eq=False)
class RejectedRow:
    """A row the store would not take, for quarantine. ``stored`` is the row that stays, for a conflict."""

    row: ReadingBatch  # exactly one row
    reason: str  # "conflict" | "type" | "retention" | "refused"
    detail: str
    stored: ReadingBatch | None = None


@dataclass(frozen=True, slots=True, eq=False)
class WriteOutcome:
    """accepted : rows that changed the store; repeats : rows that were there already; the two and rejected add up."""

    accepted: int
    repeats: int
    rejected: tuple[RejectedRow, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class DemandRows:
    """Rows of ``demand_15m`` as columns, one per (scope, block start).

    ts_ms : block start; demand_kw, energy_kwh : measured, NaN = insufficient; coverage : 0...1;
    estimate_kw with its 80 % band : measured plus the usual value of the silent;
    quality : ok | estimated | insufficient | suspect;
    revision : 1 for the first figure, growing with re-derivation
    """

    scope: tuple[Scope, ...]
    ts_ms: IntArray
    demand_kw: FloatArray
    energy_kwh: FloatArray
    coverage: FloatArray
    estimate_kw: FloatArray
    estimate_low_kw: FloatArray
    estimate_high_kw: FloatArray
    quality: TextArray
    revision: IntArray

    def __len__(self) -> int:
        return len(self.scope)


@dataclass(frozen=True, slots=True, eq=False)
class DayRows:
    """Rows of one series of ``storage.schema.DAY_SERIES``, one per (scope, local day) or, of forecasts, block.

    ts_ms : start of the day or block; values : shape (n, fields of the series), NaN = unknown
    revision : 1 for the first row
    """

    series: str
    scope: tuple[Scope, ...]
    ts_ms: IntArray
    values: FloatArray
    revision: IntArray

    def __len__(self) -> int:
        return len(self.scope)


@dataclass(frozen=True, slots=True, eq=False)
class ReadingMatrix:
    """values : Matrix of one quantity, NaN = missing; quality : shape (n, t) codes of Quality (OK where missing)."""

    values: Matrix
    quality: CodeArray


#: Codes of ``DemandMatrix.quality``; the texts of ``DemandRows.quality`` in the same order, -1 where there is no row.
DEMAND_QUALITIES = ("ok", "estimated", "insufficient", "suspect")
NO_ROW = -1


@dataclass(frozen=True, slots=True, eq=False)
class DemandMatrix:
    """Demand of scopes on the grid of blocks, for analyses over months and years.

    scopes : n; ts_ms : shape (b,), block starts
    demand_kw, estimate_kw : shape (n, b), NaN = insufficient or no row [kW]
    quality : shape (n, b), places in DEMAND_QUALITIES, NO_ROW where nothing is stored
    revision : shape (n, b), 1 = the first figure of the block, 0 where nothing is stored
    """

    scopes: tuple[Scope, ...]
    ts_ms: IntArray
    demand_kw: FloatArray
    estimate_kw: FloatArray
    quality: CodeArray
    revision: RevisionArray


class ReadingStore(Protocol):
    """Readings and demand. Every method raises Unavailable when the store does not answer now; all are thread-safe."""

    def write(self, batch: ReadingBatch) -> WriteOutcome:
        """Idempotent. A repeat changes nothing; absent fields of a stored row are filled; a different value for a
        stored field is rejected as ``conflict`` and the stored one stays. Durable on return."""
        ...

    def read(self, meters: Sequence[str], span: Span, *, limit: int | None = None) -> ReadingBatch:
        """Rows with ts in [start, end), ordered by (ts, meter)."""
        ...

    def matrix(self, meters: Sequence[str], span: Span, *, step_s: int, quantity: str) -> ReadingMatrix:
        """One quantity on the grid of ``step_s``: no resampling, rows off the grid are ignored."""
        ...

    def latest(self, meters: Sequence[str]) -> ReadingBatch:
        """The newest row of each meter that has one."""
        ...

    def write_demand(self, rows: DemandRows) -> None:
        """Replaces the rows of the same (scope, ts)."""
        ...

    def read_demand(self, scopes: Sequence[Scope], span: Span) -> DemandRows:
        """Ordered by (scope as given, ts)."""
        ...

    def write_days(self, rows: DayRows) -> None:
        """Replaces the rows of the same (series, scope, ts)."""
        ...

    def read_days(self, series: str, scopes: Sequence[Scope], span: Span) -> DayRows:
        """Rows of days that begin in the span, ordered by (scope as given, ts)."""
        ...

    def write_vee(self, rows: VeeBatch) -> None:
        """Adds revisions beside the raw readings, which stay as they are. A revision written again changes nothing.
        Durable on return; raises Invalid for what no store can keep."""
        ...

    def read_vee(self, meters: Sequence[str], span: Span, *, history: bool = False) -> VeeBatch:
        """The newest revision of each interval that begins in [start, end), ordered by (ts, meter); with ``history``
        every revision, ordered by (ts, meter, revision)."""
        ...

    def demand_matrix(self, scopes: Sequence[Scope], span: Span) -> DemandMatrix:
        """The same rows as a matrix over every block that begins in the span; cheap for years of many scopes."""
        ...

    def ping(self) -> str:
        """Name and version of the store, or Unavailable."""
        ...

    def close(self) -> None: ...
