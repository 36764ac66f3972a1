"""Dated yardsticks, quota standards and restricted sectors (config/policy/energy_benchmarks.toml)."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, model_validator

from config.energy_factors import Text
from config.policy_table import Table
from domain.energy import Basis

SectorPrefix = Annotated[str, Field(pattern=r"^([A-T]\d{0,4})?$")]


class IntensityStandard(Table):
    """kind quota : a limit by standard (限额); yardstick : what new projects must meet"""

    kind: Literal["quota", "yardstick"]
    sector: SectorPrefix
    label_zh: Text
    valid_from: date
    valid_to: date | None = None
    tce_per_10k_cny: Annotated[float, Field(gt=0)]
    basis: Basis
    source: Text


class ProductQuota(Table):
    """Energy of one unit of a product (单位产品综合能耗), electricity at its calorific value [kgce per ``unit``].

    advanced_kgce : 标杆水平; limit_kgce : 基准水平, above it nothing may stay
    confidence : H read in the document, M one secondary source or more, L nobody has checked the figures
    """

    id: Annotated[str, Field(pattern=r"^[a-z0-9_]+$")]
    label_zh: Text
    unit: Text
    sector: SectorPrefix
    valid_from: date
    valid_to: date | None = None
    advanced_kgce: float
    limit_kgce: float
    source: Text
    confidence: Literal["H", "M", "L"] = "L"

    @model_validator(mode="after")
    def _in_order(self) -> ProductQuota:
        if self.limit_kgce <= self.advanced_kgce:
            raise ValueError("limit_kgce lies above advanced_kgce")
        return self


class RestrictedSectors(Table):
    label_zh: Text
    valid_from: date
    valid_to: date | None = None
    sectors: Annotated[tuple[SectorPrefix, ...], Field(min_length=1)]
    source: Text


class OutlierRule(Table):
    from_z: Annotated[float, Field(gt=0)]
    from_ratio: Annotated[float, Field(ge=1)]
    minimum_members: Annotated[int, Field(ge=3)]
    source: Text


class EnergyBenchmarkTable(Table):
    standard: tuple[IntensityStandard, ...] = ()
    product: tuple[ProductQuota, ...] = ()
    restricted: tuple[RestrictedSectors, ...] = ()
    outlier: OutlierRule

    def standards(self, sector: str, basis: Basis, day: date) -> tuple[IntensityStandard, ...]:
        """Of each kind the one with the longest fitting code, in the basis asked for."""
        fitting = [
            each
            for each in self.standard
            if each.basis is basis and sector.startswith(each.sector) and _holds(each.valid_from, each.valid_to, day)
        ]
        chosen: dict[str, IntensityStandard] = {}
        for each in sorted(fitting, key=lambda found: (len(found.sector), found.valid_from)):
            chosen[each.kind] = each
        return tuple(chosen.values())

    def product_of(self, name: str) -> ProductQuota | None:
        """By its id or name, whenever it holds; the newest edition of it."""
        named = [each for each in self.product if name in (each.id, each.label_zh)]
        return max(named, key=lambda each: each.valid_from, default=None)

    def quota(self, product: str, day: date) -> ProductQuota | None:
        """What holds for the product of that id on ``day``."""
        named = [each for each in self.product if each.id == product and _holds(each.valid_from, each.valid_to, day)]
        return max(named, key=lambda each: each.valid_from, default=None)

    def restriction(self, sector: str, day: date) -> RestrictedSectors | None:
        """The list that names the sector by its finest class: a class of four digits goes before its division."""
        fitting = [
            (len(prefix), each)
            for each in self.restricted
            if sector and _holds(each.valid_from, each.valid_to, day)
            for prefix in each.sectors
            if sector.startswith(prefix)
        ]
        return max(fitting, key=lambda found: found[0], default=(0, None))[1]


def _holds(first: date, last: date | None, day: date) -> bool:
    return first <= day and (last is None or day <= last)
