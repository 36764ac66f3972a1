"""A meter is exchanged within a day: both registers, the multiplier from that instant, and all of it taken back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from config.policy import load_policy
from domain.errors import Conflict, Forbidden, Invalid, NotFound
from domain.ids import EnterpriseId
from domain.instants import Span, day_span, to_ms
from domain.people import Principal, Role
from domain.readings import ENERGY_IMPORT, POWER, ReadingBatch
from monitor.meter_exchange import ExchangeAsked
from monitor.vee_desk import VeeDesk
from monitor.vee_run import VeeRunner
from storage.effective import read_effective
from storage.ledger.migration import migrate
from storage.ledger.sql import SqlLedger
from storage.revision_ports import REGISTRY
from tests.monitor.district import START, ZONE, District, main_meter, readings, registry_of
from tests.support.clock import HandClock

OTTO = Principal("王工", Role.OFFICER)
TODAY = date(2026, 7, 28)
YESTERDAY = TODAY - timedelta(days=1)
MIDNIGHT = day_span(YESTERDAY, ZONE).start
#: In the midst of a quarter, at 10:05.
AT = MIDNIGHT + timedelta(hours=10, minutes=5)
ASKED = ExchangeAsked("M001", AT, 5_200.0, 7.0, "工单 2026-0727")


class Works:
    """Secondary values: what the meter shows is multiplied by 10 as ingest does. 100 kW all day, 96 quarters."""

    def __init__(self, ledger: SqlLedger) -> None:
        registry = registry_of([main_meter(1, multiplier=10.0, primary_values=False, interval_s=900)])
        ledger.registry.put_versions(
            "test", enterprises=registry.enterprises, accounts=registry.accounts, meters=registry.meters
        )
        self.district = District(ledger.registry.registry())
        self.ledger = ledger
        policy = load_policy()
        runner = VeeRunner(
            self.district.store, ledger, self.district.clock, policy.vee, policy.calendar, ZONE, capacity_factor=1.2
        )
        self.desk = VeeDesk(self.district.store, ledger, self.district.clock, ZONE, runner)

    def day(self, after_kw: float = 100.0) -> ReadingBatch:
        """Registers of the old meter until 10:00, of the new one from 10:15 on, both times 10."""
        power = np.where(np.arange(96) < 40, 100.0, after_kw)
        batch = readings("M001", MIDNIGHT, power, step_s=900)
        old = 5_000.0 + np.arange(96) * 2.5
        new = 7.0 + (np.arange(96) - 40 - 1 / 3) * 2.5
        batch.values[:, ENERGY_IMPORT] = np.where(np.arange(96) <= 40, old, new) * 10.0
        self.district.store.write(batch)
        return batch

    def kw(self) -> np.ndarray:
        found = read_effective(self.district.store, ["M001"], Span(MIDNIGHT, MIDNIGHT + timedelta(days=1)))
        return found.values[:, POWER]

    def multiplier(self, day: date) -> float:
        return self.ledger.registry.registry().view(day).meter(main_meter(1).id).multiplier


@pytest.fixture
def works(tmp_path: Path) -> Iterator[Works]:
    url = f"sqlite:///{tmp_path}/ledger.sqlite"
    migrate(url)
    ledger = SqlLedger(url, clock=HandClock(START), zone=ZONE)
    yield Works(ledger)
    ledger.close()


def test_an_exchange_is_kept_audited_and_marks_its_day(works: Works) -> None:
    works.day()
    made = works.desk.exchanges.record(OTTO, ASKED)
    assert (made.old_multiplier, made.new_multiplier, made.actor) == (10.0, 10.0, "王工")
    assert works.desk.exchanges.list(OTTO, "M001") == [made]
    (mark,) = [m for m in works.ledger.dirty.pending() if m.cause == REGISTRY]
    assert (mark.start_ms, mark.end_ms) == (to_ms(MIDNIGHT), to_ms(MIDNIGHT + timedelta(days=1)))
    assert mark.meters == frozenset({"M001"})
    assert works.ledger.audit.entries(subject="meter:M001").items[0].action == "meter.exchange"
    with pytest.raises(Conflict):
        works.desk.exchanges.record(OTTO, ASKED)


def test_the_register_of_the_day_is_booked_over_the_exchange(works: Works) -> None:
    """Without it the fall of the register is an incident; with it the sum check of the day holds."""
    works.day()
    works.desk.run(OTTO, YESTERDAY, YESTERDAY, None, Quiet())
    before = rules(works)
    works.desk.exchanges.record(OTTO, replace_closing(5_000.0 + 40.333 * 2.5))
    assert "sum_check" not in rules(works)
    assert rules(works) <= before


def test_a_new_multiplier_counts_from_the_instant_and_not_before(works: Works) -> None:
    works.day()
    works.desk.exchanges.record(OTTO, ExchangeAsked("M001", AT, 5_200.0, 7.0, "工单", 20.0))
    assert works.multiplier(YESTERDAY - timedelta(days=1)) == 10.0
    assert works.multiplier(YESTERDAY) == works.multiplier(TODAY) == 20.0
    # 10:00-10:15 is mostly the old meter's; from 10:15 on what ingest multiplied by 10 counts twice.
    assert works.kw().tolist() == [100.0] * 41 + [200.0] * 55
    raw = works.district.store.read(["M001"], Span(MIDNIGHT, MIDNIGHT + timedelta(days=1)))
    assert set(raw.values[:, POWER]) == {100.0}


def test_an_exchange_is_taken_back_with_all_it_did(works: Works) -> None:
    works.day()
    works.desk.exchanges.record(OTTO, ExchangeAsked("M001", AT, 5_200.0, 7.0, "工单", 20.0))
    works.desk.exchanges.undo(OTTO, "M001", AT, "登记错了")
    assert works.desk.exchanges.list(OTTO) == []
    assert works.multiplier(TODAY) == 10.0
    assert set(works.kw()) == {100.0}
    actions = [entry.action for entry in works.ledger.audit.entries(subject="meter:M001").items]
    assert "meter.exchange_undone" in actions
    with pytest.raises(NotFound):
        works.desk.exchanges.undo(OTTO, "M001", AT, "x")
    works.desk.exchanges.record(OTTO, ASKED)


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        (ExchangeAsked("M404", AT, 1.0, 0.0, "x"), NotFound),
        (ExchangeAsked("M001", START + timedelta(hours=1), 1.0, 0.0, "x"), Invalid),
        (ExchangeAsked("M001", START - timedelta(days=500), 1.0, 0.0, "x"), Invalid),
        (ExchangeAsked("M001", AT.replace(tzinfo=None), 1.0, 0.0, "x"), Invalid),
        (ExchangeAsked("M001", AT, -1.0, 0.0, "x"), Invalid),
        (ExchangeAsked("M001", AT, 1e9, 0.0, "x"), Invalid),
        (ExchangeAsked("M001", AT, 1.0, 0.0, "  "), Invalid),
        (ExchangeAsked("M001", AT, 1.0, 0.0, "x", 0.0), Invalid),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_kept(
    works: Works, asked: ExchangeAsked, error: type[Exception]
) -> None:
    with pytest.raises(error):
        works.desk.exchanges.record(OTTO, asked)
    assert works.ledger.exchanges.exchanges() == []


def test_only_those_who_may_write_enter_one_and_an_enterprise_sees_its_own(works: Works) -> None:
    works.desk.exchanges.record(OTTO, ASKED)
    for who in (Principal("v", Role.VIEWER), Principal("e", Role.ENTERPRISE, main_enterprise(1))):
        with pytest.raises(Forbidden):
            works.desk.exchanges.record(who, ASKED)
    assert len(works.desk.exchanges.list(Principal("e", Role.ENTERPRISE, main_enterprise(1)))) == 1
    assert works.desk.exchanges.list(Principal("e", Role.ENTERPRISE, main_enterprise(2))) == []


class TestARegistryChangeInThePast:
    def marks(self, works: Works) -> list[tuple[int, frozenset[str] | None]]:
        return [(m.start_ms, m.meters) for m in works.ledger.dirty.pending() if m.cause == REGISTRY]

    def test_the_days_it_touches_are_marked_with_the_meter(self, works: Works) -> None:
        later = main_meter(1, multiplier=12.0, primary_values=False, interval_s=900, valid_from=YESTERDAY)
        works.ledger.registry.put_versions("ada", meters=[later])
        today = to_ms(day_span(TODAY, ZONE).start)
        assert self.marks(works) == [(to_ms(MIDNIGHT), frozenset({"M001"})), (today, frozenset({"M001"}))]

    def test_another_account_touches_the_scopes_it_left_too(self, works: Works) -> None:
        second = registry_of([main_meter(2)])
        works.ledger.registry.put_versions("ada", enterprises=second.enterprises, accounts=second.accounts)
        moved = main_meter(
            1, multiplier=10.0, primary_values=False, interval_s=900, valid_from=TODAY, account=second.accounts[0].id
        )
        works.ledger.registry.put_versions("ada", meters=[moved])
        assert self.marks(works) == [(to_ms(day_span(TODAY, ZONE).start), None)]

    def test_what_is_new_to_come_or_only_a_name_touches_nothing(self, works: Works) -> None:
        tomorrow = TODAY + timedelta(days=1)
        later = main_meter(1, multiplier=12.0, primary_values=False, interval_s=900, valid_from=tomorrow)
        renamed = registry_of([main_meter(1)]).enterprises[0]
        works.ledger.registry.put_versions(
            "ada",
            enterprises=[type(renamed)(renamed.id, renamed.valid_from, "新名", street=renamed.street)],
            meters=[later],
        )
        assert self.marks(works) == []


class Quiet:
    def step(self, share: float, note: str = "") -> None:
        pass


def rules(works: Works) -> set[str]:
    return {flag.rule for flag in works.desk.flags(OTTO, Span(MIDNIGHT, MIDNIGHT + timedelta(days=1))).items}


def replace_closing(kwh: float) -> ExchangeAsked:
    return ExchangeAsked("M001", AT, kwh, 7.0, "工单")


def main_enterprise(number: int) -> EnterpriseId:
    return EnterpriseId(f"E{number:03d}")
