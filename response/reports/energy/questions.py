"""What the energy reports ask: figures of periods, names, and what all of it stands on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from domain.energy import Basis
from domain.energy_columns import Coded, EnergyColumns, OutputColumns
from domain.energy_review import EnergyProject
from domain.errors import InsufficientData
from domain.ids import EnterpriseId
from domain.months import months_between, same_month
from domain.people import Principal
from domain.report import chinese
from domain.report_versions import Source
from domain.scopes import enterprise_scope, meter_scope
from monitor.runs import canonical_json, digest_of
from response.intensity.books import Books
from response.intensity.desk import Grouping, IntensityDesk
from response.intensity.figures import GroupFigures
from response.intensity.metered import MeteredMonths, kwh_of
from response.intensity.metered import told as told_metered
from response.intensity.scope_changes import told
from response.intensity.statements import ELECTRICITY, without_electricity

#: First and last months, the earliest first.
Spans = Sequence[tuple[date, date]]
#: Columns that name an entry.
_Key = tuple[Coded[Any], ...]


def with_year_before(first: date, last: date) -> Spans:
    """The months and the same ones a year before, which changes are made of."""
    return (same_month(first, years=-1), same_month(last, years=-1)), (first, last)


def years_since(year: int, last: date) -> Spans:
    """Whole years from ``year`` on, and the present one so far."""
    return *((date(y, 1, 1), date(y, 12, 1)) for y in range(year, last.year)), (date(last.year, 1, 1), last)


@dataclass(frozen=True, slots=True)
class EnergyQuestions:
    """district : its name as printed"""

    desk: IntensityDesk
    books: Books
    district: str

    def once(self) -> EnergyQuestions:
        """For one draft: what was metered is read once, so that all its figures are of one state."""
        books = self.books.once()
        return replace(self, desk=self.desk.over(books), books=books)

    def scope_year(self, year: int) -> int | None:
        """The year when its list above scale (规上) is known; None = every enterprise of the registry."""
        return year if self.books.energy.scope(year) else None

    def scope_words(self, year: int) -> str:
        if self.scope_year(year) is None:
            return f"登记簿全部企业（未导入{year}年规上名录）"
        return f"{year}年规模以上工业企业（同口径）"

    def of_district(
        self, principal: Principal, first: date, last: date, *, scope_of: int | None = None
    ) -> GroupFigures:
        """scope_of : year whose list holds, None = that of the months; another year's keeps the scope the same"""
        return self.desk.figures(principal, first, last, scope_year=self.scope_year(scope_of or last.year)).groups[0]

    def scope_changes(self, principal: Principal, first: date, last: date) -> str:
        """Who came, went or moved since a year before, as a sentence; empty where nobody did."""
        answer = self.desk.figures(principal, first, last, scope_year=self.scope_year(last.year))
        return chinese(told(answer.changes, self.names(last)))

    def of_sectors(self, principal: Principal, first: date, last: date) -> tuple[GroupFigures, ...]:
        scope_year = self.scope_year(last.year)
        return self.desk.figures(principal, first, last, by=Grouping.SECTOR, scope_year=scope_year).groups

    def of_enterprises(
        self, principal: Principal, first: date, last: date, chosen: Sequence[EnterpriseId] | None = None
    ) -> tuple[GroupFigures, ...]:
        scope_year = self.scope_year(last.year) if chosen is None else None
        answer = self.desk.figures(
            principal, first, last, by=Grouping.ENTERPRISE, scope_year=scope_year, enterprises=chosen
        )
        return answer.groups

    def together(self, principal: Principal, first: date, last: date, chosen: Sequence[EnterpriseId]) -> GroupFigures:
        return self.desk.figures(principal, first, last, enterprises=chosen).groups[0]

    def names(self, day: date) -> dict[str, str]:
        return {each: version.name for each, version in self.books.registry.registry().view(day).enterprises.items()}

    def sources(self, principal: Principal, spans: Spans, chosen: Sequence[EnterpriseId]) -> tuple[Source, ...]:
        """Readings, imports, factors and registry behind figures of these months; the last span is the present one."""
        last = spans[-1][1]
        entries = [self.books.energy.energy_columns(*span, enterprises=chosen) for span in spans]
        output = [self.books.energy.output_columns(*span, enterprises=chosen) for span in spans]
        stated: list[_Key] = [(each.month, each.enterprise, each.carrier) for each in entries]
        return (
            self._readings(principal, [months_between(*span) for span in spans], chosen, entries),
            _imports("能源报表", entries, stated),
            _imports("工业增加值", output, [(each.month, each.enterprise) for each in output]),
            self._factors({c for each in entries for c in each.carrier.values} | {ELECTRICITY}, last.year),
            Source("企业登记簿", f"修订{self.books.registry.registry().revision}", f"{len(chosen)}户"),
        )

    def project_meters(
        self, principal: Principal, first: date, last: date, projects: Sequence[EnergyProject]
    ) -> tuple[Source, ...]:
        """Readings of the meters that measure projects alone; none where no approval names any."""
        scopes = [meter_scope(each) for each in sorted({meter for project in projects for meter in project.meters})]
        if not scopes:
            return ()
        found = self.books.metered(principal, dict.fromkeys(months_between(first, last), scopes))
        return (self._metered("项目计量电量", found, f"{len(scopes)}个计量点"),)

    def _readings(
        self,
        principal: Principal,
        spans: Sequence[Sequence[date]],
        chosen: Sequence[EnterpriseId],
        entries: Sequence[EnergyColumns],
    ) -> Source:
        """Months whose electricity no statement gives: there the meters count."""
        wanted = {}
        for months, stated in zip(spans, entries, strict=True):
            for month, members in without_electricity(stated, chosen, months, alone=True).items():
                known = self.books.view(month).enterprises
                wanted[month] = [enterprise_scope(each) for each in members if each in known]
        return self._metered("计量电量", self.books.metered(principal, wanted), "0户月取自计量")

    def _metered(self, what: str, found: MeteredMonths, otherwise: str) -> Source:
        plain = {f"{scope.id} {month:%Y-%m}": kwh for (scope, month), kwh in sorted(kwh_of(found).items())}
        return Source(
            what, digest_of(canonical_json(plain)), chinese(told_metered(found, self.books.zone)) or otherwise
        )

    def _factors(self, carriers: set[str], year: int) -> Source:
        digest = digest_of(self.books.factors.model_dump_json().encode())
        told = []
        for carrier in sorted(carriers):
            for basis in (Basis.EQUIVALENT, Basis.CALORIFIC):
                try:
                    factor = self.books.factors.coal(carrier, basis, year, region=self.books.region)
                except InsufficientData:
                    continue
                told.append(
                    f"{self.books.factors.of(carrier).name_zh}{basis.name_zh}{factor.kgce:g}（{factor.since}年起）"
                )
        return Source("折标系数表", digest, "；".join(told))


def _imports(what: str, spans: Sequence[EnergyColumns | OutputColumns], keys: Sequence[_Key]) -> Source:
    """keys : of each span"""
    named = [
        [*map(str, key), revision]
        for entries, columns in zip(spans, keys, strict=True)
        for *key, revision in zip(*(each.each() for each in columns), entries.revision.tolist(), strict=True)
    ]
    files = sorted({source for entries in spans for source in entries.source.values if source})
    corrected = sum(int((entries.revision > 1).sum()) for entries in spans)
    detail = f"{len(named)}条，其中更正{corrected}条" + (f"，来源：{'、'.join(files[:6])}" if files else "")
    return Source(what, digest_of(canonical_json({"entries": named})), detail)
