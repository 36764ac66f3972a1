"""What holds of any books: parts sum to the whole, and one basis leads back to the other."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.policy import load_policy
from domain.energy import Basis, EnergyEntry, OutputEntry, PriceBasis
from domain.ids import EnterpriseId
from response.intensity.figures import Accounts
from response.intensity.panel import panel
from response.intensity.statements import output_of, statements
from tests.support.energy_columns import energy_columns, output_columns

FACTORS = load_policy().energy_factors
MONTHS = (date(2024, 1, 1), date(2024, 2, 1))
IDS = tuple(EnterpriseId(f"E{n}") for n in range(4))
_amount = st.floats(0, 1e9)
_rows = st.lists(st.tuples(_amount, _amount, st.floats(1, 1e6)), min_size=8, max_size=8)


def accounts(rows: list[tuple[float, float, float]]) -> Accounts:
    """kWh, kg of diesel and value added of four enterprises in two months."""
    keys = [(enterprise, month) for enterprise in IDS for month in MONTHS]
    entries = [
        EnergyEntry(enterprise, month, carrier, amount)
        for (enterprise, month), (kwh, kg, _) in zip(keys, rows, strict=True)
        for carrier, amount in (("electricity", kwh), ("diesel", kg))
    ]
    output = [
        OutputEntry(enterprise, month, value, PriceBasis.CONSTANT, base_year=2020)
        for (enterprise, month), (_, _, value) in zip(keys, rows, strict=True)
    ]
    stated = statements(energy_columns(entries), {}, IDS, MONTHS)
    return Accounts(panel(stated, output_of(output_columns(output), IDS, MONTHS), FACTORS, "zhejiang"), None)


@settings(deadline=None)
@given(_rows, st.integers(0, 4))
def test_groups_sum_to_the_district(rows: list[tuple[float, float, float]], cut: int) -> None:
    books = accounts(rows)
    whole, one, other = (books.figures("", chosen) for chosen in (IDS, IDS[:cut], IDS[cut:]))
    for basis in Basis:
        parts = (one.energy_tce[basis].value or 0.0) + (other.energy_tce[basis].value or 0.0)
        assert parts == pytest.approx(whole.energy_tce[basis].value)
    assert (one.electricity_kwh.value or 0.0) + (other.electricity_kwh.value or 0.0) == pytest.approx(
        whole.electricity_kwh.value
    )


@settings(deadline=None)
@given(_rows)
def test_the_reconciliation_row_leads_from_one_basis_to_the_other(rows: list[tuple[float, float, float]]) -> None:
    found = accounts(rows).figures("", IDS)
    kwh = sum(row[0] for row in rows)
    assert found.reconciliation_tce.value == pytest.approx(kwh * (0.285 - 0.1229) / 1000, abs=1e-6)
    calorific, row = found.energy_tce[Basis.CALORIFIC].value, found.reconciliation_tce.value
    assert calorific is not None
    assert row is not None
    assert calorific + row == pytest.approx(found.energy_tce[Basis.EQUIVALENT].value)


@settings(deadline=None)
@given(_rows, st.permutations(range(8)))
def test_the_order_of_entries_does_not_matter(rows: list[tuple[float, float, float]], order: list[int]) -> None:
    keys = [(enterprise, month) for enterprise in IDS for month in MONTHS]
    entries = [EnergyEntry(*key, "electricity", row[0]) for key, row in zip(keys, rows, strict=True)]
    one = statements(energy_columns(entries), {}, IDS, MONTHS).consumption
    other = statements(energy_columns([entries[i] for i in order]), {}, IDS, MONTHS).consumption
    assert np.array_equal(one, other)
