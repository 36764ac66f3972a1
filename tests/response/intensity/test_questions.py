"""Progress, causes, outlook, CO2, ranks and key users, against calculations by hand."""

from __future__ import annotations

from datetime import date

import pytest

from config.energy_targets import Indicator
from domain.energy import Basis
from domain.errors import Forbidden, NotFound
from domain.ids import EnterpriseId
from domain.people import SYSTEM, Principal, Role
from domain.registry import ALWAYS, Enterprise
from response.intensity.benchmarks import Measure
from response.intensity.books import Grouping
from storage.ledger import SqlLedger
from tests.response.intensity.district import E1, E2, E3, MARCH, MARCH_BEFORE, POLICY, a_desk, energy, output

KWH = 1_000_000.0
VERA = Principal("emil", Role.ENTERPRISE, E1)


def months(year: int, last: int = 12) -> list[date]:
    return [date(year, n, 1) for n in range(1, last + 1)]


def fill(ledger: SqlLedger, kwh: dict[int, float], value: dict[int, float], last: int = 12) -> None:
    """E1 to E3 alike: the same kWh and value added in every month of a year."""
    newest = max(kwh)
    spans = {year: months(year, last if year == newest else 12) for year in kwh}
    every = [(e, m, year) for year, ms in spans.items() for m in ms for e in (E1, E2, E3)]
    ledger.energy.put_energy("wang", [energy(e, m, "electricity", kwh[year]) for e, m, year in every])
    ledger.energy.put_output("wang", [output(e, m, value[year]) for e, m, year in every])


def test_progress_on_the_path_and_on_the_task(ledger: SqlLedger) -> None:
    # 2020-2022: energy stays, value added +2 % and then +3 %: intensity falls by 1 - 1 / 1.02 and 1 - 1 / 1.03.
    fill(ledger, {2020: KWH, 2021: KWH, 2022: KWH}, {2020: 100.0, 2021: 102.0, 2022: 105.06}, last=6)
    found = a_desk(ledger).progress(SYSTEM, date(2022, 6, 1))
    assert found.path is not None
    assert found.yearly == pytest.approx(1 - 0.865**0.2)
    assert found.scheduled == pytest.approx(1 - 0.865**0.4)
    assert [year for year, _ in found.full.years] == [2021, 2022]
    assert found.full.achieved.value == pytest.approx(1 - 1 / (1.02 * 1.03))
    assert found.full.share.value == pytest.approx((1 - 1 / 1.0506) / (1 - 0.865**0.4))
    assert found.full.task_share.value == pytest.approx((1 - 1 / 1.03) / (1 - 0.865**0.2))
    # The task of the year is met (102 %), the schedule is not (85 %): the worse of the two holds.
    assert found.full.task_level is not None
    assert found.full.level is not None
    assert (found.full.task_level.number, found.full.level.number) == (3, 2)
    assert found.consumption_growth.value == pytest.approx(0.0)


def test_a_rising_intensity_is_level_one(ledger: SqlLedger) -> None:
    fill(ledger, {2020: KWH, 2021: KWH * 1.01}, {2020: 100.0, 2021: 100.0})
    found = a_desk(ledger).progress(SYSTEM, date(2021, 12, 1))
    assert found.full.level is not None
    assert (found.full.level.number, found.full.level.label_en) == (1, "very severe")


def test_no_target_and_a_missing_year_are_said(ledger: SqlLedger) -> None:
    fill(ledger, {2021: KWH, 2022: KWH}, {2021: 100.0, 2022: 103.0})
    gap = a_desk(ledger).progress(SYSTEM, date(2022, 12, 1)).full
    assert gap.achieved.value is None
    assert "2021年" in gap.achieved.reason
    assert gap.task_share.value is not None
    fill(ledger, {2026: KWH}, {2026: 100.0}, last=6)
    none = a_desk(ledger).progress(SYSTEM, date(2026, 6, 1))
    assert (none.path, none.yearly, none.full.level) == (None, None, None)
    assert "2026" in none.no_target


def test_certified_energy_makes_the_assessed_track_another(ledger: SqlLedger) -> None:
    fill(ledger, {2022: KWH, 2023: KWH}, {2022: 100.0, 2023: 100.0})
    ledger.energy.put_energy(
        "wang", [energy(E1, m, "electricity", KWH, certified_non_fossil=KWH / 2) for m in months(2023)]
    )
    found = a_desk(ledger).progress(SYSTEM, date(2023, 12, 1))
    assert found.full.years[-1][1].value == pytest.approx(0.0)
    assert found.assessed.years[-1][1].value == pytest.approx(-1 / 6)


