"""The question of potential over a real store and ledger: figures by hand, scope, protection, refusals."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from app.wiring import open_analyses, open_baselines, open_histories, open_potentials, open_site_curves
from config.settings import Settings
from domain.arrays import FloatArray
from domain.errors import Forbidden, Invalid, NotFound
from domain.forecasts import KeptForecast
from domain.ids import AccountId, EnterpriseId, MeterId
from domain.instants import BLOCK_MS, day_span, to_ms
from domain.people import SYSTEM, Principal, Role
from domain.potentials import Potential, PotentialBasis, PotentialVerdict
from domain.reductions import Reduction
from domain.references import Reference, ReferenceKind
from domain.registry import Account, Enterprise, Meter, ProtectedClass
from domain.scopes import DISTRICT, enterprise_scope
from monitor.baseline_data import ClockWindow
from monitor.potentials import PotentialDesk
from storage.ledger import SqlLedger
from storage.readings.memory import MemoryStore
from storage.schema import BASELINE, POTENTIAL, SITE_DAY
from tests.support.clock import HandClock
from tests.support.loads import measured

START = datetime(2026, 5, 10, 16, tzinfo=UTC)  # midnight of Monday 11 May in Ningbo
DAYS = 75  # to Friday 24 July
DAY = date(2026, 7, 27)  # the Monday after
SINCE = date(2020, 1, 1)
WINDOW = ClockWindow.parse("14:00-18:00")
DECLARED = Enterprise(
    EnterpriseId("E1"),
    SINCE,
    "甬江机械",
    security_load_kw=400.0,
    shiftable_kw=100.0,
    avoidable_kw=150.0,
    curtailable_kw=50.0,
)
ENTERPRISES = (
    DECLARED,
    replace(DECLARED, id=EnterpriseId("E2"), shiftable_kw=500.0, avoidable_kw=500.0),
    Enterprise(EnterpriseId("E3"), SINCE, "梅墟塑料"),
    replace(DECLARED, id=EnterpriseId("E4"), protected_class=ProtectedClass.UTILITY),
    replace(DECLARED, id=EnterpriseId("E5")),
    Enterprise(EnterpriseId("E6"), SINCE, "无表企业"),
)


def loads() -> FloatArray:
    """Workdays from 8 to 18: 1000 kW less the number of the day; nights and free days 300 kW."""
    load = np.full((DAYS, 96), 300.0)
    for day in range(DAYS):
        if day % 7 < 5:
            load[day, 32:72] = 1000.0 - day
    return load


@dataclass
class Parts:
    desk: PotentialDesk
    ledger: SqlLedger
    store: MemoryStore
    clock: HandClock

    def of(self, *ids: str, day: date = DAY, principal: Principal = SYSTEM) -> tuple[Potential, ...]:
        span = WINDOW.on(day, Settings().district.zone)
        chosen = [EnterpriseId(each) for each in ids] or None
        return self.desk.of(principal, chosen, day, span.start_ms, span.end_ms)

    def one(self, ident: str) -> Potential:
        (found,) = self.of(ident)
        return found


class Silent:
    def step(self, share: float, note: str = "") -> None: ...


@pytest.fixture
def parts(tmp_path: Path) -> Iterator[Parts]:
    clock = HandClock(START + timedelta(days=DAYS + 2, hours=9))
    ledger = SqlLedger(f"sqlite:///{tmp_path}/ledger.sqlite", clock=clock)
    ids = [each.id for each in ENTERPRISES]
    ledger.registry.put_versions(
        "test",
        enterprises=ENTERPRISES,
        accounts=[Account(AccountId(f"33{each}"), SINCE, each) for each in ids],
        meters=[Meter(MeterId(f"M{each}"), SINCE, AccountId(f"33{each}")) for each in ids if each != "E6"],
    )
    store = MemoryStore()
    for each in ids[:4]:
        store.write_demand(measured(enterprise_scope(each), START, loads()))
    yield Parts(open_potentials(Settings(), store, ledger, clock), ledger, store, clock)
    store.close()
    ledger.close()


def test_declared_kw_bound_what_is_there(parts: Parts) -> None:
    found = parts.one("E1")
    assert (found.verdict, found.basis) == (PotentialVerdict.OK, PotentialBasis.DECLARED)
    assert found.shed_kw == pytest.approx(300.0)  # 100 + 150 + 50, and more than 500 kW are there above security
    assert found.shift_kw == pytest.approx(100.0)
    assert found.confidence == pytest.approx(20 / 21)
    assert found.security_registered


def test_what_is_there_bounds_declared_kw(parts: Parts) -> None:
    found = parts.one("E2")
    # The 20 newest workdays up to day 74; of 20 the fourth lowest is there on 17 of 21: day 71, and 400 kW stay.
    assert found.shed_kw == pytest.approx(1000 - 71 - 400)
    assert found.confidence == pytest.approx(17 / 21)
    assert found.shift_kw == pytest.approx(500.0)
    assert found.expected_kw is not None
    assert found.known_shed_kw + 400.0 <= found.expected_kw


def test_without_declared_kw_shares_by_class_bound_it_above_the_night_base(parts: Parts) -> None:
    found = parts.one("E3")
    assert found.basis is PotentialBasis.ESTIMATE
    assert found.shape == "double_peak"  # the rules see the end of work as a dip before the evening
    assert found.security_kw == pytest.approx(300.0)
    assert not found.security_registered
    assert found.expected_kw is not None
    assert found.shed_kw == pytest.approx(0.10 * found.expected_kw)
    assert found.shift_kw == pytest.approx(0.5 * 0.10 * found.expected_kw)


def test_the_forecast_of_the_morning_is_expected_and_bounds_what_is_there(parts: Parts) -> None:
    curves = np.full((3, 192), 900.0)
    curves[1, 24:40] = 550.0  # 14-18 h after an issue at 8
    issued_ms = to_ms(START + timedelta(days=DAYS + 2, hours=8))
    scope = enterprise_scope("E2")
    later = replace(KeptForecast(scope, issued_ms, "regression", "", curves, None), issued_ms=issued_ms + 2 * 3_600_000)
    parts.ledger.forecasts.keep_forecasts([KeptForecast(scope, issued_ms, "regression", "", curves, None), later])
    found = parts.one("E2")
    assert (found.expected_kw, found.expected_by) == (550.0, "forecast")
    assert found.shed_kw == pytest.approx(150.0)
    assert found.confidence == pytest.approx(20 / 21)


def test_the_sum_is_held_against_the_shares_rules_name(parts: Parts) -> None:
    found = parts.of()
    assert parts.desk.held_against(SYSTEM, found, DAY) == ()
    record = Reference(DISTRICT, ReferenceKind.RECORD, 20_000.0, date(2025, 8, 1), "local record", "test")
    parts.ledger.references.put_reference(record)
    shares = {each.id: each for each in parts.desk.held_against(SYSTEM, found, DAY)}
    assert shares["dr_2025"].required_kw == pytest.approx(1_000.0)
    assert shares["plan"].shed_kw == pytest.approx(sum(each.known_shed_kw for each in found))
    with pytest.raises(Forbidden):
        parts.desk.held_against(Principal("emil", Role.ENTERPRISE, EnterpriseId("E1")), found, DAY)


def test_a_verified_reduction_raises_what_it_is_held_able_of(parts: Parts) -> None:
    at = to_ms(START) + (50 * 96 + 56) * BLOCK_MS
    ts_ms = np.array([at, at + BLOCK_MS], dtype=np.int64)
    made = Reduction(enterprise_scope("E1"), ts_ms, np.array([400.0, 420.0]), "dr:1", verified=True)
    parts.ledger.reductions.put_reductions("test", [made])
    found = parts.one("E1")
    assert found.basis is PotentialBasis.REDUCTIONS
    assert found.shed_kw == pytest.approx(410.0)


def test_a_protected_class_gives_nothing_and_says_why(parts: Parts) -> None:
    found = parts.one("E4")
    assert (found.verdict, found.shed_kw, found.shift_kw, found.confidence) == (PotentialVerdict.PROTECTED, 0, 0, 0)
    assert "protected class" in found.reason


@pytest.mark.parametrize("ident", ["E5", "E6"])
def test_no_data_is_a_verdict_and_no_number(parts: Parts, ident: str) -> None:
    found = parts.one(ident)
    assert found.verdict is PotentialVerdict.NO_DATA
    assert found.shed_kw is None
    assert found.expected_kw is None
    assert found.reason


def test_few_like_days_are_a_verdict(parts: Parts) -> None:
    (found,) = parts.of("E1", day=date(2026, 5, 14))
    assert found.verdict is PotentialVerdict.FEW_DAYS
    assert found.shed_kw is None
    assert "3" in found.reason


def test_an_enterprise_asks_about_itself_alone(parts: Parts) -> None:
    emil = Principal("emil", Role.ENTERPRISE, EnterpriseId("E1"))
    assert [each.enterprise_id for each in parts.of(principal=emil)] == ["E1"]
    with pytest.raises(Forbidden):
        parts.of("E2", principal=emil)
    assert [each.enterprise_id for each in parts.of("E2", "E1")] == ["E2", "E1"]
    assert len(parts.of()) == len(ENTERPRISES)
    with pytest.raises(NotFound):
        parts.of("E9")


def test_a_window_lies_within_its_day_on_quarter_hours(parts: Parts) -> None:
    span = WINDOW.on(DAY, Settings().district.zone)
    for start, end in (
        (span.start_ms + 60_000, span.end_ms),
        (span.end_ms, span.start_ms),
        (span.start_ms, span.end_ms + 12 * 4 * BLOCK_MS),
    ):
        with pytest.raises(Invalid):
            parts.desk.of(SYSTEM, None, DAY, start, end)
    whole = ClockWindow.parse("18:00-00:00").on(DAY, Settings().district.zone)
    assert whole.end_ms - whole.start_ms == 6 * 4 * BLOCK_MS


def test_what_grafana_reads_of_the_sites_is_what_the_questions_answer(parts: Parts) -> None:
    settings, zone = Settings(), Settings().district.zone
    opened = (settings, parts.store, parts.ledger, parts.clock)
    curves, last = open_site_curves(*opened), DAY - timedelta(days=3)
    assert curves.write(SYSTEM, last, Silent()).body["rows"] > 0
    assert curves.write(SYSTEM, last, Silent()).body["rows"] == 0, "nothing changed"
    e1 = enterprise_scope("E1")
    asked = parts.desk.by_hour(SYSTEM, EnterpriseId("E1"), last + timedelta(days=1))
    able = parts.store.read_days(POTENTIAL, [e1], day_span(last + timedelta(days=1), zone))
    assert able.values[:, 0].tolist() == [each.shed_kw for each in asked]
    baselines = open_baselines(*opened)
    official = next(each.id for each in baselines.methods().methods if each.official)
    (day,) = baselines.compute(SYSTEM, e1, last, ClockWindow.parse("00:00-00:00")).days
    told = parts.store.read_days(BASELINE, [e1], day_span(last, zone))
    assert told.values[:, 0].tolist() == list(next(each for each in day.methods if each.id == official).base_kw)
    shapes = open_analyses(*opened[:3], open_histories(*opened)).shapes(SYSTEM, e1, last - timedelta(days=364), last)
    site = parts.store.read_days(SITE_DAY, [e1], day_span(last, zone))
    assert site.values[0, 0] == shapes.sites[0].load_factor
    assert np.isnan(site.values[0, 3]), "no temperature, no cooling"
