"""Raw overlaid with the newest revision: what counts, and what never changes."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.quality import Quality
from domain.readings import ENERGY_IMPORT, POWER, Reading
from domain.vee import VeeBatch, VeeFlag, VeeRow
from storage.effective import overlay, read_effective
from storage.readings.memory import MemoryStore
from tests.storage.readings.rows import NAN, batch, minutes, reading, revision, shown


def effective(*rows: Reading, vee: list[VeeRow]) -> list[tuple[str, float, str]]:
    found = overlay(batch(*rows), VeeBatch.of(vee))
    return [
        (m, p, Quality(q).text)
        for m, p, q in zip(found.meter, found.values[:, POWER].tolist(), found.quality.tolist(), strict=True)
    ]


@pytest.mark.parametrize(
    ("flag", "expected"),
    [
        (VeeFlag.ESTIMATED, [("m", 2.0, "estimated")]),
        (VeeFlag.EDITED, [("m", 2.0, "edited")]),
        (VeeFlag.ACCEPTED, [("m", 9.0, "ok")]),
        (VeeFlag.EXCLUDED, []),
        (VeeFlag.WITHDRAWN, [("m", 9.0, "spike")]),
    ],
)
def test_what_a_revision_makes_of_a_distrusted_reading(flag: VeeFlag, expected: list[tuple[str, float, str]]) -> None:
    spike = reading("m", 0, power_kw=9.0, quality=Quality.SPIKE)
    assert effective(spike, vee=[revision("m", 0, 1, raw_kw=9.0, flag=flag)]) == expected


def test_an_estimate_fills_a_gap_and_yields_to_the_reading_that_comes_after_all() -> None:
    estimate = revision("m", 1, 1)
    assert effective(reading("m", 0), vee=[estimate]) == [("m", 1.0, "ok"), ("m", 2.0, "estimated")]
    assert effective(reading("m", 1, power_kw=5.0), vee=[estimate]) == [("m", 5.0, "ok")]
    # A distrusted one is no better than the estimate, and a person's word stands.
    assert effective(reading("m", 1, quality=Quality.CATCH_UP), vee=[estimate]) == [("m", 2.0, "estimated")]
    assert effective(reading("m", 1), vee=[revision("m", 1, 1, flag=VeeFlag.EDITED)]) == [("m", 2.0, "edited")]


def test_a_register_keeps_its_row_beside_the_power_of_an_estimate() -> None:
    found = overlay(batch(reading("m", 0, energy_import_kwh=7.0)), VeeBatch.of([revision("m", 0, 1)]))
    assert found.values[0, ENERGY_IMPORT] == 7.0
    assert found.values[1, POWER] == 2.0
    assert found.quality.tolist() == [Quality.OK, Quality.ESTIMATED]


_flags = st.sampled_from(VeeFlag)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 4), _flags), max_size=8), st.sets(st.integers(0, 4)))
def test_raw_is_never_touched_and_the_order_of_changes_alone_counts(
    changes: list[tuple[int, VeeFlag]], present: set[int]
) -> None:
    store = MemoryStore()
    store.write(batch(*(reading("m", at) for at in present)))
    before = shown(store.read(["m"], minutes(0, 9)))
    rows = [revision("m", at, n + 1, 2.0 + n, flag=flag) for n, (at, flag) in enumerate(changes)]
    store.write_vee(VeeBatch.of(reversed(rows)))
    once = shown(read_effective(store, ["m"], minutes(0, 9)))
    store.write_vee(VeeBatch.of(rows))
    assert shown(read_effective(store, ["m"], minutes(0, 9))) == once
    assert shown(store.read(["m"], minutes(0, 9))) == before
    withdrawn = [revision("m", at, 100, NAN, flag=VeeFlag.WITHDRAWN) for at, _ in dict(changes).items()]
    store.write_vee(VeeBatch.of(withdrawn))
    assert shown(read_effective(store, ["m"], minutes(0, 9))) == before
