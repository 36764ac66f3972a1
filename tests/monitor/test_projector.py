"""The projection of the running block: what it learns from, and when it keeps silent."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from domain.arrays import FloatArray
from domain.scopes import MONITORED, enterprise_scope
from monitor.answers import Projection
from tests.monitor.district import START, District, main_meter, readings, registry_of


def rolling(minutes: int, *, seed: int = 1) -> FloatArray:
    """A load that goes up and down by a third, slowly, with a little noise."""
    rng = np.random.default_rng(seed)
    walk = np.sin(np.arange(minutes) / 40.0) * 300.0 + rng.normal(0.0, 5.0, minutes)
    return np.asarray(1000.0 + walk)


def projection_of(district: District) -> Projection | None:
    load = district.engine.load(MONITORED)
    assert load is not None
    return load.projection


def test_a_learnt_model_is_better_and_surer_than_the_default() -> None:
    learnt, default = (District(registry_of([main_meter(1)])) for _ in range(2))
    past = rolling(3 * 1440 + 200)
    begin = START - timedelta(minutes=len(past) - 100)
    for back in range(3, 0, -1):
        first = int(((START - timedelta(days=back)) - timedelta(hours=14) - begin).total_seconds() // 60)
        day = past[max(first, 0) : first + 1440]
        learnt.store.write(readings("M001", begin + timedelta(minutes=max(first, 0)), day))
    for district in (learnt, default):
        district.clock.advance(100 * 60 + 5)
        district.feed(readings("M001", START - timedelta(minutes=60), past[-160:]))
        district.engine.tick()
        district.engine.tick()
    seen, held = projection_of(learnt), projection_of(default)
    assert seen is not None
    assert held is not None
    assert (seen.minutes, held.minutes) == (10, 10)
    assert seen.high_kw - seen.low_kw < held.high_kw - held.low_kw


def test_the_band_narrows_with_the_block_and_closes_on_it() -> None:
    district = District(registry_of([main_meter(1)]))
    district.feed(readings("M001", START - timedelta(minutes=30), [100.0] * 30))
    widths = []
    projection = None
    for minute in range(15):
        district.pass_minutes(1, {"M001": 100.0 + minute})
        projection = projection_of(district)
        assert projection is not None
        assert projection.block_start == START
        assert projection.minutes == minute + 1
        widths.append(projection.high_kw - projection.low_kw)
    assert widths == sorted(widths, reverse=True)
    assert widths[-1] == pytest.approx(0.0)
    assert projection is not None
    assert projection.demand_kw == pytest.approx(107.0)


def test_silence_is_no_basis_for_a_look_ahead() -> None:
    district = District(registry_of([main_meter(1), main_meter(2)]))
    district.pass_minutes(20, {"M001": 100.0, "M002": 100.0})
    assert projection_of(district) is not None
    district.pass_minutes(2, {"M001": 100.0})
    assert projection_of(district) is None
    single = district.engine.load(enterprise_scope("E001"))
    assert single is not None
    assert single.projection is not None


def test_a_meter_on_a_longer_interval_is_held_at_its_last_value() -> None:
    district = District(registry_of([main_meter(1), main_meter(2, interval_s=900)]))
    district.feed(readings("M002", START - timedelta(minutes=15), [50.0], step_s=900))
    district.feed(readings("M001", START - timedelta(minutes=30), [100.0] * 30))
    district.pass_minutes(7, {"M001": 100.0})
    projection = projection_of(district)
    assert projection is not None
    assert projection.minutes == 7
    assert projection.demand_kw == pytest.approx(150.0)
