"""A made-up year of many sites for measurements, and the clock and memory they are measured by."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable
from typing import TypeVar

import numpy as np

from analytics.baselines.days import DayTable
from domain.arrays import FloatArray

DAYS, SLOTS = 365, 96
DAY = np.arange(DAYS)
MONTH = np.searchsorted(np.cumsum([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]), DAY, side="right")
WORKDAY = DAY % 7 < 5
HEAT = 18 + 14 * np.sin((DAY - 105) / 365 * 2 * np.pi)
ROUNDS = 5
SHORTEST_S = 1.0
T = TypeVar("T")


def loads(sites: int, seed: int = 0) -> FloatArray:
    """Loads with a day, a week, a summer, noise and gaps; shape (s, 365, 96) [kW]"""
    random = np.random.default_rng(seed)
    hour = np.arange(SLOTS) / 4
    shape = 0.4 + np.exp(-((hour - random.uniform(9, 20, (sites, 1))) ** 2) / 12)
    week = np.where(WORKDAY, 1.0, 0.5)
    load = shape[:, None] * week[None, :, None] * random.uniform(50, 2000, (sites, 1, 1))
    load *= random.uniform(0.9, 1.1, (sites, DAYS, SLOTS))
    load += np.maximum(HEAT - 24, 0)[None, :, None] * random.uniform(0, 20, (sites, 1, 1))
    load[random.uniform(size=(sites, DAYS)) < 0.01] = np.nan
    load.reshape(-1)[random.integers(0, load.size, load.size // 1000)] = np.nan
    return load


def fastest(run: Callable[[], T], rounds: int = ROUNDS) -> tuple[float, T]:
    """Seconds of the fastest of some rounds, and the answer of the last.

    What takes milliseconds is tried for a second at least: other work on the machine slows single rounds down manifold.
    """
    begun = time.perf_counter()
    best, done = np.inf, 0
    while done < rounds or time.perf_counter() - begun < SHORTEST_S:
        begin = time.perf_counter()
        answer = run()
        best, done = min(best, time.perf_counter() - begin), done + 1
    return best, answer


def day_table(load_kw: FloatArray) -> DayTable:
    """Without holidays, events and outages. load_kw : shape (s, 365, 96) [kW]"""
    none = np.zeros(load_kw.shape[:2], dtype=np.bool_)
    heat = np.repeat(HEAT[:, None], SLOTS, axis=1)
    return DayTable(load_kw, WORKDAY, np.zeros(DAYS, dtype=np.bool_), none, none, heat, 86_400 // SLOTS)


def peak_gb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
