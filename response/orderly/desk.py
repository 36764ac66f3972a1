"""Everything about orderly power use under one roof, for API, console and command line."""

from __future__ import annotations

from dataclasses import dataclass

from response.orderly.plans import PlanDesk


@dataclass(frozen=True, slots=True)
class OrderlyDesk:
    plans: PlanDesk
