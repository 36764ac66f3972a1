"""Two degrees more: by the group's own series, a young district by its enterprises, and never by one of them."""

from __future__ import annotations

from datetime import datetime, time
from typing import cast

import numpy as np
import pytest

from domain.ids import AccountId, MeterId
from domain.instants import BLOCK_MS, to_ms
from domain.people import SYSTEM
from domain.registry import ALWAYS, Meter, MeterRole
from domain.scopes import DISTRICT, MONITORED, Scope, ScopeKind, enterprise_scope, meter_scope
from monitor.load_history import LoadHistories
from response.orderly.what_if import WhatIf, WhatIfEffects
from storage.ledger_ports import RegistryLedger
from tests.monitor.district import ZONE, boundary_meter, main_meter, registry_of
from tests.monitor.test_analyses import DAYS, FIRST, SENSITIVITY, desk_of, loads
from tests.support.clock import HandClock
from tests.support.histories import GivenHistories
from tests.support.ledger import MemoryLedger

NEXT = datetime.combine(DAYS[210], time(9), ZONE)  # behind it lies the summer so far
SLOTS = np.arange(4, dtype=np.int64)


def warmer_kw(given: dict[Scope, np.ndarray], scope: Scope) -> tuple[float, str]:
    none = cast(LoadHistories, None), cast(RegistryLedger, None)
    effects = WhatIfEffects(desk_of(given), *none, HandClock(NEXT), ZONE)
    added, [note] = effects.added(SYSTEM, scope, SLOTS, WhatIf(warmer_c=2.0))
    assert len(set(added)) == 1
    return float(added[0]), note


def test_the_district_answers_by_its_own_series_and_without_one_by_its_enterprises() -> None:
    """The district draws 1.2 times what is monitored, so it answers 1.2 times as much."""
    put_in = 2.0 * sum(SENSITIVITY)
    monitored, _ = warmer_kw(loads(), MONITORED)
    assert monitored == pytest.approx(put_in, rel=0.25)
    district, _ = warmer_kw(loads(), DISTRICT)
    assert district == pytest.approx(1.2 * monitored, rel=0.02)
    young = {**loads(), DISTRICT: np.full(365 * 96, np.nan)}
    young[DISTRICT][190 * 96 :] = loads()[DISTRICT][190 * 96 :]  # three weeks of a series
    parts, note = warmer_kw(young, DISTRICT)
    assert parts == monitored
    assert "仅监测企业" in note


def test_clouds_take_what_the_panels_of_the_place_usually_give_by_what_was_measured() -> None:
    """Two roofs of 100 and 40 kW at noon; the second was silent for half of its days, which makes it no weaker."""
    roofs = {n: Meter(MeterId(f"G{n:03d}"), ALWAYS, AccountId(f"A{n:03d}"), role=MeterRole.GENERATION) for n in (1, 2)}
    registry = registry_of([main_meter(1), main_meter(2), *roofs.values(), boundary_meter()])
    noon = np.where(np.arange(365 * 96) % 96 == 48, 1.0, 0.0)
    given = {meter_scope(roofs[1].id): -100.0 * noon, meter_scope(roofs[2].id): -40.0 * noon}
    given[meter_scope(roofs[2].id)][: 203 * 96] = np.nan
    histories = GivenHistories(registry, ZONE, FIRST, given)
    effects = WhatIfEffects(
        desk_of(), cast(LoadHistories, histories), MemoryLedger(registry).registry, HandClock(NEXT), ZONE
    )
    day = to_ms(datetime.combine(DAYS[210], time(0), ZONE)) + np.arange(96, dtype=np.int64) * BLOCK_MS
    for scope, kw in ((DISTRICT, 140.0), (enterprise_scope("E001"), 100.0), (Scope(ScopeKind.FEEDER, "F9"), 0.0)):
        added, _ = effects.added(SYSTEM, scope, day, WhatIf(cloudy=0.5))
        assert added[48] == pytest.approx(kw / 2)
        assert added.sum() == pytest.approx(kw / 2)
