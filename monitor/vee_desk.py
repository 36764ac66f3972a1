"""The VEE desk: what people ask and decide about readings. Every change has a reason, an actor and an undo."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

import numpy as np

from domain.arrays import FloatArray, IntArray, TextArray
from domain.clock import Clock
from domain.errors import Conflict, Invalid, NotFound
from domain.ids import MeterId
from domain.instants import Span, day_span, from_ms, local_date
from domain.people import Principal
from domain.quality import Quality
from domain.readings import POWER
from domain.runs import Outcome, Progress
from domain.scopes import meter_scope
from domain.vee import VeeFlag, VeeRow
from monitor.access import require, visible_meters
from monitor.meter_exchange import MOST_EDITED, ExchangeDesk
from monitor.runs import digest_of
from monitor.vee_run import VeeReport, VeeRunner, write_change
from storage.effective import overlay
from storage.ledger_ports import Ledger
from storage.page import Page
from storage.ports import ReadingStore
from storage.vee_ports import FlagRow, VeeChange

LONGEST_DAYS = 62
ACTIONS = ("set", "scale", "accept", "exclude")
NAN = float("nan")


@dataclass(frozen=True, slots=True, eq=False)
class VeeDay:
    """One meter's day by its own interval, shape (t,) each; NaN = none [kW].

    raw_kw, raw_quality : as received; effective_kw, quality : as counted; flag, rule, revision, actor : of the newest
    revision, empty and 0 where there is none
    """

    meter: str
    day: date
    step_s: int
    ts_ms: IntArray
    raw_kw: FloatArray
    raw_quality: TextArray
    effective_kw: FloatArray
    quality: TextArray
    flag: TextArray
    rule: TextArray
    revision: IntArray
    actor: TextArray


@dataclass(frozen=True, slots=True)
class Edit:
    """What a person decides of a meter's intervals that begin in the span.

    action : set (value_kw for each), scale (raw x factor), accept (raw counts), exclude (raw does not count)
    """

    meter: str
    span: Span
    action: str
    reason: str
    value: float | None = None


class VeeDesk:
    def __init__(self, store: ReadingStore, ledger: Ledger, clock: Clock, zone: ZoneInfo, runner: VeeRunner) -> None:
        self._store = store
        self._ledger = ledger
        self._clock = clock
        self._zone = zone
        self._runner = runner
        self.exchanges = ExchangeDesk(ledger, clock, zone, runner, self._scaled, self.undo)

    # -- questions

    def day(self, principal: Principal, meter: str, day: date) -> VeeDay:
        registry = self._ledger.registry.registry()
        require(principal, meter_scope(meter), registry, day)
        version = registry.view(day).meter(meter)
        span = day_span(day, self._zone)
        ts_ms = span.grid_ms(version.interval_s)
        raw, vee = self._store.read([meter], span), self._store.read_vee([meter], span)
        effective = overlay(raw, vee)
        n = len(ts_ms)
        found = VeeDay(
            meter, day, version.interval_s, ts_ms, np.full(n, NAN), _texts(n), np.full(n, NAN), _texts(n), _texts(n),
            _texts(n), np.zeros(n, dtype=np.int64), _texts(n),
        )  # fmt: skip
        for rows, power, quality in (
            (raw, found.raw_kw, found.raw_quality),
            (effective, found.effective_kw, found.quality),
        ):
            at, on = _places(rows.ts_ms, ts_ms)
            on &= ~np.isnan(rows.values[:, POWER])
            power[at[on]] = rows.values[on, POWER]
            quality[at[on]] = [Quality(int(q)).text for q in rows.quality[on]]
        at, on = _places(vee.ts_ms, ts_ms)
        found.flag[at[on]], found.rule[at[on]], found.actor[at[on]] = vee.flag[on], vee.rule[on], vee.actor[on]
        found.revision[at[on]] = vee.revision[on]
        return found

    def flags(
        self,
        principal: Principal,
        span: Span,
        *,
        meter: str | None = None,
        rule: str | None = None,
        open_only: bool = False,
        cursor: str | None = None,
        limit: int = 100,
    ) -> Page[FlagRow]:
        registry = self._ledger.registry.registry()
        day = local_date(span.start, self._zone)
        if meter is not None:
            require(principal, meter_scope(meter), registry, day)
            meters: list[str] | None = [meter]
        else:
            meters = None if principal.sees_all() else visible_meters(principal, registry, day)
        return self._ledger.vee.flags(
            span=span, meters=meters, rule=rule, open_only=open_only, cursor=cursor, limit=limit
        )

    def changes(
        self, principal: Principal, *, meter: str | None = None, cursor: str | None = None, limit: int = 100
    ) -> Page[VeeChange]:
        principal.require_staff()
        return self._ledger.vee.changes(meter=meter, cursor=cursor, limit=limit)

    # -- decisions

    def edit(self, principal: Principal, edit: Edit) -> VeeChange:
        principal.require_write()
        days = {local_date(edit.span.start, self._zone), local_date(from_ms(edit.span.end_ms - 1), self._zone)}
        registry = self._ledger.registry.registry()
        require(principal, meter_scope(edit.meter), registry, *sorted(days))
        _check(edit)
        if edit.span.end > self._clock.now():
            raise Invalid("时段尚未结束 / the span has not ended yet")
        view = registry.view(min(days))
        ts_ms = edit.span.grid_ms(view.meter(edit.meter).interval_s)
        if not 0 < len(ts_ms) <= MOST_EDITED:
            raise Invalid(f"一次修改 1 至 {MOST_EDITED} 个时段 / a change holds 1 to {MOST_EDITED} intervals")
        rows = self._rows(principal, edit, ts_ms)
        if not rows:
            raise Invalid("该时段没有可用的原始值 / the span holds no raw value to act on")
        return self._written(principal, edit.action, edit.reason, rows)

    def undo(self, principal: Principal, change_id: int, reason: str) -> VeeChange:
        """A new revision that says what was said before. Points revised again since are left as they are."""
        principal.require_write()
        _require_reason(reason)
        change = self._ledger.vee.change(change_id)
        if change is None:
            raise NotFound(f"没有修改 {change_id} / there is no change {change_id}")
        history = self._store.read_vee(change.meters, change.span, history=True)
        earlier: dict[tuple[str, int], VeeRow] = {}
        last: dict[tuple[str, int], VeeRow] = {}
        for row in history.rows():
            key = (row.meter, row.ts_ms)
            if row.revision < change_id:
                earlier[key] = row
            last[key] = row
        rows = [self._restored(row, earlier.get(key)) for key, row in last.items() if row.revision == change_id]
        if not rows:
            raise Conflict(
                "这些时段之后又被修改过，没有可撤销的 / nothing is left to undo: all of it was changed again since"
            )
        return self._written(principal, "undo", reason, rows, undoes=change_id)

    def accept_flag(self, principal: Principal, flag_id: int, note: str) -> FlagRow:
        """The flag was looked at and the readings stand as they are."""
        principal.require_write()
        _require_reason(note)
        flag = self._ledger.vee.flag(flag_id)
        if flag is None:
            raise NotFound(f"没有标记 {flag_id} / there is no flag {flag_id}")
        return self._ledger.vee.accept_flag(principal.name, flag_id, note)

    # -- runs

    def check_run(self, principal: Principal, first: date, last: date) -> None:
        principal.require_write()
        if last < first or (last - first).days >= LONGEST_DAYS:
            raise Invalid(f"请给出 1 至 {LONGEST_DAYS} 天 / give 1 to {LONGEST_DAYS} days, the first before the last")

    def run(
        self, principal: Principal, first: date, last: date, meters: tuple[str, ...] | None, progress: Progress
    ) -> Outcome:
        """The work of ``Runs``: validation and estimation of these days."""
        self.check_run(principal, first, last)
        report = self._runner.run(principal.name, first, last, meters, told=progress.step)
        body = report_body(report)
        return Outcome(body, digest_of(repr(sorted(body.items())).encode()), digest_of(b"vee"))

    # -- inside

    def _scaled(self, principal: Principal, meter: str, span: Span, factor: float, reason: str) -> VeeChange | None:
        """None where the span holds no raw power."""
        edit = Edit(meter, span, "scale", reason, factor)
        view = self._ledger.registry.registry().view(local_date(span.start, self._zone))
        rows = self._rows(principal, edit, span.grid_ms(view.meter(MeterId(meter)).interval_s))
        return self._written(principal, edit.action, reason, rows) if rows else None

    def _rows(self, principal: Principal, edit: Edit, ts_ms: IntArray) -> list[VeeRow]:
        raw = self._store.read([edit.meter], edit.span)
        raw_kw = dict(zip(raw.ts_ms.tolist(), raw.values[:, POWER].tolist(), strict=True))
        return [row for row in (self._row(principal, edit, at, raw_kw.get(at, NAN)) for at in ts_ms.tolist()) if row]

    def _row(self, principal: Principal, edit: Edit, ts_ms: int, raw_kw: float) -> VeeRow | None:
        if edit.action != "set" and raw_kw != raw_kw:
            return None
        flag = {"accept": VeeFlag.ACCEPTED, "exclude": VeeFlag.EXCLUDED}.get(edit.action, VeeFlag.EDITED)
        given = edit.value if edit.value is not None else NAN
        value = {"set": given, "scale": raw_kw * given, "accept": raw_kw}.get(edit.action, NAN)
        at_ms = self._clock.now_ms()
        return VeeRow(edit.meter, ts_ms, 1, raw_kw, value, flag, f"manual_{edit.action}", principal.name, at_ms)

    def _restored(self, row: VeeRow, before: VeeRow | None) -> VeeRow:
        at_ms = self._clock.now_ms()
        if before is None:
            return VeeRow(row.meter, row.ts_ms, 1, row.raw_kw, NAN, VeeFlag.WITHDRAWN, "undo", row.actor, at_ms)
        return VeeRow(
            row.meter, row.ts_ms, 1, before.raw_kw, before.value_kw, before.flag, before.rule, row.actor, at_ms
        )

    def _written(
        self, principal: Principal, kind: str, reason: str, rows: list[VeeRow], *, undoes: int | None = None
    ) -> VeeChange:
        number = write_change(
            self._store,
            self._ledger,
            self._clock,
            self._zone,
            actor=principal.name,
            kind=kind,
            reason=reason,
            rows=rows,
            undoes=undoes,
        )
        change = self._ledger.vee.change(number)
        assert change is not None
        return change


def report_body(report: VeeReport) -> Mapping[str, object]:
    return {
        "change": report.change,
        "from": report.first.isoformat(),
        "to": report.last.isoformat(),
        "meters": report.meters,
        "estimated_intervals": report.estimated,
        "missing_intervals": report.missing,
        "flags": report.flags,
    }


def _check(edit: Edit) -> None:
    _require_reason(edit.reason)
    if edit.action not in ACTIONS:
        raise Invalid(f"{edit.action!r} is not one of {', '.join(ACTIONS)}")
    if edit.action in ("set", "scale"):
        if edit.value is None or not np.isfinite(edit.value):
            raise Invalid("请给出数值 / give the value")
        if edit.action == "scale" and edit.value <= 0:
            raise Invalid("系数必须大于零 / a factor is above zero")
    elif edit.value is not None:
        raise Invalid(f"{edit.action} 不需要数值 / {edit.action} takes no value")


def _require_reason(reason: str) -> None:
    if not reason.strip():
        raise Invalid("请写明原因 / a reason is required")


def _texts(n: int) -> TextArray:
    return np.full(n, "", dtype=object)


def _places(ts_ms: IntArray, grid_ms: IntArray) -> tuple[IntArray, np.ndarray[tuple[int], np.dtype[np.bool_]]]:
    at = np.searchsorted(grid_ms, ts_ms)
    on = (at < len(grid_ms)) & (grid_ms[np.minimum(at, len(grid_ms) - 1)] == ts_ms)
    return at, on
