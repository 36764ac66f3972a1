"""Columns out of entries, written plainly: for tests without a ledger, and to hold a ledger's columns against."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

from domain.energy import EnergyEntry, OutputEntry
from domain.energy_columns import Coded, EnergyColumns, OutputColumns

T = TypeVar("T")


def coded(values: Sequence[T]) -> Coded[T]:
    known = tuple(sorted(set(values), key=str))
    return Coded(known, np.array([known.index(each) for each in values], dtype=np.int64))


def energy_columns(entries: Sequence[EnergyEntry]) -> EnergyColumns:
    return EnergyColumns(
        enterprise=coded([each.enterprise for each in entries]),
        month=coded([each.month for each in entries]),
        carrier=coded([each.carrier for each in entries]),
        consumption=np.array([each.consumption for each in entries]),
        feedstock=np.array([each.feedstock for each in entries]),
        certified_non_fossil=np.array([each.certified_non_fossil for each in entries]),
        kgce_measured=np.array([np.nan if each.kgce_measured is None else each.kgce_measured for each in entries]),
        standing=coded([each.standing for each in entries]),
        source=coded([each.source for each in entries]),
        revision=np.array([each.revision for each in entries], dtype=np.int64),
    )


def output_columns(entries: Sequence[OutputEntry]) -> OutputColumns:
    return OutputColumns(
        enterprise=coded([each.enterprise for each in entries]),
        month=coded([each.month for each in entries]),
        value_added_10k_cny=np.array([each.value_added_10k_cny for each in entries]),
        base_year=np.array([each.base_year or 0 for each in entries], dtype=np.int64),
        real_growth=np.array([np.nan if each.real_growth is None else each.real_growth for each in entries]),
        standing=coded([each.standing for each in entries]),
        source=coded([each.source for each in entries]),
        revision=np.array([each.revision for each in entries], dtype=np.int64),
    )
