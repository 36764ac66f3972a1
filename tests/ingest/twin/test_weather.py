"""Seasons, hot spells and the sun."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

import numpy as np

from domain.instants import day_span, days_span
from ingest.twin.weather import HOT_DAY_MAXIMUM_C, Weather, local_ms

ZONE = ZoneInfo("Asia/Shanghai")


def test_summers_are_hot_and_winters_cold_in_every_year() -> None:
    weather = Weather(9, ZONE)
    for year in (2016, 2026, 2027):
        july = weather.temperature_c(days_span(date(year, 7, 10), date(year, 7, 30), ZONE).grid_ms(3600))
        january = weather.temperature_c(days_span(date(year, 1, 5), date(year, 1, 25), ZONE).grid_ms(3600))
        assert 25 < july.mean() < 33
        assert 1 < january.mean() < 10


def test_a_hot_spell_lifts_its_days_only() -> None:
    hot = date(2026, 7, 22)
    plain, spell = Weather(9, ZONE), Weather(9, ZONE, frozenset({hot}))
    inside = day_span(hot, ZONE).grid_ms(600)
    assert spell.temperature_c(inside).max() >= HOT_DAY_MAXIMUM_C - 1
    assert np.all(spell.temperature_c(inside) >= plain.temperature_c(inside) - 1e-9)
    far = day_span(date(2026, 7, 25), ZONE).grid_ms(600)
    assert np.array_equal(spell.temperature_c(far), plain.temperature_c(far))


def test_the_sun_rises_after_four_and_stands_highest_about_noon() -> None:
    ts_ms = day_span(date(2026, 6, 21), ZONE).grid_ms(60)
    sun = Weather(9, ZONE).sun_share(ts_ms)
    assert np.all(sun[: 4 * 60] == 0)
    assert np.all(sun[20 * 60 :] == 0)
    assert 0 < sun.max() <= 0.85


def test_the_local_clock_follows_the_zone_through_its_changes() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    ts_ms = day_span(date(2026, 3, 29), berlin).grid_ms(3600)
    hours = (local_ms(ts_ms, berlin) // 3_600_000) % 24
    assert hours.tolist() == [0, 1, *range(3, 24)]
