"""A journal that fills up and a part that is far behind: raised with what to do, cleared with hysteresis."""

from __future__ import annotations

import pytest

from domain.alerts import Alert, AlertState
from domain.events import JournalMeasured
from monitor.data_flow import FORGOTTEN_S, JournalBook
from tests.response.desk import Desk

LIMIT = 1_000_000_000


@pytest.fixture
def subscribed(desk: Desk) -> Desk:
    desk.engine.subscribe()
    return desk


def measured(share: float, age_s: float = 0.0, *, source: str = "one", behind: str = "store") -> JournalMeasured:
    return JournalMeasured(source, int(share * LIMIT), LIMIT, behind, int(age_s * 10), age_s)


def told(desk: Desk, *journals: JournalMeasured, minutes: float = 1) -> list[Alert]:
    for journal in journals:
        desk.bus.publish(journal)
    return desk.after(minutes)


def test_a_filling_journal_says_share_age_and_what_to_do_and_clears_below(subscribed: Desk) -> None:
    desk = subscribed
    assert not told(desk, measured(0.49, 100))
    (alert,) = told(desk, measured(0.51, 200))
    assert (alert.rule, alert.severity, alert.state) == ("journal_full", "warning", AlertState.FIRING)
    assert "51" in alert.message_en
    assert "the store is 2,000 records behind, the oldest 200 s old (ingest one)" in alert.message_en
    assert "raise journal.max_gb" in alert.message_en
    assert "时序库落后 2,000 条，最早 200 秒" in alert.message_zh
    (worse,) = told(desk, measured(0.91, 200))
    assert worse.severity == "critical"
    # In the band below half it is not over; below it, after five minutes, it is.
    told(desk, measured(0.47, 200), minutes=10)
    assert [a.state for a in desk.active()] == [AlertState.FIRING]
    assert told(desk, measured(0.44, 200), minutes=6)[-1].state is AlertState.RESOLVED


def test_a_part_far_behind_is_alerted_although_the_journal_is_nearly_empty(subscribed: Desk) -> None:
    desk = subscribed
    (alert,) = told(desk, measured(0.01, 301, behind="engine"))
    assert (alert.rule, alert.severity) == ("journal_lag", "warning")
    assert "监测引擎落后 3,010 条" in alert.message_zh
    (worse,) = told(desk, measured(0.01, 1_801, behind="engine"))
    assert worse.severity == "serious"
    assert told(desk, measured(0.01, 5), minutes=3)[-1].state is AlertState.RESOLVED


def test_the_worst_of_several_processes_speaks_and_silence_clears_nothing(subscribed: Desk) -> None:
    desk = subscribed
    (alert,) = told(desk, measured(0.10, source="one"), measured(0.80, source="two"))
    assert "(ingest two)" in alert.message_en
    desk.engine = desk.start_engine()
    assert not desk.after(30)
    assert [a.state for a in desk.active()] == [AlertState.FIRING]


def test_an_old_word_is_forgotten() -> None:
    now = [0.0]
    book = JournalBook(lambda: now[0])
    book.note(measured(0.9))
    now[0] = FORGOTTEN_S
    assert book.journals() == (measured(0.9),)
    now[0] = FORGOTTEN_S + 0.1
    assert book.journals() == ()
