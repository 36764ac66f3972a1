"""Interval energy from powers and from registers, and the change of grid that keeps energy."""

from __future__ import annotations

from math import gcd

import numpy as np

from analytics.steps import steps_per_block
from domain.arrays import FloatArray, IntArray
from domain.errors import Invalid

HOUR_S = 3600

#: A register has rolled over only when it stood in the last tenth of its range and stands in the first tenth now.
ROLLOVER_FROM = 0.9
ROLLOVER_TO = 0.1


def interval_energy_kwh(power_kw: FloatArray, *, step_s: int) -> FloatArray:
    """Energy of each interval from its mean power.

    power_kw : any shape, mean power of each step, import positive; NaN = missing [kW]
    step_s : length of a step [s]
    Returns the same shape [kWh]; NaN where the power is missing
    """
    return np.asarray(power_kw * (step_s / HOUR_S), dtype=np.float64)


def mean_power_kw(energy_kwh: FloatArray, *, step_s: int) -> FloatArray:
    """Mean power of each interval from its energy: the inverse of ``interval_energy_kwh``. Shapes and gaps as there."""
    return np.asarray(energy_kwh * (HOUR_S / step_s), dtype=np.float64)


def register_energy_kwh(
    register_kwh: FloatArray, *, modulus_kwh: float | FloatArray, limit_kwh: float | FloatArray
) -> FloatArray:
    """Energy between neighbouring register readings: E_i = R_{i+1} - R_i, plus the modulus where it rolled over.

    register_kwh : shape (..., n + 1), the register at each interval's start and at the end of the last one, multiplier
        applied; NaN = missing [kWh]
    modulus_kwh : the reading at which the register starts again at 0, multiplier applied; scalar or shape (..., 1)
    limit_kwh : the most the site can use in one interval (1.2 x capacity x time); scalar or shape (..., 1) [kWh]
    Returns shape (..., n) [kWh]; NaN where either reading is missing, where the register fell without a roll-over
    (exchange, reset, reversal: no energy is invented) or where the difference is beyond ``limit_kwh``
    Source: domain facts 7.1 (roll-over if R1 > 0.9 mod, R2 < 0.1 mod and the implied difference is possible)
    """
    before, after = register_kwh[..., :-1], register_kwh[..., 1:]
    difference = after - before
    rolled = (difference < 0) & (before > ROLLOVER_FROM * modulus_kwh) & (after < ROLLOVER_TO * modulus_kwh)
    energy = np.where(rolled, difference + modulus_kwh, difference)
    possible = (energy >= 0) & (energy <= limit_kwh)
    return np.where(possible, energy, np.nan)


def hold(power_kw: FloatArray, *, step_s: int, fine_s: int) -> FloatArray:
    """Hold coarse powers on a finer grid: a mean of 15 minutes is the best guess of each of its minutes.

    power_kw : shape (..., n) on steps of ``step_s``; NaN = missing [kW]
    fine_s : step of the result; ``step_s`` must be a multiple [s]
    Returns shape (..., n * step_s / fine_s) [kW]; energy is kept, a missing step stays missing
    """
    return np.repeat(power_kw, steps_per_block(step_s=fine_s, block_s=step_s), axis=-1)


def hold_readings(
    ts_ms: IntArray, power_kw: FloatArray, *, interval_s: int, grid_start_ms: int, step_s: int, steps: int
) -> FloatArray:
    """Place single readings on a grid, each held over its own interval. Of two on one step the later row wins.

    ts_ms : shape (n,), interval starts [ms]; power_kw : shape (n,); NaN = missing [kW]
    interval_s : length of a reading's interval, a multiple of ``step_s`` [s]
    grid_start_ms, step_s, steps : the grid [ms], [s]
    Returns shape (steps,) [kW]; NaN where no reading covers the step. A reading that does not start on a step of the
    grid counts from the step it starts in; parts outside the grid are dropped
    """
    per_reading = steps_per_block(step_s=step_s, block_s=interval_s)
    held = np.full(steps, np.nan)
    first = (ts_ms - grid_start_ms) // (step_s * 1000)
    cells = (first[:, None] + np.arange(per_reading)).ravel()
    values = np.repeat(power_kw, per_reading)
    inside = (cells >= 0) & (cells < steps) & ~np.isnan(values)
    held[cells[inside]] = values[inside]
    return held


def resample_energy_kwh(energy_kwh: FloatArray, *, step_s: int, to_s: int) -> FloatArray:
    """Energy on another grid that starts at the same instant. The sum over whole new steps is kept.

    energy_kwh : shape (..., n) on steps of ``step_s``; NaN = missing [kWh]
    step_s, to_s : old and new step; neither need divide the other [s]
    Returns shape (..., n * step_s // to_s) [kWh]; NaN where a part of the new step is missing. Inside an old step
    energy is taken as even. A last new step that the old grid does not fill is dropped
    """
    if step_s <= 0 or to_s <= 0:
        raise Invalid(f"steps of {step_s} s and {to_s} s must both be positive")
    common_s = gcd(step_s, to_s)
    parts, block = step_s // common_s, to_s // common_s
    fine = np.repeat(energy_kwh / parts, parts, axis=-1)
    whole = fine.shape[-1] // block
    return np.asarray(fine[..., : whole * block].reshape(*fine.shape[:-1], whole, block).sum(axis=-1))
