"""Demand of accounts as a matrix. Few ask for it: it is derived from readings at each question, and never kept."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from domain.instants import Span
from domain.scopes import Scope, ScopeKind
from monitor.demand_reader import DemandReader
from storage.ports import DEMAND_QUALITIES, NO_ROW, DemandMatrix


def is_derived(scope: Scope) -> bool:
    return scope.kind is ScopeKind.ACCOUNTS


def derived_matrix(reader: DemandReader, scopes: Sequence[Scope], span: Span, *, until_ms: int) -> DemandMatrix:
    """Blocks that ended before ``until_ms``; of the others there is no row. Raises Unavailable."""
    grid = reader.grid(scopes, span, until_ms=until_ms)
    place = {quality: code for code, quality in enumerate(DEMAND_QUALITIES)}
    code = np.array([[place[quality] for quality in row] for row in grid.quality.tolist()], dtype=np.int8)
    quality = np.where(grid.revision > 0, code, np.int8(NO_ROW))
    return DemandMatrix(
        grid.scopes, grid.ts_ms, grid.demand_kw, grid.estimate_kw, quality, grid.revision.astype(np.int32)
    )


def merged(scopes: Sequence[Scope], parts: Sequence[DemandMatrix]) -> DemandMatrix:
    """Rows of the same blocks, in the order of ``scopes``."""
    of = {scope: (part, row) for part in parts for row, scope in enumerate(part.scopes)}
    rows = [of[scope] for scope in scopes]
    return DemandMatrix(
        tuple(scopes),
        parts[0].ts_ms,
        np.stack([part.demand_kw[row] for part, row in rows]),
        np.stack([part.estimate_kw[row] for part, row in rows]),
        np.stack([part.quality[row] for part, row in rows]),
        np.stack([part.revision[row] for part, row in rows]),
    )
