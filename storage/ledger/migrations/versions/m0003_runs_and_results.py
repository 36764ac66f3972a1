"""Runs and kept results."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
DOCUMENT = sa.JSON().with_variant(JSONB(), "postgresql")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _runs()
    _results()


def _runs() -> None:
    op.create_table(
        "run",
        sa.Column("serial", SERIAL),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("parameters", DOCUMENT, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("started_at", INSTANT),
        sa.Column("ended_at", INSTANT),
        sa.Column("share", sa.Double, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("problem", sa.Text, nullable=False),
        sa.Column("result", sa.Text),
        sa.PrimaryKeyConstraint("serial", name="pk_run"),
        sa.UniqueConstraint("id", name="uq_run_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_run_kind", "run", ["kind"])
    op.create_index("ix_run_state", "run", ["state"])


def _results() -> None:
    op.create_table(
        "result",
        sa.Column("serial", SERIAL),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("parameters", DOCUMENT, nullable=False),
        sa.Column("parameters_digest", sa.Text, nullable=False),
        sa.Column("data_digest", sa.Text, nullable=False),
        sa.Column("settings_digest", sa.Text, nullable=False),
        sa.Column("program", sa.Text, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("body_digest", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("serial", name="pk_result"),
        sa.UniqueConstraint("id", name="uq_result_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_result_kind_subject_serial", "result", ["kind", "subject", "serial"])
