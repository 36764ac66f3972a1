"""The questions people ask of energy intensity; each takes a principal and checks what it may see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from domain.ids import EnterpriseId
from domain.people import Principal
from response.intensity.books import Books, Grouping
from response.intensity.figures import GroupFigures
from response.intensity.intake import Intake
from response.intensity.value import ValuePerKwh, values_per_kwh

__all__ = ["Grouping", "IntensityAnswer", "IntensityDesk"]


@dataclass(frozen=True, slots=True)
class IntensityAnswer:
    """scope_year : whose 规上 list was used, None = every enterprise; groups : in order of their names"""

    first: date
    last: date
    scope_year: int | None
    region: str
    groups: tuple[GroupFigures, ...]


class IntensityDesk:
    """intake : takes in files"""

    def __init__(self, books: Books) -> None:
        self._books = books
        self.intake = Intake(books.energy, books.registry, books.factors)

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
        return IntensityAnswer(first, last, scope_year, books.region, groups)

    def value_per_kwh(self, principal: Principal, enterprise: EnterpriseId, year: int) -> ValuePerKwh:
        """Value added per kWh of the year; one whose registry or books know nothing has None with the reason."""
        return self.values_per_kwh(principal, [enterprise], year)[enterprise]

    def values_per_kwh(
        self, principal: Principal, enterprises: Sequence[EnterpriseId] | None, year: int
    ) -> dict[EnterpriseId, ValuePerKwh]:
        """Of several at once, which costs little more than one; None = every enterprise."""
        return values_per_kwh(self._books, principal, enterprises, year)
