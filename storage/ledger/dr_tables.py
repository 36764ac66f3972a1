"""Demand response: contracts, events with those who take part, steps, baselines, settlements, objections."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from domain.ids import AccountId
from storage.ledger.tables import DOCUMENT, SERIAL, Instant, metadata


def accounts_text(accounts: Sequence[AccountId]) -> str:
    return "+".join(accounts)


def accounts_of(text: str) -> tuple[AccountId, ...]:
    return tuple(AccountId(each) for each in text.split("+")) if text else ()


def _event() -> sa.Column[str]:
    return sa.Column("event", sa.Text, sa.ForeignKey("dr_event.id"), nullable=False, index=True)


contract = sa.Table(
    "dr_contract",
    metadata,
    sa.Column("id", SERIAL, primary_key=True),
    sa.Column("account", sa.Text, sa.ForeignKey("account.id"), nullable=False, index=True),
    sa.Column("programme", sa.Text, nullable=False),
    sa.Column("valid_from", sa.Date, nullable=False),
    sa.Column("valid_to", sa.Date, nullable=True),
    sa.Column("contracted_kw", sa.Double, nullable=False),
    sa.Column("aggregator", sa.Text, nullable=False),
    sa.Column("number", sa.Text, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sqlite_autoincrement=True,
)

event = sa.Table(
    "dr_event",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False, index=True),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("terms", DOCUMENT, nullable=False),
    sa.Column("start_ms", sa.BigInteger, nullable=False, index=True),
    sa.Column("end_ms", sa.BigInteger, nullable=False),
    sa.Column("target_kw", sa.Double, nullable=False),
    sa.Column("reply_by_ms", sa.BigInteger, nullable=False),
    sa.Column("drill", sa.Boolean, nullable=False),
    sa.Column("document", sa.Text, nullable=False),
    sa.Column("announced_ms", sa.BigInteger, nullable=True),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("at", Instant, nullable=False),
)

participant = sa.Table(
    "dr_participant",
    metadata,
    sa.Column("event", sa.Text, sa.ForeignKey("dr_event.id"), primary_key=True),
    sa.Column("enterprise", sa.Text, sa.ForeignKey("enterprise.id"), primary_key=True),
    sa.Column("accounts", sa.Text, primary_key=True),
    sa.Column("place", sa.Integer, nullable=False),
    sa.Column("account", sa.Text, nullable=False),
    sa.Column("aggregator", sa.Text, nullable=False),
    sa.Column("contracted_kw", sa.Double, nullable=True),
    sa.Column("possible_kw", sa.Double, nullable=True),
    sa.Column("confidence", sa.Double, nullable=True),
    sa.Column("invited_kw", sa.Double, nullable=True),
    sa.Column("answer", sa.Text, nullable=True),
    sa.Column("declared_kw", sa.Double, nullable=True),
    sa.Column("replied_ms", sa.BigInteger, nullable=True),
    sa.Column("remark", sa.Text, nullable=False),
    sa.Column("cleared_kw", sa.Double, nullable=True),
    sa.Column("official_declared_kw", sa.Double, nullable=True),
    sa.Column("official_cleared_kw", sa.Double, nullable=True),
    sa.Column("official_verified_kw", sa.Double, nullable=True),
    sa.Column("official_verified_kwh", sa.Double, nullable=True),
)

step = sa.Table(
    "dr_step",
    metadata,
    sa.Column("id", SERIAL, primary_key=True),
    _event(),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("move", sa.Text, nullable=False),
    sa.Column("before", sa.Text, nullable=False),
    sa.Column("after", sa.Text, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("at_ms", sa.BigInteger, nullable=False),
    sa.Column("note", sa.Text, nullable=False),
    sqlite_autoincrement=True,
)

baseline = sa.Table(
    "dr_baseline",
    metadata,
    sa.Column("event", sa.Text, sa.ForeignKey("dr_event.id"), primary_key=True),
    sa.Column("enterprise", sa.Text, sa.ForeignKey("enterprise.id"), primary_key=True),
    sa.Column("accounts", sa.Text, primary_key=True),
    sa.Column("revision", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("method", sa.Text, nullable=False),
    sa.Column("sample_days", DOCUMENT, nullable=False),
    sa.Column("base_kw", DOCUMENT, nullable=False),
    sa.Column("refusal", sa.Text, nullable=False),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("frozen_ms", sa.BigInteger, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("inputs", sa.LargeBinary, nullable=False),
)

settlement = sa.Table(
    "dr_settlement",
    metadata,
    sa.Column("event", sa.Text, sa.ForeignKey("dr_event.id"), primary_key=True),
    sa.Column("revision", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("event_version", sa.Integer, nullable=False),
    sa.Column("rows", DOCUMENT, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("at_ms", sa.BigInteger, nullable=False),
)

objection = sa.Table(
    "dr_objection",
    metadata,
    sa.Column("id", SERIAL, primary_key=True),
    _event(),
    sa.Column("enterprise", sa.Text, sa.ForeignKey("enterprise.id"), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("raised_by", sa.Text, nullable=False),
    sa.Column("raised_ms", sa.BigInteger, nullable=False),
    sa.Column("answer", sa.Text, nullable=False),
    sa.Column("answered_by", sa.Text, nullable=False),
    sa.Column("answered_ms", sa.BigInteger, nullable=True),
    sqlite_autoincrement=True,
)
