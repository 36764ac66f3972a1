"""From readings to alerts, as timelines."""

from __future__ import annotations

from collections.abc import Callable

from domain.alerts import AlertState, Severity
from tests.scenarios.timeline import Scenario

New = Callable[[int], Scenario]


def test_load_over_quota_fires_in_its_window_and_ends_once(scenario: New) -> None:
    s = scenario(2)
    s.at("00:00").quota(100)
    s.at("00:00").meters("m1", "m2").draw(kw=40)
    s.at("00:30").meter("m1").draws(kw=65)  # 105 kW; the sliding demand passes 100 in the twelfth minute
    s.at("01:00").meter("m1").draws(kw=20)
    s.between("00:00", "00:30").expect_nothing("load_quota")
    s.between("00:38", "00:42").expect_alert("load_quota", Severity.SERIOUS)
    s.between("00:43", "00:46").expect_alert("load_quota", Severity.CRITICAL)
    s.between("01:30", "01:50").expect_resolved("load_quota")
    s.run(until="01:55")


def test_a_noisy_crossing_fires_once_and_clears_once(scenario: New) -> None:
    s = scenario(1)
    s.at("00:00").quota(100)
    s.at("00:00").meter("m1").draws(kw=90.2, noise_kw=6)
    s.at("02:00").meter("m1").draws(kw=70, noise_kw=6)
    s.between("00:00", "02:05").expect_alert("load_quota", Severity.WARNING)
    s.between("00:00", "02:05").expect_resolved("load_quota", times=0)
    s.between("02:05", "02:50").expect_resolved("load_quota")
    s.run(until="02:50")


def test_a_single_minute_of_inrush_is_no_alert(scenario: New) -> None:
    s = scenario(1)
    s.at("00:00").quota(100)
    s.at("00:00").meter("m1").draws(kw=70)
    s.at("00:30").meter("m1").draws(kw=200)  # instantaneous 200 %, sliding demand 79 %
    s.at("00:31").meter("m1").draws(kw=70)
    s.between("00:00", "01:00").expect_nothing("load_quota")
    s.run(until="01:00")


def test_thirty_percent_silent_is_one_alert(scenario: New) -> None:
    s = scenario(10)
    s.at("00:00").all_meters().draw(kw=10)
    s.at("00:20").meters("m1", "m2", "m3").stop()
    s.at("00:40").meters("m1", "m2", "m3").draw(kw=10)
    s.between("00:22", "00:30").expect_alert("meter_silent", Severity.SERIOUS)
    s.between("00:48", "00:55").expect_resolved("meter_silent")
    s.run(until="00:58")
    assert len({t.alert.id for t in s.told}) == 1


def test_all_meters_stop_and_the_clock_runs_on(scenario: New) -> None:
    s = scenario(10)
    s.at("00:00").quota(105)
    s.at("00:00").all_meters().draw(kw=10)
    s.at("00:30").all_meters().stop()
    s.between("00:00", "00:30").expect_alert("load_quota", Severity.SERIOUS)
    s.between("00:30", "00:45").expect_alert("meter_silent", Severity.CRITICAL)
    s.between("00:00", "01:40").expect_resolved("load_quota", times=0)
    s.run(until="01:40")
    assert {t.alert.rule for t in s.told if t.alert.rule.startswith("meter")} == {"meter_silent"}
    assert len({t.alert.id for t in s.told if t.alert.rule == "meter_silent"}) == 1


def test_silencing_a_fifth_lowers_no_alert(scenario: New) -> None:
    s = scenario(20)
    s.at("00:00").quota(100)
    s.at("00:00").all_meters().draw(kw=5.1)  # 102 %
    s.at("00:30").meters("m1", "m2", "m3", "m4").stop()  # 82 kW are still heard
    s.between("00:00", "00:30").expect_alert("load_quota", Severity.CRITICAL)
    s.between("00:30", "01:30").expect_nothing("load_quota")
    s.between("00:30", "01:30").expect_nothing("gap_level")
    s.run(until="01:30")


def test_a_restart_in_the_middle_changes_nothing(scenario: New) -> None:
    s = scenario(2)
    s.at("00:00").quota(100)
    s.at("00:00").meters("m1", "m2").draw(kw=48)
    s.at("00:25").acknowledges("wang")
    s.at("00:30").the_process_restarts()
    s.at("00:50").meters("m1", "m2").draw(kw=30)
    s.at("01:20").the_process_restarts()  # in the middle of the hold
    s.between("00:00", "00:25").expect_alert("load_quota", Severity.SERIOUS)
    s.between("00:26", "01:30").expect_alert("load_quota", times=0)
    s.between("01:22", "01:27").expect_resolved("load_quota")
    s.run(until="01:30")
    quota = [t.alert for t in s.told if t.alert.rule == "load_quota"]
    assert len({a.id for a in quota}) == 1
    assert quota[-1].acknowledged_by == "wang"
    assert quota[-1].state is AlertState.RESOLVED


def test_without_a_quota_nothing_is_judged_against_one(scenario: New) -> None:
    s = scenario(1)
    s.at("00:00").meter("m1").draws(kw=500)
    s.between("00:00", "00:20").expect_nothing("load_quota")
    s.run(until="00:20")
    assert {x.status.value for x in s.alerts.rule_states() if x.rule == "load_quota"} == {"no_quota", "no_series"}
