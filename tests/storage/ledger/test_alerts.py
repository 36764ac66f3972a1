from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from domain.alerts import Alert, AlertKind, AlertState, Severity
from domain.errors import Invalid
from domain.scopes import DISTRICT, Scope, ScopeKind, enterprise_scope
from storage.ledger.sql import SqlLedger
from tests.support.clock import HandClock

START = datetime(2026, 7, 20, 6, 30, 0, 250, tzinfo=UTC)


def an_alert(ident: str = "a1", state: AlertState = AlertState.FIRING, **changes: object) -> Alert:
    alert = Alert(
        id=ident,
        kind=AlertKind.LOAD_QUOTA,
        rule="load_quota.95",
        scope=DISTRICT,
        severity=Severity.SERIOUS,
        state=state,
        started_at=START,
        changed_at=START,
        value=24_310.5,
        threshold=23_750.0,
        unit="kW",
        basis="sliding_demand",
        coverage=0.97,
        message_zh="全区滑动需量 24.31 MW",
        message_en="district sliding demand 24.31 MW",
        members=("M001", "M002"),
    )
    return replace(alert, **changes)  # type: ignore[arg-type]


def test_alert_and_memory_come_back_after_a_restart(ledger: SqlLedger, ledger_url: str, clock: HandClock) -> None:
    pending = an_alert("a2", AlertState.PENDING, scope=Scope(ScopeKind.STREET, "梅墟"), value=None)
    memory = {"pending_since": START.isoformat(), "count": 3, "列": [1.5, None]}
    ledger.alerts.save(an_alert(), {})
    ledger.alerts.save(pending, memory)
    ledger.alerts.save(an_alert("a0", AlertState.RESOLVED, resolved_at=START), {})
    ledger.close()
    again = SqlLedger(ledger_url, clock=clock)
    assert again.alerts.unfinished() == [(an_alert(), {}), (pending, memory)]
    again.close()


def test_a_resolved_alert_stays_unfinished_until_it_is_announced(ledger: SqlLedger) -> None:
    resolved = an_alert(state=AlertState.RESOLVED, resolved_at=START)
    ledger.alerts.save(resolved, {"announced": False})
    assert ledger.alerts.unfinished() == [(resolved, {"announced": False})]
    ledger.alerts.save(resolved, {"announced": True})
    assert ledger.alerts.unfinished() == []


def test_an_excess_that_came_to_nothing_is_kept_but_not_listed(ledger: SqlLedger) -> None:
    quiet = an_alert(state=AlertState.NORMAL)
    ledger.alerts.save(quiet, {})
    assert ledger.alerts.unfinished() == [(quiet, {})]
    assert ledger.alerts.list().items == ()


def test_saving_again_replaces_both(ledger: SqlLedger) -> None:
    ledger.alerts.save(an_alert(), {"n": 1})
    seen = an_alert(
        state=AlertState.ACKNOWLEDGED, acknowledged_by="wang.li", acknowledged_at=START, note="已通知", members=()
    )
    ledger.alerts.save(seen, {"n": 2})
    assert ledger.alerts.unfinished() == [(seen, {"n": 2})]
    assert ledger.alerts.alert("a1") == seen
    assert ledger.alerts.alert("unknown") is None
    assert ledger.alerts.list().total == 1


def test_figures_that_are_none_stay_none(ledger: SqlLedger) -> None:
    ledger.alerts.save(an_alert(value=float("nan"), threshold=float("inf")), {})
    [(alert, _)] = ledger.alerts.unfinished()
    assert (alert.value, alert.threshold) == (None, None)


def test_filters(ledger: SqlLedger) -> None:
    later = START + timedelta(hours=1)
    ledger.alerts.save(an_alert("a1"), {})
    ledger.alerts.save(an_alert("a2", AlertState.RESOLVED), {})
    ledger.alerts.save(an_alert("a3", kind=AlertKind.CAPACITY, scope=enterprise_scope("E001"), started_at=later), {})
    ledger.alerts.save(an_alert("a4", AlertState.PENDING), {})

    def ids(**wanted: object) -> list[str]:
        return [a.id for a in ledger.alerts.list(**wanted).items]  # type: ignore[arg-type]

    assert ids() == ["a3", "a4", "a2", "a1"]
    assert ids(active=True) == ["a3", "a1"]
    assert ids(active=False) == ["a4", "a2"]
    assert ids(kind=AlertKind.CAPACITY) == ["a3"]
    assert ids(scope=DISTRICT) == ["a4", "a2", "a1"]
    assert ids(since=later) == ["a3"]


def test_pages_keep_the_order_of_one_microsecond(ledger: SqlLedger) -> None:
    saved = [an_alert(f"a{n}", started_at=START + timedelta(microseconds=n // 2)) for n in range(9)]
    for alert in saved:
        ledger.alerts.save(alert, {})
    seen: list[str] = []
    cursor: str | None = None
    while True:
        page = ledger.alerts.list(limit=2, cursor=cursor)
        assert page.total == 9
        seen += [a.id for a in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert seen == [a.id for a in reversed(saved)]


@pytest.mark.parametrize("cursor", ["", "1", "x~a1", "1.~a1", "99999999999999999.0~a1", "1.000~"])
def test_a_foreign_cursor_is_refused(sqlite_ledger: SqlLedger, cursor: str) -> None:
    with pytest.raises(Invalid, match="cursor"):
        sqlite_ledger.alerts.list(cursor=cursor)
