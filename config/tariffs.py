"""The dated time-of-use schedules (config/policy/tariffs.toml)."""

from __future__ import annotations

import re
from datetime import date, timedelta
from enum import IntEnum
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import Field, model_validator

from config.calendar import Calendar, DayKind
from config.policy_table import Table

Text = Annotated[str, Field(min_length=1)]
Confidence = Literal["H", "M", "L"]
_HOURS = re.compile(r"^([01]\d|2[0-4]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)$")
MINUTES = 1440


class Band(IntEnum):
    """Price bands (尖峰, 高峰, 平段, 低谷, 深谷); the numbers are what arrays of slots carry."""

    SHARP = 0
    PEAK = 1
    FLAT = 2
    VALLEY = 3
    DEEP_VALLEY = 4

    @property
    def word(self) -> str:
        return self.name.lower()


def minutes_of(text: str) -> tuple[int, int]:
    """``09:00-11:00`` as minutes of the day. Raises ValueError."""
    found = _HOURS.match(text)
    if found is None:
        raise ValueError(f"{text!r} is not hours such as 09:00-11:00")
    begin, end = (int(found[1]) * 60 + int(found[2]), int(found[3]) * 60 + int(found[4]))
    if not begin < end <= MINUTES:
        raise ValueError(f"{text!r} does not begin before it ends within one day; cut it at midnight")
    return begin, end


class BandHours(Table):
    sharp: tuple[Text, ...] = ()
    peak: tuple[Text, ...] = ()
    valley: tuple[Text, ...] = ()
    deep_valley: tuple[Text, ...] = ()
    source: Text
    confidence: Confidence

    def spans(self) -> list[tuple[Band, int, int]]:
        named = (
            (Band.SHARP, self.sharp),
            (Band.PEAK, self.peak),
            (Band.VALLEY, self.valley),
            (Band.DEEP_VALLEY, self.deep_valley),
        )
        return [(band, *minutes_of(text)) for band, texts in named for text in texts]

    @model_validator(mode="after")
    def _check_overlap(self) -> BandHours:
        spans = sorted((begin, end, band.word) for band, begin, end in self.spans())
        for (_, end, one), (begin, _, other) in pairwise(spans):
            if begin < end:
                raise ValueError(f"{one} and {other} overlap at {begin // 60:02d}:{begin % 60:02d}")
        return self


class Season(BandHours):
    months: Annotated[tuple[Annotated[int, Field(ge=1, le=12)], ...], Field(min_length=1)]


class HolidayHours(BandHours):
    """``names`` as the calendar gives them; ``first_days`` of the run of that holiday, 0 = all of it."""

    names: Annotated[tuple[Text, ...], Field(min_length=1)]
    first_days: Annotated[int, Field(ge=0)] = 0


class Ratio(Table):
    """Price of each band over the flat price."""

    sharp: Annotated[float, Field(gt=0)]
    peak: Annotated[float, Field(gt=0)]
    flat: Annotated[float, Field(gt=0)]
    valley: Annotated[float, Field(gt=0)]
    deep_valley: Annotated[float, Field(gt=0)]


class TariffEdition(Table):
    id: Text
    valid_from: date
    source: Text
    confidence: Confidence
    ratio: Ratio | None = None
    season: Annotated[tuple[Season, ...], Field(min_length=1)]
    holiday: tuple[HolidayHours, ...] = ()

    @model_validator(mode="after")
    def _check_months(self) -> TariffEdition:
        months = sorted(month for season in self.season for month in season.months)
        if months != list(range(1, 13)):
            raise ValueError(f"edition {self.id}: each month needs exactly one season, these are given: {months}")
        return self


class Exempt(Table):
    """An enterprise that buys directly on the market, from a day on."""

    enterprise: Text
    valid_from: date
    source: Text


class TariffTable(Table):
    """config/policy/tariffs.toml"""

    edition: Annotated[tuple[TariffEdition, ...], Field(min_length=1)]
    exempt: tuple[Exempt, ...] = ()

    @model_validator(mode="after")
    def _check_dates(self) -> TariffTable:
        dates = [edition.valid_from for edition in self.edition]
        if dates != sorted(set(dates)):
            raise ValueError("editions must stand in order of valid_from, each day once")
        return self

    def on(self, day: date) -> TariffEdition | None:
        """The edition in force on ``day``; None before the first."""
        valid = [edition for edition in self.edition if edition.valid_from <= day]
        return valid[-1] if valid else None

    def exempt_on(self, enterprise: str, day: date) -> Exempt | None:
        found = [e for e in self.exempt if e.enterprise == enterprise and e.valid_from <= day]
        return found[-1] if found else None

    def bands(self, day: date, calendar: Calendar, *, step_s: int) -> list[int] | None:
        """The band of each step of a day; None before the first edition. A step takes the band it begins in."""
        edition = self.on(day)
        if edition is None:
            return None
        minutes = [int(Band.FLAT)] * MINUTES
        season = next(season for season in edition.season if day.month in season.months)
        hours: list[BandHours] = [season]
        hours += [h for h in edition.holiday if holiday_applies(h, day, calendar)]
        for each in hours:
            for band, begin, end in each.spans():
                minutes[begin:end] = [int(band)] * (end - begin)
        return [minutes[second // 60] for second in range(0, MINUTES * 60, step_s)]


def holiday_applies(hours: HolidayHours, day: date, calendar: Calendar) -> bool:
    name = calendar.day(day).name
    if name not in hours.names or calendar.kind(day) is not DayKind.HOLIDAY:
        return False
    if not hours.first_days:
        return True
    earlier = 0
    while earlier < hours.first_days:
        before = calendar.day(day - timedelta(days=earlier + 1))
        if before.kind is not DayKind.HOLIDAY or before.name != name:
            break
        earlier += 1
    return earlier < hours.first_days
