"""Weather from a CSV file, plain or gzip: time, temperature, and where given humidity and the instant of issue."""

from __future__ import annotations

import csv
import gzip
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from domain.errors import Invalid
from domain.instants import to_ms
from domain.weather import WeatherRows

#: Usual names of the columns, tried in this order where none is given.
NAMES = {
    "ts": ("ts", "time", "datetime", "timestamp", "时间"),
    "temperature": ("temp_c", "temperature_c", "temperature", "temp", "气温", "温度"),
    "humidity": ("humidity_percent", "humidity", "rh", "相对湿度", "湿度"),
    "issued": ("issued_at", "issued", "发布时间"),
}
MOST_MISTAKES = 5


def read_weather(
    path: Path, *, zone: ZoneInfo, columns: dict[str, str] | None = None, source: str = ""
) -> tuple[WeatherRows, int]:
    """The rows, and how many lines held no temperature. Raises Invalid with the first mistakes listed by line."""
    opener = gzip.open if path.suffix == ".gz" else open
    try:
        with opener(path, "rt", encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            places = _places(reader.fieldnames or [], columns or {}, path)
            rows, empty = _rows(reader, places, zone)
    except (OSError, UnicodeDecodeError, EOFError) as error:
        raise Invalid(f"{path}: cannot be read as CSV: {error}") from error
    return WeatherRows.of(rows, source or path.name), empty


def _places(header: object, wanted: dict[str, str], path: Path) -> dict[str, str]:
    names = [str(name) for name in header] if isinstance(header, list | tuple) else []
    found = {}
    for what, usual in NAMES.items():
        given = wanted.get(what, "")
        if given and given not in names:
            raise Invalid(f"{path}: there is no column {given!r}; the columns are {', '.join(names)[:300]}")
        place = given or next((name for name in usual if name in names), "")
        if place:
            found[what] = place
        elif what in ("ts", "temperature"):
            raise Invalid(f"{path}: which column is the {what}? give --{what}; there are {', '.join(names)[:300]}")
    return found


def _rows(
    reader: csv.DictReader[str], places: dict[str, str], zone: ZoneInfo
) -> tuple[list[tuple[int, int, float, float | None]], int]:
    rows: list[tuple[int, int, float, float | None]] = []
    mistakes: list[str] = []
    empty = 0
    for number, line in enumerate(reader, start=2):
        cells = {what: (line.get(name) or "").strip() for what, name in places.items()}
        if not cells["temperature"]:
            empty += 1
            continue
        try:
            valid_ms = _instant_ms(cells["ts"], zone)
            issued_ms = _instant_ms(cells["issued"], zone) if cells.get("issued") else valid_ms
            humidity = float(cells["humidity"]) if cells.get("humidity") else None
            row = (issued_ms, valid_ms, float(cells["temperature"]), humidity)
            WeatherRows.of([row], "check")
        except (ValueError, Invalid) as error:
            mistakes.append(f"line {number}: {error}")
            if len(mistakes) == MOST_MISTAKES:
                break
        else:
            rows.append(row)
    if mistakes:
        raise Invalid("the file has mistakes:\n" + "\n".join(f"  - {mistake}" for mistake in mistakes))
    return rows, empty


def _instant_ms(text: str, zone: ZoneInfo) -> int:
    instant = datetime.fromisoformat(text)
    return to_ms((instant if instant.tzinfo else instant.replace(tzinfo=zone)).astimezone(UTC))