def two_sectors(ledger: SqlLedger) -> None:
    rows = [(E1, 1.0, 1.1, 100, 130), (E2, 2.0, 1.8, 100, 100), (E3, 4.0, 4.4, 50, 40)]
    ledger.energy.put_energy(
        "wang",
        [energy(e, MARCH_BEFORE, "electricity", a * KWH) for e, a, *_ in rows]
        + [energy(e, MARCH, "electricity", b * KWH) for e, _, b, *_ in rows],
    )
    ledger.energy.put_output(
        "wang",
        [output(e, MARCH_BEFORE, v) for e, _, _, v, _ in rows] + [output(e, MARCH, v) for e, _, _, _, v in rows],
    )


def test_why_energy_changed(ledger: SqlLedger) -> None:
    two_sectors(ledger)
    desk = a_desk(ledger)
    found = desk.explain(SYSTEM, MARCH, MARCH)
    assert {part.subject for part in found.parts} == {"C17", "C39"}
    total = found.total
    assert total is not None
    assert total.now_tce - total.before_tce == pytest.approx(0.285 * 300)
    parts = total.activity_tce + total.structure_tce + total.intensity_tce + total.moved_tce
    assert parts == pytest.approx(0.285 * 300)
    assert found.total is not None
    change = found.total.now_tce - found.total.before_tce
    assert found.told_zh().startswith(f"可比单位能耗较上年同期变化{change:+,.1f}吨标准煤")
    assert f"强度影响{found.total.intensity_tce:+,.1f}" in found.told_zh()
    within = desk.explain(SYSTEM, MARCH, MARCH, sector="39")
    assert {part.subject for part in within.parts} == {E1, E2}
    assert within.total is not None
    assert within.total.now_tce - within.total.before_tce == pytest.approx(0.285 * -100)
    with pytest.raises(Forbidden):
        desk.explain(VERA, MARCH, MARCH)
    nothing = desk.explain(SYSTEM, date(2022, 3, 1), date(2022, 3, 1))
    assert nothing.told_zh() == ""
    assert (nothing.total, nothing.parts) == (None, ())
    assert nothing.reason


def test_an_enterprise_that_cannot_be_compared_is_left_out_by_name(ledger: SqlLedger) -> None:
    two_sectors(ledger)
    ledger.energy.put_energy("wang", [energy(E3, date(2024, 3, 1), "electricity", KWH)])
    ledger.energy.put_energy("wang", [energy(e, date(2024, 3, 1), "electricity", KWH) for e in (E1, E2)])
    ledger.energy.put_output("wang", [output(e, date(2024, 3, 1), 90) for e in (E1, E2)])
    found = a_desk(ledger).explain(SYSTEM, MARCH_BEFORE, MARCH_BEFORE)
    assert [each for each, _ in found.left_out] == [E3]
    assert "增加值" in found.left_out[0][1]


def test_where_the_year_will_end(ledger: SqlLedger) -> None:
    fill(ledger, {2023: KWH, 2024: KWH * 0.99}, {2023: 100.0, 2024: 104.0}, last=6)
    [found] = a_desk(ledger).outlook(SYSTEM, 2024)
    assert found.energy_tce is not None
    assert found.intensity is not None
    assert found.change is not None
    assert found.energy_tce.value == pytest.approx(3 * 12 * 0.99 * 285)
    assert found.change[0] == pytest.approx(0.99 / 1.04 - 1)
    assert found.change[1] <= found.change[0] <= found.change[2]
    assert found.task == 0.035  # of 2024, before the even share of the path
    assert found.on_course is True
    [early] = a_desk(ledger).outlook(SYSTEM, 2025)
    assert early.energy_tce is None
    assert early.on_course is None
    assert any("综合能耗" in reason for reason in early.reasons)


