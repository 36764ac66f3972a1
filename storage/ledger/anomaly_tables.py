"""Anomalies found, and who has seen them."""

from __future__ import annotations

import sqlalchemy as sa

from storage.ledger.tables import SERIAL, Instant, metadata

anomaly = sa.Table(
    "anomaly",
    metadata,
    sa.Column("id", SERIAL, primary_key=True),
    sa.Column("scope", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("day", sa.Date, nullable=False, index=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("value_kw", sa.Double, nullable=True),
    sa.Column("usual_kw", sa.Double, nullable=True),
    sa.Column("z", sa.Double, nullable=True),
    sa.Column("found_at", Instant, nullable=False),
    sa.Column("acknowledged_by", sa.Text, nullable=True),
    sa.Column("acknowledged_at", Instant, nullable=True),
    sa.Column("note", sa.Text, nullable=False),
    sa.UniqueConstraint("scope", "day", "kind"),
)
