"""The measured loads that benches of accuracy judge on, and what all of these take and leave."""

from __future__ import annotations

import argparse
import csv
import gzip
import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from domain.arrays import FloatArray, IntArray
from domain.instants import to_ms

ZONES = {"panther": "America/New_York", "rat": "America/New_York", "cambridge": "Europe/London", "steel": "Asia/Seoul"}
OTHER_COLUMNS = {"kvar_lag", "kvar_lead", "pf_lag", "pf_lead", "load_type"}


@dataclass(frozen=True, eq=False)
class Part:
    """One file: ids of s sites; load_kw (s, n); temperature_c (n,); day, slot (n,) of the local clock."""

    ids: tuple[str, ...]
    load_kw: FloatArray
    temperature_c: FloatArray
    day: IntArray
    slot: IntArray
    step_s: int

    @property
    def slots(self) -> int:
        return 86_400 // self.step_s


def is_design(site: str) -> bool:
    return hashlib.sha256(site.encode()).digest()[0] % 2 == 0


def read(path: Path) -> Part:
    stem = path.name.split(".")[0]
    zone = ZoneInfo(next((name for start, name in ZONES.items() if stem.startswith(start)), "Europe/Berlin"))
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        header = next(rows)
        table = list(rows)
    instants = [datetime.fromisoformat(row[0]).astimezone(UTC) for row in table]
    local = [instant.astimezone(zone) for instant in instants]
    step_s = int((instants[1] - instants[0]).total_seconds())
    columns = {name: i for i, name in enumerate(header) if name not in OTHER_COLUMNS and i}
    values = {name: np.array([float(row[i]) if row[i] else np.nan for row in table]) for name, i in columns.items()}
    temperature = values.pop("temp_c", np.full(len(table), np.nan))
    day = np.array([moment.date().toordinal() - 719_163 for moment in local], dtype=np.int64)
    slot = np.array([(moment.hour * 3600 + moment.minute * 60) // step_s for moment in local], dtype=np.int64)
    ids = tuple(stem if name == "kw" else name for name in values)
    assert (np.diff([to_ms(instant) for instant in instants]) == step_s * 1000).all()
    return Part(ids, np.stack(list(values.values())), temperature, day, slot, step_s)


def options(doc: str | None) -> argparse.ArgumentParser:
    """``--data`` and ``--write``, with the bench's own words as help."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(__file__).parents[2] / "shared" / "data")
    parser.add_argument("--write", type=Path, help="also write the tables to this file")
    return parser


def load_files(data: Path, *patterns: str) -> list[Path]:
    """Of every measured site when no pattern is given. Raises SystemExit where there are none."""
    files = sorted(file for pattern in patterns or ("*/*.csv.gz",) for file in data.glob(pattern))
    if not files:
        raise SystemExit(f"no load files under {data}; give their folder with --data")
    return files


def tell(tables: str, write: Path | None) -> None:
    print(tables)
    if write is not None:
        write.write_text(tables.rstrip("\n") + "\n", encoding="utf-8")
