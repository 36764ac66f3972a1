"""Several methods as one: each site's own weights, learned on its earlier days and held near equal ones.

Weights w minimise sum (y - B w)^2 + shrinkage n q |w - 1/m|^2 over the blocks of the window on the newest like days,
where B are the estimates of m members as they would have been made on those days, and q is a hundredth of the mean
square of B. Source: stacked generalisation (Wolpert 1992), shrunk towards the mean of the members.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.baselines.days import DayTable, Window
from analytics.baselines.estimate import Baseline, Refusal
from analytics.baselines.members import Combination, Member, asked, past, taught
from domain.arrays import BoolArray, FloatArray

#: A member that says this much less often than the best one has no voice.
HEARD_SHARE = 0.9
#: With fewer days measured through the window there is nothing to learn from.
FEWEST_DAYS = 5
#: With fewer blocks than these the members count equally.
FEWEST_BLOCKS = 20
SCALE = 0.01


@dataclass(frozen=True, slots=True)
class Stacked(Combination):
    """days : of the newest like days that teach; shrinkage : 0 trusts them alone, large ones make a plain mean"""

    members: tuple[Member, ...]
    days: int
    shrinkage: float

    def combined(self, table: DayTable, day: int, window: Window, known: dict[int, FloatArray]) -> Baseline:
        lessons = past(self.members, table, day, window, self.days, known)
        now = asked(self.members, table, day, window)
        base = np.full(now.shape[1:], np.nan)
        for site, own in enumerate(lessons.like):
            base[site] = self._of_site(lessons.base_kw[:, site, own], lessons.load_kw[site, own], now[:, site], window)
        refused = np.isnan(base[:, window.blocks]).all(axis=1)
        refusal = np.where(refused, Refusal.TOO_FEW_DAYS, Refusal.NONE).astype(np.int8)
        return Baseline(base, taught(table, lessons, lessons.like & ~refused[:, None]), refusal)

    def _of_site(self, seen: FloatArray, load: FloatArray, now: FloatArray, window: Window) -> FloatArray:
        """seen : shape (m, e, w); load : (e, w); now : (m, b). Returns shape (b,)"""
        if np.isfinite(load).all(axis=1).sum() < FEWEST_DAYS:
            return np.full(now.shape[1], np.nan)
        estimates, truth = seen.reshape(len(seen), -1).T, load.ravel()
        voiced = _voiced(estimates, truth, now[:, window.blocks])
        if not voiced.any():
            return np.full(now.shape[1], np.nan)
        return np.asarray(self._weights(estimates[:, voiced], truth) @ now[voiced])

    def _weights(self, estimates: FloatArray, truth: FloatArray) -> FloatArray:
        count = estimates.shape[1]
        equal = np.full(count, 1.0 / count)
        known = np.isfinite(estimates).all(axis=1) & np.isfinite(truth)
        if int(known.sum()) < FEWEST_BLOCKS:
            return equal
        rows, wanted = estimates[known], truth[known]
        ridge = self.shrinkage * len(wanted) * SCALE * float(np.mean(rows**2))
        if ridge <= 0:
            return equal
        matrix = rows.T @ rows + ridge * np.eye(count)
        return np.asarray(equal + np.linalg.solve(matrix, rows.T @ (wanted - rows @ equal)))


def _voiced(estimates: FloatArray, truth: FloatArray, now: FloatArray) -> BoolArray:
    """Members that say something of this day, and spoke on most of the days that teach."""
    speaks = np.asarray(np.isfinite(now).all(axis=1), dtype=np.bool_)
    known = np.isfinite(truth)
    if not known.any():
        return speaks
    share = np.isfinite(estimates[known]).mean(axis=0)
    return np.asarray(speaks & (share >= HEARD_SHARE * share.max(initial=0.0)))
