"""Baseline court: every method judged on placebo events, days on which nothing was called.

A method is chosen for a site on earlier placebo days and reported on later ones it was not chosen on, so that the
proposal does not praise itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from analytics.baselines.adjustment import Adjustment, adjusted
from analytics.baselines.days import DayTable, Window, complete_days
from analytics.baselines.estimate import Method
from analytics.baselines.members import Combination
from analytics.baselines.scores import Scores, scores
from domain.arrays import BoolArray, CodeArray, FloatArray, IntArray
from domain.errors import Invalid


@dataclass(frozen=True, slots=True)
class Candidate:
    """A method with or without same-day adjustment, as one contender.

    same_day : reads the load of the event day, by itself or by its adjustment: no choice where this is not allowed
    """

    id: str
    method: Method
    adjustment: Adjustment | None = None
    same_day: bool = False

    @property
    def adjustments(self) -> tuple[Adjustment, ...]:
        """Its own same-day adjustment, and those of the members of a combination."""
        own = () if self.adjustment is None else (self.adjustment,)
        members = self.method.members if isinstance(self.method, Combination) else ()
        return own + tuple(rule for each in members if isinstance(each, Candidate) for rule in each.adjustments)

    def estimate(
        self, table: DayTable, day: int, window: Window, known: dict[int, FloatArray] | None = None
    ) -> FloatArray:
        """Shape (s, b), NaN where the method refuses [kW]. known : what members of a combination said of other days"""
        if isinstance(self.method, Combination):
            base = self.method.combined(table.until(day), day, window, {} if known is None else known).base_kw
        else:
            base = self.method(table.until(day), day, window).base_kw
        if self.adjustment is None:
            return base
        rule = self.adjustment
        return adjusted(base, table.load_kw[:, day], window, rule, per_hour=table.per_hour).base_kw


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """What the placebo events say of each candidate.

    ids : n candidates; days : shape (e,), the placebo days
    base_kw : shape (n, s, e, w); load_kw : shape (s, e, w) [kW]
    """

    ids: tuple[str, ...]
    days: IntArray
    base_kw: FloatArray
    load_kw: FloatArray

    def scores(self, candidate: int, events: BoolArray | None = None) -> Scores:
        """Over all events, or over the chosen. events : shape (e,)"""
        chosen = np.ones(len(self.days), dtype=np.bool_) if events is None else events
        return scores(self.base_kw[candidate][:, chosen], self.load_kw[:, chosen])


@dataclass(frozen=True, slots=True, eq=False)
class Verdict:
    """The court's proposal for each of s sites.

    choice : shape (s,), place in ``ids``, -1 = no candidate could be judged
    trial, later : scores of the chosen on the days it was chosen on, and on later days it was not
    """

    ids: tuple[str, ...]
    choice: CodeArray
    trial: Scores
    later: Scores


def placebo_days(table: DayTable, *, first: int, works: bool = True) -> IntArray:
    """Days from ``first`` on that may be treated as events: alike, nothing called, no outage at all sites."""
    alike = (table.works == works) & ~table.holiday
    usable = (complete_days(table.load_kw) & ~table.event & ~table.outage).any(axis=0)
    days = np.flatnonzero(alike & usable)
    return np.asarray(days[days >= first], dtype=np.int64)


def hear(
    table: DayTable,
    candidates: Sequence[Candidate],
    days: IntArray,
    window: Window,
    *,
    on_progress: Callable[[float], None] = lambda _share: None,
) -> Evidence:
    """Every candidate on every placebo day. A site's own event and outage days are left out of its evidence.

    Looks at nothing after the day it estimates, and at that day only where the candidate does.
    """
    s, width = len(table.load_kw), window.end - window.first
    base = np.full((len(candidates), s, len(days), width), np.nan)
    load = np.full((s, len(days), width), np.nan)
    known: list[dict[int, FloatArray]] = [{} for _ in candidates]
    for e, day in enumerate(days.tolist()):
        judged = ~(table.event[:, day] | table.outage[:, day])
        load[judged, e] = table.load_kw[judged, day, window.blocks]
        for n, candidate in enumerate(candidates):
            base[n, :, e] = candidate.estimate(table, day, window, known[n])[:, window.blocks]
        on_progress((e + 1) / len(days))
    return Evidence(tuple(c.id for c in candidates), days, base, load)


def judge(
    evidence: Evidence, *, trial: BoolArray, minimum_events: int = 5, favour: Mapping[str, float] | None = None
) -> Verdict:
    """Choose for each site the candidate with the least RRMSE on the trial events; report it on the others.

    trial : shape (e,), must be the earlier events
    minimum_events : a candidate with fewer judged trial events is no choice
    favour : by candidate, the share by which another must be better to be chosen instead of it: a combination varies
        less from trial to later than the luckiest of many
    """
    if trial.any() and not trial.all() and evidence.days[trial].max() >= evidence.days[~trial].min():
        raise Invalid("the court chooses on earlier days and is scored on later ones")
    found = [evidence.scores(n, trial) for n in range(len(evidence.ids))]
    rrmse = np.stack([score.rrmse for score in found])
    events = np.stack([score.events for score in found])
    # A candidate that refuses the hard days must not win by the easy ones.
    fair = (events >= minimum_events) & (events >= 0.9 * events.max(axis=0, initial=0))
    weight = np.array([1.0 - (favour or {}).get(ident, 0.0) for ident in evidence.ids])
    rrmse = np.where(fair & ~np.isnan(rrmse), rrmse * weight[:, None], np.inf)
    best = np.argmin(rrmse, axis=0)
    known = np.isfinite(rrmse.min(axis=0))
    choice = np.where(known, best, -1).astype(np.int8)
    return Verdict(evidence.ids, choice, _chosen(found, choice), _chosen(_later(evidence, trial), choice))


def _later(evidence: Evidence, trial: BoolArray) -> list[Scores]:
    return [evidence.scores(n, ~trial) for n in range(len(evidence.ids))]


def _chosen(found: Sequence[Scores], choice: CodeArray) -> Scores:
    """Each site's row of its chosen candidate; NaN and 0 where there is no choice."""
    site, known = np.arange(len(choice)), choice >= 0

    def of(name: str) -> FloatArray:
        return np.stack([getattr(score, name) for score in found])[choice, site]

    def figure(name: str) -> FloatArray:
        return np.where(known, of(name), np.nan)

    def count(name: str) -> IntArray:
        return np.where(known, of(name), 0).astype(np.int64)

    return Scores(figure("bias"), figure("rrmse"), figure("deviation"), count("events"), count("points"))
