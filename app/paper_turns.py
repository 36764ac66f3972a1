"""Papers of orderly use drafted at set times: yesterday's daily report in the morning, tomorrow's pack at 16:00.

They are drafts; a named person signs. Without an approved plan nothing is drafted: the district does not use them yet.
"""

from __future__ import annotations

import logging
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from domain.clock import Clock
from domain.errors import NotFound, YingfengError
from domain.people import SYSTEM
from response.orderly.desk import OrderlyDesk
from response.reports.desk import ReportDesk

log = logging.getLogger(__name__)

#: Kind, from when on, and days from today to the day it is of.
TIMES = (("orderly-daily", time(8, 0), -1), ("orderly-pack", time(16, 0), 1))


class PaperTurns:
    """Called every second; begins a run in the background when one is due. A start after the hour makes up for it."""

    def __init__(self, desk: OrderlyDesk, reports: ReportDesk, clock: Clock, zone: ZoneInfo) -> None:
        self._desk, self._reports, self._clock, self._zone = desk, reports, clock, zone
        self._done: dict[str, date] = {}

    def tick(self) -> None:
        now = self._clock.now().astimezone(self._zone)
        for kind, begins, days in TIMES:
            if now.time() >= begins and self._done.get(kind) != now.date():
                self._done[kind] = now.date()
                self._draft(kind, now, days)

    def _draft(self, kind: str, now: datetime, days: int) -> None:
        period = (now.date() + timedelta(days=days)).isoformat()
        try:
            self._desk.plans.in_force(SYSTEM, now.year)
        except NotFound:
            return
        try:
            if not self._reports.versions(SYSTEM, kind=kind, period=period).items:
                self._reports.submit(SYSTEM, kind, "district", period)
        except YingfengError as error:
            log.warning("%s of %s was not drafted: %s", kind, period, error)
