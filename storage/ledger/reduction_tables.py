"""Load that events and orders took off, by block."""

from __future__ import annotations

import sqlalchemy as sa

from storage.ledger.tables import Instant, metadata

reduction = sa.Table(
    "reduction",
    metadata,
    sa.Column("block_ms", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("scope", sa.Text, primary_key=True),
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("reduction_kw", sa.Double, nullable=False),
    sa.Column("verified", sa.Boolean, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("at", Instant, nullable=False),
)
