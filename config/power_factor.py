"""Standards of the power factor and the rates of their adjustment (config/policy/power_factor.toml)."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Literal

from pydantic import Field, model_validator

from config.policy_table import Table

Text = Annotated[str, Field(min_length=1)]
Factor = Annotated[float, Field(ge=0, le=1)]


class RateStep(Table):
    """``percent`` of the bill a hundredth, from where the step before ends to the factor ``to``."""

    to: Factor
    percent: Annotated[float, Field(gt=0)]


class PowerFactorStandard(Table):
    """from_kva : accounts of at least this capacity fall under it by themselves; None = only by name"""

    value: Factor
    from_kva: Annotated[float, Field(gt=0)] | None = None
    applies_to: Text
    penalty: Annotated[tuple[RateStep, ...], Field(min_length=1)]
    reward: tuple[RateStep, ...] = ()
    source: Text
    confidence: Literal["H", "M", "L"]

    @model_validator(mode="after")
    def _check_order(self) -> PowerFactorStandard:
        falling = [self.value, *(step.to for step in self.penalty)]
        growing = [self.value, *(step.to for step in self.reward)]
        if any(b >= a for a, b in pairwise(falling)) or any(b <= a for a, b in pairwise(growing)):
            raise ValueError(f"standard {self.value}: penalties must lead down from it, rewards up")
        return self

    def steps(self, steps: tuple[RateStep, ...]) -> list[tuple[float, float]]:
        return [(step.to, step.percent / 100) for step in steps]


class NamedUse(Table):
    enterprise: Text
    standard: Factor
    source: Text


class PowerFactorTable(Table):
    """config/policy/power_factor.toml"""

    standard: Annotated[tuple[PowerFactorStandard, ...], Field(min_length=1)]
    use: tuple[NamedUse, ...] = ()

    @model_validator(mode="after")
    def _check_use(self) -> PowerFactorTable:
        known = {standard.value for standard in self.standard}
        unknown = sorted({use.standard for use in self.use} - known)
        if unknown:
            raise ValueError(f"no standard {unknown[0]}; there are {sorted(known)}")
        return self

    def of(self, enterprise: str, capacity_kva: float | None) -> PowerFactorStandard | None:
        """The standard of an enterprise by name, else by its capacity; None where none applies or it is not known."""
        for use in self.use:
            if use.enterprise == enterprise:
                return next(standard for standard in self.standard if standard.value == use.standard)
        if capacity_kva is None:
            return None
        return next((s for s in self.standard if s.from_kva is not None and capacity_kva >= s.from_kva), None)
