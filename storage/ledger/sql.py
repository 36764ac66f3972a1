"""``SqlLedger``: one database and its parts."""

from __future__ import annotations

from datetime import UTC, tzinfo

import sqlalchemy as sa
from argon2 import PasswordHasher

from domain.clock import Clock
from storage.ledger.alerts import SqlAlerts
from storage.ledger.anomalies import SqlAnomalies
from storage.ledger.attachments import SqlAttachments
from storage.ledger.audit import SqlAudit
from storage.ledger.backfill import SqlBackfills
from storage.ledger.billing import SqlBilling
from storage.ledger.database import Database
from storage.ledger.dirty import SqlDirty
from storage.ledger.dr import SqlDr
from storage.ledger.duty import SqlDuty
from storage.ledger.energy import SqlEnergy
from storage.ledger.energy_reviews import SqlEnergyReviews
from storage.ledger.exchanges import SqlExchanges
from storage.ledger.forecasts import SqlForecasts
from storage.ledger.migration import head_revision, migrate_database
from storage.ledger.notices import SqlNotices
from storage.ledger.orderly import SqlOrderly
from storage.ledger.passwords import Passwords
from storage.ledger.people import SqlPeople
from storage.ledger.quality import SqlQuality
from storage.ledger.quarantine import SqlQuarantine
from storage.ledger.reductions import SqlReductions
from storage.ledger.references import SqlReferences
from storage.ledger.registry import SqlRegistry
from storage.ledger.reports import SqlReports
from storage.ledger.results import SqlResults
from storage.ledger.superseded import SqlSuperseded
from storage.ledger.vee import SqlVee
from storage.ledger.weather import SqlWeather


class SqlLedger:
    """The ledger on SQLite or PostgreSQL; upgraded when it is opened, refused when it is too new.

    clock : the district's; stamps what is written
    machine_clock : ends sessions and tokens; the district's when not given
    hasher : argon2id with the library's present defaults when not given
    zone : whose midnight ends the sign-in of an enterprise that leaves
    """

    def __init__(
        self,
        url: str,
        *,
        clock: Clock,
        password: str = "",
        machine_clock: Clock | None = None,
        hasher: PasswordHasher | None = None,
        zone: tzinfo = UTC,
    ) -> None:
        self._database = Database(url, password=password)
        try:
            migrate_database(self._database)
        except BaseException:
            self._database.close()
            raise
        self.registry = SqlRegistry(self._database, clock, zone)
        self.orderly = SqlOrderly(self._database, clock)
        self.attachments = SqlAttachments(self._database, clock)
        self.references = SqlReferences(self._database, clock)
        self.people = SqlPeople(
            self._database, clock, machine_clock or clock, Passwords(hasher or PasswordHasher()), zone
        )
        self.audit = SqlAudit(self._database, clock)
        self.alerts = SqlAlerts(self._database)
        self.anomalies = SqlAnomalies(self._database, clock)
        self.notices = SqlNotices(self._database, clock)
        self.duty = SqlDuty(self._database, clock)
        self.billing = SqlBilling(self._database, clock)
        self.quarantine = SqlQuarantine(self._database, clock)
        self.quality = SqlQuality(self._database, clock)
        self.weather = SqlWeather(self._database, clock)
        self.reductions = SqlReductions(self._database, clock)
        self.forecasts = SqlForecasts(self._database)
        self.dr = SqlDr(self._database, clock)
        self.energy = SqlEnergy(self._database, clock)
        self.energy_reviews = SqlEnergyReviews(self._database, clock)
        self.backfills = SqlBackfills(self._database, clock)
        self.results = SqlResults(self._database, clock)
        self.reports = SqlReports(self._database, clock)
        self.superseded = SqlSuperseded(self._database)
        self.dirty = SqlDirty(self._database, clock)
        self.vee = SqlVee(self._database, clock)
        self.exchanges = SqlExchanges(self._database, clock)

    def ping(self) -> str:
        """Name and version of the database and of the ledger in it, or Unavailable."""
        query = "select sqlite_version()" if self._database.is_sqlite else "show server_version"
        with self._database.reading() as connection:
            version = connection.execute(sa.text(query)).scalar_one()
        kind = "SQLite" if self._database.is_sqlite else "PostgreSQL"
        return f"{kind} {version}, ledger {head_revision()}"

    def close(self) -> None:
        self._database.close()
