"""InfluxQL, which 1.x, 2.x and 3.x answer, and the CSV they answer with."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow as pa
from pyarrow import csv

from domain.scopes import Scope
from storage.readings.demand_rows import MEASURES
from storage.readings.screening import LAST_TS_MS
from storage.schema import (
    DEMAND,
    QUALITY,
    READING,
    READING_FIELDS,
    READING_TAG,
    RECEIVED,
    VEE,
    VEE_NUMBERS,
    VEE_TAG,
    VEE_TEXTS,
)

#: Ids named in one statement. A longer list is asked in parts.
IDS_PER_QUERY = 2_000
#: The server's time for a chain of ORs grows with the square of its length (500 terms: 0.1 s, 5,000: 13 s); a regular
#: expression over the tag stays linear (5,000: 0.2 s), but cannot be bound on 1.x.
TERMS_PER_QUERY = 50
# In CSV an error is an empty or a shortened answer with status 200. InfluxDB runs no further statement after an error,
# so the answer of this second one proves that the first is whole.
WITNESS = "; SHOW DATABASES"
_WITNESS_HEAD = b"name,tags,name\n"
_TEXTS = (READING_TAG, QUALITY, "scope", "id", "name", "tags", *VEE_TEXTS)


@dataclass(frozen=True, slots=True)
class Query:
    """One statement; ``params`` are bound by the server. Ids that stand in the text are written as code points."""

    text: str
    params: Mapping[str, str] = field(default_factory=dict)


def in_parts(ids: Iterable[str]) -> list[list[str]]:
    known = sorted(set(ids))
    return [known[i : i + IDS_PER_QUERY] for i in range(0, len(known), IDS_PER_QUERY)]


def rows_query(fields: Sequence[str], meters: Sequence[str], start_ms: int, end_ms: int, limit: int) -> Query:
    """Rows of ``meters`` with ts in [start, end), by time, at most ``limit``."""
    which, params = _meters(meters)
    columns = ", ".join(f'"{name}"' for name in (*fields, READING_TAG))
    text = (
        f'SELECT {columns} FROM "{READING}" WHERE {_within(start_ms, end_ms)} AND {which} ORDER BY time LIMIT {limit:d}'
    )
    return Query(text, params)


def latest_query(fields: Sequence[str], meters: Sequence[str]) -> Query:
    """The newest row of each meter."""
    which, params = _meters(meters)
    columns = ", ".join(f'"{name}"' for name in (*fields, READING_TAG))
    text = (
        f'SELECT {columns} FROM "{READING}" WHERE {_within(0, LAST_TS_MS + 1)} AND {which} '
        f'GROUP BY "{READING_TAG}" ORDER BY time DESC LIMIT 1'
    )
    return Query(text, params)


def _meters(meters: Sequence[str]) -> tuple[str, dict[str, str]]:
    if len(meters) > TERMS_PER_QUERY:
        return f'"{READING_TAG}" =~ /^({"|".join(map(_literal, meters))})$/', {}
    params = {f"m{i}": meter for i, meter in enumerate(meters)}
    return "(" + " OR ".join(f'"{READING_TAG}" = ${name}' for name in params) + ")", params


def _literal(text: str) -> str:
    """A regular expression of nothing but this text: all but plain letters and digits by code point."""
    return "".join(c if c.isascii() and c.isalnum() else f"\\x{{{ord(c):x}}}" for c in text)


def vee_query(meters: Sequence[str], start_ms: int, end_ms: int, limit: int) -> Query:
    """Every revision of ``meters`` with ts in [start, end), by time, at most ``limit``."""
    which, params = _meters(meters)
    columns = ", ".join(f'"{name}"' for name in VEE_COLUMNS)
    text = f'SELECT {columns} FROM "{VEE}" WHERE {_within(start_ms, end_ms)} AND {which} ORDER BY time LIMIT {limit:d}'
    return Query(text, params)


def demand_query(scopes: Sequence[Scope], start_ms: int, end_ms: int, limit: int) -> Query:
    """Rows of at most TERMS_PER_QUERY ``scopes`` with ts in [start, end), by time, at most ``limit``."""
    params: dict[str, str] = {}
    which = _any_scope(scopes, params)
    columns = ", ".join(f'"{name}"' for name in (*MEASURES, "quality", "revision", "scope", "id"))
    text = (
        f'SELECT {columns} FROM "{DEMAND}" WHERE {_within(start_ms, end_ms)} AND {which} ORDER BY time LIMIT {limit:d}'
    )
    return Query(text, params)


def _any_scope(scopes: Sequence[Scope], params: dict[str, str]) -> str:
    """A condition on the scopes; the texts it binds are added to ``params``."""
    terms = []
    for i, scope in enumerate(scopes):
        params[f"k{i}"] = scope.kind.value
        if scope.id:
            params[f"i{i}"] = scope.id
        terms.append(f'("scope" = $k{i} AND "id" = ' + (f"$i{i})" if scope.id else "'')"))
    return f"({' OR '.join(terms)})"


def days_query(series: str, fields: Sequence[str], scopes: Sequence[Scope], start_ms: int, end_ms: int) -> Query:
    """Rows of a series of days with ts in [start, end). ``scopes`` are at most TERMS_PER_QUERY, or longer and of one
    kind: then every row of the kind is asked for, and who asks picks his own."""
    params: dict[str, str] = {}
    if len(scopes) > TERMS_PER_QUERY:
        params["k"] = scopes[0].kind.value
        which = '"scope" = $k'
    else:
        which = _any_scope(scopes, params)
    columns = ", ".join(f'"{name}"' for name in (*fields, "revision", "scope", "id"))
    return Query(f'SELECT {columns} FROM "{series}" WHERE {_within(start_ms, end_ms)} AND {which}', params)


def scope_deletion(measurement: str, scope: Scope, ts_ms: int) -> Query:
    params = {"k": scope.kind.value, **({"i": scope.id} if scope.id else {})}
    ident = "$i" if scope.id else "''"
    return Query(f'DELETE FROM "{measurement}" WHERE "scope" = $k AND "id" = {ident} AND time = {ts_ms:d}ms', params)


def edge_query(measurement: str, column: str, order: str) -> Query:
    """The oldest (ASC) or newest (DESC) row of a measurement."""
    where = _within(0, LAST_TS_MS + 1)
    return Query(f'SELECT "{column}" FROM "{measurement}" WHERE {where} ORDER BY time {order} LIMIT 1')


def tag_values_query(measurement: str, tag: str) -> str:
    return f'SHOW TAG VALUES FROM "{measurement}" WITH KEY = "{tag}"'


def quoted(name: str) -> str:
    """An identifier, for statements that take no bound parameters."""
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def _within(start_ms: int, end_ms: int) -> str:
    return f"time >= {max(start_ms, 0):d}ms AND time < {min(max(end_ms, 0), LAST_TS_MS + 1):d}ms"


def whole_answer(body: bytes) -> bytes | None:
    """The CSV of the first statement, or None where the witness is missing: the answer is an error or was cut."""
    head, found, tail = body.rpartition(_WITNESS_HEAD)
    if not found or not tail.startswith(b"databases,"):
        return None
    return head


def parse_rows(body: bytes, columns: Sequence[str]) -> pa.Table:
    """``time`` in milliseconds and the given columns; numbers float64 with null for absent, texts empty for absent."""
    types = {name: pa.string() if name in _TEXTS else pa.float64() for name in columns}
    types["time"] = pa.int64()
    if not body.strip():
        return pa.table({name: pa.array([], type=kind) for name, kind in types.items()})
    return csv.read_csv(
        io.BytesIO(body),
        parse_options=csv.ParseOptions(newlines_in_values=True),
        convert_options=csv.ConvertOptions(
            column_types=types, include_columns=list(types), strings_can_be_null=False, quoted_strings_can_be_null=False
        ),
    )


READING_COLUMNS = (*READING_FIELDS, QUALITY, RECEIVED)
VEE_COLUMNS = (*VEE_NUMBERS, *VEE_TEXTS, VEE_TAG)
