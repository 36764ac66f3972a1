"""Data quality as it was judged."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    counts = ("meters", "online", "due_read", "read", "expected", "received", "valid", "timely", "clock_ok")
    op.create_table(
        "quality_day",
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("meter", sa.Text, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("enterprise", sa.Text, nullable=True),
        sa.Column("judged_at", sa.DateTime(timezone=True), nullable=False),
        *(sa.Column(name, sa.Integer, nullable=False) for name in counts),
        sa.Column("energy_kwh", sa.Double, nullable=True),
        sa.Column("register_kwh", sa.Double, nullable=True),
        sa.PrimaryKeyConstraint("day", "meter", "revision", name="pk_quality_day"),
    )
