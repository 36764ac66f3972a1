"""Two hours of known demand and readings around a local midnight, and the rows panels must show for them.

The store holds eight blocks from 23:00 on 14 July 2026 (Shanghai), and the same a day earlier, 100 kW lower. Expected
rows are written from these rules with plain Python, not with the code under test.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime

import numpy as np

from domain.quality import Quality
from domain.readings import Reading, ReadingBatch, values_of
from domain.scopes import DISTRICT, MONITORED, Scope, ScopeKind
from storage.ports import DayRows, DemandRows
from storage.readings.day_rows import day_rows
from storage.schema import BASELINE, FORECAST, INTENSITY_MONTH, LOAD_DAY, ORDER, POTENTIAL, QUALITY_DAY, SITE_DAY

START_MS = int(datetime(2026, 7, 14, 15, tzinfo=UTC).timestamp() * 1000)  # 23:00 in Shanghai
BLOCK_MS = 900_000
HOUR_MS = 3_600_000
DAY_MS = 86_400_000
BLOCKS = 8
STEP_MS = 2 * BLOCK_MS  # what the test fills in for $__interval
MIDNIGHT_MS = START_MS + HOUR_MS

STREET = "梅墟"
LEVELS = {
    DISTRICT: 1000.0,
    MONITORED: 800.0,
    Scope(ScopeKind.ENTERPRISE, "E001"): 300.0,
    Scope(ScopeKind.ENTERPRISE, "E002"): 500.0,
    Scope(ScopeKind.STREET, STREET): 790.0,
    Scope(ScopeKind.METER, "M1"): 290.0,
    Scope(ScopeKind.METER, "M2"): 10.0,
}
#: Blocks without enough data: coverage one half, no measured demand. M2 is whole.
HOLES = {MONITORED: {5}, Scope(ScopeKind.METER, "M1"): {2, 5}}
POWERS_KW = (10.0, 20.0, 30.0, 40.0)  # of M1 at the first four blocks; the third is a spike


def demand_kw(scope: Scope, block: int, day: int = 0) -> float:
    """Rises by a kW a block; E002 falls. NaN in a hole."""
    if block in HOLES.get(scope, ()):
        return math.nan
    return level_kw(scope, block, day)


def level_kw(scope: Scope, block: int, day: int = 0) -> float:
    slope = -1.0 if scope.id == "E002" else 1.0
    return LEVELS[scope] + slope * block + 100.0 * day


def coverage(scope: Scope, block: int) -> float:
    return 0.5 if block in HOLES.get(scope, ()) else 1.0


def demand_rows() -> DemandRows:
    places = [(scope, block, day) for day in (-1, 0) for scope in LEVELS for block in range(BLOCKS)]
    demand = np.array([demand_kw(*place) for place in places])
    level = np.array([level_kw(*place) for place in places])
    return DemandRows(
        scope=tuple(scope for scope, _, _ in places),
        ts_ms=np.array([START_MS + day * DAY_MS + block * BLOCK_MS for _, block, day in places], dtype=np.int64),
        demand_kw=demand,
        energy_kwh=demand / 4,
        coverage=np.array([coverage(scope, block) for scope, block, _ in places]),
        estimate_kw=level + 5,
        estimate_low_kw=level - 10,
        estimate_high_kw=level + 20,
        quality=np.array(["insufficient" if np.isnan(value) else "ok" for value in demand], dtype=object),
        revision=np.ones(len(places), dtype=np.int64),
    )


def readings() -> ReadingBatch:
    return ReadingBatch.of(
        Reading(
            "M1",
            START_MS + i * BLOCK_MS,
            values_of(power_kw=power, reactive_kvar=power / 2, power_factor=0.9, voltage_v=230.0 + i),
            Quality.SPIKE if i == 2 else Quality.OK,
        )
        for i, power in enumerate(POWERS_KW)
    )


#: Indicators of the day that begins at MIDNIGHT_MS, in the order of the series: six rates, expected, received.
INDICATORS = {
    DISTRICT: (0.95, 0.9, 0.98, 0.97, 1.0, 0.01, 200.0, 190.0),
    Scope(ScopeKind.ENTERPRISE, "E001"): (0.9, 1.0, 1.0, 0.96, 1.0, 0.02, 100.0, 90.0),
    Scope(ScopeKind.ENTERPRISE, "E002"): (1.0, 0.8, 0.96, 0.98, 1.0, 0.0, 100.0, 100.0),
}


#: Of each scope the figures of the month that begins at MIDNIGHT_MS, in the order of the series.
FIGURES = {
    DISTRICT: (3691.96, 1592.1, 12_954_000.0, 19_431.4, 0.19, 0.0819, 666.7, -0.035),
    Scope(ScopeKind.SECTOR, "C39"): (1000.0, 430.0, 3_500_000.0, 5000.0, 0.2, 0.086, 700.0, -0.01),
    Scope(ScopeKind.ENTERPRISE, "E001"): (600.0, 260.0, 2_100_000.0, 2000.0, 0.3, 0.13, 1050.0, 0.02),
}


def intensity_rows() -> DayRows:
    return _one_each(INTENSITY_MONTH, FIGURES, MIDNIGHT_MS)


def quality_rows() -> DayRows:
    return _one_each(QUALITY_DAY, INDICATORS, MIDNIGHT_MS)


#: Maximum, mean and minimum of the day that begins at MIDNIGHT_MS.
DAY_FIGURES = {MONITORED: (800.0, 600.0, 200.0), Scope(ScopeKind.ENTERPRISE, "E001"): (400.0, 100.0, 80.0)}


def load_day_rows() -> DayRows:
    values = [
        [top, MIDNIGHT_MS, low, MIDNIGHT_MS, mean, 24 * mean, 1.0, top, MIDNIGHT_MS, 96.0]
        for top, mean, low in DAY_FIGURES.values()
    ]
    n = len(values)
    days = np.full(n, MIDNIGHT_MS, dtype=np.int64)
    return day_rows(LOAD_DAY, tuple(DAY_FIGURES), days, np.array(values), np.ones(n, dtype=np.int64))


def forecast_kw(scope: Scope, block: int) -> tuple[float, float, float]:
    """P10, P50 and P90 of the last two blocks; nothing was said of the others."""
    return tuple(LEVELS[scope] + block + off for off in (-20.0, 0.0, 30.0))  # type: ignore[return-value]


def forecast_rows() -> DayRows:
    places = [(scope, block) for scope in DAY_FIGURES for block in (6, 7)]
    values = np.array([[*forecast_kw(*place), START_MS] for place in places])
    ts_ms = np.array([START_MS + block * BLOCK_MS for _, block in places], dtype=np.int64)
    return day_rows(FORECAST, [scope for scope, _ in places], ts_ms, values, np.ones(len(places), dtype=np.int64))


#: Of the day that begins at MIDNIGHT_MS, in the order of the series.
SITES = {
    MONITORED: (*([math.nan] * 6), 900.0, 850.0, 960.0, 200.0),
    Scope(ScopeKind.ENTERPRISE, "E001"): (0.9, 0.6, 0.3, 12.0, 8.0, 16.0, 400.0, 380.0, 420.0, 90.0),
}
#: Of the hour that begins at MIDNIGHT_MS.
ABLE = {MONITORED: (150.0, 60.0, math.nan), Scope(ScopeKind.ENTERPRISE, "E001"): (100.0, 40.0, 0.9)}
#: Of the last block.
BASELINES = {MONITORED: (805.0, 812.0), Scope(ScopeKind.ENTERPRISE, "E001"): (305.0, 309.0)}
ORDERS = {
    MONITORED: (800.0, 700.0, 720.0, 100.0, 80.0, 20.0, 0.8, 0.5),
    Scope(ScopeKind.ENTERPRISE, "E001"): (300.0, 240.0, 260.0, 60.0, 40.0, 20.0, 0.667, 0.0),
}
LAST_MS = START_MS + 7 * BLOCK_MS


def _one_each(series: str, figures: Mapping[Scope, tuple[float, ...]], at_ms: int) -> DayRows:
    n = len(figures)
    at, revisions = np.full(n, at_ms, dtype=np.int64), np.ones(n, dtype=np.int64)
    return day_rows(series, tuple(figures), at, np.array(list(figures.values())), revisions)


def curves_of_sites_and_orders() -> list[DayRows]:
    return [
        _one_each(SITE_DAY, SITES, MIDNIGHT_MS),
        _one_each(POTENTIAL, ABLE, MIDNIGHT_MS),
        _one_each(BASELINE, BASELINES, LAST_MS),
        _one_each(ORDER, ORDERS, LAST_MS),
    ]
