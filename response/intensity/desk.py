"""The questions people ask of energy intensity; each takes a principal and checks what it may see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from zoneinfo import ZoneInfo

from config.energy_factors import EnergyFactorTable
from domain.errors import Invalid, NotFound
from domain.ids import EnterpriseId
from domain.people import Principal
from domain.scopes import enterprise_scope
from monitor.load_history import LoadHistories
from response.intensity.figures import Accounts, GroupFigures, Year
from response.intensity.metered import metered_kwh
from response.intensity.months import months_between, same_month
from response.intensity.statements import output_of, statements
from storage.energy_ports import EnergyLedger
from storage.ledger_ports import RegistryLedger

#: A rolling year; anything longer would be compared with itself.
MOST_MONTHS = 12


class Grouping(StrEnum):
    DISTRICT = "district"
    SECTOR = "sector"
    ENTERPRISE = "enterprise"


@dataclass(frozen=True, slots=True)
class IntensityAnswer:
    """scope_year : whose 规上 list was used, None = every enterprise; groups : in order of their names"""

    first: date
    last: date
    scope_year: int | None
    region: str
    groups: tuple[GroupFigures, ...]


class IntensityDesk:
    """region : whose factors are used, as in config/policy/energy_factors.toml"""

    def __init__(
        self,
        energy: EnergyLedger,
        registry: RegistryLedger,
        histories: LoadHistories,
        factors: EnergyFactorTable,
        zone: ZoneInfo,
        *,
        region: str,
    ) -> None:
        self._energy = energy
        self._registry = registry
        self._histories = histories
        self._factors = factors
        self._zone = zone
        self._region = region

    def figures(
        self,
        principal: Principal,
        first: date,
        last: date,
        *,
        by: Grouping = Grouping.DISTRICT,
        scope_year: int | None = None,
        enterprises: Sequence[EnterpriseId] | None = None,
    ) -> IntensityAnswer:
        """Figures of the months first...last (each named by its first day) against the same months a year before.

        scope_year : count only what was above scale (规上) in that year, in both periods: the same scope (同口径)
        enterprises : only these, None = all; an enterprise's own account may ask for itself alone
        """
        months = months_between(first, last)
        if len(months) > MOST_MONTHS:
            raise Invalid(f"a period of intensity has at most {MOST_MONTHS} months, not {len(months)}")
        chosen = self._chosen(principal, last, scope_year, enterprises)
        earlier = tuple(same_month(month, years=-1) for month in months)
        accounts = Accounts(
            self._year(principal, months, chosen), self._year(principal, earlier, chosen), self._factors, self._region
        )
        groups = self._groups(chosen, by, last)
        return IntensityAnswer(
            first, last, scope_year, self._region, tuple(accounts.figures(name, members) for name, members in groups)
        )

    def _chosen(
        self,
        principal: Principal,
        day: date,
        scope_year: int | None,
        enterprises: Sequence[EnterpriseId] | None,
    ) -> list[EnterpriseId]:
        view = self._registry.registry().view(day)
        for enterprise in enterprises or ():
            principal.require_scope(enterprise_scope(enterprise))
            if enterprise not in view.enterprises:
                raise NotFound(f"登记簿中没有企业 {enterprise} / the registry has no enterprise {enterprise}")
        if enterprises is None:
            principal.require_staff()
        chosen = sorted(view.enterprises if enterprises is None else set(enterprises))
        if scope_year is None:
            return chosen
        members = self._energy.scope(scope_year)
        if not members:
            raise NotFound(f"没有{scope_year}年规上名录，请先导入 / the list above scale of {scope_year} is not known")
        return [each for each in chosen if each in members]

    def _year(self, principal: Principal, months: Sequence[date], chosen: Sequence[EnterpriseId]) -> Year:
        entries = self._energy.energy(months[0], months[-1], enterprises=chosen)
        known = self._known(months, chosen)
        metered = metered_kwh(self._histories, principal, known, months, self._zone)
        output = self._energy.output(months[0], months[-1], enterprises=chosen)
        return Year(statements(entries, metered, chosen, months), output_of(output, chosen, months))

    def _known(self, months: Sequence[date], chosen: Sequence[EnterpriseId]) -> list[EnterpriseId]:
        """Those the registry knew in these months: an enterprise of today may not have been there a year ago."""
        view = self._registry.registry().view(months[-1])
        return [each for each in chosen if each in view.enterprises]

    def _groups(self, chosen: Sequence[EnterpriseId], by: Grouping, day: date) -> list[tuple[str, list[EnterpriseId]]]:
        if by is Grouping.ENTERPRISE:
            return [(each, [each]) for each in chosen]
        if by is Grouping.DISTRICT:
            return [("district", list(chosen))]
        view = self._registry.registry().view(day)
        sectors: dict[str, list[EnterpriseId]] = {}
        for each in chosen:
            sectors.setdefault(view.enterprises[each].sector or "未分类", []).append(each)
        return sorted(sectors.items())
