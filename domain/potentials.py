"""What an enterprise could give at an hour: the answer of the question of dispatchable potential (可调潜力)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from domain.ids import EnterpriseId
from domain.instants import from_ms


class PotentialVerdict(StrEnum):
    OK = "ok"
    PROTECTED = "protected"  # a protected class: nothing is asked of it
    NO_HEADROOM = "no_headroom"  # what it draws then is its security load
    EXPORTS = "exports"  # it feeds in on part of such hours: a net load has nothing to shed
    NO_DATA = "no_data"  # insufficient: nothing was measured
    FEW_DAYS = "few_days"  # insufficient: too few like days are known


class PotentialBasis(StrEnum):
    """Where the bound of what it can take off comes from."""

    NONE = ""
    DECLARED = "declared"  # 可错峰 + 可避峰 + 可限 of the registry
    REDUCTIONS = "reductions"  # verified reductions of earlier events and orders went further than that
    ESTIMATE = "estimate"  # shares by shape class of the policy: nothing is declared


@dataclass(frozen=True, slots=True)
class Potential:
    """One enterprise in a window of a day.

    shed_kw : what it could take off through every hour of the window and stay above ``security_kw``; None where the
        data do not suffice, 0 where it is protected or draws nothing above security [kW]
    shift_kw : the part of ``shed_kw`` that could be moved to other hours, never beside it [kW]
    confidence : 0...1, chance that ``shed_kw`` is there to shed, from the share of like days on which it was; 0 where
        shed_kw is None or 0. It says nothing of the enterprise's will
    expected_kw : mean load of the window, forecast where there is one, else usual (``expected_by``); None = not known
    security_kw : 保安负荷 of the registry, or the night base where none is registered (``security_registered``)
    evidence : what the figures stand on, in words, Chinese / English
    """

    enterprise_id: EnterpriseId
    name: str
    day: date
    start_ms: int
    end_ms: int
    shed_kw: float | None
    shift_kw: float | None
    confidence: float
    expected_kw: float | None
    expected_by: str
    security_kw: float | None
    security_registered: bool
    cooling_kw: float | None
    basis: PotentialBasis
    shape: str
    like_days: int
    evidence: tuple[str, ...]
    verdict: PotentialVerdict
    reason: str

    @property
    def start(self) -> datetime:
        return from_ms(self.start_ms)

    @property
    def end(self) -> datetime:
        return from_ms(self.end_ms)

    @property
    def known_shed_kw(self) -> float:
        """0 where the data do not suffice: for sums, whose reader is told how many are missing [kW]"""
        return self.shed_kw or 0.0


@dataclass(frozen=True, slots=True)
class HeldAgainst:
    """A capability a rule asks for: ``share`` of the district's maximum load, ``required_kw``, beside what is there."""

    id: str
    name_zh: str
    name_en: str
    share: float
    required_kw: float
    shed_kw: float
    source: str
