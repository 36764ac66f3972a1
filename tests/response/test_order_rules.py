"""Orders in force become alerts: not reducing, below the security load, silent; they end with the order."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from app.order_turns import OrderTurns
from config.alert_policy import load_alert_policy
from domain.alerts import AlertKind, Severity
from domain.instants import Span
from domain.orderly import OrderLine, Rank, Target
from domain.scopes import MONITORED, Scope, enterprise_scope
from response.dr.review_moments import ALERTS
from response.messages import Course, text_of
from response.order_rules import BELOW_SECURITY, NOT_REDUCING, SILENT, judge_orders
from response.orderly.orders import NewOrder
from response.orderly.troubles import OrderTroubles
from storage.schema import DAY_SERIES, ORDER
from tests.response.orderly.season import DAY, NUMBER, OTTO, USUAL_KW, WINDOW, Season, season
from tests.response.test_intensity_rules import severity

EDITION = load_alert_policy().on(date(2026, 7, 28))
ZONE = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Season]:
    with season(tmp_path) as found:
        yield found


def test_an_order_in_force_is_watched_block_by_block_until_it_ends(own: Season) -> None:
    """E001 obeys, E002 takes nothing off, E003 is silent, E004 falls to 100 kW, below its 300 kW of security load."""
    own.instruct()
    lines = tuple(OrderLine(f"E00{n}", Rank.SHIFT, Target.REDUCTION, 200.0) for n in (1, 2, 3, 4))
    order = own.desk.orders.prepare(OTTO, NewOrder(lines, (WINDOW,), NUMBER))
    own.desk.orders.issue(OTTO, order.id, officer="王处长")
    for enterprise, level in (("E001", USUAL_KW - 200), ("E002", USUAL_KW), ("E004", 100.0)):
        load = np.full((1, 64), 300.0)
        load[0, 32:56] = USUAL_KW
        load[0, 56:64] = level
        own.draws(enterprise, load, DAY)
    turns = OrderTurns(own.desk, own.store, own.clock)
    own.clock.set(WINDOW.start - timedelta(minutes=5))
    turns.tick()
    assert turns.troubles() == OrderTroubles(0)
    own.clock.set(WINDOW.start + timedelta(minutes=36))
    turns.tick()
    found = turns.troubles()
    assert found == OrderTroubles(1, ("企业2",), ("企业4",), ("企业3",))
    cases = {case.subject.rule: case for case in judge_orders(found, EDITION).cases}
    assert {rule: severity(case) for rule, case in cases.items()} == {
        NOT_REDUCING: Severity.SERIOUS,
        BELOW_SECURITY: Severity.CRITICAL,
        SILENT: Severity.WARNING,
    }
    _curves_tell_the_same(own, order.id)
    case = cases[NOT_REDUCING]
    zh, en = text_of(case, case.thresholds[0], Course.RISEN, ZONE)
    assert "1 家企业未按调度令压降：企业2" in zh
    assert "take nothing off" in en
    own.desk.orders.lift(OTTO, order.id, officer="王处长", reason="8号")
    own.clock.advance(900)
    turns.tick()
    assert turns.troubles() == OrderTroubles(0)
    assert not judge_orders(turns.troubles(), EDITION).cases


def _curves_tell_the_same(own: Season, order: str) -> None:
    """What Grafana reads of the newest block is what the page shows of it."""
    live = own.desk.executions.of(OTTO, order)
    last = WINDOW.start + timedelta(minutes=15)
    span = Span(last, last + timedelta(minutes=15))

    def row(scope: Scope) -> dict[str, float]:
        rows = own.store.read_days(ORDER, [scope], span)
        assert len(rows) == 1
        return dict(zip(DAY_SERIES[ORDER], rows.values[0].tolist(), strict=True))

    told = [item for item in live.items if item.reduction_kw is not None]
    whole = row(MONITORED)
    assert whole["reduction_kw"] == pytest.approx(live.total_reduction_kw)
    assert whole["ordered_kw"] == sum(item.ordered_kw or 0.0 for item in told)
    assert whole["load_kw"] == pytest.approx(sum(item.load_kw or 0.0 for item in told))
    assert whole["missing_kw"] == pytest.approx(200.0)  # of E002; E003 is silent, and in no sum
    for item in told:
        own_row = row(enterprise_scope(item.enterprise))
        assert [own_row[name] for name in ("baseline_kw", "target_kw", "load_kw", "reduction_kw")] == [
            item.baseline_kw,
            item.target_kw,
            item.load_kw,
            item.reduction_kw,
        ]


def test_a_drill_raises_no_alert(own: Season) -> None:
    line = OrderLine("E001", Rank.SHIFT, Target.REDUCTION, 200.0)
    order = own.desk.orders.prepare(OTTO, NewOrder((line,), (WINDOW,), "", drill=True))
    own.desk.orders.issue(OTTO, order.id, officer="")
    own.clock.set(WINDOW.start + timedelta(minutes=36))
    turns = OrderTurns(own.desk, own.store, own.clock)
    turns.tick()
    assert turns.troubles() == OrderTroubles(0)
    assert not len(own.store.read_days(ORDER, [MONITORED], WINDOW.span))


def test_every_kind_of_alert_has_a_name_in_the_review() -> None:
    assert set(ALERTS) == set(AlertKind)
