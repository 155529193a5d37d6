"""PostgreSQL: connections, transactions, named SQL, group commit and migrations. It knows no table but its own version."""

from largesse.db.database import Connection, Database, DatabaseUnavailable
from largesse.db.group_commit import GroupCommit
from largesse.db.sql import Queries, load

__all__ = ["Connection", "Database", "DatabaseUnavailable", "GroupCommit", "Queries", "load"]
