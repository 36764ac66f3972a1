"""How well drift is found: changes put into real loads, and alarms where nothing was put in.

``python -m bench.drift_detection`` (needs ../shared/data; else the shapes of simbench). The loads hold real changes of
their own, so the alarms per site-year are an upper bound of the false ones.
"""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from analytics.day_figures import day_figures
from analytics.drift import DriftKind, find_drifts
from domain.arrays import BoolArray, FloatArray
from tests.real_years import SiteYears, site_years

#: Days by which the date found may miss.
NEAR_DAYS, WITHIN_DAYS = 5, 15
TURNS = 10


def injected(clock_kw: FloatArray, kind: str, day: int) -> FloatArray:
    """The loads with a change from a day on, the same relative size at every site."""
    slots = clock_kw.shape[2]
    hour = np.arange(slots) * 24.0 / slots
    changed = clock_kw.copy()
    mean = np.nanmean(clock_kw.reshape(len(clock_kw), -1), axis=1)[:, None, None]
    high = np.nanquantile(clock_kw.reshape(len(clock_kw), -1), 0.9, axis=1)[:, None, None]
    if kind == "multiplier x1.5":
        changed[:, day:] *= 1.5
    elif kind == "multiplier x0.5":
        changed[:, day:] *= 0.5
    elif kind == "shift 18-02 h":
        night = (hour >= 18) | (hour < 2)
        changed[:, day:, night] = np.maximum(changed[:, day:, night], 0) + (0.6 * high)
    elif kind == "furnace +30 %":
        changed[:, day:] += 0.3 * mean
    elif kind == "furnace +20 % 8-20 h":
        changed[:, day:, (hour >= 8) & (hour < 20)] += 0.4 * mean
    return changed


EXPECTED = {
    "multiplier x1.5": {DriftKind.MULTIPLIER},
    "multiplier x0.5": {DriftKind.MULTIPLIER},
    "shift 18-02 h": {DriftKind.SHIFT},
    "furnace +30 %": {DriftKind.EQUIPMENT},
    "furnace +20 % 8-20 h": {DriftKind.EQUIPMENT, DriftKind.SHIFT},
}


def counted_of(years: SiteYears) -> BoolArray:
    return day_figures(years.demand_kw, step_s=years.days.step_s, blocks=years.days.blocks).counted


def main() -> None:
    random = np.random.default_rng(1)
    tried: dict[str, int] = defaultdict(int)
    found: dict[str, int] = defaultdict(int)
    dated: dict[str, list[int]] = defaultdict(list)
    named: dict[str, int] = defaultdict(int)
    alarms, site_years_judged = 0, 0.0
    for years in site_years():
        counted = counted_of(years)
        plain = find_drifts(years.clock_kw, counted, years.workday)
        alarms += len(plain)
        site_years_judged += float(plain.judged.sum()) / 250
        for kind in EXPECTED:
            day = int(random.integers(90, len(years.days) - 90))
            usable = counted[:, day - 45 : day].mean(axis=1) * counted[:, day : day + 45].mean(axis=1) > 0.3
            for turn in range(TURNS):
                # A tenth of the sites changes at a time: the others show what is common to all.
                own = np.flatnonzero(usable & (np.arange(len(usable)) % TURNS == turn))
                if not own.size:
                    continue
                loads = years.clock_kw.copy()
                loads[own] = injected(years.clock_kw[own], kind, day)
                got = find_drifts(loads, counted, years.workday)
                for site in own.tolist():
                    mine = np.flatnonzero((got.site == site) & (np.abs(got.day - day) <= WITHIN_DAYS))
                    tried[kind] += 1
                    if len(mine):
                        best = mine[np.argmax(got.score[mine])]
                        found[kind] += 1
                        dated[kind].append(abs(int(got.day[best]) - day))
                        named[kind] += DriftKind(int(got.kind[best])) in EXPECTED[kind]
    print(f"{'change':24} {'tried':>6} {'found':>7} {'date +-5':>9} {'median days off':>16} {'kind right':>11}")
    for kind in EXPECTED:
        near = sum(off <= NEAR_DAYS for off in dated[kind])
        n = max(found[kind], 1)
        print(
            f"{kind:24} {tried[kind]:6d} {found[kind] / max(tried[kind], 1):7.1%} {near / n:9.1%} "
            f"{np.median(dated[kind]) if dated[kind] else float('nan'):16.1f} {named[kind] / n:11.1%}"
        )
    rate = alarms / site_years_judged
    print(f"alarms without a change put in: {alarms} in {site_years_judged:.1f} site-years = {rate:.2f} a site-year")


if __name__ == "__main__":
    main()
