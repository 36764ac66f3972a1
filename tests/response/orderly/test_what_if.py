"""Two degrees more: by the group's own series, a young district by its enterprises, and never by one of them."""

from __future__ import annotations

from datetime import datetime, time
from typing import cast

import numpy as np
import pytest

from domain.people import SYSTEM
from domain.scopes import DISTRICT, MONITORED, Scope
from monitor.load_history import LoadHistories
from response.orderly.what_if import WhatIf, WhatIfEffects
from storage.ledger_ports import RegistryLedger
from tests.monitor.district import ZONE
from tests.monitor.test_analyses import DAYS, SENSITIVITY, desk_of, loads
from tests.support.clock import HandClock

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
