"""The desk's answers, with an engine and from the store alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta

import numpy as np
import pytest

from config.policy import load_policy
from domain.arrays import FloatArray, IntArray
from domain.errors import Forbidden, InsufficientData, NotFound
from domain.ids import EnterpriseId
from domain.instants import Span
from domain.people import SYSTEM, Principal, Role
from domain.quality import Quality
from domain.references import OfficialLevel, Quota, Reference, ReferenceKind
from domain.scopes import DISTRICT, MONITORED, Scope, enterprise_scope, meter_scope
from monitor.desk import LoadDesk
from tests.monitor.district import START, ZONE, District, boundary_meter, main_meter, readings, registry_of

TODAY = date(2026, 7, 28)
HOUR = Span(START, START + timedelta(hours=1))


def desk_of(district: District, *, live: bool = True) -> LoadDesk:
    return LoadDesk(
        registry=district.ledger.registry,
        references=district.ledger.references,
        store=district.store,
        clock=district.clock,
        policy=load_policy(),
        settings=district.settings,
        zone=ZONE,
        superseded=district.ledger.superseded,
        live=district.engine if live else None,
    )


def quota(scope: Scope, kw: float, day: date = TODAY) -> Quota:
    return Quota(scope, day, (kw,) * 96, "甬电指〔2026〕12号", "officer")


def reference(scope: Scope, kind: str, kw: float) -> Reference:
    return Reference(scope, kind, kw, date(2026, 6, 1), "年鉴", "officer")


def busy() -> District:
    """Two enterprises and a boundary meter over 35 minutes: 150 kW monitored of 200 kW."""
    district = District(registry_of([main_meter(1), main_meter(2), boundary_meter()], streets={2: "聚贤"}))
    district.pass_minutes(35, {"M001": 100.0, "M002": 50.0, "B001": 200.0})
    return district


@pytest.mark.parametrize("live", [True, False])
def test_current_with_everything_known(*, live: bool) -> None:
    district = busy()
    references = district.ledger.references
    references.put_quota(quota(DISTRICT, 190.0))
    references.put_reference(reference(DISTRICT, ReferenceKind.RECORD, 240.0))
    references.put_reference(reference(DISTRICT, ReferenceKind.LAST_YEAR_MAXIMUM, 230.0))
    references.put_reference(reference(DISTRICT, ReferenceKind.EXPECTED_MAXIMUM, 125.0))
    references.put_official_level(OfficialLevel("Ⅲ级", "浙能源〔2026〕7号", TODAY, None, "officer"))
    current = desk_of(district, live=live).current(SYSTEM, DISTRICT)
    assert current.as_of == START + timedelta(minutes=34)
    assert not current.stale
    assert current.sliding_demand_kw.value == 200.0
    assert current.instantaneous_kw.value == 200.0
    assert current.estimate_kw == 200.0
    assert (current.quota_kw, current.record_kw, current.last_year_maximum_kw) == (190.0, 240.0, 230.0)
    assert current.quota_source == "甬电指〔2026〕12号"
    assert current.gap_kw == pytest.approx(10.0)
    assert current.gap_ratio == pytest.approx(0.08)
    assert current.gap_level == "yellow"
    assert (current.official_level, current.official_document) == ("Ⅲ级", "浙能源〔2026〕7号")
    assert current.today_maximum_kw.value == 200.0
    assert current.today_maximum_at == START
    assert current.expected_meters == 1
    assert current.monitored_share == (0.75 if live else None)


def test_no_quota_is_none_and_not_normal() -> None:
    current = desk_of(busy()).current(SYSTEM, DISTRICT)
    assert (current.quota_kw, current.gap_kw, current.gap_ratio, current.gap_level) == (None, None, None, "")


def test_a_gap_without_the_period_s_expected_maximum_has_no_ratio() -> None:
    district = busy()
    district.ledger.references.put_quota(quota(DISTRICT, 190.0))
    current = desk_of(district).current(SYSTEM, DISTRICT)
    assert current.gap_kw == pytest.approx(10.0)
    assert (current.gap_ratio, current.gap_level) == (None, "")


def test_success_never_hides_the_need() -> None:
    district = busy()
    district.ledger.references.put_quota(quota(DISTRICT, 190.0))

    class Cut:
        def reduction_kw(self, scope: Scope, minute: object) -> float:
            return 40.0

        def series(self, scopes: Sequence[Scope], ts_ms: IntArray, *, verified_only: bool = True) -> FloatArray:
            return np.full((len(scopes), len(ts_ms)), 40.0)

    desk = LoadDesk(
        registry=district.ledger.registry,
        references=district.ledger.references,
        store=district.store,
        clock=district.clock,
        policy=load_policy(),
        settings=district.settings,
        zone=ZONE,
        superseded=district.ledger.superseded,
        live=district.engine,
        reductions=Cut(),
    )
    current = desk.current(SYSTEM, DISTRICT)
    assert current.gap_kw == pytest.approx(50.0)
    assert current.sliding_demand_kw.value == 200.0


def test_current_says_why_there_is_no_figure() -> None:
    district = District(registry_of([main_meter(1), main_meter(2)]))
    desk = desk_of(district)
    assert "no district series" in desk.current(SYSTEM, DISTRICT).sliding_demand_kw.reason
    nothing = desk.current(SYSTEM, MONITORED)
    assert nothing.as_of is None
    assert nothing.stale
    assert "nothing has been heard" in nothing.sliding_demand_kw.reason
    district.pass_minutes(20, {"M001": 100.0})
    half = desk.current(SYSTEM, MONITORED)
    assert half.sliding_demand_kw.value is None
    assert half.sliding_demand_kw.coverage == pytest.approx(0.5)
    assert "50%" in half.sliding_demand_kw.reason
    assert half.silent_meters == ("M002",)
    assert half.today_maximum_kw.value is None


def test_current_of_a_single_meter_and_of_imported_history() -> None:
    district = busy()
    assert desk_of(district).current(SYSTEM, meter_scope("M002")).sliding_demand_kw.value == 50.0
    district.clock.advance(86_400)
    old = desk_of(district, live=False).current(SYSTEM, MONITORED)
    assert old.stale
    assert old.as_of == START + timedelta(minutes=34)
    assert old.sliding_demand_kw.value == 150.0


def test_curve_with_quota_gap_and_future() -> None:
    district = busy()
    district.ledger.references.put_quota(quota(MONITORED, 140.0))
    curve = desk_of(district).curve(SYSTEM, MONITORED, HOUR)
    assert curve.demand_kw.tolist() == pytest.approx([150.0, 150.0, np.nan, np.nan], nan_ok=True)
    assert curve.quota_kw.tolist() == [140.0] * 4
    assert curve.quality.tolist() == ["ok", "ok", "insufficient", "insufficient"]
    assert curve.revision.tolist() == [1, 1, 0, 0]
    none = desk_of(district).curve(SYSTEM, DISTRICT, HOUR)
    assert np.isnan(none.quota_kw).all()


def test_demands_are_the_curves_of_all_enterprises_side_by_side() -> None:
    district = busy()
    desk = desk_of(district)
    both = desk.demands(SYSTEM, HOUR)
    assert both.enterprises == ("E001", "E002")
    assert both.ts_ms.tolist() == HOUR.grid_ms(900).tolist()
    for row, enterprise in enumerate(both.enterprises):
        curve = desk.curve(SYSTEM, enterprise_scope(enterprise), HOUR)
        np.testing.assert_array_equal(both.demand_kw[row], curve.demand_kw)
        np.testing.assert_array_equal(both.coverage[row], curve.coverage)
    assert both.demand_kw[:, 0].tolist() == [100.0, 50.0]
    own = desk.demands(Principal("yi", Role.ENTERPRISE, EnterpriseId("E002")), HOUR)
    assert own.enterprises == ("E002",)
    assert own.demand_kw[0, :2].tolist() == [50.0, 50.0]


def test_a_curve_without_demand_rows_is_derived_from_readings() -> None:
    district = District(registry_of([main_meter(1), main_meter(2, interval_s=900)]))
    district.store.write(readings("M001", START, [100.0] * 60))
    district.store.write(readings("M002", START, [10.0, 20.0, 30.0, 40.0], step_s=900))
    district.clock.advance(7200)
    curve = desk_of(district, live=False).curve(SYSTEM, MONITORED, HOUR)
    assert curve.demand_kw.tolist() == [110.0, 120.0, 130.0, 140.0]
    assert len(district.store.read_demand((MONITORED,), HOUR)) == 0


def whole_day(district: District, powers: list[float]) -> None:
    """96 blocks of the local day, written as 15-minute readings of M001."""
    start = START - timedelta(hours=14)
    district.store.write(readings("M001", start, powers, step_s=900))
    district.clock.set(START + timedelta(hours=11))


def test_indices_of_a_day() -> None:
    district = District(registry_of([main_meter(1, interval_s=900)]))
    whole_day(district, [50.0] * 48 + [150.0] * 48)
    (day,) = desk_of(district, live=False).indices(SYSTEM, enterprise_scope("E001"), TODAY, TODAY)
    assert (day.maximum_kw.value, day.minimum_kw.value, day.mean_kw.value) == (150.0, 50.0, 100.0)
    assert day.maximum_at == START - timedelta(hours=2)
    assert day.load_factor.value == pytest.approx(2 / 3)
    assert day.energy_kwh.value == pytest.approx(2400.0)
    assert not day.maximum_kw.estimated


def test_indices_of_a_day_with_too_little_say_so() -> None:
    district = District(registry_of([main_meter(1, interval_s=900)]))
    whole_day(district, [50.0] * 80)
    (day,) = desk_of(district, live=False).indices(SYSTEM, enterprise_scope("E001"), TODAY, TODAY)
    assert day.maximum_kw.value is None
    assert day.maximum_kw.coverage == pytest.approx(80 / 96)
    assert day.maximum_kw.reason


def test_who_makes_the_peak() -> None:
    district = District(registry_of([main_meter(1, interval_s=900), main_meter(2, interval_s=900)]))
    district.store.write(readings("M001", START, [100.0, 100.0, 300.0, 100.0], step_s=900))
    district.store.write(readings("M002", START, [200.0, 500.0, 350.0, 50.0], step_s=900))
    district.clock.advance(7200)
    peak = desk_of(district, live=False).peaks(SYSTEM, MONITORED, HOUR)
    assert peak.at == START + timedelta(minutes=30)
    assert peak.demand_kw == 650.0
    assert [(s.scope.id, s.demand_kw, s.own_maximum_kw) for s in peak.shares] == [
        ("E002", 350.0, 500.0),
        ("E001", 300.0, 300.0),
    ]
    assert peak.shares[0].name == "企业2"
    assert peak.shares[0].share == pytest.approx(350 / 650)
    assert peak.coincidence_factor == pytest.approx(650 / 800)
    assert peak.skipped_blocks == 0


def test_suspect_blocks_set_no_peak() -> None:
    district = District(registry_of([main_meter(1, interval_s=900)]))
    district.store.write(readings("M001", START, [100.0, 120.0], step_s=900))
    spike = readings("M001", START + timedelta(minutes=30), [9_000.0], step_s=900, quality=Quality.SPIKE)
    district.store.write(spike)
    district.clock.advance(7200)
    desk = desk_of(district, live=False)
    assert desk.peaks(SYSTEM, MONITORED, HOUR).demand_kw == 120.0
    assert desk.peaks(SYSTEM, MONITORED, HOUR).skipped_blocks == 2
    with pytest.raises(InsufficientData):
        desk.peaks(SYSTEM, MONITORED, Span(START + timedelta(minutes=30), START + timedelta(hours=1)))


def test_a_block_that_lacks_a_minute_sets_no_peak() -> None:
    district = District(registry_of([main_meter(1)]))
    district.store.write(readings("M001", START, [100.0] * 15 + [200.0] * 14))
    district.clock.advance(7200)
    desk = desk_of(district, live=False)
    curve = desk.curve(SYSTEM, MONITORED, Span(START, START + timedelta(minutes=30)))
    assert curve.quality.tolist() == ["ok", "estimated"]
    assert curve.demand_kw.tolist() == [100.0, 200.0]
    assert desk.peaks(SYSTEM, MONITORED, HOUR).demand_kw == 100.0
    assert desk.current(SYSTEM, MONITORED).today_maximum_kw.value == 100.0


def test_quality_lists_the_worst_first() -> None:
    district = District(registry_of([main_meter(1), main_meter(2)]))
    district.pass_minutes(10, {"M001": 1.0})
    district.pass_minutes(10, {"M001": 1.0, "M002": 2.0}, quality={"M002": Quality.FROZEN})
    worst, best = desk_of(district).quality(SYSTEM, TODAY)
    assert (worst.meter, worst.received, worst.suspect, worst.faults) == ("M002", 10, 10, ("frozen",))
    assert (best.meter, best.received, best.faults) == ("M001", 20, ())
    assert best.expected == 14 * 60 + 20
    assert best.completeness == pytest.approx(20 / 860)


def test_the_brief_with_everything() -> None:
    district = busy()
    references = district.ledger.references
    references.put_quota(quota(DISTRICT, 190.0))
    references.put_reference(reference(DISTRICT, ReferenceKind.EXPECTED_MAXIMUM, 125.0))
    before = START.replace(year=2025) + timedelta(minutes=30)
    district.store.write(readings("B001", before, [160.0] * 15))
    brief = desk_of(district).brief(SYSTEM)
    assert brief.text_zh == (
        "截至14:35全区负荷0.2MW，同比+25.0%，占指标105.3%，缺口0.0MW（测算参考黄色(较重)），今日最大0.2MW（14:00）。"
    )
    assert brief.complete
    assert [number.text for number in brief.numbers] == ["0.2", "+25.0%", "105.3%", "0.0", "0.2"]
    assert all(number.href.startswith("/api/v1/") for number in brief.numbers)
    assert "105.3% of quota" in brief.text_en


def test_the_brief_says_what_is_missing() -> None:
    district = District(registry_of([main_meter(1), main_meter(2)]))
    district.pass_minutes(20, {"M001": 100.0})
    brief = desk_of(district).brief(SYSTEM)
    assert brief.text_zh.startswith("截至14:20监测负荷数据不足（覆盖率50%")
    assert not brief.complete
    district.pass_minutes(16, {"M001": 100.0, "M002": 100.0})
    brief = desk_of(district).brief(SYSTEM)
    assert "无同期数据" in brief.text_zh
    assert "未下达用电指标" in brief.text_zh
    assert not brief.complete


OWN = Principal("e1", Role.ENTERPRISE, EnterpriseId("E001"))
QUESTIONS: dict[str, Callable[[LoadDesk, Scope], object]] = {
    "current": lambda desk, scope: desk.current(OWN, scope),
    "curve": lambda desk, scope: desk.curve(OWN, scope, HOUR),
    "indices": lambda desk, scope: desk.indices(OWN, scope, TODAY, TODAY),
    "peaks": lambda desk, scope: desk.peaks(OWN, scope, HOUR),
}
FOREIGN = ("district", "monitored", "street:梅墟", "enterprise:E002", "meter:M002", "meter:B001", "enterprise:E999")


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize("scope", FOREIGN)
def test_an_enterprise_asks_only_about_itself(question: str, scope: str) -> None:
    desk = desk_of(busy())
    with pytest.raises(Forbidden):
        QUESTIONS[question](desk, Scope.parse(scope))


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize("scope", ["enterprise:E001", "meter:M001"])
def test_an_enterprise_may_ask_about_itself(question: str, scope: str) -> None:
    assert QUESTIONS[question](desk_of(busy()), Scope.parse(scope)) is not None


def test_the_other_questions_of_an_enterprise() -> None:
    desk = desk_of(busy())
    assert desk.scopes(OWN) == [enterprise_scope("E001")]
    assert [quality.meter for quality in desk.quality(OWN, TODAY)] == ["M001"]
    assert len(desk.readings(OWN, "M001", HOUR, limit=5)) == 5
    for ask in (lambda: desk.readings(OWN, "M002", HOUR, limit=5), lambda: desk.brief(OWN)):
        with pytest.raises(Forbidden):
            ask()


def test_a_meter_that_changed_hands_is_shown_to_its_owner_of_the_day() -> None:
    district = busy()
    moved = main_meter(2, account="A001", valid_from=TODAY + timedelta(days=1))
    district.ledger.registry.put_versions("officer", meters=[moved])
    tomorrow = Span(START + timedelta(days=1), START + timedelta(days=1, hours=1))
    desk = desk_of(district)
    desk.curve(OWN, meter_scope("M002"), tomorrow)
    with pytest.raises(Forbidden):
        desk.curve(OWN, meter_scope("M002"), Span(HOUR.start, tomorrow.end))


def test_unknown_scopes_are_not_found() -> None:
    desk = desk_of(busy())
    for scope in ("enterprise:E999", "meter:X", "street:无"):
        with pytest.raises(NotFound):
            desk.current(SYSTEM, Scope.parse(scope))


def test_officers_may_ask_about_everything_there_is() -> None:
    scopes = desk_of(busy()).scopes(SYSTEM)
    assert scopes[:2] == [DISTRICT, MONITORED]
    assert {str(s) for s in scopes[2:]} == {
        *("substation:梅墟变", "street:梅墟", "street:聚贤", "enterprise:E001", "enterprise:E002")
    }
