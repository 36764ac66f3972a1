"""Energy statements as matrices of enterprises x months x carriers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from domain.arrays import BoolArray, FloatArray, IntArray
from domain.energy import Standing
from domain.energy_columns import EnergyColumns, OutputColumns
from domain.ids import EnterpriseId
from response.intensity.grid import Grid, places
from response.intensity.metered import MeteredMonths

ELECTRICITY = "electricity"
#: From the firmest to the weakest; a sum stands as its weakest part does.
STANDINGS = tuple(Standing)
_STANDING_PLACES = {standing: place for place, standing in enumerate(STANDINGS)}


@dataclass(frozen=True, slots=True, eq=False)
class Statements:
    """consumption, feedstock, certified : shape (n, m, c) in carriers' units; a carrier that a month's statement does
    not name was not used (0), a month without any statement is unknown (NaN)
    kgce_measured : shape (n, m, c), NaN = the table's factor
    standing : shape (n, m), places in STANDINGS, -1 = unknown
    electricity_only : shape (n, m), nothing but metered electricity is known: no 综合能耗 may be made of it
    metered_short : shape (n, m), the meters were to give the electricity and told too little of the month: unknown
    metered : what the meters were asked for
    """

    enterprises: tuple[EnterpriseId, ...]
    months: tuple[date, ...]
    carriers: tuple[str, ...]
    consumption: FloatArray
    feedstock: FloatArray
    certified: FloatArray
    kgce_measured: FloatArray
    standing: FloatArray
    electricity_only: BoolArray
    metered_short: BoolArray
    metered: MeteredMonths


def statements(
    entries: EnergyColumns,
    metered: MeteredMonths,
    enterprises: Sequence[EnterpriseId],
    months: Sequence[date],
) -> Statements:
    """Reported entries, with metered electricity where no statement of electricity was reported for the month."""
    carriers = tuple(sorted({*entries.carrier.values, ELECTRICITY}))
    grid = Grid(enterprises, months)
    shape = (*grid.shape, len(carriers))
    use, feedstock, certified, kgce = (np.full(shape, np.nan) for _ in range(4))
    rows, at = grid.cells(entries)
    cell = (*at, places(entries.carrier, {carrier: k for k, carrier in enumerate(carriers)})[rows])
    for matrix, column in (
        (use, entries.consumption),
        (feedstock, entries.feedstock),
        (certified, entries.certified_non_fossil),
        (kgce, entries.kgce_measured),
    ):
        matrix[cell] = column[rows]
    standing = np.full(grid.shape, -1.0)
    np.maximum.at(standing, at, places(entries.standing, _STANDING_PLACES)[rows].astype(np.float64))
    reported = standing >= 0
    electricity = use[:, :, carriers.index(ELECTRICITY)]
    short = np.zeros(grid.shape, dtype=np.bool_)
    for (scope, month), read in metered.items():
        place = grid.place(EnterpriseId(scope.id), month)
        if place is None or not np.isnan(electricity[place]):
            continue
        if read.kwh is None:
            short[place] = reported[place] or read.measured_days > 0
            continue
        electricity[place] = read.kwh
        standing[place] = max(standing[place], _STANDING_PLACES[Standing.MEASURED])
    known = ~np.isnan(use).all(axis=2)
    for each in (use, feedstock, certified):
        each[known] = np.nan_to_num(each[known])
    # Whoever has a meter used electricity: where it told too little, nothing is not what was used.
    electricity[short] = np.nan
    return Statements(
        enterprises=tuple(enterprises),
        months=tuple(months),
        carriers=carriers,
        consumption=use,
        feedstock=feedstock,
        certified=certified,
        kgce_measured=kgce,
        standing=standing,
        electricity_only=known & ~reported,
        metered_short=short,
        metered=metered,
    )


def without_electricity(
    entries: EnergyColumns, enterprises: Sequence[EnterpriseId], months: Sequence[date], *, alone: bool
) -> dict[date, list[EnterpriseId]]:
    """Whom the meters are asked for in each month: those whose statements name no electricity.

    alone : also those without any statement
    """
    grid = Grid(enterprises, months)
    rows, (i, j) = grid.cells(entries)
    electric = places(entries.carrier, {ELECTRICITY: 0})[rows] == 0
    wanted = np.full(grid.shape, alone)
    wanted[i, j] = True
    wanted[i[electric], j[electric]] = False
    return {
        month: [enterprises[row] for row in np.flatnonzero(wanted[:, k]).tolist()] for k, month in enumerate(months)
    }


@dataclass(frozen=True, slots=True, eq=False)
class Output:
    """Arrays of shape (n, m). value_10k_cny : NaN = not known; base_year : of constant prices, 0 = current or unknown;
    real_growth : official real growth against the year before, NaN = not known; estimated : a month that was guessed
    """

    value_10k_cny: FloatArray
    base_year: IntArray
    real_growth: FloatArray
    estimated: BoolArray


def output_of(entries: OutputColumns, enterprises: Sequence[EnterpriseId], months: Sequence[date]) -> Output:
    grid = Grid(enterprises, months)
    value, growth = np.full(grid.shape, np.nan), np.full(grid.shape, np.nan)
    estimated, base_year = np.zeros(grid.shape, dtype=np.bool_), np.zeros(grid.shape, dtype=np.int64)
    rows, at = grid.cells(entries)
    value[at] = entries.value_added_10k_cny[rows]
    growth[at] = entries.real_growth[rows]
    estimated[at] = places(entries.standing, {Standing.ESTIMATED: 0})[rows] == 0
    base_year[at] = entries.base_year[rows]
    return Output(value, base_year, growth, estimated)
