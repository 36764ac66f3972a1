"""Work that is due once a night, by the district clock: validation and estimation of the days that ended, and what is
swept up after it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from domain.clock import Clock
from domain.instants import local_date
from domain.people import SYSTEM
from domain.runs import Outcome, Progress
from monitor.as_known import kept_since
from monitor.runs import Runs
from monitor.vee_desk import VeeDesk
from storage.revision_ports import SupersededLedger

log = logging.getLogger(__name__)

#: Half past two: next-day data of the day before have mostly come.
AFTER = timedelta(hours=2, minutes=30)
#: Days looked at again each night: what came late may tell a gap's energy.
DAYS_BACK = 3
DAY = timedelta(days=1)


class NightlyVee:
    """Called every second; begins a run in the background when one is due."""

    def __init__(
        self, runs: Runs, desk: VeeDesk, clock: Clock, zone: ZoneInfo, *, sweep: Callable[[], None] = lambda: None
    ) -> None:
        """sweep : done after each night's validation, in the background with it"""
        self._runs = runs
        self._desk = desk
        self._clock = clock
        self._zone = zone
        self._sweep = sweep
        self._last = self._done_before() or self._due()

    def tick(self) -> None:
        due = self._due()
        if due == self._last:
            return
        self._last = due
        first = due - (DAYS_BACK - 1) * DAY
        parameters = {"from": first.isoformat(), "to": due.isoformat(), "meters": None}
        self._runs.submit(SYSTEM, "vee", "district", parameters, partial(self._work, first, due))

    def _work(self, first: date, last: date, progress: Progress) -> Outcome:
        outcome = self._desk.run(SYSTEM, first, last, None, progress)
        self._sweep()
        return outcome

    def _due(self) -> date:
        """The last day that is to be looked at by now."""
        return local_date(self._clock.now() - AFTER, self._zone) - DAY

    def _done_before(self) -> date | None:
        """What the process before has done: a night it missed is made up for."""
        latest = self._runs.latest(SYSTEM, "vee", "district")
        return date.fromisoformat(str(latest.parameters["to"])) if latest is not None else None


def prune_superseded(ledger: SupersededLedger, clock: Clock, kept_days: int) -> None:
    """Replaced figures that nobody can ask for any more (``monitor.superseded_days``)."""
    since = kept_since(clock.now(), kept_days)
    if since is None:
        return
    removed = ledger.prune(since)
    if removed:
        log.info("已清理 %d superseded figures of before %s are forgotten", removed, since.date())
