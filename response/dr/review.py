"""复盘: a day with its events side by side, to be scrubbed and exported: what was drawn, done and saved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

import numpy as np

from domain.arrays import FloatArray, IntArray
from domain.dr import DrEvent
from domain.dr_states import EventState
from domain.instants import BLOCK_MS, day_span
from domain.people import Principal
from domain.report import Chart, ChartKind, Column, Document, Facts, Quantity, Series, Table, chinese
from domain.scopes import MONITORED, Scope
from monitor.frozen_inputs import unpacked
from monitor.questions import LoadQuestions
from response.dr import papers, words
from response.dr.ports import Notices
from response.reports.marks import readers_copy
from storage.ledger_ports import Ledger

#: Half width of a band that holds four of five, in standard deviations.
BAND_80 = 1.2816


KINDS_ZH = {"step": "步骤", "notice": "通知", "reply": "答复", "alert": "告警"}


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that happened. what : ``step``, ``notice``, ``reply`` or ``alert``; text : 中文 / English"""

    at_ms: int
    what: str
    event: str
    who: str
    text: str


@dataclass(frozen=True, slots=True)
class Review:
    """ts_ms : block starts of the day; load_kw measured, reduction_kw by events, None = not known [kW]

    band_kw : half width of the 80 % band of restored load, from the scatter of the sample days
    peak_kw, peak_ms : measured; restored_peak_kw : without measures the peak would have been this, low...high its band
    """

    day: date
    scope: str
    ts_ms: tuple[int, ...]
    load_kw: tuple[float | None, ...]
    reduction_kw: tuple[float, ...]
    band_kw: tuple[float, ...]
    peak_kw: float | None
    peak_ms: int | None
    restored_peak_kw: float | None
    restored_low_kw: float | None
    restored_high_kw: float | None
    restored_peak_ms: int | None
    coverage: float
    moments: tuple[Moment, ...]

    @property
    def text(self) -> str:
        if self.restored_peak_kw is None or self.peak_kw is None:
            return "负荷数据不足 / insufficient data"
        low, high = self.restored_low_kw or 0.0, self.restored_high_kw or 0.0
        return (
            f"如无措施，最高负荷约 {self.restored_peak_kw:,.0f} kW（{low:,.0f}~{high:,.0f}），"
            f"实际 {self.peak_kw:,.0f} kW / "
            f"without measures the peak would have been {self.restored_peak_kw:,.0f} kW ({low:,.0f} to {high:,.0f}); "
            f"it was {self.peak_kw:,.0f} kW"
        )


