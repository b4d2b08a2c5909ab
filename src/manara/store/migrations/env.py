"""Runs migrations on the connection, and in the transaction, that the registry hands over."""

from alembic import context

from manara.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
