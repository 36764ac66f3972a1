"""Thresholds of load characteristics, shapes, drift and cooling load (config/policy/characteristics.toml)."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field, model_validator

from config.policy_table import Table

Share = Annotated[float, Field(gt=0, le=1)]
Positive = Annotated[float, Field(gt=0)]
Clock = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
Hours = tuple[Clock, Clock]
Band = tuple[float, float]
Season = Annotated[str, Field(pattern=r"^\d\d-\d\d/\d\d-\d\d$")]


def in_season(day: date, season: str) -> bool:
    """Whether a day lies between two days of the year, such as 04-15/05-31, both included."""
    begin, _, end = season.partition("/")
    return begin <= f"{day:%m-%d}" <= end


class CoverageRules(Table):
    day_share: Share
    period_days_share: Share
    near_maximum: Annotated[tuple[Share, ...], Field(min_length=1)]


class TypicalRules(Table):
    hottest_days: Annotated[int, Field(ge=1)]
    base_band_c: Band
    base_seasons: tuple[Season, ...]
    source: str

    def spring(self, day: date) -> bool:
        """Whether a day lies in a season whose mild days carry no cooling."""
        return any(in_season(day, season) for season in self.base_seasons)


class ShapeRules(Table):
    minimum_days: Annotated[int, Field(ge=1)]
    flat_load_factor: Share
    flat_weekend: Positive
    prominence: Share
    noon: Hours
    night: Hours
    night_ratio: Positive
    step_variation: Positive
    seasonal_ratio: Positive
    evening: Hours
    summer: Season
    cluster_least: Annotated[int, Field(ge=2)]
    cluster_most: Annotated[int, Field(ge=2)]
    cluster_seeds: Annotated[int, Field(ge=2)]
    cluster_stability: Share
    source: str

    @model_validator(mode="after")
    def _check_clusters(self) -> ShapeRules:
        if self.cluster_most < self.cluster_least:
            raise ValueError(f"cluster_most {self.cluster_most} lies below cluster_least {self.cluster_least}")
        return self


class DriftRules(Table):
    window_days: Annotated[int, Field(ge=3)]
    minimum_change: Positive
    minimum_score: Positive
    source: str


class CoolingRules(Table):
    base_from_c: float
    base_to_c: float
    base_step_c: Positive
    fit_from_c: float
    yesterday_weights: Annotated[tuple[Annotated[float, Field(ge=0, lt=1)], ...], Field(min_length=1)]
    minimum_days: Annotated[int, Field(ge=10)]
    minimum_warm_days: Annotated[int, Field(ge=3)]
    confidence: Annotated[float, Field(gt=0, lt=1)]
    source: str

    @model_validator(mode="after")
    def _check_order(self) -> CoolingRules:
        if self.base_to_c < self.base_from_c:
            raise ValueError(f"base_to_c {self.base_to_c} lies below base_from_c {self.base_from_c}")
        return self


class CharacteristicsTable(Table):
    """config/policy/characteristics.toml"""

    coverage: CoverageRules
    typical: TypicalRules
    shapes: ShapeRules
    drift: DriftRules
    cooling: CoolingRules
