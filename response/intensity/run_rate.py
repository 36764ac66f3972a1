"""The pace of an approved project: energy a year at the pace of the months since it went into service."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np

from domain.arrays import FloatArray
from domain.energy import Basis
from domain.energy_review import EnergyProject
from domain.errors import InsufficientData
from domain.months import months_between
from domain.people import Principal
from domain.scopes import meter_scope
from domain.series import Figure
from response.intensity.books import Books
from response.intensity.metered import kwh_of
from response.intensity.panel import Panel

KGCE_PER_TCE = 1000.0
MONTHS_PER_YEAR = 12
FEW = "投产后有数据的月份不足 / too few months with figures since it went into service"
SHARED = "同一企业有多个项目，请在批复表中填写各项目的计量点 / several projects of one enterprise need their own meters"


class RunRates:
    """minimum_months : fewer with figures tell nothing"""

    def __init__(self, books: Books, *, minimum_months: int) -> None:
        self._books = books
        self._minimum_months = minimum_months

    def of_project(
        self,
        principal: Principal,
        project: EnergyProject,
        every: Sequence[EnergyProject],
        first: date,
        month: date,
        basis: Basis,
    ) -> tuple[int, Figure, bool]:
        """Months it stands on, tce a year, and whether it is metered electricity alone."""
        if project.in_service_from is None or first > month:
            return 0, Figure(None, 0.0, FEW), False
        if project.meters:
            return self._by_meters(principal, project, first, month, basis)
        if sum(each.enterprise == project.enterprise and not each.meters for each in every) > 1:
            return 0, Figure(None, 0.0, SHARED), False
        panel = self._books.panel(principal, first, month, [project.enterprise])
        full = panel.full_tce[basis][0]
        if (~np.isnan(full)).sum() >= self._minimum_months:
            return self._yearly(full, only=False)
        return self._yearly(self.floor(panel, basis)[0], only=True)

    def _by_meters(
        self, principal: Principal, project: EnergyProject, first: date, month: date, basis: Basis
    ) -> tuple[int, Figure, bool]:
        months = months_between(first, month)
        scopes = [meter_scope(meter) for meter in project.meters]
        found = kwh_of(self._books.metered(principal, dict.fromkeys(months, scopes)))
        kwh = np.array([sum(found.get((scope, each), np.nan) for scope in scopes) for each in months])
        return self._yearly(kwh * self._per_kwh(months, basis), only=True)

    def _yearly(self, tce: FloatArray, *, only: bool) -> tuple[int, Figure, bool]:
        known = ~np.isnan(tce)
        count = int(known.sum())
        share = count / max(len(tce), 1)
        if count < self._minimum_months:
            return count, Figure(None, share, FEW), only
        estimated = count < MONTHS_PER_YEAR
        return count, Figure(float(tce[known].mean() * MONTHS_PER_YEAR), share, estimated=estimated), only

    def floor(self, panel: Panel, basis: Basis) -> FloatArray:
        """What is known of each month: the whole energy, or else that of the electricity. Shape (n, m) [tce]"""
        electricity = panel.electricity_kwh * self._per_kwh(panel.months, basis)
        return np.where(np.isnan(panel.full_tce[basis]), electricity, panel.full_tce[basis])

    def _per_kwh(self, months: Sequence[date], basis: Basis) -> FloatArray:
        """tce per kWh of each month, NaN where the year has no factor."""
        found = np.full(len(months), np.nan)
        for j, month in enumerate(months):
            try:
                factor = self._books.factors.coal("electricity", basis, month.year, region=self._books.region)
            except InsufficientData:
                continue
            found[j] = factor.kgce / KGCE_PER_TCE
        return found
