"""Billed months of accounts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "billed_month",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        sa.Column("energy_kwh", sa.Double(), nullable=True),
        sa.Column("maximum_kw", sa.Double(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_billed_month"),
        sa.ForeignKeyConstraint(["account"], ["account.id"], name="fk_billed_month_account"),
        sa.UniqueConstraint("account", "month", "revision", name="uq_billed_month_account_month_revision"),
    )
