"""What is asked of the allocation, and what it answers: who is called, who is spared, what is missing."""

from __future__ import annotations

from dataclasses import dataclass, field

from domain.orderly import Measure, Rank, Window
from domain.scopes import Scope
from response.orderly.candidates import Wishes
from response.orderly.reasons import Words


@dataclass(frozen=True, slots=True)
class Need:
    """level : letter up to which the plan may be used; "" = the one the need itself asks for
    plan : id, "" = the one in force; approved_level : "" = of the instructions in force during the window
    outside_level : reason, and approver, for leaving the approved level
    scope : feeder, substation or other group whose gap it is, None = the district's: only its enterprises are called
    """

    kw: float
    window: Window
    level: str = ""
    plan: str = ""
    wishes: Wishes = field(default_factory=Wishes)
    approved_level: str = ""
    outside_level: str = ""
    approver: str = ""
    scope: Scope | None = None

    @property
    def outside_words(self) -> str:
        """Why the approved level is left and who approved it, as the order keeps it; "" where it is not."""
        reason, approver = self.outside_level.strip(), self.approver.strip()
        return f"{reason}（批准人 approved by {approver}）" if reason and approver else ""


@dataclass(frozen=True, slots=True)
class ListLine:
    """order_kw : to be ordered; counted_kw : of it, what may be counted on; yuan : value added lost in the window"""

    enterprise: str
    name: str
    rank: Rank
    kind: Measure
    order_kw: float
    counted_kw: float
    confidence: float
    expected_kw: float | None
    security_kw: float | None
    yuan: float
    measure: str
    why: Words


@dataclass(frozen=True, slots=True)
class Spared:
    """most_kw : what it could have given, 0 where it is no candidate"""

    enterprise: str
    name: str
    code: str
    most_kw: float
    why: Words


@dataclass(frozen=True, slots=True)
class AllocationAnswer:
    """missing : what would help where the list does not suffice, empty where it does"""

    plan: str
    level: str
    need: Need
    lines: tuple[ListLine, ...]
    spared: tuple[Spared, ...]
    counted_kw: float
    missing_kw: float
    missing: tuple[Words, ...]
    method: str
    relative_gap: float | None
    loss_yuan: float
    listed_loss_yuan: float
    uneven_kwh: float
