"""A past summer through a plan: by hand on loads of three days."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from domain.errors import InsufficientData
from domain.orderly import PlanStep
from domain.scopes import MONITORED, enterprise_scope
from response.orderly.rehearsed import Season as Span
from tests.response.orderly.season import DAYS, OTTO, START, USUAL_KW, Season, rows, season, weather


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Season]:
    with season(tmp_path) as found:
        yield found


def test_days_that_a_plan_closes_and_days_it_does_not(own: Season) -> None:
    """Eight sites draw 8000 kW on workdays 8 to 18. A quota of 90 % leaves 800 kW short for ten hours; 1,400 kW can be
    shifted. A quota of 40 % leaves 4,800; the seven that may be called give 600 each: 4,200."""
    three = Span(date(2026, 7, 6), date(2026, 7, 8))
    [mild] = own.desk.rehearsal.rehearse(OTTO, ["2026-1"], three)
    assert (mild.days_with_gap, mild.days_closed) == (3, 3)
    assert [(day.need_kw, day.level, day.missing_kw) for day in mild.days] == [(800.0, "A", 0.0)] * 3
    assert mild.ordered_kwh == pytest.approx(3 * 800 * 10)
    assert sum(site.energy_kwh for site in mild.sites) == pytest.approx(mild.ordered_kwh)
    [hard] = own.desk.rehearsal.rehearse(OTTO, ["2026-1"], replace(three, quota_share=0.4))
    assert (hard.days_with_gap, hard.days_closed) == (3, 0)
    assert hard.days[0].missing_kw == pytest.approx(4800 - 7 * 600)


def test_the_burden_goes_round_and_two_plans_are_compared(own: Season) -> None:
    """800 kW of seven that can shift 200 each: over three days nobody but the restricted one is called every day."""
    plan = own.desk.plans.get(OTTO, "2026-1")
    half = [replace(row, steps=(PlanStep("A", 50.0),) if row.steps else ()) for row in plan.rows]
    own.ledger.orderly.plans.put("otto", "2026-2", replace(plan, version=2, rows=tuple(half)), after=0)
    three = Span(date(2026, 7, 6), date(2026, 7, 8))
    first, second = own.desk.rehearsal.rehearse(OTTO, ["2026-1", "2026-2"], three)
    assert second.days_closed == 0
    assert second.days[0].missing_kw == pytest.approx(800 - 7 * 50)
    usual = {site.enterprise: site.energy_kwh for site in first.sites if site.enterprise != "E008"}
    assert len(usual) == 6
    assert max(usual.values()) - min(usual.values()) <= 2000


def test_flexible_cooling_is_used_as_far_as_the_temperature_of_the_day_explains_load(own: Season) -> None:
    """From 8 to 18 each site draws 1000 kW and 10 a degree above 26: on 40 degrees after 40 that is 140 kW, of which
    two degrees of set point and a fifth of the chillers are 44.8 kW, ordered as 40. 1,830 kW are 7 x 200 by shifting,
    40 and 150 by the restricted one, which is called first, and 40 by each of the six others."""
    heat = np.array([24.0, 27.0, 36.0, 32.0, 29.0, 25.0, 34.0, 30.0, 38.0] * 9)[:DAYS]
    first, days = DAYS - 21, (date(2026, 7, 9), date(2026, 7, 10))
    heat[first + 2 : first + 5] = 40.0  # 8 to 10 July
    load = np.full((DAYS, 96), 300.0)
    load[:, 32:72] = USUAL_KW + 10 * np.maximum(heat - 26, 0)[:, None]
    for each in own.desk.plans.get(OTTO, "2026-1").rows:
        own.store.write_demand(rows(enterprise_scope(each.enterprise.id), load, START))
    own.store.write_demand(rows(MONITORED, load * 8, START))
    own.ledger.weather.put(weather(heat))
    share = 1 - 1830 / (8 * 1140)
    [found] = own.desk.rehearsal.rehearse(OTTO, ["2026-1"], Span(*days, quota_share=share))
    assert found.cooling_sites == 8
    for day in found.days:
        assert day.cooling_kw == pytest.approx(7 * 40.0)
        assert day.missing_kw == 0
    assert found.soft_kwh == pytest.approx(sum(day.cooling_kw * day.hours for day in found.days))


def test_a_span_without_loads_is_refused(own: Season) -> None:
    with pytest.raises(InsufficientData):
        own.desk.rehearsal.rehearse(OTTO, ["2026-1"], Span(date(2025, 7, 1), date(2025, 7, 2)))
