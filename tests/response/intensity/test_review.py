"""Approved projects against their pace, the rules by date, and what a region has left, by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from config.policy import load_policy
from domain.energy import Basis
from domain.energy_review import EnergyProject, RegionalReview, ReviewRoute
from domain.errors import Forbidden, Invalid, NotFound
from domain.ids import MeterId
from domain.instants import day_span
from domain.people import SYSTEM, Principal, Role
from domain.scopes import meter_scope
from response.intensity.review_answers import ReviewState, needs_review
from storage.energy_review_files import import_projects, import_regions
from storage.ledger import SqlLedger
from storage.readings.memory import MemoryStore
from storage.sheet_files import SheetFile
from tests.response.intensity.district import E1, E2, E3, ZONE, a_desk, energy, output
from tests.support.loads import measured

JUNE = date(2026, 6, 1)
MONTHS = [date(2025, n, 1) for n in range(7, 13)] + [date(2026, n, 1) for n in range(1, 7)]
APPROVED = date(2023, 5, 10)


def project(**changes: object) -> EnergyProject:
    found = EnergyProject(
        "P1", E1, "扩建项目", "甬高新审〔2023〕1号", APPROVED, equivalent_tce=3691.96, intensity_tce=0.19,
        electricity_kwh=12_954_000.0, in_service_from=date(2024, 1, 1),
    )  # fmt: skip
    return replace(found, **changes)  # type: ignore[arg-type]


def used(ledger: SqlLedger, mwh_a_year: float, value_a_year: float) -> None:
    ledger.energy.put_energy("w", [energy(E1, m, "electricity", mwh_a_year / 12 * 1000) for m in MONTHS])
    ledger.energy.put_output("w", [output(E1, m, value_a_year / 12) for m in MONTHS])


@pytest.mark.parametrize(
    ("mwh", "value", "state"),
    [
        (9_000.0, 20_000.0, ReviewState.WITHIN),  # 2,565 tce of 3,691.96 at 0.128
        (12_000.0, 20_000.0, ReviewState.ATTENTION),  # 3,420 tce: 93 %
        (13_000.0, 30_000.0, ReviewState.EXCEEDED),  # 3,705 tce
        (9_000.0, 10_000.0, ReviewState.ATTENTION),  # within the total, at 0.2565 tce per 10,000 CNY over 0.19
    ],
)
def test_a_project_at_its_pace(ledger: SqlLedger, mwh: float, value: float, state: ReviewState) -> None:
    ledger.energy_reviews.put_projects("w", [project()])
    used(ledger, mwh, value)
    [found] = a_desk(ledger).reviews.projects(SYSTEM, JUNE)
    assert found.run_rate_tce.value == pytest.approx(mwh * 0.285)
    assert found.share == pytest.approx(mwh * 0.285 / 3691.96)
    assert found.intensity_tce.value == pytest.approx(mwh * 0.285 / value)
    assert (found.state, found.months, found.electricity_only) == (state, 12, False)


def test_too_little_is_unknown_and_not_within(ledger: SqlLedger) -> None:
    ledger.energy_reviews.put_projects("w", [project(), project(id="P2", enterprise=E2, in_service_from=None)])
    found = {each.project.id: each for each in a_desk(ledger).reviews.projects(SYSTEM, JUNE)}
    assert found["P1"].state is ReviewState.UNKNOWN
    assert found["P1"].run_rate_tce.reason
    assert found["P2"].state is ReviewState.NOT_IN_SERVICE
    ledger.energy_reviews.put_projects("w", [project(id="P3")])
    shared = [each for each in a_desk(ledger).reviews.projects(SYSTEM, JUNE) if each.project.enterprise == E1]
    assert all("计量点" in each.run_rate_tce.reason for each in shared)


def test_metered_electricity_is_a_floor(ledger: SqlLedger) -> None:
    store = MemoryStore()
    april = day_span(date(2026, 4, 1), ZONE).start
    store.write_demand(measured(meter_scope("M1"), april, np.full((91, 96), 2_000.0)))
    mine = project(meters=(MeterId("M1"),), in_service_from=date(2026, 4, 1))
    ledger.energy_reviews.put_projects("w", [mine])
    [found] = a_desk(ledger, store).reviews.projects(SYSTEM, JUNE)
    assert found.run_rate_tce.value == pytest.approx(2_000 * 24 * 91 * 4 * 0.285 / 1000)
    assert (found.months, found.electricity_only, found.state) == (3, True, ReviewState.EXCEEDED)
    ledger.energy_reviews.put_projects("w", [replace(mine, equivalent_tce=100_000.0)])
    [within] = a_desk(ledger, store).reviews.projects(SYSTEM, JUNE)
    assert within.state is ReviewState.UNKNOWN  # fuels may be used besides


def test_the_rules_before_and_after_september_2025(ledger: SqlLedger) -> None:
    table = load_policy().energy_review
    old, new = table.on(date(2025, 8, 31)), table.on(date(2025, 9, 1))
    # 900 tce and 6 GWh: reviewed before, for the 5 GWh test; not since.
    assert needs_review(old, 900.0, 6e6, 0.0) is True
    assert needs_review(new, 900.0, 6e6, 0.0) is False
    assert needs_review(new, 900.0, 6e6, 1_000.0) is True
    assert needs_review(new, 900.0, 6e6, None) is None  # coal is not known
    assert needs_review(old, 1_000.0, None, None) is True
    with pytest.raises(Invalid):
        table.on(date(2010, 1, 1))
    ledger.energy_reviews.put_projects("w", [project(equivalent_tce=None, calorific_tce=900.0, electricity_kwh=6e6)])
    [found] = a_desk(ledger).reviews.projects(SYSTEM, JUNE)
    assert (found.needed_review, found.province, found.rule_from) == (True, False, date(2017, 1, 1))


def region(**changes: object) -> RegionalReview:
    found = RegionalReview("R1", "高新区", "浙能审〔2023〕9号", APPROVED, 10_000.0, Basis.EQUIVALENT)
    return replace(found, **changes)  # type: ignore[arg-type]


def test_what_a_region_has_left(ledger: SqlLedger) -> None:
    for each in (E1, E2, E3):
        ledger.energy.put_energy("w", [energy(each, m, "electricity", 500_000.0) for m in MONTHS])
    ledger.energy_reviews.put_regions("w", [region()])
    waiting = project(region="R1", equivalent_tce=2_000.0, in_service_from=None)
    running = project(id="P2", region="R1", enterprise=E2)
    ledger.energy_reviews.put_projects("w", [waiting, running])
    reviews = a_desk(ledger).reviews
    budget = reviews.budget(SYSTEM, "R1", JUNE)
    assert budget.used_tce.value == pytest.approx(3 * 12 * 142.5)
    assert (budget.committed_tce, budget.commitments, budget.open) == (2_000.0, ("P1",), True)
    assert budget.left_tce.value == pytest.approx(10_000 - 2_000 - 5_130)
    day = date(2026, 7, 1)
    fits = reviews.next_project(budget, day, tce=2_500.0, calorific_tce=1_100.0)
    assert (fits.route, fits.fits) == (ReviewRoute.COMMITMENT, True)
    too_much = reviews.next_project(budget, day, tce=3_000.0, calorific_tce=1_300.0)
    assert (too_much.route, too_much.fits) == (ReviewRoute.SEPARATE, False)
    small = reviews.next_project(budget, day, tce=900.0, calorific_tce=400.0, coal_t=0.0)
    assert small.route is ReviewRoute.NONE
    assert reviews.next_project(budget, day, tce=900.0).reason.startswith("缺少")
    large = reviews.next_project(budget, day, tce=2_800.0, calorific_tce=12_000.0)
    assert (large.route, large.province) == (ReviewRoute.SEPARATE, True)
    closed = reviews.next_project(replace(budget, open=False), day, tce=2_500.0, calorific_tce=1_100.0)
    assert closed.route is ReviewRoute.SEPARATE


def test_a_project_s_first_months_are_counted_once(ledger: SqlLedger) -> None:
    for each in (E1, E2, E3):
        ledger.energy.put_energy("w", [energy(each, m, "electricity", 500_000.0) for m in MONTHS])
    ledger.energy_reviews.put_regions("w", [region()])
    young = project(region="R1", equivalent_tce=2_000.0, in_service_from=date(2026, 1, 1))
    ledger.energy_reviews.put_projects("w", [young])
    budget = a_desk(ledger).reviews.budget(SYSTEM, "R1", JUNE)
    # January to June used 6 x 500 MWh x 0.285 = 855 tce of the 2,000 approved; they stand in the 5,130 used.
    assert budget.committed_tce == pytest.approx(2_000 - 855)
    assert budget.left_tce.value == pytest.approx(10_000 - 1_145 - 5_130)
    ledger.energy_reviews.put_projects("w", [replace(young, in_service_from=date(2026, 5, 1))])
    assert a_desk(ledger).reviews.budget(SYSTEM, "R1", JUNE).committed_tce == 2_000.0  # two months tell nothing


def test_what_is_left_is_bounded_where_the_use_is_not_wholly_known(ledger: SqlLedger) -> None:
    ledger.energy.put_energy("w", [energy(E1, m, "electricity", 500_000.0) for m in MONTHS])
    ledger.energy_reviews.put_regions("w", [region()])
    budget = a_desk(ledger).reviews.budget(SYSTEM, "R1", JUNE)
    assert budget.left_tce.value is None
    assert budget.at_most_left_tce == pytest.approx(10_000 - 1_710)
    with pytest.raises(NotFound):
        a_desk(ledger).reviews.budget(SYSTEM, "R9", JUNE)


def test_an_enterprise_sees_its_own_projects_only(ledger: SqlLedger) -> None:
    ledger.energy_reviews.put_projects("w", [project(), project(id="P2", enterprise=E2)])
    emil = Principal("emil", Role.ENTERPRISE, E1)
    reviews = a_desk(ledger).reviews
    assert [each.project.id for each in reviews.projects(emil, JUNE, [E1])] == ["P1"]
    with pytest.raises(Forbidden):
        reviews.projects(emil, JUNE)
    with pytest.raises(Forbidden):
        reviews.budget(emil, "R1", JUNE)


HEADING = (
    "项目编号,企业编号,项目名称,批复文号,批复日期,批复等价值(tce),批复当量值(tce),投产月份,区域编号,计量点,办理方式\n"
)


def test_approvals_are_imported_by_cell_and_corrected_by_revision(ledger: SqlLedger) -> None:
    reviews, known, meters = ledger.energy_reviews, {str(E1)}.__contains__, {"M1"}.__contains__

    def take(text: str) -> list[tuple[str, str]]:
        found = import_projects(reviews, known, meters, "li", SheetFile("项目.csv", (HEADING + text).encode()))
        return [(error.cell, error.message_en) for error in found.errors]

    heading = "区域编号,区域名称,批复文号,批复日期,批复总量(tce),口径,有效期至"
    file = SheetFile("区域.csv", f"{heading}\nR1,高新区,文,2023-05-10,10000,等价值,2028-12-31\n".encode())
    assert import_regions(reviews, "li", file).errors == ()
    assert [each.valid_to for each in reviews.regions()] == [date(2028, 12, 31)]
    assert take("P1,E001,一期,文1,2023-05-10,3691.96,1592.1,2024-01,R1,M1,承诺备案\n") == []
    [one] = reviews.projects()
    assert (one.route, one.meters, one.in_service_from) == (ReviewRoute.COMMITMENT, ("M1",), date(2024, 1, 1))
    assert take("P1,E001,一期,文1,2023-05-10,3700,1592.1,2024-01,R1,M1,承诺备案\n") == []
    assert [each.equivalent_tce for each in reviews.project_history("P1")] == [3691.96, 3700.0]
    newest, _ = ledger.audit.entries(subject="energy_project:P1").items
    assert newest.before is not None
    assert newest.before["equivalent_tce"] == 3691.96
    assert take("P2,E009,二期,文,2023-05-10,1,,,,,\n")[0][0] == "B2"
    assert take("P2,E001,二期,文,,1,,,,,\n")[0][0] == "E2"
    assert take("P2,E001,二期,文,2023-05-10,,,,,,\n")[0][0] == "F2"
    assert "swapped" in take("P2,E001,二期,文,2023-05-10,100,200,,,,\n")[0][1]
    assert take("P2,E001,二期,文,2023-05-10,1,,,R9,,\n")[0][0] == "I2"
    assert take("P2,E001,二期,文,2023-05-10,1,,,,M9,\n")[0][0] == "J2"
    assert take("P2,E001,二期,文,2023-05-10,1,,,,,免办\n")[0][0] == "K2"
    assert [each.id for each in reviews.projects()] == ["P1"]
