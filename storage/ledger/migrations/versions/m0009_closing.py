"""Enterprises that left the district and accounts that were closed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("enterprise_version", "account_version"):
        op.add_column(table, sa.Column("closed", sa.Boolean(), nullable=False, server_default=sa.false()))
