"""Power of every part of the district at any minute: shifts, weather, ripple and roofs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

import numpy as np

from config.calendar import Calendar
from domain.arrays import FloatArray, IntArray
from domain.instants import HOUR_MS, MINUTE_MS
from ingest.twin.noise import normal, smooth
from ingest.twin.sectors import EV_EVENING, KINDS, REMAINDER, STORAGE, minute_shapes
from ingest.twin.weather import DAY_MS, EPOCH, Weather, local_ms

COMFORT_C = 24.0
FREEZING_C = 8.0
#: Heat pumps draw less per degree than chillers, and fewer rooms have one.
HEATING_SHARE = 0.35
DESIGN_K = 35.0 - COMFORT_C
DAY_SWING, READING_NOISE = 0.03, 0.002
_DAY, _TEN, _HOUR, _WHITE = 21, 22, 23, 24

_ALL_KINDS = (*KINDS, *REMAINDER)
_WORKS = minute_shapes([kind.works for kind in _ALL_KINDS])
_RESTS = minute_shapes([kind.rests for kind in _ALL_KINDS])
_COOLS = minute_shapes([kind.cools for kind in _ALL_KINDS])
_EV, _STORAGE = minute_shapes([EV_EVENING, STORAGE])


@dataclass(frozen=True, eq=False)
class Parts:
    """The district's consumers as columns, then its roofs, charging yards and batteries.

    kind : shape (n,), index into KINDS + REMAINDER; level_kw, offset_min : shape (n,), size and how much later than
    the usual shape the part lives; roof_kw, ev_kw, battery_kw : shapes (p,), (v,), (b,), rated powers
    """

    kind: IntArray
    level_kw: FloatArray
    offset_min: IntArray
    roof_kw: FloatArray
    ev_kw: FloatArray
    battery_kw: FloatArray

    @property
    def rows(self) -> int:
        return len(self.kind) + len(self.roof_kw) + len(self.ev_kw) + len(self.battery_kw)


class LoadModel:
    """Pure: the same seed, parts and minutes give the same powers, whatever was asked before."""

    def __init__(self, seed: int, parts: Parts, weather: Weather, calendar: Calendar, zone: ZoneInfo) -> None:
        self._seed, self._parts, self._weather = seed, parts, weather
        self._calendar, self._zone = calendar, zone
        kinds = [_ALL_KINDS[k] for k in parts.kind]
        self._base = parts.level_kw * np.array([k.base_share for k in kinds])
        self._per_k = parts.level_kw * np.array([k.cooling_share for k in kinds]) / DESIGN_K
        self._ripple = np.array([k.ripple for k in kinds])[:, None]
        self._rest_level = np.array([k.rest_level for k in kinds])[:, None]

    def under(self, weather: Weather) -> LoadModel:
        """The same district under another sky."""
        return LoadModel(self._seed, self._parts, weather, self._calendar, self._zone)

    def power_kw(self, ts_ms: IntArray) -> FloatArray:
        """Mean power of each part in the minutes starting at ``ts_ms``, shape (rows, t) [kW].

        Consumption, charging and generation are positive, a battery is negative while it discharges.
        """
        local = local_ms(ts_ms, self._zone)
        minute = (local % DAY_MS) // MINUTE_MS
        consumers = self._consumers_kw(ts_ms, local, minute)
        roofs = self._parts.roof_kw[:, None] * self._weather.sun_share(ts_ms)
        yards = self._parts.ev_kw[:, None] * self._yard_share(ts_ms, minute)
        batteries = self._parts.battery_kw[:, None] * _STORAGE[minute]
        return np.concatenate([consumers, roofs, yards, batteries])

    def _consumers_kw(self, ts_ms: IntArray, local: IntArray, minute: IntArray) -> FloatArray:
        parts = self._parts
        rows = np.arange(len(parts.kind), dtype=np.int64)
        place = (minute[None, :] - parts.offset_min[:, None]) % 1440
        works = self._works(local)
        kind = parts.kind[:, None]
        activity = np.where(works, _WORKS[kind, place], _RESTS[kind, place] * self._rest_level)
        cooled = _COOLS[kind, place] * np.where(works, 1.0, np.minimum(self._rest_level, 1.1))
        swing = 1 + DAY_SWING * smooth(self._seed + _DAY, rows, local / DAY_MS)
        ripple = 1 + self._ripple * (
            smooth(self._seed + _TEN, rows, ts_ms / (10 * MINUTE_MS))
            + 0.6 * smooth(self._seed + _HOUR, rows, ts_ms / HOUR_MS)
        )
        productive = parts.level_kw[:, None] * activity * swing * np.maximum(ripple, 0.1)
        total = self._base[:, None] + productive + self._per_k[:, None] * self._degrees(ts_ms) * cooled
        white = normal(self._seed + _WHITE, rows[:, None], (ts_ms // MINUTE_MS)[None, :])
        return np.asarray(total * (1 + READING_NOISE * white))

    def _degrees(self, ts_ms: IntArray) -> FloatArray:
        """Degrees that cooling (and, at a share, heating) works against: walls lag an hour, and remember yesterday."""
        felt = 0.7 * self._weather.temperature_c(ts_ms - HOUR_MS) + 0.3 * self._weather.temperature_c(ts_ms - DAY_MS)
        return np.maximum(felt - COMFORT_C, 0) + HEATING_SHARE * np.maximum(FREEZING_C - felt, 0)

    def _works(self, local: IntArray) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        days, place = np.unique(local // DAY_MS, return_inverse=True)
        flags = np.array([self._calendar.works(EPOCH + timedelta(days=int(day))) for day in days])
        return np.asarray(flags[place], dtype=np.bool_)

    def _yard_share(self, ts_ms: IntArray, minute: IntArray) -> FloatArray:
        rows = np.arange(len(self._parts.ev_kw), dtype=np.int64) + len(self._parts.kind)
        return np.asarray(
            np.clip(_EV[minute] * (1 + 0.2 * smooth(self._seed + _TEN, rows, ts_ms / (10 * MINUTE_MS))), 0, 1)
        )
