from __future__ import annotations

from dataclasses import fields, replace
from datetime import date, timedelta
from itertools import permutations

import numpy as np
import pytest

from domain.energy import EnergyEntry, OutputEntry, PriceBasis, Standing
from domain.energy_columns import Coded
from domain.errors import Invalid
from domain.ids import EnterpriseId
from storage.ledger.sql import SqlLedger
from tests.support.clock import HandClock
from tests.support.energy_columns import energy_columns, output_columns

MARCH, APRIL = date(2026, 3, 1), date(2026, 4, 1)
E001, E002 = EnterpriseId("E001"), EnterpriseId("E002")


def an_entry(month: date = MARCH, carrier: str = "diesel", bought: float = 100.0, **changes: object) -> EnergyEntry:
    entry = EnergyEntry(E001, month, carrier, bought, source="205-1 3月.xlsx", standing=Standing.REPORTED)
    return replace(entry, **changes)  # type: ignore[arg-type]


def test_a_correction_is_a_revision_with_its_actor(ledger: SqlLedger, clock: HandClock) -> None:
    [first] = ledger.energy.put_energy("wang", [an_entry()])
    assert (first.revision, first.actor) == (1, "wang")
    assert ledger.energy.put_energy("li", [an_entry()]) == []  # the same again changes nothing
    before = clock.now()
    clock.set(before + timedelta(days=3))
    [second] = ledger.energy.put_energy("li", [an_entry(bought=120.0, kgce_measured=1.45)])
    assert (second.revision, second.bought) == (2, 120.0)
    assert ledger.energy.energy(MARCH, APRIL) == [second]
    assert ledger.energy.energy(MARCH, APRIL, known_at=before) == [first]
    assert ledger.energy.energy_history(E001, MARCH, "diesel") == [first, second]
    newest, _ = ledger.audit.entries(subject="energy:E001:2026-03:diesel").items
    assert newest.actor == "li"
    assert newest.before is not None
    assert newest.after is not None
    assert (newest.before["bought"], newest.after["bought"]) == (100.0, 120.0)


def test_all_or_none(ledger: SqlLedger) -> None:
    with pytest.raises(Invalid, match="twice"):
        ledger.energy.put_energy("wang", [an_entry(), an_entry(bought=5.0)])
    assert ledger.energy.energy(MARCH, MARCH) == []


def test_what_is_asked_for(ledger: SqlLedger) -> None:
    entries = [an_entry(), an_entry(APRIL), an_entry(carrier="natural_gas"), replace(an_entry(), enterprise=E002)]
    ledger.energy.put_energy("wang", entries)
    assert len(ledger.energy.energy(MARCH, MARCH)) == 3
    assert [e.month for e in ledger.energy.energy(MARCH, APRIL, enterprises=[E001]) if e.carrier == "diesel"] == [
        MARCH,
        APRIL,
    ]
    assert ledger.energy.energy(MARCH, APRIL, enterprises=[]) == []


def test_the_order_of_corrections_to_different_months_does_not_matter(
    sqlite_ledger: SqlLedger,
) -> None:
    changes = [an_entry(bought=1.0), an_entry(APRIL, bought=2.0), an_entry(carrier="lpg", bought=3.0)]
    ends = []
    for number, order in enumerate(permutations(changes)):
        mine = [replace(each, enterprise=EnterpriseId(f"P{number}")) for each in order]
        for each in mine:
            sqlite_ledger.energy.put_energy("wang", [each])
        found = sqlite_ledger.energy.energy(MARCH, APRIL, enterprises=[EnterpriseId(f"P{number}")])
        ends.append([(e.month, e.carrier, e.bought) for e in found])
    assert all(end == ends[0] for end in ends)


def test_output_and_its_history(ledger: SqlLedger) -> None:
    entry = OutputEntry(E001, MARCH, 500.0, PriceBasis.CONSTANT, base_year=2020, real_growth=0.178, source="统计月报")
    [first] = ledger.energy.put_output("wang", [entry])
    [second] = ledger.energy.put_output("wang", [replace(entry, value_added_10k_cny=510.0)])
    assert ledger.energy.output(MARCH, MARCH) == [second]
    assert ledger.energy.output_history(E001, MARCH) == [first, second]
    assert ledger.energy.output(MARCH, MARCH, enterprises=[E002]) == []


def test_columns_hold_the_newest_of_each_entry(ledger: SqlLedger, monkeypatch: pytest.MonkeyPatch) -> None:
    mixed = replace(an_entry(), opening_stock=8.0, closing_stock=3.0, resold=1.0, feedstock=2.5, supplied_out=0.5)
    entries = [
        an_entry(enterprise=E002),
        an_entry(APRIL, "natural_gas", kgce_measured=1.21, source="205-1 4月.xlsx"),
        an_entry(carrier="electricity", certified_non_fossil=40.0, standing=Standing.ESTIMATED),
        mixed,
        an_entry(date(2026, 6, 1)),
    ]
    value = OutputEntry(E001, MARCH, 500.0, PriceBasis.CONSTANT, base_year=2020, real_growth=0.178, source="统计月报")
    output = [value, replace(value, enterprise=E002, price_basis=PriceBasis.CURRENT, base_year=None, real_growth=None)]
    ledger.energy.put_energy("wang", entries)
    ledger.energy.put_energy("li", [replace(mixed, bought=120.0)])
    ledger.energy.put_output("wang", output)
    ledger.energy.put_output("li", [replace(value, value_added_10k_cny=510.0, standing=Standing.ESTIMATED)])
    for chosen in (None, [E001], [E002, E001], []):
        _same_columns(ledger, chosen)
    monkeypatch.setattr("storage.ledger.energy_columns.MOST_NAMED", 0)
    _same_columns(ledger, [E001])


def _same_columns(ledger: SqlLedger, chosen: list[EnterpriseId] | None) -> None:
    """What is read as columns is what is read as entries."""
    for found, expected in (
        (
            ledger.energy.energy_columns(MARCH, APRIL, enterprises=chosen),
            energy_columns(ledger.energy.energy(MARCH, APRIL, enterprises=chosen)),
        ),
        (
            ledger.energy.output_columns(MARCH, APRIL, enterprises=chosen),
            output_columns(ledger.energy.output(MARCH, APRIL, enterprises=chosen)),
        ),
    ):
        for field in fields(found):
            one, other = getattr(found, field.name), getattr(expected, field.name)
            if isinstance(one, Coded):
                assert (one.values, one.each()) == (other.values, other.each())
            else:
                assert np.array_equal(one, other, equal_nan=True), field.name


def test_scope_of_a_year(ledger: SqlLedger) -> None:
    ledger.energy.put_scope("wang", 2026, {E001: True, E002: True}, "规上名录2026")
    ledger.energy.put_scope("wang", 2026, {E002: False}, "退库")
    ledger.energy.put_scope("wang", 2026, {E002: False}, "退库")
    assert ledger.energy.scope(2026) == {E001}
    assert ledger.energy.scope(2025) == frozenset()
    assert len(ledger.audit.entries(subject="scope:2026").items) == 2
