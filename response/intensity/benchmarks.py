"""Who stands where among its sector: ranks, outliers, quota standards and restrictions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import numpy as np

from analytics.intensity.ranking import ranks, robust_z
from config.energy_benchmarks import EnergyBenchmarkTable, IntensityStandard
from domain.energy import Basis
from domain.ids import EnterpriseId
from domain.people import Principal
from domain.registry import Enterprise, RestrictedClass
from domain.sectors import division, sector_code
from domain.series import Figure
from response.intensity.books import UNSORTED, Books
from response.intensity.figures import electricity_of, energy_of, in_constant_prices, rate, value_of
from response.intensity.panel import Panel


class Measure(StrEnum):
    """energy : tce per 10,000 CNY (万元增加值能耗); electricity : kWh per 10,000 CNY (万元增加值电耗)"""

    ENERGY = "energy"
    ELECTRICITY = "electricity"


@dataclass(frozen=True, slots=True)
class Judged:
    """limit : of the standard, in tce per 10,000 CNY"""

    label: str
    kind: str
    limit: float
    exceeded: bool
    source: str


@dataclass(frozen=True, slots=True)
class Ranked:
    """place : 1 = least intensive of its sector, None = no figure; of : how many have one; median : of the sector

    z : robust standard deviations of the logarithm from the median; outlier : so far off that a person should look
    restricted : why policy restricts it, "" = nothing known
    """

    enterprise: EnterpriseId
    name: str
    sector: str
    figure: Figure
    place: int | None
    of: int
    median: float | None
    z: float | None
    outlier: bool
    standards: tuple[Judged, ...]
    restricted: str


@dataclass(frozen=True, slots=True)
class Ranking:
    """rows : by sector, then by place, those without a figure last"""

    first: date
    last: date
    measure: Measure
    basis: Basis
    scope_year: int | None
    rows: tuple[Ranked, ...]


def ranking(
    books: Books,
    table: EnergyBenchmarkTable,
    principal: Principal,
    first: date,
    last: date,
    *,
    sector: str | None,
    measure: Measure,
    basis: Basis,
    scope_year: int | None,
) -> Ranking:
    principal.require_staff()
    chosen = books.chosen(principal, last, scope_year=scope_year)
    known = books.view(last).enterprises
    sectors: dict[str, list[EnterpriseId]] = {}
    for each in chosen:
        sectors.setdefault(division(known[each].sector) or UNSORTED, []).append(each)
    wanted = division(sector) if sector else None
    members = [each for name, group in sectors.items() if wanted in (None, name) for each in group]
    panel = books.panel(principal, first, last, members)
    figures = {each: _figure(panel, i, measure, basis) for i, each in enumerate(members)}
    rows: list[Ranked] = []
    for name in sorted(sectors if wanted is None else {wanted} & set(sectors)):
        group = sectors[name]
        rows += _ranked(table, [known[each] for each in group], [figures[each] for each in group], last, measure, basis)
    return Ranking(first, last, measure, basis, scope_year, tuple(rows))


def _figure(panel: Panel, row: int, measure: Measure, basis: Basis) -> Figure:
    rows = np.array([row])
    energy = energy_of(panel, rows, basis) if measure is Measure.ENERGY else electricity_of(panel, rows)
    return rate(energy, value_of(panel, rows), constant=in_constant_prices(panel, rows))


def _ranked(
    table: EnergyBenchmarkTable,
    group: Sequence[Enterprise],
    figures: Sequence[Figure],
    day: date,
    measure: Measure,
    basis: Basis,
) -> list[Ranked]:
    values = np.array([np.nan if figure.value is None else figure.value for figure in figures])
    places, count = ranks(values), int((~np.isnan(values)).sum())
    enough = count >= table.outlier.minimum_members
    z = robust_z(values) if enough else np.full(values.shape, np.nan)
    median = float(np.nanmedian(values)) if count else None
    rows = [
        Ranked(
            enterprise=each.id,
            name=each.name,
            sector=division(each.sector) or UNSORTED,
            figure=figures[i],
            place=int(places[i]) or None,
            of=count,
            median=median,
            z=None if np.isnan(z[i]) else float(z[i]),
            outlier=_outlier(table, float(z[i]), float(values[i]), median),
            standards=_judged(table, each, figures[i], day, basis) if measure is Measure.ENERGY else (),
            restricted=_restricted(table, each, day),
        )
        for i, each in enumerate(group)
    ]
    return sorted(rows, key=lambda row: (row.place is None, row.place or 0, row.enterprise))


def _outlier(table: EnergyBenchmarkTable, z: float, value: float, median: float | None) -> bool:
    """Far off by the group's own spread, and by enough to matter: a few that hardly differ have no outlier."""
    if median is None or np.isnan(z) or not value > 0:
        return False
    return abs(z) >= table.outlier.from_z and abs(np.log(value / median)) >= np.log(table.outlier.from_ratio)


def _judged(
    table: EnergyBenchmarkTable, enterprise: Enterprise, figure: Figure, day: date, basis: Basis
) -> tuple[Judged, ...]:
    if figure.value is None:
        return ()
    found: tuple[IntensityStandard, ...] = table.standards(sector_code(enterprise.sector), basis, day)
    value = figure.value
    return tuple(
        Judged(each.label_zh, each.kind, each.tce_per_10k_cny, value > each.tce_per_10k_cny, each.source)
        for each in found
    )


_CLASS_ZH = {
    RestrictedClass.ILLEGAL_PROJECT: "违规项目",
    RestrictedClass.ELIMINATED: "淘汰类限制类",
    RestrictedClass.OVER_LIMIT: "超限额",
    RestrictedClass.LANDSCAPE_LIGHTING: "景观照明",
    RestrictedClass.TWO_HIGH: "两高",
}


def _restricted(table: EnergyBenchmarkTable, enterprise: Enterprise, day: date) -> str:
    """The registry's own marks of the day first, then the sector's."""
    told = [_CLASS_ZH[enterprise.restricted_class]] if enterprise.restricted_class in _CLASS_ZH else []
    told += ["两高"] if enterprise.two_high else []
    told += ["超限额"] if enterprise.limit_exceeded else []
    sector = table.restriction(sector_code(enterprise.sector), day)
    told += [sector.label_zh] if sector is not None else []
    return "、".join(dict.fromkeys(told))
