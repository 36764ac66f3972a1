"""Orders that change under way: from when a change holds, and what it means for guards and meters read the next day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from analytics.execution import Standing
from domain.errors import Conflict
from domain.ids import EnterpriseId
from domain.orderly import Guard, Order, OrderLine, Rank, Target, Window
from domain.people import Principal, Role
from domain.registry import DataClass
from response.orderly.orders import NewOrder
from response.orderly.revising import Changes
from tests.response.orderly.season import DAY, NUMBER, OTTO, WINDOW, Season, season, usual_load


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Season]:
    with season(tmp_path) as found:
        found.instruct()
        yield found


def issued(own: Season, *lines: OrderLine) -> Order:
    order = own.desk.orders.prepare(OTTO, NewOrder(lines, (WINDOW,), NUMBER))
    return own.desk.orders.issue(OTTO, order.id, officer="王处长")


def reduced(number: int, kw: float = 100.0) -> OrderLine:
    return OrderLine(f"E00{number}", Rank.SHIFT, Target.REDUCTION, kw)


def test_a_revision_holds_from_when_it_was_made(own: Season) -> None:
    """An hour into two: E002 leaves, E003 joins, E001 is asked 200 instead of 100. Nobody draws less than usual."""
    order = issued(own, reduced(1), reduced(2))
    for name in ("E001", "E002", "E003"):
        own.draws(name, usual_load()[:1], DAY)
    own.clock.set(WINDOW.start + timedelta(minutes=50))  # the next quarter begins an hour in
    so_far = {line.hours for line in own.desk.fairness.of(OTTO, 2026) if line.calls}
    assert sorted(so_far) == pytest.approx([50 / 60])
    changes = Changes(kw={"E001": 200.0, "E003": 80.0}, dropped=("E002",))
    own.desk.orders.amend(OTTO, order.id, changes, officer="王处长")
    own.clock.set(WINDOW.end + timedelta(minutes=6))
    found = {item.enterprise: item for item in own.desk.executions.of(OTTO, order.id).items}
    assert {name: item.due_points for name, item in found.items()} == {"E001": 8, "E002": 4, "E003": 4}
    assert found["E002"].standing is Standing.RELEASED
    assert found["E001"].mean_ordered_kw == pytest.approx(150)
    assert found["E003"].excess_kwh == pytest.approx(80)
    account = {line.enterprise: (line.calls, line.hours) for line in own.desk.fairness.of(OTTO, 2026)}
    assert [account[name] for name in ("E001", "E002", "E003", "E004")] == [(1, 2), (1, 1), (1, 1), (0, 0)]
    left = Principal("lena", Role.ENTERPRISE, EnterpriseId("E003"))
    assert [item.enterprise for item in own.desk.executions.of(left, order.id).items] == ["E003"]


def test_an_order_that_names_a_site_keeps_its_guard_off(own: Season) -> None:
    order = issued(own, reduced(1))
    guard = Guard("E001", WINDOW.start.date(), WINDOW.start.date(), "中考考点", "")
    with pytest.raises(Conflict, match=f"on order {order.id}: take it off"):
        own.desk.orders.guard(OTTO, guard)
    own.clock.set(WINDOW.end)
    assert own.desk.orders.guard(OTTO, guard).enterprise == "E001"  # its hours are over


def test_a_meter_read_the_next_day_is_late_on_every_day_of_an_order(own: Season) -> None:
    registry = own.ledger.registry.registry().view(WINDOW.start.date())
    [account] = registry.accounts_of(EnterpriseId("E001"))
    [meter] = [each for each in registry.meters.values() if each.account == account.id]
    own.ledger.registry.put_versions("otto", meters=[replace(meter, data_class=DataClass.NEXT_DAY)])
    order = issued(own, reduced(1))
    day = timedelta(days=1)
    later = Window(WINDOW.start + 2 * day, WINDOW.end + 2 * day)
    own.desk.orders.extend(OTTO, order.id, later, officer="王处长")
    own.draws("E001", usual_load()[:1] - 100.0, DAY)
    own.clock.set(later.start + timedelta(minutes=40))
    [item] = own.desk.executions.of(OTTO, order.id).items
    assert (item.standing, item.due_points) == (Standing.PENDING, 8)
    assert item.rate == pytest.approx(1.0)
    own.clock.set(later.end + 2 * day)
    [item] = own.desk.executions.of(OTTO, order.id).items
    assert (item.standing, item.due_points) == (Standing.NO_DATA, 16)
    assert item.rate == pytest.approx(0.5)
