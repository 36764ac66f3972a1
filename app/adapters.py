"""The adapters behind the ports of storage and the journal, chosen by the addresses in the settings."""

from __future__ import annotations

from datetime import UTC, tzinfo
from pathlib import Path
from urllib.parse import urlsplit

from config.settings import JournalSettings, LedgerSettings, StoreSettings
from domain.clock import Clock
from domain.errors import Invalid
from ingest.journal import Journal
from storage.ledger import SqlLedger
from storage.ports import ReadingStore
from storage.readings.duckdb import DuckDbStore
from storage.readings.duckdb_setup import DuckDbSetup
from storage.readings.influx import InfluxStore
from storage.readings.influx_setup import InfluxSetup
from storage.readings.memory import MemoryStore
from storage.setup import StoreAdministration

MEGABYTE = 1_000_000


def duckdb_path(url: str) -> Path:
    """``duckdb:///relative`` and ``duckdb:////absolute``, as SQLAlchemy writes SQLite paths."""
    return Path(urlsplit(url).path.removeprefix("/"))


def open_store(settings: StoreSettings, *, alone: bool = True) -> ReadingStore:
    """``alone`` False where other processes write readings too."""
    scheme = urlsplit(settings.url).scheme
    if scheme == "memory":
        return MemoryStore()
    if scheme == "duckdb":
        return DuckDbStore(duckdb_path(settings.url))
    if scheme in ("influxdb", "influxdbs"):
        return InfluxStore(settings, alone=alone)
    raise Invalid(f"store.url: no store speaks {scheme}://")


def open_store_administration(settings: StoreSettings) -> StoreAdministration:
    scheme = urlsplit(settings.url).scheme
    if scheme == "duckdb":
        return DuckDbSetup(duckdb_path(settings.url))
    if scheme in ("influxdb", "influxdbs"):
        return InfluxSetup(settings)
    raise Invalid(f"store.url = {settings.url!r} keeps nothing on disk, so there is nothing to set up")


def ledger_exists(settings: LedgerSettings) -> bool:
    """Whether there is one to look into; opening an SQLite ledger would make it."""
    parts = urlsplit(settings.url)
    return not parts.scheme.startswith("sqlite") or Path(parts.path.removeprefix("/")).exists()


def open_ledger(settings: LedgerSettings, clock: Clock, zone: tzinfo = UTC) -> SqlLedger:
    return SqlLedger(settings.url, clock=clock, password=settings.password, zone=zone)


def open_journal(settings: JournalSettings) -> Journal:
    return Journal(
        settings.path,
        segment_bytes=round(settings.segment_mb * MEGABYTE),
        max_bytes=round(settings.max_gb * 1000 * MEGABYTE),
        alarm_share=settings.alarm_share,
    )


def serves_one_process(settings: StoreSettings) -> bool:
    return urlsplit(settings.url).scheme in ("duckdb", "memory")
