"""Restored load (还原负荷): measured plus what orders and events took off, so that success never hides the need."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from domain.scopes import Scope


class Reductions(Protocol):
    """Where none is given, no event and no order runs."""

    def reduction_kw(self, scope: Scope, minute: datetime) -> float:
        """Load that running events and orders take off a scope at a minute, 0 where none runs [kW]"""
        ...
