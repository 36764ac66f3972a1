"""Whole years of the real sites, a matrix a file, with temperature where there is one; simbench's year elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np

from domain.arrays import BoolArray, FloatArray
from domain.local_days import LocalDays, local_days
from ingest.file_history import read_history
from ingest.file_layouts import Wanted
from tests import realdata


@dataclass(frozen=True, slots=True, eq=False)
class SiteYears:
    """demand_kw : shape (s, d, blocks of the longest day); clock_kw : shape (s, d, slots); temperature_c : shape
    (d, slots), all NaN where the file has none"""

    name: str
    ids: tuple[str, ...]
    days: LocalDays
    demand_kw: FloatArray
    clock_kw: FloatArray
    temperature_c: FloatArray

    @property
    def weekday(self) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        return np.array([day.weekday() for day in self.days.days])

    @property
    def workday(self) -> BoolArray:
        return np.asarray(self.weekday < 5)

    @property
    def maximum_c(self) -> FloatArray:
        """Highest temperature of each day, NaN where more than a quarter of it is unknown."""
        there = ~np.isnan(self.temperature_c)
        highest = np.where(there, self.temperature_c, -np.inf).max(axis=1)
        return np.where(there.mean(axis=1) >= 0.75, highest, np.nan)


FILES = (
    ("bdg2_us_hourly/panther_orlando.csv.gz", "America/New_York", 3600, date(2016, 1, 1), date(2017, 12, 31)),
    ("bdg2_us_hourly/rat_washington_dc.csv.gz", "America/New_York", 3600, date(2016, 1, 1), date(2017, 12, 31)),
    ("cambridge_uk_hourly/cambridge_2018_2019.csv.gz", "Europe/London", 3600, date(2018, 1, 1), date(2019, 12, 31)),
    ("industrial_15min/simbench_2016.csv.gz", "Europe/Berlin", 900, date(2016, 1, 1), date(2016, 12, 31)),
    ("industrial_15min/steel_gwangyang_2018_jan_sep.csv.gz", "Asia/Seoul", 900, date(2018, 1, 1), date(2018, 9, 30)),
)


@lru_cache(maxsize=1)
def site_years() -> tuple[SiteYears, ...]:
    if not realdata.SHARED.is_dir():
        return (_simbench(),)
    return tuple(_read(*entry) for entry in FILES)


def _read(file: str, zone: str, step_s: int, first: date, last: date) -> SiteYears:
    with_temperature = "2016" in file or "hourly" in file
    (part,) = read_history(realdata.SHARED / file, Wanted(unit="kw", columns=_columns(file))).parts
    days = local_days(first, last, ZoneInfo(zone), step_s=step_s)
    keep = [i for i, ident in enumerate(part.ids) if ident != "temp_c"]
    values = part.values[keep]
    temperature = np.full((len(days), days.slots), np.nan)
    if with_temperature and "temp_c" in part.ids:
        temperature = days.on_clock(part.values[part.ids.index("temp_c")][None], part.ts_ms)[0]
    return SiteYears(
        name=file.split("/")[1].split(".")[0],
        ids=tuple(part.ids[i] for i in keep),
        days=days,
        demand_kw=days.by_day(values, part.ts_ms),
        clock_kw=days.on_clock(values, part.ts_ms),
        temperature_c=temperature,
    )


def _columns(file: str) -> tuple[str, ...]:
    import csv
    import gzip

    with gzip.open(realdata.SHARED / file, "rt", encoding="utf-8", newline="") as opened:
        header = next(csv.reader(opened))
    if "steel" in file:
        return ("kw",)
    return tuple(name for name in header if name != "ts")


def _simbench() -> SiteYears:
    values = realdata._simbench_matrix(realdata.simbench_profiles()) * 100.0
    days = local_days(date(2016, 1, 1), date(2016, 12, 31), ZoneInfo("Asia/Shanghai"))
    laid = values[:, : len(days) * 96].reshape(len(values), len(days), 96)
    return SiteYears("simbench", realdata.SIMBENCH_COLUMNS, days, laid, laid, np.full((len(days), 96), np.nan))
