"""The shipped policy: dated tables with their sources, each replaceable by a district's own file.

``load_policy`` reads config/policy/*.toml; a file of the same name in the district's folder replaces the shipped one.
"""

from __future__ import annotations

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
from config.policy_table import M, load_table
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


def load_policy(directory: Path | None = None) -> Policy:
    """Load every table, or raise Invalid with the mistakes of all of them, one a line."""
    mistakes: list[str] = []
    if directory is not None and not directory.is_dir():
        mistakes.append(f"{directory}: no such folder; leave the policy folder unset to use the shipped tables")

    def table(name: str, model: type[M]) -> M | None:
        try:
            return load_table(name, model, directory)
        except Invalid as error:
            mistakes.extend(str(error).splitlines())
            return None

    gap_levels = table("gap_levels.toml", GapLevelTable)
    calendar = table("calendar.toml", CalendarTable)
    alerts = table("alerts.toml", AlertPolicy)
    tariffs = table("tariffs.toml", TariffTable)
    power_factor = table("power_factor.toml", PowerFactorTable)
    characteristics = table("characteristics.toml", CharacteristicsTable)
    baselines = table("baselines.toml", BaselineTable)
    billing = table("billing.toml", BillingTable)
    energy_factors = table("energy_factors.toml", EnergyFactorTable)
    energy_targets = table("energy_targets.toml", EnergyTargetTable)
    energy_review = table("energy_review.toml", EnergyReviewTable)
    energy_benchmarks = table("energy_benchmarks.toml", EnergyBenchmarkTable)
    data_quality = table("data_quality.toml", QualityTable)
    vee = table("vee.toml", VeeTable)
    programmes = table("programmes.toml", ProgrammeTable)
    if programmes is not None and baselines is not None:
        mistakes += programmes.unknown_baselines(baselines.before_the_day())
    potential = table("potential.toml", PotentialTable)
    orderly = table("orderly.toml", OrderlyTable)
    if (
        mistakes
        or gap_levels is None
        or calendar is None
        or alerts is None
        or tariffs is None
        or power_factor is None
        or characteristics is None
        or baselines is None
        or billing is None
        or energy_factors is None
        or energy_targets is None
        or energy_review is None
        or energy_benchmarks is None
        or data_quality is None
        or vee is None
        or programmes is None
        or potential is None
        or orderly is None
    ):
        raise Invalid("the policy tables have mistakes:\n" + "\n".join(f"  - {line}" for line in mistakes))
    return Policy(
        gap_levels=gap_levels,
        calendar=Calendar(calendar),
        alerts=alerts,
        tariffs=tariffs,
        power_factor=power_factor,
        characteristics=characteristics,
        baselines=baselines,
        billing=billing,
        energy_factors=energy_factors,
        energy_targets=energy_targets,
        energy_review=energy_review,
        energy_benchmarks=energy_benchmarks,
        data_quality=data_quality,
        vee=vee,
        programmes=programmes,
        potential=potential,
        orderly=orderly,
    )
