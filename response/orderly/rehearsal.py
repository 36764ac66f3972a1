"""Rehearsal: a past summer's loads and quota through a plan: days closed, who was called, at what cost.

Loads are known, so every kW counts fully: a rehearsal says what a plan can do, not how well it would be obeyed.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

from config.characteristics import CharacteristicsTable
from config.orderly import OrderlyTable
from domain.errors import Invalid
from domain.orderly import Plan
from domain.people import Principal
from domain.runs import Outcome, Progress
from domain.scopes import enterprise_scope
from monitor.analyses import plain
from monitor.analysis_data import AnalysisReader
from response.orderly.past_season import PastCooling, PastSeason, cut_to, quota_of, total_of
from response.orderly.plans import PlanDesk
from response.orderly.rehearsal_play import Playing
from response.orderly.rehearsed import Rehearsal, Season
from response.orderly.values import ValueBook
from storage.ledger_ports import ReferenceLedger, RegistryLedger

MOST_DAYS = 200
#: Read at least, for the fit of cooling.
FIT_DAYS = 120
#: Of the whole work, reading the loads.
READING = 0.4


class RehearsalDesk:
    def __init__(
        self,
        plans: PlanDesk,
        reader: AnalysisReader,
        rules: CharacteristicsTable,
        registry: RegistryLedger,
        references: ReferenceLedger,
        values: ValueBook,
        table: OrderlyTable,
        zone: ZoneInfo,
    ) -> None:
        self._plans, self._reader, self._rules, self._registry = plans, reader, rules, registry
        self._references, self._values, self._table, self._zone = references, values, table, zone

    def rehearse(
        self, principal: Principal, plan_ids: Sequence[str], season: Season, progress: Progress | None = None
    ) -> tuple[Rehearsal, ...]:
        """One for each plan, on the same loads. Raises InsufficientData without loads."""
        plans = self.plans(principal, plan_ids, season)
        names = list(dict.fromkeys(row.enterprise.id for plan in plans for row in plan.rows))
        past = self._past(principal, names, season, progress)
        share = (1 - READING) / len(plans)
        return tuple(
            Playing(self._table, plan, past).play(progress, READING + number * share, share)
            for number, plan in enumerate(plans)
        )

    def plans(self, principal: Principal, plan_ids: Sequence[str], season: Season) -> list[Plan]:
        """What is to be played, before it is begun. Raises NotFound for a plan there is none of, Invalid for a span."""
        principal.require_staff()
        if not 0 <= (season.last - season.first).days < MOST_DAYS:
            raise Invalid(f"预演时段为 1 至 {MOST_DAYS} 天 / a rehearsal spans 1 to {MOST_DAYS} days")
        return [self._plans.get(principal, each) for each in dict.fromkeys(plan_ids)]

    def outcome(self, principal: Principal, plan_ids: Sequence[str], season: Season, progress: Progress) -> Outcome:
        """As work for ``monitor.runs``."""
        progress.step(0.0, "读取负荷 / reading loads")
        found = self.rehearse(principal, plan_ids, season, progress)
        return Outcome({"items": [plain(each) for each in found]}, found[0].data_digest)

    def _past(
        self, principal: Principal, names: Sequence[str], season: Season, progress: Progress | None
    ) -> PastSeason:
        view = self._registry.registry().view(season.last)
        known = [name for name in names if name in view.enterprises and view.members(enterprise_scope(name))]

        def step(share: float) -> None:
            if progress is not None:
                progress.step(READING * share, "读取负荷 / reading loads")

        data = self._reader.read(
            principal,
            [season.scope, *(enterprise_scope(name) for name in known)],
            min(season.first, season.last - timedelta(days=FIT_DAYS - 1)),
            season.last,
            step=step,
        )
        history = cut_to(data, season)
        total = total_of(history, season)
        quota, told = quota_of(season, history, total, self._references)
        return PastSeason(
            season=season,
            history=history,
            names=known,
            view=view,
            total_kw=total,
            quota_kw=quota,
            told=told,
            yuan=self._values.of(principal, known, season.last.year),
            cooling=PastCooling(data, self._rules),
            zone=self._zone,
            digest=data.history.digest,
        )
