"""The twin as a whole: pure, plausible, and consistent with itself."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.arrays import FloatArray
from domain.errors import Invalid, NotFound
from domain.instants import MINUTE_MS, Span, day_span, to_ms
from domain.registry import MeterRole, Registry
from domain.registry_checks import RegistryChange
from domain.scopes import DISTRICT, MONITORED, Scope, ScopeKind
from ingest.twin.district import District
from ingest.twin.sectors import KINDS, counts

ZONE = ZoneInfo("Asia/Shanghai")
HOT = date(2026, 7, 22)


@lru_cache
def district(seed: int = 4, n: int = 40) -> District:
    return District.generate(seed, n, hot=(HOT - timedelta(days=1), HOT), installed=date(2026, 7, 18))


def role_rows(role: MeterRole) -> list[int]:
    return [i for i, m in enumerate(district().meters) if m.meter.role is role]


def scope_kw(scope: Scope, day: date) -> FloatArray:
    span = day_span(day, ZONE)
    members = district().registry().view(day).members(scope)
    minutes = district().minutes_kw(span.start_ms, span.end_ms)
    return np.asarray(sum(sign * minutes[district().place(m)] for m, sign in members))


@settings(deadline=None, max_examples=15)
@given(st.integers(0, 3 * 1440), st.integers(1, 400), st.integers(1, 399))
def test_asking_in_pieces_changes_no_value(start: int, length: int, cut: int) -> None:
    begin = to_ms(datetime(2026, 7, 20, tzinfo=UTC)) + start * MINUTE_MS
    middle, end = begin + min(cut, length) * MINUTE_MS, begin + (length + 1) * MINUTE_MS
    whole = district().minutes_kw(begin, end)
    pieces = [district().minutes_kw(begin, middle), district().minutes_kw(middle, end)]
    assert np.array_equal(whole, np.concatenate(pieces, axis=1))


def test_the_same_seed_gives_the_same_district_whatever_was_asked_before() -> None:
    fresh = District.generate(4, 40, hot=(HOT - timedelta(days=1), HOT), installed=date(2026, 7, 18))
    later = day_span(date(2027, 1, 9), ZONE)
    fresh.minutes_kw(later.start_ms, later.end_ms)
    span = day_span(HOT, ZONE)
    assert np.array_equal(
        fresh.minutes_kw(span.start_ms, span.end_ms), district().minutes_kw(span.start_ms, span.end_ms)
    )
    assert fresh.registry().enterprises == district().registry().enterprises
    assert District.generate(5, 40).registry().enterprises != fresh.registry().enterprises


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 2 * 1440), st.integers(1, 2000))
def test_registers_count_the_imported_energy(start: int, length: int) -> None:
    begin = to_ms(datetime(2026, 7, 20, tzinfo=UTC)) + start * MINUTE_MS
    end = begin + length * MINUTE_MS
    counted = district().energy_import_kwh(np.array([begin, end], dtype=np.int64))
    energy = np.maximum(district().minutes_kw(begin, end), 0).sum(axis=1) / 60
    np.testing.assert_allclose(counted[:, 1] - counted[:, 0], energy, rtol=1e-6, atol=1e-4)


def test_a_coarser_step_keeps_the_energy() -> None:
    ids = district().ids
    fine = district().power_kw(ids, day_span(HOT, ZONE), 60)
    coarse = district().power_kw(ids, day_span(HOT, ZONE), 900)
    np.testing.assert_allclose(fine.values.reshape(len(ids), 96, 15).mean(axis=2), coarse.values)


def test_the_registry_has_no_mistakes_and_every_sort_of_meter() -> None:
    registry = District.generate(1, 100).registry(fast_from=HOT)
    change = RegistryChange(registry.enterprises, registry.accounts, registry.meters)
    assert change.find_mistakes(Registry()) == []
    view = registry.view(HOT)
    assert len(view.enterprises) == 100
    assert {m.role for m in view.meters.values()} == set(MeterRole)
    assert {60, 300, 900} <= {m.interval_s for m in view.meters.values()}
    assert any(m.landlord for m in view.meters.values())
    assert any(not m.primary_values for m in view.meters.values())
    assert all(m.interval_s >= 900 for m in registry.view(HOT - timedelta(days=1)).meters.values())
    assert len({e.name for e in view.enterprises.values()}) == 100


def test_the_boundary_is_the_monitored_load_and_a_remainder_with_losses() -> None:
    whole, monitored = scope_kw(DISTRICT, HOT), scope_kw(MONITORED, HOT)
    assert np.all(whole > monitored * 1.018)
    assert 0.5 < monitored.mean() / whole.mean() < 0.85
    passed: dict[int, float] = {}
    for row in role_rows(MeterRole.BOUNDARY):
        for part, weight in district().meters[row].weights.items():
            passed[part] = passed.get(part, 0.0) + weight
    mains = [district().meters[row].weights for row in role_rows(MeterRole.MAIN)]
    for part in {part for weights in mains for part in weights}:
        measured = sum(weights.get(part, 0.0) for weights in mains)
        assert passed[part] == pytest.approx(measured * 1.018), "every main meter lies behind one boundary meter"


def test_a_landlords_main_meter_counts_its_tenant_and_the_sum_does_not_count_it_twice() -> None:
    view = district().registry().view(HOT)
    tenant = next(m for m in view.meters.values() if m.landlord is not None)
    assert tenant.landlord is not None
    signs = dict(view.members(Scope(ScopeKind.ENTERPRISE, tenant.landlord)))
    assert signs[tenant.id] == -1
    rooms = district().meters[district().place(tenant.id)].weights
    mains = [m.weights for m in district().meters if m.enterprise == tenant.landlord and m.meter.role is MeterRole.MAIN]
    assert all(sum(weights.get(part, 0.0) for weights in mains) == pytest.approx(1.0) for part in rooms)


def test_a_hot_working_day_is_higher_than_a_mild_one_and_a_sunday() -> None:
    hot, mild, sunday = (scope_kw(MONITORED, d).max() for d in (HOT, date(2026, 10, 21), date(2026, 7, 19)))
    assert hot > 1.15 * mild
    assert hot > 1.3 * sunday


def test_roofs_feed_by_day_only() -> None:
    rows = role_rows(MeterRole.GENERATION)
    span = day_span(HOT, ZONE)
    minutes = district().minutes_kw(span.start_ms, span.end_ms)[rows]
    assert np.all(minutes[:, : 4 * 60] == 0)
    assert np.all(minutes[:, 12 * 60] > 0)


def test_a_day_of_twenty_three_hours_is_lived_by_the_local_clock() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    there = District.generate(4, 20, zone=berlin)
    day = date(2026, 3, 29)
    span = day_span(day, berlin)
    assert there.minutes_kw(span.start_ms, span.end_ms).shape[1] == 23 * 60
    usual, short = (
        there.power_kw(("M001",), day_span(d, berlin), 3600).values.shape[1] for d in (date(2026, 3, 22), day)
    )
    assert (usual, short) == (24, 23)


def test_the_kinds_of_a_district_of_any_size_add_up() -> None:
    assert [sum(counts(n)) for n in (1, 7, 33, 100, 250)] == [1, 7, 33, 100, 250]
    assert counts(100) == [kind.count for kind in KINDS]


def test_what_does_not_exist_is_refused() -> None:
    with pytest.raises(Invalid, match="installed on 2026-07-18"):
        district().energy_import_kwh(np.array([to_ms(datetime(2026, 7, 1, tzinfo=UTC))], dtype=np.int64))
    with pytest.raises(NotFound, match="M999"):
        district().place("M999")
    with pytest.raises(Invalid, match="at least one"):
        District.generate(1, 0)
    with pytest.raises(Invalid, match="divides a day"):
        district().power_kw(("M001",), Span(datetime(2026, 7, 22, tzinfo=UTC), datetime(2026, 7, 23, tzinfo=UTC)), 7)
