from __future__ import annotations

import pytest

from config.energy_factors import EnergyFactorTable
from config.policy_table import load_table
from domain.energy import Basis
from domain.errors import InsufficientData, Invalid


@pytest.fixture(scope="module")
def table() -> EnergyFactorTable:
    return load_table("energy_factors.toml", EnergyFactorTable)


def test_both_bases_of_electricity(table: EnergyFactorTable) -> None:
    assert table.coal("electricity", Basis.CALORIFIC, 2025).kgce == 0.1229
    assert table.coal("electricity", Basis.EQUIVALENT, 2025, region="zhejiang").kgce == 0.285
    with pytest.raises(InsufficientData, match="no equivalent factor of electricity"):
        table.coal("electricity", Basis.EQUIVALENT, 2025, region="jiangsu")
    with pytest.raises(InsufficientData, match="2015"):
        table.coal("electricity", Basis.EQUIVALENT, 2015, region="zhejiang")


def test_fuels_are_alike_in_both_bases(table: EnergyFactorTable) -> None:
    for carrier in table.carrier:
        if carrier.fuel:
            both = {table.coal(carrier.id, basis, 2025).kgce for basis in Basis}
            assert len(both) == 1, carrier.id


def test_grid_co2_is_of_its_own_year(table: EnergyFactorTable) -> None:
    assert table.grid(2023, "zhejiang").kg_per_kwh == 0.4974
    assert table.grid(2022, "national").kg_per_kwh == 0.5366
    assert table.grid(2021, "national").kg_per_kwh == 0.5568
    with pytest.raises(InsufficientData, match="2025"):
        table.grid(2025, "zhejiang")
    assert table.newest_grid_year(2025, "zhejiang") == 2023
    assert table.newest_grid_year(2020, "zhejiang") is None


def test_the_assessed_amount_by_the_rule_of_the_year(table: EnergyFactorTable) -> None:
    assert table.assessment_rule(2020) is None
    rule = table.assessment_rule(2022)
    assert rule is not None
    assert (rule.without_feedstock, rule.without_certified_non_fossil) == (True, False)
    rule = table.assessment_rule(2024)
    assert rule is not None
    assert rule.without_certified_non_fossil


def test_unknown_carriers_are_named(table: EnergyFactorTable) -> None:
    with pytest.raises(Invalid, match="no energy carrier 'wood'"):
        table.of("wood")
