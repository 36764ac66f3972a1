"""Energy statements, output and the scope above scale."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# Written out, not imported from the models: a migration stays what it was when the models move on.
SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
FLOWS = ("bought", "opening_stock", "closing_stock", "resold", "feedstock", "supplied_out", "certified_non_fossil")


def _trace() -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )


def upgrade() -> None:
    op.create_table(
        "energy_entry",
        sa.Column("serial", SERIAL, nullable=False),
        sa.Column("enterprise", sa.Text(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("carrier", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Double(), nullable=False) for name in FLOWS),
        sa.Column("kgce_measured", sa.Double(), nullable=True),
        sa.Column("standing", sa.Text(), nullable=False),
        *_trace(),
        sa.PrimaryKeyConstraint("serial", name="pk_energy_entry"),
        sa.UniqueConstraint(
            "enterprise", "month", "carrier", "revision", name="uq_energy_entry_enterprise_month_carrier_revision"
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_energy_entry_month", "energy_entry", ["month"])
    op.create_table(
        "output_entry",
        sa.Column("serial", SERIAL, nullable=False),
        sa.Column("enterprise", sa.Text(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("value_added_10k_cny", sa.Double(), nullable=False),
        sa.Column("price_basis", sa.Text(), nullable=False),
        sa.Column("base_year", sa.Integer(), nullable=True),
        sa.Column("real_growth", sa.Double(), nullable=True),
        sa.Column("standing", sa.Text(), nullable=False),
        *_trace(),
        sa.PrimaryKeyConstraint("serial", name="pk_output_entry"),
        sa.UniqueConstraint("enterprise", "month", "revision", name="uq_output_entry_enterprise_month_revision"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_output_entry_month", "output_entry", ["month"])
    op.create_table(
        "reporting_scope",
        sa.Column("serial", SERIAL, nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("enterprise", sa.Text(), nullable=False),
        sa.Column("member", sa.Boolean(), nullable=False),
        *_trace(),
        sa.PrimaryKeyConstraint("serial", name="pk_reporting_scope"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_reporting_scope_year", "reporting_scope", ["year"])
