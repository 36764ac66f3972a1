"""Run by Alembic with the connection ``storage.ledger.migration`` gives it."""

from __future__ import annotations

from alembic import context

from storage.ledger import revision_tables  # noqa: F401 - declares its tables on the same metadata
from storage.ledger.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite alters a table by copying it
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
