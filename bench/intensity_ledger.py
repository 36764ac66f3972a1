"""Ten years of 10,000 enterprises from the ledger to the answer: ``python -m bench.intensity_ledger [enterprises]``.

A SQLite ledger is filled with statements of three carriers and value added, one in a hundred corrected and some
with a measured coal equivalent. Then the intensity and its change of every sector and enterprise and year: read and
worked out as the product does, against pandas (``read_sql`` over the driver, a year at a time, only the columns its
answer needs), answers compared. Needs the extra ``bench``.
"""

from __future__ import annotations

import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pandas as pd

from app.clock import SystemClock
from app.wiring import open_histories
from bench.intensity_speed import CARRIERS, MONTHS, REGION, SECTORS, YEARS, books, factor_frame, of_each, same, timed
from bench.rivals import intensity_pandas
from config.energy_factors import EnergyFactorTable
from config.policy_table import load_table
from config.settings import Settings
from domain.arrays import FloatArray
from domain.energy import Basis
from domain.ids import EnterpriseId
from domain.people import SYSTEM
from domain.registry import ALWAYS, Enterprise
from response.intensity.books import Books
from response.intensity.figures import Accounts
from response.intensity.outlook import year_months
from response.intensity.statements import Output, Statements
from storage.ledger import SqlLedger
from storage.readings.memory import MemoryStore

CORRECTED, MEASURED = 100, 50
WRITTEN = datetime(2026, 1, 1, tzinfo=UTC).isoformat(sep=" ")


def fill(path: Path, stated: Statements, output: Output) -> int:
    """Rows put straight into the tables: ``put_energy`` also writes an audit entry for each."""
    with sqlite3.connect(path) as connection:
        connection.executemany(
            "insert into energy_entry (enterprise, month, carrier, bought, certified_non_fossil, kgce_measured,"
            " revision, opening_stock, closing_stock, resold, feedstock, supplied_out, standing, source, actor, at)"
            f" values (?, ?, ?, ?, ?, ?, ?, 0.0, 0.0, 0.0, 0.0, 0.0, 'reported', '205-1.xlsx', 'bench', '{WRITTEN}')",
            _energy_rows(stated),
        )
        connection.executemany(
            "insert into output_entry (enterprise, month, value_added_10k_cny, revision, price_basis, base_year,"
            " standing, source, actor, at)"
            f" values (?, ?, ?, 1, 'constant', 2015, 'reported', '', 'bench', '{WRITTEN}')",
            (
                (enterprise, month.isoformat(), value)
                for enterprise, values in zip(stated.enterprises, output.value_10k_cny.tolist(), strict=True)
                for month, value in zip(MONTHS, values, strict=True)
            ),
        )
        return int(connection.execute("select count(*) from energy_entry").fetchone()[0])


def _energy_rows(stated: Statements) -> Iterator[tuple[object, ...]]:
    number = 0
    for i, enterprise in enumerate(stated.enterprises):
        use, certified = stated.consumption[i].tolist(), stated.certified[i].tolist()
        for j, month in enumerate(MONTHS):
            for k, carrier in enumerate(CARRIERS):
                number += 1
                kgce = 1.44 if carrier == "diesel" and number % MEASURED == 0 else None
                row = (enterprise, month.isoformat(), carrier, use[j][k], certified[j][k], kgce)
                if number % CORRECTED == 0:
                    yield (*row[:3], use[j][k] * 1.5, *row[4:], 1)
                    yield (*row, 2)
                else:
                    yield (*row, 1)


def of_the_product(books_: Books, members: dict[int, list[EnterpriseId]]) -> tuple[FloatArray, FloatArray]:
    """Change of each sector and year, and of each enterprise and year: a year's panel is read once."""
    chosen = books_.chosen(SYSTEM, MONTHS[-1])
    panels = {year: books_.panel(SYSTEM, *year_months(year), chosen, alone=False) for year in (YEARS[0] - 1, *YEARS)}
    sectors = np.empty((len(members), len(YEARS)))
    for column, year in enumerate(YEARS):
        accounts = Accounts(panels[year], panels[year - 1])
        for group, enterprises in members.items():
            sectors[group, column] = accounts.figures(str(group), enterprises).change[Basis.EQUIVALENT].value
    return sectors, of_each(list(panels.values()))


def of_pandas(path: Path, factors: pd.DataFrame) -> tuple[FloatArray, FloatArray]:
    connection = sqlite3.connect(path)
    use, value = intensity_pandas.read_ledger(connection, [YEARS[0] - 1, *YEARS])
    coal = intensity_pandas.coal_by_month(use, factors)
    found = []
    for group in (lambda enterprise: int(enterprise[1:]) % SECTORS, lambda enterprise: enterprise):
        changes = intensity_pandas.change_by_group(coal, value, group, "equivalent")["change"]
        found.append(changes.to_numpy().reshape(-1, len(YEARS) + 1)[:, 1:])
    return found[0], found[1]


def main(enterprises: int = 10_000) -> int:
    table = load_table("energy_factors.toml", EnergyFactorTable)
    stated, output = books(enterprises)
    sector = np.arange(enterprises) % SECTORS
    members = {g: [stated.enterprises[i] for i in np.flatnonzero(sector == g)] for g in range(SECTORS)}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ledger.sqlite"
        ledger = SqlLedger(f"sqlite:///{path}", clock=SystemClock())
        ledger.registry.put_versions("bench", enterprises=[Enterprise(e, ALWAYS, e) for e in stated.enterprises])
        rows = fill(path, stated, output)
        histories = open_histories(Settings(), MemoryStore(), ledger, SystemClock())
        opened = Books(ledger.energy, ledger.registry, histories, table, Settings().district.zone, REGION)
        read_s, _ = timed(lambda: ledger.energy.energy_columns(date(2025, 1, 1), date(2025, 12, 1)))
        ours_s, ours = timed(lambda: of_the_product(opened, members))
        theirs_s, theirs = timed(lambda: of_pandas(path, factor_frame(table)))
        ledger.close()
    same("change of sectors", ours[0], theirs[0])
    same("change of enterprises", ours[1], theirs[1])
    print(f"{enterprises:,} enterprises x {len(MONTHS)} months x {len(CARRIERS)} carriers, {rows:,} rows; all alike")
    print(f"the newest year read as columns: {read_s:.2f} s")
    print(f"from ledger to answers: ours {ours_s:.1f} s, pandas {theirs_s:.1f} s, {theirs_s / ours_s:.1f} times")
    return 0


if __name__ == "__main__":
    sys.exit(main(*(int(each) for each in sys.argv[1:])))