def test_co2_by_the_factor_of_year_and_region(ledger: SqlLedger) -> None:
    before, now = date(2022, 3, 1), date(2023, 3, 1)
    ledger.energy.put_energy(
        "wang",
        [energy(E1, m, "electricity", KWH, certified_non_fossil=KWH / 4) for m in (before, now)]
        + [energy(E1, m, "natural_gas", 10_000) for m in (before, now)]
        + [energy(E1, m, "heat", 5_000) for m in (before, now)],
    )
    ledger.energy.put_output("wang", [output(E1, before, 100), output(E1, now, 110)])
    desk = a_desk(ledger)
    answer = desk.co2(SYSTEM, now, now, enterprises=[E1])
    [one] = answer.groups
    assert one.electricity_t.value == pytest.approx(497.4)
    assert one.fuel_t.value == pytest.approx(21.62)
    assert one.heat_t.value == pytest.approx(0.55)
    assert one.certified_t.value == pytest.approx(497.4 / 4)  # told beside the total, not taken off
    assert one.total_t.value == pytest.approx(497.4 + 21.62 + 0.55)
    assert one.intensity_t.value == pytest.approx((497.4 + 21.62 + 0.55) / 110)
    growth = (497.4 + 22.17) / (515.3 + 22.17)
    assert one.growth.value == pytest.approx(growth - 1)
    assert one.change.value == pytest.approx(growth / 1.1 - 1)
    assert [(grid.year, grid.factor.year, grid.stands_in) for grid in answer.grids] == [(2023, 2023, False)]
    national = desk.co2(SYSTEM, now, now, enterprises=[E1], region="national").groups[0]
    assert national.electricity_t.value == pytest.approx(530.6)


def test_a_year_without_a_grid_factor_takes_the_newest_and_says_so(ledger: SqlLedger) -> None:
    ledger.energy.put_energy("wang", [energy(E1, MARCH, "electricity", KWH)])
    answer = a_desk(ledger).co2(SYSTEM, MARCH, MARCH, enterprises=[E1])
    assert [(grid.year, grid.factor.year, grid.stands_in) for grid in answer.grids] == [(2026, 2023, True)]
    assert answer.groups[0].total_t.estimated
    early = date(2019, 3, 1)
    ledger.energy.put_energy("wang", [energy(E1, early, "electricity", KWH)])
    none = a_desk(ledger).co2(SYSTEM, early, early, enterprises=[E1]).groups[0]
    assert none.total_t.value is None
    assert "2019" in none.total_t.reason


def test_a_fuel_without_a_co2_factor_is_unknown_not_zero(ledger: SqlLedger) -> None:
    ledger.energy.put_energy("wang", [energy(E1, MARCH, "electricity", KWH), energy(E1, MARCH, "raw_coal", 10)])
    table = POLICY.energy_factors
    bare = [c.model_copy(update={"co2_kg": None}) if c.id == "raw_coal" else c for c in table.carrier]
    without = table.model_copy(update={"carrier": tuple(bare)})
    one = a_desk(ledger, factors=without).co2(SYSTEM, MARCH, MARCH, enterprises=[E1]).groups[0]
    assert one.total_t.value is None
    assert "原煤" in one.total_t.reason
    assert one.electricity_t.value is not None


def test_every_fuel_has_a_co2_factor_with_its_source(ledger: SqlLedger) -> None:
    """Coal by hand: 20.908 MJ/kg x 26.37 tC/TJ x 0.94 x 44/12 = 1.9003 kg/kg, so 1000 kg emit 1.9003 t."""
    fuels = [each for each in POLICY.energy_factors.carrier if each.fuel]
    assert all(each.co2_kg is not None and each.co2_source for each in fuels)
    by_hand = 20.908 * 26.37 * 0.94 * 44 / 12 / 1000
    assert next(each.co2_kg for each in fuels if each.id == "raw_coal") == pytest.approx(by_hand, abs=2e-4)
    ledger.energy.put_energy("wang", [energy(E1, MARCH, "electricity", 0.0), energy(E1, MARCH, "raw_coal", 1000.0)])
    one = a_desk(ledger).co2(SYSTEM, MARCH, MARCH, enterprises=[E1]).groups[0]
    assert one.total_t.value == pytest.approx(1.9003)


def test_steam_bought_is_heat(ledger: SqlLedger) -> None:
    ledger.energy.put_energy("wang", [energy(E1, MARCH, "electricity", KWH), energy(E1, MARCH, "steam", 5_000)])
    one = a_desk(ledger).co2(SYSTEM, MARCH, MARCH, enterprises=[E1]).groups[0]
    assert one.heat_t.value == pytest.approx(5_000 * 0.1286 * 29.3076 * 0.11 / 1000)
    assert one.total_t.value is not None


def test_an_enterprise_has_its_own_progress(ledger: SqlLedger) -> None:
    """Alike all three, so the progress of one is the district's; when one saves more, only its own moves so far."""
    fill(ledger, {2020: KWH, 2021: KWH, 2022: KWH}, {2020: 100.0, 2021: 102.0, 2022: 105.06}, last=6)
    desk = a_desk(ledger)
    whole = desk.progress(SYSTEM, date(2022, 6, 1))
    alike = desk.progress(SYSTEM, date(2022, 6, 1), enterprise=E1)
    assert alike.subject == E1
    assert alike.full.achieved.value == pytest.approx(whole.full.achieved.value)
    ledger.energy.put_energy("wang", [energy(E1, m, "electricity", KWH * 0.9) for m in months(2022, 6)])
    own, after = (desk.progress(SYSTEM, date(2022, 6, 1), enterprise=e).full.achieved.value for e in (E1, E2))
    assert own == pytest.approx(1 - 0.9 / (1.02 * 1.03))
    assert after == pytest.approx(whole.full.achieved.value)
    with pytest.raises(NotFound):
        desk.progress(SYSTEM, date(2022, 6, 1), enterprise=EnterpriseId("E999"))


