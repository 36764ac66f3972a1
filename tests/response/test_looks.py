"""Several quarters judged as one: the worst raises, all of them clear."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.alerts import AlertKind, AlertState, Severity
from domain.references import Quota, ReferenceKind
from domain.scopes import MONITORED
from monitor.live import ScopeLoad
from response.alert_state import Observation
from response.looks import Look, bounds_kw, judged_loads, seen
from response.observations import Threshold, observe
from tests.response.desk import Desk

NOON = datetime(2026, 7, 20, 4, 0, tzinfo=UTC)
QUARTER = timedelta(minutes=15)
AT_100 = Threshold(1.0, 0.99, Severity.CRITICAL)


def quarter(start: datetime, kw: float, *, heard: float = 1.0) -> ScopeLoad:
    """A quarter of ``kw``, of which a share was heard; the estimate of the rest lies 5 % too high or too low."""
    whole = heard == 1.0
    return ScopeLoad(MONITORED, start, kw * heard, kw if whole else None, None, heard, kw, 0.95 * kw, 1.05 * kw, None)


def mixed(kw: float, *quarters: float, heard: float = 1.0) -> ScopeLoad:
    told = tuple(quarter(NOON + n * QUARTER, each, heard=heard) for n, each in enumerate(quarters))
    return replace(quarter(NOON + len(told) * QUARTER, kw), coarse_share=0.5, told=told)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.floats(1, 200), st.floats(50, 150)), min_size=1, max_size=8), st.sampled_from([1.0, 0.8]))
def test_the_worst_quarter_raises_and_only_all_of_them_clear(quarters: list[tuple[float, float]], heard: float) -> None:
    looks = []
    for n, (kw, quota_kw) in enumerate(quarters):
        each = quarter(NOON + n * QUARTER, kw, heard=heard)
        looks.append(Look(each, bounds_kw(each), quota_kw))
    found = observe(seen(looks, mixed(0.0)).share, AT_100)
    single = [observe(look.share, AT_100) for look in looks]
    assert (found is Observation.ABOVE) == (Observation.ABOVE in single)
    assert (found is Observation.BELOW) == all(each is Observation.BELOW for each in single)


def test_a_few_percent_of_coarse_meters_leave_the_sliding_demand_judged() -> None:
    load = replace(mixed(100.0, 90.0), coarse_share=0.05)
    assert judged_loads(load, 0.05) == (load,)
    assert judged_loads(replace(load, coarse_share=0.06), 0.05) == load.told


def test_each_quarter_stands_against_its_own_quota_and_the_mixture_raises_nothing(desk: Desk) -> None:
    local = desk.clock.now()
    points = [1000.0] * 96
    first = NOON.astimezone(UTC).hour * 4 + 32  # noon in the district is 04:00 UTC
    points[first + 1] = 800.0
    desk.ledger.references.put_quota(Quota(MONITORED, desk.today, tuple(points), "甬经信〔2026〕1号", "test"))
    desk.reference(ReferenceKind.EXPECTED_MAXIMUM, 1000.0, MONITORED)
    desk.live.by_scope[MONITORED] = mixed(1500.0, 700.0, 780.0, 880.0, 700.0)
    alert = next(a for a in desk.after(5) if a.rule == "load_quota")
    assert desk.clock.now() > local
    assert (alert.severity, alert.value, alert.basis) == (Severity.SERIOUS, 780.0, "quarter_demand")
    assert alert.message_zh == "监测企业合计12:15-12:30时段需量 780.0 kW，达到用电指标 800.0 kW 的 97.5%（阈值95%）"
    assert "demand of 12:15-12:30 780.0 kW" in alert.message_en
    assert not desk.ledger.alerts.list(kind=AlertKind.GAP_LEVEL).items


def test_it_clears_when_every_told_quarter_is_below(desk: Desk) -> None:
    desk.quota(1000.0, MONITORED)
    desk.live.by_scope[MONITORED] = mixed(700.0, 910.0, 700.0)
    desk.after(5)
    desk.live.by_scope[MONITORED] = mixed(700.0, 700.0, 895.0)
    desk.after(40)
    assert [a.state for a in desk.active()] == [AlertState.FIRING]
    desk.live.by_scope[MONITORED] = mixed(1500.0, 700.0, 700.0)
    desk.after(40)
    assert desk.active() == []


def test_nothing_told_yet_is_no_data_and_ends_nothing(desk: Desk) -> None:
    desk.quota(1000.0, MONITORED)
    desk.live.by_scope[MONITORED] = mixed(700.0, 910.0)
    desk.after(5)
    desk.live.by_scope[MONITORED] = mixed(700.0)
    desk.after(60)
    assert [a.state for a in desk.active()] == [AlertState.FIRING]
    assert {s.status.value for s in desk.engine.rule_states() if s.rule == "load_quota"} >= {"no_data"}


def test_the_projection_says_how_much_of_it_is_held(desk: Desk) -> None:
    desk.quota(1000.0, MONITORED)
    desk.draw(900.0, MONITORED, projected=(10, 1010.0))
    load = desk.live.by_scope[MONITORED]
    desk.live.by_scope[MONITORED] = replace(load, coarse_share=0.4, told=mixed(0.0, 700.0).told)
    alert = next(a for a in desk.after(3) if a.rule == "load_quota_projection")
    assert "其中40.0%沿用小时表上一读数" in alert.message_zh
    assert not [a for a in desk.active() if a.rule == "load_quota"]
