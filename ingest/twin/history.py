"""The twin's past, straight into a store: readings as they would have been kept, and the demand made of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

import numpy as np

from domain.arrays import FloatArray, IntArray
from domain.instants import BLOCK_S, HOUR_MS, Span, days_span, to_ms
from domain.readings import ENERGY_IMPORT, POWER, POWER_FACTOR, QUANTITIES, REACTIVE, ReadingBatch
from domain.registry import Registry, RegistryView, Stamp
from domain.scopes import MONITORED, Scope, ScopeKind, meter_scope
from domain.weather import WeatherRows
from ingest.twin.census import TwinMeter
from ingest.twin.district import District
from storage.ports import DemandRows


def readings(district: District, registry: Registry, span: Span) -> Iterator[ReadingBatch]:
    """Every reading whose interval lies in the span, a local day at a time, with the intervals then registered.

    Registers are those a live meter would have sent with the same reading; nothing misbehaves in the past.
    """
    for day, part in _local_days(district, span):
        view = registry.view(day)
        by_interval: dict[int, list[int]] = {}
        for row, ident in enumerate(district.ids):
            by_interval.setdefault(view.meter(ident).interval_s, []).append(row)
        yield ReadingBatch.concat([_batch(district, rows, part, step_s) for step_s, rows in by_interval.items()])


def demand(district: District, registry: Registry, span: Span, *, meters: bool = True) -> Iterator[DemandRows]:
    """Complete 15-minute demand of every scope (and single meter), a local day at a time."""
    for day, part in _local_days(district, span):
        view = registry.view(day)
        scopes = [*view.scopes(), *(meter_scope(m) for m in district.ids if meters)]
        yield demand_rows(district, view, part, scopes)


def demand_rows(district: District, view: RegistryView, span: Span, scopes: Sequence[Scope]) -> DemandRows:
    """Demand of ``scopes`` in the blocks that begin in the span."""
    matrix = district.power_kw(district.ids, span, BLOCK_S)
    return demand_of(district, view, scopes, matrix.ts_ms, matrix.values)


def demand_of(
    district: District, view: RegistryView, scopes: Sequence[Scope], ts_ms: IntArray, power_kw: FloatArray
) -> DemandRows:
    """Complete demand of ``scopes`` out of the power of every meter, shape (meters, blocks) [kW]."""
    blocks = len(ts_ms)
    signs = np.zeros((len(scopes), len(district.ids)))
    for i, scope in enumerate(scopes):
        for meter, sign in view.members(scope):
            signs[i, district.place(meter)] = sign
    demand_kw = (signs @ power_kw).ravel()
    named = np.empty(len(scopes) * blocks, dtype=object)
    named[:] = [scope for scope in scopes for _ in range(blocks)]
    return DemandRows(
        scope=tuple(named),
        ts_ms=np.tile(ts_ms, len(scopes)),
        demand_kw=demand_kw,
        energy_kwh=demand_kw * BLOCK_S / 3600,
        coverage=np.ones(len(demand_kw)),
        estimate_kw=demand_kw,
        estimate_low_kw=demand_kw,
        estimate_high_kw=demand_kw,
        quality=np.full(len(demand_kw), "ok", dtype=object),
        revision=np.ones(len(demand_kw), dtype=np.int64),
    )


def weather(district: District, span: Span) -> WeatherRows:
    """The hours of the span as measured, and the forecast of the next three days issued at 00, 06, 12 and 18 UTC."""
    hours = span.grid_ms(3600)
    rows = _measured(district, hours)
    for issued_ms in hours[hours % (6 * HOUR_MS) == 0].tolist():
        ahead = issued_ms + np.arange(1, 73, dtype=np.int64) * HOUR_MS
        said = district.weather.forecast_c(issued_ms, ahead).tolist()
        rows += [(issued_ms, t, round(c, 1), None) for t, c in zip(ahead.tolist(), said, strict=True)]
    return WeatherRows.of(rows, "twin")


def measured(district: District, span: Span) -> WeatherRows:
    """The hours of the span as measured, without forecasts."""
    return WeatherRows.of(_measured(district, span.grid_ms(3600)), "twin")


def _measured(district: District, hours: IntArray) -> list[tuple[int, int, float, None]]:
    known = district.weather.temperature_c(hours).tolist()
    return [(t, t, round(c, 1), None) for t, c in zip(hours.tolist(), known, strict=True)]


def district_curve_kw(district: District, registry: Registry, day: date) -> FloatArray:
    """Power of the district (its boundary meters) in each minute of a local day [kW]."""
    span = days_span(day, day, district.zone)
    rows = [district.place(m) for m, _ in registry.view(day).members(Scope(ScopeKind.DISTRICT))]
    return np.asarray(district.minutes_kw(span.start_ms, span.end_ms)[rows].sum(axis=0))


def monitored_curve_kw(district: District, registry: Registry, day: date) -> FloatArray:
    """Power of the enterprises together in each minute of a local day [kW]."""
    span = days_span(day, day, district.zone)
    minutes = district.minutes_kw(span.start_ms, span.end_ms)
    members = registry.view(day).members(MONITORED)
    return np.asarray(sum(sign * minutes[district.place(m)] for m, sign in members))


def _local_days(district: District, span: Span) -> Iterator[tuple[date, Span]]:
    day = span.start.astimezone(district.zone).date()
    while True:
        whole = days_span(day, day, district.zone)
        if whole.start >= span.end:
            return
        yield day, Span(max(whole.start, span.start), min(whole.end, span.end))
        day += timedelta(days=1)


def _batch(district: District, rows: Sequence[int], span: Span, step_s: int) -> ReadingBatch:
    ts_ms = span.grid_ms(step_s)
    ts_ms = ts_ms[ts_ms + step_s * 1000 <= to_ms(span.end)]
    count = len(ts_ms)
    if not count:
        return ReadingBatch.of(())
    minutes = district.minutes_kw(int(ts_ms[0]), int(ts_ms[-1]) + step_s * 1000)
    power = minutes.reshape(len(district.ids), count, -1).mean(axis=2)[list(rows)]
    stamps = np.concatenate([ts_ms, ts_ms[-1:] + step_s * 1000])
    registers = district.energy_import_kwh(stamps)[list(rows)]
    values = np.full((len(rows), count, len(QUANTITIES)), np.nan)
    values[:, :, POWER] = np.round(power, 3)
    for place, row in enumerate(rows):
        twin = district.meters[row]
        # A meter that stamps ends shows its register at the end; the codec only moves the stamp.
        later = 1 if twin.meter.stamp is Stamp.END else 0
        values[place, :, ENERGY_IMPORT] = _shown(twin, registers[place, later : later + count])
        if twin.power_factor is not None:
            values[place, :, REACTIVE] = np.round(power[place] * np.tan(np.arccos(twin.power_factor)), 3)
            values[place, :, POWER_FACTOR] = round(twin.power_factor, 3)
    ids = np.array([district.ids[row] for row in rows], dtype=object)
    grid = np.tile(ts_ms, len(rows))
    return ReadingBatch(
        meter=np.repeat(ids, count),
        ts_ms=grid,
        values=values.reshape(-1, len(QUANTITIES)),
        quality=np.zeros(len(grid), dtype=np.int8),
        received_ms=grid + step_s * 1000,
    )


def _shown(twin: TwinMeter, energy_kwh: FloatArray) -> FloatArray:
    """The register with multiplier, in the steps the meter's two decimals allow."""
    factor = 1.0 if twin.meter.primary_values else twin.meter.multiplier
    return np.asarray(np.round(energy_kwh / factor % twin.meter.register_modulus_kwh, 2) * factor)
