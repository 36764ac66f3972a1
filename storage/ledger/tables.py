"""The ledger's tables. A migration under ``migrations/versions`` makes each of them; a test compares the two.

Entities of the registry have one row in ``enterprise``, ``account`` or ``meter`` (what foreign keys point at) and one
row for each version. Instants are UTC. JSON is JSONB where the database has it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Dialect

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
DOCUMENT = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


class Instant(sa.types.TypeDecorator[datetime]):
    """A UTC instant. SQLite keeps no zone, so it is taken off on the way in and put back on the way out."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value.isoformat()} has no time zone")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _text(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Text, nullable=False)


def _figure(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Double, nullable=True)


def _flag(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Boolean, nullable=False)


def _closed() -> sa.Column[Any]:
    return sa.Column("closed", sa.Boolean, nullable=False, server_default=sa.false())


def _version_of(table: str) -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("id", sa.Text, sa.ForeignKey(f"{table}.id"), primary_key=True),
        sa.Column("valid_from", sa.Date, primary_key=True),
    )


registry_revision = sa.Table(
    "registry_revision",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("revision", sa.BigInteger, nullable=False),
)

enterprise = sa.Table("enterprise", metadata, sa.Column("id", sa.Text, primary_key=True))
account = sa.Table("account", metadata, sa.Column("id", sa.Text, primary_key=True))
meter = sa.Table("meter", metadata, sa.Column("id", sa.Text, primary_key=True))

enterprise_version = sa.Table(
    "enterprise_version",
    metadata,
    *_version_of("enterprise"),
    _text("name"),
    _text("credit_code"),
    _text("street"),
    _text("sector"),
    _text("shifts"),
    _text("rest_day"),
    _figure("security_load_kw"),
    _figure("main_production_kw"),
    _figure("auxiliary_kw"),
    _figure("non_production_kw"),
    _figure("shiftable_kw"),
    _figure("avoidable_kw"),
    _figure("curtailable_kw"),
    _figure("lighting_kw"),
    _figure("storage_kw"),
    _figure("storage_kwh"),
    _figure("summer_max_kw"),
    _figure("summer_max_day_mean_kw"),
    _figure("winter_max_kw"),
    _figure("winter_max_day_mean_kw"),
    _text("plan_level"),
    _figure("level_reduction_kw"),
    _text("measure"),
    _text("measure_hours"),
    _text("protected_class"),
    _text("restricted_class"),
    _flag("two_high"),
    _flag("limit_exceeded"),
    _flag("dr_contract"),
    _figure("dr_contract_kw"),
    _flag("remote_controllable"),
    _closed(),
    _text("responsibility_letter"),
    sa.Column("contacts", DOCUMENT, nullable=False),
)

account_version = sa.Table(
    "account_version",
    metadata,
    *_version_of("account"),
    sa.Column("enterprise", sa.Text, sa.ForeignKey("enterprise.id"), nullable=False),
    _text("substation"),
    _text("feeder"),
    _figure("voltage_kv"),
    _figure("contract_capacity_kva"),
    _figure("running_capacity_kva"),
    _figure("approved_demand_kw"),
    _closed(),
)

meter_version = sa.Table(
    "meter_version",
    metadata,
    *_version_of("meter"),
    sa.Column("account", sa.Text, sa.ForeignKey("account.id"), nullable=True),
    _text("role"),
    _text("data_class"),
    sa.Column("interval_s", sa.Integer, nullable=False),
    _text("stamp"),
    sa.Column("multiplier", sa.Double, nullable=False),
    _flag("primary_values"),
    sa.Column("register_modulus_kwh", sa.Double, nullable=False),
    sa.Column("gateway", sa.Text, nullable=True),
    sa.Column("landlord", sa.Text, sa.ForeignKey("enterprise.id"), nullable=True),
    _flag("in_service"),
)

