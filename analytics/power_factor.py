"""Power factor of a month and its adjustment of the bill (力调).

Source: domain facts 6.4 (水电财字〔83〕215号); which rates belong to which standard is configuration.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from domain.arrays import FloatArray


def power_factor(active_kwh: FloatArray, reactive_kvarh: FloatArray) -> FloatArray:
    """cos phi = Wp / sqrt(Wp^2 + Wq^2), to two decimals, half up.

    active_kwh, reactive_kvarh : same shape, energy of the month; Wq = |forward| + |reverse| [kWh], [kvarh]
    NaN where either is missing or no active energy was used: a site that only exports has no power factor here
    """
    known = ~np.isnan(active_kwh) & ~np.isnan(reactive_kvarh) & (active_kwh > 0)
    active, reactive = np.where(known, active_kwh, 1.0), np.where(known, reactive_kvarh, 0.0)
    factor = active / np.hypot(active, reactive)
    return np.where(known, np.floor(factor * 100 + 0.5 + 1e-9) / 100, np.nan)


def adjustment_rate(
    factor: FloatArray,
    *,
    standard: float,
    penalty: Sequence[tuple[float, float]],
    reward: Sequence[tuple[float, float]],
) -> FloatArray:
    """Share by which the bill changes: above 0 is paid more, below 0 less.

    factor : any shape, power factors to two decimals; NaN = unknown
    penalty : steps (down to this factor, rate a hundredth) from the standard downwards
    reward : steps (up to this factor, rate a hundredth) from the standard upwards; above the last there is no more
    """
    hundredths = np.where(np.isnan(factor), np.nan, np.round(factor * 100))
    at = round(standard * 100)
    rate = np.zeros(factor.shape)
    begin = at
    for down_to, each in penalty:
        end = round(down_to * 100)
        rate += np.clip(begin - hundredths, 0, begin - end) * each
        begin = end
    begin = at
    for up_to, each in reward:
        end = round(up_to * 100)
        rate -= np.clip(hundredths - begin, 0, end - begin) * each
        begin = end
    return np.asarray(rate)
