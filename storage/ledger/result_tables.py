"""Tables of runs and kept results."""

from __future__ import annotations

import sqlalchemy as sa

from storage.ledger.tables import DOCUMENT, SERIAL, Instant, metadata

run = sa.Table(
    "run",
    metadata,
    sa.Column("serial", SERIAL, primary_key=True),
    sa.Column("id", sa.Text, nullable=False, unique=True),
    sa.Column("kind", sa.Text, nullable=False, index=True),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("parameters", DOCUMENT, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False, index=True),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("started_at", Instant, nullable=True),
    sa.Column("ended_at", Instant, nullable=True),
    sa.Column("share", sa.Double, nullable=False),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("problem", sa.Text, nullable=False),
    sa.Column("result", sa.Text, nullable=True),
    sqlite_autoincrement=True,
)

result = sa.Table(
    "result",
    metadata,
    sa.Column("serial", SERIAL, primary_key=True),
    sa.Column("id", sa.Text, nullable=False, unique=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("parameters", DOCUMENT, nullable=False),
    sa.Column("parameters_digest", sa.Text, nullable=False),
    sa.Column("data_digest", sa.Text, nullable=False),
    sa.Column("settings_digest", sa.Text, nullable=False),
    sa.Column("program", sa.Text, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("body_digest", sa.Text, nullable=False),
    sa.Index(None, "kind", "subject", "serial"),
    sqlite_autoincrement=True,
)
