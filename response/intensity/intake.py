"""Files of statements, value added and the list above scale go into the ledger: whole, or not at all."""

from __future__ import annotations

from config.energy_factors import EnergyFactorTable
from domain.energy_review import EnergyProject, RegionalReview
from domain.ids import EnterpriseId
from domain.people import Principal
from storage.energy_files import EnergyImport, Known, import_energy
from storage.energy_form import Identify
from storage.energy_ports import EnergyLedger
from storage.energy_review_files import ReviewImport, import_projects, import_regions
from storage.energy_review_ports import EnergyReviewLedger
from storage.ledger_ports import RegistryLedger
from storage.output_files import OutputImport, Prices, import_output
from storage.scope_files import ScopeImport, import_scope
from storage.sheet_files import SheetFile


class Intake:
    """Every method takes an officer; with ``dry_run`` it only reads and checks. A mistake is told by its cell."""

    def __init__(
        self, energy: EnergyLedger, reviews: EnergyReviewLedger, registry: RegistryLedger, factors: EnergyFactorTable
    ) -> None:
        self._ledger = energy
        self._reviews = reviews
        self._registry = registry
        self._factors = factors

    def energy(
        self, principal: Principal, file: SheetFile, *, cumulative: bool, estimate: bool = False, dry_run: bool = False
    ) -> EnergyImport:
        principal.require_write()
        return import_energy(
            self._ledger,
            self._factors,
            self._known(),
            principal.name,
            file,
            identify=self._identify(),
            cumulative=cumulative,
            estimate=estimate,
            dry_run=dry_run,
        )

    def output(
        self,
        principal: Principal,
        file: SheetFile,
        *,
        prices: Prices,
        cumulative: bool = False,
        estimate: bool = False,
        dry_run: bool = False,
    ) -> OutputImport:
        principal.require_write()
        return import_output(
            self._ledger,
            self._known(),
            principal.name,
            file,
            prices=prices,
            cumulative=cumulative,
            estimate=estimate,
            dry_run=dry_run,
        )

    def scope(
        self, principal: Principal, file: SheetFile, year: int, *, whole: bool = False, dry_run: bool = False
    ) -> ScopeImport:
        principal.require_write()
        return import_scope(self._ledger, self._known(), principal.name, file, year, whole=whole, dry_run=dry_run)

    def projects(self, principal: Principal, file: SheetFile, *, dry_run: bool = False) -> ReviewImport[EnergyProject]:
        principal.require_write()
        meters = {str(version.id) for version in self._registry.registry().meters}
        known = self._known()
        return import_projects(self._reviews, known, meters.__contains__, principal.name, file, dry_run=dry_run)

    def regions(self, principal: Principal, file: SheetFile, *, dry_run: bool = False) -> ReviewImport[RegionalReview]:
        principal.require_write()
        return import_regions(self._reviews, principal.name, file, dry_run=dry_run)

    def _identify(self) -> Identify:
        """By id, credit code or name; a name that two enterprises bear tells nothing."""
        found: dict[str, set[EnterpriseId]] = {}
        for version in self._registry.registry().enterprises:
            for text in (version.id, version.credit_code, version.name):
                if text:
                    found.setdefault(text, set()).add(version.id)
        alone = {text: next(iter(ids)) for text, ids in found.items() if len(ids) == 1}
        return alone.get

    def _known(self) -> Known:
        known: set[EnterpriseId] = {version.id for version in self._registry.registry().enterprises}
        return known.__contains__
