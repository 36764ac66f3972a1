"""The demo's story unfolds on any day, and its past is what the meters would have said."""

from __future__ import annotations

import json
from datetime import date, time, timedelta

import numpy as np
import pytest

from config.calendar import Calendar
from domain.instants import BLOCK_MS, Span, from_ms, to_ms
from domain.quality import Quality
from domain.readings import ENERGY_IMPORT, POWER, POWER_FACTOR, REACTIVE
from domain.registry import Stamp
from domain.scopes import DISTRICT, MONITORED, ScopeKind, enterprise_scope
from ingest.twin import past
from ingest.twin.history import district_curve_kw
from ingest.twin.story import Story, tell, usual_day
from storage.readings.memory import MemoryStore

CALENDAR = Calendar()


def short_story(day: date) -> Story:
    return tell(day=day, seed=2, n=20, weeks=1)


@pytest.mark.parametrize(
    "day", [date(2026, 7, 22), date(2026, 7, 26), date(2026, 2, 1), date(2026, 10, 11), date(2027, 4, 6)]
)
def test_an_afternoon_and_an_evening_gap_come_on_any_day(day: date) -> None:
    story = short_story(day)
    curve = district_curve_kw(story.district, story.registry, day)
    quota = np.array(next(q.points_kw for q in story.quotas if q.day == day))
    over = curve.reshape(96, 15).mean(axis=1) > quota
    hours = np.flatnonzero(over) / 4
    assert np.any((hours >= 13) & (hours < 16))
    assert np.any((hours >= 18) & (hours < 22))
    assert not np.any((hours >= 16) & (hours < 18)), "the gaps are two, with relief between"
    assert not np.any(hours >= 22)


def test_the_looks_stand_in_order_and_name_both_gaps() -> None:
    story = short_story(date(2026, 7, 22))
    assert [look.at for look in story.looks] == sorted(look.at for look in story.looks)
    texts = " ".join(look.text_en for look in story.looks)
    assert "afternoon gap" in texts
    assert "evening gap" in texts
    assert all(story.start <= look.at < story.end for look in story.looks)
    local = story.start.astimezone(story.district.zone)
    assert local.time() == time(13, 0)


def test_the_past_goes_into_a_store_whole_and_agrees_with_the_twin() -> None:
    story = short_story(date(2026, 7, 22))
    store = MemoryStore()
    rows = 0
    for batch in story.history():
        assert np.all(batch.quality == Quality.OK)
        outcome = store.write(batch)
        assert not outcome.rejected
        assert outcome.repeats == 0
        rows += outcome.accepted
    for twin in story.district.meters:
        days, step = 7, max(900, twin.meter.interval_s)
        expected = days * 86_400 // step + 13 * 3600 // twin.meter.interval_s
        span = _span(story)
        mine = store.read([str(twin.meter.id)], span)
        assert len(mine) == expected
    assert rows == sum(len(store.read([m], _span(story))) for m in story.district.ids)


def _span(story: Story) -> Span:
    return Span(story.history_from, story.start)


def test_the_past_and_the_live_stream_say_the_same() -> None:
    """A reading kept in the past equals, to its last digit, the one sent live."""
    story = short_story(date(2026, 7, 22))
    quiet = type(story.stream("gaoxin"))(story.district, "gaoxin")
    last = list(story.history())[-1]
    end_ms = int(story.start.timestamp() * 1000)
    sent = {}
    for message in quiet.minute(end_ms):
        if message.readings == 1 and "enterprise" in message.topic:
            sent[message.topic.split("/")[5]] = json.loads(message.payload)
    for twin in story.district.meters:
        said = sent.get(str(twin.meter.id))
        if said is None or not twin.meter.primary_values:
            continue
        mine = np.flatnonzero((last.meter == twin.meter.id) & (last.ts_ms == end_ms - twin.meter.interval_s * 1000))
        assert len(mine) == 1
        assert last.values[mine[0], POWER] == said["p_kw"]
        assert last.values[mine[0], ENERGY_IMPORT] == said["e_imp_kwh"]
        if twin.power_factor is not None:
            assert last.values[mine[0], REACTIVE] == pytest.approx(said["q_kvar"], abs=0.002)
            assert last.values[mine[0], POWER_FACTOR] == said["pf"]
        assert twin.meter.stamp in (Stamp.START, Stamp.END)


