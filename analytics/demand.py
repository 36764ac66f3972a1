"""Demand (需量): mean power of 15 minutes, by blocks and sliding by the minute.

Source: domain facts 4.1 (15-minute period; sliding method advances the window every minute, block method every period)
"""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from analytics.coverage import Covered, mean_of_present
from analytics.steps import steps_per_block
from domain.arrays import FloatArray

DEMAND_S = 900
SLIDE_S = 60


def block_means(power_kw: FloatArray, *, step_s: int, block_s: int = DEMAND_S) -> Covered:
    """Mean power of each block over the steps that are there, with the share of steps that were.

    power_kw : shape (..., n), mean power of each step, import positive; NaN = missing [kW]
    step_s, block_s : step and block length, block a multiple of step [s]
    Returns shape (..., n // (block_s // step_s)) [kW]; NaN where no step is there
    """
    per_block = steps_per_block(step_s=step_s, block_s=block_s)
    whole = power_kw.shape[-1] // per_block
    blocks = power_kw[..., : whole * per_block].reshape(*power_kw.shape[:-1], whole, per_block)
    return mean_of_present(blocks)


def block_demand(power_kw: FloatArray, *, step_s: int, block_s: int = DEMAND_S) -> FloatArray:
    """Mean power of each complete demand block.

    power_kw : shape (..., n), mean power of each step, import positive; NaN = missing [kW]
    step_s, block_s : step and block length, block a multiple of step [s]
    Returns shape (..., n // (block_s // step_s)); NaN where a step of the block is missing [kW]
    Source: domain facts 4.1 (区间)
    """
    return block_means(power_kw, step_s=step_s, block_s=block_s).sufficient(1.0)


def sliding_means(power_kw: FloatArray, *, step_s: int = SLIDE_S, window_s: int = DEMAND_S) -> Covered:
    """Mean power of the window that ends with each step, with the share of its steps that were there.

    power_kw : shape (..., n), mean power of each step; NaN = missing [kW]
    step_s, window_s : step and window length, window a multiple of step [s]
    Returns shape (..., n) [kW]: item i is the mean of steps i - w + 1 ... i of the w steps in a window. What lies
    before the first step counts as missing, so coverage grows to 1 over the first window
    """
    window = steps_per_block(step_s=step_s, block_s=window_s)
    if power_kw.shape[-1] == 0:
        return Covered(power_kw.copy(), power_kw.copy())
    before = np.full((*power_kw.shape[:-1], window - 1), np.nan)
    padded = np.concatenate([before, power_kw], axis=-1)
    return mean_of_present(sliding_window_view(padded, window, axis=-1))


def sliding_demand(power_kw: FloatArray, *, step_s: int = SLIDE_S, window_s: int = DEMAND_S) -> FloatArray:
    """Sliding demand: mean power of each complete window, named by its last step.

    power_kw : shape (..., n), mean power of each step; NaN = missing [kW]
    Returns shape (..., n); NaN where a step of the window is missing, so also for the first window less one step [kW]
    Source: domain facts 4.1 (滑差)
    """
    return sliding_means(power_kw, step_s=step_s, window_s=window_s).sufficient(1.0)
