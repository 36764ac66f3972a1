"""Anomalies as they are kept: found by the nightly look, listed, acknowledged and taken back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from domain.anomalies import KeptAnomaly
from domain.clock import Clock
from domain.errors import NotFound
from domain.instants import local_date
from domain.people import SYSTEM, Principal
from domain.runs import Outcome, Progress
from domain.scopes import enterprise_scope
from monitor.behaviour import BehaviourDesk, FoundAnomaly
from storage.anomaly_ports import AnomalyLedger

KIND = "anomalies"
#: One that nobody has looked at stays open so long.
OPEN_DAYS = 7


def waiting(kept: AnomalyLedger, clock: Clock, zone: ZoneInfo) -> Sequence[KeptAnomaly]:
    """Those of the last days that nobody has acknowledged, for the rule that tells of them."""
    today = local_date(clock.now(), zone)
    return kept.anomalies(today - timedelta(days=OPEN_DAYS), today, open_only=True)


class AnomalyDesk:
    def __init__(self, behaviour: BehaviourDesk, kept: AnomalyLedger, clock: Clock) -> None:
        self._behaviour = behaviour
        self._kept = kept
        self._clock = clock

    def work(self, first: date, last: date) -> Callable[[Progress], Outcome]:
        """The nightly look at the days that ended, as work for ``monitor.runs``."""

        def run(progress: Progress) -> Outcome:
            progress.step(0.05, "读取负荷 / reading loads")
            found = self._behaviour.anomalies(SYSTEM, first, last)
            progress.step(0.9, "记录 / keeping")
            new = self._kept.keep([self._keeping(each) for each in found])
            return Outcome({"from": first.isoformat(), "to": last.isoformat(), "found": len(found), "new": new}, "")

        return run

    def list(self, principal: Principal, first: date, last: date, *, open_only: bool = False) -> Sequence[KeptAnomaly]:
        """Of all the principal sees, newest first."""
        own = None if principal.enterprise is None else enterprise_scope(principal.enterprise)
        return self._kept.anomalies(first, last, scope=own, open_only=open_only)

    def acknowledge(self, principal: Principal, anomaly_id: int, note: str = "") -> KeptAnomaly:
        self._require(principal, anomaly_id)
        return self._kept.acknowledge(principal.name, anomaly_id, note)

    def unacknowledge(self, principal: Principal, anomaly_id: int) -> KeptAnomaly:
        self._require(principal, anomaly_id)
        return self._kept.unacknowledge(principal.name, anomaly_id)

    def _require(self, principal: Principal, anomaly_id: int) -> None:
        principal.require_write()
        found = self._kept.anomaly(anomaly_id)
        if found is None:
            raise NotFound(f"没有异常 {anomaly_id} / there is no anomaly {anomaly_id}")
        principal.require_scope(found.scope)

    def _keeping(self, found: FoundAnomaly) -> KeptAnomaly:
        return KeptAnomaly(
            id=0,
            scope=found.scope,
            name=found.name,
            day=found.day,
            kind=str(found.kind),
            value_kw=_number(found.value_kw),
            usual_kw=_number(found.usual_kw),
            z=_number(found.z),
            found_at=self._clock.now(),
        )


def _number(value: float) -> float | None:
    """None for NaN, which a database does not compare."""
    return None if value != value else float(value)
