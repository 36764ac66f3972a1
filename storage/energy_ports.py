"""What the rooms above know of energy statements, output and scope (规上). Nothing is overwritten: a correction is a
revision, and every write has its actor in the audit log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Protocol

from domain.energy import EnergyEntry, OutputEntry
from domain.energy_columns import EnergyColumns, OutputColumns
from domain.ids import EnterpriseId


class EnergyLedger(Protocol):
    def put_energy(self, actor: str, entries: Sequence[EnergyEntry]) -> list[EnergyEntry]:
        """Each as the next revision of its (enterprise, month, carrier), all or none; those that change nothing are
        left out of the answer."""
        ...

    def energy(
        self,
        first: date,
        last: date,
        *,
        enterprises: Sequence[EnterpriseId] | None = None,
        known_at: datetime | None = None,
    ) -> list[EnergyEntry]:
        """The newest revision of each entry of the months first...last, or the newest written by ``known_at``.

        To look at statements; figures are made of ``energy_columns``.
        """
        ...

    def energy_columns(
        self, first: date, last: date, *, enterprises: Sequence[EnterpriseId] | None = None
    ) -> EnergyColumns:
        """The newest of each entry of the months first...last, as columns."""
        ...

    def energy_history(self, enterprise: EnterpriseId, month: date, carrier: str) -> list[EnergyEntry]:
        """Every revision, oldest first."""
        ...

    def put_output(self, actor: str, entries: Sequence[OutputEntry]) -> list[OutputEntry]: ...

    def output(
        self,
        first: date,
        last: date,
        *,
        enterprises: Sequence[EnterpriseId] | None = None,
        known_at: datetime | None = None,
    ) -> list[OutputEntry]: ...

    def output_columns(
        self, first: date, last: date, *, enterprises: Sequence[EnterpriseId] | None = None
    ) -> OutputColumns: ...

    def output_history(self, enterprise: EnterpriseId, month: date) -> list[OutputEntry]: ...

    def put_scope(self, actor: str, year: int, members: Mapping[EnterpriseId, bool], source: str) -> None:
        """Which enterprises are above scale (规上) in a year; those not named stay as they were."""
        ...

    def scope(self, year: int) -> frozenset[EnterpriseId]: ...
