"""A message that comes twice is held in quarantine once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("quarantine", sa.Column("digest", sa.Text(), nullable=True))
    held = sa.text("state = 'held'")
    op.create_index(
        "uq_quarantine_held", "quarantine", ["digest"], unique=True, sqlite_where=held, postgresql_where=held
    )
