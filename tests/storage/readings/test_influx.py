"""InfluxDB as a real process: the shared contract, its refusals, and its absences."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator

import pytest

from domain.errors import Unavailable
from domain.scopes import DISTRICT
from storage.ports import ReadingStore
from storage.readings.influx import InfluxStore
from tests.servers.flaky_proxy import FlakyProxy
from tests.servers.influx import Influx, release_of_binary, running_influx
from tests.servers.process import free_port
from tests.storage.readings.contract import Place, ReadingStoreContract
from tests.storage.readings.rows import T0, batch, demand, minutes, reading


class TestInfluxStore(ReadingStoreContract):
    examples = 8

    @pytest.fixture
    def new_place(self, influx: Influx) -> Callable[[], Place]:
        def make() -> Place:
            settings = influx.settings()
            return lambda: InfluxStore(settings)

        return make


class TestInfluxStoreInSmallPages(ReadingStoreContract):
    """The same, where every answer of more than three rows takes several pages."""

    examples = 4

    @pytest.fixture
    def new_place(self, influx: Influx) -> Callable[[], Place]:
        def make() -> Place:
            settings = influx.settings(batch_rows=1000)
            return lambda: InfluxStore(settings, page_rows=3)

        return make

    @pytest.fixture
    def store(self, influx: Influx, request: pytest.FixtureRequest) -> Iterator[ReadingStore]:
        many = request.node.name.startswith("test_more_rows")
        opened = InfluxStore(influx.settings(batch_rows=1000), page_rows=30_000 if many else 3)
        yield opened
        opened.close()


@pytest.fixture
def store(influx: Influx) -> Iterator[InfluxStore]:
    opened = InfluxStore(influx.settings())
    yield opened
    opened.close()


def test_a_type_conflict_names_the_bad_rows_among_good_ones(influx: Influx) -> None:
    settings = influx.settings("types")
    store = InfluxStore(settings)
    store.ensure()
    # Someone else's collector made a field an integer in this shard before us.
    influx.post("/write", b"reading,meter=other voltage_v=1i 1", db="types", precision="ms")
    bad = {3, 11, 12}
    day = -(T0 // 60_000)  # the first shard, where the foreign row lies
    rows = [
        reading(f"m{i}", day + i, voltage_v=230.0) if i in bad else reading(f"m{i}", day + i, power_kw=1.0)
        for i in range(20)
    ]
    outcome = store.write(batch(*rows, rows[3]))
    assert (outcome.accepted, outcome.repeats) == (17, 0)
    assert sorted(str(r.row.meter[0]) for r in outcome.rejected) == ["m11", "m12", "m3", "m3"]
    assert {r.reason for r in outcome.rejected} == {"type"}
    assert "voltage_v" in outcome.rejected[0].detail
    assert len(store.read([f"m{i}" for i in range(20)], minutes(day, day + 60))) == 17
    store.close()


def test_rows_beyond_retention_are_rejected_once_and_the_rest_stays(influx: Influx) -> None:
    store = InfluxStore(influx.settings(retention_days=30))
    now = (time.time_ns() // 1_000_000 - T0) // 60_000 - 1
    rows = [reading("m", now), *(reading("m", i) for i in range(40)), reading("m", now - 1)]
    outcome = store.write(batch(*rows))
    assert outcome.accepted == 2
    assert {r.reason for r in outcome.rejected} == {"retention"}
    assert len(outcome.rejected) == 40
    assert len(store.read(["m"], minutes(now - 5, now + 5))) == 2
    store.close()


def test_too_many_meters_are_refused_and_say_so(influxd: str) -> None:
    if release_of_binary(influxd) >= (2, 0):
        with running_influx(influxd) as whole:
            store = InfluxStore(whole.settings())
            assert store.write(batch(*(reading(f"m{i:02d}") for i in range(12)))).accepted == 12  # no such limit
            store.close()
        return
    with running_influx(influxd, max_values_per_tag=10) as small:
        store = InfluxStore(small.settings())
        # The server counts before each request, so the first one may go over the limit.
        assert store.write(batch(*(reading(f"m{i:02d}") for i in range(10)))).accepted == 10
        outcome = store.write(batch(reading("m00", 1), reading("m10"), reading("m01", 1), reading("m11")))
        assert outcome.accepted == 2
        assert [(r.reason, "max-values-per-tag" in r.detail) for r in outcome.rejected] == [("refused", True)] * 2
        assert len(store.read([f"m{i:02d}" for i in range(12)], minutes(0, 9))) == 12
        store.close()


def test_an_error_inside_http_200_is_raised(influx: Influx) -> None:
    settings = influx.settings("dropped")
    store = InfluxStore(settings)
    store.write(batch(reading("m")))
    influx.drop("dropped")
    with pytest.raises(Unavailable, match="database"):
        store.read(["m"], minutes(0, 1))
    # The next use makes the database again instead of staying broken.
    assert len(store.read(["m"], minutes(0, 1))) == 0
    store.close()


def test_a_write_to_a_dropped_database_is_not_now_and_then_works(influx: Influx) -> None:
    store = InfluxStore(influx.settings("gone"))
    store.write(batch(reading("m")))
    influx.drop("gone")
    with pytest.raises(Unavailable, match="made again"):
        store.write(batch(reading("m", 1)))
    assert store.write(batch(reading("m", 0), reading("m", 1))).accepted == 2
    store.close()


def test_a_usual_batch_costs_one_small_question(influx: Influx, store: InfluxStore) -> None:
    store.write(batch(reading("m", 0)))
    before = influx.queries()
    for i in range(1, 6):
        store.write(batch(reading("m", i)))
    own = 0 if influx.release >= 2 else 1  # the question before
    assert influx.queries() - before == 5 + own


def test_a_batch_that_was_acknowledged_and_is_not_there_is_written_again(influx: Influx) -> None:
    with FlakyProxy(influx.port).running() as proxy:
        store = InfluxStore(influx.settings(url=f"influxdb://127.0.0.1:{proxy.port}"))
        store.write(batch(reading("m", 0)))
        proxy.status[influx.write_path] = 204  # answered, and nothing kept
        with pytest.raises(Unavailable, match="acknowledged a batch and does not have it"):
            store.write(batch(reading("m", 1), reading("n", 1)))
        proxy.status.clear()
        assert store.write(batch(reading("m", 1), reading("n", 1))).accepted == 2
        assert len(store.read(["m", "n"], minutes(0, 2))) == 3
        store.close()


def test_what_another_process_stored_since_is_a_conflict_and_stays(influx: Influx) -> None:
    settings = influx.settings()
    first, second = (InfluxStore(settings, alone=False) for _ in range(2))
    try:
        first.write(batch(reading("A", 0, power_kw=1.0)))
        second.write(batch(reading("A", 1, power_kw=2.0)))
        # The first one has never seen this instant, which lies beyond the newest it wrote itself.
        (refused,) = first.write(batch(reading("A", 1, power_kw=3.0))).rejected
        assert refused.reason == "conflict"
        assert first.read(["A"], minutes(0, 2)).values[:, 0].tolist() == [1.0, 2.0]
    finally:
        first.close()
        second.close()


def test_a_killed_server_is_unavailable_and_what_it_acknowledged_is_there_again(influxd: str) -> None:
    with running_influx(influxd) as own:
        store = InfluxStore(own.settings(timeout_s=2))
        assert store.write(batch(reading("m", 0), reading("m", 1))).accepted == 2
        own.server.kill()
        for ask in (
            lambda: store.write(batch(reading("m", 2))),
            lambda: store.read(["m"], minutes(0, 9)),
            lambda: store.latest(["m"]),
            lambda: store.write_demand(demand([(DISTRICT, 0, [1.0] * 6, "ok", 1)])),
            store.ping,
        ):
            with pytest.raises(Unavailable, match="does not answer"):
                ask()
        own.server.start()
        outcome = store.write(batch(reading("m", 1), reading("m", 1, power_kw=9.0), reading("m", 2)))
        assert (outcome.accepted, outcome.repeats, len(outcome.rejected)) == (1, 1, 1)
        assert len(store.read(["m"], minutes(0, 9))) == 3
        store.close()


def test_a_write_whose_answer_is_lost_is_looked_up_before_the_next(influx: Influx) -> None:
    with FlakyProxy(influx.port).running() as proxy:
        store = InfluxStore(influx.settings(url=f"influxdb://127.0.0.1:{proxy.port}"))
        store.write(batch(reading("m", 0)))
        proxy.lose.add(influx.write_path)
        with pytest.raises(Unavailable, match="does not answer"):
            store.write(batch(reading("m", 1, power_kw=1.0)))
        proxy.lose.clear()
        outcome = store.write(batch(reading("m", 1, power_kw=2.0), reading("m", 1, power_kw=1.0)))
        assert (outcome.repeats, [r.reason for r in outcome.rejected]) == (1, ["conflict"])
        store.close()


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_a_busy_server_is_not_now_and_nothing_is_rejected(influx: Influx, status: int) -> None:
    with FlakyProxy(influx.port).running() as proxy:
        store = InfluxStore(influx.settings(url=f"influxdb://127.0.0.1:{proxy.port}"))
        store.ensure()
        proxy.status[influx.write_path] = status
        with pytest.raises(Unavailable, match=str(status)):
            store.write(batch(reading("m", 0)))
        proxy.status.clear()
        assert store.write(batch(reading("m", 0))).accepted == 1
        store.close()


def test_a_server_that_is_down_at_start_is_only_lag() -> None:
    settings = Influx.settings(Influx(None, free_port(), 1))  # type: ignore[arg-type]  # nothing runs there
    store = InfluxStore(settings)
    with pytest.raises(Unavailable, match="does not answer"):
        store.write(batch(reading("m")))
    store.close()


def test_stray_late_rows_are_looked_up_apart(store: InfluxStore) -> None:
    year = 365 * 24 * 60
    store.write(batch(reading("m", 0), *(reading("m", year / 2 + i) for i in range(50)), reading("m", year)))
    outcome = store.write(batch(reading("m", year, power_kw=2.0), reading("m", 0, power_kw=2.0), reading("m", 1)))
    assert (outcome.accepted, [r.reason for r in outcome.rejected]) == (1, ["conflict", "conflict"])


def test_demand_that_loses_a_figure_is_deleted_first_and_only_it(store: InfluxStore) -> None:
    nan = float("nan")
    for i, measures in enumerate(itertools.repeat([1.0] * 6, 3)):
        store.write_demand(demand([(DISTRICT, 15 * i, measures, "ok", 1)]))
    store.write_demand(demand([(DISTRICT, 15, [nan, nan, 0.1, nan, nan, nan], "insufficient", 2)]))
    found = store.read_demand([DISTRICT], minutes(0, 60))
    assert found.revision.tolist() == [1, 2, 1]
    assert str(found.demand_kw.tolist()) == "[1.0, nan, 1.0]"
