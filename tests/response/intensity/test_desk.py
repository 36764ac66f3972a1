"""Figures of groups from statements and meters, against calculations by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from domain.energy import Basis, PriceBasis
from domain.errors import Forbidden, Invalid, NotFound
from domain.ids import EnterpriseId
from domain.instants import day_span, to_ms
from domain.people import SYSTEM, Principal, Role
from domain.readings import QUANTITIES, ReadingBatch
from domain.scopes import enterprise_scope
from response.intensity.desk import Grouping
from response.intensity.figures import METERED_SHORT
from storage.ledger import SqlLedger
from storage.readings.memory import MemoryStore
from tests.response.intensity.district import E1, E2, E3, MARCH, MARCH_BEFORE, ZONE, a_desk, energy, output
from tests.support.loads import measured


def two_years(ledger: SqlLedger) -> None:
    """E1: electricity and gas; E2: electricity; both with output, in March of two years."""
    ledger.energy.put_energy(
        "wang",
        [
            energy(E1, MARCH, "electricity", 1_000_000),
            energy(E1, MARCH, "natural_gas", 10_000),
            energy(E2, MARCH, "electricity", 500_000),
            energy(E1, MARCH_BEFORE, "electricity", 1_100_000),
            energy(E1, MARCH_BEFORE, "natural_gas", 10_000),
            energy(E2, MARCH_BEFORE, "electricity", 500_000),
        ],
    )
    ledger.energy.put_output(
        "wang",
        [
            output(E1, MARCH, 1000),
            output(E2, MARCH, 400),
            output(E1, MARCH_BEFORE, 900),
            output(E2, MARCH_BEFORE, 400),
        ],
    )


def test_both_bases_and_what_lies_between(ledger: SqlLedger) -> None:
    two_years(ledger)
    [one] = a_desk(ledger).figures(SYSTEM, MARCH, MARCH, enterprises=[E1]).groups
    equivalent, calorific = 1e6 * 0.285e-3 + 13.3, 1e6 * 0.1229e-3 + 13.3
    assert one.energy_tce[Basis.EQUIVALENT].value == pytest.approx(equivalent)
    assert one.energy_tce[Basis.CALORIFIC].value == pytest.approx(calorific)
    assert one.reconciliation_tce.value == pytest.approx(equivalent - calorific)
    assert one.intensity[Basis.EQUIVALENT].value == pytest.approx(equivalent / 1000)
    assert one.electricity_intensity_kwh.value == pytest.approx(1000.0)
    before = 1.1e6 * 0.285e-3 + 13.3
    assert one.energy_growth[Basis.EQUIVALENT].value == pytest.approx(equivalent / before - 1)
    assert one.real_growth.value == pytest.approx(1000 / 900 - 1)
    change = (equivalent / before) / (1000 / 900) - 1
    assert one.change[Basis.EQUIVALENT].value == pytest.approx(change)


def test_sectors_sum_to_the_district(ledger: SqlLedger) -> None:
    two_years(ledger)
    ledger.energy.put_energy("wang", [energy(E3, m, "electricity", 50_000) for m in (MARCH, MARCH_BEFORE)])
    ledger.energy.put_output("wang", [output(E3, m, 77) for m in (MARCH, MARCH_BEFORE)])
    desk = a_desk(ledger)
    [district] = desk.figures(SYSTEM, MARCH, MARCH).groups
    sectors = desk.figures(SYSTEM, MARCH, MARCH, by=Grouping.SECTOR).groups
    assert [group.subject for group in sectors] == ["C17", "C39"]
    for basis in Basis:
        parts = [group.energy_tce[basis].value for group in sectors]
        assert sum(part for part in parts if part is not None) == pytest.approx(district.energy_tce[basis].value)
    assert sum(g.value_added_10k_cny.value or 0 for g in sectors) == district.value_added_10k_cny.value


def test_a_missing_statement_makes_the_group_unknown_and_not_smaller(ledger: SqlLedger) -> None:
    two_years(ledger)
    [district] = a_desk(ledger).figures(SYSTEM, MARCH, MARCH).groups
    assert (district.members, district.members_known) == (3, 2)
    figure = district.energy_tce[Basis.EQUIVALENT]
    assert figure.value is None
    assert figure.coverage == pytest.approx(2 / 3)
    assert "missing" in figure.reason


def test_the_same_scope_in_both_years(ledger: SqlLedger) -> None:
    two_years(ledger)
    desk = a_desk(ledger)
    with pytest.raises(NotFound, match="2026"):
        desk.figures(SYSTEM, MARCH, MARCH, scope_year=2026)
    ledger.energy.put_scope("wang", 2026, {E1: True, E2: True}, "名录")
    [district] = desk.figures(SYSTEM, MARCH, MARCH, scope_year=2026).groups
    assert district.members == 2
    assert district.change[Basis.EQUIVALENT].value is not None


def test_only_metered_electricity_is_never_called_energy_use(ledger: SqlLedger) -> None:
    store = MemoryStore()
    start = to_ms(day_span(MARCH, ZONE).start)
    n = 31 * 96
    values = np.full((n, len(QUANTITIES)), np.nan)
    values[:, 0] = 120.0
    ts_ms = start + np.arange(n, dtype=np.int64) * 900_000
    nothing = np.zeros(n, dtype=np.int64)
    store.write(ReadingBatch(np.full(n, "M1", dtype=object), ts_ms, values, nothing.astype(np.int8), nothing))
    ledger.energy.put_output("wang", [output(E1, MARCH, 1000)])
    [one] = a_desk(ledger, store).figures(SYSTEM, MARCH, MARCH, enterprises=[E1]).groups
    assert one.electricity_kwh.value == pytest.approx(120.0 * 31 * 24)
    assert one.electricity_intensity_kwh.value == pytest.approx(120.0 * 31 * 24 / 1000)
    assert one.energy_tce[Basis.EQUIVALENT].value is None
    assert "仅有计量电量" in one.energy_tce[Basis.EQUIVALENT].reason
    assert one.standing == "measured"
    # With a statement that names a fuel and leaves electricity to the meters, it is.
    ledger.energy.put_energy("wang", [energy(E1, MARCH, "natural_gas", 10_000)])
    [one] = a_desk(ledger, store).figures(SYSTEM, MARCH, MARCH, enterprises=[E1]).groups
    assert one.energy_tce[Basis.EQUIVALENT].value == pytest.approx(120 * 31 * 24 * 0.285e-3 + 13.3)


def test_electricity_metered_on_too_few_days_is_not_left_out_of_the_sum(ledger: SqlLedger) -> None:
    store, start = MemoryStore(), day_span(MARCH, ZONE).start
    store.write_demand(measured(enterprise_scope(E1), start, np.full((28, 96), 120.0)))
    ledger.energy.put_energy("wang", [energy(each, MARCH, "natural_gas", 10_000) for each in (E1, E2)])
    ledger.energy.put_energy("wang", [energy(E2, MARCH, "electricity", 1000)])
    desk = a_desk(ledger, store)
    answer = desk.figures(SYSTEM, MARCH, MARCH, enterprises=[E1, E2])
    [both] = answer.groups
    for figure in (both.energy_tce[Basis.EQUIVALENT], both.electricity_kwh):
        assert (figure.value, figure.coverage, figure.reason) == (None, 0.5, METERED_SHORT)
    assert both.members_known == 1
    assert answer.metered.partition(" / ")[0] == (
        "0户月取自计量；计量不足98%未采用：E001 2026-03 28.0/31天；另有2户月无计量数据（2026-07-20 14:00读取）"
    )
    [carbon] = desk.co2(SYSTEM, MARCH, MARCH, enterprises=[E1, E2]).groups
    assert (carbon.total_t.value, carbon.total_t.reason) == (None, METERED_SHORT)


def test_a_figure_from_meters_tells_its_days_its_revision_and_when_it_was_read(ledger: SqlLedger) -> None:
    store, start = MemoryStore(), day_span(MARCH, ZONE).start
    rows = measured(enterprise_scope(E3), start, np.full(31 * 96 - 48, 120.0))
    store.write_demand(replace(rows, revision=np.where(np.arange(len(rows)) == 7, 2, 1)))
    desk = a_desk(ledger, store)
    answer = desk.figures(SYSTEM, MARCH, MARCH, enterprises=[E3])
    assert answer.groups[0].electricity_kwh.value == pytest.approx(120 * 31 * 24)
    assert answer.metered.partition(" / ")[0] == (
        "1户月取自计量；读数最新修订2；缺数按全月折算：E003 2026-03 30.5/31天；"
        "另有1户月无计量数据（2026-07-20 14:00读取）"
    )


def test_a_factor_that_is_missing_is_said(ledger: SqlLedger) -> None:
    old = date(2014, 3, 1)
    ledger.energy.put_energy("wang", [energy(E1, old, "electricity", 1000)])
    [one] = a_desk(ledger).figures(SYSTEM, old, old, enterprises=[E1]).groups
    assert one.energy_tce[Basis.EQUIVALENT].value is None
    assert "2014" in one.energy_tce[Basis.EQUIVALENT].reason
    assert one.energy_tce[Basis.CALORIFIC].value == pytest.approx(0.1229)


def test_feedstock_and_certificates_by_the_rule_of_the_year(ledger: SqlLedger) -> None:
    entries = [
        energy(E1, date(year, 3, 1), "electricity", 1000, certified_non_fossil=400.0) for year in (2020, 2022, 2024)
    ] + [energy(E1, date(year, 3, 1), "lpg", 1000, feedstock=300.0) for year in (2020, 2022, 2024)]
    ledger.energy.put_energy("wang", entries)
    desk = a_desk(ledger)
    full = 1000 * 0.285e-3 + 700 * 1.7143e-3

    def assessed(year: int) -> float | None:
        month = date(year, 3, 1)
        [one] = desk.figures(SYSTEM, month, month, enterprises=[E1]).groups
        assert one.energy_tce[Basis.EQUIVALENT].value == pytest.approx(full)
        return one.assessed_tce[Basis.EQUIVALENT].value

    assert assessed(2022) == pytest.approx(full)
    assert assessed(2024) == pytest.approx(full - 400 * 0.285e-3)


def test_current_prices_make_no_intensity(ledger: SqlLedger) -> None:
    ledger.energy.put_energy("wang", [energy(E1, MARCH, "electricity", 1000)])
    current = replace(output(E1, MARCH, 1000), price_basis=PriceBasis.CURRENT, base_year=None)
    ledger.energy.put_output("wang", [current])
    [one] = a_desk(ledger).figures(SYSTEM, MARCH, MARCH, enterprises=[E1]).groups
    assert one.intensity[Basis.EQUIVALENT].value is None
    assert "现价" in one.intensity[Basis.EQUIVALENT].reason


def test_value_added_of_zero_or_less(ledger: SqlLedger) -> None:
    ledger.energy.put_energy("wang", [energy(E1, MARCH, "electricity", 1000)])
    ledger.energy.put_output("wang", [output(E1, MARCH, -5)])
    [one] = a_desk(ledger).figures(SYSTEM, MARCH, MARCH, enterprises=[E1]).groups
    assert one.intensity[Basis.EQUIVALENT].value is None
    assert "不大于零" in one.intensity[Basis.EQUIVALENT].reason


def test_each_sees_its_own(ledger: SqlLedger) -> None:
    two_years(ledger)
    emil = Principal("emil", Role.ENTERPRISE, E1)
    desk = a_desk(ledger)
    assert desk.figures(emil, MARCH, MARCH, enterprises=[E1]).groups[0].members == 1
    with pytest.raises(Forbidden):
        desk.figures(emil, MARCH, MARCH, enterprises=[E2])
    with pytest.raises(Forbidden):
        desk.figures(emil, MARCH, MARCH)
    with pytest.raises(NotFound):
        desk.figures(SYSTEM, MARCH, MARCH, enterprises=[EnterpriseId("E999")])
    with pytest.raises(Invalid, match="at most 12"):
        desk.figures(SYSTEM, date(2025, 1, 1), MARCH)


def test_saved_energy_and_elasticity(ledger: SqlLedger) -> None:
    two_years(ledger)
    [one] = a_desk(ledger).figures(SYSTEM, MARCH, MARCH, enterprises=[E1]).groups
    before, now = 1.1e6 * 0.285e-3 + 13.3, 1e6 * 0.285e-3 + 13.3
    assert one.saved_tce[Basis.EQUIVALENT].value == pytest.approx((before / 900 - now / 1000) * 1000)
    assert one.elasticity[Basis.EQUIVALENT].value == pytest.approx((now / before - 1) / (1000 / 900 - 1))


def test_current_prices_are_chained_by_official_growth(ledger: SqlLedger) -> None:
    two_years(ledger)
    current = replace(output(E1, MARCH, 1234), price_basis=PriceBasis.CURRENT, base_year=None, real_growth=0.178)
    ledger.energy.put_output("wang", [current])
    [one] = a_desk(ledger).figures(SYSTEM, MARCH, MARCH, enterprises=[E1]).groups
    assert one.value_added_10k_cny.value == pytest.approx(900 * 1.178)
    assert one.real_growth.value == pytest.approx(0.178)


def test_value_added_per_kilowatt_hour(ledger: SqlLedger) -> None:
    months = [date(2025, n, 1) for n in range(1, 5)]
    ledger.energy.put_energy("wang", [energy(E1, m, "electricity", 100_000) for m in months])
    ledger.energy.put_output("wang", [output(E1, m, 50) for m in months] + [output(E2, months[0], 9)])
    desk = a_desk(ledger)
    found = desk.values_per_kwh(SYSTEM, None, 2025)
    assert found[E1].yuan_per_kwh == pytest.approx(5.0)  # 500,000 CNY for 100,000 kWh
    assert "4个月" in found[E1].source
    assert found[E2].yuan_per_kwh is None
    assert "用电量" in found[E2].reason
    assert "增加值" in desk.value_per_kwh(SYSTEM, E3, 2025).reason
    with pytest.raises(Forbidden):
        desk.value_per_kwh(Principal("emil", Role.ENTERPRISE, E1), E2, 2025)
