"""The register state machine: every pair of its table, and what no history may break."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.registers import TABLE, Booking, Exchange, Incident, Registers, Seen, State, book, step

QUARTER_MS = 900_000
LIMIT_KW = 400.0
MODULUS = 10_000.0


def run(*readings: tuple[float, float], limit_kw: float = LIMIT_KW) -> list[tuple[str, str, float | None]]:
    """(quarter, kWh) each -> what was seen, what state followed, what was booked."""
    registers = Registers.blank(1)
    found: list[tuple[str, str, float | None]] = []
    for quarter, kwh in readings:
        registers, outcome = step(
            registers,
            np.array([kwh]),
            np.array([int(quarter * QUARTER_MS)]),
            trusted=np.ones(1, dtype=np.bool_),
            limit_kw=np.array([limit_kw]),
            modulus_kwh=np.array([MODULUS]),
        )
        energy = float(outcome.energy_kwh[0])
        found.append(
            (Seen(int(outcome.seen[0])).name, State(int(registers.state[0])).name, None if energy != energy else energy)
        )
    return found


def test_every_pair_that_can_occur_has_one_transition_and_no_other_has() -> None:
    doubt = {Seen.RETURNS, Seen.CONFIRMS, Seen.ASTRAY}
    plain = {Seen.STEADY, Seen.ADVANCE, Seen.ROLLOVER, Seen.FALL, Seen.LEAP}
    always = {Seen.DISTRUSTED, Seen.LATE, Seen.EXCHANGE}
    possible = {
        State.EMPTY: always | {Seen.FIRST},
        State.RUNNING: always | plain,
        State.STANDING: always | plain,
        State.DOUBTFUL: always | doubt,
    }
    assert {(s, e) for s, seen in possible.items() for e in seen} == set(TABLE)
    for (state, seen), (to, booking, incident) in TABLE.items():
        if seen in (Seen.DISTRUSTED, Seen.LATE):
            assert (to, booking, incident) == (state, Booking.NOTHING, Incident.NONE)
        # Nothing leads back to empty, and only doubt books nothing for a step that was seen.
        assert to is not State.EMPTY or state is State.EMPTY
        if to is State.DOUBTFUL:
            assert booking is Booking.NOTHING


@pytest.mark.parametrize(
    ("readings", "last"),
    [
        ([(0, 100)], ("FIRST", "RUNNING", None)),
        ([(0, 100), (1, 110)], ("ADVANCE", "RUNNING", 10.0)),
        ([(0, 100), (1, 100)], ("STEADY", "STANDING", 0.0)),
        ([(0, 100), (1, 100), (2, 130)], ("ADVANCE", "RUNNING", 30.0)),
        ([(0, 100), (1, 110), (1, 999)], ("LATE", "RUNNING", None)),
        ([(0, 100), (1, 110), (0.5, 104)], ("LATE", "RUNNING", None)),
        ([(0, 100), (1, float("nan"))], ("DISTRUSTED", "RUNNING", None)),
        ([(0, 9990), (1, 5)], ("ROLLOVER", "RUNNING", 15.0)),
        ([(0, 9990), (1, 500)], ("FALL", "DOUBTFUL", None)),
        ([(0, 8000), (1, 5)], ("FALL", "DOUBTFUL", None)),
        ([(0, 100), (1, 5000)], ("LEAP", "DOUBTFUL", None)),
        ([(0, 100), (1, 5000), (2, 130)], ("RETURNS", "RUNNING", 30.0)),
        ([(0, 100), (1, 2), (2, 12)], ("CONFIRMS", "RUNNING", 10.0)),
        ([(0, 100), (1, 5000), (2, 9000)], ("ASTRAY", "DOUBTFUL", None)),
        ([(0, 100), (1, 5000), (2, 9000), (3, 9050)], ("CONFIRMS", "RUNNING", 50.0)),
    ],
)
def test_what_a_reading_is_and_what_it_books(
    readings: list[tuple[float, float]], last: tuple[str, str, float | None]
) -> None:
    assert run(*readings)[-1] == last


def test_an_exchange_closes_the_old_register_and_opens_the_new_with_its_own_multiplier() -> None:
    # 100 kWh a quarter; exchanged five minutes into the third, where the old one showed 233 and the new one 7.
    ts = np.arange(6) * QUARTER_MS
    kwh = np.array([0.0, 100.0, 200.0, 74.0, 174.0, 274.0])
    exchange = Exchange(2 * QUARTER_MS + 300_000, 233.0, 7.0)
    booked = book(ts, kwh, trusted=np.ones(6, dtype=np.bool_), limit_kw=1e4, modulus_kwh=1e6, exchanges=(exchange,))
    assert booked.energy_kwh.tolist() == [100.0, 100.0, 33.0, 67.0, 100.0, 100.0]
    assert booked.energy_kwh.sum() == 500.0
    assert booked.incident.tolist() == [0, 0, Incident.EXCHANGED, 0, 0, 0]
    # Without the notice the fall is an incident and nothing is invented: the energy around it is not told.
    silent = book(ts, kwh, trusted=np.ones(6, dtype=np.bool_), limit_kw=500.0, modulus_kwh=1e6)
    assert np.nansum(silent.energy_kwh) == 400.0
    assert Incident.FELL in silent.incident.tolist()


_energies = st.lists(st.floats(0.0, 100.0), min_size=2, max_size=40)


@settings(max_examples=120, deadline=None)
@given(_energies, st.floats(0.0, MODULUS - 1), st.data())
def test_energy_is_conserved_under_any_cut_order_and_repeat(
    energies: list[float], start: float, data: st.DataObject
) -> None:
    """The register may roll over, readings may be missing, shuffled or sent again: the sum is what was drawn."""
    true = start + np.r_[0.0, np.cumsum(energies)]
    kwh, ts = true % MODULUS, np.arange(len(true), dtype=np.int64) * QUARTER_MS
    kept = sorted({0, len(true) - 1} | data.draw(st.sets(st.integers(0, len(true) - 1))))
    # A gap across the whole first or last tenth hides a roll-over: then nothing may be told, and nothing invented.
    shown = kwh[kept]
    told = all(b >= a or (a > 0.9 * MODULUS and b < 0.1 * MODULUS) for a, b in itertools.pairwise(shown.tolist()))
    order = data.draw(st.permutations(kept)) + data.draw(st.lists(st.sampled_from(kept), max_size=5))
    booked = book(
        ts[order], kwh[order], trusted=np.ones(len(order), dtype=np.bool_), limit_kw=LIMIT_KW, modulus_kwh=MODULUS
    )
    total = float(np.nansum(booked.energy_kwh))
    assert total <= sum(energies) + 1e-6
    if told:
        assert total == pytest.approx(sum(energies), abs=1e-6)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 30), st.floats(0.0, MODULUS)), max_size=25))
def test_whatever_is_sent_no_energy_is_beyond_what_the_site_can_draw(readings: list[tuple[int, float]]) -> None:
    ts = np.array([at * QUARTER_MS for at, _ in readings], dtype=np.int64)
    kwh = np.array([value for _, value in readings], dtype=np.float64)
    booked = book(ts, kwh, trusted=np.ones(len(ts), dtype=np.bool_), limit_kw=LIMIT_KW, modulus_kwh=MODULUS)
    energy, hours = booked.energy_kwh, (booked.to_ms - booked.from_ms) / 3_600_000
    known = ~np.isnan(energy)
    assert (energy[known] >= 0).all()
    assert (energy[known] <= LIMIT_KW * hours[known] + 1e-6).all()
    # Energies do not overlap in time.
    spans = sorted(zip(booked.from_ms[known].tolist(), booked.to_ms[known].tolist(), strict=True))
    assert all(a[1] <= b[0] for a, b in itertools.pairwise(spans))


@settings(max_examples=60, deadline=None)
@given(_energies, st.integers(0, 38), st.floats(200.0, 9_000.0))
def test_one_wrong_reading_costs_no_energy(energies: list[float], where: int, offset: float) -> None:
    true = np.r_[0.0, np.cumsum(energies)]
    at = 1 + where % max(len(true) - 2, 1)
    if at >= len(true) - 1:
        return
    shown = true.copy()
    shown[at] += offset
    ts = np.arange(len(true), dtype=np.int64) * QUARTER_MS
    booked = book(ts, shown, trusted=np.ones(len(ts), dtype=np.bool_), limit_kw=LIMIT_KW, modulus_kwh=1e9)
    assert np.nansum(booked.energy_kwh) == pytest.approx(true[-1], abs=1e-6)
