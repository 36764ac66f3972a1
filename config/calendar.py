"""The working calendar: public holidays and make-up workdays (调休), with overrides from configuration.

The days of a year are announced in the autumn before. A year nobody has announced is a normal case: its days are judged
by the weekday alone, and every answer says whether it was announced.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache
from typing import Annotated

import chinese_calendar
from pydantic import Field, model_validator

from config.policy_table import Table


class DayKind(StrEnum):
    WORKDAY = "workday"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    MAKEUP = "makeup"  # a Saturday or Sunday that is worked

    @property
    def works(self) -> bool:
        return self in (DayKind.WORKDAY, DayKind.MAKEUP)


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """announced : whether the year's holidays were known, or the weekday alone decided; name : of the holiday"""

    day: date
    kind: DayKind
    announced: bool
    name: str = ""


class DayOverride(Table):
    date: date
    kind: DayKind
    name: str = ""
    source: Annotated[str, Field(min_length=1)]


class AnnouncedYear(Table):
    year: Annotated[int, Field(ge=1900, le=2200)]
    source: Annotated[str, Field(min_length=1)]


class CalendarTable(Table):
    """config/policy/calendar.toml"""

    day: tuple[DayOverride, ...] = ()
    announced: tuple[AnnouncedYear, ...] = ()

    @model_validator(mode="after")
    def _check_days(self) -> CalendarTable:
        days = [override.date for override in self.day]
        twice = sorted({d.isoformat() for d in days if days.count(d) > 1})
        if twice:
            raise ValueError(f"these days are given twice: {', '.join(twice)}")
        return self


def _by_weekday(day: date) -> DayKind:
    return DayKind.WEEKEND if day.weekday() >= 5 else DayKind.WORKDAY


@lru_cache(maxsize=4096)
def _published(day: date) -> CalendarDay | None:
    """What the calendar package says; None for a year it does not know."""
    try:
        free, name = chinese_calendar.get_holiday_detail(day)
    except NotImplementedError:
        return None
    if free:
        return CalendarDay(day, DayKind.HOLIDAY if name else DayKind.WEEKEND, announced=True, name=name or "")
    kind = DayKind.MAKEUP if day.weekday() >= 5 else DayKind.WORKDAY
    return CalendarDay(day, kind, announced=True, name=name or "")


class Calendar:
    """Answers for any day of any year; immutable."""

    def __init__(self, table: CalendarTable | None = None) -> None:
        table = table or CalendarTable()
        self._overrides: Mapping[date, DayOverride] = {override.date: override for override in table.day}
        self._announced = frozenset(year.year for year in table.announced)

    def day(self, day: date) -> CalendarDay:
        override = self._overrides.get(day)
        if override is not None:
            return CalendarDay(day, override.kind, announced=True, name=override.name)
        published = _published(day)
        if published is not None:
            return published
        return CalendarDay(day, _by_weekday(day), announced=day.year in self._announced)

    def kind(self, day: date) -> DayKind:
        return self.day(day).kind

    def works(self, day: date) -> bool:
        return self.kind(day).works

    def announced(self, year: int) -> bool:
        """Whether the year's holidays are known, from the package or from configuration."""
        return year in self._announced or _published(date(year, 1, 1)) is not None
