"""What PostgreSQL knows of its tables, renewed at once after many rows came at once.

Autovacuum looks once a minute. Until then the planner takes a merchant that it never met for a handful of rows.
"""

from largesse.db.connection import Connection
from largesse.db.database import Database

# Fewer rows than this change no plan.
ROWS_MIN = 1_000
_GROWING = (
    *("certificates", "certificate_numbers", "journal", "checkouts", "payments", "orders", "gifts", "mails"),
    *("events", "deliveries", "routes"),
)


async def join_whole(connection: Connection) -> None:
    """Have the rest of a transaction join tables whole, never row by row.

    For what goes through all that a merchant has: a set of rows that was written a moment ago is unknown to the
    planner, which would look through all of it again for each row of the journal.
    """
    await connection.execute("SET LOCAL enable_nestloop = off")


async def renew_statistics(database: Database, *, rows: int) -> None:
    """Have the tables that a load of `rows` orders filled looked at; nothing happens after a small one.

    It reads samples, and keeps nobody else from reading or writing.
    """
    if rows < ROWS_MIN:
        return
    async with database.dedicated() as connection:
        await connection.execute(f"ANALYZE {', '.join(_GROWING)}")
