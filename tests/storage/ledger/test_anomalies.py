"""Kept anomalies: once each, seen and taken back with an audit entry."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from domain.anomalies import KeptAnomaly
from domain.errors import NotFound
from domain.scopes import MONITORED, enterprise_scope
from storage.ledger.sql import SqlLedger

AT = datetime(2026, 7, 28, 18, tzinfo=UTC)
DAY = date(2026, 7, 27)
E001 = enterprise_scope("E001")


def found(day: date = DAY, kind: str = "step") -> KeptAnomaly:
    return KeptAnomaly(0, E001, "甬江机械", day, kind, 900.0, 400.0, 8.5, AT)


def test_a_day_is_kept_once_however_often_it_is_looked_at(ledger: SqlLedger) -> None:
    assert ledger.anomalies.keep([found(), found(kind="flat")]) == 2
    assert ledger.anomalies.keep([found(), found(DAY + timedelta(days=1))]) == 1
    kept = ledger.anomalies.anomalies(DAY, DAY)
    assert [each.kind for each in kept] == ["flat", "step"]
    assert kept[1] == KeptAnomaly(kept[1].id, E001, "甬江机械", DAY, "step", 900.0, 400.0, 8.5, AT)
    assert ledger.anomalies.anomalies(DAY, DAY, scope=MONITORED) == []


def test_an_acknowledgement_can_be_taken_back_and_both_are_audited(ledger: SqlLedger) -> None:
    ledger.anomalies.keep([found()])
    (kept,) = ledger.anomalies.anomalies(DAY, DAY)
    seen = ledger.anomalies.acknowledge("otto", kept.id, "检修")
    assert (seen.acknowledged_by, seen.note) == ("otto", "检修")
    assert ledger.anomalies.anomalies(DAY, DAY, open_only=True) == []
    assert ledger.anomalies.unacknowledge("ada", kept.id) == kept
    actions = [entry.action for entry in ledger.audit.entries(subject=f"anomaly:{kept.id}").items]
    assert actions == ["anomaly.unacknowledge", "anomaly.acknowledge"]
    with pytest.raises(NotFound):
        ledger.anomalies.acknowledge("otto", kept.id + 1, "")
