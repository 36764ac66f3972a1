"""What is kept beside a demand-response event: its steps, frozen baselines, settlements and objections."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from domain.dr import member_of
from domain.dr_states import EventState, Move
from domain.errors import Invalid
from domain.ids import AccountId, EnterpriseId

LONGEST_TEXT = 2_000


@dataclass(frozen=True, slots=True)
class Step:
    """One change of an event. at_ms : of the district clock; version : the one it made"""

    event: str
    version: int
    move: Move
    before: EventState
    after: EventState
    actor: str
    at_ms: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class FrozenBaseline:
    """An enterprise's baseline as it was announced; a later revision stands beside it and says why.

    base_kw : every block of the event, None where the method says nothing [kW]; refusal : its reason then
    inputs : what the method was given, compressed; from it the baseline can be computed again, whatever came later
    digest : SHA-256 of the uncompressed inputs; accounts : as of the participant
    """

    event: str
    enterprise: EnterpriseId
    revision: int
    method: str
    sample_days: tuple[date, ...]
    base_kw: tuple[float | None, ...]
    refusal: str
    digest: str
    frozen_ms: int
    actor: str
    reason: str
    inputs: bytes
    accounts: tuple[AccountId, ...] = ()

    @property
    def member(self) -> str:
        """Whose it is, as the event names it."""
        return member_of(self.enterprise, self.accounts)


@dataclass(frozen=True, slots=True)
class SettlementRow:
    """One enterprise of one settlement. validity : a word of analytics.settlement.Validity; None = not known

    load_kw : the measured blocks that were judged [kW]; pay_yuan : an estimate; official_... : as published
    accounts : as of the participant
    """

    enterprise: EnterpriseId
    promised_kw: float
    baseline_revision: int
    validity: str
    load_kw: tuple[float | None, ...]
    base_extreme_kw: float | None
    load_extreme_kw: float | None
    base_mean_kw: float | None
    load_mean_kw: float | None
    response_kw: float | None
    ratio: float | None
    effective_min: float | None
    energy_kwh: float
    pay_yuan: float | None
    penalty_yuan: float
    official_verified_kw: float | None = None
    official_verified_kwh: float | None = None
    accounts: tuple[AccountId, ...] = ()

    @property
    def member(self) -> str:
        return member_of(self.enterprise, self.accounts)

    @property
    def difference_kw(self) -> float | None:
        """Ours less the official, None where one of them is not known."""
        if self.response_kw is None or self.official_verified_kw is None:
            return None
        return self.response_kw - self.official_verified_kw


@dataclass(frozen=True, slots=True)
class Settlement:
    """One run of verification. A re-run is a new revision; ``reason`` says why there was one.

    event_version : the event it was made from; at_ms : district clock
    """

    event: str
    revision: int
    event_version: int
    rows: tuple[SettlementRow, ...]
    actor: str
    reason: str
    at_ms: int

    def row(self, member: str) -> SettlementRow | None:
        return next((each for each in self.rows if each.member == member), None)


@dataclass(frozen=True, slots=True)
class Objection:
    """申诉: what an enterprise says against its published figure, and what was answered."""

    id: int
    event: str
    enterprise: EnterpriseId
    text: str
    raised_by: str
    raised_ms: int
    answer: str = ""
    answered_by: str = ""
    answered_ms: int | None = None

    def __post_init__(self) -> None:
        for text in (self.text, self.answer):
            if len(text) > LONGEST_TEXT:
                raise Invalid(f"不超过 {LONGEST_TEXT} 字 / at most {LONGEST_TEXT} characters are kept")
        if not self.text.strip():
            raise Invalid("请写明申诉内容 / an objection needs its words")
