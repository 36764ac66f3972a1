"""A year and a half of energy statements, value added and approvals, so that intensity and reports have figures."""

from __future__ import annotations

from datetime import date

from domain.energy import Basis
from domain.energy_review import EnergyProject, RegionalReview
from ingest.twin.statements import SOURCE, Statements
from ingest.twin.story import ACTOR, Story
from storage.ledger_ports import Ledger

REGION = "R1"
#: Approved for the district by its review, and for the expansion of its largest load [tce, 等价值].
REGION_TCE, PROJECT_TCE = 900_000.0, 12_000.0
PROJECT_TCE_PER_10K_YUAN = 0.6


def enter_statements(story: Story, ledger: Ledger) -> None:
    told = Statements(story.district, story.day)
    ledger.energy.put_energy(ACTOR, told.energy())
    ledger.energy.put_output(ACTOR, told.output())
    for year in told.years:
        ledger.energy.put_scope(ACTOR, year, told.above_scale(), SOURCE)
    approved = date(told.years[0], 1, 20)
    document = f"演示〔{approved.year}〕{{}}号 (demo)"
    ledger.energy_reviews.put_regions(
        ACTOR,
        [
            RegionalReview(
                REGION,
                "高新区（演示）",
                document.format(2),
                approved,
                REGION_TCE,
                Basis.EQUIVALENT,
                source=SOURCE,
            )
        ],
    )
    largest = max(story.district.enterprises, key=lambda each: each.summer_max_kw or 0.0)
    ledger.energy_reviews.put_projects(
        ACTOR,
        [
            EnergyProject(
                "P1",
                largest.id,
                "二期扩产（演示）",
                document.format(3),
                approved,
                equivalent_tce=PROJECT_TCE,
                intensity_tce=PROJECT_TCE_PER_10K_YUAN,
                in_service_from=date(told.years[0], 3, 1),
                region=REGION,
                source=SOURCE,
            )
        ],
    )
