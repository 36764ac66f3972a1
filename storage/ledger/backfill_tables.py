"""Requests to devices for readings they have kept."""

from __future__ import annotations

import sqlalchemy as sa

from storage.ledger.tables import SERIAL, Instant, metadata

backfill = sa.Table(
    "backfill",
    metadata,
    sa.Column("id", SERIAL, primary_key=True),
    sa.Column("meter", sa.Text, nullable=False, index=True),
    sa.Column("start", Instant, nullable=False),
    sa.Column("end", Instant, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False, index=True),
    sa.Column("made_at", Instant, nullable=False),
    sa.Column("sent_at", Instant, nullable=True),
    sa.Column("closed_at", Instant, nullable=True),
    sa.Column("topic", sa.Text, nullable=False),
    sa.Column("payload", sa.Text, nullable=False),
    sa.Column("rows_before", sa.Integer, nullable=False),
    sa.Column("rows_received", sa.Integer, nullable=False),
    sa.Column("note", sa.Text, nullable=False),
    sqlite_autoincrement=True,
)
