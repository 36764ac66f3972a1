"""What the twin's enterprises report: energy statements and value added by month, from their own load."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta

import numpy as np

from domain.arrays import FloatArray
from domain.energy import EnergyEntry, OutputEntry, PriceBasis
from domain.ids import EnterpriseId
from domain.instants import day_span
from domain.months import months_between
from domain.registry import MeterRole
from ingest.twin.district import District

SOURCE = "演示数据 demo figures"
BASE_YEAR = 2020
#: Fuel beside electricity, per MWh of it, by division of GB/T 4754: invented within what the trades are known to burn.
FUELS: dict[str, tuple[str, float]] = {
    "C31": ("natural_gas", 34.0),  # standard cubic metres
    "C33": ("natural_gas", 22.0),
    "C26": ("heat", 900.0),  # MJ
    "C17": ("heat", 1400.0),
    "C14": ("heat", 500.0),
    "H61": ("natural_gas", 9.0),
    "G59": ("diesel", 12.0),  # kg
}
#: Value added of a kWh [CNY], likewise invented: little in furnaces, much in design offices.
YUAN_PER_KWH = {"C31": 4.5, "C33": 6.0, "C26": 7.0, "C17": 6.5, "C29": 8.5, "C39": 19.0, "C40": 22.0, "C18": 14.0}
USUAL_YUAN_PER_KWH = 12.0
#: Work stands still for a week around the Spring Festival; here always in February.
FESTIVAL_MONTH, FESTIVAL_SHARE = 2, 0.72


class Statements:
    """Of all enterprises, from January of the year before ``until`` to the last whole month before it [kWh, 万元]."""

    def __init__(self, district: District, until: date) -> None:
        self._district = district
        self._months = months_between(
            date(until.year - 1, 1, 1), (until.replace(day=1) - timedelta(days=1)).replace(day=1)
        )
        rng = np.random.default_rng([district.seed, 11])
        count = len(district.enterprises)
        # Half of them save a little energy a year, some lose ground: an office wants to see both.
        self._saving = rng.normal(0.02, 0.035, count)
        self._growth = rng.normal(0.055, 0.05, count)
        self._kwh = _by_month_kwh(district, until.year)

    def energy(self) -> list[EnergyEntry]:
        entries = []
        for place, enterprise in enumerate(self._district.enterprises):
            fuel = FUELS.get(enterprise.sector)
            for month in self._months:
                kwh = self._electricity_kwh(place, month)
                entries.append(_entry(enterprise.id, month, "electricity", kwh))
                if fuel is not None:
                    carrier, per_mwh = fuel
                    entries.append(_entry(enterprise.id, month, carrier, kwh / 1000 * per_mwh))
        return entries

    def output(self) -> list[OutputEntry]:
        entries = []
        for place, enterprise in enumerate(self._district.enterprises):
            yuan_per_kwh = YUAN_PER_KWH.get(enterprise.sector, USUAL_YUAN_PER_KWH)
            for month in self._months:
                # Output grows; what it needs of energy falls by what was saved.
                years = month.year - self._months[0].year
                grown = float(self._kwh[place, month.month - 1] * (1 + self._growth[place]) ** years)
                entries.append(
                    OutputEntry(
                        enterprise.id,
                        month,
                        round(grown * yuan_per_kwh / 10_000, 2),
                        PriceBasis.CONSTANT,
                        BASE_YEAR,
                        source=SOURCE,
                    )
                )
        return entries

    def above_scale(self) -> dict[EnterpriseId, bool]:
        """Industry that sold enough to be reported alone (规上)."""
        return {e.id: e.sector.startswith("C") for e in self._district.enterprises}

    @property
    def years(self) -> tuple[int, int]:
        return self._months[0].year, self._months[-1].year

    def _electricity_kwh(self, place: int, month: date) -> float:
        grown = (1 + self._growth[place]) * (1 - self._saving[place])
        return float(self._kwh[place, month.month - 1] * grown ** (month.year - self._months[0].year))


def _entry(enterprise: EnterpriseId, month: date, carrier: str, amount: float) -> EnergyEntry:
    return EnergyEntry(enterprise, month, carrier, round(amount, 1), source=SOURCE)


def _by_month_kwh(district: District, year: int) -> FloatArray:
    """Electricity of a usual year, shape (enterprises, 12), from one Wednesday and one Sunday of each month [kWh]."""
    place = {e.id: i for i, e in enumerate(district.enterprises)}
    mains = [
        (row, place[twin.enterprise])
        for row, twin in enumerate(district.meters)
        if twin.enterprise and (twin.meter.role is MeterRole.MAIN or twin.meter.landlord is not None)
    ]
    kwh = np.zeros((len(place), 12))
    for month in range(1, 13):
        days = monthrange(year, month)[1]
        middle = date(year, month, 8)
        wednesday = middle + timedelta(days=(2 - middle.weekday()) % 7)
        works, rests = (_mean_kw(district, wednesday + timedelta(days=later)) for later in (0, 4))
        share = FESTIVAL_SHARE if month == FESTIVAL_MONTH else 1.0
        for row, enterprise in mains:
            kwh[enterprise, month - 1] += share * 24 * days * (6 * works[row] + rests[row]) / 7
    return kwh


def _mean_kw(district: District, day: date) -> FloatArray:
    span = day_span(day, district.zone)
    return np.asarray(np.maximum(district.minutes_kw(span.start_ms, span.end_ms).mean(axis=1), 0.0))
