"""Follow-through of energy review: projects against what was approved for them, and what a region has left."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np

from config.energy_review import EnergyReviewTable
from domain.energy import Basis
from domain.energy_review import EnergyProject, RegionalReview, ReviewRoute
from domain.errors import NotFound
from domain.ids import EnterpriseId
from domain.months import Window, last_day
from domain.people import Principal
from domain.series import Figure
from response.intensity.books import Books
from response.intensity.figures import energy_of, in_constant_prices, rate, value_of
from response.intensity.review_answers import (
    UNTOLD,
    NextProject,
    ProjectFollowed,
    RegionBudget,
    ReviewState,
    needs_review,
)
from response.intensity.run_rate import MONTHS_PER_YEAR, RunRates
from storage.energy_review_ports import EnergyReviewLedger


class EnergyReviewDesk:
    def __init__(self, books: Books, ledger: EnergyReviewLedger, table: EnergyReviewTable) -> None:
        self._books = books
        self._ledger = ledger
        self._table = table
        self._rates = RunRates(books, minimum_months=table.warning.minimum_months)

    def projects(
        self, principal: Principal, month: date, enterprises: Sequence[EnterpriseId] | None = None
    ) -> tuple[ProjectFollowed, ...]:
        """Every approved project at the pace of the twelve months to ``month``, the largest share first."""
        chosen = set(self._books.chosen(principal, month, enterprises=enterprises))
        every = [each for each in self._ledger.projects() if each.enterprise in chosen]
        known = [each for each in every if each.approved_on <= last_day(month)]
        followed = [self._followed(principal, each, known, month) for each in known]
        return tuple(sorted(followed, key=lambda each: (-(each.share or 0.0), each.project.id)))

    def budget(self, principal: Principal, region: str, month: date) -> RegionBudget:
        """What a region has left for the next project. Raises NotFound."""
        principal.require_staff()
        found = next((each for each in self._ledger.regions() if each.id == region), None)
        if found is None:
            raise NotFound(f"没有区域 {region} 的批复，请先导入 / no regional review {region}")
        first = Window.ROLLING_YEAR.first(month)
        view = self._books.view(month)
        members = [e for e, each in view.enterprises.items() if found.street in ("", each.street)]
        panel = self._books.panel(principal, first, month, sorted(members))
        used = energy_of(panel, np.arange(len(members)), found.basis)
        floor = float(np.nansum(self._rates.floor(panel, found.basis)))
        every = self._ledger.projects()
        waiting = [
            each
            for each in every
            if each.region == region and (each.in_service_from is None or each.in_service_from > first)
        ]
        inside = set(members)
        committed = sum(
            self._to_come(principal, each, every, month, found.basis, counted=each.enterprise in inside)
            for each in waiting
        )
        rest = found.approved_tce - committed
        left = Figure(None if used.value is None else rest - used.value, used.coverage, used.reason, used.estimated)
        return RegionBudget(
            region=found,
            month=month,
            committed_tce=committed,
            commitments=tuple(each.id for each in waiting),
            used_tce=used,
            left_tce=left,
            at_most_left_tce=rest - (floor if used.value is None else used.value),
            open=found.holds_on(last_day(month)),
        )

    def regions(self, principal: Principal) -> tuple[RegionalReview, ...]:
        principal.require_staff()
        return tuple(self._ledger.regions())

    def next_project(
        self,
        budget: RegionBudget,
        day: date,
        *,
        tce: float,
        calorific_tce: float | None = None,
        electricity_kwh: float | None = None,
        coal_t: float | None = None,
    ) -> NextProject:
        """The route of a project by the rules of ``day``. tce : in the region's basis; calorific_tce : in 当量值, by
        which the rules go, needed where the region's basis is the other
        """
        rule = self._table.on(day)
        by_rule = tce if budget.region.basis is rule.basis else calorific_tce
        needed = needs_review(rule, by_rule, electricity_kwh, coal_t)
        province = by_rule is not None and by_rule >= rule.province_from_tce
        left = budget.left_tce.value
        fits = False if tce > budget.at_most_left_tce else None if left is None else tce <= left
        if needed is False:
            return NextProject(
                ReviewRoute.NONE, False, fits, f"低于单独审查标准 / below every limit of {rule.valid_from}"
            )
        if needed is None:
            return NextProject(ReviewRoute.SEPARATE, False, fits, UNTOLD)
        if not province and budget.open and fits:
            return NextProject(ReviewRoute.COMMITMENT, False, fits, "区域批复有效且有余量 / the region has room for it")
        why = "省级审查" if province else "区域批复已失效" if not budget.open else "区域余量不足或未知"
        return NextProject(ReviewRoute.SEPARATE, province, fits, why)

    def _to_come(
        self,
        principal: Principal,
        project: EnergyProject,
        every: Sequence[EnergyProject],
        month: date,
        basis: Basis,
        *,
        counted: bool,
    ) -> float:
        """What is approved less what the project's first months have used, where the region's use holds them."""
        approved = _in_basis(project, basis)
        if project.in_service_from is None or not counted:
            return approved
        months, rate, _ = self._rates.of_project(
            principal, project, every, project.in_service_from.replace(day=1), month, basis
        )
        return approved if rate.value is None else max(approved - rate.value * months / MONTHS_PER_YEAR, 0.0)

    def _followed(
        self, principal: Principal, project: EnergyProject, every: Sequence[EnergyProject], month: date
    ) -> ProjectFollowed:
        basis = Basis.EQUIVALENT if project.equivalent_tce is not None else Basis.CALORIFIC
        approved = project.approved(basis) or 0.0
        first = Window.ROLLING_YEAR.first(month)
        if project.in_service_from is not None:
            first = max(first, project.in_service_from.replace(day=1))
        months, run_rate, only = self._rates.of_project(principal, project, every, first, month, basis)
        share = run_rate.value / approved if run_rate.value is not None and approved > 0 else None
        intensity = self._intensity(principal, project, every, month)
        limit = project.intensity_tce
        exceeded = None if intensity.value is None or limit is None else intensity.value > limit
        rule = self._table.on(project.approved_on)
        by_rule = project.approved(rule.basis)
        return ProjectFollowed(
            project=project,
            enterprise_name=self._books.view(month).enterprises[project.enterprise].name,
            basis=basis,
            approved_tce=approved,
            months=months,
            run_rate_tce=run_rate,
            electricity_only=only,
            share=share,
            intensity_tce=intensity,
            intensity_exceeded=exceeded,
            state=self._state(project, month, share, only=only, intensity_exceeded=exceeded),
            rule_from=rule.valid_from,
            needed_review=needs_review(rule, by_rule, project.electricity_kwh, project.coal_t),
            province=None if by_rule is None else by_rule >= rule.province_from_tce,
        )

    def _state(
        self,
        project: EnergyProject,
        month: date,
        share: float | None,
        *,
        only: bool,
        intensity_exceeded: bool | None,
    ) -> ReviewState:
        warning = self._table.warning
        if project.in_service_from is None or project.in_service_from > last_day(month):
            return ReviewState.NOT_IN_SERVICE
        if share is not None and share > warning.exceeded_from:
            return ReviewState.EXCEEDED
        if intensity_exceeded:
            return ReviewState.ATTENTION
        if share is None:
            return ReviewState.UNKNOWN
        if share >= warning.attention_from:
            return ReviewState.ATTENTION
        # A floor below the limit proves nothing.
        return ReviewState.UNKNOWN if only else ReviewState.WITHIN

    def _intensity(
        self, principal: Principal, project: EnergyProject, every: Sequence[EnergyProject], month: date
    ) -> Figure:
        whole = not project.meters and sum(each.enterprise == project.enterprise for each in every) == 1
        if project.intensity_tce is None or not whole:
            return Figure(None, 0.0, "没有批复能效，或项目只是企业的一部分 / not approved, or not the whole enterprise")
        panel = self._books.panel(principal, Window.ROLLING_YEAR.first(month), month, [project.enterprise])
        rows = np.array([0])
        energy, value = energy_of(panel, rows, Basis.EQUIVALENT), value_of(panel, rows)
        return rate(energy, value, constant=in_constant_prices(panel, rows))


def _in_basis(project: EnergyProject, basis: Basis) -> float:
    """Where the approval names the other basis only, that one: equivalent is never below calorific, so a region's
    calorific budget is then told too small rather than too large.
    """
    own = project.approved(basis)
    other = project.approved(Basis.CALORIFIC if basis is Basis.EQUIVALENT else Basis.EQUIVALENT)
    return own if own is not None else other or 0.0
