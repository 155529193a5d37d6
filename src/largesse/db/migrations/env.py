"""Alembic's entry: run the migrations on the connection of `largesse.db.migrate`, a transaction for each."""

from alembic import context

attributes = context.config.attributes
context.configure(
    connection=attributes["connection"],
    transaction_per_migration=True,
    on_version_apply=attributes["still_alone"],
    patience=attributes["patience"],
)
with context.begin_transaction():
    context.run_migrations()
