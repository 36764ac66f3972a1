"""The baseline desk over a real store and ledger: figures by hand, event days, refusals, the court kept and remade."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from app.wiring import open_baselines
from config.policy import load_policy
from config.settings import Settings
from domain.arrays import FloatArray
from domain.dr import DrEvent, EventKind, Participant
from domain.dr_states import EventState, Move
from domain.errors import Forbidden, Invalid, NotFound
from domain.ids import AccountId, EnterpriseId, MeterId
from domain.instants import BLOCK_MS, to_ms
from domain.orderly import Order, OrderLine, OrderState, Rank, Target, Window
from domain.people import SYSTEM, Principal, Role
from domain.reductions import Reduction
from domain.registry import Account, Enterprise, Meter
from domain.runs import Cancelled
from domain.scopes import MONITORED, enterprise_scope
from monitor.baseline_answers import MethodBaseline
from monitor.baseline_data import ClockWindow
from monitor.baselines import KIND, BaselineDesk
from monitor.runs import Runs
from storage.ledger import SqlLedger
from storage.readings.memory import MemoryStore
from tests.support.clock import HandClock
from tests.support.loads import measured

START = datetime(2026, 5, 10, 16, tzinfo=UTC)  # midnight of Monday 11 May in Ningbo
DAYS = 75  # to Friday 24 July
EVENT = date(2026, 7, 24)
SCOPE = enterprise_scope("E1")
WINDOW = ClockWindow.parse("14:00-18:00")


def loads() -> FloatArray:
    """Each workday has a level of its own in the afternoon: 1000 kW plus its number; nights and weekends 300 kW."""
    load = np.full((DAYS, 96), 300.0)
    for day in range(DAYS):
        if day % 7 < 5:
            load[day, 32:72] = 1000.0 + day
    return load


@dataclass
class Parts:
    desk: BaselineDesk
    store: MemoryStore
    ledger: SqlLedger
    runs: Runs

    def method(self, name: str, day: date = EVENT) -> MethodBaseline:
        (found,) = self.desk.compute(SYSTEM, SCOPE, day, WINDOW).days
        return next(each for each in found.methods if each.id == name)


def keep(store: MemoryStore, load: FloatArray) -> None:
    store.write_demand(measured(SCOPE, START, load))


@contextmanager
def opened(tmp_path: Path) -> Iterator[Parts]:
    clock = HandClock(START + timedelta(days=DAYS + 3))
    ledger = SqlLedger(f"sqlite:///{tmp_path}/ledger.sqlite", clock=clock)
    since = date(2020, 1, 1)
    ledger.registry.put_versions(
        "test",
        enterprises=[Enterprise(EnterpriseId("E1"), since, "甬江机械")],
        accounts=[Account(AccountId("33020"), since, EnterpriseId("E1"))],
        meters=[Meter(MeterId("M1"), since, AccountId("33020"))],
    )
    store = MemoryStore()
    keep(store, loads())
    yield Parts(
        open_baselines(Settings(), store, ledger, clock), store, ledger, Runs(ledger.results, clock, program="9")
    )
    store.close()
    ledger.close()


@pytest.fixture
def parts(tmp_path: Path) -> Iterator[Parts]:
    with opened(tmp_path) as found:
        yield found


def called(parts: Parts, day: date, *, verified: bool) -> None:
    at = to_ms(START) + (day - date(2026, 5, 11)).days * 96 * BLOCK_MS + 56 * BLOCK_MS
    parts.ledger.reductions.put_reductions(
        "test", [Reduction(SCOPE, np.array([at], dtype=np.int64), np.array([50.0]), "dr:1", verified)]
    )


def test_the_common_form_is_the_mean_of_the_five_workdays_before(parts: Parts) -> None:
    found = parts.method("cn_workday5")
    # 24 July is day 74; the workdays before are 73, 72, 71, 70 and, over the weekend, 67.
    assert found.mean_kw == pytest.approx(1000 + (73 + 72 + 71 + 70 + 67) / 5)
    assert found.sample_days[0] == date(2026, 7, 17)
    assert len(found.base_kw) == 16
    assert found.official
    assert not found.adjusted


@pytest.mark.parametrize("verified", [True, False])
def test_a_day_something_was_called_is_no_sample_even_before_it_is_settled(parts: Parts, verified: bool) -> None:
    called(parts, date(2026, 7, 23), verified=verified)
    found = parts.method("cn_workday5")
    assert date(2026, 7, 23) not in found.sample_days
    assert found.mean_kw == pytest.approx(1000 + (72 + 71 + 70 + 67 + 66) / 5)
    (day,) = parts.desk.compute(SYSTEM, SCOPE, EVENT, WINDOW).days
    assert day.excluded_days == (date(2026, 7, 23),)


def ordered(parts: Parts, told: datetime, start: datetime) -> None:
    order = Order(
        "O1", "O1", 1, "甬能〔2026〕7号", "2026-1", "B",
        (Window(start, start + timedelta(hours=4)),), (OrderLine("E1", Rank.AVOID, Target.REDUCTION, 100.0),),
        OrderState.ISSUED, "otto", told, confirmed_by="otto", issued_at=told,
    )  # fmt: skip
    parts.ledger.orderly.orders.put("otto", "O1", order, after=0)


def announced(parts: Parts, told: datetime, start: datetime) -> None:
    start_ms = to_ms(start)
    event = DrEvent(
        "D1", 0, EventKind.LOCAL, EventState.CONFIRMED, "14-18", load_policy().programmes.programme[0].terms(EVENT),
        start_ms, start_ms + 16 * BLOCK_MS, 100.0, start_ms, announced_ms=to_ms(told),
        participants=(Participant(EnterpriseId("E1"), AccountId("33020")),),
    )  # fmt: skip
    parts.ledger.dr.save(event, Move.CONFIRM, "otto", at_ms=to_ms(told))


@pytest.mark.parametrize("call", [ordered, announced])
@pytest.mark.parametrize(
    ("told", "after"),
    [(datetime(2026, 7, 23, 8, tzinfo=UTC), True), (datetime(2026, 7, 24, 5, tzinfo=UTC), False)],
    ids=["the day before", "when the hours have begun"],
)
def test_hours_that_begin_after_the_notice_are_marked(
    parts: Parts, told: datetime, after: bool, call: Callable[[Parts, datetime, datetime], None]
) -> None:
    call(parts, told, datetime(2026, 7, 24, 6, tzinfo=UTC))
    (day,) = parts.desk.compute(SYSTEM, SCOPE, EVENT, WINDOW).days
    assert (day.event, day.told_at) == (True, told)
    notes = {each.id: each.note for each in day.methods}
    assert (notes["caiso_10in10+adjusted"] == "after_notice") is after
    # Its members use the same hours; what reads only the days before cannot be moved by them.
    assert (notes["stacked"] == "after_notice") is after
    assert notes["caiso_10in10"] == notes["temperature_checked"] == "none"
    # Whatever was saved, a day something was asked is no sample for later ones.
    later = parts.method("cn_workday5", date(2026, 7, 27))
    assert EVENT not in later.sample_days


def test_several_scopes_are_answered_as_each_would_be_alone(parts: Parts) -> None:
    both = parts.desk.compute_each(SYSTEM, [MONITORED, SCOPE], EVENT, WINDOW)
    assert both == tuple(parts.desk.compute(SYSTEM, scope, EVENT, WINDOW) for scope in (MONITORED, SCOPE))
    with pytest.raises(Invalid):
        parts.desk.compute_each(SYSTEM, [SCOPE, SCOPE], EVENT, WINDOW)
    with pytest.raises(Forbidden):
        parts.desk.compute_each(Principal("e", Role.ENTERPRISE, EnterpriseId("E1")), [SCOPE, MONITORED], EVENT, WINDOW)


def test_adjusted_stands_beside_unadjusted_and_is_not_official(parts: Parts) -> None:
    raised = loads()
    raised[74] *= 1.1
    keep(parts.store, raised)
    plain, moved = parts.method("caiso_10in10"), parts.method("caiso_10in10+adjusted")
    assert plain.mean_kw is not None
    assert moved.change is not None
    assert moved.change == pytest.approx(1074 * 1.1 / plain.mean_kw)
    assert moved.mean_kw == pytest.approx(plain.mean_kw * moved.change)
    assert (moved.adjusted, moved.official, moved.same_day) == (True, False, True)


def test_without_temperature_the_regression_says_so(parts: Parts) -> None:
    found = parts.method("temperature_regression")
    assert (found.refusal, found.mean_kw) == ("no_temperature", None)


def test_the_first_day_of_all_has_no_usual_and_raises_no_warning(parts: Parts) -> None:
    (found,) = parts.desk.compute(SYSTEM, SCOPE, date(2026, 5, 11), WINDOW).days
    raised = found.raised_before
    assert (raised.rise, raised.score, raised.flagged) == (None, None, False)


def test_an_enterprise_a_week_old_gets_refusals_and_no_figures(parts: Parts) -> None:
    found = parts.method("caiso_10in10", date(2026, 5, 12))
    assert (found.refusal, found.mean_kw, found.base_kw) == ("too_few_days", None, (None,) * 16)
    report = parts.desk.score(SYSTEM, SCOPE, date(2026, 5, 20), WINDOW)
    assert (report.reason, report.proposed) == ("too_few_days", "")


def test_the_court_proposes_what_was_best_on_earlier_days(parts: Parts) -> None:
    report = parts.desk.score(SYSTEM, SCOPE, EVENT, WINDOW, days=30)
    assert max(report.trial_days) < min(report.later_days)
    assert len(report.trial_days) + len(report.later_days) == 30
    # Fifteen trial days: as many as count for methods that read nothing of the event day.
    assert len(report.trial_days) == 15
    scores = {each.id: each for each in report.scores}
    plain = {name: each for name, each in scores.items() if not each.same_day and each.trial_rrmse is not None}
    assert report.proposed == min(plain, key=lambda name: plain[name].trial_rrmse or 0.0)
    # A load that rises day by day: sample days are all too low.
    assert (scores["cn_workday5"].bias or 0) < 0
    assert report.acceptable


def test_what_reads_only_the_days_before_is_chosen_on_the_newest_fifteen(parts: Parts) -> None:
    """On older days of the trial the sample days hold a level that is gone."""
    report = parts.desk.score(SYSTEM, SCOPE, EVENT, WINDOW, days=36)
    assert len(report.trial_days) == 18
    scores = {each.id: each for each in report.scores}
    assert (scores["cn_workday5"].trial_events, scores["caiso_10in10+adjusted"].trial_events) == (15, 18)


def test_the_court_is_kept_and_remade_to_the_same_bytes(parts: Parts) -> None:
    seen: list[float] = []

    class Seen:
        def step(self, share: float, note: str = "") -> None:
            seen.append(share)

    work = parts.desk.work(SYSTEM, SCOPE, EVENT, WINDOW, days=12)
    asked = parts.desk.parameters(EVENT, WINDOW, 12)
    first = parts.runs.now(SYSTEM, KIND, str(SCOPE), asked, work, Seen())
    again = parts.runs.now(SYSTEM, KIND, str(SCOPE), asked, work, Seen())
    assert first.body == again.body
    assert first.data_digest == again.data_digest
    assert first.settings_digest
    assert seen[-1] == 1.0
    changed = loads()
    changed[60, 60] += 1.0
    keep(parts.store, changed)
    assert parts.runs.now(SYSTEM, KIND, str(SCOPE), asked, work, Seen()).data_digest != first.data_digest


def test_the_court_stops_when_it_is_cancelled(parts: Parts) -> None:
    class Ended:
        def step(self, share: float, note: str = "") -> None:
            if share > 0.3:
                raise Cancelled

    with pytest.raises(Cancelled):
        parts.desk.work(SYSTEM, SCOPE, EVENT, WINDOW, days=12)(Ended())


def test_nothing_after_the_event_day_is_read(parts: Parts) -> None:
    day = date(2026, 7, 9)
    (before,) = parts.desk.compute(SYSTEM, SCOPE, day, WINDOW).days
    future = loads()
    future[60:] = 1e6
    keep(parts.store, future)
    (after,) = parts.desk.compute(SYSTEM, SCOPE, day, WINDOW).days
    assert before == after


def test_an_enterprise_sees_only_its_own(parts: Parts) -> None:
    other = Principal("eve", Role.ENTERPRISE, EnterpriseId("E2"))
    with pytest.raises(Forbidden):
        parts.desk.compute(other, SCOPE, EVENT, WINDOW)
    with pytest.raises(Forbidden):
        parts.desk.work(other, SCOPE, EVENT, WINDOW)
    with pytest.raises(NotFound):
        parts.desk.compute(SYSTEM, enterprise_scope("E9"), EVENT, WINDOW)


@pytest.mark.parametrize("text", ["18:00-14:00", "14:00", "14:10-18:00", "14:00-25:00", "", "14:00-14:00"])
def test_a_window_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        ClockWindow.parse(text)


def test_a_window_may_end_at_midnight() -> None:
    assert ClockWindow.parse("20:00-00:00").blocks.end == 96
