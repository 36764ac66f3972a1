"""What the rooms above know of approved projects and regions. A correction is a revision, its actor in the audit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from domain.energy_review import EnergyProject, RegionalReview


class EnergyReviewLedger(Protocol):
    def put_projects(self, actor: str, projects: Sequence[EnergyProject]) -> list[EnergyProject]:
        """Each as the next revision, all or none; those that change nothing are left out of the answer."""
        ...

    def projects(self) -> list[EnergyProject]:
        """The newest revision of each, by id."""
        ...

    def project_history(self, project: str) -> list[EnergyProject]:
        """Every revision, oldest first."""
        ...

    def put_regions(self, actor: str, regions: Sequence[RegionalReview]) -> list[RegionalReview]: ...

    def regions(self) -> list[RegionalReview]: ...