def test_progress_of_carbon_has_its_own_path(ledger: SqlLedger) -> None:
    fill(ledger, {2021: KWH, 2022: KWH}, {2021: 100.0, 2022: 100.0})
    found = a_desk(ledger).progress(SYSTEM, date(2022, 12, 1), indicator=Indicator.CO2)
    assert found.yearly == pytest.approx(1 - 0.82**0.2)
    assert found.full.years[-1][1].value == pytest.approx(0.5153 / 0.5422 - 1)  # the grid's factor alone


def test_ranks_outliers_standards_and_restrictions(ledger: SqlLedger) -> None:
    names = [f"R{n}" for n in range(6)]
    ledger.registry.put_versions(
        "system",
        enterprises=[Enterprise(type(E1)(n), ALWAYS, n, sector="C3011 水泥制造", two_high=n == "R0") for n in names],
    )
    used = [100, 110, 120, 130, 140, 4000]
    ids = [type(E1)(n) for n in names]
    ledger.energy.put_energy(
        "wang", [energy(e, MARCH, "electricity", 1000.0 * k) for e, k in zip(ids, used, strict=True)]
    )
    ledger.energy.put_output("wang", [output(e, MARCH, 100) for e in ids[:5]] + [output(ids[5], MARCH, 1000)])
    desk = a_desk(ledger)
    rows = desk.rank(SYSTEM, MARCH, MARCH, sector="C30").rows
    assert [row.enterprise for row in rows] == ids
    assert [row.place for row in rows] == [1, 2, 3, 4, 5, 6]
    assert rows[0].figure.value == pytest.approx(100 * 0.285 / 100)
    assert rows[0].median == pytest.approx(125 * 0.285 / 100)
    assert [row.outlier for row in rows] == [False] * 5 + [True]
    [standard] = rows[5].standards
    assert (standard.limit, standard.exceeded) == (0.52, True)
    assert not rows[0].standards[0].exceeded
    assert (rows[0].restricted, rows[1].restricted) == ("两高、能效约束重点领域", "能效约束重点领域")
    everyone = desk.rank(SYSTEM, MARCH, MARCH).rows
    unknown = next(row for row in everyone if row.enterprise == E1)
    assert (unknown.place, unknown.outlier, unknown.standards) == (None, False, ())
    by_kwh = desk.rank(SYSTEM, MARCH, MARCH, sector="C30", measure=Measure.ELECTRICITY).rows
    assert by_kwh[0].figure.value == pytest.approx(1000.0)
    assert by_kwh[0].standards == ()


def test_key_energy_users(ledger: SqlLedger) -> None:
    big, middle, small = 4_000_000.0, 2_000_000.0, 100_000.0  # a month, at 0.285: 13,680, 6,840 and 342 tce a year
    ledger.energy.put_energy(
        "wang",
        [energy(E1, m, "electricity", big) for m in months(2025, 6)]
        + [energy(E2, m, "electricity", middle) for m in months(2025)]
        + [energy(E3, m, "electricity", small) for m in months(2025)],
    )
    one, two = a_desk(ledger).key_users(SYSTEM, 2025)
    assert (one.enterprise, one.label, one.months) == (E1, "重点用能单位", 6)
    assert one.tce.value == pytest.approx(13_680)
    assert one.tce.estimated
    assert (two.enterprise, two.label, two.below) == (E2, "", "指定重点用能单位")
    assert not two.tce.estimated


def test_the_outlook_of_sectors(ledger: SqlLedger) -> None:
    fill(ledger, {2023: KWH, 2024: KWH}, {2023: 100.0, 2024: 100.0}, last=6)
    found = a_desk(ledger).outlook(SYSTEM, 2024, by=Grouping.SECTOR, basis=Basis.CALORIFIC)
    assert [each.subject for each in found] == ["C17", "C39"]
    energies = [each.energy_tce.value for each in found if each.energy_tce is not None]
    assert energies == [pytest.approx(12 * 122.9), pytest.approx(24 * 122.9)]
