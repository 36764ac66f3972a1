"""A run of validation and estimation: flags to the ledger, estimates to ``vee``, marks of what is to be derived."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from analytics.estimation import Gap
from analytics.vee_rules import Finding, check
from config.calendar import Calendar
from config.vee_policy import VeeTable
from domain.arrays import FloatArray, IntArray
from domain.clock import Clock
from domain.ids import MeterId
from domain.instants import BLOCK_MS, HOUR_MS, MINUTE_MS, Span, day_span, days_span, from_ms, local_date
from domain.quality import Quality
from domain.readings import QUANTITIES
from domain.registry import DataClass, Meter, RegistryView
from domain.scopes import meter_scope
from domain.vee import VeeBatch, VeeFlag, VeeRow
from monitor.block_rows import OK
from monitor.vee_meter import BLOCKS, LikeDays, Made, MeterSpan, day_slices, on_steps
from monitor.vee_words import words_of
from storage.ledger_ports import Ledger
from storage.ports import ReadingStore
from storage.revision_ports import VEE, DirtyMark, marks_of
from storage.vee_ports import FlagRow

METERS_AT_ONCE = 50
#: An interval that ended less than this ago may still arrive by itself.
SETTLED_MS = HOUR_MS
DAY = timedelta(days=1)
Told = Callable[[float, str], None]


@dataclass(frozen=True, slots=True)
class VeeReport:
    """change : number of the run's revision, 0 where nothing was written; estimated, missing : intervals"""

    change: int
    first: date
    last: date
    meters: int
    estimated: int
    missing: int
    flags: int


