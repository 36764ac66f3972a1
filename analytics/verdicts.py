"""Why a figure has no value, as codes that arrays can carry. Words and figures are put to them where they are shown."""

from __future__ import annotations

from enum import IntEnum

import numpy as np

from domain.arrays import CodeArray


class Verdict(IntEnum):
    """Of several that hold, the first in this order is given."""

    OK = 0
    NO_DATA = 1  # nothing was measured
    INCOMPLETE = 2  # fewer blocks than a figure needs
    FEW_DAYS = 3  # fewer counted days than a figure needs
    NO_LOAD = 4  # the maximum is not above zero: a ratio to it means nothing
    CONSTANT = 5  # the load never moves: nothing can be learnt from its shape
    NO_TEMPERATURE = 6  # no temperature is known for enough of the days
    FEW_WARM_DAYS = 7  # too few days warm enough to tell
    NO_RESPONSE = 8  # the load does not follow temperature
    NEGATIVE = 9  # the site exports: its net load is no consumption
    UNREACTIVE = 10  # no reactive energy was measured

    @property
    def word(self) -> str:
        return self.name.lower()


def first_of(*conditions: tuple[IntEnum, np.ndarray[tuple[int, ...], np.dtype[np.bool_]]]) -> CodeArray:
    """The first code whose condition holds, elementwise; 0 (OK) where none does. Conditions broadcast."""
    codes = np.zeros(np.broadcast_shapes(*(mask.shape for _, mask in conditions)), dtype=np.int8)
    for verdict, mask in reversed(conditions):
        codes[np.broadcast_to(mask, codes.shape)] = verdict
    return codes
