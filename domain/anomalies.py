"""Anomalies as they are kept: found by the nightly look, acknowledged by people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from domain.scopes import Scope


@dataclass(frozen=True, slots=True)
class KeptAnomaly:
    """A day of a scope that does not fit the weeks before. ``id`` 0 : not kept yet

    kind : residual, flat, step, night_base or balance; z : robust deviations, 0 for a flat line
    """

    id: int
    scope: Scope
    name: str
    day: date
    kind: str
    value_kw: float | None
    usual_kw: float | None
    z: float | None
    found_at: datetime
    acknowledged_by: str | None = None
    acknowledged_at: datetime | None = None
    note: str = ""
