"""The shipped rules load; mistakes in a district's own file are all listed."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from config.alert_policy import load_alert_policy
from domain.alerts import Severity
from domain.errors import Invalid

SHIPPED = Path(__file__).parents[2] / "config" / "policy" / "alerts.toml"


def test_the_shipped_rules() -> None:
    edition = load_alert_policy().on(date(2026, 7, 20))
    assert [(s.at, s.severity) for s in edition.load_quota.step] == [
        (0.90, Severity.WARNING),
        (0.95, Severity.SERIOUS),
        (1.00, Severity.CRITICAL),
    ]
    assert edition.gap_level.clear_below == 0.01
    assert edition.gap_level.hold_s == 1800


def test_a_day_before_the_first_edition_is_refused() -> None:
    with pytest.raises(Invalid, match="2011-04-21"):
        load_alert_policy().on(date(2000, 1, 1))


def test_a_district_replaces_the_file_and_editions_go_by_date(tmp_path: Path) -> None:
    shipped = SHIPPED.read_text(encoding="utf-8")
    later = shipped.replace("2011-04-21", "2026-08-01").replace("at = 0.90", "at = 0.85")
    (tmp_path / "alerts.toml").write_text(shipped + later, encoding="utf-8")
    policy = load_alert_policy(tmp_path)
    assert policy.on(date(2026, 7, 31)).load_quota.step[0].at == 0.90
    assert policy.on(date(2026, 8, 1)).load_quota.step[0].at == 0.85


def test_every_mistake_is_listed(tmp_path: Path) -> None:
    text = SHIPPED.read_text(encoding="utf-8")
    text = text.replace("hold_s = 600", "hold_s = -1").replace("at = 0.95", "at = 0.80").replace('"info"', '"mild"')
    text = text.replace('red = "critical"', 'rot = "critical"')
    (tmp_path / "alerts.toml").write_text(text, encoding="utf-8")
    with pytest.raises(Invalid) as caught:
        load_alert_policy(tmp_path)
    message = str(caught.value)
    for part in ("meter_silent.hold_s", "load_quota", "data_fault.step.0.severity", "gap_level"):
        assert part in message
