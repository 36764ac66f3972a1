"""The shipped policy: dated tables with their sources, each replaceable by a district's own file.

``load_policy`` reads config/policy/*.toml; a file of the same name in the district's folder replaces the shipped one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from config.alert_policy import AlertPolicy
from config.baselines import BaselineTable
from config.billing import BillingTable
from config.calendar import Calendar, CalendarTable
from config.characteristics import CharacteristicsTable
from config.data_quality import QualityTable
from config.energy_benchmarks import EnergyBenchmarkTable
from config.energy_factors import EnergyFactorTable
from config.energy_review import EnergyReviewTable
from config.energy_targets import EnergyTargetTable
from config.gap_levels import GapLevelTable
from config.orderly import OrderlyTable
from config.policy_table import M, Table, load_table
from config.potential import PotentialTable
from config.power_factor import PowerFactorTable
from config.programmes import ProgrammeTable
from config.tariffs import TariffTable
from config.vee_policy import VeeTable
from domain.errors import Invalid


@dataclass(frozen=True, slots=True)
class Policy:
    gap_levels: GapLevelTable
    calendar: Calendar
    alerts: AlertPolicy
    tariffs: TariffTable
    power_factor: PowerFactorTable
    characteristics: CharacteristicsTable
    baselines: BaselineTable
    billing: BillingTable
    energy_factors: EnergyFactorTable
    energy_targets: EnergyTargetTable
    energy_review: EnergyReviewTable
    energy_benchmarks: EnergyBenchmarkTable
    data_quality: QualityTable
    vee: VeeTable
    programmes: ProgrammeTable
    potential: PotentialTable
    orderly: OrderlyTable


TABLES: Mapping[str, type[Table]] = {
    "gap_levels.toml": GapLevelTable,
    "calendar.toml": CalendarTable,
    "alerts.toml": AlertPolicy,
    "tariffs.toml": TariffTable,
    "power_factor.toml": PowerFactorTable,
    "characteristics.toml": CharacteristicsTable,
    "baselines.toml": BaselineTable,
    "billing.toml": BillingTable,
    "energy_factors.toml": EnergyFactorTable,
    "energy_targets.toml": EnergyTargetTable,
    "energy_review.toml": EnergyReviewTable,
    "energy_benchmarks.toml": EnergyBenchmarkTable,
    "data_quality.toml": QualityTable,
    "vee.toml": VeeTable,
    "programmes.toml": ProgrammeTable,
    "potential.toml": PotentialTable,
    "orderly.toml": OrderlyTable,
}


class _Loaded:
    """The tables that could be read, and the mistakes of those that could not."""

    def __init__(self, directory: Path | None) -> None:
        self.mistakes: list[str] = []
        self._tables: dict[type[Table], Table] = {}
        for name, model in TABLES.items():
            try:
                self._tables[model] = load_table(name, model, directory)
            except Invalid as error:
                self.mistakes.extend(str(error).splitlines())

    def has(self, *models: type[Table]) -> bool:
        return all(model in self._tables for model in models)

    def of(self, model: type[M]) -> M:
        found = self._tables[model]
        assert isinstance(found, model)
        return found


def load_policy(directory: Path | None = None) -> Policy:
    """Load every table, or raise Invalid with the mistakes of all of them, one a line."""
    loaded = _Loaded(directory)
    mistakes = loaded.mistakes
    if directory is not None and not directory.is_dir():
        mistakes.insert(0, f"{directory}: no such folder; leave the policy folder unset to use the shipped tables")
    if loaded.has(ProgrammeTable, BaselineTable):
        mistakes += loaded.of(ProgrammeTable).unknown_baselines(loaded.of(BaselineTable).before_the_day())
    if mistakes:
        raise Invalid("the policy tables have mistakes:\n" + "\n".join(f"  - {line}" for line in mistakes))
    return Policy(
        gap_levels=loaded.of(GapLevelTable),
        calendar=Calendar(loaded.of(CalendarTable)),
        alerts=loaded.of(AlertPolicy),
        tariffs=loaded.of(TariffTable),
        power_factor=loaded.of(PowerFactorTable),
        characteristics=loaded.of(CharacteristicsTable),
        baselines=loaded.of(BaselineTable),
        billing=loaded.of(BillingTable),
        energy_factors=loaded.of(EnergyFactorTable),
        energy_targets=loaded.of(EnergyTargetTable),
        energy_review=loaded.of(EnergyReviewTable),
        energy_benchmarks=loaded.of(EnergyBenchmarkTable),
        data_quality=loaded.of(QualityTable),
        vee=loaded.of(VeeTable),
        programmes=loaded.of(ProgrammeTable),
        potential=loaded.of(PotentialTable),
        orderly=loaded.of(OrderlyTable),
    )
