"""What the pages of orderly use write from answers, in both languages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from html import escape
from pathlib import Path
from typing import cast
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
import pytest

from dashboards.console import (
    allocation_view,
    attachments_card,
    inspections,
    instructions,
    markup,
    orderly,
    orderly_plans,
    orders,
    plan_compare,
    rehearsal_view,
    solving,
    words,
)
from dashboards.console import season as season_page
from dashboards.console.visit import Visit
from domain.inspections import Visit as Inspection
from domain.inspections import VisitKind
from domain.instants import from_ms, local_date
from domain.orderly import EnergyQuota, Guard
from domain.references import Quota
from domain.scopes import MONITORED
from monitor.analyses import plain
from response.orderly.allocation_answers import Need
from response.orderly.candidates import Wishes
from response.orderly.order_lines import order_lines
from response.orderly.orders import NewOrder
from response.orderly.plans import PlanChange
from response.orderly.rehearsed import Rehearsal
from response.orderly.rehearsed import Season as Span
from response.orderly.what_if import WhatIf
from tests.console.test_analysis_pages import Told
from tests.response.orderly.season import DAY, NUMBER, OTTO, WINDOW, Season, season

ZONE = ZoneInfo("Asia/Shanghai")


class Placed(Told):
    zone = ZONE
    principal = OTTO

    def time(self, instant: object) -> str:
        return str(instant)[11:16]

    moment = time

    def today(self) -> date:
        return DAY.date()


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Season]:
    path: Path = tmp_path_factory.mktemp("season")
    with season(path) as found:
        found.instruct()
        for day in (DAY.date(), DAY.date() + timedelta(days=1)):
            found.ledger.references.put_quota(Quota(MONITORED, day, (7000.0,) * 96, "指标1号", "otto"))
        yield found


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_the_list_says_why_and_the_missing_is_named(language: str, own: Season) -> None:
    visit = cast(Visit, Placed(language))
    answer = own.desk.allocations.solve(OTTO, Need(9000.0, WINDOW, level="A", wishes=Wishes({}, {"E001": "<检修>"})))
    shown = allocation_view.list_markup(visit, answer)
    assert words.say(language, "orderly.missing") in shown
    assert "&lt;检修&gt;" in shown
    assert "<检修>" not in shown
    plan = own.desk.plans.get(OTTO, "2026-1")
    assert "2.8" in orderly_plans.plan_markup(visit, plan, ("A", "B"))
    assert words.say(language, "plan_weight.doubt") in orderly_plans.findings_markup(
        visit, own.desk.plans.check(OTTO, "2026-1")
    )
    changes = [PlanChange("3302001", "<甲>", "steps", "A 100", "A 150")]
    shown = plan_compare.changes_markup(visit, changes, "2026-1", "2026-2")
    assert "A 150" in shown
    assert "<甲>" not in shown
    assert words.say(language, "plans.same") in plan_compare.changes_markup(visit, [], "2026-1", "2026-1")
    assert NUMBER in instructions.instructions_markup(visit, own.desk.instructions.instructions(OTTO))


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_two_plans_rehearsed_stand_side_by_side(language: str, own: Season) -> None:
    visit = cast(Visit, Placed(language))
    span = Span(date(2026, 7, 6), date(2026, 7, 8))
    [first] = own.desk.rehearsal.rehearse(OTTO, ["2026-1"], span)
    kept = msgspec.convert(plain(first), Rehearsal)
    assert kept == first
    fewer = tuple(replace(day, missing_kw=123.0) for day in first.days[:2])
    shown = rehearsal_view.rehearsal_markup(visit, (first, replace(first, plan="2026-2", days=fewer)))
    assert shown.count(markup.pill(words.say(language, "rehearsal.is_closed"), "ok")) == 3
    assert shown.count(words.say(language, "rehearsal.short", kw="123")) == 2
    assert "2026-2 ·" in shown
    assert "企业1" in shown


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_the_gap_is_drawn_with_its_changes(language: str, own: Season) -> None:
    visit = cast(Visit, Placed(language))
    gap = own.desk.gap.ahead(
        OTTO, MONITORED, changes=WhatIf(warmer_c=2.0, cloudy=0.5, quota_change=-0.2, restart_kw=500.0)
    )
    plain = own.desk.gap.ahead(OTTO, MONITORED)
    assert gap.p50_kw - plain.p50_kw == pytest.approx(np.full(len(gap.p50_kw), 500.0))
    assert np.nanmax(gap.quota_kw) == pytest.approx(0.8 * 7000)
    assert plain.days[-1].gap_p50_kw > 0  # 8000 kW usual against 7000
    shown = orderly.gap_facts(visit, gap)
    assert "500 kW" in shown
    assert len(gap.notes) == 5  # a line for each change, and the third day has no quota
    assert "07-28" in gap.notes[-1]
    assert visit.half(gap.notes[-1]) in shown
    assert orderly.gap_chart(visit, gap)["series"][-1]["data"][0] == pytest.approx(5.6)


def test_files_go_to_the_record_that_has_just_come() -> None:
    first, second = {"v1": "走访"}, {"v2": "现场核查", "v1": "走访"}
    assert attachments_card.chosen({}, second, None) == "v2"
    assert attachments_card.chosen(second, second, "v1") == "v1"
    assert attachments_card.chosen(first, second, "v1") == "v2"
    assert attachments_card.chosen(second, {}, "v1") is None


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_an_order_and_its_execution_are_shown_with_who_to_call(language: str, own: Season) -> None:
    visit = cast(Visit, Placed(language))
    number = f"{NUMBER}-{language}"
    own.instruct(number)
    answer = own.desk.allocations.solve(OTTO, Need(300.0, WINDOW))
    lines = order_lines(answer)
    order = own.desk.orders.prepare(OTTO, NewOrder(lines, (WINDOW,), number, answer.plan, answer.level))
    order = own.desk.orders.issue(OTTO, order.id, officer="王处长")
    ahead, over = (words.say(language, f"orders.{key}") for key in ("ahead", "over"))
    told = orders.order_facts(visit, order, WINDOW.start)
    assert "王处长" in told
    assert ahead not in told
    assert over not in told
    assert ahead in orders.order_facts(visit, order, WINDOW.start - timedelta(minutes=1))
    assert over in orders.order_facts(visit, order, WINDOW.end)
    before = own.clock.now()
    own.clock.set(WINDOW.end)
    assert own.desk.executions.of(OTTO, order.id).call_now == ()  # its hours are over: nobody is called any more
    own.clock.set(WINDOW.end - timedelta(minutes=1))
    found = own.desk.executions.of(OTTO, order.id)
    shown = orders.execution_markup(visit, found)
    assert words.say(language, "standing.no_data") in shown
    assert "13812345678" in shown
    assert words.say(language, "orders.calls") in season_page.season_markup(visit, own.desk.fairness.of(OTTO, 2026))
    own.clock.set(before)
    own.desk.orders.lift(OTTO, order.id, officer="王处长", reason="测试")


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_what_is_to_follow_is_open_or_late_and_guards_say_when(language: str, own: Season) -> None:
    visit = cast(Visit, Placed(language))
    names = {"E001": "<甲>"}
    given = Inspection(
        "", "E001", VisitKind.RANDOM, DAY, ("王", "李"), "容量不符", "", "更正", DAY.date() - timedelta(days=9)
    )
    shown = inspections.visits_markup(visit, [own.desk.visits.record(OTTO, given)], names)
    assert "&lt;甲&gt;" in shown
    assert "critical" in shown
    lot = own.desk.visits.draw(OTTO, 2, ("王", "李"))
    assert lot.seed in inspections.lots_markup(visit, [lot], names)
    guards = [
        Guard("E001", DAY.date() + timedelta(days=n), DAY.date() + timedelta(days=n), "会议", "") for n in (-1, 0, 1)
    ]
    shown = inspections.guards_markup(visit, guards, names, DAY.date())
    at = [shown.index(words.say(language, f"guard.{word}")) for word in ("ahead", "now", "past")]
    assert at == sorted(at)


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_a_day_short_of_energy_is_a_gap_without_a_kilowatt_short(language: str, own: Season) -> None:
    """Power has room under a quota of 21 MW, and still the day draws a fifth more than it may."""
    visit = cast(Visit, Placed(language))
    plain = own.desk.gap.ahead(OTTO, MONITORED)
    day = plain.days[1].day  # whole within the horizon
    own_day = np.array([local_date(from_ms(int(ts)), ZONE) == day for ts in plain.ts_ms])
    expected = float(plain.p50_kw[own_day].sum()) / 4
    own.desk.energy_quotas.put(OTTO, EnergyQuota("monitored", day, 1.0, "9号", ""))
    own.desk.energy_quotas.put(OTTO, EnergyQuota("monitored", day, expected / 1.2 / 3, "10号", ""))
    gap = own.desk.gap.ahead(OTTO, MONITORED, changes=WhatIf(quota_change=2.0))
    [short] = gap.energy
    assert all(each.gap_p50_kw < 0 for each in gap.days)
    assert short.gap.source == "10号"
    assert short.gap.expected_kwh == pytest.approx(expected)
    assert short.gap.gap_kwh == pytest.approx(expected * (1 - 1 / 1.2))
    assert short.gap.kw == pytest.approx(expected * (1 - 1 / 1.2) / 14)  # 8 to 22 h
    assert short.level is not None
    assert short.level.name == "orange"  # a sixth of what is expected
    [(kw, window)] = solving.proposals(gap)
    assert kw == short.gap.kw
    assert (window.start.hour, window.end.hour) == (8, 22)
    assert words.say(language, "energy_quota.gap", day=f"{day:%m-%d}") in orderly.gap_facts(visit, gap)
    own.desk.energy_quotas.withdraw(OTTO, MONITORED, day)
    # Of a day the horizon ends in, nothing is told: half a day's energy is no day's. Today's begins as measured.
    partial = local_date(from_ms(int(plain.ts_ms[-1])), ZONE)
    own.desk.energy_quotas.put(OTTO, EnergyQuota("monitored", partial, 1000.0, "11号", ""))
    last = own.desk.gap.ahead(OTTO, MONITORED)
    assert last.energy[0].gap.gap_kwh is None
    assert escape(words.say(language, "energy_quota.unknown")) in orderly.gap_facts(visit, last)
    own.desk.energy_quotas.withdraw(OTTO, MONITORED, partial)
    assert not own.desk.gap.ahead(OTTO, MONITORED).energy
