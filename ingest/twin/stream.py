"""What the district's meters say on MQTT, minute by minute, misbehaviour included. Pure; nothing is sent here."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from domain.instants import HOUR_MS, MINUTE_MS, from_ms
from domain.registry import Stamp
from ingest.topics import base, gateway_topic, reading_topic
from ingest.twin.census import TwinMeter
from ingest.twin.district import District
from ingest.twin.misbehaviour import Fault, FaultKind, Misbehaviour
from ingest.twin.noise import uniform

#: A late message of a disordered meter is late by at most so many of its intervals.
_LATEST = 3
#: The forecast of the weather reaches so far.
FORECAST_HOURS = 72
_DISORDER = 51


@dataclass(frozen=True, slots=True)
class Message:
    topic: str
    payload: bytes
    readings: int


class MeterStream:
    """district_id : as in the topics; misbehaviour : None for a district of good meters."""

    def __init__(self, district: District, district_id: str, misbehaviour: Misbehaviour | None = None) -> None:
        self._district, self._id = district, district_id
        self._misbehaviour = misbehaviour
        # The readings of one minute share few stamps, and each asks about its own.
        self._active = lru_cache(maxsize=64)(self._find_active)

    def minute(self, end_ms: int) -> list[Message]:
        """Messages sent at ``end_ms``, a whole minute: of each meter whose interval ends then, and what was held up."""
        active = self._active(end_ms)
        sent: list[tuple[TwinMeter, dict[str, Any]]] = []
        for row, twin in enumerate(self._district.meters):
            for interval_end in self._due(row, twin, end_ms, active.get(str(twin.meter.id), {})):
                sent.append((twin, self._reading(row, twin, interval_end)))
                if FaultKind.DUPLICATE in active.get(str(twin.meter.id), {}):
                    sent.append(sent[-1])
        messages = list(self._messages(sent))
        if end_ms % (10 * MINUTE_MS) == 0:
            messages.append(self._weather(end_ms))
        if end_ms % HOUR_MS == 0:
            messages.append(self._forecast(end_ms))
        return messages

    def _find_active(self, end_ms: int) -> dict[str, dict[FaultKind, Fault]]:
        """Faults that matter to messages sent at ``end_ms``, the ones just over included (a backlog comes then)."""
        if self._misbehaviour is None:
            return {}
        found: dict[str, dict[FaultKind, Fault]] = defaultdict(dict)
        for fault in self._misbehaviour.faults(end_ms - MINUTE_MS, end_ms + MINUTE_MS):
            found[fault.meter][fault.kind] = fault
        return found

    def _due(self, row: int, twin: TwinMeter, end_ms: int, faults: dict[FaultKind, Fault]) -> list[int]:
        """Ends of the intervals whose readings leave the meter at ``end_ms``, in the order they leave."""
        step = twin.meter.interval_s * 1000
        offline = faults.get(FaultKind.OFFLINE)
        if offline is not None and offline.holds(end_ms):
            return []
        backlog = faults.get(FaultKind.BACKLOG)
        if backlog is not None and backlog.holds(end_ms):
            return []
        if backlog is not None and backlog.end_ms == end_ms:
            first = -(-backlog.start_ms // step) * step
            return list(range(first, end_ms + 1, step))
        if end_ms % step:
            return []
        if FaultKind.OUT_OF_ORDER not in faults:
            return [end_ms]
        ends = np.array([end_ms - k * step for k in range(_LATEST + 1)], dtype=np.int64)
        late = (uniform(self._district.seed + _DISORDER, row, ends // MINUTE_MS) * (_LATEST + 1)).astype(np.int64)
        return [int(end) for k, end in enumerate(ends) if late[k] == k]

    def _reading(self, row: int, twin: TwinMeter, interval_end: int) -> dict[str, Any]:
        meter = twin.meter
        start = interval_end - meter.interval_s * 1000
        stamp = interval_end if meter.stamp is Stamp.END else start
        faults = self._active(interval_end).get(str(meter.id), {})
        frozen = faults.get(FaultKind.FROZEN)
        measured_from = start
        if frozen is not None and frozen.holds(start):
            measured_from = frozen.start_ms - frozen.start_ms % (meter.interval_s * 1000)
        kw = float(self._district.minutes_kw(measured_from, measured_from + interval_end - start)[row].mean())
        register = self._register(row, twin, stamp)
        factor = 1.0 if meter.primary_values else meter.multiplier
        drift = faults.get(FaultKind.CLOCK_DRIFT)
        reading: dict[str, Any] = {"ts": _stamp(twin, stamp + int(1000 * drift.size) if drift else stamp)}
        reading["p_kw"] = round(kw / factor, 3 if factor == 1 else 5)
        if twin.power_factor is not None:
            reading["q_kvar"] = round(kw * float(np.tan(np.arccos(twin.power_factor))) / factor, 3)
            reading["pf"] = round(twin.power_factor, 3)
        reading["e_imp_kwh"] = round(register, 2)
        if factor != 1:
            reading["mult_applied"] = False
        return reading

    def _register(self, row: int, twin: TwinMeter, stamp: int) -> float:
        """The import register as the meter shows it [kWh, before its multiplier if it shows secondary values]."""
        factor = 1.0 if twin.meter.primary_values else twin.meter.multiplier
        shown = self._district.register_kwh(row, stamp)
        faults = self._active(stamp).get(str(twin.meter.id), {})
        for kind in (FaultKind.EXCHANGED, FaultKind.ROLLOVER):
            fault = faults.get(kind)
            if fault is not None and fault.holds(stamp):
                since = shown - self._district.register_kwh(row, fault.start_ms)
                return (fault.size + since / factor) % twin.meter.register_modulus_kwh
        return shown / factor % twin.meter.register_modulus_kwh

    def _messages(self, sent: list[tuple[TwinMeter, dict[str, Any]]]) -> Iterator[Message]:
        lists: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for twin, reading in sent:
            if twin.meter.gateway is not None:
                lists[twin.meter.gateway].append({"meter": twin.meter.id, **reading})
            elif twin.enterprise is not None:
                topic = reading_topic(self._id, twin.enterprise, twin.meter.id)
                yield Message(topic, json.dumps(reading).encode(), 1)
        for gateway, readings in lists.items():
            yield Message(gateway_topic(self._id, gateway), json.dumps(readings).encode(), len(readings))

    def _weather(self, end_ms: int) -> Message:
        ts_ms = np.array([end_ms], dtype=np.int64)
        report = {
            "ts": from_ms(end_ms).astimezone(self._district.zone).isoformat(),
            "temp_c": round(float(self._district.weather.temperature_c(ts_ms)[0]), 1),
        }
        return Message(f"{base(self._id)}/weather", json.dumps(report).encode(), 0)

    def _forecast(self, end_ms: int) -> Message:
        ts_ms = end_ms + np.arange(1, FORECAST_HOURS + 1, dtype=np.int64) * HOUR_MS
        said = self._district.weather.forecast_c(end_ms, ts_ms).tolist()
        report = {
            "issued_at": end_ms,
            "forecast": [{"ts": ts, "temp_c": round(c, 1)} for ts, c in zip(ts_ms.tolist(), said, strict=True)],
        }
        return Message(f"{base(self._id)}/weather", json.dumps(report).encode(), 0)


def _stamp(twin: TwinMeter, ts_ms: int) -> str | int | float:
    if twin.stamp_style == "ms":
        return ts_ms
    return from_ms(ts_ms).isoformat() if twin.stamp_style == "iso" else ts_ms // 1000
