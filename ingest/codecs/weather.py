"""The weather payload: a measurement, or a forecast with the instant it was issued.

``{"ts": ..., "temp_c": ..., "humidity": ...}``, a list of these, or
``{"issued_at": ..., "forecast": [{"ts": ..., "temp_c": ..., "humidity": ...}, ...]}``.
"""

from __future__ import annotations

import math
import re

import msgspec

from domain.errors import Invalid
from domain.weather import WeatherRows
from ingest.codecs.columns import DecodeError
from ingest.codecs.timestamps import parse_ts


class _Value(msgspec.Struct, gc=False):
    ts: str | int | float
    temp_c: float
    humidity: float | None = None


class _Forecast(msgspec.Struct, gc=False):
    issued_at: str | int | float
    forecast: list[_Value]


_value = msgspec.json.Decoder(_Value)
_values = msgspec.json.Decoder(list[_Value])
_forecast = msgspec.json.Decoder(_Forecast)
_LIST = re.compile(rb"\s*\[")


def decode_weather(payload: bytes, *, source: str = "mqtt") -> WeatherRows:
    """The rows of one message, or DecodeError."""
    try:
        if _LIST.match(payload):
            values, issued_ms = _values.decode(payload), None
        elif b'"forecast"' in payload:
            told = _forecast.decode(payload)
            values, issued_ms = told.forecast, parse_ts(told.issued_at)
        else:
            values, issued_ms = [_value.decode(payload)], None
    except msgspec.ValidationError as error:
        raise DecodeError("wrong_type", str(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise DecodeError("malformed_json", str(error)) from None
    if not values:
        raise DecodeError("empty", "the message holds no weather")
    rows = []
    for value in values:
        valid_ms = parse_ts(value.ts)
        if not math.isfinite(value.temp_c):
            raise DecodeError("not_finite", "temp_c is not a finite number")
        rows.append((valid_ms if issued_ms is None else issued_ms, valid_ms, value.temp_c, value.humidity))
    try:
        return WeatherRows.of(rows, source)
    except Invalid as error:
        raise DecodeError("implausible", str(error)) from None
