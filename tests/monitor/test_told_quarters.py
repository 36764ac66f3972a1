"""What hourly meters have told: quarters that are sums of one time, and none of them left out."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.scopes import MONITORED, enterprise_scope
from monitor.live import ScopeLoad
from tests.monitor.district import START, District, main_meter, readings, registry_of

BLOCK = timedelta(minutes=15)
STEP_MIN, HOURS = 5, 4
#: Interval and the minute of the hour at which it begins.
KINDS = ((60, 0), (900, 0), (1800, 0), (3600, 0), (3600, 30), (1200, 0))


def power_kw(meter: int, interval: int) -> float:
    """Different for every meter and interval, so that a wrong one shows."""
    return 100.0 * meter + 7.0 * (interval % 11) + interval % 3


class Fleet:
    """Meters on intervals of their own; each reading comes when its interval is over."""

    def __init__(self, kinds: list[tuple[int, int]]) -> None:
        self.kinds = kinds
        self.silent: set[int] = set()
        meters = [main_meter(n, interval_s=kind[0]) for n, kind in enumerate(kinds, 1)]
        self.district = District(registry_of(meters))

    def load(self) -> ScopeLoad:
        found = self.district.engine.load(MONITORED)
        assert found is not None
        return found

    def pass_step(self, minute: int) -> None:
        """Five minutes, after which everything that ended in them is there and closed."""
        self.district.clock.set(START + timedelta(minutes=minute, seconds=1))
        for number, (interval_s, offset) in enumerate(self.kinds, 1):
            length = interval_s // 60
            for end in range(minute - STEP_MIN + 1, minute + 1):
                if number not in self.silent and (end - offset) % length == 0:
                    begin = START + timedelta(minutes=end - length)
                    kw = power_kw(number, (end - offset) // length)
                    self.district.feed(readings(f"M{number:03d}", begin, [kw], step_s=interval_s))
        self.district.clock.advance(40)
        self.district.engine.tick()

    def truth_kw(self, quarter: datetime) -> float:
        """Sum of the quarter's minutes, from the rule the readings were made by."""
        first = round((quarter - START).total_seconds() / 60)
        minutes = np.arange(first, first + 15)
        total = 0.0
        for number, (interval_s, offset) in enumerate(self.kinds, 1):
            intervals = (minutes - offset) // (interval_s // 60) + 1
            total += float(np.mean([power_kw(number, interval) for interval in intervals.tolist()]))
        return total


@settings(max_examples=12, deadline=None)
@given(st.lists(st.sampled_from(KINDS), min_size=1, max_size=4), st.sampled_from(((3600, 0), (1800, 0), (3600, 30))))
def test_every_quarter_is_told_once_it_can_be_and_is_never_a_mixture(
    others: list[tuple[int, int]], coarse: tuple[int, int]
) -> None:
    fleet = Fleet([*others, coarse])
    told: set[datetime] = set()
    for minute in range(STEP_MIN, HOURS * 60 + 1, STEP_MIN):
        fleet.pass_step(minute)
        load = fleet.load()
        assert minute < 90 or 0 < load.coarse_share <= 1
        for quarter in load.told:
            if quarter.sliding_kw is not None:
                assert quarter.sliding_kw == pytest.approx(fleet.truth_kw(quarter.minute)), quarter.minute
                told.add(quarter.minute)
        starts = [quarter.minute for quarter in load.told]
        assert starts == [*starts[:1], *(before + BLOCK for before in starts[:-1])]
    # The first hour has readings that begin before the fleet was heard; the last may still be awaited.
    wanted = {START + timedelta(hours=1) + n * BLOCK for n in range((HOURS - 2) * 4)}
    assert wanted <= told


def test_the_newest_quarters_follow_the_hour_and_are_held_within_it() -> None:
    fleet = Fleet([(900, 0), (3600, 0)])
    seen = {}
    for minute in range(STEP_MIN, 136, STEP_MIN):
        fleet.pass_step(minute)
        seen[minute] = [round((q.minute - START).total_seconds() / 60) for q in fleet.load().told]
    assert seen[60] == seen[75] == seen[115] == [0, 15, 30, 45]
    assert seen[120] == seen[135] == [60, 75, 90, 105]


def test_a_silent_hourly_meter_holds_nothing_up() -> None:
    fleet = Fleet([(900, 0), (3600, 0), (3600, 0)])
    for minute in range(STEP_MIN, 61, STEP_MIN):
        fleet.pass_step(minute)
    fleet.silent.add(3)
    for minute in range(60 + STEP_MIN, 136, STEP_MIN):
        fleet.pass_step(minute)
    quarters = fleet.load().told
    assert [q.minute for q in quarters] == [START + timedelta(hours=1) + n * BLOCK for n in range(4)]
    assert all(q.sliding_kw is None for q in quarters)
    assert all(q.coverage == pytest.approx(2 / 3) for q in quarters)


def test_a_district_of_short_intervals_has_no_told_quarters() -> None:
    fleet = Fleet([(60, 0), (900, 0)])
    for minute in range(STEP_MIN, 61, STEP_MIN):
        fleet.pass_step(minute)
    assert (fleet.load().coarse_share, fleet.load().told) == (0.0, ())


def test_the_share_is_that_of_the_load() -> None:
    fleet = Fleet([(900, 0), (3600, 0)])
    for minute in range(STEP_MIN, 61, STEP_MIN):
        fleet.pass_step(minute)
    load, own = fleet.load(), fleet.district.engine.load(enterprise_scope("E002"))
    assert own is not None
    assert own.coarse_share == 1.0
    assert load.coarse_share == pytest.approx(own.measured_kw / load.measured_kw)
