"""Time of a forecast laid out: steps on local days and slots, with the kind of each day."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from domain.arrays import FloatArray, IntArray

#: Classes of days that behave alike: workdays (made-up ones too), Saturdays, Sundays and holidays.
WORKDAY, SATURDAY, REST_DAY = 0, 1, 2


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """n + h steps: n up to the issue time, h to forecast.

    day : shape (n + h,), number of the local day from 0, never falling; slot : shape (n + h,), place in the local day
    day_class : shape (d,), WORKDAY, SATURDAY or REST_DAY of each day
    weekday : shape (d,), 0...6, with holidays as Sunday and made-up workdays as the weekday they stand for
    known : n; step_s : length of a step, a divisor of 3600 [s]
    """

    day: IntArray
    slot: IntArray
    day_class: IntArray
    weekday: IntArray
    known: int
    step_s: int

    @property
    def horizon(self) -> int:
        return len(self.day) - self.known

    @property
    def days(self) -> int:
        return len(self.day_class)

    @property
    def slots(self) -> int:
        return 86_400 // self.step_s

    @property
    def per_hour(self) -> int:
        return 3_600 // self.step_s

    def daily(self, values: FloatArray) -> FloatArray:
        """Shape (..., t) of the first t steps as (..., d, k). A slot a day lacks is NaN; of one it has twice, the
        later value stands."""
        found = np.full((*values.shape[:-1], self.days, self.slots), np.nan)
        steps = values.shape[-1]
        found[..., self.day[:steps], self.slot[:steps]] = values
        return found


def plain_frame(day: IntArray, slot: IntArray, *, known: int, step_s: int) -> Frame:
    """A frame whose days are judged by the weekday alone; ``day`` counts from 1 January 1970."""
    numbers = np.arange(day[0], day[-1] + 1)
    weekday = (numbers + 3) % 7
    day_class = np.where(weekday < 5, WORKDAY, np.where(weekday == 5, SATURDAY, REST_DAY))
    return Frame(np.asarray(day - day[0]), slot, day_class, weekday, known, step_s)
