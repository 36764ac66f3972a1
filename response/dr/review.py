"""复盘: a day with its events side by side, to be scrubbed and exported: what was drawn, done and saved."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from zoneinfo import ZoneInfo

import numpy as np

from domain.arrays import FloatArray, IntArray
from domain.dr import DrEvent
from domain.dr_states import EventState
from domain.instants import BLOCK_MS, day_span
from domain.local_days import DAY_MS
from domain.people import Principal
from domain.report import Document
from domain.scopes import Scope
from monitor.frozen_inputs import unpacked
from monitor.questions import LoadQuestions
from response.dr.ports import Notices
from response.dr.review_answer import Review
from response.dr.review_moments import Moments
from response.dr.review_paper import review_paper
from response.reports.marks import readers_copy
from response.roster import roster_of
from storage.ledger_ports import Ledger

#: Half width of a band that holds four of five, in standard deviations.
BAND_80 = 1.2816


class ReviewDesk:
    def __init__(
        self, ledger: Ledger, questions: LoadQuestions, notices: Notices, district: str, zone: ZoneInfo
    ) -> None:
        self._ledger = ledger
        self._questions = questions
        self._moments = Moments(ledger, notices, zone)
        self._district = district
        self._zone = zone

    def paper(self, principal: Principal, day: date, scope: Scope | None = None) -> Document:
        """The same as a document for Word and Excel."""
        registry = self._ledger.registry.registry()
        paper = review_paper(
            self.review(principal, day, scope), roster_of(registry.view(day)), self._district, self._zone
        )
        return readers_copy(paper, principal, registry, self._zone)

    def review(self, principal: Principal, day: date, scope: Scope | None = None) -> Review:
        """Of the whole district unless a scope is named. Raises Forbidden, Unavailable."""
        principal.require_staff()
        scope = scope or self._ledger.registry.registry().view(day).whole()
        span = day_span(day, self._zone)
        curve = self._questions.curve(principal, scope, span)
        # One that began the evening before may reach into the day.
        begun = self._ledger.dr.events_between(span.start_ms - DAY_MS, span.end_ms)
        events = [each for each in begun if each.state is not EventState.DRAFT and each.end_ms > span.start_ms]
        load = curve.demand_kw
        reduction = np.zeros(len(load)) if curve.reduction_kw is None else np.nan_to_num(curve.reduction_kw)
        band = BAND_80 * np.sqrt(self._variance(events, curve.ts_ms))
        restored = load + reduction
        known = ~np.isnan(load)
        at = int(np.nanargmax(load)) if known.any() else None
        top = int(np.nanargmax(restored)) if known.any() else None
        width = None if top is None or not band[top] else float(band[top])
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
            restored_low_kw=None if top is None or width is None else float(restored[top]) - width,
            restored_high_kw=None if top is None or width is None else float(restored[top]) + width,
            restored_peak_ms=None if top is None else int(curve.ts_ms[top]),
            coverage=float(known.mean()) if len(known) else 0.0,
            moments=self._moments.of(principal, span, events),
            drill=any(event.drill for event in events),
        )

    def _variance(self, events: Sequence[DrEvent], ts_ms: IntArray) -> FloatArray:
        """Of the sum of the baselines: a new day scatters about the mean of n sample days by s^2 (1 + 1/n)."""
        total = np.zeros(len(ts_ms))
        for event in events:
            taking = {each.member for each in event.taking_part()}
            place = (ts_ms - event.start_ms) // BLOCK_MS
            for each in self._ledger.dr.baselines(event.id):
                if each.member not in taking or len(each.sample_days) < 2:
                    continue
                inputs = unpacked(each.inputs)
                chosen = [row for day, row in zip(inputs.days, inputs.load_kw, strict=True) if day in each.sample_days]
                window = np.array(
                    [[np.nan if v is None else v for v in row[inputs.first_block : inputs.end_block]] for row in chosen]
                )
                spread = np.nan_to_num(np.nanvar(window, axis=0, ddof=1)) * (1 + 1 / len(chosen))
                # Of an event over midnight the day has a part only.
                inside = (place >= 0) & (place < len(spread)) & (ts_ms < event.end_ms)
                total[inside] += spread[place[inside]]
        return total