class VeeRunner:
    def __init__(
        self,
        store: ReadingStore,
        ledger: Ledger,
        clock: Clock,
        policy: VeeTable,
        calendar: Calendar,
        zone: ZoneInfo,
        *,
        capacity_factor: float,
    ) -> None:
        self._store = store
        self._ledger = ledger
        self._clock = clock
        self._policy = policy
        self._calendar = calendar
        self._zone = zone
        self._capacity_factor = capacity_factor
        self._conflicts: dict[str, list[int]] = {}

    def run(
        self,
        actor: str,
        first: date,
        last: date,
        meters: Sequence[str] | None = None,
        *,
        told: Told = lambda _s, _n: None,
    ) -> VeeReport:
        """Days first...last. Done again it changes nothing; decisions of people stand. Raises Unavailable."""
        view = self._ledger.registry.registry().view(last)
        chosen = sorted(
            m for m, meter in view.meters.items() if meter.in_service and (meters is None or m in set(meters))
        )
        span = days_span(first, last, self._zone)
        rows: list[VeeRow] = []
        flags: list[FlagRow] = []
        missing = 0
        self._conflicts = self._held_conflicts()
        for begin in range(0, len(chosen), METERS_AT_ONCE):
            part = chosen[begin : begin + METERS_AT_ONCE]
            told(begin / max(len(chosen), 1), f"{begin} / {len(chosen)}")
            for outcome in self._meters(view, part, first, last):
                rows += outcome.rows
                flags += outcome.flags
                missing += outcome.missing
        told(1.0, f"{len(chosen)} / {len(chosen)}")
        self._ledger.vee.replace_flags(chosen, span, flags)
        change = self._write(actor, rows, first, last) if rows else 0
        return VeeReport(change, first, last, len(chosen), len(rows), missing, len(flags))

    def _write(self, actor: str, rows: list[VeeRow], first: date, last: date) -> int:
        reason = f"自动验证与估计 validation and estimation {first.isoformat()}...{last.isoformat()}"
        return write_change(
            self._store, self._ledger, self._clock, self._zone, actor=actor, kind="run", reason=reason, rows=rows
        )

    def _meters(self, view: RegistryView, part: Sequence[str], first: date, last: date) -> list[_Outcome]:
        wide = days_span(first - DAY, last + DAY, self._zone)
        raw = self._store.read(part, wide)
        back = max(self._policy.on(last).prolonged.days, 1)
        vee = self._store.read_vee(part, days_span(first - back * DAY, last + DAY, self._zone))
        exchanges = self._ledger.exchanges.exchanges(part)
        like = self._like_days(part, first, last)
        found = []
        for meter_id in part:
            meter = view.meters[MeterId(meter_id)]
            revised = vee.take(vee.meter == meter_id)
            estimated_ms = revised.ts_ms[revised.flag == VeeFlag.ESTIMATED]
            grid = MeterSpan(
                meter,
                view,
                wide,
                raw.take(raw.meter == meter_id),
                revised,
                [e for e in exchanges if e.meter == meter_id],
                capacity_factor=self._capacity_factor,
            )
            usual = {day: own[meter_id] for day, own in like.items()}
            found.append(self._judge(meter, grid, first, last, usual, estimated_ms))
        return found

    def _judge(
        self,
        meter: Meter,
        grid: MeterSpan,
        first: date,
        last: date,
        like: dict[date, LikeDays],
        estimated_ms: IntArray,
    ) -> _Outcome:
        findings: list[Finding] = []
        like_kw = np.full(len(grid.ts_ms), np.nan)
        for day, steps in day_slices(grid.ts_ms, first - DAY, last + DAY, self._zone):
            known = like[min(max(day, first), last)]
            like_kw[steps] = on_steps(known.kw, steps.stop - steps.start, grid.step_s)
            if first <= day <= last:
                findings += self._check(grid, day, steps, known, estimated_ms)
        power = grid.trusted_kw(findings)
        now_ms = self._clock.now_ms() - SETTLED_MS
        until = int(np.searchsorted(grid.ts_ms + grid.step_s * 1000, now_ms, side="right"))
        rule = self._policy.on(last).estimation
        made, gaps = grid.estimates(power, like_kw, rule, until=until)
        if meter.data_class is not DataClass.REAL_TIME:
            made, gaps = [], []
        low, high = (int(np.searchsorted(grid.ts_ms, at)) for at in self._bounds(first, last))
        flags = [_flag_of(meter.id, grid, finding) for finding in findings]
        flags += [_gap_flag(meter.id, grid, gap, method) for gap, method in gaps if low <= gap.start < high]
        by_hand = grid.by_hand()
        rows = [
            self._row(meter.id, grid, each)
            for each in made
            if low <= each.at < high and not by_hand[each.at] and not _stands(grid, each)
        ]
        left = sum(
            int((~by_hand[max(g.start, low) : min(g.end, high)]).sum())
            for g, method in gaps
            if not method and g.start < high and g.end > low
        )
        return _Outcome(rows, flags, left)

    def _bounds(self, first: date, last: date) -> tuple[int, int]:
        span = days_span(first, last, self._zone)
        return span.start_ms, span.end_ms

    def _check(self, grid: MeterSpan, day: date, steps: slice, like: LikeDays, estimated_ms: IntArray) -> list[Finding]:
        policy = self._policy.on(day)
        span = day_span(day, self._zone)
        off = int(((grid.off_grid_ms >= span.start_ms) & (grid.off_grid_ms < span.end_ms)).sum())
        before = grid.present[: steps.start].any(axis=0)
        today = grid.present[steps]
        absent = before & ~today.any(axis=0) if today.any() else np.zeros(len(QUANTITIES), dtype=np.bool_)
        known = grid.day(
            steps,
            like,
            policy,
            off_grid=off,
            absent_channels=tuple(QUANTITIES[i] for i in np.flatnonzero(absent)),
            # Different values for one interval wait in quarantine under the moment they came.
            conflicts=sum(1 for at in self._conflicts.get(grid.meter.id, ()) if span.start_ms <= at < span.end_ms),
            estimated_days=self._estimated_days(estimated_ms, day, grid.step_s),
        )
        return [
            Finding(f.rule, f.start + steps.start, f.end + steps.start, f.value, f.bound) for f in check(known, policy)
        ]

    def _held_conflicts(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for item in self._ledger.quarantine.held(reason="conflict", limit=1000).items:
            if item.meter is not None:
                found.setdefault(item.meter, []).append(round(item.at.timestamp() * 1000))
        return found

    def _estimated_days(self, estimated_ms: IntArray, day: date, step_s: int) -> int:
        """Days up to this one, without a break, of which more than the rule's share was estimated."""
        rule = self._policy.on(day).prolonged
        for back in range(rule.days):
            own = day_span(day - back * DAY, self._zone)
            share = int(((estimated_ms >= own.start_ms) & (estimated_ms < own.end_ms)).sum()) * step_s / 86_400
            if share <= rule.share:
                return back
        return rule.days

    def _row(self, meter: str, grid: MeterSpan, each: Made) -> VeeRow:
        raw = float("nan") if grid.bare else float(grid.raw_kw[each.at])
        at_ms = self._clock.now_ms()
        return VeeRow(
            meter, int(grid.ts_ms[each.at]), 1, raw, each.value_kw, VeeFlag.ESTIMATED, each.rule, "system", at_ms
        )

    def _like_days(self, part: Sequence[str], first: date, last: date) -> dict[date, dict[str, LikeDays]]:
        """Of each day: mean of its like days by quarter hour, from complete measured blocks alone."""
        rule = self._policy.on(last).estimation
        begin = first - rule.history_days * DAY
        rows = self._store.read_demand([meter_scope(m) for m in part], days_span(begin, last - DAY, self._zone))
        days = (last - begin).days + 1
        history: FloatArray = np.full((len(part), days, BLOCKS), np.nan)
        place = {meter: i for i, meter in enumerate(part)}
        starts = {begin + n * DAY: day_span(begin + n * DAY, self._zone).start_ms for n in range(days)}
        trusted = np.flatnonzero(rows.quality == OK)
        for i, ts_ms in zip(trusted.tolist(), rows.ts_ms[trusted].tolist(), strict=True):
            day = local_date(from_ms(ts_ms), self._zone)
            quarter = (ts_ms - starts[day]) // BLOCK_MS
            if quarter < BLOCKS:
                history[place[rows.scope[i].id], (day - begin).days, quarter] = rows.demand_kw[i]
        found: dict[date, dict[str, LikeDays]] = {}
        for number in range((last - first).days + 1):
            day = first + number * DAY
            works = self._calendar.works(day)
            back = [d for d in range((day - begin).days) if self._calendar.works(begin + d * DAY) == works]
            found[day] = {m: _like(history[i, back], rule.like_days) for m, i in place.items()}
        return found


def _like(days: FloatArray, most: int) -> LikeDays:
    some = days[~np.isnan(days).all(axis=1)][-most:]
    known = ~np.isnan(some)
    count = known.sum(axis=0)
    kw = np.where(count > 0, np.where(known, some, 0.0).sum(axis=0) / np.maximum(count, 1), np.nan)
    return LikeDays(np.asarray(kw), some[known.all(axis=1)].sum(axis=1) * (BLOCK_MS / HOUR_MS))


@dataclass(frozen=True, slots=True)
class _Outcome:
    rows: list[VeeRow]
    flags: list[FlagRow]
    missing: int


def _stands(grid: MeterSpan, each: Made) -> bool:
    """Whether the newest revision says the same already, of the same raw reading."""
    if grid.flag[each.at] != VeeFlag.ESTIMATED:
        return False
    same_raw = grid.bare or bool(np.isnan(grid.seen_kw[each.at]) == np.isnan(grid.raw_kw[each.at]))
    return same_raw and bool(np.isclose(grid.value_kw[each.at], each.value_kw, rtol=1e-6, atol=1e-6))


def _flag_of(meter: str, grid: MeterSpan, finding: Finding) -> FlagRow:
    text_zh, text_en = words_of(finding)
    return FlagRow(
        meter,
        finding.rule,
        int(grid.ts_ms[finding.start]),
        int(grid.ts_ms[finding.end - 1]) + grid.step_s * 1000,
        _number(finding.value),
        _number(finding.bound),
        text_zh,
        text_en,
    )


def _gap_flag(meter: str, grid: MeterSpan, gap: Gap, method: str) -> FlagRow:
    hours = (gap.end - gap.start) * grid.step_s / 3600
    untrusted = bool((~np.isnan(grid.raw_kw[gap.start : gap.end])).any())
    codes = {Quality(int(c)).text for c in np.unique(grid.quality[gap.start : gap.end]) if c}
    why_zh = f"不可信（{'、'.join(sorted(codes)) or '规则'}）" if untrusted else "缺测"
    why_en = f"distrusted ({', '.join(sorted(codes)) or 'by rule'})" if untrusted else "missing"
    done_zh = f"已估计：{method}" if method else "未估计，保持缺测"
    done_en = f"estimated by {method}" if method else "left missing"
    return FlagRow(
        meter,
        "gap",
        int(grid.ts_ms[gap.start]),
        int(grid.ts_ms[gap.end - 1]) + grid.step_s * 1000,
        hours,
        gap.total_kwh,
        f"{hours:.1f} 小时{why_zh}；{done_zh}",
        f"{hours:.1f} h {why_en}; {done_en}",
    )


def _number(value: float) -> float | None:
    return None if value != value else float(value)


def write_change(
    store: ReadingStore,
    ledger: Ledger,
    clock: Clock,
    zone: ZoneInfo,
    *,
    actor: str,
    kind: str,
    reason: str,
    rows: list[VeeRow],
    undoes: int | None = None,
) -> int:
    """Number the change, write its rows, mark what they touch, finish it; the number.

    A process that ends in between leaves the change open, and ``finish_open`` marks what it may have written.
    """
    meters = sorted({row.meter for row in rows})
    batch = VeeBatch.of(rows)
    span = Span(from_ms(int(batch.ts_ms.min())), from_ms(int(batch.ts_ms.max()) + MINUTE_MS))
    change = ledger.vee.begin(actor, kind, reason, meters, span, undoes=undoes)
    numbered = VeeBatch(
        batch.meter,
        batch.ts_ms,
        np.full(len(batch), change.id, dtype=np.int64),
        batch.raw_kw,
        batch.value_kw,
        batch.flag,
        batch.rule,
        np.full(len(batch), actor, dtype=object),
        np.full(len(batch), clock.now_ms(), dtype=np.int64),
    )
    store.write_vee(numbered)
    ledger.dirty.mark(_marks(numbered, zone))
    ledger.vee.finish(change.id, len(batch))
    return change.id


def _marks(rows: VeeBatch, zone: ZoneInfo) -> list[DirtyMark]:
    found: list[DirtyMark] = []
    for day_rows in _by_day(rows, zone):
        span = Span(from_ms(int(day_rows.ts_ms.min())), from_ms(int(day_rows.ts_ms.max()) + 1))
        found += marks_of(span, frozenset(day_rows.meter.tolist()), VEE, zone)
    return found


def _by_day(rows: VeeBatch, zone: ZoneInfo) -> list[VeeBatch]:
    parts = []
    while len(rows):
        end_ms = day_span(local_date(from_ms(int(rows.ts_ms.min())), zone), zone).end_ms
        inside = rows.ts_ms < end_ms
        parts.append(rows.take(inside))
        rows = rows.take(~inside)
    return parts


def finish_open(ledger: Ledger, zone: ZoneInfo) -> int:
    """At the start: what changes of an ended process may have written is marked to be derived again."""
    left = ledger.vee.unfinished()
    for change in left:
        ledger.dirty.mark(list(marks_of(change.span, frozenset(change.meters), VEE, zone)))
        ledger.vee.finish(change.id, change.rows)
    return len(left)
