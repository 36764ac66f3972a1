"""Coal equivalents and intensities in pandas: one long frame, joined with the factors and grouped."""

from __future__ import annotations

from typing import Any

import pandas as pd


def coal_by_month(use: pd.DataFrame, factors: pd.DataFrame) -> pd.DataFrame:
    """use : enterprise, month, year, carrier, consumption, certified; factors : carrier, year, basis, kgce

    Returns equivalent and calorific tce in full and assessed of every enterprise and month.
    """
    joined = use.merge(factors, on=["carrier", "year"], how="left")
    joined["full"] = joined["consumption"] * joined["kgce"] / 1000
    joined["assessed"] = (joined["consumption"] - joined["certified"].where(joined["year"] >= 2023, 0.0)) * joined[
        "kgce"
    ]
    joined["assessed"] /= 1000
    grouped = joined.groupby(["enterprise", "month", "basis"], sort=False)[["full", "assessed"]].sum()
    return grouped.unstack("basis")


def change_by_group(coal: pd.DataFrame, value: pd.DataFrame, group: Any, basis: str) -> pd.DataFrame:
    """Intensity of each group and year, and its change against the year before.

    value : indexed by enterprise and month, columns value and year; group : enterprise -> group
    """
    table = pd.DataFrame({"energy": coal["full"][basis], "value": value["value"], "year": value["year"]})
    table["group"] = table.index.get_level_values("enterprise").map(group)
    sums = table.groupby(["group", "year"])[["energy", "value"]].sum()
    before = sums.groupby(level="group").shift(1)
    growth = sums / before - 1
    return pd.DataFrame(
        {
            "intensity": sums["energy"] / sums["value"],
            "change": (1 + growth["energy"]) / (1 + growth["value"]) - 1,
        }
    )
