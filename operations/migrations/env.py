"""Alembic's entry: it runs the migrations on the connection it is given (see `operations.database.migrate`)."""

from alembic import context

from operations.model import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    # SQLite changes a table by making it anew.
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
