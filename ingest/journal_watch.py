"""The journal's watchman: depth, lag and age as metrics, one sentence while it fills up, damage into quarantine."""

from __future__ import annotations

import logging
import time

from domain.clock import Clock
from domain.events import Bus, JournalMeasured, Metrics
from ingest.intake import Reject
from ingest.journal import Damage, Journal, JournalStats
from ingest.quarantine import Quarantine

log = logging.getLogger(__name__)

#: The rate at which the journal grows is smoothed over about this long.
SMOOTHED_S = 300.0
#: As the topic of what could not be read any more; no broker carries it to us.
JOURNAL_TOPIC = "journal"


class JournalWatch:
    """``look`` is called about once a second. It raises Unavailable while the ledger does not take what is damaged."""

    def __init__(
        self, journal: Journal, quarantine: Quarantine, metrics: Metrics, clock: Clock, bus: Bus, *, source: str
    ) -> None:
        """source : the name of this ingest process, for whoever hears of its journal"""
        self._journal = journal
        self._quarantine = quarantine
        self._metrics = metrics
        self._clock = clock
        self._bus = bus
        self._source = source
        self._held = 0
        self._seen: tuple[float, int] | None = None
        self._growth = 0.0
        self._alarmed = False
        self._problem = ""

    @property
    def problem(self) -> str:
        """Empty below the alarm."""
        return self._problem

    def look(self) -> None:
        stats = self._journal.stats()
        ages = self._ages()
        self._measure(stats, ages)
        self._follow(stats)
        self._tell(stats, ages)
        self._problem = self._sentence(stats, ages) if stats.alarm else ""
        if stats.alarm != self._alarmed:
            self._alarmed = stats.alarm
            if stats.alarm:
                log.error("%s", self._problem)
            else:
                log.warning("日志恢复 the journal is below its alarm again")
        self._hold_damage()

    def _ages(self) -> dict[str, float]:
        """Real seconds since ingest took the oldest record a reader has not done with."""
        now_ms, speed = self._clock.now_ms(), max(1.0, self._clock.speed())
        return {reader.name: reader.oldest_age_s(now_ms) / speed for reader in self._journal.readers()}

    def _measure(self, stats: JournalStats, ages: dict[str, float]) -> None:
        gauge = self._metrics.gauge
        gauge("journal_bytes", stats.bytes)
        gauge("journal_limit_bytes", stats.max_bytes)
        gauge("journal_records", stats.records)
        gauge("journal_alarm", float(stats.alarm))
        gauge("journal_damages", len(self._journal.damages()))
        for name in stats.lag_records:
            gauge("journal_lag_records", stats.lag_records[name], reader=name)
            gauge("journal_lag_bytes", stats.lag_bytes[name], reader=name)
            gauge("journal_lag_s", ages.get(name, 0.0), reader=name)

    def _tell(self, stats: JournalStats, ages: dict[str, float]) -> None:
        # The reader whose oldest waits longest; where none waits, "" with nothing.
        behind = max(
            (name for name, lag in stats.lag_records.items() if lag), key=lambda n: ages.get(n, 0.0), default=""
        )
        event = JournalMeasured(
            self._source, stats.bytes, stats.max_bytes, behind, stats.lag_records.get(behind, 0), ages.get(behind, 0.0)
        )
        self._bus.publish(event)

    def _follow(self, stats: JournalStats) -> None:
        now = time.monotonic()
        if self._seen is not None and now > self._seen[0]:
            passed_s = now - self._seen[0]
            share = min(1.0, passed_s / SMOOTHED_S)
            self._growth += share * ((stats.bytes - self._seen[1]) / passed_s - self._growth)
        self._seen = (now, stats.bytes)

    def _sentence(self, stats: JournalStats, ages: dict[str, float]) -> str:
        rest = stats.max_bytes - stats.bytes
        when = f"full in about {rest / self._growth / 3600:,.1f} h at the present rate; " if self._growth > 1.0 else ""
        return (
            f"日志将满 the journal holds {stats.bytes / stats.max_bytes:.0%} of its bound ({stats.bytes / 1e6:,.0f} of "
            f"{stats.max_bytes / 1e6:,.0f} MB; {_slowest(stats, ages)}; {when}at the bound ingest leaves the broker, "
            "which then holds what comes); see why the store does not take them"
        )

    def _hold_damage(self) -> None:
        fresh = self._journal.damages()[self._held :]
        for damage in fresh:
            if not damage.torn:
                self._quarantine.hold([self._reject(damage)])
                self._metrics.count("journal_lost_records_total", damage.records)
            self._held += 1

    def _reject(self, damage: Damage) -> Reject:
        detail = (
            f"journal bytes {damage.start:,}...{damage.end:,} are damaged"
            + (f", {damage.records:,} records" if damage.records else "")
            + f"; kept as {self._journal.kept(damage)}. Check the disk; ask the meters of that time again"
        )
        head = self._journal.kept_bytes(damage)
        return Reject(self._clock.now_ms(), JOURNAL_TOPIC, head, "journal_damaged", detail, None)


def _slowest(stats: JournalStats, ages: dict[str, float]) -> str:
    name = max(stats.lag_bytes, key=lambda name: stats.lag_bytes[name], default=None)
    if name is None:
        return "no reader is open"
    return f"reader {name} is {stats.lag_records[name]:,} records behind, the oldest {ages.get(name, 0.0):,.0f} s old"
