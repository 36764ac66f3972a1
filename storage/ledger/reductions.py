"""Reductions in the ledger."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import sqlalchemy as sa

from domain.clock import Clock
from domain.instants import Span
from domain.reductions import Reduction
from domain.scopes import Scope
from storage.ledger.audit import Trace, write_traces
from storage.ledger.database import Database
from storage.ledger.reduction_tables import reduction


class SqlReductions:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def put_reductions(self, actor: str, reductions: Sequence[Reduction]) -> None:
        table = reduction
        with self._database.writing() as connection:
            traces = []
            for each in reductions:
                mine = (table.c.scope == str(each.scope), table.c.source == each.source)
                query = sa.select(table.c.block_ms, table.c.reduction_kw, table.c.verified).where(*mine)
                known = {row.block_ms: row for row in connection.execute(query)}
                rows = [
                    {"block_ms": block_ms, "scope": str(each.scope), "source": each.source, "reduction_kw": kw}
                    for block_ms, kw in zip(each.ts_ms.tolist(), each.reduction_kw.tolist(), strict=True)
                    if each.verified or block_ms not in known or not known[block_ms].verified
                ]
                if not rows:
                    continue
                blocks = [row["block_ms"] for row in rows]
                connection.execute(sa.delete(table).where(*mine, table.c.block_ms.in_(blocks)))
                common = {"verified": each.verified, "actor": actor, "at": self._clock.now()}
                connection.execute(sa.insert(table), [row | common for row in rows])
                before = {str(b): known[b].reduction_kw for b in blocks if b in known} or None
                after = {"verified": each.verified, "kw": {str(r["block_ms"]): r["reduction_kw"] for r in rows}}
                traces.append(Trace("reduction.put", f"reduction:{each.scope}:{each.source}", before, after))
            write_traces(connection, self._clock, actor, traces)

    def reductions(self, span: Span, *, verified_only: bool) -> list[Reduction]:
        table = reduction
        query = (
            sa.select(table)
            .where(table.c.block_ms >= span.start_ms, table.c.block_ms < span.end_ms)
            .order_by(table.c.scope, table.c.source, table.c.verified, table.c.block_ms)
        )
        if verified_only:
            query = query.where(table.c.verified.is_(True))
        found: dict[tuple[str, str, bool], list[tuple[int, float]]] = defaultdict(list)
        with self._database.reading() as connection:
            for row in connection.execute(query):
                found[row.scope, row.source, row.verified].append((row.block_ms, row.reduction_kw))
        return [
            Reduction(
                Scope.parse(scope),
                np.array([block for block, _ in blocks], dtype=np.int64),
                np.array([kw for _, kw in blocks], dtype=np.float64),
                source,
                verified,
            )
            for (scope, source, verified), blocks in found.items()
        ]
