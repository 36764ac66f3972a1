"""Coal equivalents and intensities in pandas: one long frame, joined with the factors and grouped."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

import pandas as pd


def coal_by_month(use: pd.DataFrame, factors: pd.DataFrame) -> pd.DataFrame:
    """use : enterprise, month, year, carrier, consumption, certified, kgce_measured (NaN = the table's factor)
    factors : carrier, year, basis, kgce

    Returns equivalent and calorific tce in full and assessed of every enterprise and month.
    """
    joined = use.merge(factors, on=["carrier", "year"], how="left")
    joined["kgce"] = joined["kgce_measured"].fillna(joined["kgce"])
    joined["full"] = joined["consumption"] * joined["kgce"] / 1000
    joined["assessed"] = (joined["consumption"] - joined["certified"].where(joined["year"] >= 2023, 0.0)) * joined[
        "kgce"
    ]
    joined["assessed"] /= 1000
    grouped = joined.groupby(["enterprise", "month", "basis"], sort=False, observed=True)[["full", "assessed"]].sum()
    return grouped.unstack("basis")


def change_by_group(coal: pd.DataFrame, value: pd.DataFrame, group: Any, basis: str) -> pd.DataFrame:
    """Intensity of each group and year, and its change against the year before.

    value : indexed by enterprise and month, columns value and year; group : enterprise -> group
    """
    table = pd.DataFrame({"energy": coal["full"][basis], "value": value["value"], "year": value["year"]})
    table["group"] = table.index.get_level_values("enterprise").map(group)
    sums = table.groupby(["group", "year"], observed=True)[["energy", "value"]].sum()
    before = sums.groupby(level="group", observed=True).shift(1)
    growth = sums / before - 1
    return pd.DataFrame(
        {
            "intensity": sums["energy"] / sums["value"],
            "change": (1 + growth["energy"]) / (1 + growth["value"]) - 1,
        }
    )


def read_ledger(connection: sqlite3.Connection, years: Sequence[int]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Statements and value added of these years, the newest revision of each, with texts as categories."""
    use = pd.concat([_use(connection, year) for year in years], ignore_index=True)
    use[["enterprise", "month", "carrier"]] = use[["enterprise", "month", "carrier"]].astype("category")
    query = "select enterprise, month, revision, value_added_10k_cny as value from output_entry order by revision"
    value = pd.read_sql(query, connection).drop_duplicates(["enterprise", "month"], keep="last")
    value["year"] = value["month"].str[:4].astype(int)
    return use, value.set_index(["enterprise", "month"])[["value", "year"]]


def _use(connection: sqlite3.Connection, year: int) -> pd.DataFrame:
    query = """
        select enterprise, month, carrier, revision, certified_non_fossil as certified, kgce_measured,
               bought + opening_stock - closing_stock - resold - feedstock - supplied_out as consumption
        from energy_entry where month between ? and ?"""
    found = pd.read_sql(query, connection, params=(f"{year}-01-01", f"{year}-12-01"), dtype={"kgce_measured": float})
    found = found.sort_values("revision", kind="stable").drop_duplicates(
        ["enterprise", "month", "carrier"], keep="last"
    )
    return found.drop(columns="revision").assign(year=year)
