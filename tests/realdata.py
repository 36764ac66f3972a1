"""A hundred measured sites on one calendar: ``../shared/data`` where it is, the shapes inside simbench elsewhere.

Read with our own file reader; ``tests.independent_figures`` reads the same files without any code of ours.
"""

from __future__ import annotations

import csv
import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from domain.arrays import FloatArray, IntArray
from domain.instants import Span, to_ms
from domain.series import Matrix
from ingest.file_history import read_history
from ingest.file_layouts import Wanted
from ingest.twin.weather import local_ms
from tests.servers.process import cannot_run

#: Beside the repository; a checkout that lies elsewhere says where.
SHARED = Path(os.environ.get("YINGFENG_TEST_DATA", Path(__file__).parents[2] / "shared" / "data"))
DISTRICT_ZONE = ZoneInfo("Asia/Shanghai")
#: The calendar every site is moved to; in it every site of the hundred has at least 97 % of its values.
FIRST, LAST = datetime(2016, 6, 6), datetime(2016, 9, 26)
#: Whose clock the stamps of a file show.
_ZONES = {"bdg2": "America/New_York", "cambridge": "Europe/London", "steel": "Asia/Seoul", "": "Europe/Berlin"}
#: Fictional sizes of the simbench sites [kW]; the shapes are measured.
SIMBENCH_PEAKS_KW = (900.0, 450.0, 260.0, 70.0, 1200.0, 340.0, 150.0)


@dataclass(frozen=True, eq=False)
class Fleet:
    """name : fleet100 or simbench; parts : hourly and quarter-hourly sites on district time;
    catch_ups : site and start of an hour that holds the energy of a gap before it
    """

    name: str
    parts: tuple[Matrix, ...]
    catch_ups: tuple[tuple[str, datetime], ...]

    def within(self, first: datetime, last: datetime) -> tuple[Matrix, ...]:
        """The parts between two local times of the district."""
        return tuple(_cut(part, district_ms(first), district_ms(last)) for part in self.parts)


def district_ms(local: datetime) -> int:
    return to_ms(local.replace(tzinfo=DISTRICT_ZONE).astimezone(UTC))


def span_of(first: datetime, last: datetime) -> Span:
    return Span(*(t.replace(tzinfo=DISTRICT_ZONE).astimezone(UTC) for t in (first, last)))


@lru_cache(maxsize=1)
def fleet() -> Fleet:
    return _fleet100() if SHARED.is_dir() else _simbench()


def _cut(part: Matrix, first_ms: int, last_ms: int) -> Matrix:
    inside = (part.ts_ms >= first_ms) & (part.ts_ms < last_ms)
    return Matrix(part.ids, part.ts_ms[inside], part.step_s, part.values[:, inside])


def _empty(step_s: int, sites: int) -> tuple[FloatArray, int]:
    steps = int((LAST - FIRST).total_seconds()) // step_s
    return np.full((sites, steps), np.nan), district_ms(FIRST)


