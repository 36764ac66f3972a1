"""Key energy users (重点用能单位): who reaches which threshold in a year."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from config.energy_review import EnergyReviewTable, KeyUserClass
from domain.energy import Basis
from domain.errors import InsufficientData
from domain.ids import EnterpriseId
from domain.people import Principal
from domain.sectors import division
from domain.series import Figure
from response.intensity.books import Books
from response.intensity.figures import ELECTRICITY_ONLY, NO_STATEMENT
from response.intensity.outlook import year_months
from response.intensity.panel import Panel

KGCE_PER_TCE = 1000.0


@dataclass(frozen=True, slots=True)
class KeyUser:
    """tce : of the year in the basis; where months are missing, the known ones carried on to twelve, then estimated

    electricity_tce : what the electricity alone comes to, a floor where nothing else is known
    label : of the class that holds, "" = none; designated : named by province or city
    below : the class whose threshold it reaches and that would need its being named
    """

    enterprise: EnterpriseId
    name: str
    sector: str
    basis: Basis
    months: int
    tce: Figure
    electricity_tce: Figure
    label: str
    designated: bool
    below: str


def key_users(books: Books, table: EnergyReviewTable, principal: Principal, year: int) -> tuple[KeyUser, ...]:
    """Those that reach a threshold, by statement or by electricity alone; the largest first."""
    principal.require_staff()
    first, last = year_months(year)
    chosen = books.chosen(principal, last)
    panel = books.panel(principal, first, last, chosen)
    known = books.view(last).enterprises
    found = []
    for i, each in enumerate(chosen):
        basis = table.key_user[0].basis
        months, tce = _year_tce(panel, i, basis)
        electricity = _electricity_tce(books, panel, i, basis, year)
        size = max(tce.value or 0.0, electricity.value or 0.0)
        named = each in table.designated.enterprises
        reached = [c for c in table.key_user if size >= c.from_tce]
        label = next((c.label_zh for c in reached if not c.designated or named), "")
        if reached:
            enterprise = known[each]
            found.append(
                KeyUser(
                    enterprise=each,
                    name=enterprise.name,
                    sector=division(enterprise.sector),
                    basis=basis,
                    months=months,
                    tce=tce,
                    electricity_tce=electricity,
                    label=label,
                    designated=named,
                    below="" if label else _unnamed(reached),
                )
            )
    return tuple(sorted(found, key=lambda user: -max(user.tce.value or 0.0, user.electricity_tce.value or 0.0)))


def _unnamed(reached: list[KeyUserClass]) -> str:
    return next((each.label_zh for each in reached if each.designated), "")


def _year_tce(panel: Panel, row: int, basis: Basis) -> tuple[int, Figure]:
    known = panel.full_tce[basis][row]
    there = ~np.isnan(known)
    count = int(there.sum())
    if not count:
        reason = ELECTRICITY_ONLY if panel.electricity_only[row].any() else NO_STATEMENT
        return 0, Figure(None, 0.0, reason)
    return count, Figure(float(known[there].mean() * 12), count / 12, estimated=count < 12)


def _electricity_tce(books: Books, panel: Panel, row: int, basis: Basis, year: int) -> Figure:
    kwh = panel.electricity_kwh[row]
    there = ~np.isnan(kwh)
    count = int(there.sum())
    if not count:
        return Figure(None, 0.0, NO_STATEMENT)
    try:
        factor = books.factors.coal("electricity", basis, year, region=books.region)
    except InsufficientData as error:
        return Figure(None, count / 12, error.reason)
    return Figure(float(kwh[there].mean() * 12) * factor.kgce / KGCE_PER_TCE, count / 12, estimated=count < 12)
