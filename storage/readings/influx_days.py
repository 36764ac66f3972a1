"""Series of days in InfluxDB: a few hundred rows a day, read by kind of scope when many are asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

import numpy as np
import pyarrow as pa

from domain.errors import Unavailable
from domain.instants import HOUR_MS, Span, from_ms
from domain.scopes import Scope, ScopeKind
from storage.ports import DayRows
from storage.readings.day_rows import day_rows, days_in_order, fields_of, last_day_of_each, no_days, take_days
from storage.readings.influx_client import InfluxClient
from storage.readings.influx_lines import day_lines
from storage.readings.influx_query import TERMS_PER_QUERY, days_query
from storage.readings.screening import require_storable

#: Days asked for at once, so that an answer stays well below the rows of one request: 5,000 meters a month.
DAYS_PER_QUERY = 92
_DAY_MS = 24 * HOUR_MS


class InfluxDays:
    """The caller lets one write at a time."""

    def __init__(self, client: InfluxClient) -> None:
        self._client = client

    def write(self, rows: DayRows) -> None:
        require_storable(rows)
        fields = fields_of(rows.series)
        rows = last_day_of_each(rows)
        if not len(rows):
            return
        self._delete_stale(rows)
        refused = self._client.write(day_lines(rows, fields))
        if refused:
            reason, detail = next(iter(refused.values()))
            raise Unavailable(f"InfluxDB refused {len(refused)} rows of {rows.series} ({reason}): {detail}")

    def read(self, series: str, scopes: Sequence[Scope], span: Span) -> DayRows:
        fields = fields_of(series)
        tables = list(self._tables(series, fields, sorted(set(scopes)), span))
        kinds = [text for table in tables for text in table.column("scope").to_pylist()]
        if not kinds:
            return no_days(series)
        ids = [text for table in tables for text in table.column("id").to_pylist()]
        columns = [np.concatenate([t.column(n).to_numpy().astype(np.float64) for t in tables]) for n in fields]
        rows = day_rows(
            series,
            [Scope(ScopeKind(kind), ident) for kind, ident in zip(kinds, ids, strict=True)],
            np.concatenate([table.column("time").to_numpy() for table in tables]),
            np.column_stack(columns),
            np.concatenate([np.nan_to_num(t.column("revision").to_numpy().astype(np.float64)) for t in tables]),
        )
        return days_in_order(rows, scopes)

    def _tables(self, series: str, fields: Sequence[str], scopes: list[Scope], span: Span) -> Iterator[pa.Table]:
        wanted = (*fields, "revision", "scope", "id")
        for _, group in groupby(scopes, key=lambda scope: scope.kind):
            of_kind = list(group)
            many = len(of_kind) > TERMS_PER_QUERY
            step_ms = DAYS_PER_QUERY * _DAY_MS if many else span.end_ms - span.start_ms
            for start_ms in range(span.start_ms, span.end_ms, step_ms):
                end_ms = min(start_ms + step_ms, span.end_ms)
                yield self._client.query(days_query(series, fields, of_kind, start_ms, end_ms), wanted)

    def _delete_stale(self, rows: DayRows) -> None:
        """A field left out of a write keeps its old value: rows that lose a figure are deleted first."""
        lacking = np.flatnonzero(np.isnan(rows.values).any(axis=1))
        if not len(lacking):
            return
        some = take_days(rows, lacking)
        missing = {(s, int(t)): np.isnan(v) for s, t, v in zip(some.scope, some.ts_ms, some.values, strict=True)}
        span = Span(from_ms(int(some.ts_ms.min())), from_ms(int(some.ts_ms.max()) + 1))
        held = self.read(rows.series, sorted(set(some.scope)), span)
        for scope, ts_ms, values in zip(held.scope, held.ts_ms.tolist(), held.values, strict=True):
            if (~np.isnan(values) & missing.get((scope, ts_ms), False)).any():
                self._client.delete_row(rows.series, scope, ts_ms)
