"""What every question of intensity is worked out from: statements, meters, value added and factors of a period."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from zoneinfo import ZoneInfo

from config.energy_factors import EnergyFactorTable
from domain.errors import Invalid, NotFound
from domain.ids import EnterpriseId
from domain.months import last_day, months_between, same_month
from domain.people import Principal
from domain.registry import RegistryView
from domain.scopes import Scope, enterprise_scope
from domain.sectors import division
from monitor.load_history import LoadHistories
from response.intensity.figures import Accounts
from response.intensity.metered import MeteredMonths, MeteredOnce, metered_months
from response.intensity.panel import Panel, panel
from response.intensity.statements import Statements, output_of, statements, without_electricity
from storage.energy_ports import EnergyLedger
from storage.ledger_ports import RegistryLedger

#: A rolling year; anything longer would be compared with itself.
MOST_MONTHS = 12
UNSORTED = "未分类"


class Grouping(StrEnum):
    DISTRICT = "district"
    SECTOR = "sector"
    ENTERPRISE = "enterprise"


@dataclass(frozen=True, slots=True)
class Books:
    """region : whose factors are used, as in config/policy/energy_factors.toml

    read : what was metered is read once, None = anew for each question
    """

    energy: EnergyLedger
    registry: RegistryLedger
    histories: LoadHistories
    factors: EnergyFactorTable
    zone: ZoneInfo
    region: str
    read: MeteredOnce | None = None

    def once(self) -> Books:
        """For one piece of work that asks many questions of the same months."""
        return replace(self, read=MeteredOnce())

    def metered(self, principal: Principal, wanted: Mapping[date, Sequence[Scope]]) -> MeteredMonths:
        """See ``response.intensity.metered.metered_months``."""
        read = metered_months if self.read is None else self.read.months
        return read(self.histories, principal, wanted, self.zone)

    def view(self, day: date) -> RegistryView:
        return self.registry.registry().view(day)

    def chosen(
        self,
        principal: Principal,
        day: date,
        *,
        scope_year: int | None = None,
        enterprises: Sequence[EnterpriseId] | None = None,
    ) -> list[EnterpriseId]:
        """Whom a question is about, in order; an enterprise's own account may ask for itself alone."""
        view = self.view(day)
        for enterprise in enterprises or ():
            principal.require_scope(enterprise_scope(enterprise))
            if enterprise not in view.enterprises:
                raise NotFound(f"登记簿中没有企业 {enterprise} / the registry has no enterprise {enterprise}")
        if enterprises is None:
            principal.require_staff()
        chosen = sorted(view.enterprises if enterprises is None else set(enterprises))
        if scope_year is None:
            return chosen
        members = self.energy.scope(scope_year)
        if not members:
            raise NotFound(f"没有{scope_year}年规上名录，请先导入 / the list above scale of {scope_year} is not known")
        return [each for each in chosen if each in members]

    def statements(
        self, principal: Principal, first: date, last: date, chosen: Sequence[EnterpriseId], *, alone: bool = True
    ) -> Statements:
        """Reported, and metered where a statement names no electricity.

        alone : meters also where there is no statement at all: no 综合能耗 is made of that, so questions that need one
        leave it out and spare the store months of loads
        """
        months = months_between(first, last)
        entries = self.energy.energy_columns(first, last, enterprises=chosen)
        asked = without_electricity(entries, chosen, months, alone=alone)
        wanted = {
            month: [enterprise_scope(each) for each in self._metered(month, members)]
            for month, members in asked.items()
        }
        return statements(entries, self.metered(principal, wanted), chosen, months)

    def panel(
        self, principal: Principal, first: date, last: date, chosen: Sequence[EnterpriseId], *, alone: bool = True
    ) -> Panel:
        return self.panel_of(self.statements(principal, first, last, chosen, alone=alone))

    def panel_of(self, found: Statements) -> Panel:
        output = self.energy.output_columns(found.months[0], found.months[-1], enterprises=found.enterprises)
        return panel(found, output_of(output, found.enterprises, found.months), self.factors, self.region)

    def two_years(
        self, principal: Principal, first: date, last: date, chosen: Sequence[EnterpriseId], *, alone: bool = True
    ) -> tuple[Statements, Statements]:
        """Of the period, and of the same months a year before. Raises Invalid for more than a year."""
        if len(months_between(first, last)) > MOST_MONTHS:
            raise Invalid(f"一次最多{MOST_MONTHS}个月 / a period of intensity has at most {MOST_MONTHS} months")
        now = self.statements(principal, first, last, chosen, alone=alone)
        earlier = same_month(first, years=-1), same_month(last, years=-1)
        return now, self.statements(principal, *earlier, chosen, alone=alone)

    def accounts(
        self, principal: Principal, first: date, last: date, chosen: Sequence[EnterpriseId], *, alone: bool = True
    ) -> Accounts:
        """The period and the same months a year before."""
        now, before = self.two_years(principal, first, last, chosen, alone=alone)
        return Accounts(self.panel_of(now), self.panel_of(before), {**before.metered, **now.metered})

    def groups(self, chosen: Sequence[EnterpriseId], by: Grouping, day: date) -> list[tuple[str, list[EnterpriseId]]]:
        if by is Grouping.ENTERPRISE:
            return [(each, [each]) for each in chosen]
        if by is Grouping.DISTRICT:
            return [("district", list(chosen))]
        view = self.view(day)
        sectors: dict[str, list[EnterpriseId]] = {}
        for each in chosen:
            sectors.setdefault(division(view.enterprises[each].sector) or UNSORTED, []).append(each)
        return sorted(sectors.items())

    def _metered(self, month: date, chosen: Sequence[EnterpriseId]) -> list[EnterpriseId]:
        """Those with a meter in that month: an enterprise of today may not have been there a year ago."""
        view = self.view(last_day(month))
        return [each for each in chosen if each in view.enterprises and view.members(enterprise_scope(each))]
