from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from domain.energy import EnergyEntry, OutputEntry, PriceBasis
from domain.errors import Invalid
from domain.ids import EnterpriseId

ENTRY = EnergyEntry(EnterpriseId("E001"), date(2026, 3, 1), "diesel", bought=100.0, opening_stock=20.0)


def test_consumption_of_a_month() -> None:
    entry = replace(ENTRY, closing_stock=30.0, resold=5.0, feedstock=10.0, supplied_out=15.0)
    assert entry.consumption == 100 + 20 - 30 - 5 - 10 - 15


@pytest.mark.parametrize(
    "changes",
    [
        {"closing_stock": -1.0},
        {"bought": float("nan")},
        {"bought": float("inf")},
        {"feedstock": 121.0},
        {"closing_stock": 130.0},
        {"certified_non_fossil": 121.0},
        {"kgce_measured": 0.0},
        {"month": date(2026, 3, 2)},
    ],
)
def test_what_cannot_be_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(Invalid):
        replace(ENTRY, **changes)  # type: ignore[arg-type]


def test_output_names_its_prices() -> None:
    output = OutputEntry(EnterpriseId("E001"), date(2026, 3, 1), 500.0, PriceBasis.CONSTANT, base_year=2020)
    assert output.value_added_10k_cny == 500.0
    with pytest.raises(Invalid, match="base year"):
        replace(output, base_year=None)
    with pytest.raises(Invalid, match="share"):
        replace(output, real_growth=-1.5)
