"""Progress on the five-year path and on the year's task, and the level of the 晴雨表."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from config.energy_targets import EnergyTargetTable, Indicator, LevelEdition, ProgressLevel, TargetPath
from domain.errors import InsufficientData
from domain.series import Figure

#: Change of the indicator in a year against the year before, over the months January to the given one.
YearChange = Callable[[int, int], Figure]


@dataclass(frozen=True, slots=True)
class Track:
    """One account of the indicator: in full, or assessed (考核口径).

    years : (year, change against the year before), the last one year to date
    task_share : decline of the year so far over the year's task; achieved : cumulative decline since the base year
    share : achieved / scheduled (进度); level : the worse of both, None where neither is known
    """

    years: tuple[tuple[int, Figure], ...]
    task_share: Figure
    achieved: Figure
    share: Figure
    task_level: ProgressLevel | None
    path_level: ProgressLevel | None
    level: ProgressLevel | None


@dataclass(frozen=True, slots=True)
class TargetProgress:
    """month : the last of the year to date; path None = no five-year target holds, ``no_target`` says so

    yearly : decline asked of this year; scheduled : cumulative by the year's end; full, assessed : see Track
    consumption_growth : of the year to date, in full; levels_source : where the cuts of the levels come from
    """

    indicator: Indicator
    subject: str
    month: date
    path: TargetPath | None
    no_target: str
    yearly: float | None
    yearly_source: str
    scheduled: float | None
    full: Track
    assessed: Track
    consumption_growth: Figure
    levels_source: str


@dataclass(frozen=True, slots=True)
class Asked:
    """What the tables ask of a year."""

    path: TargetPath | None
    no_target: str
    yearly: float | None
    source: str
    levels: LevelEdition

    @property
    def base_year(self) -> int | None:
        return None if self.path is None else self.path.base_year


def asked_of(table: EnergyTargetTable, indicator: Indicator, month: date) -> Asked:
    path, yearly, source, no_target = None, None, "", ""
    try:
        path = table.path_of(indicator, month.year)
    except InsufficientData as error:
        no_target = error.reason
    try:
        yearly, source = table.task_of(indicator, month.year)
    except InsufficientData as error:
        no_target = error.reason
    return Asked(path, no_target, yearly, source, table.levels(month))


def track(asked: Asked, month: date, change: YearChange) -> Track:
    """change : asked for the years since the path began; full years but the last, which is to date"""
    first = month.year if asked.path is None else asked.path.base_year + 1
    years = tuple((y, change(y, month.month if y == month.year else 12)) for y in range(first, month.year + 1))
    now = years[-1][1]
    task_share = _over(Figure(None if now.value is None else -now.value, now.coverage, now.reason), asked.yearly, asked)
    achieved = _achieved(years) if asked.path is not None else Figure(None, 0.0, asked.no_target)
    share = _over(achieved, None if asked.path is None else asked.path.scheduled(month.year), asked)
    rising = now.value is not None and now.value > 0
    task_level, path_level = (_level(asked, each, rising=rising) for each in (task_share, share))
    known = [each for each in (task_level, path_level) if each is not None]
    return Track(
        years=years,
        task_share=task_share,
        achieved=achieved,
        share=share,
        task_level=task_level,
        path_level=path_level,
        level=min(known, key=lambda each: each.number, default=None),
    )


def _achieved(years: tuple[tuple[int, Figure], ...]) -> Figure:
    """Years chained: 1 - (1 + d1)(1 + d2)... Each year is compared within its own scope (同口径)."""
    left, coverage = 1.0, 1.0
    for year, figure in years:
        coverage = min(coverage, figure.coverage)
        if figure.value is None:
            return Figure(None, coverage, f"{year}年: {figure.reason}")
        left *= 1 + figure.value
    return Figure(1 - left, coverage)


def _over(part: Figure, whole: float | None, asked: Asked) -> Figure:
    if part.value is None:
        return part
    if whole is None or whole <= 0:
        return Figure(None, part.coverage, asked.no_target)
    return Figure(part.value / whole, part.coverage)


def _level(asked: Asked, share: Figure, *, rising: bool) -> ProgressLevel | None:
    return None if share.value is None else asked.levels.of(share.value, rising=rising)
