"""Wire models of dispatchable potential."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Self
from zoneinfo import ZoneInfo

from pydantic import Field

from api.schemas.base import Wire
from domain.instants import Span
from domain.potentials import HeldAgainst, Potential, PotentialBasis, PotentialVerdict


class PotentialOut(Wire):
    enterprise: str
    name: str
    shed_kw: float | None = Field(
        description="could be taken off through every hour of the window without going below the security load; "
        "null: the data do not suffice"
    )
    shift_kw: float | None = Field(description="part of shed_kw that could be moved to other hours")
    confidence: float = Field(description="chance that shed_kw is there to shed, from like days; 0 where it is none")
    expected_kw: float | None = Field(description="mean load of the window")
    expected_by: str = Field(description="forecast | usual | empty where not known")
    security_kw: float | None = Field(description="保安负荷")
    security_registered: bool = Field(description="false: the night base stands for it")
    cooling_kw: float | None = Field(description="cooling part of the expected load; null: not known")
    basis: str = Field(description=" | ".join(each.value or "empty" for each in PotentialBasis))
    shape: str = Field(description="load-shape class, empty where not known")
    like_days: int
    evidence: list[str]
    verdict: str = Field(description=" | ".join(PotentialVerdict))
    reason: str

    @classmethod
    def of(cls, found: Potential) -> Self:
        return cls(
            enterprise=found.enterprise_id,
            name=found.name,
            shed_kw=found.shed_kw,
            shift_kw=found.shift_kw,
            confidence=round(found.confidence, 4),
            expected_kw=found.expected_kw,
            expected_by=found.expected_by,
            security_kw=found.security_kw,
            security_registered=found.security_registered,
            cooling_kw=found.cooling_kw,
            basis=found.basis.value,
            shape=found.shape,
            like_days=found.like_days,
            evidence=list(found.evidence),
            verdict=found.verdict.value,
            reason=found.reason,
        )


class HeldAgainstOut(Wire):
    """A capability that a rule asks of the district."""

    id: str
    name_zh: str
    name_en: str
    share: float = Field(description="of the district's maximum load: expected, else of last year, else the record")
    required_kw: float
    shed_kw: float
    source: str

    @classmethod
    def of(cls, found: HeldAgainst) -> Self:
        return cls(**{name: getattr(found, name) for name in cls.model_fields})


class PotentialsOut(Wire):
    day: date
    start: datetime
    end: datetime
    shed_kw: float = Field(description="sum of the known ones")
    shift_kw: float
    unknown: int = Field(description="enterprises whose data do not suffice; they are not in the sums")
    protected: int
    held_against: list[HeldAgainstOut] = Field(
        description="empty for a part of the district, and where no maximum load of it is entered"
    )
    items: list[PotentialOut]

    @classmethod
    def of(
        cls, found: Iterable[Potential], day: date, hours: Span, zone: ZoneInfo, against: Iterable[HeldAgainst] = ()
    ) -> Self:
        """Largest first; those without a figure last."""
        items = sorted(found, key=lambda each: (-each.known_shed_kw, each.shed_kw is None, each.enterprise_id))
        return cls(
            day=day,
            start=hours.start.astimezone(zone),
            end=hours.end.astimezone(zone),
            shed_kw=sum(each.known_shed_kw for each in items),
            shift_kw=sum(each.shift_kw or 0.0 for each in items),
            unknown=sum(each.shed_kw is None for each in items),
            protected=sum(each.verdict is PotentialVerdict.PROTECTED for each in items),
            held_against=[HeldAgainstOut.of(each) for each in against],
            items=[PotentialOut.of(each) for each in items],
        )
