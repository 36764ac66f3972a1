"""A forecast as it was issued, kept to be scored against what came."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from domain.arrays import FloatArray
from domain.scopes import Scope


@dataclass(frozen=True, slots=True, eq=False)
class KeptForecast:
    """issued_ms : instant of issue and start of its first block; curves_kw : shape (3, h), P10, P50, P90 by block [kW]
    peak_p50_kw : highest block of the first whole local day; score : empty until what came is known
    """

    scope: Scope
    issued_ms: int
    method: str
    data_digest: str
    curves_kw: FloatArray
    peak_p50_kw: float | None
    score: Mapping[str, float | None] = field(default_factory=dict)
