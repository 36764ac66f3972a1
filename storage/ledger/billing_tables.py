"""Billed months of accounts, as revisions."""

from __future__ import annotations

import sqlalchemy as sa

from storage.ledger.tables import SERIAL, Instant, metadata

billed_month = sa.Table(
    "billed_month",
    metadata,
    sa.Column("id", SERIAL, primary_key=True),
    sa.Column("account", sa.Text, sa.ForeignKey("account.id"), nullable=False),
    sa.Column("month", sa.Date, nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("first", sa.Date, nullable=False),
    sa.Column("last", sa.Date, nullable=False),
    sa.Column("energy_kwh", sa.Double, nullable=True),
    sa.Column("maximum_kw", sa.Double, nullable=True),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.UniqueConstraint("account", "month", "revision"),
)
