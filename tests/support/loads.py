"""Demand of a scope as it lies in a store, from a matrix of loads."""

from __future__ import annotations

from datetime import datetime

import numpy as np

from domain.arrays import FloatArray
from domain.instants import BLOCK_MS, to_ms
from domain.scopes import Scope
from storage.ports import DemandRows


def measured(scope: Scope, start: datetime, load_kw: FloatArray) -> DemandRows:
    """Complete trusted blocks from ``start`` on. load_kw : shape (days, 96) or (blocks,)"""
    flat = load_kw.ravel()
    return DemandRows(
        scope=(scope,) * len(flat),
        ts_ms=to_ms(start) + np.arange(len(flat), dtype=np.int64) * BLOCK_MS,
        demand_kw=flat,
        energy_kwh=flat / 4,
        coverage=np.ones(len(flat)),
        estimate_kw=flat,
        estimate_low_kw=flat,
        estimate_high_kw=flat,
        quality=np.full(len(flat), "ok", dtype=object),
        revision=np.ones(len(flat), dtype=np.int64),
    )
