"""Energy review (节能审查): what was approved for a project or a region, against which use is followed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from domain.energy import Basis
from domain.errors import Invalid
from domain.ids import EnterpriseId, MeterId


class ReviewRoute(StrEnum):
    SEPARATE = "separate"  # 单独审查
    COMMITMENT = "commitment"  # 区域内承诺备案
    NONE = "none"  # 不单独审查

    @property
    def name_zh(self) -> str:
        return {"separate": "单独审查", "commitment": "承诺备案", "none": "不单独审查"}[self.value]


@dataclass(frozen=True, slots=True)
class EnergyProject:
    """What was approved for a project.

    equivalent_tce, calorific_tce : approved energy a year in each basis, None = the approval does not name it
    intensity_tce : approved tce (等价值) per 10,000 CNY of value added; electricity_kwh, coal_t : approved a year
    in_service_from : first month of production, None = not yet; region : id of the regional review it lies in
    meters : that measure the project alone, none = the whole enterprise is the project
    """

    id: str
    enterprise: EnterpriseId
    name: str
    document: str
    approved_on: date
    route: ReviewRoute = ReviewRoute.SEPARATE
    equivalent_tce: float | None = None
    calorific_tce: float | None = None
    intensity_tce: float | None = None
    electricity_kwh: float | None = None
    coal_t: float | None = None
    in_service_from: date | None = None
    region: str = ""
    meters: tuple[MeterId, ...] = ()
    source: str = ""
    actor: str = ""
    revision: int = 1

    def __post_init__(self) -> None:
        _require_text("project", self.id, self.name)
        if self.equivalent_tce is None and self.calorific_tce is None:
            raise Invalid("批复能耗至少要有一种口径 / an approval names its energy in at least one basis")
        for name in ("equivalent_tce", "calorific_tce", "intensity_tce", "electricity_kwh", "coal_t"):
            value = getattr(self, name)
            if value is not None and not 0.0 <= value < 1e12:
                raise Invalid(f"{name} {value:g} is no approved amount")
        equivalent, calorific = self.equivalent_tce, self.calorific_tce
        if equivalent is not None and calorific is not None and equivalent < calorific * (1 - 1e-9):
            raise Invalid("等价值小于当量值，两列可能填反 / equivalent below calorific: the columns may be swapped")
        if self.in_service_from is not None and self.in_service_from < self.approved_on.replace(day=1):
            raise Invalid("投产早于批复 / in service before it was approved")

    def approved(self, basis: Basis) -> float | None:
        return self.equivalent_tce if basis is Basis.EQUIVALENT else self.calorific_tce


@dataclass(frozen=True, slots=True)
class RegionalReview:
    """区域节能审查: total energy a year approved for a region; projects inside may use the commitment route.

    valid_to : last day it holds, None = until further notice; street : its part of the district, "" = all of it
    """

    id: str
    name: str
    document: str
    approved_on: date
    approved_tce: float
    basis: Basis
    valid_to: date | None = None
    street: str = ""
    source: str = ""
    actor: str = ""
    revision: int = 1

    def __post_init__(self) -> None:
        _require_text("regional review", self.id, self.name)
        if not 0.0 < self.approved_tce < 1e12:
            raise Invalid(f"approved_tce {self.approved_tce:g} is no approved total")
        if self.valid_to is not None and self.valid_to < self.approved_on:
            raise Invalid("有效期早于批复 / it ends before it was approved")

    def holds_on(self, day: date) -> bool:
        return self.approved_on <= day and (self.valid_to is None or day <= self.valid_to)


def _require_text(noun: str, *texts: str) -> None:
    if not all(text.strip() for text in texts):
        raise Invalid(f"a {noun} needs an id and a name")
