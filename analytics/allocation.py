"""From a gap to a list: who gives how much, by rank of measure, at the least loss and the most even burden.

Ranks are lexicographic: a later group is touched only when all earlier ones together do not suffice, whatever it costs.
Inside the last group touched a mixed-integer programme chooses (analytics/allocation_group.py).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from analytics.allocation_group import Group, GroupChoice, Weights, choose, cost_of, greedy
from domain.arrays import BoolArray, FloatArray, IntArray
from domain.errors import Invalid

#: kW below which nothing is missing: the solver's own tolerance.
NEGLIGIBLE_KW = 1e-6
Chooser = Callable[[Group, float, Weights], GroupChoice]


@dataclass(frozen=True, slots=True, eq=False)
class Sites:
    """Shape (m,) each.

    room_kw : what it can give in all, down to its security load and inside the approved level [kW]
    borne_kwh : already given this season [kWh]; size_kw : its usual load, by which burdens are compared [kW]
    recent_calls : orders of the last days; pinned_kw : at least this much is ordered, 0 = not pinned [kW]
    """

    room_kw: FloatArray
    borne_kwh: FloatArray
    size_kw: FloatArray
    recent_calls: FloatArray
    pinned_kw: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Options:
    """What each site could do by one measure; shape (n,) each, at most one of a site in a group.

    site : index into Sites; group : order of use, 0 first; most_kw, least_kw : largest and smallest order worth giving
    [kW]; confidence : share of it that may be counted on, 0...1; loss_yuan_per_kwh : value added lost by a kWh
    """

    site: IntArray
    group: IntArray
    most_kw: FloatArray
    least_kw: FloatArray
    confidence: FloatArray
    loss_yuan_per_kwh: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Allocation:
    """ordered_kw, most_kw : shape (n,), multiples of the step, 0 = not called; what each could give at most [kW]

    counted_kw : what may be counted on, ordered times confidence [kW]; missing_kw : of what was needed, 0 = enough
    last_group : the group in which a choice was made, -1 when nothing was needed; relative_gap : of that choice to the
    best bound known, NaN when every option of all groups touched is used; method : milp | greedy | all | none
    loss_yuan : of the whole list; listed_loss_yuan : of the same need in the order of the list alone
    uneven_kwh : given above the even share of the season
    """

    ordered_kw: FloatArray
    most_kw: FloatArray
    needed_kw: float
    counted_kw: float
    missing_kw: float
    last_group: int
    relative_gap: float
    method: str
    loss_yuan: float
    listed_loss_yuan: float
    uneven_kwh: float


def allocate(
    sites: Sites,
    options: Options,
    *,
    needed_kw: float,
    weights: Weights,
    step_kw: float = 0.0,
    chooser: Chooser = choose,
) -> Allocation:
    """The list for one window. chooser : how the last group is chosen. Raises Invalid for arrays that do not fit.

    Source: 有序用电管理办法 (2011) order 错峰、避峰、限电; domain facts 1.2, 1.4
    """
    _check(sites, options, needed_kw)
    plan = _Plan(sites, options, needed_kw, weights, step_kw)
    kw, last, choice = plan.fill(chooser)
    listed, _, _ = plan.fill(_in_listed_order)
    hours = weights.hours
    counted = float((options.confidence * kw).sum())
    missing = max(0.0, needed_kw - counted)
    return Allocation(
        ordered_kw=kw,
        most_kw=plan.most(np.zeros(len(sites.room_kw))),
        needed_kw=needed_kw,
        counted_kw=counted,
        missing_kw=0.0 if missing <= NEGLIGIBLE_KW * max(1.0, needed_kw) else missing,
        last_group=last,
        relative_gap=choice.relative_gap if choice is not None else float("nan"),
        method="none" if last < 0 else choice.method if choice is not None else "all",
        loss_yuan=float(hours * (options.loss_yuan_per_kwh * kw).sum()),
        listed_loss_yuan=float(hours * (options.loss_yuan_per_kwh * listed).sum()),
        uneven_kwh=float(np.maximum(0.0, hours * plan.per_site(kw) - plan.allowance_kwh).sum()),
    )


def even_share_kwh(sites: Sites, eligible: BoolArray, more_kwh: float) -> FloatArray:
    """What each eligible site would have given in all, were the season and ``more_kwh`` shared out by size [kWh]"""
    size = np.where(eligible, sites.size_kw, 0.0)
    total = float(size.sum())
    if total <= 0:
        return np.zeros(len(size))
    return np.asarray((float(sites.borne_kwh[eligible].sum()) + more_kwh) * (size / total))


class _Plan:
    def __init__(self, sites: Sites, options: Options, needed_kw: float, weights: Weights, step_kw: float) -> None:
        self._sites, self._options, self._weights, self._step = sites, options, weights, step_kw
        self._needed = needed_kw
        self._least = options.least_kw if step_kw <= 0 else np.ceil(options.least_kw / step_kw - 1e-9) * step_kw
        eligible = np.zeros(len(sites.room_kw), dtype=np.bool_)
        eligible[options.site[options.most_kw > 0]] = True
        share = even_share_kwh(sites, eligible, needed_kw * weights.hours)
        self.allowance_kwh = np.maximum(0.0, share - sites.borne_kwh)

    def per_site(self, kw: FloatArray) -> FloatArray:
        return np.bincount(self._options.site, weights=kw, minlength=len(self._sites.room_kw)).astype(np.float64)

    def most(self, used_kw: FloatArray) -> FloatArray:
        """What each option can still give once its site gives ``used_kw``: 0 below its smallest order."""
        room = self._sites.room_kw[self._options.site] - used_kw[self._options.site]
        most = np.minimum(self._options.most_kw, np.maximum(0.0, room))
        if self._step > 0:
            most = np.floor(most / self._step + 1e-9) * self._step
        return np.where((most >= self._least) & (self._options.confidence > 0), most, 0.0)

    def fill(self, chooser: Chooser) -> tuple[FloatArray, int, GroupChoice | None]:
        options = self._options
        floor = self._pins()
        kw, last = floor.copy(), -1
        for group in np.unique(options.group).tolist():
            remaining = self._needed - float((options.confidence * kw).sum())
            if remaining <= NEGLIGIBLE_KW:
                break
            own = options.group == group
            most = np.maximum(self.most(self.per_site(np.where(own, 0.0, kw)))[own], floor[own])
            last = int(group)
            if float((options.confidence[own] * (most - floor[own])).sum()) <= remaining + NEGLIGIBLE_KW:
                kw[own] = most
                continue
            problem = self._group(own, floor[own], most)
            choice = chooser(problem, remaining + float((options.confidence[own] * floor[own]).sum()), self._weights)
            kw[own] = self._rounded(problem, choice.kw, remaining)
            return kw, last, choice
        return kw, last, None

    def _pins(self) -> FloatArray:
        """The first option of each pinned site that can give anything, at the pin or its smallest order."""
        floor = np.zeros(len(self._options.site))
        most = self.most(np.zeros(len(self._sites.room_kw)))
        for site in np.flatnonzero(self._sites.pinned_kw > 0).tolist():
            own = np.flatnonzero((self._options.site == site) & (most > 0))
            if len(own):
                first = own[np.argmin(self._options.group[own])]
                wanted = max(float(self._sites.pinned_kw[site]), float(self._least[first]))
                floor[first] = min(wanted, float(most[first]))
        return floor

    def _group(self, own: BoolArray, floor: FloatArray, most: FloatArray) -> Group:
        options, site = self._options, self._options.site[own]
        return Group(
            floor_kw=floor,
            most_kw=most,
            least_kw=np.minimum(self._least[own], most),
            confidence=options.confidence[own],
            loss_yuan_per_kwh=options.loss_yuan_per_kwh[own],
            allowance_kwh=self.allowance_kwh[site],
            recent_calls=self._sites.recent_calls[site],
        )

    def _rounded(self, group: Group, kw: FloatArray, remaining: float) -> FloatArray:
        """Up to the step, then down again where the whole still suffices, dearest first."""
        if self._step <= 0:
            return kw
        up = np.minimum(np.ceil(kw / self._step - 1e-6) * self._step, np.maximum(group.most_kw, group.floor_kw))
        need = remaining + float((group.confidence * group.floor_kw).sum())
        sure = group.confidence > 0
        price = np.divide(group.loss_yuan_per_kwh, group.confidence, out=np.zeros(len(kw)), where=sure)
        for place in [n for n in np.argsort(-price, kind="stable").tolist() if sure[n]]:
            spare = float((group.confidence * up).sum()) - need
            lowest = max(float(group.floor_kw[place]), float(group.least_kw[place]))
            steps = np.floor(spare / group.confidence[place] / self._step + 1e-9)
            up[place] = max(up[place] - steps * self._step, min(lowest, up[place])) if steps > 0 else up[place]
        return up


def _in_listed_order(group: Group, needed_kw: float, weights: Weights) -> GroupChoice:
    """What a list alone does: each in turn gives all it can until it is enough."""
    kw = group.floor_kw.copy()
    for place in range(len(kw)):
        missing = needed_kw - float((group.confidence * kw).sum())
        if missing <= NEGLIGIBLE_KW:
            break
        wanted = max(float(group.least_kw[place]), kw[place] + missing / float(group.confidence[place] or 1.0))
        kw[place] = min(float(group.most_kw[place]), wanted)
    return GroupChoice(kw, "listed", float("nan"), cost_of(group, kw, weights))


def by_greedy(group: Group, needed_kw: float, weights: Weights) -> GroupChoice:
    """The fallback alone, for comparison."""
    return greedy(group, needed_kw, weights)


def _check(sites: Sites, options: Options, needed_kw: float) -> None:
    if not 0 <= needed_kw < float("inf"):
        raise Invalid(f"缺口 {needed_kw} kW 不合理 / a need of {needed_kw} kW is none")
    for values in (options.most_kw, options.least_kw, options.loss_yuan_per_kwh, options.confidence, sites.room_kw):
        if not np.isfinite(values).all() or (values < 0).any():
            raise Invalid("powers, losses and confidences are finite and never negative")
    pairs = options.site.astype(np.int64) * (int(options.group.max(initial=0)) + 1) + options.group
    if len(np.unique(pairs)) != len(pairs):
        raise Invalid("a site has two options in one group")