def _fleet100() -> Fleet:
    with (SHARED / "fleet100.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    parts = []
    for step_s in (900, 3600):
        mine = [row for row in rows if int(row["interval_min"]) * 60 == step_s]
        values, first_ms = _empty(step_s, len(mine))
        for place, row in enumerate(mine):
            _lay(values[place], row, step_s)
        ts_ms = first_ms + np.arange(values.shape[1], dtype=np.int64) * step_s * 1000
        parts.append(Matrix(tuple(row["enterprise_id"] for row in mine), ts_ms, step_s, values))
    catch_ups = (("E091", datetime(2016, 7, 7, 14)), ("E089", datetime(2016, 8, 19, 10)))
    return Fleet("fleet100", tuple(parts), catch_ups)


@lru_cache(maxsize=16)
def _source(file: str, columns: tuple[str, ...]) -> Matrix:
    (part,) = read_history(SHARED / file, Wanted(unit="kw", columns=columns)).parts
    return part


@lru_cache(maxsize=1)
def _columns_by_file() -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    with (SHARED / "fleet100.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found.setdefault(row["file"], []).append(row["column"])
    return {name: tuple(columns) for name, columns in found.items()}


@lru_cache(maxsize=16)
def _steps(file: str, columns: tuple[str, ...], zone: str) -> IntArray:
    """Milliseconds on the local clock since FIRST of every row of a file."""
    return local_ms(_source(file, columns).ts_ms, ZoneInfo(zone)) - to_ms(FIRST.replace(tzinfo=UTC))


def _lay(values: FloatArray, row: dict[str, str], step_s: int) -> None:
    """A site's values onto the common calendar: its local clock, moved by whole weeks."""
    columns = _columns_by_file()[row["file"]]
    source = _source(row["file"], columns)
    stem = Path(row["file"]).parts[-1] if row["dataset"] == "industrial_15min" else row["dataset"]
    zone = next(zone for start, zone in _ZONES.items() if stem.startswith(start))
    clock_ms = _steps(row["file"], columns, zone) + int(row["shift_days"]) * 86_400_000
    steps = clock_ms // (step_s * 1000)
    inside = (steps >= 0) & (steps < len(values))
    values[steps[inside]] = source.values[columns.index(row["column"]), inside]


def simbench_profiles() -> Path:
    """The year of quarter-hourly profiles that simbench brings; only the file is used."""
    try:
        listed = files("simbench") or []
    except PackageNotFoundError:
        cannot_run("neither ../shared/data nor simbench is here; install it with: pip install --no-deps simbench")
    found = [entry for entry in listed if str(entry).endswith("1-complete_data-mixed-all-0-sw/LoadProfile.csv")]
    if not found:
        cannot_run("the installed simbench brings no LoadProfile.csv")
    return Path(str(found[0].locate()))


SIMBENCH_COLUMNS = tuple(
    f"{name}_pload"
    for name in ("BL-H", "WB-H", "G0-A", "G0-M", "G1-A", "G1-B", "G2-A", "G3-A", "G3-H", "G4-A", "G4-B", "G5-A", "G6-A")
)


def _simbench() -> Fleet:
    """Thirteen measured shapes as a hundred sites: moved by whole weeks, every second one hourly, sizes fictional.

    Two hourly sites get what a meter does that was cut off: hours without values, then their energy in one hour.
    """
    source = _simbench_matrix(simbench_profiles())
    quarters = {900: [i for i in range(100) if i % 2 == 0], 3600: [i for i in range(100) if i % 2]}
    catch_ups = (("E092", datetime(2016, 7, 7, 14)), ("E040", datetime(2016, 8, 19, 10)))
    parts = []
    for step_s, sites in quarters.items():
        values, first_ms = _empty(step_s, len(sites))
        for place, site in enumerate(sites):
            profile = source[site % len(SIMBENCH_COLUMNS)] * SIMBENCH_PEAKS_KW[site % len(SIMBENCH_PEAKS_KW)]
            begin = int((FIRST - datetime(2016, 1, 1)).total_seconds()) // 900 + 7 * 96 * (site // 13 % 4 - 2)
            cut = profile[begin : begin + values.shape[1] * step_s // 900]
            values[place] = cut.reshape(-1, step_s // 900).mean(axis=1)
        ids = tuple(f"E{site + 1:03d}" for site in sites)
        for site_id, at in catch_ups if step_s == 3600 else ():
            hour = int((at - FIRST).total_seconds()) // 3600
            row = values[ids.index(site_id)]
            row[hour] += np.nansum(row[hour - 8 : hour])
            row[hour - 8 : hour] = np.nan
        ts_ms = first_ms + np.arange(values.shape[1], dtype=np.int64) * step_s * 1000
        parts.append(Matrix(ids, ts_ms, step_s, values))
    return Fleet("simbench", tuple(parts), catch_ups)


def _simbench_matrix(path: Path) -> FloatArray:
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file, delimiter=";")
        header = next(rows)
        places = [header.index(column) for column in SIMBENCH_COLUMNS]
        table = [[float(row[place]) for place in places] for row in rows]
    return np.array(table).T


def published() -> bool:
    """Whether the figures published for the hundred sites can be expected."""
    return fleet().name == "fleet100"


WEEKS = tuple(
    (day, day + timedelta(days=7)) for day in (datetime(2016, 7, 4), datetime(2016, 7, 25), datetime(2016, 8, 15))
)
