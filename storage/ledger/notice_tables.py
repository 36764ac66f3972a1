"""Notices, their deliveries and answers; who is reached how, who is on duty, and alerts that call people."""

from __future__ import annotations

import sqlalchemy as sa

from storage.ledger.tables import DOCUMENT, SERIAL, Instant, metadata

notice = sa.Table(
    "notice",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("notice_class", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("recipient", sa.Text, nullable=False, index=True),
    sa.Column("reference", sa.Text, nullable=False, index=True),
    sa.Column("reply", DOCUMENT, nullable=True),
    sa.Column("drill", sa.Boolean, nullable=False),
    sa.Column("confirmed_by", sa.Text, nullable=True),
    sa.Column("not_before_ms", sa.BigInteger, nullable=False),
    sa.Column("made_at", Instant, nullable=False, index=True),
    sa.Column("made_by", sa.Text, nullable=False),
)

delivery = sa.Table(
    "delivery",
    metadata,
    sa.Column("id", SERIAL, primary_key=True),
    sa.Column("notice", sa.Text, sa.ForeignKey("notice.id"), nullable=False, index=True),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("address", sa.Text, nullable=False),
    sa.Column("step", sa.Integer, nullable=False),
    sa.Column("priority", sa.Integer, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("due_ms", sa.BigInteger, nullable=False),
    sa.Column("changed_at", Instant, nullable=False),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("proof", sa.Text, nullable=False),
    sa.Column("sent_at", Instant, nullable=True),
    sa.Column("message", SERIAL, nullable=True),
    sa.Index("ix_delivery_queue", "state", "channel", "due_ms"),
    sqlite_autoincrement=True,
)

reply = sa.Table(
    "notice_reply",
    metadata,
    sa.Column("id", SERIAL, primary_key=True),
    sa.Column("notice", sa.Text, nullable=False, index=True),
    sa.Column("reference", sa.Text, nullable=False, index=True),
    sa.Column("enterprise", sa.Text, nullable=True),
    sa.Column("answer", sa.Text, nullable=False),
    sa.Column("at_ms", sa.BigInteger, nullable=False),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("power_kw", sa.Double, nullable=True),
    sa.Column("start_ms", sa.BigInteger, nullable=True),
    sa.Column("end_ms", sa.BigInteger, nullable=True),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("words", sa.Text, nullable=False),
    sa.Column("marks", DOCUMENT, nullable=False),
    sa.Column("undone_by", sa.Text, nullable=True),
    sa.Column("undone_at", Instant, nullable=True),
    sa.Column("nonce", sa.Text, nullable=True, unique=True),
    sqlite_autoincrement=True,
)

route = sa.Table(
    "notice_route",
    metadata,
    sa.Column("id", SERIAL, primary_key=True),
    sa.Column("recipient", sa.Text, nullable=False, index=True),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("address", sa.Text, nullable=False),
    sa.Column("step", sa.Integer, nullable=False),
    sa.Column("alerts_from", sa.Text, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sqlite_autoincrement=True,
)

silence = sa.Table(
    "silence",
    metadata,
    sa.Column("id", SERIAL, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("recipient", sa.Text, nullable=False),
    sa.Column("scope", sa.Text, nullable=False),
    sa.Column("start", Instant, nullable=False),
    sa.Column("end", Instant, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sqlite_autoincrement=True,
)

duty_shift = sa.Table(
    "duty_shift",
    metadata,
    sa.Column("id", SERIAL, primary_key=True),
    sa.Column("user_name", sa.Text, nullable=False),
    sa.Column("rank", sa.Integer, nullable=False),
    sa.Column("start", Instant, nullable=False, index=True),
    sa.Column("end", Instant, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sqlite_autoincrement=True,
)

escalation = sa.Table(
    "escalation",
    metadata,
    sa.Column("alert", sa.Text, primary_key=True),
    sa.Column("state", sa.Text, nullable=False, index=True),
    sa.Column("called", DOCUMENT, nullable=False),
    sa.Column("round", sa.Integer, nullable=False),
    sa.Column("started_at", Instant, nullable=False),
    sa.Column("next_at", Instant, nullable=True),
    sa.Column("acknowledged_by", sa.Text, nullable=True),
    sa.Column("acknowledged_at", Instant, nullable=True),
    sa.Column("closed_at", Instant, nullable=True),
)

signing_key = sa.Table(
    "signing_key",
    metadata,
    sa.Column("purpose", sa.Text, primary_key=True),
    sa.Column("secret", sa.Text, nullable=False),
    sa.Column("made_at", Instant, nullable=False),
)
