"""Figures of the hundred sites worked out from the files with csv and plain NumPy: no code of ours is imported.

``python -m tests.independent_figures`` prints them. Hourly means are held over their four quarters; a missing value
adds nothing; every value counts as it stands in the file, catch-up spikes included (none stands near the peak).
"""

from __future__ import annotations

import csv
import gzip
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

SHARED = Path(__file__).parents[2] / "shared" / "data"
FIRST, QUARTERS = datetime(2016, 6, 6), 112 * 96
WEEKS = (datetime(2016, 7, 4), datetime(2016, 7, 25), datetime(2016, 8, 15))
Quarters = npt.NDArray[np.float64]


class Crossing(NamedTuple):
    week: datetime
    share: float
    first: datetime | None
    last: datetime | None
    blocks: int


def quarters_of_fleet100() -> tuple[list[str], Quarters]:
    """Sites and their quarter-hours, shape (100, QUARTERS) [kW]: local clock without its offset, plus shift_days."""
    with (SHARED / "fleet100.csv").open(encoding="utf-8", newline="") as file:
        sites = list(csv.DictReader(file))
    table = np.full((len(sites), QUARTERS), np.nan)
    opened: dict[str, tuple[list[str], list[datetime], list[list[str]]]] = {}
    for place, site in enumerate(sites):
        if site["file"] not in opened:
            opened[site["file"]] = _read(site["file"])
        header, clock, rows = opened[site["file"]]
        column, shift = header.index(site["column"]), timedelta(days=int(site["shift_days"]))
        held = int(site["interval_min"]) // 15
        for local, row in zip(clock, rows, strict=True):
            quarter = int((local + shift - FIRST).total_seconds() // 900)
            if 0 <= quarter < QUARTERS and row[column]:
                table[place, quarter : quarter + held] = float(row[column])
    return [site["enterprise_id"] for site in sites], table


def _read(name: str) -> tuple[list[str], list[datetime], list[list[str]]]:
    with gzip.open(SHARED / name, "rt", encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        header, body = next(rows), list(rows)
    return header, [datetime.fromisoformat(row[0][:19]) for row in body], body


def at(quarter: int) -> datetime:
    return FIRST + timedelta(minutes=15 * quarter)


def peak(total: Quarters) -> tuple[datetime, float]:
    quarter = int(np.argmax(total))
    return at(quarter), float(total[quarter])


def hourly_peak(total: Quarters) -> tuple[datetime, float]:
    hours = total.reshape(-1, 4).mean(axis=1)
    return FIRST + timedelta(hours=int(np.argmax(hours))), float(hours.max())


def crossings(total: Quarters, quota_kw: float) -> list[Crossing]:
    """First and last quarter of each of the three weeks at or above 90, 95 and 100 % of the quota."""
    found = []
    for week in WEEKS:
        begin = int((week - FIRST).total_seconds() // 900)
        for share in (0.90, 0.95, 1.00):
            over = np.flatnonzero(total[begin : begin + 7 * 96] >= share * quota_kw) + begin
            first, last = (at(int(over[0])), at(int(over[-1]))) if len(over) else (None, None)
            found.append(Crossing(week, share, first, last, len(over)))
    return found


def main() -> None:
    _, table = quarters_of_fleet100()
    total = np.nansum(table, axis=0)
    lines = [f"15-minute peak {peak(total)}", f"hourly peak {hourly_peak(total)}"]
    lines += [str(crossing) for crossing in crossings(total, 24_000.0)]
    print("\n".join(lines))  # noqa: T201 - a script's answer


if __name__ == "__main__":
    main()