def test_the_demand_rows_are_the_readings_summed() -> None:
    story = short_story(date(2026, 7, 22))
    rows = next(story.demand(meters=False))
    view = story.registry.view(story.history_from.astimezone(story.district.zone).date())
    for scope in (DISTRICT, MONITORED):
        mine = np.array([s == scope for s in rows.scope])
        start = from_ms(int(rows.ts_ms[mine][0]))
        assert start == story.history_from
        assert np.all(np.diff(rows.ts_ms[mine]) == BLOCK_MS)
        first = sum(
            sign
            * story.district.minutes_kw(int(start.timestamp() * 1000), int(start.timestamp() * 1000) + BLOCK_MS)[
                story.district.place(m)
            ].mean()
            for m, sign in view.members(scope)
        )
        assert rows.demand_kw[mine][0] == pytest.approx(first)


def test_one_plant_exceeds_what_its_reduction_left_it() -> None:
    story = short_story(date(2026, 7, 22))
    before, after = story.registry.view(story.day - timedelta(days=1)), story.registry.view(story.day)
    changed = [a for a in after.accounts if after.accounts[a] != before.accounts[a]]
    assert len(changed) == 1
    account = after.accounts[changed[0]]
    twin = next(m for m in story.district.meters if m.meter.account == account.id and m.power_factor)
    begin = int(story.start.timestamp() * 1000)
    kw = story.district.minutes_kw(begin, begin + 3 * 3_600_000)[story.district.place(str(twin.meter.id))]
    assert account.running_capacity_kva is not None
    assert twin.power_factor is not None
    assert kw.reshape(-1, 15).mean(axis=1).max() / twin.power_factor > account.running_capacity_kva


def test_the_day_shown_is_a_working_day() -> None:
    for today in (date(2026, 11, 24), date(2026, 3, 1), date(2026, 7, 19), date(2027, 8, 3), date(2026, 6, 30)):
        chosen = usual_day(today, CALENDAR)
        assert CALENDAR.works(chosen)
        assert chosen <= today
        assert 6 <= chosen.month <= 9


def test_the_year_before_grows_into_the_history() -> None:
    """The latest day first, the sum of the enterprises in it; a plant that took a step drew less before it."""
    story = short_story(date(2026, 7, 22))
    end = from_ms(to_ms(story.history_from)).astimezone(story.district.zone).date()
    step = past.steps_of(story.district, end)[0]
    scope = enterprise_scope(step.enterprise)
    fortnight = timedelta(days=14)
    around = {step.day - fortnight, step.day + fortnight, end - timedelta(days=1)}
    mean_kw: dict[date, float] = {}
    for rows in story.past():
        day = from_ms(int(rows.ts_ms[0])).astimezone(story.district.zone).date()
        if day not in around:
            continue
        kw = {each: rows.demand_kw[[s == each for s in rows.scope]] for each in set(rows.scope)}
        parts = [values for each, values in kw.items() if each.kind is ScopeKind.ENTERPRISE]
        np.testing.assert_allclose(kw[MONITORED], np.sum(parts, axis=0))
        assert np.all(kw[DISTRICT] > kw[MONITORED] * 0.9)
        mean_kw[day] = float(kw[scope].mean())
        if len(mean_kw) == len(around):
            break
    assert list(mean_kw) == sorted(mean_kw, reverse=True)
    now, then = mean_kw[step.day + fortnight], mean_kw[step.day - fortnight]
    assert then / now == pytest.approx(step.share, rel=0.1)
