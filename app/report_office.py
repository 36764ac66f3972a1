"""The report desk for the command line: in this process, or drafting by the running server that holds the readings."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

from api.schemas.reports import DifferenceList
from app.adapters import open_ledger, open_store
from app.analyses import Shown
from app.bus import InProcessBus
from app.clock import SystemClock
from app.dr import open_archive
from app.local_server import LocalServer, running_server
from app.orderly import open_orderly_offline
from app.reports import open_report_kinds, open_reports
from app.wiring import open_intensity, open_runs
from config.settings import Settings
from domain.clock import Clock
from domain.errors import Invalid, NotFound, Unavailable
from domain.people import Principal
from response.dr.report_kinds import dr_kinds
from response.orderly.papers import orderly_kinds
from response.reports.desk import ReportDesk
from storage.ledger import SqlLedger
from storage.ports import ReadingStore
from storage.readings.memory import MemoryStore

POLL_S = 0.3


class Office:
    """``people`` are those of the ledger: who signs is one of them."""

    def __init__(self, desk: ReportDesk, ledger: SqlLedger, server: LocalServer | None) -> None:
        self.desk = desk
        self._ledger = ledger
        self._server = server

    def draft(self, principal: Principal, kind: str, subject: str, period: str) -> str:
        """Id of the version."""
        with Shown() as shown:
            if self._server is None:
                return self.desk.draft(principal, kind, subject, period, shown).id
            asked = {"kind": kind, "period": period} | ({"subject": subject} if subject else {})
            return _drafted(self._server, asked, shown)

    def differences(self, principal: Principal, version: str, other: str | None) -> DifferenceList:
        if self._server is not None:
            return DifferenceList.model_validate(self._server.get(f"reports/{version}/differences"))
        return DifferenceList.of(version, other, self.desk.differences(principal, version, other))

    def signer(self, name: str) -> Principal:
        """Raises NotFound: a signature is a person's."""
        user = self._ledger.people.user(name)
        if user is None or not user.active:
            raise NotFound(f"没有用户 {name}，签发须由具名人员 / no user {name}; a named person signs")
        return user.principal


def _drafted(server: LocalServer, asked: dict[str, str], shown: Shown) -> str:
    run = server.post("reports", asked)
    try:
        while run["state"] in ("queued", "running"):
            shown.step(run["share"], run["note"])
            time.sleep(POLL_S)
            run = server.get(f"runs/{run['id']}")
    except KeyboardInterrupt:
        server.delete(f"runs/{run['id']}")
        raise
    if run["state"] != "done":
        raise Invalid(run["problem"] or f"the draft was {run['state']}")
    return str(server.get(f"results/{run['result']}")["body"]["version"])


@contextmanager
def office(settings: Settings, *, drafts: bool = False) -> Iterator[Office]:
    """drafts : whether readings are needed; without, the ledger is enough"""
    clock = SystemClock()
    with closing(open_ledger(settings.ledger, clock, settings.district.zone)) as ledger:
        if not drafts:
            yield Office(_desk(settings, MemoryStore(), ledger, clock), ledger, None)
            return
        try:
            store = open_store(settings.store)
        except Unavailable:
            server = running_server(settings)
            if server is None:
                raise
            yield Office(_desk(settings, MemoryStore(), ledger, clock), ledger, server)
            return
        with closing(store):
            yield Office(_desk(settings, store, ledger, clock), ledger, None)


def _desk(settings: Settings, store: ReadingStore, ledger: SqlLedger, clock: Clock) -> ReportDesk:
    intensity = open_intensity(settings, store, ledger, clock)
    kinds = open_report_kinds(settings, store, ledger, clock, intensity)
    orderly = open_orderly_offline(settings, store, ledger, clock, InProcessBus())
    own = orderly_kinds(orderly, settings.district.name, settings.district.zone)
    papers = dr_kinds(open_archive(settings, store, ledger, clock))
    return open_reports(settings, ledger, clock, open_runs(ledger, clock), (*kinds, *own, *papers))
