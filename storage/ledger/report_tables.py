"""Versions of reports, their sign-offs with the frozen files, and the record of sendings."""

from __future__ import annotations

import sqlalchemy as sa

from storage.ledger.tables import DOCUMENT, SERIAL, Instant, metadata

report_version = sa.Table(
    "report_version",
    metadata,
    sa.Column("serial", SERIAL, primary_key=True),
    sa.Column("id", sa.Text, nullable=False, unique=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("period", sa.Text, nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("sources", DOCUMENT, nullable=False),
    sa.Column("drill", sa.Boolean, nullable=False),
    sa.Column("corrects", sa.Text, nullable=True),
    sa.Column("made_at", Instant, nullable=False),
    sa.Column("made_by", sa.Text, nullable=False),
    sa.Column("content", sa.LargeBinary, nullable=False),
    sa.UniqueConstraint("kind", "subject", "period", "number"),
    sqlite_autoincrement=True,
)

report_sign_off = sa.Table(
    "report_sign_off",
    metadata,
    sa.Column("version", sa.Text, sa.ForeignKey("report_version.id"), primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("period", sa.Text, nullable=False),
    sa.Column("edition", sa.Integer, nullable=False),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("content", sa.LargeBinary, nullable=False),
    # One edition of a number: two people who sign at the same time do not both succeed.
    sa.UniqueConstraint("kind", "subject", "period", "edition"),
)

report_file = sa.Table(
    "report_file",
    metadata,
    sa.Column("version", sa.Text, sa.ForeignKey("report_version.id"), primary_key=True),
    sa.Column("form", sa.Text, primary_key=True),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("data", sa.LargeBinary, nullable=False),
)

report_sending = sa.Table(
    "report_sending",
    metadata,
    sa.Column("id", SERIAL, primary_key=True),
    sa.Column("version", sa.Text, sa.ForeignKey("report_version.id"), nullable=False),
    sa.Column("recipient", sa.Text, nullable=False),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("form", sa.Text, nullable=False),
    sa.Column("anonymised", sa.Boolean, nullable=False),
    sa.Column("watermark", sa.Text, nullable=False),
    sa.Column("digest", sa.Text, nullable=False, index=True),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("note", sa.Text, nullable=False),
    sqlite_autoincrement=True,
)
