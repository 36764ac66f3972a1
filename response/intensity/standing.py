"""How a district stands on energy intensity: its level of the 晴雨表 and who is above a standard. Worked out once a
night, kept as a result, and read by the alert rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import msgspec

from config.energy_targets import Indicator, ProgressLevel
from domain.months import Window
from domain.people import Principal
from domain.scopes import DISTRICT
from response.intensity.desk import IntensityDesk
from response.intensity.progress import TargetProgress
from storage.result_ports import ResultLedger

KIND = "intensity_standing"
NO_MONTH = "近月没有可比的区级数据 / no month of late has comparable figures of the district"


@dataclass(frozen=True, slots=True)
class IntensityStanding:
    """Year to date up to ``month``, None = no month has comparable figures.

    level : of the worse indicator, 1 = worst of three, None = not known and ``reason`` says why; label : how it is told
    above : names of enterprises above a standard of their sector; judged : how many were compared with one
    """

    month: date | None
    level: int | None
    label: str
    reason: str
    above: tuple[str, ...] = ()
    judged: int = 0


def standing(desk: IntensityDesk, principal: Principal, months: Sequence[date]) -> IntensityStanding:
    """As of the newest of ``months`` (oldest first) whose year to date is comparable with the year before."""
    newest = next((month for month in reversed(months) if _comparable(desk, principal, month)), None)
    if newest is None:
        return IntensityStanding(None, None, "", NO_MONTH)
    told = [desk.progress(principal, newest, indicator=each) for each in Indicator]
    levels = [(level, each.indicator.name_zh) for each in told for level in _levels(each)]
    worst = min(levels, key=lambda found: found[0].number, default=None)
    rows = desk.rank(principal, Window.YEAR_TO_DATE.first(newest), newest).rows
    above = [row.name for row in rows if any(each.exceeded for each in row.standards)]
    return IntensityStanding(
        month=newest,
        level=None if worst is None else worst[0].number,
        label="" if worst is None else f"{worst[1]}{worst[0].label_zh}",
        reason="" if worst is not None else told[0].no_target or told[0].full.achieved.reason,
        above=tuple(above),
        judged=sum(bool(row.standards) for row in rows),
    )


def _comparable(desk: IntensityDesk, principal: Principal, month: date) -> bool:
    scope_year = month.year if desk.scope(principal, month.year).members else None
    [district] = desk.figures(principal, Window.YEAR_TO_DATE.first(month), month, scope_year=scope_year).groups
    return any(figure.value is not None for figure in district.change.values())


def _levels(found: TargetProgress) -> list[ProgressLevel]:
    return [track.level for track in (found.full, found.assessed) if track.level is not None]


def kept_standing(results: ResultLedger) -> IntensityStanding | None:
    """What the last night found; None before the first."""
    kept = results.latest(KIND, DISTRICT.kind)
    return None if kept is None else msgspec.json.decode(kept.body, type=IntensityStanding)
