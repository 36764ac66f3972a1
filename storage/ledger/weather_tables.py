"""Weather as it was forecast and then known."""

from __future__ import annotations

import sqlalchemy as sa

from storage.ledger.tables import metadata

#: Instants are milliseconds, as in the arrays they come from: years of them are read at once.
weather = sa.Table(
    "weather",
    metadata,
    sa.Column("valid_ms", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("issued_ms", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("temperature_c", sa.Double, nullable=False),
    sa.Column("humidity_percent", sa.Double, nullable=True),
)
