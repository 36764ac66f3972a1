"""Demand response: contracts, events with those who take part, steps, baselines, settlements, objections."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
DOCUMENT = sa.JSON().with_variant(JSONB(), "postgresql")


def _text(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def _figures(*names: str) -> list[sa.Column[float]]:
    return [sa.Column(name, sa.Double(), nullable=True) for name in names]


def _instant(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=nullable)


def _of(table: str, column: str, to: str = "dr_event.id") -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [to], name=f"fk_{table}_{column}")


def upgrade() -> None:
    _contracts_and_events()
    _records()


def _contracts_and_events() -> None:
    op.create_table(
        "dr_contract",
        sa.Column("id", SERIAL, nullable=False),
        *_text("account", "programme"),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("contracted_kw", sa.Double(), nullable=False),
        *_text("aggregator", "number", "source", "actor"),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_dr_contract"),
        _of("dr_contract", "account", to="account.id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_dr_contract_account", "dr_contract", ["account"])
    op.create_table(
        "dr_event",
        *_text("id"),
        sa.Column("version", sa.Integer(), nullable=False),
        *_text("kind", "state", "title"),
        sa.Column("terms", DOCUMENT, nullable=False),
        _instant("start_ms"),
        _instant("end_ms"),
        sa.Column("target_kw", sa.Double(), nullable=False),
        _instant("reply_by_ms"),
        sa.Column("drill", sa.Boolean(), nullable=False),
        *_text("document"),
        _instant("announced_ms", nullable=True),
        *_text("actor"),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_dr_event"),
    )
    op.create_index("ix_dr_event_state", "dr_event", ["state"])
    op.create_index("ix_dr_event_start_ms", "dr_event", ["start_ms"])
    op.create_table(
        "dr_participant",
        *_text("event", "enterprise"),
        sa.Column("place", sa.Integer(), nullable=False),
        *_text("account", "aggregator"),
        *_figures("contracted_kw", "possible_kw", "confidence", "invited_kw"),
        sa.Column("answer", sa.Text(), nullable=True),
        *_figures("declared_kw"),
        _instant("replied_ms", nullable=True),
        *_text("remark"),
        *_figures("cleared_kw", "official_declared_kw", "official_cleared_kw"),
        *_figures("official_verified_kw", "official_verified_kwh"),
        sa.PrimaryKeyConstraint("event", "enterprise", name="pk_dr_participant"),
        _of("dr_participant", "event"),
        _of("dr_participant", "enterprise", to="enterprise.id"),
    )


def _records() -> None:
    op.create_table(
        "dr_step",
        sa.Column("id", SERIAL, nullable=False),
        *_text("event"),
        sa.Column("version", sa.Integer(), nullable=False),
        *_text("move", "before", "after", "actor"),
        _instant("at_ms"),
        *_text("note"),
        sa.PrimaryKeyConstraint("id", name="pk_dr_step"),
        _of("dr_step", "event"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_dr_step_event", "dr_step", ["event"])
    op.create_table(
        "dr_baseline",
        *_text("event", "enterprise"),
        sa.Column("revision", sa.Integer(), autoincrement=False, nullable=False),
        *_text("method"),
        sa.Column("sample_days", DOCUMENT, nullable=False),
        sa.Column("base_kw", DOCUMENT, nullable=False),
        *_text("refusal", "digest"),
        _instant("frozen_ms"),
        *_text("actor", "reason"),
        sa.Column("inputs", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("event", "enterprise", "revision", name="pk_dr_baseline"),
        _of("dr_baseline", "event"),
        _of("dr_baseline", "enterprise", to="enterprise.id"),
    )
    op.create_table(
        "dr_settlement",
        *_text("event"),
        sa.Column("revision", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("event_version", sa.Integer(), nullable=False),
        sa.Column("rows", DOCUMENT, nullable=False),
        *_text("actor", "reason"),
        _instant("at_ms"),
        sa.PrimaryKeyConstraint("event", "revision", name="pk_dr_settlement"),
        _of("dr_settlement", "event"),
    )
    op.create_table(
        "dr_objection",
        sa.Column("id", SERIAL, nullable=False),
        *_text("event", "enterprise", "text", "raised_by"),
        _instant("raised_ms"),
        *_text("answer", "answered_by"),
        _instant("answered_ms", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_dr_objection"),
        _of("dr_objection", "event"),
        _of("dr_objection", "enterprise", to="enterprise.id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_dr_objection_event", "dr_objection", ["event"])
