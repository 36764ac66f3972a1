"""The analyses of one chunk of sites, as a worker of another machine does them."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from analytics.cooling import fit_cooling
from analytics.day_figures import day_figures
from analytics.period_figures import period_figures
from analytics.shapes import shapes_of
from bench.site_year import HEAT, MONTH, WORKDAY
from domain.arrays import FloatArray


def summary(load_kw: FloatArray) -> dict[str, Any]:
    """Figures of sites x 365 x 96, with the number of the process that made them."""
    days = day_figures(load_kw, step_s=900)
    months = period_figures(days, MONTH)
    summer, spring = (MONTH >= 5) & (MONTH <= 8), (MONTH == 3) | (MONTH == 4)
    shapes = shapes_of(load_kw, days.counted, WORKDAY, summer=summer, spring=spring)
    cooling = fit_cooling(days.maximum_kw, HEAT, ~WORKDAY[:, None])
    return {
        "day maximum": days.maximum_kw,
        "month imbalance": months.imbalance,
        "shape": shapes.code,
        "profile": shapes.profile,
        "slope": cooling.slope_kw_per_c,
        "process": np.int64(os.getpid()),
    }
