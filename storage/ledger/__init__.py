"""The ledger: registry, references, people, audit, alerts and quarantine in one SQL database."""

from storage.ledger.migration import migrate
from storage.ledger.sql import SqlLedger

__all__ = ["SqlLedger", "migrate"]
