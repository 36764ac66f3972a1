"""The forecast desk over a real store and ledger: issue times, coherence, weather as known, refusals, scopes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from app.wiring import open_anomalies, open_behaviour, open_forecast_book, open_forecasts, open_histories
from config.settings import Settings
from domain.arrays import FloatArray
from domain.errors import Forbidden, InsufficientData, Invalid
from domain.ids import AccountId, EnterpriseId, MeterId
from domain.instants import BLOCK_MS, HOUR_MS, Span, to_ms
from domain.people import SYSTEM, Principal, Role
from domain.references import Quota
from domain.registry import Account, Enterprise, Meter
from domain.scopes import MONITORED, enterprise_scope
from domain.weather import WeatherRows
from monitor.anomaly_desk import KIND, waiting
from monitor.forecasting import ForecastDesk
from monitor.runs import Runs
from storage.ledger import SqlLedger
from storage.ports import DemandRows
from storage.readings.memory import MemoryStore
from storage.schema import FORECAST
from tests.support.clock import HandClock

SINCE = date(2020, 1, 1)
START = datetime(2026, 5, 3, 16, tzinfo=UTC)  # midnight of a Monday in Ningbo
ISSUE = START + timedelta(days=49, hours=9)
IDS = ("E1", "E2", "E3")
SCOPES = [*(enterprise_scope(each) for each in IDS), MONITORED]


def loads(days: int) -> FloatArray:
    """Three enterprises, the third only a week old, and their sum: shape (4, blocks)."""
    rng = np.random.default_rng(5)
    block = np.arange(days * 96)
    hour, weekday = block % 96 / 4, block // 96 % 7
    works = (hour >= 8) & (hour < 18) & (weekday < 5)
    rows = np.stack([500 + 900 * works, 300 + 50 * np.cos(hour / 24 * 2 * np.pi), 100 + 40 * works])
    rows = rows + rng.normal(0, 8, rows.shape)
    return np.concatenate([rows, rows.sum(axis=0, keepdims=True)])


def keep(store: MemoryStore, values: FloatArray, first_block: int = 0) -> None:
    ts = to_ms(START) + (first_block + np.arange(values.shape[1], dtype=np.int64)) * BLOCK_MS
    for place, scope in enumerate(SCOPES):
        kw = values[place]
        known = np.ones(len(ts), dtype=np.bool_)
        if place == 2:
            known = ts >= to_ms(ISSUE) - 7 * 24 * HOUR_MS
        n = int(known.sum())
        store.write_demand(
            DemandRows(
                scope=(scope,) * n,
                ts_ms=ts[known],
                demand_kw=kw[known],
                energy_kwh=kw[known] / 4,
                coverage=np.ones(n),
                estimate_kw=kw[known],
                estimate_low_kw=kw[known],
                estimate_high_kw=kw[known],
                quality=np.full(n, "ok", dtype=object),
                revision=np.ones(n, dtype=np.int64),
            )
        )


@pytest.fixture
def parts(tmp_path: Path) -> Iterator[tuple[ForecastDesk, MemoryStore, SqlLedger]]:
    clock = HandClock(ISSUE + timedelta(days=5))
    ledger = SqlLedger(f"sqlite:///{tmp_path}/ledger.sqlite", clock=clock)
    ledger.registry.put_versions(
        "system",
        enterprises=[Enterprise(EnterpriseId(each), SINCE, f"企业{each}", street="", sector="") for each in IDS],
        accounts=[Account(AccountId(f"A{each}"), SINCE, EnterpriseId(each)) for each in IDS],
        meters=[Meter(MeterId(f"M{each}"), SINCE, AccountId(f"A{each}")) for each in IDS],
    )
    store = MemoryStore()
    keep(store, loads(53))
    yield open_forecasts(Settings(), store, ledger, clock), store, ledger
    store.close()
    ledger.close()


Parts = tuple[ForecastDesk, MemoryStore, SqlLedger]


def test_what_comes_after_the_issue_changes_no_byte(parts: Parts, tmp_path: Path) -> None:
    desk, store, ledger = parts
    before = desk.forecast(SYSTEM, MONITORED, at=ISSUE, hours=36)
    after_ms = to_ms(ISSUE) - to_ms(START)
    keep(store, np.full((4, 300), 1e6), first_block=after_ms // BLOCK_MS)
    ledger.weather.put(WeatherRows.of([(to_ms(ISSUE) + n * HOUR_MS,) * 2 + (40.0, None) for n in range(1, 48)], "late"))
    again = open_forecasts(Settings(), store, ledger, HandClock(ISSUE + timedelta(days=5)))
    after = again.forecast(SYSTEM, MONITORED, at=ISSUE, hours=36)
    for name in ("p10_kw", "p50_kw", "p90_kw"):
        assert getattr(after, name).tobytes() == getattr(before, name).tobytes()
    assert after.data_digest == before.data_digest
    assert after.days == before.days


def test_enterprises_and_total_add_up_with_the_new_one_in_the_rest(parts: Parts) -> None:
    desk, _, _ = parts
    issued = desk.issue(to_ms(ISSUE), 24)
    place = {str(scope): issued.place(scope) for scope in issued.scopes}
    kw = issued.sites.expected_kw
    assert issued.coherent
    parts_kw = kw[place["enterprise:E1"]] + kw[place["enterprise:E2"]] + issued.rest_kw
    np.testing.assert_allclose(parts_kw, kw[place["monitored"]], rtol=1e-9)
    assert issued.rest_kw.mean() == pytest.approx(110, rel=0.35)
    answer = desk.forecast(SYSTEM, MONITORED, at=ISSUE, hours=24)
    assert [name for name, _ in answer.unmodelled] == ["企业E3"]
    with pytest.raises(InsufficientData, match="14 days"):
        desk.forecast(SYSTEM, enterprise_scope("E3"), at=ISSUE, hours=24)


def test_the_band_of_the_sum_is_narrower_than_the_sum_of_bands(parts: Parts) -> None:
    desk, _, _ = parts
    width = {}
    for scope in (MONITORED, enterprise_scope("E1"), enterprise_scope("E2")):
        found = desk.forecast(SYSTEM, scope, at=ISSUE, hours=24)
        width[scope] = float((found.p90_kw - found.p10_kw).mean())
    # The band of the sum holds the errors of the third, which has no forecast of its own, as well.
    assert width[MONITORED] < width[enterprise_scope("E1")] + width[enterprise_scope("E2")]


def test_quota_is_passed_with_a_probability(parts: Parts) -> None:
    desk, _, ledger = parts
    tomorrow = date(2026, 6, 23)
    ledger.references.put_quota(Quota(MONITORED, tomorrow, (1700.0,) * 96, "甘供〔2026〕1号", "wang"))
    found = desk.forecast(SYSTEM, MONITORED, at=ISSUE, hours=48)
    today, then = found.days[:2]
    assert (today.quota_probability, today.whole, then.whole) == (None, False, True)
    assert then.quota_probability is not None
    assert then.quota_probability > 0.9
    night = found.quota_probability[~np.isnan(found.quota_probability)][:20]
    assert night.max() <= 0.1
    assert then.peak_p10_kw <= then.peak_p50_kw <= then.peak_p90_kw


def test_the_next_hours_are_the_beginning_of_the_next_days(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    desk, *_ = parts
    whole = desk.forecast(SYSTEM, MONITORED, at=ISSUE)
    monkeypatch.setattr(desk, "_compute", None)  # the work is done once
    soon = desk.forecast(SYSTEM, MONITORED, at=ISSUE, hours=8)
    assert len(soon.ts_ms) == 32
    for one, other in ((soon.p10_kw, whole.p10_kw), (soon.p50_kw, whole.p50_kw), (soon.p90_kw, whole.p90_kw)):
        np.testing.assert_array_equal(one, other[:32])
    assert [day.day for day in soon.days] == [whole.days[0].day][: len(soon.days)]


def test_an_enterprise_sees_its_own_forecast_only(parts: Parts) -> None:
    desk, _, _ = parts
    emil = Principal("emil", Role.ENTERPRISE, EnterpriseId("E1"))
    assert desk.forecast(emil, enterprise_scope("E1"), at=ISSUE, hours=2).scope.id == "E1"
    for other in (MONITORED, enterprise_scope("E2")):
        with pytest.raises(Forbidden):
            desk.forecast(emil, other, at=ISSUE, hours=2)


def test_wrong_questions_say_what_to_ask(parts: Parts) -> None:
    desk, _, _ = parts
    with pytest.raises(Invalid, match="168 hours"):
        desk.forecast(SYSTEM, MONITORED, at=ISSUE, hours=169)
    with pytest.raises(Invalid, match="not come yet"):
        desk.forecast(SYSTEM, MONITORED, at=ISSUE + timedelta(days=30))
    with pytest.raises(InsufficientData):
        desk.forecast(SYSTEM, MONITORED, at=START + timedelta(days=5))


def test_mornings_are_kept_and_scored_when_what_they_spoke_of_has_come(parts: Parts) -> None:
    desk, store, ledger = parts
    clock = HandClock(START + timedelta(days=49, hours=9))
    settings = Settings()
    desk = open_forecasts(settings, store, ledger, clock)
    book = open_forecast_book(desk, settings, ledger, open_histories(settings, store, ledger, clock), clock, store)
    assert book.turn() == (3, 0)  # two enterprises and the total; the third is a week old
    assert book.turn() == (0, 0)
    morning = Span(clock.now() - timedelta(hours=1), clock.now() + timedelta(hours=47))
    shown = store.read_days(FORECAST, [MONITORED], morning)
    assert len(shown) == 192
    assert (shown.values[:, 0] <= shown.values[:, 2]).all()
    clock.advance(2 * 86400)
    assert book.turn() == (3, 0)
    clock.advance(6 * 3600)
    assert book.score_due() == 3
    [total, *_] = book.scores(SYSTEM)
    assert (total.scope, total.issues) == (MONITORED, 1)
    kept = total.day_kw
    assert total.day_skill is not None
    assert total.covered is not None
    assert 0.5 < total.covered <= 1.0
    emil = Principal("emil", Role.ENTERPRISE, EnterpriseId("E1"))
    assert [each.scope.id for each in book.scores(emil)] == ["E1"]
    with pytest.raises(Forbidden):
        book.scores(emil, MONITORED)
    runs = Runs(ledger.results, clock, program="9")
    with pytest.raises(Forbidden):
        book.submit(runs, emil, date(2026, 6, 20), date(2026, 6, 21))
    with pytest.raises(Invalid, match="not come yet"):
        book.submit(runs, SYSTEM, date(2026, 6, 20), date(2026, 6, 25))
    # The morning that was issued stays as it was; the one before it is made up for.
    assert book.rescore(date(2026, 6, 21), date(2026, 6, 22)) == (1, 3)
    assert book.rescore(date(2026, 5, 6), date(2026, 5, 6)) == (0, 0)  # two days of load
    [again, *_] = book.scores(SYSTEM)
    assert again.issues == 2
    assert [each.score.day_kw for each in book.issues(SYSTEM, MONITORED) if each.issued_at == morning.start] == [kept]


def test_anomalies_and_growth_of_stored_loads(parts: Parts) -> None:
    _, store, ledger = parts
    desk = open_behaviour(Settings(), store, ledger, HandClock(ISSUE))
    wild = loads(53)[:, 47 * 96 : 48 * 96]
    wild[0, 40:60] += 2500
    keep(store, wild, first_block=47 * 96)
    day = date(2026, 5, 4) + timedelta(days=47)
    found = desk.anomalies(SYSTEM, day, day + timedelta(days=1))
    assert [(each.name, each.day, each.kind) for each in found if each.scope.id == "E1"] == [
        ("企业E1", day, "residual")
    ]
    emil = Principal("emil", Role.ENTERPRISE, EnterpriseId("E2"))
    assert [each.scope.id for each in desk.anomalies(emil, day, day) if each.scope.id != "E2"] == []
    told = desk.growth(SYSTEM, MONITORED, day, day + timedelta(days=2)).growth
    assert (told.same_weekday, told.reason) == (None, "days_missing")


def test_the_nightly_look_keeps_anomalies_for_those_who_may_see_them(parts: Parts) -> None:
    _, store, ledger = parts
    wild = loads(53)[:, 47 * 96 : 48 * 96]
    wild[0, 40:60] += 2500
    keep(store, wild, first_block=47 * 96)
    day = date(2026, 5, 4) + timedelta(days=47)
    clock = HandClock(START + timedelta(days=49))
    desk = open_anomalies(Settings(), store, ledger, clock)
    runs = Runs(ledger.results, clock, program="9")
    shares: list[float] = []

    class Seen:
        def step(self, share: float, note: str = "") -> None:
            shares.append(share)

    for _ in range(2):
        runs.now(SYSTEM, KIND, "district", {"to": day.isoformat()}, desk.work(day, day), Seen())
    own = [each for each in desk.list(SYSTEM, day, day) if each.scope.id == "E1"]
    assert [(each.day, each.kind) for each in own] == [(day, "residual")]
    emil = Principal("emil", Role.ENTERPRISE, EnterpriseId("E2"))
    assert [each for each in desk.list(emil, day, day) if each.scope.id != "E2"] == []
    with pytest.raises(Forbidden):
        desk.acknowledge(emil, own[0].id)
    desk.acknowledge(SYSTEM, own[0].id, "检修")
    assert own[0].id not in [each.id for each in waiting(ledger.anomalies, clock, Settings().district.zone)]
    assert shares == sorted(shares[:2]) * 2
