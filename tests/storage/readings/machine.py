"""Any history of writes, compared after each step with ``MemoryStore``, which follows the port's words row by row."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from domain.quality import Quality
from domain.readings import Reading, values_of
from domain.scopes import DISTRICT, Scope, enterprise_scope
from domain.vee import VeeBatch, VeeFlag
from storage.ports import ReadingStore, RejectedRow
from storage.readings.memory import MemoryStore
from tests.storage.readings.rows import (
    MINUTE,
    NAN,
    T0,
    batch,
    demand,
    minutes,
    revision,
    shown,
    shown_demand,
    shown_vee,
)

METERS = ("m1", "m 2", "计量,3")
SCOPES = (DISTRICT, enterprise_scope("E1"), enterprise_scope("E 2"))

_instants = st.one_of(
    st.integers(0, 5).map(lambda i: T0 + i * MINUTE),
    # A stray row days away: look-ups by range must find it, and only it.
    st.sampled_from([T0 - 40 * 86_400_000, T0 + 40 * 86_400_000, -1]),
)
_values = st.builds(
    lambda power, energy, volts: values_of(power_kw=power, energy_import_kwh=energy, voltage_v=volts),
    st.sampled_from([NAN, 0.0, -0.0, 1.5, 0.1 + 0.2]),
    st.sampled_from([NAN, 1e9 + 0.1, 5e-324]),
    st.sampled_from([NAN, NAN, float("inf"), 230.0]),
)
_readings = st.builds(
    Reading, st.sampled_from(METERS), _instants, _values, st.sampled_from(Quality), st.integers(0, 2_000_000_000_000)
)
_revisions = st.tuples(
    st.sampled_from(METERS), st.integers(0, 3), st.sampled_from([NAN, 0.0, 2.5]), st.sampled_from(VeeFlag)
)
_measure = st.sampled_from([NAN, 0.0, 12.5])
_demand = st.tuples(
    st.sampled_from(SCOPES),
    st.sampled_from([0, 15, 30]),
    st.lists(_measure, min_size=6, max_size=6),
    st.sampled_from(["ok", "estimated", 'say "x\\"']),
    st.integers(1, 3),
)


def _rejections(rejected: tuple[RejectedRow, ...]) -> list[Any]:
    found = [(r.reason, shown(r.row)[0], shown(r.stored)[0] if r.stored is not None else None) for r in rejected]
    return sorted(found, key=repr)


def machine_on(new_place: Callable[[], Callable[[], ReadingStore]], *, reopens: bool) -> type[RuleBasedStateMachine]:
    """The machine's class, bound to one adapter."""

    class Histories(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.model = MemoryStore()
            self.place = new_place()
            self.store = self.place()
            self.last: list[Reading] = []
            self.changes = 0
            self.revised = VeeBatch.of([])

        @rule(rows=st.lists(_readings, max_size=8))
        def write(self, rows: list[Reading]) -> None:
            expected, found = self.model.write(batch(*rows)), self.store.write(batch(*rows))
            assert (found.accepted, found.repeats) == (expected.accepted, expected.repeats)
            assert _rejections(found.rejected) == _rejections(expected.rejected)
            self.last = rows

        @rule()
        def write_the_last_batch_again(self) -> None:
            before = shown(self.store.read(METERS, minutes(-1e5, 1e5)))
            assert self.store.write(batch(*self.last)).accepted == self.model.write(batch(*self.last)).accepted == 0
            assert shown(self.store.read(METERS, minutes(-1e5, 1e5))) == before

        @rule(rows=st.lists(_demand, max_size=5))
        def write_demand(self, rows: list[tuple[Scope, float, list[float], str, int]]) -> None:
            for store in (self.model, self.store):
                store.write_demand(demand(rows))

        @rule(rows=st.lists(_revisions, max_size=5, unique_by=lambda row: row[:2]))
        def write_a_change(self, rows: list[tuple[str, int, float, VeeFlag]]) -> None:
            self.changes += 1
            self.revised = VeeBatch.of(revision(m, at, self.changes, kw, flag=flag) for m, at, kw, flag in rows)
            for store in (self.model, self.store):
                store.write_vee(self.revised)

        @rule()
        def write_the_last_change_again(self) -> None:
            self.store.write_vee(self.revised)

        @rule(limit=st.integers(0, 6), chosen=st.sets(st.sampled_from([*METERS, "never"])))
        def read_some(self, limit: int, chosen: set[str]) -> None:
            ids = sorted(chosen)
            expected, found = (s.read(ids, minutes(0, 4), limit=limit) for s in (self.model, self.store))
            assert shown(found) == shown(expected)

        @rule(quantity=st.sampled_from(["power_kw", "voltage_v", "current_a"]), step_s=st.sampled_from([60, 120]))
        def read_a_matrix(self, quantity: str, step_s: int) -> None:
            expected, found = (
                s.matrix(METERS, minutes(0, 6), step_s=step_s, quantity=quantity) for s in (self.model, self.store)
            )
            np.testing.assert_array_equal(found.values.values, expected.values.values)
            np.testing.assert_array_equal(found.quality, expected.quality)

        @rule(chosen=st.sets(st.sampled_from(SCOPES)), span=st.tuples(st.integers(-40, 40), st.integers(1, 60)))
        def read_a_demand_matrix(self, chosen: set[Scope], span: tuple[int, int]) -> None:
            around = minutes(span[0], span[0] + span[1])
            expected, found = (s.demand_matrix(sorted(chosen), around) for s in (self.model, self.store))
            for name in ("ts_ms", "demand_kw", "estimate_kw", "quality", "revision"):
                np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))

        @precondition(lambda self: reopens)
        @rule()
        def open_again(self) -> None:
            self.store.close()
            self.store = self.place()

        @invariant()
        def the_two_hold_the_same(self) -> None:
            span = minutes(-1e5, 1e5)
            assert shown(self.store.read(METERS, span)) == shown(self.model.read(METERS, span))
            assert shown(self.store.latest(METERS)) == shown(self.model.latest(sorted(METERS)))
            assert shown_demand(self.store.read_demand(SCOPES, span)) == shown_demand(
                self.model.read_demand(SCOPES, span)
            )
            for history in (False, True):
                assert shown_vee(self.store.read_vee(METERS, span, history=history)) == shown_vee(
                    self.model.read_vee(METERS, span, history=history)
                )

        def teardown(self) -> None:
            self.store.close()
            self.model.close()

    return Histories
