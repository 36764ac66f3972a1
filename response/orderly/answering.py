"""From the solver's kW to an answer in words."""

from __future__ import annotations

import numpy as np

from analytics.allocation import Allocation
from config.orderly import OrderlyTable
from domain.orderly import Measure, Plan, Rank
from response.orderly.allocation_answers import AllocationAnswer, ListLine, Need, Spared
from response.orderly.burden import NOTHING, Burden
from response.orderly.candidates import Candidates, Inputs
from response.orderly.measures import Able
from response.orderly.reasons import Called, Words, called_words, out_words, soft_words, spare_words


class Answering:
    def __init__(
        self,
        table: OrderlyTable,
        need: Need,
        plan: Plan,
        level: str,
        given: Inputs,
        found: Candidates,
        result: Allocation,
    ) -> None:
        self._table, self._need, self._plan, self._level = table, need, plan, level
        self._given, self._found, self._result = given, found, result
        self._potential = {str(p.enterprise_id): p for p in given.potentials}

    def answer(self) -> AllocationAnswer:
        result = self._result
        lines = sorted(self._lines(), key=lambda line: (tuple(Rank).index(line.rank), -line.order_kw))
        gap = result.relative_gap
        return AllocationAnswer(
            plan=self._plan.id,
            level=self._level,
            need=self._need,
            lines=tuple(lines),
            spared=tuple(self._spared({line.enterprise for line in lines})),
            counted_kw=result.counted_kw,
            missing_kw=result.missing_kw,
            missing=self._missing(),
            method=result.method,
            relative_gap=gap if np.isfinite(gap) else None,
            loss_yuan=result.loss_yuan,
            listed_loss_yuan=result.listed_loss_yuan,
            uneven_kwh=result.uneven_kwh,
        )

    def _lines(self) -> list[ListLine]:
        found, options = self._found, self._found.options
        lines = []
        for place in np.flatnonzero(self._result.ordered_kw > 0).tolist():
            name, able = found.enterprises[int(options.site[place])], found.able[place]
            kw, potential = float(self._result.ordered_kw[place]), self._potential[name]
            yuan, known = found.yuan[name]
            burden = self._burden(name)
            lines.append(
                ListLine(
                    enterprise=name,
                    name=potential.name,
                    rank=able.rank,
                    kind=able.measure,
                    order_kw=kw,
                    counted_kw=kw * float(options.confidence[place]),
                    confidence=float(options.confidence[place]),
                    expected_kw=potential.expected_kw,
                    security_kw=potential.security_kw,
                    yuan=kw * float(options.loss_yuan_per_kwh[place]) * self._need.window.hours,
                    measure=self._measure(name, able),
                    why=called_words(
                        Called(
                            able.rank,
                            able.measure,
                            kw,
                            yuan,
                            known,
                            burden.hours,
                            found.restricted[int(options.site[place])],
                            name in self._need.wishes.pinned,
                            int(options.group[place]) < self._result.last_group or self._result.method == "all",
                        ),
                        self._table,
                    ),
                )
            )
        return lines

    def _spared(self, called: set[str]) -> list[Spared]:
        found = []
        for name, potential in self._potential.items():
            if name in called:
                continue
            if name in self._found.out:
                out, detail = self._found.out[name]
                found.append(Spared(name, potential.name, out.value, 0.0, out_words(out, detail)))
                continue
            own = np.flatnonzero(self._found.options.site == self._found.enterprises.index(name))
            most = float(self._result.most_kw[own].max(initial=0.0))
            reached = bool((self._found.options.group[own] <= self._result.last_group).any())
            words = spare_words(most, self._found.yuan[name][0], self._burden(name).hours, reached=reached)
            found.append(Spared(name, potential.name, "spared", most, words))
        return found

    def _measure(self, name: str, able: Able) -> str:
        """What is to be done: the equipment the plan names, or the soft measure in words."""
        if able.measure is Measure.PLANNED:
            return next((r.enterprise.measure for r in self._given.rows[name] if r.enterprise.measure), "")
        return soft_words(able.measure, self._table)

    def _missing(self) -> tuple[Words, ...]:
        """What would close the rest: the next levels, the excluded, those whose potential is not sure enough."""
        if self._result.missing_kw <= 0:
            return ()
        short = self._result.missing_kw
        found = [(f"仍缺 {short:,.0f} kW（按把握折算后）", f"{short:,.0f} kW are missing after confidence")]
        by_code: dict[str, float] = {}
        for name, (out, _) in self._found.out.items():
            by_code[out.value] = by_code.get(out.value, 0.0) + self._potential[name].known_shed_kw
        for code, zh, en in (
            ("level", *self._beyond()),
            ("excluded", "人工排除的有 {kw:,.0f} kW", "{kw:,.0f} kW were excluded by hand"),
            ("ordered", "同时段已在其他调度令中的有 {kw:,.0f} kW", "{kw:,.0f} kW are on orders in these hours already"),
            ("guarded", "保供电占 {kw:,.0f} kW", "{kw:,.0f} kW are guarded"),
            ("confidence", "把握不足的有 {kw:,.0f} kW", "{kw:,.0f} kW are too uncertain"),
            ("notice", "提前通知不足的有 {kw:,.0f} kW", "{kw:,.0f} kW would need earlier notice"),
            ("not_in_plan", "不在方案中的有 {kw:,.0f} kW", "{kw:,.0f} kW are in no plan"),
        ):
            if by_code.get(code, 0.0) > 0:
                found.append((zh.format(kw=by_code[code]), en.format(kw=by_code[code])))
        return tuple(found)

    def _beyond(self) -> Words:
        """Of those whom the plan asks nothing up to the level in use."""
        if self._level != self._table.levels_on(self._need.window.start.date()).letters[-1]:
            return "更高等级可再动用 {kw:,.0f} kW（须批准）", "higher levels hold {kw:,.0f} kW (approval needed)"
        return "方案未要求压降的企业还有 {kw:,.0f} kW", "the plan asks nothing of others who hold {kw:,.0f} kW"

    def _burden(self, name: str) -> Burden:
        return self._given.burdens.get(name, NOTHING)
