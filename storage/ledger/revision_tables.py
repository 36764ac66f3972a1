"""Tables of what was known before, of what is to be derived again, and of validation, estimation and editing."""

from __future__ import annotations

import sqlalchemy as sa

from storage.ledger.tables import DOCUMENT, SERIAL, Instant, metadata

_FIGURES = ("demand_kw", "energy_kwh", "coverage", "estimate_kw", "estimate_low_kw", "estimate_high_kw")

demand_superseded = sa.Table(
    "demand_superseded",
    metadata,
    sa.Column("scope", sa.Text, primary_key=True),
    sa.Column("start_ms", sa.BigInteger, primary_key=True),
    sa.Column("revision", sa.Integer, primary_key=True),
    *(sa.Column(name, sa.Double, nullable=True) for name in _FIGURES),
    sa.Column("quality", sa.Text, nullable=False),
    sa.Column("superseded_at", Instant, nullable=False),
    sqlite_with_rowid=False,
)

dirty_interval = sa.Table(
    "dirty_interval",
    metadata,
    sa.Column("id", SERIAL, primary_key=True),
    sa.Column("start_ms", sa.BigInteger, nullable=False),
    sa.Column("end_ms", sa.BigInteger, nullable=False),
    sa.Column("meters", DOCUMENT, nullable=True),
    sa.Column("cause", sa.Text, nullable=False),
    sa.Column("at", Instant, nullable=False),
    # Without it SQLite may give a finished mark's id to a new one, which would then be taken for done.
    sqlite_autoincrement=True,
)

vee_change = sa.Table(
    "vee_change",
    metadata,
    sa.Column("id", SERIAL, primary_key=True),
    sa.Column("at", Instant, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("meters", DOCUMENT, nullable=False),
    sa.Column("start_ms", sa.BigInteger, nullable=False),
    sa.Column("end_ms", sa.BigInteger, nullable=False),
    sa.Column("undoes", sa.BigInteger, nullable=True),
    sa.Column("rows", sa.Integer, nullable=False),
    sa.Column("state", sa.Text, nullable=False, index=True),
    sqlite_autoincrement=True,
)

vee_flag = sa.Table(
    "vee_flag",
    metadata,
    sa.Column("id", SERIAL, primary_key=True),
    sa.Column("meter", sa.Text, nullable=False),
    sa.Column("rule", sa.Text, nullable=False),
    sa.Column("start_ms", sa.BigInteger, nullable=False),
    sa.Column("end_ms", sa.BigInteger, nullable=False),
    sa.Column("value", sa.Double, nullable=True),
    sa.Column("bound", sa.Double, nullable=True),
    sa.Column("text_zh", sa.Text, nullable=False),
    sa.Column("text_en", sa.Text, nullable=False),
    sa.Column("found_at", Instant, nullable=False),
    sa.Column("accepted_by", sa.Text, nullable=True),
    sa.Column("accepted_at", Instant, nullable=True),
    sa.Column("note", sa.Text, nullable=False),
    sa.UniqueConstraint("meter", "rule", "start_ms"),
    sa.Index(None, "start_ms", "id"),
    sqlite_autoincrement=True,
)

meter_exchange = sa.Table(
    "meter_exchange",
    metadata,
    sa.Column("id", SERIAL, primary_key=True),
    sa.Column("meter", sa.Text, sa.ForeignKey("meter.id"), nullable=False, index=True),
    sa.Column("at", Instant, nullable=False),
    sa.Column("closing_kwh", sa.Double, nullable=False),
    sa.Column("opening_kwh", sa.Double, nullable=False),
    sa.Column("old_multiplier", sa.Double, nullable=False),
    sa.Column("new_multiplier", sa.Double, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("entered_at", Instant, nullable=False),
    sqlite_autoincrement=True,
)
