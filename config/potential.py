"""How dispatchable potential is estimated (config/policy/potential.toml)."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from config.policy_table import Table

Share = Annotated[float, Field(ge=0, le=1)]
Inner = Annotated[float, Field(gt=0, lt=1)]
Count = Annotated[int, Field(gt=0)]
Source = Annotated[str, Field(min_length=1)]


class LikeDayRules(Table):
    days: Count
    lookback_days: Count
    minimum_days: Count
    confidence: Inner
    night_base_quantile: Inner
    source: Source


class ShapeShare(Table):
    """shed : of the expected load without cooling; shift : of what can be shed"""

    shape: Annotated[str, Field(pattern=r"^[a-z_]+$")]
    shed: Share
    shift: Share


class DistrictShare(Table):
    """A share of the district's maximum load that potential is held against."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9_]+$")]
    name_zh: Source
    name_en: Source
    share: Inner
    source: Source


class PotentialTable(Table):
    """config/policy/potential.toml"""

    like_days: LikeDayRules
    cooling_share: Share
    cooling_source: Source
    reductions_lookback_days: Count
    reductions_minimum: Count
    reductions_source: Source
    shape_source: Source
    shape: Annotated[tuple[ShapeShare, ...], Field(min_length=1)]
    district: tuple[DistrictShare, ...]

    @model_validator(mode="after")
    def _check_shapes(self) -> PotentialTable:
        words = [each.shape for each in self.shape]
        if len(set(words)) != len(words):
            raise ValueError("a shape stands twice")
        if "unknown" not in words:
            raise ValueError("shares are needed for the shape unknown: it stands for every class not named")
        return self

    def of_shape(self, word: str) -> ShapeShare:
        named = {each.shape: each for each in self.shape}
        return named.get(word, named["unknown"])
