"""What temperature adds to the forecast's regression: cooling and heating degrees beyond the usual ones."""

from __future__ import annotations

import numpy as np

from analytics.forecast_frame import Frame
from analytics.usual_days import usual_days
from domain.arrays import FloatArray, IntArray

COOLING_FROM_C, HEATING_BELOW_C = 18.0, 15.0


class Heat:
    """Degrees that differ from the usual of the same days, as x of equation (1) of forecast_regression.

    temperature_c : shape (n + h,), none missing [deg C]; weight : of the newest day in the usual ones
    """

    def __init__(self, temperature_c: FloatArray, frame: Frame, *, weight: float) -> None:
        cooling = np.maximum(temperature_c - COOLING_FROM_C, 0.0)
        heating = np.maximum(HEATING_BELOW_C - temperature_c, 0.0)
        self._degrees = np.stack([cooling, heating, _day_mean(cooling, frame), _day_mean(heating, frame)])
        self._frame = frame
        self._usual = usual_days(frame.daily(self._degrees), frame.day_class, weight=weight)
        self._before: dict[int, FloatArray] = {}

    def features(self, steps: IntArray, back: int, base: FloatArray, level_kw: FloatArray) -> list[FloatArray]:
        if back not in self._before:
            self._before[back] = self._usual.before(back)
        usual = self._before[back][:, self._frame.day[steps], self._frame.slot[steps]]
        extra = np.nan_to_num(self._degrees[:, steps] - usual)
        # Two per cent of the mean load a degree is a usual sensitivity, so that all features have one size.
        unit_kw = 0.02 * level_kw[:, None]
        busy = 0.02 * base
        return [
            busy * extra[0],
            unit_kw * extra[0],
            busy * extra[1],
            unit_kw * extra[1],
            unit_kw * extra[2],
            unit_kw * extra[3],
        ]


def _day_mean(values: FloatArray, frame: Frame) -> FloatArray:
    """Mean of the 24 hours up to each step, of fewer at the beginning."""
    total = np.concatenate([[0.0], np.cumsum(values)])
    end = np.arange(1, len(values) + 1)
    start = np.maximum(end - frame.slots, 0)
    return np.asarray((total[end] - total[start]) / (end - start))
