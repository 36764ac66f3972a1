"""The engine end to end on a clock driven by hand."""

from __future__ import annotations

from datetime import timedelta

from domain.instants import Span
from domain.scopes import MONITORED, Scope, enterprise_scope, meter_scope
from tests.monitor.district import START, District, main_meter, registry_of


def test_loads_of_a_whole_block() -> None:
    district = District(registry_of([main_meter(1), main_meter(2)]))
    district.pass_minutes(16, {"M001": 100.0, "M002": 50.0})
    load = district.engine.load(MONITORED)
    assert load is not None
    assert load.coverage == 1.0
    assert load.sliding_kw == load.measured_kw == load.estimate_kw == 150.0
    assert load.projection is not None
    assert load.projection.demand_kw == 150.0
    assert district.engine.load(enterprise_scope("E002")).sliding_kw == 50.0  # type: ignore[union-attr]
    rows = district.store.read_demand(
        (MONITORED, meter_scope("M001"), Scope.parse("street:梅墟")), Span(START, START + timedelta(hours=1))
    )
    assert rows.demand_kw.tolist() == [150.0, 100.0, 150.0]
    assert rows.energy_kwh.tolist() == [37.5, 25.0, 37.5]
    assert set(rows.quality) == {"ok"}
    assert rows.revision.tolist() == [1, 1, 1]
    assert [(e.start, e.revision) for e in district.closed] == [(START, 1)]
