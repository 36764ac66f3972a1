"""InfluxQL of the panels. Names come from ``storage/schema.py``; ``$...`` are Grafana's macros and variables.

Grafana fills in ``$timeFilter`` (the range on the screen), ``$__interval`` (one step of it) and the variables.
"""

from __future__ import annotations

from collections.abc import Mapping

from domain.scopes import ScopeKind
from storage.schema import (
    DAY_SERIES,
    DEMAND,
    DEMAND_FIELDS,
    DEMAND_TAGS,
    INTENSITY_MONTH,
    LOAD_DAY,
    QUALITY,
    QUALITY_DAY,
    READING,
    READING_FIELDS,
    READING_TAG,
)

SCOPE, ID = DEMAND_TAGS
OK = "ok"
#: The quarter of an hour is the district's unit; no panel of demand shows finer steps.
BLOCK = "15m"


def _field(name: str) -> str:
    if name not in (*DEMAND_FIELDS, *READING_FIELDS, *(field for fields in DAY_SERIES.values() for field in fields)):
        raise ValueError(f"{name} is not a field of the store; see storage/schema.py")
    return f'"{name}"'


def _columns(function: str, columns: Mapping[str, str]) -> str:
    return ", ".join(f'{function}({_field(name)}) AS "{label}"' for name, label in columns.items())


def of_scope(kind: ScopeKind | str, ident: str = "") -> str:
    """Condition on one scope, or on all scopes of a kind; ``ident`` may be a Grafana variable."""
    return f"\"{SCOPE}\" = '{kind}'" + (f" AND \"{ID}\" = '{ident}'" if ident else "")


def curve(where: str, columns: Mapping[str, str], *, function: str = "max", by: str = "") -> str:
    """Demand over time. Zoomed out, a step shows the maximum of its blocks: a mean would hide the peak."""
    group = f"GROUP BY time($__interval){f', {chr(34)}{by}{chr(34)}' if by else ''} fill(null)"
    return f'SELECT {_columns(function, columns)} FROM "{DEMAND}" WHERE {where} AND $timeFilter {group}'


def newest(where: str, column: str, label: str, *, by: str = "") -> str:
    """The newest value in the range, of one scope or (``by``) of each."""
    group = f' GROUP BY "{by}"' if by else ""
    return f'SELECT {_columns("last", {column: label})} FROM "{DEMAND}" WHERE {where} AND $timeFilter{group}'


def extreme(where: str, function: str, column: str, label: str, *, by: str = "") -> str:
    """The largest or smallest value in the range, with its instant."""
    group = f' GROUP BY "{by}"' if by else ""
    return f'SELECT {_columns(function, {column: label})} FROM "{DEMAND}" WHERE {where} AND $timeFilter{group}'


def daily(where: str, function: str, column: str, label: str) -> str:
    """One figure a local day; ``$tz`` is the district's time zone."""
    return (
        f'SELECT {_columns(function, {column: label})} FROM "{DEMAND}" WHERE {where} AND $timeFilter '
        "GROUP BY time(1d) fill(none) tz('$tz')"
    )


def doubtful_blocks(where: str, label: str) -> str:
    """How many blocks of each scope are not plain measurements: estimated, insufficient or suspect."""
    return (
        f'SELECT {_columns("count", {"revision": label})} FROM "{DEMAND}" WHERE {where} '
        f'AND "{QUALITY}" <> \'{OK}\' AND $timeFilter GROUP BY "{ID}"'
    )


def readings(columns: Mapping[str, str], *, function: str = "mean") -> str:
    """Readings of the chosen meter over time."""
    return (
        f'SELECT {_columns(function, columns)} FROM "{READING}" WHERE "{READING_TAG}" = \'$meter\' '
        "AND $timeFilter GROUP BY time($__interval) fill(null)"
    )


def doubtful_readings(label: str) -> str:
    """Readings of the chosen meter whose quality is not ok, a step at a time."""
    return (
        f'SELECT {_columns("count", {"power_kw": label})} FROM "{READING}" WHERE "{READING_TAG}" = \'$meter\' '
        f"AND \"{QUALITY}\" <> '{OK}' AND $timeFilter GROUP BY time($__interval) fill(0)"
    )


def quality_days(where: str, columns: Mapping[str, str]) -> str:
    """Data-quality indicators as judged, a point a day."""
    return (
        f'SELECT {_columns("last", columns)} FROM "{QUALITY_DAY}" WHERE {where} AND $timeFilter '
        "GROUP BY time(1d) fill(none) tz('$tz')"
    )


def newest_row(series: str, where: str, columns: Mapping[str, str], *, by: str = "") -> str:
    """The newest row in the range that knows the first column, of one scope or (``by``) of each, with its instant.

    One selector with plain fields beside it: several would each come from a row of their own, at the range's start.
    """
    (first, label), *others = columns.items()
    plain = "".join(f', {_field(name)} AS "{beside}"' for name, beside in others)
    group = f' GROUP BY "{by}"' if by else ""
    chosen = _columns("last", {first: label})
    return f'SELECT {chosen}{plain} FROM "{series}" WHERE {where} AND $timeFilter{group}'


def load_days(where: str, columns: Mapping[str, str]) -> str:
    """Figures of the days as they were rolled up, a point a day."""
    return _of_days(where, _columns("last", columns))


def load_factor(where: str, label: str) -> str:
    """Mean over maximum of each day (日负荷率)."""
    return _of_days(where, f'last({_field("mean_kw")}) / last({_field("maximum_kw")}) AS "{label}"')


def peak_valley_ratio(where: str, label: str) -> str:
    """(Maximum - minimum) / maximum of each day (峰谷差率)."""
    return _of_days(where, f'1 - last({_field("minimum_kw")}) / last({_field("maximum_kw")}) AS "{label}"')


def _of_days(where: str, columns: str) -> str:
    return f"SELECT {columns} FROM \"{LOAD_DAY}\" WHERE {where} AND $timeFilter GROUP BY time(1d) fill(none) tz('$tz')"


def series_curve(series: str, where: str, columns: Mapping[str, str], *, function: str = "max") -> str:
    """A series of blocks or hours over time."""
    return (
        f'SELECT {_columns(function, columns)} FROM "{series}" WHERE {where} AND $timeFilter '
        "GROUP BY time($__interval) fill(null)"
    )


def intensity_months(where: str, columns: Mapping[str, str], *, by: str = "") -> str:
    """Figures of intensity, a point a month at its first day."""
    group = f', "{by}"' if by else ""
    return (
        f'SELECT {_columns("last", columns)} FROM "{INTENSITY_MONTH}" WHERE {where} AND $timeFilter '
        f"GROUP BY time(1d){group} fill(null) tz('$tz')"
    )


def ids_of(kind: ScopeKind, series: str = DEMAND) -> str:
    """Values of a dashboard variable: every scope of a kind that the series has rows of."""
    return f'SHOW TAG VALUES FROM "{series}" WITH KEY = "{ID}" WHERE {of_scope(kind)}'


def meters() -> str:
    return f'SHOW TAG VALUES FROM "{READING}" WITH KEY = "{READING_TAG}"'
