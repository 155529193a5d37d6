"""What a migration's file does its work with (docs/decisions/0088-online-migrations.md).

`run` is for nearly all of them: a script, in the transaction of its file. What must run outside a transaction has a
file of its own, in which every statement may be run again, for a file that is cut short starts anew.
`require_closed_service` comes first in a file whose change no running process would survive.
"""

from typing import Any

from alembic import op
from sqlalchemy import Connection

from largesse.db.migrations.patience import Patience
from largesse.kernel.errors import Conflict

OWN_NAME = "largesse-migrate"
"""The `application_name` of sessions that migrate; all others of Largesse have names that begin with `largesse`."""

OTHER_SESSIONS = """
SELECT application_name AS name, count(*)::int AS count FROM pg_stat_activity
WHERE datname = current_database() AND application_name LIKE 'largesse%' AND application_name <> $1
GROUP BY application_name
"""
"""Whose sessions are open, but for $1."""


class ServiceOpen(Conflict):
    """A migration that needs the service closed found sessions of it."""

    code = "database.service_open"
    message = (
        "This upgrade changes what running processes rely on, so it runs with the service closed. Stop every `web`, "
        "`worker` and command of Largesse, end the sessions that a pooler keeps for them, and start it again. "
        "Nothing was changed by it yet."
    )

    @classmethod
    def to(cls, sessions: dict[str, int]) -> "ServiceOpen":
        """Return the error that says how many sessions there are, by the name they go by."""
        count = ", ".join(f"{number} of {name}" for name, number in sorted(sessions.items()))
        return cls(f"{cls.message} Sessions that are open: {count}.")


def run(script: str) -> None:
    """Run a script of SQL whole, its statements ended by semicolons, in the transaction of this migration."""
    patience: Patience = op.get_context().opts["patience"]
    connection = op.get_bind()
    connection.exec_driver_sql(f"SET LOCAL lock_timeout = {patience.lock_ms}")
    _execute(connection, script)


def run_outside(statement: str) -> None:
    """Run one statement outside any transaction. What the file did before is committed; it may be run again."""
    patience: Patience = op.get_context().opts["patience"]
    with op.get_context().autocommit_block():
        connection = op.get_bind()
        _execute(connection, f"SET lock_timeout = {patience.outside_lock_ms}")
        try:
            _execute(connection, statement)
        finally:
            _execute(connection, "RESET lock_timeout")


def create_index_concurrently(name: str, definition: str, *, unique: bool = False) -> None:
    """Build an index while the table is read and written; `definition` is what follows ON.

    An index that stands is left, one whose building was cut short is built anew.
    """
    with op.get_context().autocommit_block():
        valid = (
            op.get_bind()
            .exec_driver_sql("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass($1)", (name,))
            .scalar()
        )
    if valid is False:
        run_outside(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
    if not valid:
        run_outside(f"CREATE {'UNIQUE ' if unique else ''}INDEX CONCURRENTLY {name} ON {definition}")


def drop_index_concurrently(name: str) -> None:
    """Drop an index while its table is read and written; nothing where there is none."""
    run_outside(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")


def require_closed_service() -> None:
    """Refuse to go on while any other process of Largesse has this database open.

    Raises:
        ServiceOpen: there are sessions of others.
    """
    rows = op.get_bind().exec_driver_sql(OTHER_SESSIONS, (OWN_NAME,))
    if sessions := {str(name): int(count) for name, count in rows}:
        raise ServiceOpen.to(sessions)


def _execute(connection: Connection, script: str) -> None:
    driver: Any = connection.connection.dbapi_connection
    driver.run_async(lambda session: session.execute(script))
