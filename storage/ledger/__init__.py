"""The ledger: registry, references, people, audit, alerts and quarantine in one SQL database."""

from storage.ledger.sql import SqlLedger
from storage.ledger.migration import migrate

__all__ = ["SqlLedger", "migrate"]
