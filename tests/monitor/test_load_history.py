"""Loads as one matrix: measured blocks, days derived when nobody watched, and what it takes to be the same again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from domain.arrays import FloatArray, IntArray
from domain.errors import Forbidden, Invalid, NotFound
from domain.ids import EnterpriseId
from domain.instants import Span, day_span
from domain.people import SYSTEM, Principal, Role
from domain.quality import Quality
from domain.readings import ReadingBatch
from domain.scopes import MONITORED, Scope, enterprise_scope
from monitor.derivation import Derivation
from monitor.load_history import StoredHistories
from storage.readings.memory import MemoryStore
from tests.monitor.district import ZONE, District, main_meter, readings, registry_of

FIRST = date(2026, 7, 20)
E001 = enterprise_scope("E001")


def a_district() -> District:
    meters = [main_meter(n, interval_s=900) for n in (1, 2)]
    return District(registry_of(meters))


def histories(district: District, **changes: object) -> StoredHistories:
    derivation = Derivation(district.store, district.ledger.registry, ZONE, minimum_coverage=0.9)
    return StoredHistories(
        district.store,
        district.ledger.registry,
        derivation,
        ZONE,
        district.clock,
        superseded=district.ledger.superseded,
        **changes,  # type: ignore[arg-type]
    )


def two_days(district: District) -> None:
    start = day_span(FIRST, ZONE).start
    for meter, base in (("M001", 100.0), ("M002", 40.0)):
        district.store.write(readings(meter, start, base + np.arange(192), step_s=900))


def test_days_nobody_watched_are_derived_once_and_kept() -> None:
    district = a_district()
    two_days(district)
    found = histories(district).history(SYSTEM, [MONITORED, E001], FIRST, FIRST + timedelta(days=2))
    assert found.demand_kw.shape == (2, 288)
    np.testing.assert_allclose(found.demand_kw[1, :192], 100.0 + np.arange(192))
    np.testing.assert_allclose(found.demand_kw[0, :192], 140.0 + 2 * np.arange(192))
    assert np.isnan(found.demand_kw[:, 192:]).all()  # nothing was read on the third day
    assert found.day_starts_ms.tolist() == [*found.ts_ms[::96].tolist(), int(found.ts_ms[-1]) + 900_000]
    kept = district.store.read_demand([E001], day_span(FIRST, ZONE))
    assert set(kept.revision.tolist()) == {1}
    again = histories(district).history(SYSTEM, [MONITORED, E001], FIRST, FIRST + timedelta(days=2))
    assert again.digest == found.digest


class CountingStore(MemoryStore):
    asked = 0

    def read(self, meters: Sequence[str], span: Span, *, limit: int | None = None) -> ReadingBatch:
        self.asked += 1
        return super().read(meters, span, limit=limit)


def test_months_of_silence_are_not_looked_at_day_by_day() -> None:
    store = CountingStore()
    district = District(registry_of([main_meter(1, interval_s=900)]), store=store)
    start = day_span(FIRST, ZONE).start
    store.write(readings("M001", start, 100.0 + np.arange(192), step_s=900))
    store.write(readings("M001", start + timedelta(days=72, hours=23), [55.0] * 8, step_s=900))
    district.clock.set(start + timedelta(days=80))
    found = histories(district).history(SYSTEM, [E001], FIRST - timedelta(days=200), FIRST + timedelta(days=75))
    known = np.flatnonzero(~np.isnan(found.demand_kw[0])) - 200 * 96
    assert known.tolist() == [*range(192), *range(73 * 96 - 4, 73 * 96 + 4)]
    assert store.asked < 40, "of 276 days four hold anything"


def test_what_is_not_trusted_is_partial_and_not_measured() -> None:
    district = a_district()
    two_days(district)
    late = day_span(FIRST + timedelta(days=2), ZONE).start
    district.store.write(readings("M001", late, [900.0, 100.0], step_s=900, quality=Quality.SPIKE))
    district.store.write(readings("M002", late, [40.0, 40.0], step_s=900))
    found = histories(district).history(SYSTEM, [E001], FIRST, FIRST + timedelta(days=2))
    assert np.isnan(found.demand_kw[0, 192:194]).all()
    assert found.partial[0, 192:194].all()
    assert not found.partial[0, :192].any()


def test_restored_load_is_measured_plus_what_was_taken_off() -> None:
    district = a_district()
    two_days(district)

    def taken(scopes: object, ts_ms: IntArray) -> FloatArray:
        off = np.zeros((1, len(ts_ms)))
        off[0, 56:64] = 25.0
        return off

    plain = histories(district).history(SYSTEM, [E001], FIRST, FIRST)
    found = histories(district, reductions=taken).history(SYSTEM, [E001], FIRST, FIRST)
    np.testing.assert_allclose(found.restored_kw[0, 56:64], found.demand_kw[0, 56:64] + 25.0)
    np.testing.assert_array_equal(found.demand_kw, plain.demand_kw)
    assert found.digest != plain.digest


def test_each_sees_its_own_and_only_what_exists() -> None:
    district = a_district()
    emil = Principal("emil", Role.ENTERPRISE, EnterpriseId("E001"))
    ask = histories(district)
    assert ask.history(emil, [E001], FIRST, FIRST).demand_kw.shape == (1, 96)
    with pytest.raises(Forbidden):
        ask.history(emil, [E001, MONITORED], FIRST, FIRST)
    with pytest.raises(NotFound):
        ask.history(SYSTEM, [enterprise_scope("E999")], FIRST, FIRST)
    with pytest.raises(Invalid, match="before"):
        ask.history(SYSTEM, [E001], FIRST, FIRST - timedelta(days=1))
    with pytest.raises(Invalid, match="at least one"):
        ask.history(SYSTEM, [], FIRST, FIRST)


def test_today_is_left_to_the_engine_and_yesterday_before_it_is_not() -> None:
    district = a_district()
    today = district.clock.now().astimezone(ZONE).date()
    yesterday = day_span(today, ZONE).start - timedelta(hours=2)
    district.store.write(readings("M001", yesterday, [100.0] * 16, step_s=900))
    found = histories(district).history(SYSTEM, [E001], today, today)
    assert np.isnan(found.demand_kw).all()
    found = histories(district).history(SYSTEM, [E001], today - timedelta(days=1), today)
    assert np.flatnonzero(found.demand_kw[0] == 100.0).tolist() == [*range(88, 96)]
    assert len(district.store.read_demand([E001], day_span(today, ZONE))) == 0


def test_a_meter_with_another_digest_is_another_input() -> None:
    district = a_district()
    two_days(district)
    found = histories(district).history(SYSTEM, [E001], FIRST, FIRST)
    changed = replace(found, demand_kw=found.demand_kw + np.array([[1e-9]]))
    assert changed.digest != found.digest
    assert replace(found, scopes=(Scope.parse("enterprise:E002"),)).digest != found.digest
