"""Ningbo's weather, invented from its seasons: temperature, cloud and sun at any minute of any year."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from domain.arrays import FloatArray, IntArray
from domain.instants import HOUR_MS, MINUTE_MS, from_ms
from ingest.twin.noise import smooth

DAY_MS = 24 * HOUR_MS
EPOCH = date(1970, 1, 1)
LATITUDE_DEG, LONGITUDE_DEG = 29.9, 121.6

#: Normal mean temperature of each month's middle [deg C]; general knowledge of the Ningbo plain.
_MONTH_MEAN_C = np.array([5.5, 7.0, 11.0, 16.5, 21.5, 25.0, 29.0, 28.5, 24.5, 19.5, 14.0, 8.0])
#: Half the difference between a day's highest and lowest temperature [K].
_HALF_RANGE_K = 4.2
#: What the highest temperature of a hot-spell day is lifted to [deg C].
HOT_DAY_MAXIMUM_C = 38.5
_TEMPERATURE, _CLOUD, _DRIFT, _FORECAST = 11, 12, 13, 14


def day_number(day: date) -> int:
    return (day - EPOCH).days


@dataclass(frozen=True)
class Weather:
    """hot : days of a hot spell, clear and at least HOT_DAY_MAXIMUM_C at their warmest."""

    seed: int
    zone: ZoneInfo
    hot: frozenset[date] = field(default=frozenset())

    def temperature_c(self, ts_ms: IntArray) -> FloatArray:
        """Dry-bulb temperature at each instant, shape (t,) [deg C]."""
        local = local_ms(ts_ms, self.zone)
        days = local / DAY_MS
        hour = (local % DAY_MS) / HOUR_MS
        # Warmest about 14:30, coldest about an hour before sunrise; a cosine with its top shifted is close enough.
        swing = np.cos((hour - 14.5) / 24 * 2 * np.pi)
        cloud = self._lattice(_CLOUD, days - 0.5)
        anomaly = 2.2 * self._lattice(_TEMPERATURE, (days - 0.5) / 4)
        small = 0.4 * self._lattice(_DRIFT, days * 24)
        plain = self._normal_c(days) + anomaly + small + _HALF_RANGE_K * swing * (1 - 0.25 * np.clip(cloud, -1, 1))
        spell = HOT_DAY_MAXIMUM_C - _HALF_RANGE_K - 0.4 + small + (_HALF_RANGE_K + 0.4) * swing
        share = self._spell_share(days)
        return np.asarray(plain * (1 - share) + np.maximum(plain, spell) * share)

    def forecast_c(self, issued_ms: int, ts_ms: IntArray) -> FloatArray:
        """What a forecast service of usual skill says at ``issued_ms`` of later instants, shape (t,) [deg C].

        The error's standard deviation grows from 0.5 K at once to 2 K after three days and changes over half days."""
        lead_h = (ts_ms - issued_ms) / HOUR_MS
        spread_k = np.minimum(0.5 + 0.02 * lead_h, 2.0)
        issue = np.array([issued_ms // HOUR_MS])
        error = smooth(self.seed + _FORECAST, issue, np.asarray(lead_h / 12))[0] * np.sqrt(1.5)
        return np.asarray(self.temperature_c(ts_ms) + spread_k * error)

    def sun_share(self, ts_ms: IntArray) -> FloatArray:
        """Output of a roof of panels as a share of its rated power, shape (t,): sun's height times clearness."""
        local = local_ms(ts_ms, self.zone)
        days = local / DAY_MS
        clear = 0.72 - 0.22 * self._lattice(_CLOUD, days - 0.5) - 0.06 * self._lattice(_CLOUD, days * 48)
        clear = np.clip(np.where(self._spell_share(days) > 0.5, 0.9 + (clear - 0.72) * 0.2, clear), 0.08, 1.0)
        return np.asarray(0.85 * clear * _sun_height(ts_ms))

    def _lattice(self, kind: int, at: FloatArray) -> FloatArray:
        return np.asarray(smooth(self.seed, np.array([kind]), at)[0], dtype=np.float64)

    def _normal_c(self, days: FloatArray) -> FloatArray:
        # 365.2425 days a year; month middles stand half a month apart from month starts.
        month = (days / 365.2425 * 12 - 0.5) % 12
        left = np.floor(month).astype(np.int64)
        share = month - left
        return np.asarray(_MONTH_MEAN_C[left % 12] * (1 - share) + _MONTH_MEAN_C[(left + 1) % 12] * share)

    def _spell_share(self, days: FloatArray) -> FloatArray:
        """1 on hot days, 0 elsewhere, straight over the six hours before a spell begins and after it ends."""
        share = np.zeros_like(days)
        for day in self.hot:
            middle = day_number(day) + 0.5
            share = np.maximum(share, np.clip((0.75 - np.abs(days - middle)) / 0.25, 0, 1))
        return share


def local_ms(ts_ms: IntArray, zone: ZoneInfo) -> IntArray:
    """Clock time of the zone as milliseconds since 1970-01-01 00:00 on that clock, shape as ``ts_ms``."""
    quarter = ts_ms // (15 * MINUTE_MS)
    starts, place = np.unique(quarter, return_inverse=True)
    # Clocks change at a quarter of an hour everywhere, so one look-up per quarter is exact.
    offsets = [from_ms(int(s) * 15 * MINUTE_MS).astimezone(zone).utcoffset() or timedelta() for s in starts]
    shift = np.array([int(o.total_seconds()) * 1000 for o in offsets], dtype=np.int64)
    return np.asarray(ts_ms + shift[place], dtype=np.int64)


def _sun_height(ts_ms: IntArray) -> FloatArray:
    """Sine of the sun's elevation, 0 at night: declination by Cooper's formula, true solar time by longitude."""
    days = ts_ms / DAY_MS
    declination = np.deg2rad(23.45) * np.sin(2 * np.pi * (days % 365.2425 + 285) / 365.2425)
    hour_angle = np.pi * ((days % 1) * 2 - 1) + np.deg2rad(LONGITUDE_DEG)
    latitude = np.deg2rad(LATITUDE_DEG)
    height = np.sin(latitude) * np.sin(declination) + np.cos(latitude) * np.cos(declination) * np.cos(hour_angle)
    return np.asarray(np.maximum(height, 0.0))
