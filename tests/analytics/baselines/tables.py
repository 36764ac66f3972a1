"""Small day tables for hand calculations: four blocks a day, the second half of the day is the event window."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from analytics.baselines.days import DayTable, Window
from domain.arrays import FloatArray

WINDOW = Window(2, 4)
NAN = float("nan")


def table(
    levels_kw: Sequence[float],
    *,
    weekend: Sequence[int] = (),
    holiday: Sequence[int] = (),
    event: Sequence[int] = (),
    temperature_c: Sequence[float] | None = None,
    load_kw: FloatArray | None = None,
) -> DayTable:
    """One site, day by day at a level held over four blocks of six hours; or a load of shape (s, d, 4)."""
    load = np.repeat(np.array(levels_kw, dtype=np.float64)[None, :, None], 4, axis=2) if load_kw is None else load_kw
    s, d, b = load.shape
    marks = np.arange(d)
    warm = np.full(d, 30.0) if temperature_c is None else np.array(temperature_c, dtype=np.float64)
    return DayTable(
        load_kw=load,
        works=~np.isin(marks, weekend),
        holiday=np.isin(marks, holiday),
        event=np.broadcast_to(np.isin(marks, event), (s, d)).copy(),
        outage=np.zeros((s, d), dtype=np.bool_),
        temperature_c=np.repeat(warm[:, None], b, axis=1),
        step_s=21_600,
    )


def hourly(load_kw: FloatArray) -> DayTable:
    """Workdays of hours at 30 °C. load_kw : shape (s, d, 24)"""
    s, d, b = load_kw.shape
    none = np.zeros((s, d), dtype=np.bool_)
    return DayTable(
        load_kw, np.ones(d, dtype=np.bool_), np.zeros(d, dtype=np.bool_), none, none, np.full((d, b), 30.0), 3600
    )
