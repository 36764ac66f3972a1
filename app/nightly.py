"""Work that is due once a night, by the district clock, for the days that ended, and what is swept up after it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from domain.clock import Clock
from domain.instants import local_date
from domain.months import months_between, same_month
from domain.people import SYSTEM
from domain.runs import Outcome, Progress
from monitor.anomaly_desk import KIND as ANOMALIES
from monitor.anomaly_desk import AnomalyDesk
from monitor.as_known import kept_since
from monitor.runs import Runs, Work, canonical_json, digest_of
from monitor.site_curves import SiteCurves
from monitor.vee_desk import VeeDesk
from response.intensity.curves import IntensityCurves
from response.intensity.desk import IntensityDesk
from response.intensity.standing import KIND as STANDING
from response.intensity.standing import standing
from storage.revision_ports import SupersededLedger

log = logging.getLogger(__name__)

#: Half past two: next-day data of the day before have mostly come.
AFTER = timedelta(hours=2, minutes=30)
#: Days looked at again each night: what came late may tell a gap's energy.
DAYS_BACK = 3
DAY = timedelta(days=1)
SUBJECT = "district"


class Nightly:
    """``tick`` is called every second; it begins a run in the background when one is due.

    work : of the first and last day; more : parameters besides the days
    """

    def __init__(
        self,
        runs: Runs,
        kind: str,
        work: Callable[[date, date], Work],
        clock: Clock,
        zone: ZoneInfo,
        more: Mapping[str, Any] | None = None,
    ) -> None:
        self._runs = runs
        self._kind = kind
        self._work = work
        self._more = dict(more or {})
        self._clock = clock
        self._zone = zone
        self._last = self._done_before() or self._due()

    def tick(self) -> None:
        if self._due() != self._last:
            self.begin()

    def begin(self) -> None:
        """Now, whether or not it was done before."""
        due = self._last = self._due()
        first = due - (DAYS_BACK - 1) * DAY
        parameters = {"from": first.isoformat(), "to": due.isoformat(), **self._more}
        self._runs.submit(SYSTEM, self._kind, SUBJECT, parameters, self._work(first, due))

    def _due(self) -> date:
        """The last day that is to be looked at by now."""
        return local_date(self._clock.now() - AFTER, self._zone) - DAY

    def _done_before(self) -> date | None:
        """What the process before has done: a night it missed is made up for."""
        latest = self._runs.latest(SYSTEM, self._kind, SUBJECT)
        return date.fromisoformat(str(latest.parameters["to"])) if latest is not None else None


def nightly_vee(
    runs: Runs, desk: VeeDesk, clock: Clock, zone: ZoneInfo, *, sweep: Callable[[], None] = lambda: None
) -> Nightly:
    """sweep : done after each night's validation, in the background with it"""

    def work(first: date, last: date) -> Work:
        def run(progress: Progress) -> Outcome:
            outcome = desk.run(SYSTEM, first, last, None, progress)
            sweep()
            return outcome

        return run

    return Nightly(runs, "vee", work, clock, zone, {"meters": None})


def nightly_anomalies(runs: Runs, desk: AnomalyDesk, clock: Clock, zone: ZoneInfo) -> Nightly:
    """Behind the validation in the queue: what it estimated is no anomaly."""
    return Nightly(runs, ANOMALIES, desk.work, clock, zone)


def nightly_intensity(runs: Runs, curves: IntensityCurves, clock: Clock, zone: ZoneInfo) -> Nightly:
    """The last thirteen months, for those who draw curves: statements come months late."""

    def work(_: date, last: date) -> Work:
        month = last.replace(day=1)

        def run(progress: Progress) -> Outcome:
            return curves.write(SYSTEM, same_month(month, years=-1), month, progress)

        return run

    return Nightly(runs, "intensity_months", work, clock, zone)


def nightly_site_curves(runs: Runs, curves: SiteCurves, clock: Clock, zone: ZoneInfo) -> Nightly:
    """The day that ended and the year before it, for those who draw curves."""

    def work(_: date, last: date) -> Work:
        def run(progress: Progress) -> Outcome:
            return curves.write(SYSTEM, last, progress)

        return run

    return Nightly(runs, "site_curves", work, clock, zone)


def nightly_standing(runs: Runs, desk: IntensityDesk, clock: Clock, zone: ZoneInfo) -> Nightly:
    """The level of the 晴雨表 and who is above a standard, for the alert rules."""

    def work(_: date, last: date) -> Work:
        month = last.replace(day=1)

        def run(progress: Progress) -> Outcome:
            progress.step(0.0)
            found = msgspec.to_builtins(standing(desk, SYSTEM, months_between(same_month(month, years=-1), month)))
            return Outcome(found, digest_of(canonical_json(found)))

        return run

    return Nightly(runs, STANDING, work, clock, zone)


def prune_superseded(ledger: SupersededLedger, clock: Clock, kept_days: int) -> None:
    """Replaced figures that nobody can ask for any more (``monitor.superseded_days``)."""
    since = kept_since(clock.now(), kept_days)
    if since is None:
        return
    removed = ledger.prune(since)
    if removed:
        log.info("已清理 %d superseded figures of before %s are forgotten", removed, since.date())
