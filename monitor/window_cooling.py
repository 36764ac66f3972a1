"""Cooling in the mean load of some hours of the clock: the fit that potential and rehearsals share."""

from __future__ import annotations

import numpy as np

from analytics.baselines.days import Window
from analytics.cooling import CoolingFit, fit_cooling
from config.characteristics import CharacteristicsTable
from monitor.analysis_data import AnalysisData
from monitor.cooling_report import search_of


def fit_window(loads: AnalysisData, window: Window, rules: CharacteristicsTable) -> CoolingFit:
    """Of every scope of the loads, over its days that count and had no event; days off are the one group."""
    means = np.where(loads.plain, loads.clock_kw[:, :, window.blocks].mean(axis=2), np.nan)
    return fit_cooling(means, loads.kinds.maximum_c, (~loads.kinds.workday)[:, None], search_of(rules.cooling))
