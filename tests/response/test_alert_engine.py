"""The engine over a real ledger: steps, hysteresis, grouping, missing data, restarts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from app.bus import InProcessBus
from domain.alerts import AlertKind, AlertState, Severity
from domain.errors import Conflict, NotFound, Unavailable
from domain.events import AlertChanged, Event, LoadChanged
from domain.references import Quota, ReferenceKind
from response.rules import RuleStatus
from storage.ledger.sql import SqlLedger
from tests.response.desk import DISTRICT, METERS, MONITORED, PLANT, ZONE, Desk
from tests.support.clock import HandClock


def test_one_alert_climbs_and_descends_with_the_load(desk: Desk) -> None:
    desk.quota(25_000)
    steps = []
    for kw in (22_400, 22_600, 23_800, 25_100, 24_600, 23_400, 22_000):
        desk.draw(kw)
        desk.after(35)
        found = desk.ledger.alerts.list(kind=AlertKind.LOAD_QUOTA).items
        steps.append((len(found), found[0].severity, found[0].state) if found else None)
    assert steps == [
        None,
        (1, Severity.WARNING, AlertState.FIRING),
        (1, Severity.SERIOUS, AlertState.FIRING),
        (1, Severity.CRITICAL, AlertState.FIRING),
        (1, Severity.SERIOUS, AlertState.FIRING),
        (1, Severity.WARNING, AlertState.FIRING),
        (1, Severity.WARNING, AlertState.RESOLVED),
    ]


def test_the_message_says_figure_base_share_and_threshold(desk: Desk) -> None:
    desk.quota(25_000)
    desk.draw(24_310)
    alert = desk.after(3)[-1]
    assert alert.message_zh == "全区滑动需量 24.31 MW，达到用电指标 25.00 MW 的 97.2%（阈值95%）"
    assert alert.message_en == "District sliding demand 24.31 MW, 97.2% of the quota 25.00 MW (threshold 95%)"
    assert (alert.value, alert.threshold, alert.unit, alert.basis) == (24_310, 23_750, "kW", "sliding_demand")


def test_the_message_says_how_it_came_to_its_figure(desk: Desk) -> None:
    desk.quota(25_000)
    said = []
    for kw in (25_100, 24_000, 22_000, 24_000, 20_000):
        desk.draw(kw)
        said += [a.message_zh.partition("监测")[0].partition("全区")[0] for a in desk.after(5 if kw == 22_000 else 35)]
    assert said == ["", "已降级：", "回落观察中：", "回升，告警未解除：", "回落观察中：", "已恢复："]


def test_a_noisy_crossing_fires_once_and_clears_once(desk: Desk) -> None:
    desk.quota(25_000)
    for minute in range(120):
        desk.draw(22_500 + (40 if minute % 3 else -60))
        desk.after(1)
    desk.draw(20_000)
    desk.after(40)
    assert [a.state for a in desk.seen] == [AlertState.FIRING, AlertState.CLEARING, AlertState.RESOLVED]
    assert len({a.id for a in desk.seen}) == 1


def test_a_single_high_minute_is_kept_but_not_shown(desk: Desk) -> None:
    desk.quota(25_000)
    desk.draw(26_000)
    desk.after(1)
    desk.draw(20_000)
    desk.after(1)
    assert desk.seen == []
    assert desk.ledger.alerts.list().items == ()


def test_a_measured_part_above_fires_while_the_rest_is_silent(desk: Desk) -> None:
    desk.quota(25_000)
    desk.draw(30_000, heard_kw=25_500)
    alert = desk.after(3)[-1]
    assert alert.severity is Severity.CRITICAL
    assert "至少 25.50 MW" in alert.message_zh
    assert "采集覆盖率80.0%" in alert.message_zh


def test_silence_clears_nothing_and_an_estimate_clears_only_with_its_upper_edge(desk: Desk) -> None:
    desk.quota(25_000)
    desk.draw(25_500)
    desk.after(3)
    desk.draw(25_500, heard_kw=15_000)
    assert desk.after(90) == []
    desk.draw(25_500, heard_kw=15_000, high_kw=26_000)
    assert desk.after(90) == []
    desk.draw(25_500, heard_kw=0, coverage=0.0)
    assert desk.after(90) == []
    desk.draw(21_000, heard_kw=15_000, high_kw=22_000)
    assert [a.state for a in desk.after(40)] == [AlertState.CLEARING, AlertState.RESOLVED]


def test_no_quota_is_said_and_is_not_normal(desk: Desk) -> None:
    desk.draw(25_500)
    desk.after(5)
    states = {s.rule: s for s in desk.engine.rule_states() if s.scope == DISTRICT}
    assert states["load_quota"].status is RuleStatus.NO_QUOTA
    assert "未录入当日用电指标" in states["load_quota"].reason_zh
    assert states["load_record"].status is RuleStatus.NO_RECORD
    assert desk.seen == []


def test_without_boundary_meters_the_district_rules_say_no_series(desk: Desk) -> None:
    desk.quota(25_000)
    desk.draw(26_000, MONITORED)
    desk.after(5)
    states = {(s.rule, s.scope): s.status for s in desk.engine.rule_states()}
    assert states["load_quota", DISTRICT] is RuleStatus.NO_SERIES
    assert states["load_quota", MONITORED] is RuleStatus.NO_QUOTA
    assert desk.seen == []


def test_an_alert_whose_quota_ends_with_the_day_is_withdrawn_and_says_so(desk: Desk) -> None:
    desk.quota(25_000)
    desk.draw(26_000)
    desk.after(3)
    desk.clock.advance(timedelta(hours=18).total_seconds())
    desk.draw(26_000)
    desk.after(6)
    assert desk.seen[-1].state is AlertState.RESOLVED
    assert desk.seen[-1].message_zh.startswith("规则不再适用")


def test_a_scope_missing_from_the_picture_is_held(desk: Desk) -> None:
    desk.quota(25_000)
    desk.draw(26_000)
    desk.after(3)
    del desk.live.by_scope[DISTRICT]
    assert desk.after(60) == []
    assert len(desk.active()) == 1


def test_the_quota_of_the_running_block_counts(desk: Desk) -> None:
    local = desk.clock.now().astimezone(ZONE)
    block = local.hour * 4 + local.minute // 15
    points = [30_000.0] * 96
    points[block + 1] = 20_000.0
    desk.ledger.references.put_quota(Quota(DISTRICT, desk.today, tuple(points), "甬经信〔2026〕2号", "test"))
    for _ in range(20):
        desk.draw(21_000)
        desk.after(1)
    assert desk.seen[0].changed_at.astimezone(ZONE).strftime("%H:%M") == "14:18"


def test_record(desk: Desk) -> None:
    desk.reference(ReferenceKind.RECORD, 26_000)
    desk.draw(26_300)
    [alert] = desk.after(3)
    assert (alert.kind, alert.severity) == (AlertKind.LOAD_RECORD, Severity.SERIOUS)
    assert alert.message_zh == "全区滑动需量 26.30 MW，达到历史最高负荷 26.00 MW 的 101.2%（阈值100%）"


def test_gap_levels_are_entered_and_left_with_hysteresis(desk: Desk) -> None:
    desk.quota(24_000)
    desk.reference(ReferenceKind.EXPECTED_MAXIMUM, 27_000)

    def gap_alerts(kw: float) -> list[tuple[Severity, AlertState]]:
        desk.draw(kw)
        return [(a.severity, a.state) for a in desk.after(35) if a.kind is AlertKind.GAP_LEVEL]

    assert gap_alerts(24_100) == [(Severity.INFO, AlertState.FIRING)]
    assert gap_alerts(25_400) == [(Severity.WARNING, AlertState.FIRING)]  # 1,400 / 27,000 = 5.2 %
    assert gap_alerts(25_200) == []  # 4.4 %, within one percentage point of the threshold
    assert gap_alerts(25_000) == [(Severity.INFO, AlertState.FIRING)]  # 3.7 %: yellow is left
    assert gap_alerts(23_700) == [(Severity.INFO, AlertState.CLEARING), (Severity.INFO, AlertState.RESOLVED)]
    last = next(a for a in reversed(desk.seen) if a.kind is AlertKind.GAP_LEVEL)
    assert last.message_zh.startswith("已恢复：全区负荷低于用电指标 300.0 kW")


def test_the_gap_message_is_a_reference_and_names_the_worst_slot(desk: Desk) -> None:
    desk.quota(24_000)
    desk.reference(ReferenceKind.EXPECTED_MAXIMUM, 27_000)
    desk.draw(26_000)
    desk.after(3)
    desk.draw(24_500)
    desk.after(35)
    alert = next(a for a in reversed(desk.seen) if a.kind is AlertKind.GAP_LEVEL)
    assert "测算参考Ⅳ级蓝色(一般)，非官方发布等级" in alert.message_zh
    assert "当日最重时段 14:01 缺口占比 7.4%，Ⅲ级黄色(较重)" in alert.message_zh


def test_the_projection_warns_early_and_never_before_the_fifth_minute(desk: Desk) -> None:
    desk.quota(25_000)
    desk.draw(20_000, projected=(4, 25_500))
    assert desk.after(3) == []
    desk.draw(20_000, projected=(6, 25_500))
    [alert] = desk.after(2)
    assert (alert.kind, alert.severity, alert.basis) == (AlertKind.LOAD_QUOTA, Severity.WARNING, "projection")
    assert alert.message_zh.startswith("全区预计本时段末需量 25.50 MW，将达到用电指标 25.00 MW 的 102.0%")


@pytest.mark.parametrize(
    ("kw", "kva", "fires"),
    [(1_900, 2_050, True), (1_900, 1_990, False), (2_010, None, True), (1_900, None, False)],
)
def test_capacity_is_judged_in_kva(desk: Desk, kw: float, kva: float | None, fires: bool) -> None:
    desk.draw(kw, PLANT, kva=kva)
    desk.after(8)
    assert any(a.kind is AlertKind.CAPACITY for a in desk.seen) is fires


def test_without_reactive_power_capacity_clears_only_below_the_lowest_power_factor(desk: Desk) -> None:
    desk.draw(2_010, PLANT)
    desk.after(8)
    desk.draw(1_700, PLANT)  # up to 2,125 kVA
    desk.after(40)
    assert {a.kind for a in desk.active()} == {AlertKind.APPROVED_DEMAND, AlertKind.CAPACITY}
    desk.draw(1_400, PLANT)
    desk.after(250)
    assert desk.active() == []


def test_thirty_percent_silent_is_one_alert_with_its_members(desk: Desk) -> None:
    desk.silence(*METERS[:3])
    desk.after(5)
    [alert] = desk.active()
    assert (alert.kind, alert.severity, alert.members) == (AlertKind.METER_SILENT, Severity.SERIOUS, METERS[:3])
    assert alert.message_zh == "计量点失联：3 个计量点，占 10 个实时计量点的 30.0%（M01、M02、M03）"


def test_all_silent_is_the_same_one_alert(desk: Desk) -> None:
    desk.silence(*METERS[:3])
    desk.after(5)
    desk.silence(*METERS)
    desk.after(5)
    [alert] = desk.active()
    assert (alert.severity, len(alert.members)) == (Severity.CRITICAL, 10)
    assert alert.message_zh.startswith("全部 10 个计量点失联")
    assert len({a.id for a in desk.seen}) == 1


def test_members_come_and_go_within_the_alert(desk: Desk) -> None:
    desk.silence("M01")
    desk.after(3)
    desk.silence("M02")
    assert [a.members for a in desk.after(3)] == [("M02",)]
    desk.silence()
    assert [a.state for a in desk.after(15)] == [AlertState.CLEARING, AlertState.RESOLVED]


def test_faults_are_grouped_by_kind(desk: Desk) -> None:
    desk.fault("frozen", "M01", "M02")
    desk.after(3)
    [alert] = desk.active()
    assert (alert.rule, alert.severity, alert.members) == ("data_fault.frozen", Severity.WARNING, ("M01", "M02"))
    assert alert.message_zh.startswith("数据冻结：2 个计量点")


def test_pending_time_and_open_alerts_survive_a_restart(desk: Desk) -> None:
    desk.quota(25_000)
    desk.draw(25_500)
    desk.after(2)
    desk.engine = desk.start_engine()
    [fired] = desk.after(1)  # one minute more is enough: two had passed before
    desk.draw(20_000)
    desk.after(20)
    desk.engine = desk.start_engine()
    assert desk.after(9) == []
    [resolved] = desk.after(2)
    assert (resolved.id, resolved.state) == (fired.id, AlertState.RESOLVED)


class Killed(BaseException):
    """The process ends here."""


class DyingBus(InProcessBus):
    """Dies at the first announcement: the alert is saved and nobody was told."""

    def publish(self, event: Event) -> None:
        if isinstance(event, AlertChanged):
            raise Killed
        super().publish(event)


def rise(desk: Desk) -> None:
    desk.draw(25_500)


def fall(desk: Desk) -> None:
    desk.draw(25_500)
    desk.after(3)
    desk.draw(20_000)
    desk.after(2)


@pytest.mark.parametrize(("before", "state"), [(rise, AlertState.FIRING), (fall, AlertState.RESOLVED)])
def test_a_kill_between_save_and_announce_repeats_and_never_loses(
    desk: Desk, before: Callable[[Desk], None], state: AlertState
) -> None:
    desk.quota(25_000)
    before(desk)
    desk.engine = desk.start_engine(DyingBus())
    told = len(desk.seen)
    with pytest.raises(Killed):
        desk.after(60)
    assert len(desk.seen) == told
    desk.engine = desk.start_engine()  # restore announces what the dead process did not
    assert [a.state for a in desk.seen[told:]] == [state]
    desk.engine = desk.start_engine()
    assert len(desk.seen) == told + 1


class FailingAlerts:
    """A ledger that does not answer for a while."""

    def __init__(self, inner: Any) -> None:
        self.inner, self.down = inner, False

    def save(self, alert: Any, memory: Any) -> None:
        if self.down:
            raise Unavailable("the ledger does not answer")
        self.inner.save(alert, memory)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


def test_a_ledger_that_is_down_costs_delay_and_no_alert(desk: Desk, ledger: SqlLedger) -> None:
    desk.quota(25_000)
    alerts = FailingAlerts(ledger.alerts)
    desk.engine._alerts = alerts
    desk.draw(25_500)
    desk.after(1)
    alerts.down = True
    with pytest.raises(Unavailable):
        desk.after(3)
    assert desk.seen == []
    alerts.down = False
    assert [a.state for a in desk.after(2)] == [AlertState.FIRING]


def test_acknowledged_is_fired_again_by_a_higher_step(desk: Desk) -> None:
    desk.quota(25_000)
    desk.draw(23_900)
    [alert] = desk.after(3)
    desk.engine.acknowledge(alert.id, "wang", "已通知")
    desk.draw(25_200)
    assert [(a.state, a.severity) for a in desk.after(3)] == [(AlertState.FIRING, Severity.CRITICAL)]
    desk.draw(23_900)
    assert [(a.state, a.severity) for a in desk.after(40)] == [(AlertState.ACKNOWLEDGED, Severity.SERIOUS)]


def test_only_an_active_alert_can_be_acknowledged(desk: Desk) -> None:
    desk.quota(25_000)
    desk.draw(25_200)
    desk.after(1)
    [(pending, _)] = desk.ledger.alerts.unfinished()
    with pytest.raises(Conflict, match="pending"):
        desk.engine.acknowledge(pending.id, "wang", "")
    with pytest.raises(NotFound):
        desk.engine.acknowledge("nothing", "wang", "")


def test_a_change_of_load_is_judged_at_once(desk: Desk, clock: HandClock) -> None:
    desk.quota(25_000)
    end = desk.engine.subscribe()
    desk.draw(25_500)
    for _ in range(3):
        clock.advance(60)
        desk.bus.publish(LoadChanged(clock.now()))
    assert [a.state for a in desk.seen] == [AlertState.FIRING]
    end()
    desk.draw(20_000)
    clock.advance(60)
    desk.bus.publish(LoadChanged(clock.now()))
    assert len(desk.seen) == 1