class ReviewDesk:
    def __init__(
        self, ledger: Ledger, questions: LoadQuestions, notices: Notices, district: str, zone: ZoneInfo
    ) -> None:
        self._ledger = ledger
        self._questions = questions
        self._notices = notices
        self._district = district
        self._zone = zone

    def review(self, principal: Principal, day: date, scope: Scope = MONITORED) -> Review:
        """Raises Forbidden, Unavailable."""
        principal.require_staff()
        span = day_span(day, self._zone)
        curve = self._questions.curve(principal, scope, span)
        events = [
            event
            for event in self._ledger.dr.events_between(span.start_ms, span.end_ms)
            if event.state not in (EventState.DRAFT,)
        ]
        load = curve.demand_kw
        reduction = np.zeros(len(load)) if curve.reduction_kw is None else np.nan_to_num(curve.reduction_kw)
        band = BAND_80 * np.sqrt(self._variance(events, curve.ts_ms))
        restored = load + reduction
        known = ~np.isnan(load)
        at = int(np.nanargmax(load)) if known.any() else None
        top = int(np.nanargmax(restored)) if known.any() else None
        return Review(
            day=day,
            scope=str(scope),
            ts_ms=tuple(curve.ts_ms.tolist()),
            load_kw=tuple(None if np.isnan(v) else float(v) for v in load),
            reduction_kw=tuple(reduction.tolist()),
            band_kw=tuple(band.tolist()),
            peak_kw=None if at is None else float(load[at]),
            peak_ms=None if at is None else int(curve.ts_ms[at]),
            restored_peak_kw=None if top is None else float(restored[top]),
            restored_low_kw=None if top is None else float(restored[top] - band[top]),
            restored_high_kw=None if top is None else float(restored[top] + band[top]),
            restored_peak_ms=None if top is None else int(curve.ts_ms[top]),
            coverage=float(known.mean()) if len(known) else 0.0,
            moments=tuple(sorted(self._moments(principal, events), key=lambda each: each.at_ms)),
        )

    def paper(self, principal: Principal, day: date, scope: Scope = MONITORED) -> Document:
        """The same as a document for Word and Excel."""
        found = self.review(principal, day, scope)
        labels = tuple(words.clock(ms, self._zone)[-5:] for ms in found.ts_ms)
        restored = tuple(
            None if load is None else load + cut for load, cut in zip(found.load_kw, found.reduction_kw, strict=True)
        )
        series = (Series("实际负荷", found.load_kw), Series("还原负荷", restored))
        rows = tuple(
            (label, *values) for label, *values in zip(labels, found.load_kw, found.reduction_kw, restored, strict=True)
        )
        number = papers.NUMBER
        columns = (
            Column("时刻"),
            Column("实际负荷", "kW", number, 0),
            Column("压降", "kW", number, 0),
            Column("还原负荷", "kW", number, 0),
        )
        events = tuple(
            (words.clock(m.at_ms, self._zone), KINDS_ZH[m.what], m.event, words.actor(m.who), chinese(m.text))
            for m in found.moments
        )
        drill = any(event.drill for event in self._events_of(day))
        paper = Document(
            title=f"{self._district}需求响应复盘",
            subtitle=f"{day.isoformat()}　{'全区监测企业' if scope == MONITORED else found.scope}",
            blocks=(
                Facts((("结论", chinese(found.text)), ("数据完整", Quantity(found.coverage, 1, percent=True)))),
                Chart("负荷", ChartKind.LINE, labels, series, "kW"),
                Table("过程", tuple(Column(t) for t in ("时间", "类别", "事件", "对象", "内容")), events),
                Table("96 点", columns, rows, note="还原负荷 = 实际负荷 + 压降；区间由样本日离散程度估计（80%）。"),
            ),
            made_at=papers.made(found.ts_ms[-1] + BLOCK_MS, self._zone),
            version="复盘",
            drill=drill,
            source_note="15 分钟实测负荷、台账中的压降量和事件记录。",
        )
        return readers_copy(paper, principal, self._ledger.registry.registry(), self._zone)

    def _events_of(self, day: date) -> list[DrEvent]:
        span = day_span(day, self._zone)
        return self._ledger.dr.events_between(span.start_ms, span.end_ms)

    def _variance(self, events: Sequence[DrEvent], ts_ms: IntArray) -> FloatArray:
        """Of the sum of the baselines: a new day scatters about the mean of n sample days by s^2 (1 + 1/n)."""
        total = np.zeros(len(ts_ms))
        for event in events:
            taking = {each.enterprise for each in event.taking_part()}
            inside = (ts_ms >= event.start_ms) & (ts_ms < event.end_ms)
            for each in self._ledger.dr.baselines(event.id):
                if each.enterprise not in taking or len(each.sample_days) < 2:
                    continue
                inputs = unpacked(each.inputs)
                chosen = [row for day, row in zip(inputs.days, inputs.load_kw, strict=True) if day in each.sample_days]
                window = np.array(
                    [[np.nan if v is None else v for v in row[inputs.first_block : inputs.end_block]] for row in chosen]
                )
                spread = np.nan_to_num(np.nanvar(window, axis=0, ddof=1)) * (1 + 1 / len(chosen))
                count = min(int(inside.sum()), len(spread))
                total[np.flatnonzero(inside)[:count]] += spread[:count]
        return total

    def _moments(self, principal: Principal, events: Sequence[DrEvent]) -> list[Moment]:
        found = []
        for event in events:
            for step in self._ledger.dr.steps(event.id):
                note, said = (f"：{words.step_note(step)}", f": {step.note}") if step.note else ("", "")
                text = f"{words.MOVES_ZH[step.move]} → {words.STATES_ZH[step.after]}{note} / "
                text += f"{step.move} → {step.after}{said}"
                found.append(Moment(step.at_ms, "step", event.id, step.actor, text))
            for reply in self._notices.replies(principal, event.source):
                marks = f" ({', '.join(reply.marks)})" if reply.marks else ""
                told = f"{'' if reply.power_kw is None else words.kw(reply.power_kw)} {reply.reason}{marks}".rstrip()
                text = f"{words.ANSWERS_ZH[reply.answer]} {told} / {reply.answer} {told}"
                found.append(Moment(reply.at_ms, "reply", event.id, str(reply.enterprise_id or reply.actor), text))
        return found
