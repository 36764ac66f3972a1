"""The questions people ask of energy intensity; each takes a principal and checks what it may see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from config.energy_benchmarks import EnergyBenchmarkTable
from config.energy_review import EnergyReviewTable
from config.energy_targets import EnergyTargetTable, Indicator
from domain.energy import Basis
from domain.errors import InsufficientData
from domain.ids import EnterpriseId
from domain.people import Principal
from domain.sectors import division
from response.intensity.benchmarks import Measure, Ranking, ranking
from response.intensity.books import Books, Grouping
from response.intensity.carbon import Co2Accounts, Co2Answer, co2_panel
from response.intensity.explain import Explanation, explain
from response.intensity.figures import Accounts, GroupFigures
from response.intensity.intake import Intake
from response.intensity.key_users import KeyUser, key_users
from response.intensity.metered import told as told_metered
from response.intensity.outlook import SEASON_YEARS, Outlook, outlook, year_months
from response.intensity.products import ProductDesk
from response.intensity.progress import TargetProgress, asked_of, track
from response.intensity.review import EnergyReviewDesk
from response.intensity.scope_changes import ScopeChange, scope_changes
from response.intensity.value import ValuePerKwh, values_per_kwh
from response.intensity.years import SUBJECT, Years
from storage.energy_review_ports import EnergyReviewLedger

__all__ = ["Grouping", "IntensityAnswer", "IntensityDesk"]


@dataclass(frozen=True, slots=True)
class IntensityAnswer:
    """scope_year : whose 规上 list was used, None = every enterprise; groups : in order of their names

    changes : who came, went or moved since the same months a year before
    metered : what electricity came from meters, how far they reached and when they were read; "" = none was asked
    """

    first: date
    last: date
    scope_year: int | None
    region: str
    groups: tuple[GroupFigures, ...]
    changes: tuple[ScopeChange, ...] = ()
    metered: str = ""


@dataclass(frozen=True, slots=True)
class ScopeList:
    """The list above scale of a year against the one before: what has to be taken out for a same-scope comparison."""

    year: int
    members: tuple[EnterpriseId, ...]
    joined: tuple[EnterpriseId, ...]
    left: tuple[EnterpriseId, ...]


class IntensityDesk:
    """intake : takes in files; products : against quota standards; reviews : follows what energy review approved"""

    def __init__(
        self,
        books: Books,
        projects: EnergyReviewLedger,
        targets: EnergyTargetTable,
        reviews: EnergyReviewTable,
        benchmarks: EnergyBenchmarkTable,
    ) -> None:
        self._books = books
        self._projects = projects
        self._targets = targets
        self._reviews = reviews
        self._benchmarks = benchmarks
        self.intake = Intake(books.energy, projects, books.registry, books.factors)
        self.products = ProductDesk(books, benchmarks)
        self.reviews = EnergyReviewDesk(books, projects, reviews)

    def over(self, books: Books) -> IntensityDesk:
        """The same desk over these books."""
        return IntensityDesk(books, self._projects, self._targets, self._reviews, self._benchmarks)

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
        books = self._books
        chosen = books.chosen(principal, last, scope_year=scope_year, enterprises=enterprises)
        accounts = books.accounts(principal, first, last, chosen)
        groups = tuple(accounts.figures(name, members) for name, members in books.groups(chosen, by, last))
        metered = told_metered(accounts.metered, books.zone)
        changes = scope_changes(books, accounts, chosen, scope_year=scope_year, everyone=enterprises is None)
        return IntensityAnswer(first, last, scope_year, books.region, groups, changes, metered)

    def scope(self, principal: Principal, year: int) -> ScopeList:
        principal.require_staff()
        now, before = self._books.energy.scope(year), self._books.energy.scope(year - 1)
        return ScopeList(year, tuple(sorted(now)), tuple(sorted(now - before)), tuple(sorted(before - now)))

    def value_per_kwh(self, principal: Principal, enterprise: EnterpriseId, year: int) -> ValuePerKwh:
        """Value added per kWh of the year; where the books know nothing it is None with the reason."""
        return self.values_per_kwh(principal, [enterprise], year)[enterprise]

    def values_per_kwh(
        self, principal: Principal, enterprises: Sequence[EnterpriseId] | None, year: int
    ) -> dict[EnterpriseId, ValuePerKwh]:
        """Of several at once, which costs little more than one; None = every enterprise."""
        return values_per_kwh(self._books, principal, enterprises, year)

    def rank(
        self,
        principal: Principal,
        first: date,
        last: date,
        *,
        sector: str | None = None,
        measure: Measure = Measure.ENERGY,
        basis: Basis = Basis.EQUIVALENT,
        scope_year: int | None = None,
    ) -> Ranking:
        """Enterprises within their sectors: place, outliers, standards and restrictions. sector : only this division"""
        return ranking(
            self._books,
            self._benchmarks,
            principal,
            first,
            last,
            sector=sector,
            measure=measure,
            basis=basis,
            scope_year=scope_year,
        )

    def explain(
        self,
        principal: Principal,
        first: date,
        last: date,
        *,
        basis: Basis = Basis.EQUIVALENT,
        sector: str | None = None,
        scope_year: int | None = None,
    ) -> Explanation:
        """Why energy use changed against a year before; with ``sector``, within it."""
        return explain(self._books, principal, first, last, basis=basis, sector=sector, scope_year=scope_year)

    def progress(
        self,
        principal: Principal,
        month: date,
        *,
        indicator: Indicator = Indicator.ENERGY,
        basis: Basis = Basis.EQUIVALENT,
        sector: str | None = None,
        region: str | None = None,
        enterprise: EnterpriseId | None = None,
    ) -> TargetProgress:
        """Year to date and years since the base year against the year's task and the path.

        Each year counts its own list above scale in both years; where no list was kept, every enterprise. One
        enterprise counts in every year, on a list or not; the task it is held to is the district's. Raises NotFound
        """
        principal.require_staff()
        asked = asked_of(self._targets, indicator, month)
        first = month.year if asked.base_year is None else asked.base_year + 1
        years = self._years(principal, month, range(first, month.year + 1), sector, region, enterprise)
        if indicator is Indicator.ENERGY:
            full = track(asked, month, lambda y, m: years.change(y, m, basis, assessed=False))
            assessed = track(asked, month, lambda y, m: years.change(y, m, basis, assessed=True))
            growth = years.figures(month.year, month.month).energy_growth[basis]
        else:
            full = assessed = track(asked, month, years.co2_change)
            growth = years.co2(month.year, month.month).growth
        return TargetProgress(
            indicator=indicator,
            subject=enterprise or (division(sector) if sector else SUBJECT),
            month=month,
            path=asked.path,
            no_target=asked.no_target,
            yearly=asked.yearly,
            yearly_source=asked.source,
            scheduled=None if asked.path is None else asked.path.scheduled(month.year),
            full=full,
            assessed=assessed,
            consumption_growth=growth,
            levels_source=asked.levels.source,
        )

    def outlook(
        self,
        principal: Principal,
        year: int,
        *,
        basis: Basis = Basis.EQUIVALENT,
        by: Grouping = Grouping.DISTRICT,
        scope_year: int | None = None,
        enterprises: Sequence[EnterpriseId] | None = None,
    ) -> tuple[Outlook, ...]:
        """Where each group's year will end, with a band; the season is that of past years with statements."""
        books = self._books
        first, last = year_months(year)
        chosen = books.chosen(principal, last, scope_year=scope_year, enterprises=enterprises)
        accounts = books.accounts(principal, first, last, chosen)
        assert accounts.before is not None
        try:
            task: float | None = self._targets.task_of(Indicator.ENERGY, year)[0]
        except InsufficientData:
            task = None
        # Meters alone are not read for them: five years of loads are too long a wait.
        older = [
            books.panel(principal, *year_months(each), chosen, alone=False)
            for each in range(year - 2, year - 1 - SEASON_YEARS, -1)
        ]
        return tuple(
            outlook(name, accounts.now, accounts.before, accounts.rows(members), basis, task, older)
            for name, members in books.groups(chosen, by, last)
        )

    def co2(
        self,
        principal: Principal,
        first: date,
        last: date,
        *,
        by: Grouping = Grouping.DISTRICT,
        scope_year: int | None = None,
        enterprises: Sequence[EnterpriseId] | None = None,
        region: str | None = None,
    ) -> Co2Answer:
        """CO2 of energy use, location-based. region : whose grid factor, None = the district's"""
        books, place = self._books, region or self._books.region
        chosen = books.chosen(principal, last, scope_year=scope_year, enterprises=enterprises)
        stated = books.two_years(principal, first, last, chosen)
        now, before = (co2_panel(each, books.factors, place) for each in stated)
        accounts = Accounts(books.panel_of(stated[0]), books.panel_of(stated[1]))
        carbon = Co2Accounts(now, before, accounts)
        groups = tuple(carbon.figures(name, members) for name, members in books.groups(chosen, by, last))
        return Co2Answer(first, last, place, scope_year, tuple(now.grids.values()), groups)

    def key_users(self, principal: Principal, year: int) -> tuple[KeyUser, ...]:
        return key_users(self._books, self._reviews, principal, year)

    def _years(
        self,
        principal: Principal,
        month: date,
        years: range,
        sector: str | None,
        region: str | None,
        enterprise: EnterpriseId | None,
    ) -> Years:
        books = self._books
        everyone = books.chosen(principal, month, enterprises=None if enterprise is None else [enterprise])
        if sector is not None:
            known = books.view(month).enterprises
            everyone = [each for each in everyone if division(known[each].sector) == division(sector)]
        members = {}
        for year in years:
            scope = books.energy.scope(year)
            listed = scope and enterprise is None
            members[year] = [each for each in everyone if each in scope] if listed else list(everyone)
        return Years(books, principal, everyone, members, region=region or books.region)
