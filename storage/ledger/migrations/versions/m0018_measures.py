"""Landscape lighting and storage of an enterprise, which orderly use dispatches before production."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("lighting_kw", "storage_kw", "storage_kwh"):
        op.add_column("enterprise_version", sa.Column(name, sa.Double(), nullable=True))
