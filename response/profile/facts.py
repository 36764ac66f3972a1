"""What stands on the page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from domain.potentials import Potential
from domain.registry import Account, Enterprise
from monitor.analysis_answers import CoolingOf, PeriodLoad, ShapeOf, TypicalLoad
from monitor.baseline_answers import CourtReport


@dataclass(frozen=True, slots=True)
class PastEvent:
    """An event or order that took load off; mean_kw : over the blocks it was measured in"""

    source: str
    begin: date
    hours: float
    mean_kw: float
    verified: bool


@dataclass(frozen=True, slots=True)
class EnterpriseProfile:
    """whole : the days first...last; period : the same, or a part of them whose figures can be given

    typical, shape, cooling : of the days first...last; what has no figure says why in its ``reason``
    hours, window : potential in each hour of the day, and in the hours the office asks about most

    reveal : whether the contacts may be printed in full
    """

    enterprise: Enterprise
    accounts: tuple[Account, ...]
    day: date
    first: date
    last: date
    whole: PeriodLoad
    period: PeriodLoad
    typical: tuple[TypicalLoad, ...]
    shape: ShapeOf
    cooling: CoolingOf
    court: CourtReport
    hours: tuple[Potential, ...]
    window: Potential
    events: tuple[PastEvent, ...]
    reveal: bool
