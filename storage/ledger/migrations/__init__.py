"""Alembic's scripts; run by ``storage.ledger.migration``."""
