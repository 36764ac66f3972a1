"""Energy statements of enterprises: carriers, flows of a month, output, and what they are counted in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from domain.errors import Invalid
from domain.ids import EnterpriseId


class Basis(StrEnum):
    """What a coal equivalent means; the two differ by a factor of two for electricity and are never added."""

    CALORIFIC = "calorific"
    EQUIVALENT = "equivalent"

    @property
    def name_zh(self) -> str:
        return "当量值" if self is Basis.CALORIFIC else "等价值"


class Standing(StrEnum):
    """Where a figure comes from; the weaker one holds for a sum."""

    MEASURED = "measured"
    REPORTED = "reported"
    ESTIMATED = "estimated"


class PriceBasis(StrEnum):
    CONSTANT = "constant"  # 可比价
    CURRENT = "current"  # 现价


def first_of_month(day: date) -> date:
    if day.day != 1:
        raise Invalid(f"{day.isoformat()} is no month; a month is named by its first day")
    return day


@dataclass(frozen=True, slots=True)
class EnergyEntry:
    """One carrier of an enterprise in one month, in the carrier's own unit (config/policy/energy_factors.toml).

    consumption = bought + opening_stock - closing_stock - resold - feedstock - supplied_out
    feedstock : used as raw material, not as energy
    certified_non_fossil : part of the consumption covered by green certificates
    kgce_measured : kgce per unit from a measured calorific value, which goes before the table's; None = the table's
    """

    enterprise: EnterpriseId
    month: date
    carrier: str
    bought: float
    opening_stock: float = 0.0
    closing_stock: float = 0.0
    resold: float = 0.0
    feedstock: float = 0.0
    supplied_out: float = 0.0
    certified_non_fossil: float = 0.0
    kgce_measured: float | None = None
    standing: Standing = Standing.REPORTED
    source: str = ""
    actor: str = ""
    revision: int = 1

    def __post_init__(self) -> None:
        first_of_month(self.month)
        for name in ("bought", "opening_stock", "closing_stock", "resold", "feedstock", "supplied_out"):
            value = getattr(self, name)
            if not 0.0 <= value < 1e15:
                raise Invalid(f"{name} of {self.carrier} is {value:g}: it must be a number from 0 on")
        available = self.bought + self.opening_stock
        if self.feedstock > available * (1 + 1e-9):
            raise Invalid(
                f"原料用量 {self.feedstock:g} 超过购进与期初库存之和 {available:g} / feedstock above what there was"
            )
        if self.consumption < -1e-6 * max(1.0, available):
            raise Invalid(
                f"{self.carrier} 消费量为负 {self.consumption:g}，请核对库存与外供 / negative consumption; "
                "check stocks, resold and supplied out"
            )
        if not 0.0 <= self.certified_non_fossil <= self.consumption + 1e-6 * max(1.0, available):
            raise Invalid("certified_non_fossil must lie between 0 and the consumption")
        if self.kgce_measured is not None and not 0.0 < self.kgce_measured < 100.0:
            raise Invalid(f"kgce_measured {self.kgce_measured:g} is no coal equivalent of a unit")

    @property
    def consumption(self) -> float:
        """Used as energy, in the carrier's unit."""
        return self.bought + self.opening_stock - self.closing_stock - self.resold - self.feedstock - self.supplied_out


@dataclass(frozen=True, slots=True)
class OutputEntry:
    """Value added of an enterprise in one month [10,000 CNY].

    real_growth : official real growth against the same month a year before (0.178 = +17.8 %), None = not known
    base_year : of constant prices
    """

    enterprise: EnterpriseId
    month: date
    value_added_10k_cny: float
    price_basis: PriceBasis
    base_year: int | None = None
    real_growth: float | None = None
    standing: Standing = Standing.REPORTED
    source: str = ""
    actor: str = ""
    revision: int = 1

    def __post_init__(self) -> None:
        first_of_month(self.month)
        if not -1e12 < self.value_added_10k_cny < 1e12:
            raise Invalid(f"value added {self.value_added_10k_cny:g} is no figure in 10,000 CNY")
        if (self.price_basis is PriceBasis.CONSTANT) != (self.base_year is not None):
            raise Invalid("constant prices name their base year, current prices have none")
        if self.real_growth is not None and not -1.0 < self.real_growth < 100.0:
            raise Invalid(f"real growth {self.real_growth:g} is a share: 0.178 is 17.8 %")
