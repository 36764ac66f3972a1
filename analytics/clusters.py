"""Classes of load shapes by clustering: k-means on normalised median workdays, with k chosen by silhouette among those
that repeated seeds agree on.

Own k-means (a few lines of matrix products) instead of scikit-learn: one function would bring a compiled stack as large
as all the rest into a closed network, and the same bytes must come out of the same input for years. scipy.cluster.vq
warns on empty clusters and does not stop at convergence.
Source: domain facts 4.4 (K-means, k = 4...8 by silhouette, seeds repeated); Arthur and Vassilvitskii 2007 (k-means++);
Rousseeuw 1987 (silhouette); Hubert and Arabie 1985 (adjusted Rand index)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from domain.arrays import FloatArray, IntArray
from domain.errors import Invalid

ITERATIONS = 100
#: Runs of which one seed keeps the best: a single k-means often stops in a poor corner.
RESTARTS = 5
#: Classes are learnt from a fixed even sample of more sites than this; the others take the nearest centre.
LEARNT = 2_000
#: The silhouette compares all pairs; of more sites a fixed sample is judged.
JUDGED = 2_000


@dataclass(frozen=True, slots=True, eq=False)
class Clusters:
    """label : shape (n,), 0...k - 1, largest cluster first; centre : shape (k, slots)

    silhouette : mean over the sites, -1...1; stability : mean adjusted Rand index between seeds, 1 = all agree
    tried : (k, silhouette, stability) of each
    """

    label: IntArray
    centre: FloatArray
    silhouette: float
    stability: float
    tried: tuple[tuple[int, float, float], ...]

    @property
    def k(self) -> int:
        return len(self.centre)


def squared_distances(points: FloatArray, centres: FloatArray) -> FloatArray:
    """Shape (n, k), never below zero."""
    cross = points @ centres.T
    return np.asarray(
        np.maximum(np.square(points).sum(axis=1)[:, None] - 2 * cross + np.square(centres).sum(axis=1), 0.0)
    )


def k_means(points: FloatArray, k: int, *, seed: int) -> tuple[IntArray, FloatArray, float]:
    """Labels (n,), centres (k, slots) and the sum of squared distances of one seeded run, to convergence.

    points : shape (n, slots) without NaN, n >= k. A cluster that loses all its points takes the point farthest off
    """
    random = np.random.default_rng(seed)
    centres = _spread(points, k, random)
    label = np.full(len(points), -1)
    for _ in range(ITERATIONS):
        distance = squared_distances(points, centres)
        nearest = distance.argmin(axis=1)
        if (nearest == label).all():
            break
        label = nearest
        member = (label[:, None] == np.arange(k)).astype(np.float64)
        count = member.sum(axis=0)
        centres = np.where(count[:, None] > 0, (member.T @ points) / np.maximum(count, 1)[:, None], centres)
        for empty in np.flatnonzero(count == 0):
            far = int(distance[np.arange(len(points)), label].argmax())
            centres[empty], label[far] = points[far], empty
    distance = squared_distances(points, centres)
    label = distance.argmin(axis=1)
    return label, centres, float(distance[np.arange(len(points)), label].sum())


def _best_of(points: FloatArray, k: int, *, seed: int) -> tuple[IntArray, FloatArray, float]:
    return min((k_means(points, k, seed=seed + number) for number in range(RESTARTS)), key=lambda run: run[2])


def _even(size: int, most: int) -> IntArray:
    """At most ``most`` places spread evenly over ``size``."""
    return np.asarray(np.unique(np.linspace(0, size - 1, min(size, most)).astype(np.int64)))


def _spread(points: FloatArray, k: int, random: np.random.Generator) -> FloatArray:
    """k-means++: each further centre is drawn with the squared distance to those before as its weight."""
    chosen = [int(random.integers(len(points)))]
    near = squared_distances(points, points[chosen])[:, 0]
    for _ in range(k - 1):
        total = near.sum()
        # All points equal to a centre: any other will do.
        pick = int(random.choice(len(points), p=near / total)) if total > 0 else int(random.integers(len(points)))
        chosen.append(pick)
        near = np.minimum(near, squared_distances(points, points[[pick]])[:, 0])
    return points[chosen].copy()


def silhouette(points: FloatArray, label: IntArray, k: int) -> float:
    """Mean silhouette, -1...1; a cluster of one counts 0. Of more than JUDGED points an even sample is judged."""
    judged = _even(len(points), JUDGED)
    own, place = label[judged], np.arange(len(judged))
    distance = np.sqrt(squared_distances(points[judged], points[judged]))
    distance[place, place] = 0.0
    member = (own[:, None] == np.arange(k)).astype(np.float64)
    count = member.sum(axis=0)
    total = distance @ member
    inside = total[place, own] / np.maximum(count[own] - 1, 1)
    mean = np.where(count > 0, total / np.maximum(count, 1), np.inf)
    mean[place, own] = np.inf
    outside = mean.min(axis=1)
    widest = np.maximum(inside, outside)
    usable = (count[own] > 1) & np.isfinite(outside) & (widest > 0)
    value = np.where(usable, (np.where(usable, outside, 0.0) - inside) / np.where(usable, widest, 1.0), 0.0)
    return float(value.mean())


def adjusted_rand(one: IntArray, other: IntArray) -> float:
    """Agreement of two labellings: 1 the same up to names, about 0 by chance."""
    table = np.zeros((int(one.max()) + 1, int(other.max()) + 1))
    np.add.at(table, (one, other), 1.0)

    def pairs(counts: FloatArray) -> float:
        return float((counts * (counts - 1) / 2).sum())

    together, a, b = pairs(table), pairs(table.sum(axis=1)), pairs(table.sum(axis=0))
    whole = len(one) * (len(one) - 1) / 2
    expected = a * b / whole if whole else 0.0
    most = (a + b) / 2
    return 1.0 if most == expected else (together - expected) / (most - expected)


def cluster_shapes(
    profile: FloatArray,
    *,
    least: int = 4,
    most: int = 8,
    seeds: int = 10,
    stability: float = 0.85,
    seed: int = 0,
    step: Callable[[float], None] = lambda _: None,
) -> Clusters | None:
    """Clusters of normalised profiles; None where there are too few different ones.

    profile : shape (n, slots), without NaN; least, most : k tried; seeds : runs a k; seed : of the first run
    step : told the share of the k that are tried
    stability : least agreement between the seeds' runs for a k to be taken; where no k reaches it the most stable is
    """
    if np.isnan(profile).any():
        raise Invalid("profiles to be clustered must be whole; leave out the sites without one")
    learnt = profile[_even(len(profile), LEARNT)]
    different = len(np.unique(learnt, axis=0)) if len(learnt) else 0
    found = []
    for k in range(least, most + 1):
        step((k - least) / (most + 1 - least))
        # Fewer than two sites a cluster say nothing about a class.
        if different < k or len(learnt) < 2 * k:
            break
        runs = [_best_of(learnt, k, seed=seed + number * RESTARTS) for number in range(seeds)]
        best = min(runs, key=lambda run: run[2])
        agreement = float(np.mean([adjusted_rand(best[0], run[0]) for run in runs]))
        found.append((k, silhouette(learnt, best[0], k), agreement, best))
    if not found:
        return None
    stable = [entry for entry in found if entry[2] >= stability]
    _, width, agreement, (label, centre, _) = (
        max(stable, key=lambda e: e[1]) if stable else max(found, key=lambda e: e[2])
    )
    if len(learnt) < len(profile):
        label = squared_distances(profile, centre).argmin(axis=1)
    order = np.argsort(-np.bincount(label, minlength=len(centre)), kind="stable")
    renamed = np.empty(len(order), dtype=np.int64)
    renamed[order] = np.arange(len(order))
    tried = tuple((k, s, a) for k, s, a, _ in found)
    return Clusters(renamed[label], centre[order], width, agreement, tried)
