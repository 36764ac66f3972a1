"""Short words for readings and demand rows in these tests."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from domain.instants import Span, from_ms
from domain.quality import Quality
from domain.readings import Reading, ReadingBatch, values_of
from domain.scopes import Scope
from domain.vee import VeeBatch, VeeFlag, VeeRow
from storage.ports import DayRows, DemandRows
from storage.readings.day_rows import day_rows
from storage.readings.demand_rows import demand_rows, measures_of

#: 2023-11-14 22:15 UTC, a block start.
T0 = 1_700_000_100_000
MINUTE = 60_000
DAY = 86_400_000
NAN = float("nan")


def reading(
    meter: str, minute: float = 0, *, quality: Quality = Quality.OK, received: int = 5, **values: float
) -> Reading:
    return Reading(meter, T0 + int(minute * MINUTE), values_of(**(values or {"power_kw": 1.0})), quality, received)


def batch(*readings: Reading) -> ReadingBatch:
    return ReadingBatch.of(readings)


def minutes(start: float, end: float) -> Span:
    return Span(from_ms(T0 + int(start * MINUTE)), from_ms(T0 + int(end * MINUTE)))


def shown(rows: ReadingBatch) -> list[tuple[object, ...]]:
    """Rows as plain tuples, NaN as None, so that they compare."""
    return [
        (r.meter, r.ts_ms, tuple(None if v != v else v for v in r.values), r.quality, r.received_ms)
        for r in rows.rows()
    ]


def demand(rows: Iterable[tuple[Scope, float, Sequence[float], str, int]]) -> DemandRows:
    """(scope, minute, six measures, quality, revision) each."""
    found = list(rows)
    columns = np.array([row[2] for row in found], dtype=np.float64).reshape(len(found), 6).T
    return demand_rows(
        [row[0] for row in found],
        np.array([T0 + int(row[1] * MINUTE) for row in found], dtype=np.int64),
        list(columns),
        np.array([row[3] for row in found], dtype=object),
        np.array([row[4] for row in found], dtype=np.int64),
    )


def shown_demand(rows: DemandRows) -> list[tuple[object, ...]]:
    measures = np.array(measures_of(rows)).T
    return [
        (
            str(scope),
            int(rows.ts_ms[i]),
            tuple(None if v != v else v for v in measures[i].tolist()),
            str(rows.quality[i]),
            int(rows.revision[i]),
        )
        for i, scope in enumerate(rows.scope)
    ]


def days(series: str, rows: Iterable[tuple[Scope, int, Sequence[float], int]]) -> DayRows:
    """(scope, day, values, revision) each."""
    found = list(rows)
    return day_rows(
        series,
        [row[0] for row in found],
        np.array([T0 + row[1] * DAY for row in found], dtype=np.int64),
        np.array([row[2] for row in found], dtype=np.float64),
        np.array([row[3] for row in found], dtype=np.int64),
    )


def day_range(start: int, end: int) -> Span:
    return Span(from_ms(T0 + start * DAY), from_ms(T0 + end * DAY))


def revision(
    meter: str,
    minute: float,
    number: int,
    value_kw: float = 2.0,
    *,
    raw_kw: float = NAN,
    flag: VeeFlag = VeeFlag.ESTIMATED,
    rule: str = "gap",
    actor: str = "system",
) -> VeeRow:
    return VeeRow(meter, T0 + int(minute * MINUTE), number, raw_kw, value_kw, flag, rule, actor, 7)


def shown_vee(rows: VeeBatch) -> list[tuple[object, ...]]:
    """As plain tuples, NaN as None."""
    columns = (getattr(rows, name).tolist() for name in VeeBatch.__slots__)
    return [tuple(None if v != v else v for v in row) for row in zip(*columns, strict=True)]
