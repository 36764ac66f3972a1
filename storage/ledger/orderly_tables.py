"""Records of orderly power use: every write is a new revision."""

from __future__ import annotations

import sqlalchemy as sa

from storage.ledger.tables import DOCUMENT, SERIAL, Instant, metadata

orderly_record = sa.Table(
    "orderly_record",
    metadata,
    sa.Column("id", SERIAL, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("body", DOCUMENT, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.UniqueConstraint("kind", "key", "revision"),
)
