"""Line protocol. Arrow formats whole columns: the shortest text that reads back as the same number, NaN left out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from domain.arrays import FloatArray
from domain.quality import Quality
from domain.readings import QUANTITIES, ReadingBatch
from domain.scopes import Scope
from domain.vee import VeeBatch
from storage.ports import DayRows, DemandRows
from storage.readings.demand_rows import MEASURES, measures_of
from storage.schema import (
    DEMAND,
    QUALITY,
    READING,
    READING_TAG,
    RECEIVED,
    REVISION,
    VEE,
    VEE_NUMBERS,
    VEE_TAG,
    VEE_TEXTS,
)

_QUALITY_FIELDS = np.array([f'{QUALITY}="{quality.text}"' for quality in Quality], dtype=object)
_TAG_ESCAPES = str.maketrans({",": r"\,", "=": r"\=", " ": r"\ "})
_FIELD_ESCAPES = str.maketrans({'"': r"\"", "\\": r"\\"})


def escape_tag(text: str) -> str:
    return text.translate(_TAG_ESCAPES)


def reading_lines(rows: ReadingBatch) -> list[str]:
    """One line per row, instants in milliseconds."""
    head = {meter: f"{READING},{READING_TAG}={escape_tag(meter)}" for meter in set(rows.meter)}
    fields = [_field(name, rows.values[:, k]) for k, name in enumerate(QUANTITIES)]
    fields.append(pa.array(_QUALITY_FIELDS[rows.quality], type=pa.string()))
    fields.append(_field(RECEIVED, rows.received_ms))
    return _lines([head[meter] for meter in rows.meter], fields, rows.ts_ms)


def demand_lines(rows: DemandRows) -> list[str]:
    """The district has no id, and line protocol no empty tags: the tag is left out and reads back as empty."""
    heads = _scope_heads(DEMAND, rows.scope)
    fields = [_field(name, values) for name, values in zip(MEASURES, measures_of(rows), strict=True)]
    texts = [f'quality="{str(text).translate(_FIELD_ESCAPES)}"' for text in rows.quality]
    fields.append(pa.array(texts, type=pa.string()))
    fields.append(_field("revision", rows.revision))
    return _lines(heads, fields, rows.ts_ms)


def day_lines(rows: DayRows, fields: Sequence[str]) -> list[str]:
    columns = [_field(name, rows.values[:, k]) for k, name in enumerate(fields)]
    columns.append(_field(REVISION, rows.revision))
    return _lines(_scope_heads(rows.series, rows.scope), columns, rows.ts_ms)


def _scope_heads(measurement: str, scopes: Sequence[Scope]) -> list[str]:
    return [
        f"{measurement},scope={scope.kind.value}" + (f",id={escape_tag(scope.id)}" if scope.id else "")
        for scope in scopes
    ]


def vee_lines(rows: VeeBatch) -> list[str]:
    """One point per revision, instants in nanoseconds: a later revision stands beside the one before it."""
    heads = [f"{VEE},{VEE_TAG}={escape_tag(meter)}" for meter in rows.meter]
    fields = [_field(name, getattr(rows, name)) for name in VEE_NUMBERS]
    for name in VEE_TEXTS:
        texts = [f'{name}="{str(text).translate(_FIELD_ESCAPES)}"' for text in getattr(rows, name)]
        fields.append(pa.array(texts, type=pa.string()))
    return _lines(heads, fields, rows.ts_ms * 1_000_000 + rows.revision)


def _field(name: str, values: FloatArray | Any) -> Any:
    column = pa.array(np.ascontiguousarray(values), from_pandas=True)
    if column.null_count == len(column):
        return pa.nulls(len(column), pa.string())
    return pc.binary_join_element_wise(f"{name}=", pc.cast(column, pa.string()), "")


def _lines(heads: list[str], fields: list[Any], ts_ms: Any) -> list[str]:
    joined = pc.binary_join_element_wise(*fields, ",", null_handling="skip")
    stamps = pc.cast(pa.array(ts_ms), pa.string())
    lines: list[str] = pc.binary_join_element_wise(pa.array(heads, type=pa.string()), joined, stamps, " ").to_pylist()
    return lines
