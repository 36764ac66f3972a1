"""What the questions about baselines answer: plain values, whose wire form is their own schema."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

Numbers = tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class MethodAbout:
    """official : a rule of the Chinese programmes; adjustment : its same-day adjustment in words, empty without one;
    same_day : reads the load of the event day itself, so it can be moved by what is done on that day"""

    id: str
    name_zh: str
    name_en: str
    official: bool
    same_day: bool
    adjustment: str
    source: str


@dataclass(frozen=True, slots=True)
class MethodList:
    methods: tuple[MethodAbout, ...]


@dataclass(frozen=True, slots=True)
class MethodBaseline:
    """One method on one day.

    adjusted : moved by the hours before the event; change : factor (ratio) or kW (additive) as
    change_kind says, None where not adjusted
    note : none, capped, after_notice, no_hours or too_small; refusal : none, too_few_days, no_temperature,
    no_load_before, no_load_in_window or nothing_drawn
    sample_days : the days it stands on; base_kw : every block of the window; mean_kw : their mean [kW]
    """

    id: str
    official: bool
    same_day: bool
    adjusted: bool
    refusal: str
    sample_days: tuple[date, ...]
    mean_kw: float | None
    base_kw: Numbers
    change: float | None
    change_kind: Literal["none", "ratio", "additive"]
    note: str

    @property
    def change_text(self) -> str:
        """Such as ×1.098 or +120.5 kW; empty where nothing was moved."""
        if self.change is None:
            return ""
        return f"×{self.change:.3f}" if self.change_kind == "ratio" else f"{self.change:+,.1f} kW"


@dataclass(frozen=True, slots=True)
class RaisedBefore:
    """Load in the hours before the event against the same hours of like days; None where too few are known.

    rise : share above the usual; score : in robust deviations; flagged : both pass their bound
    """

    rise: float | None
    score: float | None
    flagged: bool


@dataclass(frozen=True, slots=True)
class DayBaselines:
    """load_kw : measured, every block of the window; excluded_days : days with events and orders in the lookback

    told_at : when the event or order of these hours was first told; hours looked at after it may have been moved
    """

    day: date
    works: bool
    event: bool
    ts: tuple[datetime, ...]
    load_kw: Numbers
    load_mean_kw: float | None
    methods: tuple[MethodBaseline, ...]
    excluded_days: tuple[date, ...]
    told_at: datetime | None
    raised_before: RaisedBefore


@dataclass(frozen=True, slots=True)
class BaselineReport:
    """window : as 14:00-18:00, district time; announced : whether the holidays of these years are known"""

    scope: str
    window: str
    announced: bool
    days: tuple[DayBaselines, ...]
    data_digest: str


@dataclass(frozen=True, slots=True)
class BaselineReports:
    items: tuple[BaselineReport, ...]


@dataclass(frozen=True, slots=True)
class MethodScore:
    """trial_... : on the earlier placebo days the method is chosen on; the others on the later ones.

    rrmse, bias, deviation : shares of the mean load, bias > 0 when the baseline is too high; None without events
    """

    id: str
    official: bool
    same_day: bool
    trial_rrmse: float | None
    trial_bias: float | None
    trial_events: int
    rrmse: float | None
    bias: float | None
    deviation: float | None
    events: int


@dataclass(frozen=True, slots=True)
class CourtReport:
    """proposed : the best that reads nothing of the event day, for programmes without adjustment; proposed_same_day :
    the best of all. Empty where no method could be judged; ``reason`` says why.
    acceptable, biased : of ``proposed`` on the later days: rrmse within accept_rrmse, |bias| beyond warn_bias
    """

    scope: str
    window: str
    first: date
    last: date
    trial_days: tuple[date, ...]
    later_days: tuple[date, ...]
    proposed: str
    proposed_same_day: str
    acceptable: bool | None
    biased: bool | None
    accept_rrmse: float
    warn_bias: float
    reason: str
    scores: tuple[MethodScore, ...]
    data_digest: str
