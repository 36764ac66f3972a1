"""Energy by tariff period (峰平谷电量): how much falls into each price band of each day's own schedule.

Source: domain facts 4.2 (峰/平/谷电量比), 6.1, 6.2; which hours are which band is configuration, dated.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.coverage import share
from analytics.ratios import ratio
from domain.arrays import CodeArray, FloatArray, IntArray
from domain.errors import Invalid

#: A slot no band covers (a day before the first tariff).
NO_BAND = -1


@dataclass(frozen=True, slots=True, eq=False)
class BandEnergy:
    """Shape (s, p, bands) each.

    energy_kwh : measured energy in the band; due_h, measured_h : hours of the band the period has, and those measured
    """

    energy_kwh: FloatArray
    due_h: FloatArray
    measured_h: FloatArray

    @property
    def share(self) -> FloatArray:
        """Of the period's measured energy; NaN where that is not above zero."""
        total = self.energy_kwh.sum(axis=2, keepdims=True)
        return ratio(self.energy_kwh, total, total > 0)

    @property
    def coverage(self) -> FloatArray:
        """Shape (s, p): share of the period's hours that were measured; 0 where none was due."""
        due, measured = self.due_h.sum(axis=2), self.measured_h.sum(axis=2)
        return share(measured, due)

    @property
    def mean_kw(self) -> FloatArray:
        """Mean load of the band where it was measured; comparable between bands of different length [kW]"""
        return ratio(self.energy_kwh, self.measured_h)


def band_energy(clock_kw: FloatArray, band: CodeArray, period: IntArray, *, bands: int, step_s: int) -> BandEnergy:
    """Energy of each band in each period.

    clock_kw : shape (s, d, slots), demand by day and slot of the clock; NaN = missing [kW]
    band : shape (d, slots), 0...bands - 1, or NO_BAND; period : shape (d,), 0...p - 1
    Import and export are not netted away: a negative block counts as negative energy of its band
    """
    sites, days, slots = clock_kw.shape
    if band.shape != (days, slots) or period.shape != (days,):
        raise Invalid(f"a schedule of shape {band.shape} does not fit loads of shape {clock_kw.shape}")
    periods = int(period.max(initial=-1)) + 1
    hours = step_s / 3600.0
    energy, measured = np.zeros((sites, periods, bands)), np.zeros((sites, periods, bands))
    due = np.zeros((periods, bands))
    for number in range(periods):
        own = period == number
        mark = (band[own].reshape(-1, 1) == np.arange(bands)).astype(np.float64)  # (d' x slots, bands)
        values = clock_kw[:, own].reshape(sites, -1)
        there = ~np.isnan(values)
        energy[:, number] = np.where(there, values, 0.0) @ mark * hours
        measured[:, number] = there.astype(np.float64) @ mark * hours
        due[number] = mark.sum(axis=0) * hours
    return BandEnergy(energy, np.broadcast_to(due, energy.shape).copy(), measured)
