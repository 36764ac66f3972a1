"""How long the analytics take at district size: ``python -m bench.analytics_speed``.

Ratios are to one pass over the same array (``ndarray.sum``), so that the table means the same on another machine.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from analytics.coincidence import coincident_peak
from analytics.demand import block_demand, sliding_demand
from analytics.projection import default_model, fit, project
from analytics.sums import signed_sum
from analytics.usual import usual_values

ROUNDS = 5


def fastest_s(run: Callable[[], object]) -> float:
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return min(times)


def cases() -> list[tuple[str, int, Callable[[], object], Callable[[], object]]]:
    random = np.random.default_rng(1)
    day = random.uniform(0, 1000, (1000, 1440))
    year = random.uniform(0, 1000, (100, 96 * 365))
    days = random.uniform(0, 1000, (1000, 30, 96))
    fortnight = random.uniform(900, 1000, 14 * 1440)
    seen, past = random.uniform(0, 1000, (1000, 10)), random.uniform(0, 1000, (1000, 30))
    ones, like, model = np.ones(1000, dtype=np.int64), np.ones(30, dtype=np.bool_), default_model()
    return [
        ("block demand, 1000 meters x 1 day of minutes", day.size, lambda: block_demand(day, step_s=60), day.sum),
        ("sliding demand, the same", day.size, lambda: sliding_demand(day), day.sum),
        ("scope sum with coverage, the same", day.size, lambda: signed_sum(day, ones), day.sum),
        ("coincident peak, 100 sites x 1 year of blocks", year.size, lambda: coincident_peak(year), year.sum),
        ("usual values, 1000 meters x 30 days", days.size, lambda: usual_values(days, like), days.sum),
        ("projection learnt from 14 days", fortnight.size, lambda: fit(fortnight), fortnight.sum),
        ("projection of 1000 scopes", seen.size, lambda: project(model, seen, past_kw=past), seen.sum),
    ]


def main() -> None:
    print(f"{'what':48} {'values':>10} {'ms':>9} {'million/s':>10} {'x one pass':>10}")
    for name, values, run, one_pass in cases():
        taken, base = fastest_s(run), fastest_s(one_pass)
        print(f"{name:48} {values:10,d} {taken * 1e3:9.2f} {values / taken / 1e6:10.1f} {taken / base:10.1f}")


if __name__ == "__main__":
    main()
