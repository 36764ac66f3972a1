"""What the office signs: every kind of paper from the case, as Word and Excel, with the same kW as the desk."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from dashboards.reports.word import docx_bytes
from dashboards.reports.workbook import xlsx_bytes
from domain.orderly import Order
from domain.references import Quota
from domain.report import Document, Facts, PageBreak, Table, shown
from domain.scopes import MONITORED
from response.orderly.allocation_answers import Need
from response.orderly.order_lines import order_lines
from response.orderly.orders import NewOrder
from response.orderly.papers import orderly_kinds
from response.reports.kinds import Draft, ReportKinds, Request
from response.reports.periods import parse_period
from tests.response.orderly.season import DAY, NUMBER, OTTO, WINDOW, Season, season


class Silent:
    def step(self, share: float, note: str = "") -> None: ...


@pytest.fixture
def own(tmp_path: Path) -> Iterator[tuple[Season, Order]]:
    with season(tmp_path) as found:
        found.instruct()
        found.ledger.references.put_quota(
            Quota(MONITORED, DAY.date() + timedelta(days=1), (7000.0,) * 96, "3号", "otto")
        )
        answer = found.desk.allocations.solve(OTTO, Need(1500.0, WINDOW))
        new = NewOrder(order_lines(answer), (WINDOW,), NUMBER, answer.plan, answer.level)
        order = found.desk.orders.issue(OTTO, found.desk.orders.prepare(OTTO, new).id, officer="王处长")
        yield found, order


def drafted(own: Season, kind: str, subject: str, period: str) -> Draft:
    found = ReportKinds(orderly_kinds(own.desk, "高新区", ZoneInfo("Asia/Shanghai"))).of(kind)
    asked = Request(OTTO, subject, parse_period(found.period, period), own.clock.now(), Silent())
    draft = found.build(asked)
    document = Document(draft.title, draft.subtitle, draft.blocks, own.clock.now(), "草稿", drill=draft.drill)
    assert docx_bytes(document).startswith(b"PK")
    assert xlsx_bytes(document).startswith(b"PK")
    assert draft.sources, "every figure traces to something"
    return draft


def test_plan_order_and_execution_hold_the_kw_of_the_desk(own: tuple[Season, Order]) -> None:
    case, order = own
    plan = drafted(case, "orderly-plan", "ref:2026-1", "-")
    [rows] = [block for block in plan.blocks if isinstance(block, Table)]
    assert rows.rows[-1][4] == 7 * 400.0
    sheet = drafted(case, "orderly-order", f"ref:{order.id}", "-")
    [listed] = [block for block in sheet.blocks if isinstance(block, Table)]
    assert {row[0]: row[3] for row in listed.rows} == {
        f"企业{int(line.enterprise[1:])}": line.kw for line in order.lines
    }
    leaves = drafted(case, "orderly-notices", f"ref:{order.id}", "-")
    assert sum(isinstance(block, PageBreak) for block in leaves.blocks) == len(order.lines) - 1
    assert [f"压降 {line.kw:g} kW" for line in order.lines] == [
        pair[1] for block in leaves.blocks if isinstance(block, Facts) for pair in block.pairs if pair[0] == "要求"
    ]
    load = np.full((1, 96), 300.0)
    load[0, 32:72] = 1000.0
    load[0, 56:64] -= 200.0
    case.draws("E001", load, DAY)
    case.clock.set(WINDOW.end)
    done = drafted(case, "orderly-execution", f"ref:{order.id}", "-")
    live = case.desk.executions.of(OTTO, order.id)
    [facts] = [b for b in done.blocks if isinstance(b, Facts) and b.pairs[0][0] == "执行率"]
    rate = facts.pairs[0][1]
    assert not isinstance(rate, str)
    assert rate.value == live.total_rate
    [table] = [block for block in done.blocks if isinstance(block, Table)]
    silent = next(row for row in table.rows if row[0] == "企业2")
    assert silent[1] == "无数据"
    assert shown(silent[3], table.columns[3]) == "—"


def test_a_day_without_an_order_is_a_zero_report(own: tuple[Season, Order]) -> None:
    case, order = own
    quiet = drafted(case, "orderly-daily", "district", "2026-07-20")
    assert "零报告" in quiet.title
    busy = drafted(case, "orderly-daily", "district", "2026-07-27")
    assert any(order.id in getattr(block, "text", "") for block in busy.blocks)
    assert drafted(case, "orderly-season", "district", "2026").blocks


def test_the_pack_for_tomorrow_proposes_and_orders_nothing(own: tuple[Season, Order]) -> None:
    case, order = own
    count = len(case.desk.orders.orders(OTTO))
    # Who is on an order for these hours is not proposed again, and the pack says why the list is short.
    busy = drafted(case, "orderly-pack", "district", "2026-07-27")
    assert any("同时段已在其他调度令中" in getattr(block, "text", "") for block in busy.blocks)
    case.desk.orders.lift(OTTO, order.id, officer="王处长", reason="8号")
    pack = drafted(case, "orderly-pack", "district", "2026-07-27")
    tables = [block for block in pack.blocks if isinstance(block, Table)]
    assert tables
    assert len(tables[0].rows) >= 5
    assert len(case.desk.orders.orders(OTTO)) == count
