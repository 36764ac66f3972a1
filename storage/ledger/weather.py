"""Weather in the ledger. A repeat changes nothing; a corrected value of the same hour and issue replaces the old."""

from __future__ import annotations

import numpy as np
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from domain.clock import Clock
from domain.instants import Span
from domain.weather import WeatherRows
from storage.ledger.audit import Trace, write_traces
from storage.ledger.database import Database
from storage.ledger.weather_tables import weather

#: Rows of one statement: SQLite takes at most 32,766 values.
CHUNK = 5_000


class SqlWeather:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def put(self, rows: WeatherRows, *, actor: str | None = None) -> int:
        plain = _plain(rows)
        insert = sqlite.insert if self._database.is_sqlite else postgresql.insert
        with self._database.writing() as connection:
            for start in range(0, len(plain), CHUNK):
                statement = insert(weather).values(plain[start : start + CHUNK])
                connection.execute(
                    statement.on_conflict_do_update(
                        index_elements=["valid_ms", "issued_ms", "source"],
                        set_={name: statement.excluded[name] for name in ("temperature_c", "humidity_percent")},
                    )
                )
            if actor is not None:
                trace = Trace("weather.import", f"weather:{rows.source}", None, {"rows": len(plain)})
                write_traces(connection, self._clock, actor, [trace])
        return len(plain)

    def said(self, span: Span, *, by_ms: int | None = None) -> WeatherRows:
        table = weather
        query = (
            sa.select(table)
            .where(table.c.valid_ms >= span.start_ms, table.c.valid_ms < span.end_ms)
            .order_by(table.c.valid_ms, table.c.issued_ms, table.c.source)
        )
        if by_ms is not None:
            query = query.where(table.c.issued_ms <= by_ms)
        with self._database.reading() as connection:
            found = connection.execute(query).all()
        columns = list(zip(*found, strict=True)) or [(), (), (), (), ()]
        return WeatherRows(
            issued_ms=np.array(columns[1], dtype=np.int64),
            valid_ms=np.array(columns[0], dtype=np.int64),
            temperature_c=np.array(columns[3], dtype=np.float64),
            humidity_percent=np.array([np.nan if v is None else v for v in columns[4]], dtype=np.float64),
            source=" ".join(sorted(set(columns[2]))) or "none",
        )


def _plain(rows: WeatherRows) -> list[dict[str, object]]:
    """One row per key, the last given wins: one statement may not touch a row twice."""
    last = {}
    for valid_ms, issued_ms, temperature_c, humidity in zip(
        rows.valid_ms.tolist(),
        rows.issued_ms.tolist(),
        rows.temperature_c.tolist(),
        rows.humidity_percent.tolist(),
        strict=True,
    ):
        last[valid_ms, issued_ms] = {
            "valid_ms": valid_ms,
            "issued_ms": issued_ms,
            "source": rows.source,
            "temperature_c": temperature_c,
            "humidity_percent": None if humidity != humidity else humidity,
        }
    return list(last.values())
