"""The questions about weeks and years, on a district of simulated years with a summer that was put in."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import lru_cache

import numpy as np
import pytest

from analytics import cooling
from config.policy import load_policy
from domain.errors import Forbidden, Invalid, NotFound
from domain.ids import EnterpriseId
from domain.people import SYSTEM, Principal, Role
from domain.runs import Cancelled
from domain.scopes import DISTRICT, MONITORED, Scope, ScopeKind, enterprise_scope
from monitor.analyses import KINDS, AnalysisDesk, plain
from monitor.cooling_report import HotDayQuestion
from monitor.load_history import joined
from monitor.runs import canonical_json
from monitor.weather import WeatherHistory
from storage.readings.memory import MemoryStore
from tests.monitor.district import ZONE, boundary_meter, main_meter, readings, registry_of
from tests.support.histories import GivenHistories, GivenWeather
from tests.support.ledger import MemoryLedger

FIRST, LAST = date(2025, 1, 1), date(2025, 12, 31)
DAYS = [FIRST + timedelta(days=n) for n in range(365)]
HOUR = np.arange(96) / 4
SITES = 10
EMIL = Principal("emil", Role.ENTERPRISE, EnterpriseId("E001"))
SENSITIVITY = np.array([12.0, 8.0, 5.0, 3.0, 2.0, 2.0, 1.0, 1.0, 0.0, 0.0])


@lru_cache(maxsize=1)
def temperature() -> np.ndarray:
    """Hourly: mild winter, 36 degrees in July, warmest at 15 h."""
    random = np.random.default_rng(2)
    day = 18 + 12 * np.sin((np.arange(365) - 105) / 365 * 2 * np.pi) + random.normal(0, 2, 365)
    hour = 4 * np.sin((np.arange(24) - 9) / 24 * 2 * np.pi)
    return np.asarray((day[:, None] + hour).ravel())


@lru_cache(maxsize=1)
def loads() -> dict[Scope, np.ndarray]:
    random = np.random.default_rng(3)
    calendar = load_policy().calendar
    works = np.array([calendar.works(day) for day in DAYS])
    quarter_c = np.repeat(temperature(), 4).reshape(365, 96)
    found = {}
    for n in range(SITES):
        shape = 60 + 100 * np.exp(-((HOUR - 11 - n % 5) ** 2) / 12)
        own = np.where(works[:, None], shape, 40 + 0 * HOUR) * random.normal(1, 0.02, (365, 1))
        found[enterprise_scope(f"E{n + 1:03d}")] = (own + SENSITIVITY[n] * np.maximum(quarter_c - 26, 0)).ravel()
    found[MONITORED] = sum(found.values())
    found[Scope(ScopeKind.STREET, "梅墟")] = found[MONITORED]
    found[DISTRICT] = found[MONITORED] * 1.2
    return found


def desk_of(
    given: dict[Scope, np.ndarray] | None = None,
    reduction: dict[Scope, np.ndarray] | None = None,
    *,
    weather: bool = True,
) -> AnalysisDesk:
    registry = registry_of([*(main_meter(n + 1) for n in range(SITES)), boundary_meter()])
    ledger = MemoryLedger(registry)
    known = temperature() if weather else np.full(365 * 24, np.nan)
    histories = GivenHistories(registry, ZONE, FIRST, loads() if given is None else given, reduction or {})
    store = MemoryStore()
    return AnalysisDesk(
        histories, WeatherHistory(GivenWeather(ZONE, FIRST, known)), ledger.registry, store, load_policy(), ZONE
    )


def test_a_year_has_its_figures_and_they_agree_with_the_loads() -> None:
    found = desk_of().characteristics(SYSTEM, MONITORED, FIRST, LAST)
    load = loads()[MONITORED]
    (year,) = found.years
    assert year.maximum_kw == pytest.approx(load.max())
    assert year.energy_kwh == pytest.approx(load.sum() / 4)
    assert year.utilisation_h == pytest.approx(load.sum() / 4 / load.max())
    assert year.maximum_on == DAYS[int(load.argmax()) // 96]
    assert [near.hours for near in year.near_maximum] == [
        float((load >= share * load.max()).sum()) / 4 for share in (0.95, 0.97, 0.98)
    ]
    assert year.product is not None
    # Only near: days and months here do not have one shape (exact cases: tests/analytics/test_period_figures.py).
    assert year.load_factor == pytest.approx(year.product, rel=0.25)
    kinds = [period.kind for period in found.periods]
    assert [kinds.count(kind) for kind in ("month", "quarter", "year", "span")] == [12, 4, 1, 1]
    january = next(period for period in found.periods if period.kind == "month")
    assert (january.counted, january.days) == (31, 31)
    assert january.maximum_kw == pytest.approx(load[: 31 * 96].max())
    typical = {day.kind: day for day in found.typical}
    assert typical["hottest_workdays"].days == 5
    assert typical["spring_base"].days > 5
    # 26 January 2025 and 8 February are weekend days that were worked (春节调休).
    assert date(2025, 1, 26) in typical["mean_workday"].on
    assert date(2025, 10, 2) in typical["holiday"].on


def test_an_event_day_stands_apart_and_restored_load_beside_the_measured() -> None:
    scope, day = enterprise_scope("E001"), DAYS.index(date(2025, 7, 15))
    reduction = np.zeros(365 * 96)
    reduction[day * 96 + 56 : day * 96 + 64] = 500.0
    found = desk_of(reduction={scope: reduction}).characteristics(SYSTEM, scope, FIRST, LAST)
    assert found.event_days == 1
    july = next(p for p in found.periods if p.kind == "month" and p.first.month == 7)
    assert july.restored_maximum_kw is not None
    assert july.maximum_kw is not None
    assert july.restored_maximum_kw > july.maximum_kw + 100
    june = next(p for p in found.periods if p.kind == "month" and p.first.month == 6)
    assert june.restored_maximum_kw is None
    typical = {each.kind: each for each in found.typical}
    assert typical["event"].on == (date(2025, 7, 15),)
    assert date(2025, 7, 15) not in typical["mean_workday"].on


def test_what_was_not_measured_has_a_reason_and_no_number() -> None:
    gap = {MONITORED: loads()[MONITORED].copy()}
    gap[MONITORED][: 200 * 96] = np.nan
    found = desk_of(gap).characteristics(SYSTEM, MONITORED, FIRST, LAST)
    (year,) = found.years
    assert (year.utilisation_h, year.counted) == (None, 165)
    assert "165" in year.reason
    assert "329" in year.reason
    january = next(period for period in found.periods if period.kind == "month")
    assert january.maximum_kw is None
    assert "没有实测数据" in january.reason


def test_duration_falls_and_says_its_coverage() -> None:
    found = desk_of().duration(SYSTEM, MONITORED, FIRST, LAST, points=11)
    values = [point.demand_kw for point in found.points]
    assert values[0] == pytest.approx(loads()[MONITORED].max())
    assert values == sorted(values, key=lambda kw: -(kw or 0))
    assert (found.coverage, found.points[-1].hours) == (1.0, 8760.0)
    empty = desk_of({}).duration(SYSTEM, MONITORED, FIRST, LAST)
    assert empty.reason
    assert all(point.demand_kw is None for point in empty.points)


def test_a_month_is_split_under_the_schedule_of_its_days() -> None:
    found = desk_of().tou(SYSTEM, MONITORED, date(2025, 7, 1), date(2025, 7, 31))
    (period,) = found.periods
    assert (period.edition, period.confidence) == ("zhejiang-2024", "M")
    load = loads()[MONITORED][DAYS.index(date(2025, 7, 1)) * 96 :][: 31 * 96].reshape(31, 96)
    sharp = (HOUR >= 9) & (HOUR < 11) | (HOUR >= 15) & (HOUR < 17)
    assert period.bands[0].energy_kwh == pytest.approx(load[:, sharp].sum() / 4)
    assert sum(band.share or 0 for band in period.bands) == pytest.approx(1.0)


def test_coincidence_by_month_and_who_made_the_peak() -> None:
    found = desk_of().coincidence(SYSTEM, MONITORED, date(2025, 6, 1), date(2025, 8, 31))
    assert [row.first.month for row in found.periods] == [6, 7, 8]
    whole = found.whole
    assert whole.coincidence_factor is not None
    assert 0 < whole.coincidence_factor <= 1
    assert whole.diversity_factor == pytest.approx(1 / whole.coincidence_factor)
    assert sum(part.share or 0 for part in found.contributions) == pytest.approx(1.0)
    assert found.contributions[0].scope == "enterprise:E001"
    assert all(part.of_own is not None and part.of_own <= 1 for part in found.contributions)
    streets = desk_of().coincidence(SYSTEM, MONITORED, date(2025, 6, 1), date(2025, 6, 30), by="street")
    assert [part.scope for part in streets.contributions] == ["street:梅墟"]


def test_a_part_without_data_is_left_out_by_name() -> None:
    given = {**loads(), enterprise_scope("E002"): np.full(365 * 96, np.nan)}
    found = desk_of(given).coincidence(SYSTEM, MONITORED, date(2025, 6, 1), date(2025, 6, 30))
    assert found.left_out == ("enterprise:E002",)
    assert len(found.contributions) == SITES - 1


def test_sensitivities_that_were_put_in_come_out_and_a_hot_day_adds_up() -> None:
    found = desk_of().cooling(SYSTEM, MONITORED, FIRST, LAST, HotDayQuestion(40.0, 38.0))
    by_scope = {site.scope: site for site in found.sites}
    for n, expected in enumerate(SENSITIVITY[:4]):
        site = by_scope[f"enterprise:E{n + 1:03d}"]
        # Load at the group's peak hour against the day's highest temperature: a little below the slope put in.
        assert site.kw_per_c == pytest.approx(expected, rel=0.25)
    known = [site.kw_per_c for site in found.sites if site.kw_per_c is not None]
    assert found.group.kw_per_c == pytest.approx(sum(known), rel=0.1)
    hot = found.hot_day
    assert hot is not None
    assert hot.load_kw == pytest.approx(sum(site.load_kw for site in hot.sites))
    assert hot.low_kw is not None
    assert hot.high_kw is not None
    assert hot.load_kw is not None
    assert hot.low_kw < hot.load_kw < hot.high_kw
    assert hot.sites[0].scope == "enterprise:E001"
    assert hot.extrapolated
    assert found.peak_cooling_kw is not None
    assert found.peak_cooling_kw > 100


def test_without_temperature_cooling_is_refused_with_the_reason() -> None:
    found = desk_of(weather=False).cooling(SYSTEM, MONITORED, FIRST, LAST, HotDayQuestion(40.0, 40.0))
    assert found.refused == (("no_temperature", SITES),)
    assert all(site.kw_per_c is None and "气温" in site.reason for site in found.sites)
    assert found.hot_day is not None
    assert found.hot_day.load_kw is None
    assert "气温" in found.hot_day.reason


def test_shapes_and_drift_of_the_group() -> None:
    given = {scope: load.copy() for scope, load in loads().items()}
    given[enterprise_scope("E003")].reshape(365, 96)[120:] *= 2
    desk = desk_of(given)
    shapes = desk.shapes(SYSTEM, MONITORED, FIRST, LAST)
    assert {site.shape for site in shapes.sites} <= {"single_peak", "double_peak"}
    assert shapes.clusters
    assert sum(cluster.sites for cluster in shapes.clusters) == SITES
    assert all(cluster.name_zh and cluster.name_en for cluster in shapes.clusters)
    drift = desk.drift(SYSTEM, MONITORED, FIRST, LAST)
    found = [row for row in drift.drifts if row.scope == "enterprise:E003"]
    assert [row.kind for row in found] == ["multiplier"]
    assert abs((found[0].on - DAYS[120]).days) <= 7


def test_a_week_old_enterprise_is_told_what_is_missing() -> None:
    desk = desk_of()
    last = date(2025, 7, 7)
    scope, first = enterprise_scope("E001"), date(2025, 7, 1)
    assert "完整日不足：5 天，需要 10 天" in desk.shapes(SYSTEM, scope, first, last).sites[0].reason
    cooled = desk.cooling(SYSTEM, scope, first, last, HotDayQuestion(40.0, 40.0))
    assert "完整日不足" in cooled.sites[0].reason
    assert cooled.hot_day is not None
    assert cooled.hot_day.reason == cooled.sites[0].reason  # with its figures
    assert desk.drift(SYSTEM, scope, first, last).refused[0][0] == "enterprise:E001"


def test_power_factor_from_readings_that_have_both() -> None:
    desk = desk_of()
    found = desk.power_factor(SYSTEM, enterprise_scope("E001"), date(2025, 7, 1), date(2025, 7, 1))
    assert found.months[0].power_factor is None
    assert "无功" in found.months[0].reason
    batch = readings("M001", datetime(2025, 7, 1, tzinfo=ZONE), [80.0] * 1440)
    batch.values[:, 1] = -60.0
    desk._store.write(batch)
    found = desk.power_factor(SYSTEM, enterprise_scope("E001"), date(2025, 7, 1), date(2025, 7, 1))
    assert found.months[0].power_factor == 0.8
    assert found.months[0].reactive_kvarh == pytest.approx(1440.0)


def test_scopes_are_checked_first() -> None:
    desk = desk_of()
    for ask in (
        desk.characteristics,
        desk.tou,
        desk.shapes,
        desk.drift,
        desk.cooling,
        desk.power_factor,
        desk.coincidence,
    ):
        with pytest.raises(Forbidden):
            ask(EMIL, MONITORED, FIRST, LAST)
    assert desk.characteristics(EMIL, enterprise_scope("E001"), FIRST, LAST).scope == "enterprise:E001"
    with pytest.raises(NotFound):
        desk.shapes(SYSTEM, enterprise_scope("E999"), FIRST, LAST)
    with pytest.raises(Invalid, match="lies before"):
        desk.shapes(SYSTEM, MONITORED, LAST, FIRST)


@pytest.mark.parametrize("kind", KINDS)
def test_a_kept_result_is_remade_to_the_same_bytes_and_names_its_data_and_settings(kind: str) -> None:
    class Silent:
        def step(self, share: float, note: str = "") -> None: ...

    def kept(given: dict[Scope, np.ndarray]) -> tuple[bytes, str, str]:
        found = desk_of(given).work(SYSTEM, kind, MONITORED, FIRST, LAST, HotDayQuestion(40.0, 38.0))(Silent())
        return canonical_json(found.body), found.data_digest, found.settings_digest

    first = kept(loads())
    assert kept({scope: load.copy() for scope, load in loads().items()}) == first
    assert all(first)
    others = kept({**loads(), MONITORED: loads()[MONITORED] + 1.0})
    assert others[1] != first[1]
    assert others[2] == first[2]


def test_a_run_tells_how_far_it_is_and_ends_at_any_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cooling, "RUN", 4)
    desk, seen = desk_of(), list[float]()

    class Told:
        def __init__(self, end_at: float = 2.0) -> None:
            self.end_at = end_at

        def step(self, share: float, note: str = "") -> None:
            seen.append(share)
            if share >= self.end_at:
                raise Cancelled

    outcome = desk.work(SYSTEM, "shapes", MONITORED, FIRST, LAST)(Told())
    assert seen == sorted(seen)
    assert any(0.6 < share < 1.0 for share in seen)  # each k of the clusters is a step
    assert canonical_json(outcome.body) == canonical_json(plain(desk.shapes(SYSTEM, MONITORED, FIRST, LAST)))
    for kind, end_at in (("characteristics", 0.6), ("drift", 0.7), ("cooling", 0.7)):
        seen.clear()
        with pytest.raises(Cancelled):
            desk.work(SYSTEM, kind, MONITORED, FIRST, LAST)(Told(end_at))
        assert end_at <= seen[-1] < 1.0  # between two runs of sites, not when all is done


def test_loads_read_in_parts_are_the_same_as_at_once() -> None:
    registry = registry_of([main_meter(n + 1) for n in range(SITES)])
    histories = GivenHistories(registry, ZONE, FIRST, loads())
    scopes = [enterprise_scope(f"E{n + 1:03d}") for n in range(3)]
    at_once = histories.history(SYSTEM, scopes, FIRST, LAST)
    parts = [histories.history(SYSTEM, some, FIRST, LAST) for some in (scopes[:2], scopes[2:])]
    assert joined(parts).digest == at_once.digest
