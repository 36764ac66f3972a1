"""Bring a ledger to the version this program knows, and refuse one that is newer."""

from __future__ import annotations

from importlib import resources

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection

from domain.errors import Invalid
from storage.ledger.database import Database


def _config() -> Config:
    # Resolved from the installed package: a wheel has no alembic.ini and no working directory of ours.
    folder = str(resources.files("storage.ledger").joinpath("migrations"))
    config = Config()
    config.set_main_option("script_location", folder.replace("%", "%%"))
    return config


def head_revision() -> str:
    """The version this program brings ledgers to."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    if head is None:
        raise RuntimeError("the package holds no migrations")
    return head


def _refuse_newer(connection: Connection, config: Config, address: str) -> None:
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    present = MigrationContext.configure(connection).get_current_revision()
    if present is not None and present not in known:
        raise Invalid(
            f"the ledger {address} has version {present}, written by a newer Yingfeng; this one knows versions up to "
            f"{head_revision()}. Start the newer program, or restore the copy made before the upgrade"
        )


def migrate_database(database: Database) -> None:
    """Upgrade in one transaction: two programs started together cannot both do it, and a failure leaves nothing."""
    config = _config()
    with database.writing() as connection:
        _refuse_newer(connection, config, database.address)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def migrate(url: str, *, password: str = "") -> str:
    """Upgrade the ledger at ``url`` and return its version. Raises Invalid when it is too new, or Unavailable."""
    database = Database(url, password=password)
    try:
        migrate_database(database)
    finally:
        database.close()
    return head_revision()
