"""Load that events and orders took off a scope, block by block."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from domain.arrays import FloatArray, IntArray
from domain.errors import Invalid
from domain.instants import BLOCK_MS
from domain.scopes import Scope


@dataclass(frozen=True, slots=True, eq=False)
class Reduction:
    """What one event or order took off one scope.

    ts_ms : shape (n,), block starts; reduction_kw : shape (n,), baseline less load, not negative [kW]
    source : the event or order, as ``dr:2026-07-20-1``; verified : settled after the event, or still an estimate
    """

    scope: Scope
    ts_ms: IntArray
    reduction_kw: FloatArray
    source: str
    verified: bool

    def __post_init__(self) -> None:
        if self.ts_ms.shape != self.reduction_kw.shape or self.ts_ms.ndim != 1:
            raise Invalid(f"{self.ts_ms.shape} blocks and {self.reduction_kw.shape} reductions do not belong together")
        if not self.source.strip():
            raise Invalid("a reduction needs the event or order it comes from")
        if (self.ts_ms % BLOCK_MS != 0).any():
            raise Invalid("reductions are kept by 15-minute blocks; an instant is not the start of one")
        if len(np.unique(self.ts_ms)) != len(self.ts_ms):
            raise Invalid("a block is given twice")
        if not np.isfinite(self.reduction_kw).all() or (self.reduction_kw < 0).any():
            raise Invalid("a reduction is a finite number of kW and never negative: below zero is none")
