"""Alembic's entry: run the migrations on the connection of `largesse.db.migrate`, all in its one transaction."""

from alembic import context

context.configure(connection=context.config.attributes["connection"])
context.run_migrations()
