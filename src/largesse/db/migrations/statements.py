"""Run a migration's SQL. asyncpg prepares every statement, and only one statement can be prepared at a time."""

from alembic import op


def run_each(script: str) -> None:
    """Run the statements of `script`, separated by blank lines."""
    for statement in script.split("\n\n"):
        if statement.strip():
            op.execute(statement.strip().rstrip(";").replace(":", "\\:"))
