"""Energy statements as matrices of enterprises x months x carriers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from domain.arrays import BoolArray, FloatArray, IntArray
from domain.energy import EnergyEntry, OutputEntry, Standing
from domain.ids import EnterpriseId

ELECTRICITY = "electricity"
#: From the firmest to the weakest; a sum stands as its weakest part does.
STANDINGS = tuple(Standing)


@dataclass(frozen=True, slots=True, eq=False)
class Statements:
    """consumption, feedstock, certified : shape (n, m, c) in carriers' units; a carrier that a month's statement does
    not name was not used (0), a month without any statement is unknown (NaN)
    kgce_measured : shape (n, m, c), NaN = the table's factor
    standing : shape (n, m), places in STANDINGS, -1 = unknown
    electricity_only : shape (n, m), nothing but metered electricity is known: no 综合能耗 may be made of it
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


def statements(
    entries: Sequence[EnergyEntry],
    metered_kwh: Mapping[tuple[EnterpriseId, date], float],
    enterprises: Sequence[EnterpriseId],
    months: Sequence[date],
) -> Statements:
    """Reported entries, with metered electricity where no statement of electricity was reported for the month."""
    carriers = tuple(sorted({entry.carrier for entry in entries} | {ELECTRICITY}))
    place = {e: i for i, e in enumerate(enterprises)}
    column = {month: j for j, month in enumerate(months)}
    layer = {carrier: k for k, carrier in enumerate(carriers)}
    shape = (len(enterprises), len(months), len(carriers))
    use, feedstock, certified, kgce = (np.full(shape, np.nan) for _ in range(4))
    standing = np.full(shape[:2], -1.0)
    reported = np.zeros(shape[:2], dtype=np.bool_)
    for entry in entries:
        if entry.enterprise not in place or entry.month not in column:
            continue
        at = (place[entry.enterprise], column[entry.month])
        cell = (*at, layer[entry.carrier])
        use[cell], feedstock[cell], certified[cell] = entry.consumption, entry.feedstock, entry.certified_non_fossil
        if entry.kgce_measured is not None:
            kgce[cell] = entry.kgce_measured
        standing[at] = max(standing[at], STANDINGS.index(entry.standing))
        reported[at] = True
    for (enterprise, month), kwh in metered_kwh.items():
        if enterprise in place and month in column and not np.isnan(kwh):
            at = (place[enterprise], column[month])
            if np.isnan(use[(*at, layer[ELECTRICITY])]):
                use[(*at, layer[ELECTRICITY])] = kwh
                standing[at] = max(standing[at], float(STANDINGS.index(Standing.MEASURED)))
    known = ~np.isnan(use).all(axis=2)
    for each in (use, feedstock, certified):
        each[known] = np.nan_to_num(each[known])
    return Statements(
        tuple(enterprises), tuple(months), carriers, use, feedstock, certified, kgce, standing, known & ~reported
    )


@dataclass(frozen=True, slots=True, eq=False)
class Output:
    """Arrays of shape (n, m). value_10k_cny : NaN = not known; base_year : of constant prices, 0 = current or unknown;
    real_growth : official real growth against the year before, NaN = not known; estimated : a month that was guessed
    """

    value_10k_cny: FloatArray
    base_year: IntArray
    real_growth: FloatArray
    estimated: BoolArray


def output_of(entries: Sequence[OutputEntry], enterprises: Sequence[EnterpriseId], months: Sequence[date]) -> Output:
    place = {e: i for i, e in enumerate(enterprises)}
    column = {month: j for j, month in enumerate(months)}
    shape = (len(enterprises), len(months))
    value, growth = np.full(shape, np.nan), np.full(shape, np.nan)
    estimated, base_year = np.zeros(shape, dtype=np.bool_), np.zeros(shape, dtype=np.int64)
    for entry in entries:
        if entry.enterprise not in place or entry.month not in column:
            continue
        at = (place[entry.enterprise], column[entry.month])
        value[at] = entry.value_added_10k_cny
        growth[at] = np.nan if entry.real_growth is None else entry.real_growth
        estimated[at] = entry.standing is Standing.ESTIMATED
        base_year[at] = entry.base_year or 0
    return Output(value, base_year, growth, estimated)
