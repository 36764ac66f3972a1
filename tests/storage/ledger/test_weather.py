from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from domain.errors import Invalid
from domain.instants import HOUR_MS, Span, to_ms
from domain.weather import WeatherRows
from monitor.weather import WeatherHistory
from storage.ledger.sql import SqlLedger

START = datetime(2026, 7, 20, tzinfo=UTC)
S = to_ms(START)
DAY = Span(START, START + timedelta(hours=6))


def rows(*told: tuple[float, float, float], source: str = "station") -> WeatherRows:
    """(issued hour, valid hour, temperature) since START."""
    return WeatherRows.of([(S + int(i * HOUR_MS), S + int(v * HOUR_MS), t, 50.0) for i, v, t in told], source)


def test_a_repeat_changes_nothing_and_a_correction_replaces(ledger: SqlLedger) -> None:
    for _ in range(2):
        ledger.weather.put(rows((0, 0, 30.0), (1, 1, 31.0)))
    ledger.weather.put(rows((1, 1, 32.0)))
    said = ledger.weather.said(DAY)
    assert said.temperature_c.tolist() == [30.0, 32.0]
    assert said.source == "station"
    assert ledger.audit.entries(subject="weather:station").total == 0


def test_an_import_leaves_its_actor(ledger: SqlLedger) -> None:
    ledger.weather.put(rows((0, 0, 30.0)), actor="wang.li")
    [entry] = ledger.audit.entries(subject="weather:station").items
    assert (entry.actor, entry.after) == ("wang.li", {"rows": 1})


def test_more_rows_than_one_statement_holds(ledger: SqlLedger) -> None:
    many = WeatherRows.of([(S + n * 1000, S + n * 1000, 20.0, None) for n in range(12_000)], "fast")
    assert ledger.weather.put(many) == 12_000
    said = ledger.weather.said(Span(START, START + timedelta(hours=4)))
    assert len(said) == 12_000
    assert np.isnan(said.humidity_percent).all()


def test_known_is_measured_and_its_gaps_are_said(ledger: SqlLedger) -> None:
    ledger.weather.put(rows((0, 0, 30.0), (0.5, 0.5, 32.0), (-6, 1, 99 / 3), (3, 3, 35.0)))
    known = WeatherHistory(ledger.weather).known(DAY)
    assert known.temperature_c[[0, 3]].tolist() == [31.0, 35.0]
    assert np.isnan(known.temperature_c[[1, 2, 4, 5]]).all()
    assert [(gap.start.hour, gap.end.hour) for gap in known.gaps] == [(1, 3), (4, 6)]
    assert known.coverage == pytest.approx(2 / 6)


def test_as_known_at_reads_nothing_said_later(ledger: SqlLedger) -> None:
    """At 02:00 the hours before are measured and those after come from the newest issue by then."""
    ledger.weather.put(rows((0, 0, 30.0), (1, 1, 31.0), (-6, 3, 40.0), (1.5, 3, 36.0), (-6, 4, 41.0)))
    before = WeatherHistory(ledger.weather).as_known_at(START + timedelta(hours=2), DAY)
    ledger.weather.put(rows((3, 3, 55.0), (2.5, 4, 55.0), (2.5, 2, 55.0)))
    after = WeatherHistory(ledger.weather).as_known_at(START + timedelta(hours=2), DAY)
    assert after.temperature_c.tobytes() == before.temperature_c.tobytes()
    assert after.temperature_c[[0, 1, 3, 4]].tolist() == [30.0, 31.0, 36.0, 41.0]
    assert after.forecast.tolist() == [False, False, False, True, True, False]
    assert after.issued_ms[3] == S + 1.5 * HOUR_MS


@pytest.mark.parametrize(("temperature", "humidity"), [(305.0, 50.0), (float("nan"), 50.0), (30.0, 101.0)])
def test_absurd_weather_is_refused(temperature: float, humidity: float) -> None:
    with pytest.raises(Invalid, match="plausible"):
        WeatherRows.of([(S, S, temperature, humidity)], "station")
