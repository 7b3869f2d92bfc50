"""What Alembic runs: all migrations that are missing, on the connection it was handed."""

from alembic import context

from codex2api.store.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    transactional_ddl=True,
)
context.run_migrations()
