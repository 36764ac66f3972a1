"""Usual days: exponentially weighted means of earlier days of the same kind, never looking at the day itself.

The state after day d is
    S_c(d, k) = sum_j w^j y(d_j, k) / sum_j w^j                                                            (1)
over the days d_j <= d of class c, newest first, w = 1 - weight; missing values leave both sums as they are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from domain.arrays import FloatArray, IntArray


@dataclass(frozen=True, slots=True, eq=False)
class UsualDays:
    """states : by class, shape (s, d, k), equation (1) after each day; classes : shape (d,), class of each day"""

    states: dict[int, FloatArray]
    classes: IntArray

    def before(self, days: int) -> FloatArray:
        """The usual day of each day's class as it stood ``days`` days earlier, shape (s, d, k); NaN where unknown."""
        some = next(iter(self.states.values()))
        found = np.full(some.shape, np.nan)
        for each, state in self.states.items():
            of_class = np.flatnonzero(self.classes == each)
            of_class = of_class[of_class >= days]
            found[:, of_class] = state[:, of_class - days]
        return found


def usual_days(daily: FloatArray, classes: IntArray, *, weight: float) -> UsualDays:
    """Equation (1) of every class and day.

    daily : shape (s, d, k), values of k slots on d days, NaN = missing
    classes : shape (d,), the class of each day; weight : share of the newest day, 0...1
    """
    sites, days, slots = daily.shape
    states = {}
    for each in np.unique(classes).tolist():
        total, weights = np.zeros((sites, slots)), np.zeros((sites, slots))
        state = np.full(daily.shape, np.nan)
        last = np.full((sites, slots), np.nan)
        for day in range(days):
            if classes[day] == each:
                there = ~np.isnan(daily[:, day])
                total = np.where(there, (1 - weight) * total + weight * np.nan_to_num(daily[:, day]), total)
                weights = np.where(there, (1 - weight) * weights + weight, weights)
                last = np.divide(total, weights, out=np.full((sites, slots), np.nan), where=weights > 0)
            state[:, day] = last
        states[int(each)] = state
    return UsualDays(states, classes)
