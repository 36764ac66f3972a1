"""Dated coal equivalents and CO2 factors (config/policy/energy_factors.toml)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from config.policy_table import Table
from domain.energy import Basis
from domain.errors import InsufficientData, Invalid

Text = Annotated[str, Field(min_length=1)]
Year = Annotated[int, Field(ge=1949, le=2200)]
MJ_PER_KGCE = 29.3076
Unit = Literal["kWh", "MJ", "kg", "t", "m3_standard"]


class CoalFactor(Table):
    """kgce for one unit of the carrier. ``basis`` left out: both bases alike, as for fuels."""

    basis: Basis | None = None
    region: str = ""
    since: Annotated[Year, Field(alias="from")]
    kgce: Annotated[float, Field(gt=0)]
    source: Text


class Carrier(Table):
    """unit : what ``kgce`` is for; medium : 耗能工质, counts only when bought in; fuel : burned; also : other names"""

    id: Annotated[str, Field(pattern=r"^[a-z0-9_]+$")]
    name_zh: Text
    name_en: Text
    unit: Unit
    also: tuple[Text, ...] = ()
    medium: bool = False
    fuel: bool = False
    co2_kg: Annotated[float, Field(ge=0)] | None = None
    co2_source: str = ""
    factor: Annotated[tuple[CoalFactor, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _check(self) -> Carrier:
        keys = [(f.basis, f.region, f.since) for f in self.factor]
        if len(set(keys)) != len(keys):
            raise ValueError("two factors of one basis and region begin in the same year")
        if self.co2_kg is not None and not self.co2_source:
            raise ValueError("co2_kg needs its co2_source")
        return self


class GridCo2(Table):
    region: Text
    year: Year
    kg_per_kwh: Annotated[float, Field(gt=0)]
    source: Text


class HeatCo2(Table):
    kg_per_mj: Annotated[float, Field(gt=0)]
    source: Text


class AssessmentRule(Table):
    """What is taken off for the assessed amount (考核口径) from a year on."""

    since: Annotated[Year, Field(alias="from")]
    without_feedstock: bool
    without_certified_non_fossil: bool
    source: Text


class Assessment(Table):
    rule: tuple[AssessmentRule, ...] = ()


class EnergyFactorTable(Table):
    """The whole table; look-ups raise InsufficientData where nothing is known of the year."""

    assessment: Assessment
    carrier: Annotated[tuple[Carrier, ...], Field(min_length=1)]
    grid_co2: tuple[GridCo2, ...]
    heat_co2: HeatCo2

    @model_validator(mode="after")
    def _check_ids(self) -> EnergyFactorTable:
        ids = [carrier.id for carrier in self.carrier]
        twice = sorted({each for each in ids if ids.count(each) > 1})
        if twice:
            raise ValueError(f"carriers stand twice: {', '.join(twice)}")
        return self

    def of(self, carrier: str) -> Carrier:
        for each in self.carrier:
            if each.id == carrier:
                return each
        known = ", ".join(each.id for each in self.carrier)
        raise Invalid(f"没有能源品种 {carrier!r} / no energy carrier {carrier!r}; known are {known}")

    def coal(self, carrier: str, basis: Basis, year: int, *, region: str = "") -> CoalFactor:
        """The factor in force that year; a region's own goes before the general one."""
        factors = [f for f in self.of(carrier).factor if f.basis in (None, basis) and f.since <= year]
        own = [f for f in factors if f.region == region] or [f for f in factors if not f.region]
        if not own:
            raise InsufficientData(
                f"{self.of(carrier).name_zh}没有{year}年的{basis.name_zh}系数（地区 {region or '通用'}），请在 "
                f"energy_factors.toml 中补充 / no {basis} factor of {carrier} for {year}"
            )
        return max(own, key=lambda factor: factor.since)

    def heat_mj(self, carrier: str, year: int) -> float:
        """Heat in one unit of a heat carrier; of steam by its coal equivalent. Raises InsufficientData."""
        if self.of(carrier).unit == "MJ":
            return 1.0
        return self.coal(carrier, Basis.CALORIFIC, year).kgce * MJ_PER_KGCE

    def grid(self, year: int, region: str) -> GridCo2:
        """The grid's factor of exactly that year: another year's would be another figure (trap 20)."""
        for each in self.grid_co2:
            if (each.year, each.region) == (year, region):
                return each
        known = ", ".join(str(each.year) for each in self.grid_co2 if each.region == region) or "none"
        raise InsufficientData(
            f"{region} 没有{year}年电力排放因子（已有 {known}）/ no grid CO2 factor of {region} for {year}"
        )

    def newest_grid_year(self, year: int, region: str) -> int | None:
        """The newest year of a published factor not after ``year``: provincial factors lag about two years."""
        years = [each.year for each in self.grid_co2 if each.region == region and each.year <= year]
        return max(years, default=None)

    def assessment_rule(self, year: int) -> AssessmentRule | None:
        rules = [rule for rule in self.assessment.rule if rule.since <= year]
        return max(rules, key=lambda rule: rule.since, default=None)
