"""What every reading store owes its callers. An adapter's test class inherits this and brings ``new_place``."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from domain.errors import Invalid, Unavailable
from domain.quality import Quality
from domain.readings import Reading, ReadingBatch, values_of
from domain.scopes import DISTRICT, MONITORED, Scope, ScopeKind, enterprise_scope
from domain.vee import LAST_REVISION, VeeBatch, VeeFlag
from storage.ports import NO_ROW, ReadingStore
from storage.readings.screening import LAST_TS_MS
from storage.schema import DAY_SERIES, LOAD_DAY, QUALITY_DAY
from tests.storage.readings.machine import machine_on
from tests.storage.readings.rows import (
    DAY,
    MINUTE,
    NAN,
    T0,
    batch,
    day_range,
    days,
    demand,
    minutes,
    reading,
    revision,
    shown,
    shown_demand,
    shown_vee,
)

#: Opens the same store each time it is called; a new place is an empty store.
Place = Callable[[], ReadingStore]

WEIRD = ["a b", "c,d='x\"", "计量点-1", "$m0", "a=b", "' OR '1'='1", "end;", "0007", "NaN", "#", "tab_less", "é"]


class ReadingStoreContract:
    #: False where nothing outlives the process.
    durable = True
    examples = 12

    @pytest.fixture
    def new_place(self) -> Callable[[], Place]:
        raise NotImplementedError

    @pytest.fixture
    def place(self, new_place: Callable[[], Place]) -> Place:
        return new_place()

    @pytest.fixture
    def store(self, place: Place) -> Iterator[ReadingStore]:
        opened = place()
        yield opened
        opened.close()

    def test_what_is_written_is_read_by_instant_and_meter(self, store: ReadingStore) -> None:
        rows = [
            reading("m2", 0, power_kw=2.5, quality=Quality.SPIKE),
            reading("m1", 1, energy_import_kwh=1e9 + 0.125, voltage_v=230.1),
            reading("m1", 0, power_kw=-3.0, power_factor=0.1),
        ]
        outcome = store.write(batch(*rows))
        assert (outcome.accepted, outcome.repeats, outcome.rejected) == (3, 0, ())
        assert shown(store.read(["m2", "m1", "m1", "unknown"], minutes(0, 2))) == shown(
            batch(rows[2], rows[0], rows[1])
        )
        assert shown(store.read(["m1"], minutes(0, 1))) == shown(batch(rows[2]))
        assert shown(store.read(["m2", "m1"], minutes(0, 9), limit=2)) == shown(batch(rows[2], rows[0]))

    def test_a_span_ends_before_its_end(self, store: ReadingStore) -> None:
        store.write(batch(reading("m", 0), reading("m", 1), reading("m", 2)))
        assert store.read(["m"], minutes(0, 2)).ts_ms.tolist() == [T0, T0 + MINUTE]

    def test_empty_questions_have_empty_answers(self, store: ReadingStore) -> None:
        assert store.write(batch()).accepted == 0
        assert len(store.read([], minutes(0, 1))) == 0
        assert len(store.read(["m"], minutes(0, 1))) == 0
        assert len(store.latest([])) == 0
        assert len(store.latest(["m"])) == 0
        store.write_demand(demand([]))
        assert len(store.read_demand([], minutes(0, 15))) == 0
        assert len(store.read_demand([DISTRICT], minutes(0, 15))) == 0
        nothing = store.matrix(["m"], minutes(0, 2), step_s=60, quantity="power_kw")
        assert np.isnan(nothing.values.values).all()
        assert nothing.values.values.shape == (1, 2)
        assert store.matrix([], minutes(0, 2), step_s=60, quantity="power_kw").values.values.shape == (0, 2)

    def test_a_repeat_changes_nothing(self, store: ReadingStore) -> None:
        first = reading("m", 0, power_kw=1.5, received=5)
        store.write(batch(first, reading("m", 1)))
        again = store.write(batch(reading("m", 0, power_kw=1.5, received=9, quality=Quality.FROZEN)))
        assert (again.accepted, again.repeats, again.rejected) == (0, 1, ())
        assert shown(store.read(["m"], minutes(0, 1))) == shown(batch(first))

    def test_a_different_value_is_a_conflict_and_the_stored_one_stays(self, store: ReadingStore) -> None:
        first = reading("m", 0, power_kw=1.5)
        store.write(batch(first, reading("m", 7)))
        later = reading("m", 0, power_kw=1.6, energy_import_kwh=4.0)
        outcome = store.write(batch(later, reading("m", 8)))
        assert (outcome.accepted, outcome.repeats) == (1, 0)
        (conflict,) = outcome.rejected
        assert conflict.reason == "conflict"
        assert shown(conflict.row) == shown(batch(later))
        assert conflict.stored is not None
        assert shown(conflict.stored) == shown(batch(first))
        assert shown(store.read(["m"], minutes(0, 1))) == shown(batch(first))

    def test_absent_fields_are_filled(self, store: ReadingStore) -> None:
        store.write(batch(reading("m", 0, power_kw=1.5, received=5)))
        outcome = store.write(
            batch(reading("m", 0, power_kw=1.5, energy_import_kwh=9.0, received=8, quality=Quality.CLOCK))
        )
        assert (outcome.accepted, outcome.repeats, outcome.rejected) == (1, 0, ())
        full = reading("m", 0, power_kw=1.5, energy_import_kwh=9.0, received=5, quality=Quality.CLOCK)
        assert shown(store.read(["m"], minutes(0, 1))) == shown(batch(full))

    def test_a_batch_meets_itself_in_its_order(self, store: ReadingStore) -> None:
        outcome = store.write(
            batch(
                reading("m", 0, power_kw=1.0, received=1),
                reading("m", 0, power_kw=1.0, received=2),
                reading("m", 0, power_kw=2.0, received=3),
                reading("m", 0, reactive_kvar=4.0, received=4),
                reading("m", 0, power_kw=1.0, reactive_kvar=4.0, received=5),
            )
        )
        assert (outcome.accepted, outcome.repeats) == (2, 2)
        assert [r.reason for r in outcome.rejected] == ["conflict"]
        expected = reading("m", 0, power_kw=1.0, reactive_kvar=4.0, received=1)
        assert shown(store.read(["m"], minutes(0, 1))) == shown(batch(expected))

    @pytest.mark.parametrize(
        ("row", "hint"),
        [
            (Reading("m", -1, values_of(power_kw=1.0)), "clock"),
            (Reading("m", LAST_TS_MS + 1, values_of(power_kw=1.0)), "clock"),
            (Reading("m", T0, values_of(power_kw=float("inf"))), "infinite"),
            (Reading("m", T0, values_of(power_kw=1.0, voltage_v=-float("inf"))), "infinite"),
            (Reading("m", T0, values_of()), "no quantity"),
            (Reading("", T0, values_of(power_kw=1.0)), "id"),
            (Reading("a\nb", T0, values_of(power_kw=1.0)), "id"),
            (Reading("a\\", T0, values_of(power_kw=1.0)), "id"),
        ],
    )
    def test_what_cannot_be_kept_is_refused_alone(self, store: ReadingStore, row: Reading, hint: str) -> None:
        outcome = store.write(batch(reading("good", 0), row))
        assert outcome.accepted == 1
        assert [(r.reason, hint in r.detail) for r in outcome.rejected] == [("refused", True)]
        assert shown(outcome.rejected[0].row) == shown(batch(row))
        assert store.read(["good"], minutes(0, 1)).meter.tolist() == ["good"]

    def test_the_first_and_the_last_instant_are_kept(self, store: ReadingStore) -> None:
        rows = [Reading("m", 0, values_of(power_kw=1.0)), Reading("m", LAST_TS_MS, values_of(power_kw=2.0))]
        assert store.write(batch(*rows)).accepted == 2
        assert shown(store.latest(["m"])) == shown(batch(rows[1]))
        assert store.write(batch(*rows)).repeats == 2

    def test_any_printable_id_is_only_an_id(self, store: ReadingStore) -> None:
        rows = [reading(meter, 0, power_kw=float(i)) for i, meter in enumerate(WEIRD)]
        assert store.write(batch(*rows)).accepted == len(WEIRD)
        assert store.write(batch(*rows)).repeats == len(WEIRD)
        for row in rows:
            assert shown(store.read([row.meter], minutes(0, 1))) == shown(batch(row))
        assert store.read(WEIRD, minutes(0, 1)).meter.tolist() == sorted(WEIRD)
        assert set(store.latest(WEIRD).meter) == set(WEIRD)
        scopes = [Scope(ScopeKind.STREET, meter) for meter in WEIRD]
        store.write_demand(demand([(s, 0, [float(i)] * 6, "ok", 1) for i, s in enumerate(scopes)]))
        assert store.read_demand(scopes, minutes(0, 15)).demand_kw.tolist() == [float(i) for i in range(len(WEIRD))]

    def test_a_long_list_of_ids_finds_exactly_those(self, store: ReadingStore) -> None:
        ids = [f"{meter}/{i}.*|(" for i in range(9) for meter in WEIRD]
        rows = [reading(meter, 0, power_kw=float(i)) for i, meter in enumerate(ids)]
        assert store.write(batch(*rows, reading("x/1.*|(y", 0), reading("tab", 0))).accepted == len(ids) + 2
        assert store.write(batch(*rows)).repeats == len(ids)
        found = store.read(ids, minutes(0, 1))
        assert shown(found) == shown(batch(*sorted(rows, key=lambda row: row.meter)))
        assert sorted(store.latest(ids).meter) == sorted(ids)
        scopes = [Scope(ScopeKind.STREET, meter) for meter in ids]
        store.write_demand(demand([(scope, 0, [1.0] * 6, "ok", 1) for scope in scopes]))
        assert list(store.read_demand(scopes, minutes(0, 15)).scope) == scopes

    def test_latest_is_the_newest_row_of_each_meter(self, store: ReadingStore) -> None:
        newest = [reading("a", 5, power_kw=5.0), reading("b", 3, voltage_v=3.0)]
        store.write(batch(newest[0], reading("a", 1), newest[1]))
        store.write(batch(reading("a", 2), reading("b", 1), reading("c", 1)))
        assert shown(store.latest(["b", "a", "none", "a"])) == shown(batch(*newest))

    def test_a_matrix_has_meters_as_given_and_only_rows_on_the_grid(self, store: ReadingStore) -> None:
        store.write(
            batch(
                reading("a", 0, power_kw=1.0, quality=Quality.FROZEN),
                reading("a", 15, power_kw=2.0),
                reading("a", 16, power_kw=9.0),
                reading("b", 15, voltage_v=230.0, quality=Quality.BAD),
                reading("b", 30, power_kw=3.0),
            )
        )
        found = store.matrix(["b", "none", "a", "b"], minutes(0, 45), step_s=900, quantity="power_kw")
        assert found.values.ids == ("b", "none", "a", "b")
        assert found.values.step_s == 900
        assert found.values.ts_ms.tolist() == [T0, T0 + 15 * MINUTE, T0 + 30 * MINUTE]
        np.testing.assert_array_equal(
            found.values.values, [[NAN, NAN, 3.0], [NAN, NAN, NAN], [1.0, 2.0, NAN], [NAN, NAN, 3.0]]
        )
        assert found.quality.tolist() == [[0, 0, 0], [0, 0, 0], [int(Quality.FROZEN), 0, 0], [0, 0, 0]]

    def test_a_matrix_refuses_what_is_no_question(self, store: ReadingStore) -> None:
        with pytest.raises(Invalid, match="power_kw"):
            store.matrix(["m"], minutes(0, 1), step_s=60, quantity='power_kw" FROM x; --')
        with pytest.raises(Invalid, match="step"):
            store.matrix(["m"], minutes(0, 1), step_s=0, quantity="power_kw")
        with pytest.raises(Invalid, match="fewer"):
            store.matrix(["m"] * 1000, minutes(0, 1_000_000), step_s=1, quantity="power_kw")

    def test_demand_as_a_matrix_of_blocks(self, store: ReadingStore) -> None:
        plant = enterprise_scope("E1")
        whole, lacking = [10.0, 2.5, 1.0, 11.0, 9.0, 11.0], [NAN, NAN, 0.4, 12.0, NAN, NAN]
        store.write_demand(
            demand(
                [
                    (DISTRICT, 0, whole, "ok", 1),
                    (DISTRICT, 15, lacking, "insufficient", 1),
                    (plant, 15, whole, "suspect", 2),
                    (MONITORED, 15, whole, "ok", 1),
                    (DISTRICT, 45, whole, "ok", 1),
                ]
            )
        )
        matrix = store.demand_matrix([plant, DISTRICT], minutes(0, 45))
        assert matrix.scopes == (plant, DISTRICT)
        assert matrix.ts_ms.tolist() == [T0, T0 + 15 * MINUTE, T0 + 30 * MINUTE]
        np.testing.assert_array_equal(matrix.demand_kw, [[NAN, 10.0, NAN], [10.0, NAN, NAN]])
        np.testing.assert_array_equal(matrix.estimate_kw, [[NAN, 11.0, NAN], [11.0, 12.0, NAN]])
        np.testing.assert_array_equal(matrix.quality, [[NO_ROW, 3, NO_ROW], [0, 2, NO_ROW]])
        np.testing.assert_array_equal(matrix.revision, [[0, 2, 0], [1, 1, 0]])
        assert store.demand_matrix([], minutes(0, 45)).demand_kw.shape == (0, 3)

    def test_demand_rows_replace_those_of_the_same_block(self, store: ReadingStore) -> None:
        plant = enterprise_scope("E1")
        whole = [10.0, 2.5, 1.0, 10.0, 9.0, 11.0]
        store.write_demand(
            demand([(DISTRICT, 0, whole, "ok", 1), (plant, 0, whole, "ok", 1), (DISTRICT, 15, whole, "ok", 1)])
        )
        lacking = [NAN, NAN, 0.4, 12.0, NAN, NAN]
        store.write_demand(demand([(DISTRICT, 0, whole, "ok", 2), (DISTRICT, 0, lacking, "insufficient", 3)]))
        assert shown_demand(store.read_demand([plant, DISTRICT, plant], minutes(0, 30))) == [
            ("enterprise:E1", T0, (10.0, 2.5, 1.0, 10.0, 9.0, 11.0), "ok", 1),
            ("district", T0, (None, None, 0.4, 12.0, None, None), "insufficient", 3),
            ("district", T0 + 15 * MINUTE, (10.0, 2.5, 1.0, 10.0, 9.0, 11.0), "ok", 1),
        ]
        assert len(store.read_demand([MONITORED], minutes(0, 30))) == 0
        assert len(store.read_demand([plant], minutes(15, 30))) == 0

    def test_rows_of_a_day_replace_those_of_the_same_day_and_may_lose_a_figure(self, store: ReadingStore) -> None:
        plant, width = enterprise_scope("E 1"), len(DAY_SERIES[LOAD_DAY])
        whole, lacking = [1.5] * width, [NAN, 2.0, *[3.0] * (width - 2)]
        store.write_days(days(LOAD_DAY, [(DISTRICT, 0, whole, 1), (plant, 0, whole, 1), (plant, 1, whole, 1)]))
        store.write_days(days(LOAD_DAY, [(plant, 0, whole, 2), (plant, 0, lacking, 3)]))
        found = store.read_days(LOAD_DAY, [plant, DISTRICT, plant], day_range(0, 1))
        assert [(str(s), int(r)) for s, r in zip(found.scope, found.revision, strict=True)] == [
            ("enterprise:E 1", 3),
            ("district", 1),
        ]
        np.testing.assert_array_equal(found.values, [lacking, whole])
        assert len(store.read_days(LOAD_DAY, [plant], day_range(1, 2))) == 1
        assert len(store.read_days(QUALITY_DAY, [plant, DISTRICT], day_range(0, 9))) == 0
        assert len(store.read_days(LOAD_DAY, [], day_range(0, 9))) == 0
        with pytest.raises(Invalid, match="unknown series"):
            store.read_days("reading", [plant], day_range(0, 1))

    def test_many_scopes_over_many_days_are_read_in_one_order(self, store: ReadingStore) -> None:
        scopes = [enterprise_scope(f"E{i:03d}") for i in range(120)]
        values = [0.5] * len(DAY_SERIES[QUALITY_DAY])
        store.write_days(days(QUALITY_DAY, [(s, d, values, 1) for d in range(0, 400, 100) for s in scopes]))
        chosen = [DISTRICT, *reversed(scopes[10:90])]
        found = store.read_days(QUALITY_DAY, chosen, day_range(0, 301))
        assert list(found.scope) == [s for s in chosen[1:] for _ in range(4)]
        assert found.ts_ms[:4].tolist() == [T0 + d * DAY for d in range(0, 400, 100)]

    def test_revisions_stand_beside_the_raw_reading_and_the_newest_counts(self, store: ReadingStore) -> None:
        store.write(batch(reading("m1", 0, power_kw=9.0)))
        first = VeeBatch.of(
            [revision("m2", 1, 4), revision("m1", 1, 4), revision("m1", 0, 4, raw_kw=9.0, flag=VeeFlag.EDITED)]
        )
        store.write_vee(first)
        later = revision("m1", 0, 11, NAN, raw_kw=9.0, flag=VeeFlag.WITHDRAWN, rule="manual", actor='王工 "x"')
        store.write_vee(VeeBatch.of([later]))
        store.write_vee(first)
        found = store.read_vee(["m2", "m1", "none"], minutes(0, 2))
        assert shown_vee(found) == shown_vee(VeeBatch.of([later, revision("m1", 1, 4), revision("m2", 1, 4)]))
        every = store.read_vee(["m1"], minutes(0, 1), history=True)
        assert every.revision.tolist() == [4, 11]
        assert every.flag.tolist() == ["edited", "withdrawn"]
        assert shown(store.read(["m1"], minutes(0, 2))) == shown(batch(reading("m1", 0, power_kw=9.0)))
        assert len(store.read_vee(["m1"], minutes(2, 3))) == 0
        assert len(store.read_vee([], minutes(0, 2))) == 0
        store.write_vee(VeeBatch.of([]))

    def test_revisions_that_cannot_be_kept_are_our_mistake(self, store: ReadingStore) -> None:
        for row, hint in (
            (revision("a\nb", 0, 1), "meter id"),
            (revision("m", 0, 0), "numbered"),
            (revision("m", 0, LAST_REVISION + 1), "numbered"),
            (revision("m", -1e9, 1), "1970"),
            (revision("m", 0, 1, float("inf")), "infinite"),
            (revision("m", 0, 1, actor=""), "actor"),
        ):
            with pytest.raises(Invalid, match=hint):
                store.write_vee(VeeBatch.of([row]))
        store.write_vee(VeeBatch.of([revision(meter, 0, LAST_REVISION) for meter in WEIRD]))
        assert store.read_vee(WEIRD, minutes(0, 1)).meter.tolist() == sorted(WEIRD)

    def test_more_rows_than_any_usual_limit(self, store: ReadingStore) -> None:
        n, meters = 100_001, 50
        k = np.arange(n)
        values = np.full((n, 7), np.nan)
        values[:, 0] = k
        rows = ReadingBatch(
            np.array([f"M{i % meters:02d}" for i in range(n)], dtype=object),
            T0 + (k // meters) * 1000,
            values,
            np.zeros(n, dtype=np.int8),
            np.full(n, 5, dtype=np.int64),
        )
        assert store.write(rows).accepted == n
        found = store.read([f"M{i:02d}" for i in range(meters)], minutes(0, 60))
        np.testing.assert_array_equal(found.values[:, 0], k)
        assert store.write(rows.take(slice(n - 1000, n))).repeats == 1000

    def test_threads_may_ask_and_write_at_once(self, store: ReadingStore) -> None:
        failures: list[BaseException] = []

        def work(name: str) -> None:
            try:
                for i in range(8):
                    assert store.write(batch(reading(name, i), reading("shared", i))).rejected == ()
                    assert len(store.read([name], minutes(0, 60))) == i + 1
                    store.latest([name, "shared"])
            except BaseException as error:  # noqa: BLE001 - carried to the test's own thread
                failures.append(error)

        threads = [threading.Thread(target=work, args=(f"m{i}",)) for i in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failures == []
        assert store.read(["shared"], minutes(0, 60)).ts_ms.tolist() == [T0 + i * MINUTE for i in range(8)]

    def test_it_says_what_it_is_and_closes_twice(self, place: Place) -> None:
        store = place()
        assert store.ping()
        store.close()
        store.close()
        with pytest.raises(Unavailable, match="closed"):
            store.read(["m"], minutes(0, 1))
        with pytest.raises(Unavailable, match="closed"):
            store.write(batch(reading("m")))

    def test_opened_again_it_knows_what_it_was_told(self, place: Place) -> None:
        if not self.durable:
            return
        first = place()
        first.write(batch(reading("m", 0, power_kw=1.5)))
        first.write_demand(demand([(DISTRICT, 0, [1.0] * 6, "ok", 1)]))
        first.write_vee(VeeBatch.of([revision("m", 0, 3)]))
        first.close()
        second = place()
        assert second.read_vee(["m"], minutes(0, 1)).revision.tolist() == [3]
        outcome = second.write(batch(reading("m", 0, power_kw=1.5), reading("m", 0, power_kw=1.6), reading("m", 1)))
        assert (outcome.accepted, outcome.repeats, len(outcome.rejected)) == (1, 1, 1)
        assert len(second.read_demand([DISTRICT], minutes(0, 15))) == 1
        second.close()

    def test_any_history_leaves_what_the_model_has(self, new_place: Callable[[], Place]) -> None:
        run_state_machine_as_test(
            machine_on(new_place, reopens=self.durable),
            settings=settings(
                max_examples=self.examples,
                stateful_step_count=12,
                # Shrinking reopens the store thousands of times; a history of twelve steps is short enough to read.
                phases=[Phase.reuse, Phase.generate],
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
