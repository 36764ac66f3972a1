"""Tables of approved projects and regions. Rows are added, never changed."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from storage.ledger.tables import SERIAL, Instant, metadata


def _common() -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("serial", SERIAL, primary_key=True),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
        sa.Column("approved_on", sa.Date, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("at", Instant, nullable=False),
    )


AMOUNTS = ("equivalent_tce", "calorific_tce", "intensity_tce", "electricity_kwh", "coal_t")

energy_project = sa.Table(
    "energy_project",
    metadata,
    *_common(),
    sa.Column("enterprise", sa.Text, nullable=False),
    sa.Column("route", sa.Text, nullable=False),
    *(sa.Column(name, sa.Double, nullable=True) for name in AMOUNTS),
    sa.Column("in_service_from", sa.Date, nullable=True),
    sa.Column("region", sa.Text, nullable=False),
    sa.Column("meters", sa.Text, nullable=False),
    sa.UniqueConstraint("id", "revision"),
    sqlite_autoincrement=True,
)

regional_review = sa.Table(
    "regional_review",
    metadata,
    *_common(),
    sa.Column("approved_tce", sa.Double, nullable=False),
    sa.Column("basis", sa.Text, nullable=False),
    sa.Column("valid_to", sa.Date, nullable=True),
    sa.Column("street", sa.Text, nullable=False),
    sa.UniqueConstraint("id", "revision"),
    sqlite_autoincrement=True,
)
