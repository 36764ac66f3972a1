"""Who takes part in an event, and each frozen baseline, may be of some accounts of an enterprise; empty = all of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

KEYS = {
    "dr_participant": ("event", "enterprise", "accounts"),
    "dr_baseline": ("event", "enterprise", "accounts", "revision"),
}


def upgrade() -> None:
    for table, key in KEYS.items():
        with op.batch_alter_table(table) as batch:
            batch.add_column(sa.Column("accounts", sa.Text(), nullable=False, server_default=""))
            batch.drop_constraint(f"pk_{table}", type_="primary")
            batch.create_primary_key(f"pk_{table}", list(key))
        with op.batch_alter_table(table) as batch:
            batch.alter_column("accounts", server_default=None)
