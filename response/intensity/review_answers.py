"""Answers about energy review. Plain values: what has none says why in its figure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from config.energy_review import ReviewRule
from domain.energy import Basis
from domain.energy_review import EnergyProject, RegionalReview, ReviewRoute
from domain.series import Figure

UNTOLD = "缺少当量值或用电、用煤量，无法判定 / calorific amount, electricity or coal is not known: not to be told"


def needs_review(rule: ReviewRule, tce: float | None, kwh: float | None, coal_t: float | None) -> bool | None:
    """Whether a project reaches any limit of the rule; None when what is known stays below and something is unknown."""
    tests = [(tce, rule.below_tce), (kwh, rule.below_kwh), (coal_t, rule.below_coal_t)]
    asked = [(value, limit) for value, limit in tests if limit is not None]
    if any(value is not None and value >= limit for value, limit in asked):
        return True
    return None if any(value is None for value, _ in asked) else False


class ReviewState(StrEnum):
    NOT_IN_SERVICE = "not_in_service"
    UNKNOWN = "unknown"
    WITHIN = "within"
    ATTENTION = "attention"
    EXCEEDED = "exceeded"

    @property
    def name_zh(self) -> str:
        return {
            "not_in_service": "未投产",
            "unknown": "数据不足",
            "within": "正常",
            "attention": "预警",
            "exceeded": "超批复",
        }[self.value]


@dataclass(frozen=True, slots=True)
class ProjectFollowed:
    """basis : of the approved amount and the run-rate; months : that the run-rate stands on

    run_rate_tce : a year at the pace of those months; share : of the approved amount
    electricity_only : the run-rate holds metered electricity alone, so it is a floor: it can prove an excess, no more
    intensity_tce : of the rolling year, equivalent, only where the whole enterprise is the project
    needed_review : whether the rule of the approval day asked for a review of its own, None = not to be told
    province : whether the province was to review it
    """

    project: EnergyProject
    enterprise_name: str
    basis: Basis
    approved_tce: float
    months: int
    run_rate_tce: Figure
    electricity_only: bool
    share: float | None
    intensity_tce: Figure
    intensity_exceeded: bool | None
    state: ReviewState
    rule_from: date
    needed_review: bool | None
    province: bool | None


@dataclass(frozen=True, slots=True)
class RegionBudget:
    """left_tce = approved - committed - used; used : of the twelve months to ``month``

    committed_tce : approved for projects that are not a full year in service, less what their first months used;
    commitments : their ids
    at_most_left_tce : where the use is not wholly known, what is left at most, by what is known
    open : whether the commitment route (承诺备案) may be used on that day
    """

    region: RegionalReview
    month: date
    committed_tce: float
    commitments: tuple[str, ...]
    used_tce: Figure
    left_tce: Figure
    at_most_left_tce: float
    open: bool


@dataclass(frozen=True, slots=True)
class NextProject:
    """Which route a project of that size has today, and why."""

    route: ReviewRoute
    province: bool
    fits: bool | None
    reason: str


@dataclass(frozen=True, slots=True)
class RegionAnswer:
    """next : the route of the project that was asked about, None = none was"""

    budget: RegionBudget
    next: NextProject | None
