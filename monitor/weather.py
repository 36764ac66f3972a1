"""Hourly weather from what was said about each hour: as it is known now, or as it was known at an earlier instant."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np

from domain.arrays import BoolArray, FloatArray, IntArray
from domain.instants import HOUR_MS, Span, from_ms, to_ms
from domain.weather import WeatherRows
from storage.ledger_ports import WeatherLedger


@dataclass(frozen=True, slots=True, eq=False)
class HourlyWeather:
    """ts_ms : shape (h,), starts of the hours of the span; temperature_c, humidity_percent : shape (h,), mean of the
    hour, NaN = nothing said [deg C, %]; forecast : shape (h,), true where only a forecast is known
    issued_ms : shape (h,), when the value was said, 0 where nothing was; gaps : spans without a temperature
    """

    ts_ms: IntArray
    temperature_c: FloatArray
    humidity_percent: FloatArray
    forecast: BoolArray
    issued_ms: IntArray
    gaps: tuple[Span, ...]

    @property
    def coverage(self) -> float:
        """Share of the hours with a temperature, 0...1."""
        return float(np.mean(~np.isnan(self.temperature_c))) if len(self.ts_ms) else 0.0


class WeatherHistory:
    def __init__(self, ledger: WeatherLedger) -> None:
        self._ledger = ledger

    def known(self, span: Span) -> HourlyWeather:
        """What was measured, and where nothing was, nothing: forecasts do not count as known."""
        return _hourly(self._ledger.said(span), span, measured_only=True)

    def as_known_at(self, issue: datetime, span: Span) -> HourlyWeather:
        """What stood at ``issue``: measurements made by then, and for later hours the newest forecast made by then."""
        return _hourly(self._ledger.said(span, by_ms=to_ms(issue)), span, measured_only=False)


def _hourly(rows: WeatherRows, span: Span, *, measured_only: bool) -> HourlyWeather:
    ts_ms = span.grid_ms(3600)
    if len(ts_ms) == 0:
        nothing = np.empty(0)
        return HourlyWeather(ts_ms, nothing, nothing, np.empty(0, dtype=np.bool_), ts_ms, ())
    hour = (rows.valid_ms - ts_ms[0]) // HOUR_MS
    inside = (hour >= 0) & (hour < len(ts_ms))
    measured = rows.issued_ms >= rows.valid_ms
    is_measured = np.zeros(len(ts_ms), dtype=np.bool_)
    is_measured[hour[inside & measured]] = True
    # Of an hour without a measurement, the newest issue that speaks of it counts, all its values together.
    newest = np.zeros(len(ts_ms), dtype=np.int64)
    candidates = inside & (measured if measured_only else measured | ~is_measured[np.clip(hour, 0, len(ts_ms) - 1)])
    np.maximum.at(newest, hour[candidates], rows.issued_ms[candidates])
    place = np.clip(hour, 0, len(ts_ms) - 1)
    used = candidates & (measured | (rows.issued_ms == newest[place]))
    temperature_c = _mean(rows.temperature_c, place, used, len(ts_ms))
    return HourlyWeather(
        ts_ms=ts_ms,
        temperature_c=temperature_c,
        humidity_percent=_mean(rows.humidity_percent, place, used, len(ts_ms)),
        forecast=~is_measured & ~np.isnan(temperature_c),
        issued_ms=newest,
        gaps=_gaps(ts_ms, np.isnan(temperature_c)),
    )


def _mean(values: FloatArray, place: IntArray, used: BoolArray, hours: int) -> FloatArray:
    there = used & ~np.isnan(values)
    count = np.bincount(place[there], minlength=hours)
    total = np.bincount(place[there], weights=values[there], minlength=hours)
    return np.asarray(np.divide(total, count, out=np.full(hours, np.nan), where=count > 0))


def _gaps(ts_ms: IntArray, missing: BoolArray) -> tuple[Span, ...]:
    edges = np.flatnonzero(np.diff(np.concatenate([[False], missing, [False]]).astype(np.int8)))
    return tuple(
        Span(from_ms(int(ts_ms[start])), from_ms(int(ts_ms[stop - 1]) + HOUR_MS))
        for start, stop in zip(edges[::2], edges[1::2], strict=True)
    )
