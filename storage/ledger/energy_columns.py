"""Energy statements and value added read as columns, without an object for each row."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import Any, TypeVar

import numpy as np
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from domain.arrays import FloatArray, IntArray
from domain.energy import Standing
from domain.energy_columns import Coded, EnergyColumns, OutputColumns
from domain.ids import EnterpriseId
from storage.ledger.energy_tables import energy_entry, output_entry

T = TypeVar("T")
#: Rows held as Python values at a time; more no longer lie in the processor's cache and take a quarter longer.
BATCH = 1_000
#: With more enterprises than these every row of the months is read and the others' dropped.
MOST_NAMED = 1_000
_TEXTS = frozenset({"enterprise", "month", "carrier", "standing", "source"})


def read_energy(
    connection: Connection, first: date, last: date, enterprises: Sequence[EnterpriseId] | None
) -> EnergyColumns:
    own = energy_entry.c
    used = own.bought + own.opening_stock - own.closing_stock - own.resold - own.feedstock - own.supplied_out
    more = (own.carrier, used.label("consumption"), own.feedstock, own.certified_non_fossil, own.kgce_measured)
    read = _Columns(connection, energy_entry, more, first, last, enterprises)
    read.keep_newest("enterprise", "month", "carrier")
    return EnergyColumns(
        enterprise=read.coded("enterprise", EnterpriseId),
        month=read.coded("month", date.fromisoformat),
        carrier=read.coded("carrier", str),
        consumption=read.numbers["consumption"],
        feedstock=read.numbers["feedstock"],
        certified_non_fossil=read.numbers["certified_non_fossil"],
        kgce_measured=read.numbers["kgce_measured"],
        standing=read.coded("standing", Standing),
        source=read.coded("source", str),
        revision=read.numbers["revision"].astype(np.int64),
    )


def read_output(
    connection: Connection, first: date, last: date, enterprises: Sequence[EnterpriseId] | None
) -> OutputColumns:
    own = output_entry.c
    more = (own.value_added_10k_cny, own.base_year, own.real_growth)
    read = _Columns(connection, output_entry, more, first, last, enterprises)
    read.keep_newest("enterprise", "month")
    return OutputColumns(
        enterprise=read.coded("enterprise", EnterpriseId),
        month=read.coded("month", date.fromisoformat),
        value_added_10k_cny=read.numbers["value_added_10k_cny"],
        base_year=np.nan_to_num(read.numbers["base_year"]).astype(np.int64),
        real_growth=read.numbers["real_growth"],
        standing=read.coded("standing", Standing),
        source=read.coded("source", str),
        revision=read.numbers["revision"].astype(np.int64),
    )


class _Columns:
    """Rows of the months first...last; texts are kept as codes, numbers as floats with NaN for NULL.

    more : columns beside enterprise, month, standing, source and revision
    """

    def __init__(
        self,
        connection: Connection,
        table: sa.Table,
        more: Sequence[sa.ColumnElement[Any]],
        first: date,
        last: date,
        enterprises: Sequence[EnterpriseId] | None,
    ) -> None:
        own = table.c
        # Both databases give the month's text, so that no date is made for each row.
        month = sa.cast(own.month, sa.Text).label("month")
        query = sa.select(own.enterprise, month, own.standing, own.source, own.revision, *more)
        query = query.where(own.month >= first, own.month <= last)
        if enterprises is not None and len(enterprises) <= MOST_NAMED:
            query = query.where(own.enterprise.in_(enterprises))
        names = [str(column.key) for column in query.selected_columns]
        codes = {name: _Codes() for name in names if name in _TEXTS}
        parts: dict[str, list[FloatArray]] = {name: [] for name in names if name not in _TEXTS}
        for batch in _batches(connection, query):
            for name, column in zip(names, zip(*batch, strict=True), strict=True):
                if name in _TEXTS:
                    codes[name].add(column)
                else:
                    parts[name].append(np.array(column, dtype=np.float64))
        self.numbers = {name: np.concatenate([np.empty(0), *found]) for name, found in parts.items()}
        self._texts = {name: codes.sorted() for name, codes in codes.items()}
        if enterprises is not None:
            known, at = self._texts["enterprise"]
            wanted = set(enterprises)
            self._take(np.flatnonzero(np.array([each in wanted for each in known], dtype=np.bool_)[at]))

    def keep_newest(self, *key: str) -> None:
        """The last revision of each key, in the key's order."""
        place = np.zeros(len(self.numbers["revision"]), dtype=np.int64)
        for name in key:
            values, at = self._texts[name]
            place = place * len(values) + at
        order = np.lexsort((self.numbers["revision"], place))
        ordered = place[order]
        self._take(order[np.append(ordered[1:] != ordered[:-1], True)] if len(order) else order)

    def coded(self, name: str, parsed: Callable[[str], T]) -> Coded[T]:
        texts, at = self._texts[name]
        used = np.bincount(at, minlength=len(texts)) > 0
        values = tuple(parsed(text) for text, there in zip(texts, used.tolist(), strict=True) if there)
        return Coded(values, (np.cumsum(used) - 1)[at])

    def _take(self, rows: IntArray) -> None:
        self.numbers = {name: each[rows] for name, each in self.numbers.items()}
        self._texts = {name: (values, at[rows]) for name, (values, at) in self._texts.items()}


class _Places(dict[str, int]):
    """Of each text the number it was first met with."""

    def __missing__(self, text: str) -> int:
        self[text] = place = len(self)
        return place


class _Codes:
    """A column of texts that repeat, each kept once."""

    def __init__(self) -> None:
        self._places = _Places()
        self._parts: list[IntArray] = [np.empty(0, dtype=np.int64)]

    def add(self, column: Sequence[str]) -> None:
        self._parts.append(np.fromiter(map(self._places.__getitem__, column), dtype=np.int64, count=len(column)))

    def sorted(self) -> tuple[list[str], IntArray]:
        """Texts in order, and the place of each row's."""
        texts = sorted(self._places)
        moved = np.empty(len(texts), dtype=np.int64)
        moved[[self._places[text] for text in texts]] = np.arange(len(texts))
        return texts, moved[np.concatenate(self._parts)]


def _batches(connection: Connection, query: sa.Select[Any]) -> Iterator[Sequence[Sequence[Any]]]:
    """Rows as the driver gives them: wrapping each in a Row takes a third more time, and all are plain values here."""
    cursor = connection.execute(query).cursor
    assert cursor is not None
    while batch := cursor.fetchmany(BATCH):
        yield batch
