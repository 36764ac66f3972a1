"""Storage, lighting and cooling before production: what each can give, inside the plan, at its hours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from config.policy import load_policy
from domain.orderly import Measure, PlanRow, Rank, Window
from domain.potentials import Potential
from response.orderly.allocation_answers import Need
from response.orderly.candidates import Wishes
from response.orderly.measures import Asked, able, storage_kw
from response.orderly.order_lines import order_lines
from tests.response.orderly.season import DAY, OTTO, WINDOW, Season, season

ZONE = ZoneInfo("Asia/Shanghai")
TABLE = load_policy().orderly
#: The restricted one goes before everybody; here it is the others that are looked at.
SPARED = Wishes(excluded={"E008": "检修"})
EVENING = Window(DAY + timedelta(hours=19), DAY + timedelta(hours=21))


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Season]:
    path: Path = tmp_path_factory.mktemp("measures")
    with season(path) as found:
        plan = found.desk.plans.get(OTTO, "2026-1")
        changed = tuple(
            replace(each, enterprise=replace(each.enterprise, storage_kw=300.0, storage_kwh=1000.0))
            if each.enterprise.id == "E002"
            else each
            for each in plan.rows
        )
        later = replace(plan, version=2, rows=changed)
        found.ledger.orderly.plans.put("otto", later.id, later, after=0)
        yield found


def row(own: Season, **figures: float) -> PlanRow:
    """E001 as the plan has it: 400 kW at level A by shift, avoidance and curtailment, changed by ``figures``."""
    first = own.desk.plans.get(OTTO, "2026-1").rows[0]
    return replace(first, enterprise=replace(first.enterprise, **figures))  # type: ignore[arg-type]


def potential(own: Season, cooling_kw: float | None = None) -> Potential:
    known = own.desk.allocations._potentials.of(
        OTTO, None, WINDOW.start.date(), WINDOW.span.start_ms, WINDOW.span.end_ms
    )
    return replace(next(each for each in known if each.enterprise_id == "E001"), cooling_kw=cooling_kw)


def given(
    own: Season, window: Window = WINDOW, *, cooling_kw: float | None = None, minutes: float = 480.0, **figures: float
) -> Mapping[tuple[Rank, Measure], float]:
    asked = Asked((row(own, **figures),), potential(own, cooling_kw), ("A",), window, minutes, 0.0)
    return {(each.rank, each.measure): each.kw for each in able(asked, TABLE, ZONE)}


def test_without_soft_measures_the_plan_is_as_it_was(own: Season) -> None:
    """200 kW can be shifted, 150 avoided; of the level's 400 the last 50 are curtailed."""
    found = given(own)
    assert {measure for _, measure in found} == {Measure.PLANNED}
    assert found[Rank.SHIFT, Measure.PLANNED] == 200
    assert found[Rank.AVOID, Measure.PLANNED] == 150
    assert found[Rank.CURTAIL, Measure.PLANNED] == 50


def test_storage_is_bounded_by_power_and_by_what_is_in_it(own: Season) -> None:
    """100 kW and 200 kWh over two hours: 0.8 x 200 / 2 = 80 kW; over one hour the power, 100 kW."""
    assert given(own, storage_kw=100.0, storage_kwh=200.0)[Rank.SHIFT, Measure.STORAGE] == pytest.approx(80.0)
    hour = Window(WINDOW.start, WINDOW.start + timedelta(hours=1))
    assert given(own, hour, storage_kw=100.0, storage_kwh=200.0)[Rank.SHIFT, Measure.STORAGE] == 100.0
    assert storage_kw((row(own, storage_kw=100.0),), 2.0, TABLE) == 0, "without a capacity nothing is promised"


def test_soft_measures_come_out_of_the_same_plan_kw(own: Season) -> None:
    found = given(own, storage_kw=100.0, storage_kwh=500.0, cooling_kw=300.0)
    assert sum(found.values()) == pytest.approx(400.0), "the level's kW, not one more"
    share = TABLE.cooling.share
    assert found[Rank.AVOID, Measure.COOLING] == pytest.approx(min(share * 300.0, 400.0 - 100.0 - 200.0))
    ranks = list(found)
    assert ranks.index((Rank.SHIFT, Measure.STORAGE)) < ranks.index((Rank.SHIFT, Measure.PLANNED))


def test_lighting_is_switched_off_only_while_it_burns(own: Season) -> None:
    assert (Rank.AVOID, Measure.LIGHTING) not in given(own, lighting_kw=60.0)
    assert given(own, EVENING, lighting_kw=60.0)[Rank.AVOID, Measure.LIGHTING] == 60.0
    dusk = Window(DAY + timedelta(hours=17), DAY + timedelta(hours=19))
    assert (Rank.AVOID, Measure.LIGHTING) not in given(own, dusk, lighting_kw=60.0), "not through the whole window"


def test_what_cannot_be_told_in_time_is_left_out(own: Season) -> None:
    """Ten minutes: storage needs five, cooling fifteen, shift thirty."""
    found = given(own, minutes=10.0, storage_kw=100.0, storage_kwh=500.0, cooling_kw=300.0)
    assert list(found) == [(Rank.SHIFT, Measure.STORAGE)]


def test_storage_goes_before_production_in_the_list_and_in_the_notice(own: Season) -> None:
    answer = own.desk.allocations.solve(OTTO, Need(250.0, WINDOW, plan="2026-2", wishes=SPARED))
    assert [(line.enterprise, line.kind) for line in answer.lines] == [("E002", Measure.STORAGE)]
    assert answer.lines[0].confidence == 1.0
    [line] = order_lines(answer)
    assert "储能放电" in line.measure
    assert "储能放电" in answer.lines[0].why[0]
    more = own.desk.allocations.solve(OTTO, Need(600.0, WINDOW, plan="2026-2", wishes=SPARED))
    assert {line.kind for line in more.lines} == {Measure.STORAGE, Measure.PLANNED}


def test_the_restricted_go_before_the_storage_of_others(own: Season) -> None:
    answer = own.desk.allocations.solve(OTTO, Need(100.0, WINDOW, plan="2026-2"))
    assert [line.enterprise for line in answer.lines] == ["E008"]
