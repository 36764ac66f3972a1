"""What a baseline method answers."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Protocol

from analytics.baselines.days import DayTable, Window
from domain.arrays import BoolArray, CodeArray, FloatArray


class Refusal(IntEnum):
    """Why a site has no baseline."""

    NONE = 0
    TOO_FEW_DAYS = 1
    NO_TEMPERATURE = 2
    NO_LOAD_BEFORE = 3


@dataclass(frozen=True, slots=True, eq=False)
class Baseline:
    """Of s sites on one day.

    base_kw : shape (s, b); NaN where the method says nothing [kW]
    days : shape (s, d), the sample days it stands on (none for methods that use no days)
    refusal : shape (s,), codes of Refusal
    """

    base_kw: FloatArray
    days: BoolArray
    refusal: CodeArray


class Method(Protocol):
    """Looks at the days before ``day``, and at ``day`` itself only where it is a same-day method; never later."""

    def __call__(self, table: DayTable, day: int, window: Window) -> Baseline: ...
