"""Open anomalies as one alert for information, and none when all were seen."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from config.alert_policy import load_alert_policy
from domain.alerts import Severity
from domain.anomalies import KeptAnomaly
from domain.scopes import enterprise_scope
from response.alert_state import Observation
from response.anomaly_rules import judge_anomalies
from response.known_figures import NAMED
from response.messages import Course, text_of
from response.observations import observe

EDITION = load_alert_policy().on(date(2026, 7, 28))
ZONE = ZoneInfo("Asia/Shanghai")


def waiting(count: int) -> list[KeptAnomaly]:
    at = datetime(2026, 7, 28, tzinfo=UTC)
    return [
        KeptAnomaly(n, enterprise_scope(f"E{n}"), f"企业{n}", date(2026, 7, 27), "step", 9.0, 4.0, 8.0, at)
        for n in range(count)
    ]


def test_one_that_waits_informs_and_names_a_few() -> None:
    (case,) = judge_anomalies(waiting(NAMED + 2), EDITION).cases
    (threshold,) = case.thresholds
    assert threshold.severity is Severity.INFO
    assert observe(case.bounds, threshold) is Observation.ABOVE
    zh, en = text_of(case, threshold, Course.RISEN, ZONE)
    assert "7 条用电异常待确认：企业0、企业1" in zh
    assert zh.endswith("企业4等")
    assert "7 anomalies" in en


def test_none_waiting_clears_it() -> None:
    (case,) = judge_anomalies([], EDITION).cases
    assert observe(case.bounds, case.thresholds[0]) is not Observation.ABOVE
    assert "均已确认" in text_of(case, case.thresholds[0], Course.OVER, ZONE)[0]
