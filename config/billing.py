"""How billed and metered months are compared (config/policy/billing.toml)."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from config.policy_table import Table

Share = Annotated[float, Field(gt=0, lt=1)]
Source = Annotated[str, Field(min_length=1)]
Ratios = Annotated[tuple[float, ...], Field(min_length=1)]


class BillingTable(Table):
    """Shares are of the billed figure; every number has its source beside it."""

    tolerance: Share
    tolerance_source: Source
    sliding_allowance: Share
    sliding_source: Source
    fit: Share
    fit_source: Source
    least_coverage: Share
    whole_coverage: Share
    coverage_source: Source
    shift_days: Annotated[int, Field(ge=0, le=31)]
    shift_source: Source
    ct_ratios: Ratios
    pt_ratios: Ratios
    ratios_source: Source

    @property
    def multipliers(self) -> tuple[float, ...]:
        """Every product of a CT and a PT ratio, ascending."""
        return tuple(sorted({ct * pt for ct in self.ct_ratios for pt in self.pt_ratios}))