quota = sa.Table(
    "quota",
    metadata,
    sa.Column("id", SERIAL, primary_key=True),
    _text("scope"),
    sa.Column("day", sa.Date, nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("points_kw", DOCUMENT, nullable=False),
    _text("source"),
    _text("actor"),
    sa.Column("at", Instant, nullable=False),
    sa.UniqueConstraint("scope", "day", "revision"),
)

reference = sa.Table(
    "reference",
    metadata,
    sa.Column("id", SERIAL, primary_key=True),
    _text("scope"),
    _text("kind"),
    sa.Column("on", sa.Date, nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("value_kw", sa.Double, nullable=False),
    _text("source"),
    _text("actor"),
    sa.Column("at", Instant, nullable=False),
    sa.UniqueConstraint("scope", "kind", "on", "revision"),
)

official_level = sa.Table(
    "official_level",
    metadata,
    sa.Column("id", SERIAL, primary_key=True),
    _text("level"),
    _text("document"),
    sa.Column("start", sa.Date, nullable=False),
    sa.Column("end", sa.Date, nullable=True),
    _text("actor"),
    sa.Column("at", Instant, nullable=False),
)

person = sa.Table(
    "person",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    _text("role"),
    sa.Column("enterprise", sa.Text, sa.ForeignKey("enterprise.id"), nullable=True),
    _flag("active"),
    _text("password_hash"),
    sa.Column("created_at", Instant, nullable=False),
)

session = sa.Table(
    "session",
    metadata,
    sa.Column("hash", sa.Text, primary_key=True),
    sa.Column("person", sa.Text, sa.ForeignKey("person.name"), nullable=False, index=True),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("expires_at", Instant, nullable=False),
)

token = sa.Table(
    "token",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("hash", sa.Text, nullable=False, unique=True),
    sa.Column("person", sa.Text, sa.ForeignKey("person.name"), nullable=False, index=True),
    _text("label"),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("expires_at", Instant, nullable=True),
    sa.Column("revoked_at", Instant, nullable=True),
)

audit = sa.Table(
    "audit",
    metadata,
    sa.Column("id", SERIAL, primary_key=True),
    sa.Column("at", Instant, nullable=False),
    sa.Column("actor", sa.Text, nullable=False, index=True),
    _text("action"),
    sa.Column("subject", sa.Text, nullable=False, index=True),
    sa.Column("before", DOCUMENT, nullable=True),
    sa.Column("after", DOCUMENT, nullable=True),
    # Without it SQLite gives the highest id again after a delete, and cursors would skip or repeat an entry.
    sqlite_autoincrement=True,
)

alert = sa.Table(
    "alert",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    _text("kind"),
    _text("rule"),
    _text("scope"),
    _text("severity"),
    sa.Column("state", sa.Text, nullable=False, index=True),
    sa.Column("started_at", Instant, nullable=False),
    sa.Column("changed_at", Instant, nullable=False),
    _figure("value"),
    _figure("threshold"),
    _text("unit"),
    _text("basis"),
    sa.Column("coverage", sa.Double, nullable=False),
    _text("message_zh"),
    _text("message_en"),
    sa.Column("resolved_at", Instant, nullable=True),
    sa.Column("acknowledged_by", sa.Text, nullable=True),
    sa.Column("acknowledged_at", Instant, nullable=True),
    _text("note"),
    sa.Column("members", DOCUMENT, nullable=False),
    sa.Column("memory", DOCUMENT, nullable=False),
    sa.Index(None, "started_at", "id"),
)

quarantine = sa.Table(
    "quarantine",
    metadata,
    sa.Column("id", SERIAL, primary_key=True),
    sa.Column("at", Instant, nullable=False),
    _text("topic"),
    sa.Column("payload", sa.LargeBinary, nullable=False),
    _text("reason"),
    _text("detail"),
    sa.Column("meter", sa.Text, nullable=True),
    _text("state"),
    # Of topic, payload, reason and meter: what a broker or a crash brings twice is held once.
    sa.Column("digest", sa.Text, nullable=True),
    sa.Index(None, "state", "reason", "id"),
    sa.Index(
        "uq_quarantine_held",
        "digest",
        unique=True,
        sqlite_where=sa.text("state = 'held'"),
        postgresql_where=sa.text("state = 'held'"),
    ),
    sqlite_autoincrement=True,
)
