"""Tables of data quality as it was judged."""

from __future__ import annotations

import sqlalchemy as sa

from storage.ledger.tables import Instant, metadata

quality_day = sa.Table(
    "quality_day",
    metadata,
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("meter", sa.Text, primary_key=True),
    sa.Column("revision", sa.Integer, primary_key=True),
    sa.Column("enterprise", sa.Text, nullable=True),
    sa.Column("judged_at", Instant, nullable=False),
    *(
        sa.Column(name, sa.Integer, nullable=False)
        for name in ("meters", "online", "due_read", "read", "expected", "received", "valid", "timely", "clock_ok")
    ),
    sa.Column("energy_kwh", sa.Double, nullable=True),
    sa.Column("register_kwh", sa.Double, nullable=True),
)
