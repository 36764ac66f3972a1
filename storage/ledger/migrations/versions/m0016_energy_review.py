"""Approved projects and regions of energy review."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

# Written out, not imported from the models: a migration stays what it was when the models move on.
SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _common() -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("serial", SERIAL, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("approved_on", sa.Date(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )


def upgrade() -> None:
    amounts = ("equivalent_tce", "calorific_tce", "intensity_tce", "electricity_kwh", "coal_t")
    op.create_table(
        "energy_project",
        *_common(),
        sa.Column("enterprise", sa.Text(), nullable=False),
        sa.Column("route", sa.Text(), nullable=False),
        *(sa.Column(name, sa.Double(), nullable=True) for name in amounts),
        sa.Column("in_service_from", sa.Date(), nullable=True),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("meters", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("serial", name="pk_energy_project"),
        sa.UniqueConstraint("id", "revision", name="uq_energy_project_id_revision"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "regional_review",
        *_common(),
        sa.Column("approved_tce", sa.Double(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("street", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("serial", name="pk_regional_review"),
        sa.UniqueConstraint("id", "revision", name="uq_regional_review_id_revision"),
        sqlite_autoincrement=True,
    )
