"""What a baseline method answers."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Protocol

import numpy as np

from analytics.baselines.days import DayTable, Window
from domain.arrays import BoolArray, CodeArray, FloatArray


class Refusal(IntEnum):
    """Why a site has no baseline."""

    NONE = 0
    TOO_FEW_DAYS = 1
    NO_TEMPERATURE = 2
    NO_LOAD_BEFORE = 3
    NO_LOAD_IN_WINDOW = 4  # a block of the window was never measured on the sample days
    NOTHING_DRAWN = 5  # the site draws nothing in the window, or feeds in: there is nothing to take off


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


def in_window(found: Baseline, window: Window) -> Baseline:
    """What a method said, refused where its window is not whole or nothing is drawn in it."""
    values = found.base_kw[:, window.blocks]
    gap = np.asarray(np.isnan(values).any(axis=1))
    drawn = np.where(gap[:, None], 0.0, values).mean(axis=1) > 0
    own = np.where(gap, Refusal.NO_LOAD_IN_WINDOW, np.where(drawn, Refusal.NONE, Refusal.NOTHING_DRAWN))
    refusal = np.where(found.refusal == Refusal.NONE, own, found.refusal).astype(np.int8)
    told = (refusal == Refusal.NONE)[:, None]
    return Baseline(np.where(told, found.base_kw, np.nan), found.days & told, refusal)


class Method(Protocol):
    """Looks at the days before ``day``, and at ``day`` itself only where it is a same-day method; never later."""

    def __call__(self, table: DayTable, day: int, window: Window) -> Baseline: ...
