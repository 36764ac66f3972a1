"""The nightly standing on energy intensity becomes alerts: a fallen level, and enterprises above a standard."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from app.nightly import nightly_standing
from config.alert_policy import load_alert_policy
from config.energy_targets import Indicator
from domain.alerts import AlertKind, Severity
from domain.people import SYSTEM
from monitor.runs import Runs
from response.alert_state import Observation
from response.intensity.standing import IntensityStanding, kept_standing, standing
from response.intensity_rules import LEVEL, LIMIT, judge_intensity
from response.messages import Course, text_of
from response.observations import observe
from response.rules import Case, RuleStatus
from storage.ledger import SqlLedger
from tests.ingest.plant import eventually
from tests.response.intensity.conftest import ledger as ledger
from tests.response.intensity.district import a_desk
from tests.response.intensity.test_questions import KWH, fill
from tests.support.clock import HandClock

EDITION = load_alert_policy().on(date(2026, 7, 28))
ZONE = ZoneInfo("Asia/Shanghai")
JUNE = date(2026, 6, 1)


def severity(case: Case) -> Severity | None:
    raised = [each.severity for each in case.thresholds if observe(case.bounds, each) is Observation.ABOVE]
    return raised[-1] if raised else None


def test_levels_below_on_track_are_told() -> None:
    for level, expected in ((3, None), (2, Severity.WARNING), (1, Severity.SERIOUS)):
        found = IntensityStanding(JUNE, level, "能耗强度一级（红色）", "", (), 4)
        case = next(c for c in judge_intensity(found, EDITION).cases if c.subject.rule == LEVEL)
        assert (case.kind, severity(case)) == (AlertKind.INTENSITY, expected)
    assert "2026年1-6月能耗强度一级（红色）" in text_of(case, case.thresholds[1], Course.RISEN, ZONE)[0]


def test_enterprises_above_a_standard_are_named() -> None:
    [_, case] = judge_intensity(IntensityStanding(JUNE, 3, "三级", "", tuple("甲乙丙丁戊己"), 9), EDITION).cases
    assert severity(case) is Severity.INFO
    assert (
        "6 家企业本年累计能耗强度超过标准：甲、乙、丙、丁、戊等"
        in text_of(case, case.thresholds[0], Course.RISEN, ZONE)[0]
    )


def test_what_is_not_known_holds_the_state_and_says_why() -> None:
    for found in (None, IntensityStanding(None, None, "", "没有目标")):
        verdicts = judge_intensity(found, EDITION)
        assert not verdicts.cases
        assert {(each.rule, each.status) for each in verdicts.states} == {
            (LEVEL, RuleStatus.NO_DATA),
            (LIMIT, RuleStatus.NO_DATA),
        }


def test_a_night_keeps_the_standing_of_the_newest_comparable_month(ledger: SqlLedger) -> None:
    # A month of 1 GWh is 285 tce over about 105 (10,000 CNY): far above the yardstick of 0.52.
    fill(ledger, {2020: KWH, 2021: KWH, 2022: KWH}, {2020: 100.0, 2021: 102.0, 2022: 105.06}, last=6)
    desk, clock = a_desk(ledger), HandClock(datetime(2022, 7, 20, 4, tzinfo=UTC))
    with Runs(ledger.results, clock, program="1") as runs:
        nightly = nightly_standing(runs, desk, clock, ZONE)
        assert kept_standing(ledger.results) is None
        clock.advance(86_400)
        nightly.tick()
        eventually(lambda: kept_standing(ledger.results) is not None, "the night's standing")
    found = kept_standing(ledger.results)
    assert found is not None
    assert (found.month, found.judged, sorted(found.above)) == (date(2022, 6, 1), 3, sorted("甲乙丙"))
    # Its energy falls by 85 % of the schedule, its CO2 is above the path's: the worse of both indicators holds.
    levels = [desk.progress(SYSTEM, date(2022, 6, 1), indicator=each).full.level for each in Indicator]
    assert found.level == min(each.number for each in levels if each is not None)
    assert standing(desk, SYSTEM, [date(2022, 8, 1)]).month is None
