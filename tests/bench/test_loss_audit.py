"""The loss audit in short: a few faults of every weight, and an audit that would see a loss if there were one."""

from __future__ import annotations

import random
import re
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from bench.loss.audit import compare, item_of
from bench.loss.faults import COMMON, OF_STORE, OUTAGE_OF_INGEST, OUTAGE_OF_STORE, schedule
from bench.loss.load import DAYS_BACK, METERS, Load, registry
from bench.loss.plant import Plant
from bench.loss.publisher import Book
from config.settings import Settings
from domain.instants import to_ms
from domain.readings import POWER
from domain.registry import Registry
from ingest.frames import JournalRecord
from ingest.intake import Intake, Processed
from tests.support.clock import HandClock

DAY_MS = 86_400_000
ROOT = Path(__file__).parents[2]
LAST_LINE = re.compile(r"sent (\d+) stored (\d+) duplicates 0 quarantined (\d+) pending 0 late (\d+)")


def run(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bench.loss", *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=900, check=False)


def check_run(done: subprocess.CompletedProcess[str]) -> None:
    assert done.returncode == 0, done.stdout[-3_000:] + done.stderr[-3_000:]
    last = LAST_LINE.fullmatch(done.stdout.splitlines()[-1])
    assert last is not None, done.stdout
    assert int(last[1]) == int(last[2]) > 0


@pytest.mark.timeout(300)
def test_a_short_audit_finds_nothing_lost_nor_doubled() -> None:
    check_run(run("--faults", "5", "--seed", "11", "--outage", "500", "--rate", "400"))


@pytest.mark.long
@pytest.mark.timeout(1_000)
@pytest.mark.parametrize("store", ["influx", "duckdb"])
def test_a_longer_audit_of_each_store(store: str) -> None:
    check_run(run("--faults", "40", "--store", store, "--outage", "5000", "--broker-kills", "3"))


def test_every_kind_of_fault_is_in_the_long_run_and_a_seed_repeats_its_order() -> None:
    struck = Counter(name for name, _ in schedule(200, "influx", random.Random(1)))
    assert struck.keys() == {*COMMON, *OF_STORE, OUTAGE_OF_INGEST, OUTAGE_OF_STORE}
    assert struck.total() == 200
    assert struck[OUTAGE_OF_INGEST] + struck[OUTAGE_OF_STORE] == 10
    assert schedule(50, "duckdb", random.Random(7)) == schedule(50, "duckdb", random.Random(7))


class TestTheLoad:
    """What the audit sends, through the product's own intake."""

    NOW = datetime(2026, 7, 20, 4, 0, tzinfo=UTC)
    LOAD = Load(to_ms(NOW) - DAYS_BACK * DAY_MS)

    def processed(self, *messages: tuple[str, bytes]) -> Processed:
        enterprises, accounts, meters = registry()
        known = Registry(1, tuple(enterprises), tuple(accounts), tuple(meters))
        intake = Intake(lambda: known, Settings(), HandClock(self.NOW))
        return intake.process([JournalRecord(to_ms(self.NOW), topic, payload) for topic, payload in messages])

    def test_readings_of_a_run_of_hours_are_plausible(self) -> None:
        numbers = [0, 1, 999_999, 1_000_001, 5_000_000]
        done = self.processed(*(self.LOAD.message(number) for number in numbers))
        assert not done.rejects
        assert done.batch.values[:, POWER].tolist() == [self.LOAD.power_kw(number) for number in numbers]

    def test_quarantine_keeps_what_tells_each_stranger_from_any_other(self) -> None:
        sent = [self.LOAD.stranger(number) for number in range(2 * METERS)]
        held = {item_of(reject.reason, reject.payload.decode()) for reject in self.processed(*sent).rejects}
        assert held == {item_of("unknown_meter", payload.decode()) for _, payload in sent}
        assert len(held) == len(sent)


class TestTheComparison:
    """What the store holds is given here; the audit must see each difference."""

    LOAD = Load(1_700_000_040_000)

    def site(self, rows: list[tuple[tuple[str, int], float]], **changes: object) -> Plant:
        book = Book(good={0, 1, 2}, wrong={("broken", 9), ("conflict", 1)})
        held = [("malformed_json", self.LOAD.broken(9)[1].decode()), ("conflict", self.LOAD.conflict(1)[1].decode())]
        fields = {
            "rows": lambda: rows,
            "quarantined": lambda: held,
            "journal": lambda: (5, 0),
            "damaged": lambda: 0,
            "deaths": [],
        }
        publisher = SimpleNamespace(book=book, load=self.LOAD)
        return cast(Plant, SimpleNamespace(publisher=publisher, exits=[0], **{**fields, **changes}))

    def rows(self, *numbers: int) -> list[tuple[tuple[str, int], float]]:
        return [(self.LOAD.key(number), self.LOAD.power_kw(number)) for number in numbers]

    def test_all_as_it_must_be(self) -> None:
        found = compare(self.site(self.rows(0, 1, 2)))
        assert not found.differences
        assert found.line() == "sent 3 stored 3 duplicates 0 quarantined 2 pending 0 late 0"

    @pytest.mark.parametrize(
        ("changes", "told"),
        [
            ({"rows": lambda: TestTheComparison().rows(0, 2)}, "1 missing"),
            ({"rows": lambda: TestTheComparison().rows(0, 1, 2, 2)}, "1 rows too many"),
            ({"rows": lambda: TestTheComparison().rows(0, 1, 2, 77)}, "nobody sent"),
            (
                {"rows": lambda: [*TestTheComparison().rows(0, 1), (Load(1_700_000_040_000).key(2), 9.0)]},
                "another value",
            ),
            ({"journal": lambda: (5, 1)}, "still in the journal"),
            ({"damaged": lambda: 1}, "damaged"),
            ({"quarantined": list}, "not in quarantine"),
            ({"exits": [0, 1]}, "SIGTERM"),
            ({"deaths": [4]}, "ended by itself"),
        ],
    )
    def test_each_difference_is_told(self, changes: dict[str, object], told: str) -> None:
        site = self.site(self.rows(0, 1, 2))
        for name, value in changes.items():
            setattr(site, name, value)
        found = compare(site)
        assert any(told in difference for difference in found.differences), found.differences
