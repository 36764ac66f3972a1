"""Tables of energy statements, output and the scope above scale. Rows are added, never changed."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from storage.ledger.tables import SERIAL, Instant, metadata

FLOWS = ("bought", "opening_stock", "closing_stock", "resold", "feedstock", "supplied_out", "certified_non_fossil")


def _trace() -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("at", Instant, nullable=False),
    )


energy_entry = sa.Table(
    "energy_entry",
    metadata,
    sa.Column("serial", SERIAL, primary_key=True),
    sa.Column("enterprise", sa.Text, nullable=False),
    sa.Column("month", sa.Date, nullable=False),
    sa.Column("carrier", sa.Text, nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),
    *(sa.Column(name, sa.Double, nullable=False) for name in FLOWS),
    sa.Column("kgce_measured", sa.Double, nullable=True),
    sa.Column("standing", sa.Text, nullable=False),
    *_trace(),
    sa.UniqueConstraint("enterprise", "month", "carrier", "revision"),
    sa.Index(None, "month"),
    sqlite_autoincrement=True,
)

output_entry = sa.Table(
    "output_entry",
    metadata,
    sa.Column("serial", SERIAL, primary_key=True),
    sa.Column("enterprise", sa.Text, nullable=False),
    sa.Column("month", sa.Date, nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("value_added_10k_cny", sa.Double, nullable=False),
    sa.Column("price_basis", sa.Text, nullable=False),
    sa.Column("base_year", sa.Integer, nullable=True),
    sa.Column("real_growth", sa.Double, nullable=True),
    sa.Column("standing", sa.Text, nullable=False),
    *_trace(),
    sa.UniqueConstraint("enterprise", "month", "revision"),
    sa.Index(None, "month"),
    sqlite_autoincrement=True,
)

reporting_scope = sa.Table(
    "reporting_scope",
    metadata,
    sa.Column("serial", SERIAL, primary_key=True),
    sa.Column("year", sa.Integer, nullable=False, index=True),
    sa.Column("enterprise", sa.Text, nullable=False),
    sa.Column("member", sa.Boolean, nullable=False),
    *_trace(),
    sqlite_autoincrement=True,
)
