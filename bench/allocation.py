"""Allocation for 100 and 1,000 enterprises against the order of the list alone; execution of 1,000 judged.

``python -m bench.allocation``
"""

from __future__ import annotations

import time

import numpy as np

from analytics.allocation import Options, Sites, allocate, by_greedy
from analytics.allocation_group import Weights
from analytics.execution import Ordered, Tolerances, judge_execution

WEIGHTS = Weights(hours=2.0, fairness_yuan_per_kwh=5.0, rotation_yuan_per_call=200.0)


def district(count: int, rng: np.random.Generator) -> tuple[Sites, Options]:
    """Loads of 100 kW to 10 MW, log-uniform; three ranks, a tenth restricted, value added 2 to 60 yuan/kWh."""
    size = np.exp(rng.uniform(np.log(100), np.log(10_000), count))
    restricted = rng.random(count) < 0.1
    value = np.exp(rng.uniform(np.log(2), np.log(60), count))
    confidence = rng.uniform(0.6, 0.98, count)
    rows = [
        (site, 2 * rank + (0 if restricted[site] else 1), size[site] * share, share_loss * value[site])
        for rank, (share, share_loss) in enumerate(((0.1, 0.2), (0.15, 0.6), (0.3, 1.0)), start=1)
        for site in range(count)
    ]
    site = np.array([row[0] for row in rows])
    sites = Sites(
        size * 0.5, rng.uniform(0, 40, count) * size * 0.1, size, rng.integers(0, 4, count).astype(np.float64), 0 * size
    )
    group = np.array([row[1] for row in rows])
    most, loss = np.array([row[2] for row in rows]), np.array([row[3] for row in rows])
    return sites, Options(site, group, most, np.full(len(rows), 20.0), confidence[site], loss)


def main() -> None:
    rng = np.random.default_rng(7)
    for count in (100, 1_000):
        sites, options = district(count, rng)
        ranks = options.group // 2
        shift = float((options.confidence * options.most_kw)[ranks == 1].sum())
        for part, needed in (("shift only", 0.5 * shift), ("into avoidance", 1.5 * shift)):
            began = time.perf_counter()
            best = allocate(sites, options, needed_kw=needed, weights=WEIGHTS, step_kw=5.0)
            took = time.perf_counter() - began
            rough = allocate(sites, options, needed_kw=needed, weights=WEIGHTS, step_kw=5.0, chooser=by_greedy)
            saved = 1 - best.loss_yuan / best.listed_loss_yuan
            print(
                f"{count:5d} enterprises, {needed / 1000:6.1f} MW {part:15s}: {took:6.3f} s, "
                f"gap {best.relative_gap:.4%}, called {int((best.ordered_kw > 0).sum())}, "
                f"loss {best.loss_yuan:,.0f} yuan, {best.listed_loss_yuan:,.0f} by list ({saved:.1%} saved); "
                f"greedy gap {rough.relative_gap:.2%}"
            )
    execution(1_000, rng)


def execution(count: int, rng: np.random.Generator) -> None:
    points = 16
    base = rng.uniform(200, 2000, (count, 1)) * np.ones(points)
    order = Ordered(
        is_cap=np.repeat(rng.random((count, 1)) < 0.3, points, axis=1),
        kw=base * 0.2,
        baseline_kw=base,
        load_kw=base * rng.uniform(0.7, 1.0, (count, points)),
        due=np.broadcast_to(np.arange(points) < 9, base.shape),
        pending=rng.random(count) < 0.05,
        security_kw=base[:, 0] * 0.1,
        minutes=np.arange(points, dtype=np.float64) * 15.0,
        step_min=15.0,
    )
    began = time.perf_counter()
    for _ in range(20):
        judge_execution(order, Tolerances(0.05, 0.01, 1.0, 0.8, 15))
    print(
        f"{count} enterprises, execution of {points} points judged in {(time.perf_counter() - began) / 20 * 1e3:.2f} ms"
    )


if __name__ == "__main__":
    main()
