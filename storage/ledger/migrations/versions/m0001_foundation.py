"""Registry, references, people, audit, alerts and quarantine."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# Written out, not imported from the models: a migration stays what it was when the models move on.
SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
DOCUMENT = sa.JSON().with_variant(JSONB(), "postgresql")
INSTANT = sa.DateTime(timezone=True)

APPEND_ONLY = "the audit log can only be added to"
SQLITE_GUARDS = (
    f"CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, '{APPEND_ONLY}'); END",
    f"CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, '{APPEND_ONLY}'); END",
)
POSTGRESQL_GUARDS = (
    "CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS "
    f"$$ BEGIN RAISE EXCEPTION '{APPEND_ONLY}' USING ERRCODE = 'insufficient_privilege'; END $$",
    "CREATE TRIGGER audit_no_change BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION audit_refuse()",
    "CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()",
)


def upgrade() -> None:
    _registry()
    _enterprise_versions()
    _account_and_meter_versions()
    _references()
    _people()
    _audit()
    _alerts()
    _quarantine()


def _registry() -> None:
    op.create_table(
        "registry_revision",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_registry_revision"),
    )
    op.create_table(
        "enterprise",
        sa.Column("id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_enterprise"),
    )
    op.create_table(
        "account",
        sa.Column("id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_account"),
    )
    op.create_table(
        "meter",
        sa.Column("id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_meter"),
    )
    op.execute("INSERT INTO registry_revision (id, revision) VALUES (1, 0)")


def _enterprise_versions() -> None:
    op.create_table(
        "enterprise_version",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("credit_code", sa.Text(), nullable=False),
        sa.Column("street", sa.Text(), nullable=False),
        sa.Column("sector", sa.Text(), nullable=False),
        sa.Column("shifts", sa.Text(), nullable=False),
        sa.Column("rest_day", sa.Text(), nullable=False),
        sa.Column("security_load_kw", sa.Double(), nullable=True),
        sa.Column("main_production_kw", sa.Double(), nullable=True),
        sa.Column("auxiliary_kw", sa.Double(), nullable=True),
        sa.Column("non_production_kw", sa.Double(), nullable=True),
        sa.Column("shiftable_kw", sa.Double(), nullable=True),
        sa.Column("avoidable_kw", sa.Double(), nullable=True),
        sa.Column("curtailable_kw", sa.Double(), nullable=True),
        sa.Column("summer_max_kw", sa.Double(), nullable=True),
        sa.Column("summer_max_day_mean_kw", sa.Double(), nullable=True),
        sa.Column("winter_max_kw", sa.Double(), nullable=True),
        sa.Column("winter_max_day_mean_kw", sa.Double(), nullable=True),
        sa.Column("plan_level", sa.Text(), nullable=False),
        sa.Column("level_reduction_kw", sa.Double(), nullable=True),
        sa.Column("measure", sa.Text(), nullable=False),
        sa.Column("measure_hours", sa.Text(), nullable=False),
        sa.Column("protected_class", sa.Text(), nullable=False),
        sa.Column("restricted_class", sa.Text(), nullable=False),
        sa.Column("two_high", sa.Boolean(), nullable=False),
        sa.Column("limit_exceeded", sa.Boolean(), nullable=False),
        sa.Column("dr_contract", sa.Boolean(), nullable=False),
        sa.Column("dr_contract_kw", sa.Double(), nullable=True),
        sa.Column("remote_controllable", sa.Boolean(), nullable=False),
        sa.Column("responsibility_letter", sa.Text(), nullable=False),
        sa.Column("contacts", DOCUMENT, nullable=False),
        sa.ForeignKeyConstraint(["id"], ["enterprise.id"], name="fk_enterprise_version_id"),
        sa.PrimaryKeyConstraint("id", "valid_from", name="pk_enterprise_version"),
    )


def _account_and_meter_versions() -> None:
    op.create_table(
        "account_version",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("enterprise", sa.Text(), nullable=False),
        sa.Column("substation", sa.Text(), nullable=False),
        sa.Column("feeder", sa.Text(), nullable=False),
        sa.Column("voltage_kv", sa.Double(), nullable=True),
        sa.Column("contract_capacity_kva", sa.Double(), nullable=True),
        sa.Column("running_capacity_kva", sa.Double(), nullable=True),
        sa.Column("approved_demand_kw", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(["enterprise"], ["enterprise.id"], name="fk_account_version_enterprise"),
        sa.ForeignKeyConstraint(["id"], ["account.id"], name="fk_account_version_id"),
        sa.PrimaryKeyConstraint("id", "valid_from", name="pk_account_version"),
    )
    op.create_table(
        "meter_version",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("account", sa.Text(), nullable=True),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("data_class", sa.Text(), nullable=False),
        sa.Column("interval_s", sa.Integer(), nullable=False),
        sa.Column("stamp", sa.Text(), nullable=False),
        sa.Column("multiplier", sa.Double(), nullable=False),
        sa.Column("primary_values", sa.Boolean(), nullable=False),
        sa.Column("register_modulus_kwh", sa.Double(), nullable=False),
        sa.Column("gateway", sa.Text(), nullable=True),
        sa.Column("landlord", sa.Text(), nullable=True),
        sa.Column("in_service", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["account.id"], name="fk_meter_version_account"),
        sa.ForeignKeyConstraint(["id"], ["meter.id"], name="fk_meter_version_id"),
        sa.ForeignKeyConstraint(["landlord"], ["enterprise.id"], name="fk_meter_version_landlord"),
        sa.PrimaryKeyConstraint("id", "valid_from", name="pk_meter_version"),
    )


def _references() -> None:
    op.create_table(
        "quota",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("points_kw", DOCUMENT, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_quota"),
        sa.UniqueConstraint("scope", "day", "revision", name="uq_quota_scope_day_revision"),
    )
    op.create_table(
        "reference",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("value_kw", sa.Double(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_reference"),
        sa.UniqueConstraint("scope", "kind", "on", "revision", name="uq_reference_scope_kind_on_revision"),
    )
    op.create_table(
        "official_level",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("start", sa.Date(), nullable=False),
        sa.Column("end", sa.Date(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_official_level"),
    )


def _people() -> None:
    op.create_table(
        "person",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("enterprise", sa.Text(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["enterprise"], ["enterprise.id"], name="fk_person_enterprise"),
        sa.PrimaryKeyConstraint("name", name="pk_person"),
    )
    op.create_table(
        "session",
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["person"], ["person.name"], name="fk_session_person"),
        sa.PrimaryKeyConstraint("hash", name="pk_session"),
    )
    op.create_index("ix_session_person", "session", ["person"])
    op.create_table(
        "token",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=True),
        sa.Column("revoked_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["person"], ["person.name"], name="fk_token_person"),
        sa.PrimaryKeyConstraint("id", name="pk_token"),
        sa.UniqueConstraint("hash", name="uq_token_hash"),
    )
    op.create_index("ix_token_person", "token", ["person"])


def _audit() -> None:
    op.create_table(
        "audit",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("before", DOCUMENT, nullable=True),
        sa.Column("after", DOCUMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_audit_actor", "audit", ["actor"])
    op.create_index("ix_audit_subject", "audit", ["subject"])
    for statement in SQLITE_GUARDS if op.get_bind().dialect.name == "sqlite" else POSTGRESQL_GUARDS:
        op.execute(statement)


def _alerts() -> None:
    op.create_table(
        "alert",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("changed_at", INSTANT, nullable=False),
        sa.Column("value", sa.Double(), nullable=True),
        sa.Column("threshold", sa.Double(), nullable=True),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("coverage", sa.Double(), nullable=False),
        sa.Column("message_zh", sa.Text(), nullable=False),
        sa.Column("message_en", sa.Text(), nullable=False),
        sa.Column("resolved_at", INSTANT, nullable=True),
        sa.Column("acknowledged_by", sa.Text(), nullable=True),
        sa.Column("acknowledged_at", INSTANT, nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("members", DOCUMENT, nullable=False),
        sa.Column("memory", DOCUMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_alert"),
    )
    op.create_index("ix_alert_started_at_id", "alert", ["started_at", "id"])
    op.create_index("ix_alert_state", "alert", ["state"])


def _quarantine() -> None:
    op.create_table(
        "quarantine",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("meter", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_quarantine"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_quarantine_state_reason_id", "quarantine", ["state", "reason", "id"])
