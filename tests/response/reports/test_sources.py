"""Every figure traces to something: what changes a figure changes the version of a source the report names."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import numpy as np

from domain.energy import Basis
from domain.energy_review import EnergyProject, RegionalReview
from domain.ids import MeterId
from domain.instants import day_span
from domain.registry import ALWAYS, Enterprise
from domain.report_versions import ReportVersion
from domain.scopes import meter_scope
from response.reports.differences import differences
from storage.ledger import SqlLedger
from tests.response.intensity.district import E1, E2, E3, SETTINGS, energy, output
from tests.response.reports.conftest import OTTO, Office
from tests.support.loads import measured

Change = Callable[[SqlLedger], object]
PROJECT = EnergyProject(
    "P1", E1, "扩建", "甬高新审〔2023〕1号", date(2023, 5, 10), equivalent_tce=5000.0, in_service_from=date(2024, 1, 1)
)
CHANGES: dict[str, Change] = {
    "a statement of June": lambda ledger: ledger.energy.put_energy(
        "w", [energy(E1, date(2026, 6, 1), "electricity", 2e6)]
    ),
    "one of a year before": lambda ledger: ledger.energy.put_energy(
        "w", [energy(E2, date(2025, 3, 1), "natural_gas", 9e5)]
    ),
    "one of last December": lambda ledger: ledger.energy.put_energy(
        "w", [energy(e, date(2025, month, 1), "electricity", 5e6) for e in (E1, E2, E3) for month in range(7, 13)]
    ),
    "a neighbour's value added": lambda ledger: ledger.energy.put_output("w", [output(E2, date(2026, 2, 1), 9000.0)]),
    "an approval": lambda ledger: ledger.energy_reviews.put_projects("w", [replace(PROJECT, equivalent_tce=2000.0)]),
    "what a region has": lambda ledger: ledger.energy_reviews.put_regions(
        "w", [RegionalReview("R1", "高新区", "甬能审〔2024〕9号", date(2024, 1, 1), 9e3, Basis.EQUIVALENT)]
    ),
    "who is in scope": lambda ledger: ledger.energy.put_scope("w", 2026, {E1: True, E2: True, E3: False}, "名录"),
}
KINDS = (
    ("monthly", "", "2026-06"),
    ("half-year", "", "2026H1"),
    ("card", "enterprise:E001", "2026-06"),
    ("dual-control", "", "2026-06"),
    ("review-ledger", "", "2026-06"),
)


def test_readings_of_a_meter_that_measures_a_project_alone_are_a_source(office: Office) -> None:
    own = replace(PROJECT, meters=(MeterId("M1"),), in_service_from=date(2026, 4, 1))
    office.ledger.energy_reviews.put_projects("w", [own])
    before = office.desk.draft(OTTO, "review-ledger", "", "2026-06")
    start = day_span(date(2026, 4, 1), SETTINGS.district.zone).start
    office.store.write_demand(measured(meter_scope("M1"), start, np.full((91, 96), 2_000.0)))
    after = office.desk.draft(OTTO, "review-ledger", "", "2026-06")

    assert differences(*(office.desk.copies.document(OTTO, each.id) for each in (before, after)))
    old, new = ({source.what: source.version for source in each.sources} for each in (before, after))
    assert {what for what in new if old[what] != new[what]} == {"项目计量电量"}


def test_what_changes_a_figure_changes_a_source(office: Office) -> None:
    """One change after another, each told from the reports before it."""

    def drafted() -> list[ReportVersion]:
        return [office.desk.draft(OTTO, *each) for each in KINDS]

    office.ledger.energy_reviews.put_projects("w", [PROJECT])
    # A card compares only among three or more.
    office.ledger.registry.put_versions("w", enterprises=[Enterprise(E3, ALWAYS, "丙", sector="C39")])
    before = drafted()
    for change, make in CHANGES.items():
        make(office.ledger)
        after = drafted()
        moved = 0
        for old, new in zip(before, after, strict=True):
            documents = (office.desk.copies.document(OTTO, each.id) for each in (old, new))
            found = differences(*documents)
            moved += bool(found)
            same = {s.what: s.version for s in old.sources} == {s.what: s.version for s in new.sources}
            assert not (found and same), (change, old.kind, found[0])
        assert moved, f"{change} is seen somewhere"
        before = after
