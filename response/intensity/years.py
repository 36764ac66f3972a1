"""Years of one set of books, each read once: for what chains several years or compares whole ones."""

from __future__ import annotations

from collections.abc import Sequence

from domain.energy import Basis
from domain.ids import EnterpriseId
from domain.people import Principal
from domain.series import Figure
from response.intensity.books import Books
from response.intensity.carbon import Co2Accounts, Co2Figures, co2_panel
from response.intensity.figures import Accounts, GroupFigures
from response.intensity.outlook import year_months
from response.intensity.panel import Panel
from response.intensity.statements import Statements

SUBJECT = "district"


class Years:
    """everyone : all that any year may count; members : of one year, the same scope in it and the year before"""

    def __init__(
        self,
        books: Books,
        principal: Principal,
        everyone: Sequence[EnterpriseId],
        members: dict[int, list[EnterpriseId]],
        *,
        region: str,
    ) -> None:
        self._books = books
        self._principal = principal
        self._everyone = everyone
        self._members = members
        self._region = region
        self._panels: dict[int, tuple[Statements, Panel]] = {}

    def change(self, year: int, months: int, basis: Basis, *, assessed: bool) -> Figure:
        found = self.figures(year, months)
        return (found.assessed_change if assessed else found.change)[basis]

    def co2_change(self, year: int, months: int) -> Figure:
        return self.co2(year, months).change

    def accounts(self, year: int, months: int) -> Accounts:
        """January to the month ``months`` of the year, and of the year before."""
        chosen = slice(0, months)
        return Accounts(self.panel(year).part(chosen), self.panel(year - 1).part(chosen))

    def members(self, year: int) -> list[EnterpriseId]:
        return self._members[year]

    def figures(self, year: int, months: int) -> GroupFigures:
        return self.accounts(year, months).figures(SUBJECT, self.members(year))

    def co2(self, year: int, months: int) -> Co2Figures:
        now, before = (
            co2_panel(self._read(each)[0], self._books.factors, self._region).part(slice(0, months))
            for each in (year, year - 1)
        )
        return Co2Accounts(now, before, self.accounts(year, months)).figures(SUBJECT, self.members(year))

    def panel(self, year: int) -> Panel:
        """Twelve months."""
        return self._read(year)[1]

    def _read(self, year: int) -> tuple[Statements, Panel]:
        if year not in self._panels:
            stated = self._books.statements(self._principal, *year_months(year), self._everyone, alone=False)
            self._panels[year] = stated, self._books.panel_of(stated)
        return self._panels[year]
