"""Papers and photographs beside the records they belong to."""

from __future__ import annotations

import sqlalchemy as sa

from storage.ledger.tables import SERIAL, Instant, metadata

attachment = sa.Table(
    "attachment",
    metadata,
    sa.Column("id", SERIAL, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("media_type", sa.Text, nullable=False),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("size_bytes", sa.Integer, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("withdrawn_by", sa.Text, nullable=False),
    sa.Column("content", sa.LargeBinary, nullable=False),
    sa.Index("ix_attachment_kind_key", "kind", "key"),
)
