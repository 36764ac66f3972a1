"""A scope now, against its quota, its record and the reference gap levels."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from analytics.levels import gap_level
from config.policy import Policy
from domain.instants import BLOCK_MS, BLOCK_S, day_span, from_ms, local_date, to_ms
from domain.references import Quota, ReferenceKind
from domain.scopes import DISTRICT, Scope
from domain.series import Figure
from monitor.answers import CurrentLoad
from monitor.block_rows import OK
from monitor.demand_reader import DemandReader
from monitor.live import MeterState, ScopeLoad
from monitor.restored import Reductions
from storage.ledger_ports import ReferenceLedger

#: The day's maximum is read again after so many real seconds, besides whenever another block has ended.
MAXIMUM_AGE_S = 5.0
#: A judged minute older than this is not "now".
STALE = timedelta(minutes=5)
MOST_KEPT = 1_000
BLOCK, MINUTE = timedelta(seconds=BLOCK_S), timedelta(minutes=1)
Maximum = tuple[Figure, datetime | None]
NO_SERIES = "没有区域关口表，无全区序列 / no boundary meter, so there is no district series"
NOTHING_DUE = "该范围没有实时计量点 / no real-time meter belongs to this scope"
NOTHING_HEARD = "还没有收到数据 / nothing has been heard yet"
HELD = "{share:.0%}负荷沿用小时表上一读数，为估算 / {share:.0%} of it is the last value of hourly meters: an estimate"
NO_BLOCK = "今日尚无完整实测时段 / no block of today is complete and measured yet"


def too_little(coverage: float, minimum: float) -> str:
    return f"覆盖率{coverage:.0%}，低于{minimum:.0%} / coverage {coverage:.0%}, {minimum:.0%} is needed"


def quota_at(quota: Quota | None, instant: datetime, zone: ZoneInfo) -> float | None:
    """Quota of the block an instant lies in [kW]."""
    local = instant.astimezone(zone)
    return None if quota is None else quota.points_kw[(local.hour * 3600 + local.minute * 60) // BLOCK_S]


@dataclass(frozen=True, slots=True)
class _Gap:
    gap_kw: float | None
    ratio: float | None
    level: str


class CurrentDesk:
    """Puts the answer together; the loads come from the engine or from the store."""

    def __init__(
        self,
        references: ReferenceLedger,
        reader: DemandReader,
        policy: Policy,
        reductions: Reductions | None,
        zone: ZoneInfo,
        *,
        minimum_coverage: float,
    ) -> None:
        self._references = references
        self._reader = reader
        self._policy = policy
        self._reductions = reductions
        self._zone = zone
        self._minimum = minimum_coverage
        self._maxima: dict[Scope, tuple[int, float, Maximum]] = {}

    def answer(
        self,
        scope: Scope,
        now: datetime,
        load: ScopeLoad | None,
        members: list[MeterState],
        *,
        expected: int,
        share: float | None,
    ) -> CurrentLoad:
        """members : states of the scope's meters; expected : how many should be heard; share : monitored of district"""
        heard = any(state.last_ts is not None for state in members)
        if not heard:
            load = None
        day = local_date(now, self._zone)
        instant = now if load is None else load.minute
        quota = self._references.quota(scope, local_date(instant, self._zone))
        quota_kw = quota_at(quota, instant, self._zone)
        record = self._references.reference(scope, ReferenceKind.RECORD, day)
        last_year = self._references.reference(scope, ReferenceKind.LAST_YEAR_MAXIMUM, day)
        official = self._references.official_level(day)
        maximum, maximum_at = self._maximum(scope, now)
        gap = self._gap(scope, load, quota_kw, day)
        reason = NOTHING_HEARD if expected else NO_SERIES if scope == DISTRICT and not members else NOTHING_DUE
        return CurrentLoad(
            scope=scope,
            as_of=None if load is None else load.minute,
            stale=load is None or load.coverage == 0 or now - load.minute > STALE,
            instantaneous_kw=_instantaneous(load, reason),
            sliding_demand_kw=self._sliding(load, reason, day),
            estimate_kw=None if load is None else load.estimate_kw,
            estimate_low_kw=None if load is None else load.estimate_low_kw,
            estimate_high_kw=None if load is None else load.estimate_high_kw,
            projection=None if load is None else load.projection,
            today_maximum_kw=maximum,
            today_maximum_at=maximum_at,
            quota_kw=quota_kw,
            quota_source="" if quota is None else quota.source,
            record_kw=None if record is None else record.value_kw,
            record_source="" if record is None else record.source,
            last_year_maximum_kw=None if last_year is None else last_year.value_kw,
            gap_kw=gap.gap_kw,
            gap_ratio=gap.ratio,
            gap_level=gap.level,
            official_level="" if official is None else official.level,
            official_document="" if official is None else official.document,
            silent_meters=tuple(state.meter for state in members if state.silent_s is not None),
            expected_meters=expected,
            monitored_share=share,
        )

    def _sliding(self, load: ScopeLoad | None, reason: str, day: date) -> Figure:
        if load is None:
            return Figure(None, 0.0, reason)
        if load.coverage < self._minimum - 1e-9:
            return Figure(None, load.coverage, too_little(load.coverage, self._minimum))
        if load.coarse_share > self._policy.alerts.on(day).coarse.share and not _is_told(load):
            return Figure(load.measured_kw, load.coverage, HELD.format(share=load.coarse_share), estimated=True)
        return Figure(load.measured_kw, load.coverage)

    def _maximum(self, scope: Scope, now: datetime) -> Maximum:
        """The highest complete measured block of today so far; the store is not asked anew for every open page."""
        block, read_at = to_ms(now) // BLOCK_MS, time.monotonic()
        kept = self._maxima.get(scope)
        if kept is not None and kept[0] == block and read_at - kept[1] < MAXIMUM_AGE_S:
            return kept[2]
        found = self._read_maximum(scope, now)
        if len(self._maxima) >= MOST_KEPT:
            self._maxima.clear()
        self._maxima[scope] = (block, read_at, found)
        return found

    def _read_maximum(self, scope: Scope, now: datetime) -> Maximum:
        today = day_span(local_date(now, self._zone), self._zone)
        grid = self._reader.grid((scope,), today, until_ms=to_ms(now))
        ended = grid.ts_ms + BLOCK_S * 1000 <= to_ms(now)
        usable = (grid.quality[0] == OK) & ended
        coverage = float(usable.sum() / max(int(ended.sum()), 1))
        if not usable.any():
            return Figure(None, coverage, NO_BLOCK), None
        at = int(np.nanargmax(np.where(usable, grid.demand_kw[0], np.nan)))
        return Figure(float(grid.demand_kw[0, at]), coverage), from_ms(int(grid.ts_ms[at]))

    def _gap(self, scope: Scope, load: ScopeLoad | None, quota_kw: float | None, day: date) -> _Gap:
        """Restored load less quota, over the expected maximum of the period: a reference calculation (测算参考)."""
        load_kw = None if load is None else load.sliding_kw if load.sliding_kw is not None else load.estimate_kw
        if load is None or load_kw is None or quota_kw is None:
            return _Gap(None, None, "")
        reduction_kw = 0.0 if self._reductions is None else self._reductions.reduction_kw(scope, load.minute)
        gap_kw = load_kw + reduction_kw - quota_kw
        expected = self._references.reference(scope, ReferenceKind.EXPECTED_MAXIMUM, day)
        if expected is None:
            return _Gap(gap_kw, None, "")
        ratio = gap_kw / expected.value_kw
        level = gap_level(ratio, self._policy.gap_levels.on(day))
        return _Gap(gap_kw, ratio, "" if level is None else level.name)


def _is_told(load: ScopeLoad) -> bool:
    """Whether the last fifteen minutes are a quarter that all meters have told."""
    return bool(load.told) and load.told[-1].minute + BLOCK == load.minute + MINUTE


def _instantaneous(load: ScopeLoad | None, reason: str) -> Figure:
    if load is None or load.instantaneous_kw is None:
        return Figure(None, 0.0, reason if load is None else NOTHING_HEARD)
    return Figure(load.instantaneous_kw, load.coverage)
