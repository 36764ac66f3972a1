"""What a rule says at one instant: a case to be judged, or the reason why it is not judged."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from config.alert_policy import Rule, Step
from domain.alerts import AlertKind
from domain.scopes import Scope
from response.alert_state import Timing
from response.observations import Bounds, Threshold


class Basis(StrEnum):
    """Which figure was judged. Instantaneous power is not among them."""

    SLIDING_DEMAND = "sliding_demand"
    QUARTER_DEMAND = "quarter_demand"  # of a quarter that has been told by all meters, longer intervals among them
    PROJECTION = "projection"
    METER_STATE = "meter_state"
    DATA_FLOW = "data_flow"
    ANOMALIES = "anomalies"
    INTENSITY = "intensity"
    ORDER = "order"
    JOURNAL = "journal"


class RuleStatus(StrEnum):
    JUDGED = "judged"
    NO_SERIES = "no_series"  # the scope has no meters of its own
    NO_QUOTA = "no_quota"
    NO_RECORD = "no_record"
    NO_EXPECTED_MAXIMUM = "no_expected_maximum"
    NO_CAPACITY = "no_capacity"
    NO_APPROVED_DEMAND = "no_approved_demand"
    NO_DATA = "no_data"

    @property
    def applies(self) -> bool:
        """False when the rule has nothing to compare with; an alert then ends as withdrawn, not as cleared."""
        return self in (RuleStatus.JUDGED, RuleStatus.NO_DATA)


@dataclass(frozen=True, slots=True, order=True)
class Subject:
    """What an alert is about: at most one alert stands for each."""

    rule: str
    scope: Scope


@dataclass(frozen=True, slots=True)
class Case:
    """One figure to be judged against its thresholds, mildest first.

    value, base : in ``unit``; the base is what 100 % means; value None = nothing known
    bounds : shares of the base known for certain; complete : the value stands on all its data
    members : the meters a grouped alert speaks of; name_zh, name_en : the scope or the fault as people call it
    quarter : start of the quarter that is spoken of, where it is not the running one
    held_share : share of the value that stands on the last values of meters whose next are not told yet
    """

    subject: Subject
    kind: AlertKind
    thresholds: tuple[Threshold, ...]
    timing: Timing
    bounds: Bounds
    value: float | None
    base: float
    unit: str
    basis: Basis
    coverage: float
    complete: bool
    name_zh: str
    name_en: str
    members: tuple[str, ...] = ()
    quarter: datetime | None = None
    held_share: float = 0.0


@dataclass(frozen=True, slots=True)
class RuleState:
    """Whether a rule can speak for a scope now. "No quota" is not "normal"."""

    rule: str
    kind: AlertKind
    scope: Scope
    status: RuleStatus
    reason_zh: str = ""
    reason_en: str = ""


@dataclass(frozen=True, slots=True)
class Verdicts:
    cases: tuple[Case, ...]
    states: tuple[RuleState, ...]

    def __add__(self, other: Verdicts) -> Verdicts:
        return Verdicts(self.cases + other.cases, self.states + other.states)


NOTHING = Verdicts((), ())


def timing_of(rule: Rule) -> Timing:
    return Timing(rule.minimum_s, rule.hold_s)


def thresholds_of(steps: tuple[Step, ...], clear_below: float) -> tuple[Threshold, ...]:
    return tuple(Threshold(s.at, s.at - clear_below, s.severity, s.begins == "at") for s in steps)
