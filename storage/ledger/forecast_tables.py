"""Forecasts as they were issued, and their scores."""

from __future__ import annotations

import sqlalchemy as sa

from storage.ledger.tables import DOCUMENT, metadata

forecast_issue = sa.Table(
    "forecast_issue",
    metadata,
    sa.Column("issued_ms", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("scope", sa.Text, primary_key=True),
    sa.Column("method", sa.Text, nullable=False),
    sa.Column("data_digest", sa.Text, nullable=False),
    sa.Column("curves", sa.LargeBinary, nullable=False),
    sa.Column("peak_p50_kw", sa.Double, nullable=True),
    sa.Column("score", DOCUMENT, nullable=True),
)
