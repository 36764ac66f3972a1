"""Kept forecasts in the ledger: curves as compressed single-precision floats, a day of a hundred scopes in 150 kB."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence

import numpy as np
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Row

from domain.arrays import FloatArray
from domain.forecasts import KeptForecast
from domain.scopes import Scope
from storage.ledger.database import Database
from storage.ledger.forecast_tables import forecast_issue


def _packed(curves_kw: FloatArray) -> bytes:
    return zlib.compress(np.ascontiguousarray(np.round(curves_kw, 2), dtype="<f4").tobytes())


def _unpacked(data: bytes) -> FloatArray:
    return np.frombuffer(zlib.decompress(data), dtype="<f4").astype(np.float64).reshape(3, -1)


def _kept(row: Row[tuple[object, ...]], curves_kw: FloatArray) -> KeptForecast:
    return KeptForecast(
        scope=Scope.parse(row.scope),
        issued_ms=row.issued_ms,
        method=row.method,
        data_digest=row.data_digest,
        curves_kw=curves_kw,
        peak_p50_kw=row.peak_p50_kw,
        score=row.score or {},
    )


class SqlForecasts:
    def __init__(self, database: Database) -> None:
        self._database = database

    def keep_forecasts(self, forecasts: Sequence[KeptForecast]) -> None:
        rows = [
            {
                "issued_ms": each.issued_ms,
                "scope": str(each.scope),
                "method": each.method,
                "data_digest": each.data_digest,
                "curves": _packed(each.curves_kw),
                "peak_p50_kw": each.peak_p50_kw,
                "score": None,
            }
            for each in forecasts
        ]
        insert = sqlite.insert if self._database.is_sqlite else postgresql.insert
        if rows:
            with self._database.writing() as connection:
                connection.execute(insert(forecast_issue).on_conflict_do_nothing(), rows)

    def newest_issue_ms(self) -> int | None:
        with self._database.reading() as connection:
            newest: int | None = connection.execute(sa.select(sa.func.max(forecast_issue.c.issued_ms))).scalar_one()
        return newest

    def issued_forecasts(self, *, since_ms: int, until_ms: int) -> list[KeptForecast]:
        table = forecast_issue
        query = (
            sa.select(table)
            .where(table.c.issued_ms >= since_ms, table.c.issued_ms <= until_ms)
            .order_by(table.c.issued_ms.desc(), table.c.scope)
        )
        with self._database.reading() as connection:
            return [_kept(row, _unpacked(bytes(row.curves))) for row in connection.execute(query)]

    def unscored_forecasts(self, *, before_ms: int, limit: int = 1_000) -> list[KeptForecast]:
        table = forecast_issue
        query = (
            sa.select(table)
            .where(table.c.score.is_(None), table.c.issued_ms < before_ms)
            .order_by(table.c.issued_ms, table.c.scope)
            .limit(limit)
        )
        with self._database.reading() as connection:
            return [_kept(row, _unpacked(bytes(row.curves))) for row in connection.execute(query)]

    def score_forecasts(self, scores: Sequence[tuple[Scope, int, Mapping[str, float | None]]]) -> None:
        table = forecast_issue
        with self._database.writing() as connection:
            for scope, issued_ms, score in scores:
                mine = (table.c.scope == str(scope), table.c.issued_ms == issued_ms, table.c.score.is_(None))
                connection.execute(sa.update(table).where(*mine).values(score=dict(score)))

    def scored_forecasts(self, scope: Scope | None, *, since_ms: int, limit: int = 10_000) -> list[KeptForecast]:
        table = forecast_issue
        columns = [column for column in table.c if column.name != "curves"]
        query = sa.select(*columns).where(table.c.score.is_not(None), table.c.issued_ms >= since_ms)
        if scope is not None:
            query = query.where(table.c.scope == str(scope))
        query = query.order_by(table.c.issued_ms.desc(), table.c.scope).limit(limit)
        with self._database.reading() as connection:
            return [_kept(row, np.empty((3, 0))) for row in connection.execute(query)]
