"""Superseded demand, dirty intervals, changes and flags of validation, estimation and editing, meter exchanges."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# Written out, not imported from the models: a migration stays what it was when the models move on.
SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
DOCUMENT = sa.JSON().with_variant(JSONB(), "postgresql")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _demand_superseded()
    _dirty_interval()
    _vee_change()
    _vee_flag()
    _meter_exchange()


def _demand_superseded() -> None:
    op.create_table(
        "demand_superseded",
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("start_ms", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("demand_kw", sa.Double(), nullable=True),
        sa.Column("energy_kwh", sa.Double(), nullable=True),
        sa.Column("coverage", sa.Double(), nullable=True),
        sa.Column("estimate_kw", sa.Double(), nullable=True),
        sa.Column("estimate_low_kw", sa.Double(), nullable=True),
        sa.Column("estimate_high_kw", sa.Double(), nullable=True),
        sa.Column("quality", sa.Text(), nullable=False),
        sa.Column("superseded_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("scope", "start_ms", "revision", name="pk_demand_superseded"),
        sqlite_with_rowid=False,
    )


def _dirty_interval() -> None:
    op.create_table(
        "dirty_interval",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("start_ms", sa.BigInteger(), nullable=False),
        sa.Column("end_ms", sa.BigInteger(), nullable=False),
        sa.Column("meters", DOCUMENT, nullable=True),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_dirty_interval"),
        sqlite_autoincrement=True,
    )


def _vee_change() -> None:
    op.create_table(
        "vee_change",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("meters", DOCUMENT, nullable=False),
        sa.Column("start_ms", sa.BigInteger(), nullable=False),
        sa.Column("end_ms", sa.BigInteger(), nullable=False),
        sa.Column("undoes", sa.BigInteger(), nullable=True),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_vee_change"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_vee_change_state", "vee_change", ["state"])


def _vee_flag() -> None:
    op.create_table(
        "vee_flag",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("meter", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("start_ms", sa.BigInteger(), nullable=False),
        sa.Column("end_ms", sa.BigInteger(), nullable=False),
        sa.Column("value", sa.Double(), nullable=True),
        sa.Column("bound", sa.Double(), nullable=True),
        sa.Column("text_zh", sa.Text(), nullable=False),
        sa.Column("text_en", sa.Text(), nullable=False),
        sa.Column("found_at", INSTANT, nullable=False),
        sa.Column("accepted_by", sa.Text(), nullable=True),
        sa.Column("accepted_at", INSTANT, nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_vee_flag"),
        sa.UniqueConstraint("meter", "rule", "start_ms", name="uq_vee_flag_meter_rule_start_ms"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_vee_flag_start_ms_id", "vee_flag", ["start_ms", "id"])


def _meter_exchange() -> None:
    op.create_table(
        "meter_exchange",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("meter", sa.Text(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("closing_kwh", sa.Double(), nullable=False),
        sa.Column("opening_kwh", sa.Double(), nullable=False),
        sa.Column("old_multiplier", sa.Double(), nullable=False),
        sa.Column("new_multiplier", sa.Double(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("entered_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_meter_exchange"),
        sa.ForeignKeyConstraint(["meter"], ["meter.id"], name="fk_meter_exchange_meter_meter"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_meter_exchange_meter", "meter_exchange", ["meter"])
