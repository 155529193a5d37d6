"""Alembic's entry: run the migrations on the connection that `largesse.db.migrate` opened, all in its one transaction."""

from alembic import context

context.configure(connection=context.config.attributes["connection"])
context.run_migrations()
