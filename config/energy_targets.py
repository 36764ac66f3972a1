"""Dated targets of energy and carbon intensity, and levels of progress (config/policy/energy_targets.toml)."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated

from pydantic import Field, model_validator

from config.energy_factors import Text, Year
from config.policy_table import Table
from domain.errors import InsufficientData

Decline = Annotated[float, Field(gt=0, lt=1)]


class Indicator(StrEnum):
    ENERGY = "energy_intensity"
    CO2 = "co2_intensity"

    @property
    def name_zh(self) -> str:
        return "能耗强度" if self is Indicator.ENERGY else "碳排放强度"


class TargetPath(Table):
    """Falls from base_year to last_year by ``decline`` in all, evenly as a rate."""

    indicator: Indicator
    label_zh: Text
    base_year: Year
    last_year: Year
    decline: Decline
    source: Text

    @model_validator(mode="after")
    def _in_order(self) -> TargetPath:
        if self.last_year <= self.base_year:
            raise ValueError("last_year must come after base_year")
        return self

    @property
    def yearly(self) -> float:
        return float(1 - (1 - self.decline) ** (1 / (self.last_year - self.base_year)))

    def scheduled(self, year: int) -> float:
        """Cumulative decline by the end of ``year``."""
        return float(1 - (1 - self.yearly) ** (year - self.base_year))


class YearTask(Table):
    indicator: Indicator
    year: Year
    decline: Decline
    source: Text


class ProgressLevel(Table):
    """from_share : of progress; None = everything below the others. number : 1 is the worst (never map by number
    to other scales: an orderly-use red is the worst of four)
    """

    number: Annotated[int, Field(ge=1, le=3)]
    label_zh: Text
    label_en: Text
    colour: Annotated[str, Field(pattern="^#[0-9a-f]{6}$")]
    from_share: float | None = None


class LevelEdition(Table):
    valid_from: date
    source: Text
    level: Annotated[tuple[ProgressLevel, ...], Field(min_length=3, max_length=3)]

    @model_validator(mode="after")
    def _best_first(self) -> LevelEdition:
        if [level.number for level in self.level] != [3, 2, 1]:
            raise ValueError("levels stand 3, 2, 1: the best first")
        shares = [level.from_share for level in self.level]
        if shares[0] is None or shares[1] is None or shares[2] is not None or shares[0] <= shares[1]:
            raise ValueError("levels 3 and 2 have falling from_share, level 1 has none")
        return self

    def of(self, share: float, *, rising: bool) -> ProgressLevel:
        """The level of a progress; a rising intensity is always the worst."""
        if rising:
            return self.level[-1]
        return next(each for each in self.level if each.from_share is None or share >= each.from_share)


class EnergyTargetTable(Table):
    path: tuple[TargetPath, ...] = ()
    task: tuple[YearTask, ...] = ()
    edition: Annotated[tuple[LevelEdition, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _one_of_a_year(self) -> EnergyTargetTable:
        tasks = [(each.indicator, each.year) for each in self.task]
        years = [(p.indicator, year) for p in self.path for year in range(p.base_year + 1, p.last_year + 1)]
        if len(set(tasks)) != len(tasks) or len(set(years)) != len(years):
            raise ValueError("two targets of one indicator hold in the same year")
        return self

    def path_of(self, indicator: Indicator, year: int) -> TargetPath:
        for each in self.path:
            if each.indicator is indicator and each.base_year < year <= each.last_year:
                return each
        raise InsufficientData(
            f"没有{year}年{indicator.name_zh}目标，请在 energy_targets.toml 中填写 / no {indicator} path for {year}"
        )

    def task_of(self, indicator: Indicator, year: int) -> tuple[float, str]:
        """Decline asked of one year, and where it comes from. Raises InsufficientData."""
        for each in self.task:
            if (each.indicator, each.year) == (indicator, year):
                return each.decline, each.source
        path = self.path_of(indicator, year)
        return path.yearly, path.source

    def levels(self, day: date) -> LevelEdition:
        valid = [each for each in self.edition if each.valid_from <= day]
        if not valid:
            raise InsufficientData(f"{day.isoformat()} 之前没有晴雨表等级 / no levels are in force on that day")
        return max(valid, key=lambda each: each.valid_from)
