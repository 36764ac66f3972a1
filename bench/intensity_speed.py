"""How long ten years of 10,000 enterprises take: ``python -m bench.intensity_speed [enterprises]``.

Coal equivalents of every enterprise and month in both bases, in full and assessed, then intensity and its change of
every sector, of the district and of each enterprise for every year: ours against pandas on the same figures in one run,
answers compared. What reading them out of the ledger adds is measured by ``bench.intensity_ledger``. Needs the extra
``bench``.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from datetime import date
from typing import TypeVar

import numpy as np
import pandas as pd

from bench.rivals import intensity_pandas
from config.energy_factors import EnergyFactorTable
from config.policy_table import load_table
from domain.arrays import FloatArray
from domain.energy import Basis
from domain.ids import EnterpriseId
from domain.months import months_between
from response.intensity.figures import Accounts, GroupFigures
from response.intensity.panel import Panel, panel
from response.intensity.statements import Output, Statements

T = TypeVar("T")
REGION, SECTORS = "zhejiang", 31
CARRIERS = ("diesel", "electricity", "natural_gas")
FIRST, LAST = date(2016, 1, 1), date(2025, 12, 1)
MONTHS = months_between(FIRST, LAST)
YEARS = range(2017, 2026)


def timed(run: Callable[[], T]) -> tuple[float, T]:
    begin = time.perf_counter()
    answer = run()
    return time.perf_counter() - begin, answer


def books(enterprises: int) -> tuple[Statements, Output]:
    random = np.random.default_rng(7)
    shape = (enterprises, len(MONTHS), len(CARRIERS))
    size = random.lognormal(0, 1, (enterprises, 1, 1)) * np.array([300.0, 200_000.0, 4_000.0])
    use = size * random.uniform(0.8, 1.2, shape)
    certified = np.zeros(shape)
    certified[:, :, 1] = use[:, :, 1] * random.uniform(0, 0.3, (enterprises, 1))
    ids = tuple(EnterpriseId(f"E{n:05d}") for n in range(enterprises))
    none, flat = np.zeros(shape), shape[:2]
    stated = Statements(
        ids,
        MONTHS,
        CARRIERS,
        use,
        none,
        certified,
        np.full(shape, np.nan),
        np.ones(flat),
        np.zeros(flat, dtype=np.bool_),
        np.zeros(flat, dtype=np.bool_),
        {},
    )
    value = use[:, :, 1] / 900 * random.uniform(0.9, 1.1, flat)
    output = Output(value, np.full(flat, 2015), np.full(flat, np.nan), np.zeros(flat, dtype=np.bool_))
    return stated, output


def yearly(found: Panel, members: dict[int, list[EnterpriseId]]) -> dict[tuple[int, int], GroupFigures]:
    """(group, year) -> figures, in the product's own accounts."""
    answers = {}
    for year in YEARS:
        start = (year - FIRST.year) * 12
        accounts = Accounts(found.part(slice(start, start + 12)), found.part(slice(start - 12, start)))
        for group, chosen in members.items():
            answers[group, year] = accounts.figures(str(group), chosen)
    return answers


def factor_frame(table: EnergyFactorTable) -> pd.DataFrame:
    rows = [
        (name, year, str(basis), table.coal(name, basis, year, region=REGION).kgce)
        for name in CARRIERS
        for year in range(FIRST.year, LAST.year + 1)
        for basis in Basis
    ]
    return pd.DataFrame(rows, columns=["carrier", "year", "basis", "kgce"])


def long_frames(stated: Statements, output: Output) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The same figures as pandas would be given them: rows of the ledger."""
    n, m, c = stated.consumption.shape
    year = np.array([month.year for month in MONTHS])
    use = pd.DataFrame(
        {
            "enterprise": np.repeat(np.arange(n), m * c),
            "month": np.tile(np.repeat(np.arange(m), c), n),
            "year": np.tile(np.repeat(year, c), n),
            "carrier": np.tile(np.array(CARRIERS), n * m),
            "consumption": stated.consumption.ravel(),
            "certified": stated.certified.ravel(),
            "kgce_measured": np.nan,
        }
    )
    index = pd.MultiIndex.from_product([range(n), range(m)], names=["enterprise", "month"])
    value = pd.DataFrame({"value": output.value_10k_cny.ravel(), "year": np.tile(year, n)}, index=index)
    return use, value


def of_each(years: Sequence[Panel]) -> FloatArray:
    """Change of every enterprise and year, shape (n, years - 1); the same formula without the reasons.

    years : twelve months each
    """
    energy = np.stack([year.full_tce[Basis.EQUIVALENT].sum(axis=1) for year in years], axis=1)
    value = np.stack([year.value_10k_cny.sum(axis=1) for year in years], axis=1)
    return np.asarray((energy[:, 1:] / energy[:, :-1]) / (value[:, 1:] / value[:, :-1]) - 1)


def main(enterprises: int = 10_000) -> int:
    table = load_table("energy_factors.toml", EnergyFactorTable)
    stated, output = books(enterprises)
    sector = np.arange(enterprises) % SECTORS
    members = {g: [stated.enterprises[i] for i in np.flatnonzero(sector == g)] for g in range(SECTORS)}
    members[-1] = list(stated.enterprises)
    use, value = long_frames(stated, output)
    factors = factor_frame(table)

    panel_s, found = timed(lambda: panel(stated, output, table, REGION))
    groups_s, ours = timed(lambda: yearly(found, members))
    each_s, changes = timed(lambda: of_each([found.part(slice(k, k + 12)) for k in range(0, len(MONTHS), 12)]))
    coal_s, coal = timed(lambda: intensity_pandas.coal_by_month(use, factors))
    theirs_s, by_group = timed(lambda: intensity_pandas.change_by_group(coal, value, sector.__getitem__, "equivalent"))
    all_s, by_each = timed(lambda: intensity_pandas.change_by_group(coal, value, lambda e: e, "equivalent"))

    same("equivalent tce", found.full_tce[Basis.EQUIVALENT].ravel(), coal["full"]["equivalent"].to_numpy())
    same("assessed tce", found.assessed_tce[Basis.CALORIFIC].ravel(), coal["assessed"]["calorific"].to_numpy())
    own = np.array(
        [[ours[g, y].change[Basis.EQUIVALENT].value for y in YEARS] for g in range(SECTORS)], dtype=np.float64
    )
    same("change of sectors", own, by_group["change"].to_numpy().reshape(SECTORS, -1)[:, 1:])
    same("change of enterprises", changes, by_each["change"].to_numpy().reshape(enterprises, -1)[:, 1:])
    print(f"{enterprises:,} enterprises x {len(MONTHS)} months x {len(CARRIERS)} carriers; answers alike")
    print(f"{'':34}{'ours s':>8}{'pandas s':>10}{'ratio':>7}")
    for name, mine, other in (
        ("coal of every month, both bases", panel_s, coal_s),
        (f"{SECTORS} sectors (ours: and district)", groups_s, theirs_s),
        ("every enterprise and year", each_s, all_s),
        ("together", panel_s + groups_s + each_s, coal_s + theirs_s + all_s),
    ):
        print(f"{name:34}{mine:8.2f}{other:10.2f}{other / mine:7.1f}")
    return 0


def same(name: str, one: FloatArray, other: FloatArray) -> None:
    if not np.allclose(one, other, rtol=1e-9, atol=1e-12):
        raise SystemExit(f"{name}: the answers differ")


if __name__ == "__main__":
    sys.exit(main(*(int(each) for each in sys.argv[1:])))
