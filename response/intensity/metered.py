"""Electricity by month, from meters, and what it stands on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

import numpy as np

from domain.instants import day_span
from domain.months import last_day, next_month
from domain.people import Principal
from domain.scopes import Scope
from monitor.load_history import LoadHistories, LoadHistory

SECONDS_PER_HOUR = 3600
SECONDS_PER_DAY = 86_400
#: A month's energy is told from this share of its blocks; the rest are filled with the month's mean of the same block.
MINIMUM_COVERAGE = 0.98
#: So many months are named in one sentence.
MOST_NAMED = 6


@dataclass(frozen=True, slots=True)
class MeteredMonth:
    """Electricity of a scope in one month.

    kwh : of the whole month, None = too little of it was measured
    measured_days : what its complete measured blocks come to, of ``days``
    revision : the newest of its blocks' figures, 1 = never corrected, 0 = there are none; read_at : when it was read
    """

    kwh: float | None
    measured_days: float
    days: float
    revision: int
    read_at: datetime

    @property
    def whole(self) -> bool:
        return self.measured_days == self.days


MeteredMonths = Mapping[tuple[Scope, date], MeteredMonth]


def metered_months(
    histories: LoadHistories, principal: Principal, wanted: Mapping[date, Sequence[Scope]], zone: ZoneInfo
) -> dict[tuple[Scope, date], MeteredMonth]:
    """Every month and scope wanted of it. Raises Unavailable.

    A month at a time: a year of a large district would not fit into memory.
    """
    found: dict[tuple[Scope, date], MeteredMonth] = {}
    for month, scopes in wanted.items():
        if not scopes:
            continue
        history = histories.history(principal, scopes, month, last_day(month))
        start = day_span(month, zone).start_ms
        months = _of(history, start, day_span(next_month(month), zone).start_ms)
        found |= {(scope, month): each for scope, each in zip(scopes, months, strict=True)}
    return found


class MeteredOnce:
    """Each month of a scope is read once, for work that asks often and is to see one state of the readings."""

    def __init__(self) -> None:
        self._known: dict[tuple[Principal, Scope, date], MeteredMonth] = {}

    def months(
        self, histories: LoadHistories, principal: Principal, wanted: Mapping[date, Sequence[Scope]], zone: ZoneInfo
    ) -> dict[tuple[Scope, date], MeteredMonth]:
        """As ``metered_months``."""
        known = self._known
        new = {month: [s for s in scopes if (principal, s, month) not in known] for month, scopes in wanted.items()}
        read = metered_months(histories, principal, new, zone)
        known |= {(principal, *place): each for place, each in read.items()}
        asked = ((scope, month) for month, scopes in wanted.items() for scope in scopes)
        return {place: known[principal, *place] for place in asked}


def kwh_of(found: MeteredMonths) -> dict[tuple[Scope, date], float]:
    """Of the months that were measured well enough [kWh]"""
    return {place: each.kwh for place, each in found.items() if each.kwh is not None}


def told(found: MeteredMonths, zone: ZoneInfo) -> str:
    """When the meters were read, how far they reach and how new they are, 中文 / English; empty where none was asked.

    Months with gaps are named with the days that were measured.
    """
    if not found:
        return ""
    read = min(each.read_at for each in found.values()).astimezone(zone)
    taken = {place: each for place, each in found.items() if each.kwh is not None}
    filled = [place for place, each in taken.items() if not each.whole]
    short = [place for place, each in found.items() if each.kwh is None and each.measured_days]
    none = sum(not each.measured_days for each in found.values())
    newest = max((each.revision for each in taken.values()), default=0)
    chinese, english = [f"{len(taken)}户月取自计量"], [f"{len(taken)} enterprise-months from meters"]
    if taken:
        chinese.append(f"读数最新修订{newest}")
        english.append(f"newest revision of the readings {newest}")
    if filled:
        chinese.append(f"缺数按全月折算：{_named(filled, found, '天', '、', '等共{}户月')}")
        english.append(
            f"with gaps, scaled to the month: {_named(filled, found, ' days', ', ', ' and others, {} in all')}"
        )
    if short:
        chinese.append(f"计量不足{MINIMUM_COVERAGE:.0%}未采用：{_named(short, found, '天', '、', '等共{}户月')}")
        english.append(
            f"below {MINIMUM_COVERAGE:.0%}, not taken: {_named(short, found, ' days', ', ', ' and others, {} in all')}"
        )
    if none:
        chinese.append(f"另有{none}户月无计量数据")
        english.append(f"{none} enterprise-months without any reading")
    at = f"{read:%Y-%m-%d %H:%M}"
    return f"{'；'.join(chinese)}（{at}读取） / {'; '.join(english)} (read {at})"


def _named(places: Iterable[tuple[Scope, date]], found: MeteredMonths, unit: str, comma: str, more: str) -> str:
    chosen = sorted(places, key=lambda place: (place[1], place[0].id))
    named = [
        f"{scope.id} {month:%Y-%m} {each.measured_days:.1f}/{each.days:.0f}{unit}"
        for scope, month in chosen[:MOST_NAMED]
        for each in [found[scope, month]]
    ]
    return comma.join(named) + (more.format(len(chosen)) if len(chosen) > MOST_NAMED else "")


def _of(history: LoadHistory, start_ms: int, end_ms: int) -> list[MeteredMonth]:
    """Of the blocks in [start, end), scaled to all of them."""
    inside = (history.ts_ms >= start_ms) & (history.ts_ms < end_ms)
    load, blocks = history.demand_kw[:, inside], max(int(inside.sum()), 1)
    known = ~np.isnan(load)
    count = known.sum(axis=1)
    total_kwh = np.where(known, load, 0.0).sum(axis=1) * history.step_s / SECONDS_PER_HOUR
    revision = history.revision[:, inside].max(axis=1, initial=0, where=known)
    days = blocks * history.step_s / SECONDS_PER_DAY
    return [
        MeteredMonth(
            kwh=float(total_kwh[i]) / share if (share := int(count[i]) / blocks) >= MINIMUM_COVERAGE else None,
            measured_days=int(count[i]) * history.step_s / SECONDS_PER_DAY,
            days=days,
            revision=int(revision[i]),
            read_at=history.read_at,
        )
        for i in range(len(load))
    ]
