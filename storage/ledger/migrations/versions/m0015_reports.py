"""Versions of reports, sign-offs with their frozen files, sendings."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
DOCUMENT = sa.JSON().with_variant(JSONB(), "postgresql")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _versions()
    _sign_offs()
    _files()
    _sendings()


def _text(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text, nullable=False) for name in names]


def _versions() -> None:
    op.create_table(
        "report_version",
        sa.Column("serial", SERIAL),
        *_text("id", "kind", "subject", "period"),
        sa.Column("number", sa.Integer, nullable=False),
        *_text("title", "digest"),
        sa.Column("sources", DOCUMENT, nullable=False),
        sa.Column("drill", sa.Boolean, nullable=False),
        sa.Column("corrects", sa.Text),
        sa.Column("made_at", INSTANT, nullable=False),
        *_text("made_by"),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("serial", name="pk_report_version"),
        sa.UniqueConstraint("id", name="uq_report_version_id"),
        sa.UniqueConstraint("kind", "subject", "period", "number", name="uq_report_version_kind_subject_period_number"),
        sqlite_autoincrement=True,
    )


def _sign_offs() -> None:
    op.create_table(
        "report_sign_off",
        *_text("version", "kind", "subject", "period"),
        sa.Column("edition", sa.Integer, nullable=False),
        *_text("digest", "actor"),
        sa.Column("at", INSTANT, nullable=False),
        *_text("note"),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("version", name="pk_report_sign_off"),
        sa.ForeignKeyConstraint(["version"], ["report_version.id"], name="fk_report_sign_off_version"),
        sa.UniqueConstraint(
            "kind", "subject", "period", "edition", name="uq_report_sign_off_kind_subject_period_edition"
        ),
    )


def _files() -> None:
    op.create_table(
        "report_file",
        *_text("version", "form", "digest"),
        sa.Column("data", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("version", "form", name="pk_report_file"),
        sa.ForeignKeyConstraint(["version"], ["report_version.id"], name="fk_report_file_version"),
    )


def _sendings() -> None:
    op.create_table(
        "report_sending",
        sa.Column("id", SERIAL),
        *_text("version", "recipient", "channel", "form"),
        sa.Column("anonymised", sa.Boolean, nullable=False),
        *_text("watermark", "digest", "actor"),
        sa.Column("at", INSTANT, nullable=False),
        *_text("note"),
        sa.PrimaryKeyConstraint("id", name="pk_report_sending"),
        sa.ForeignKeyConstraint(["version"], ["report_version.id"], name="fk_report_sending_version"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_report_sending_digest", "report_sending", ["digest"])
