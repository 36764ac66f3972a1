"""What several methods said of earlier days, as they would have said it then: what combinations learn from."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from analytics.baselines.days import DayTable, Window, candidate_days
from analytics.baselines.estimate import Baseline
from domain.arrays import BoolArray, FloatArray, IntArray

LOOKBACK_DAYS = 120


class Member(Protocol):
    def estimate(self, table: DayTable, day: int, window: Window) -> FloatArray: ...


class Combination(ABC):
    """A method that learns from what others, its members, said of earlier days."""

    __slots__ = ()

    members: tuple[Member, ...]

    def __call__(self, table: DayTable, day: int, window: Window) -> Baseline:
        return self.combined(table, day, window, {})

    @abstractmethod
    def combined(self, table: DayTable, day: int, window: Window, known: dict[int, FloatArray]) -> Baseline:
        """known : by day, what the members said in the window; kept from call to call, and filled as needed"""


@dataclass(frozen=True, slots=True, eq=False)
class Past:
    """numbers : shape (e,), the newest like days; like : shape (s, e), whether they may teach the site

    base_kw : shape (m, s, e, w), what each member said of them; load_kw : shape (s, e, w), what came [kW]
    """

    numbers: IntArray
    like: BoolArray
    base_kw: FloatArray
    load_kw: FloatArray


def asked(members: tuple[Member, ...], table: DayTable, day: int, window: Window) -> FloatArray:
    """What each member says of a day by what was known then. Returns shape (m, s, b)"""
    return np.stack([member.estimate(table, day, window) for member in members])


def past(
    members: tuple[Member, ...], table: DayTable, day: int, window: Window, days: int, known: dict[int, FloatArray]
) -> Past:
    """known : by day, what the members said in the window; what is missing is asked and kept."""
    like = candidate_days(table, day, lookback_days=LOOKBACK_DAYS)
    numbers = np.flatnonzero(like.any(axis=0))[-days:]
    for each in numbers.tolist():
        if each not in known:
            known[each] = asked(members, table, each, window)[:, :, window.blocks]
    width = window.end - window.first
    said = [known[each] for each in numbers.tolist()]
    base = np.stack(said, axis=2) if said else np.empty((len(members), len(table.load_kw), 0, width))
    return Past(numbers, like[:, numbers], base, table.load_kw[:, numbers][:, :, window.blocks])


def taught(table: DayTable, lessons: Past, used: BoolArray) -> BoolArray:
    """Sample days as a method reports them. used : shape (s, e). Returns shape (s, d)"""
    days = np.zeros(table.load_kw.shape[:2], dtype=np.bool_)
    days[:, lessons.numbers] = used
    return days
