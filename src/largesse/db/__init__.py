"""PostgreSQL: connections, transactions, named SQL, group commit and migrations. No table of ours is known here."""

from largesse.db.connection import Connection
from largesse.db.database import Database
from largesse.db.faults import DatabaseFull, DatabaseUnavailable
from largesse.db.group_commit import GroupCommit, Locked
from largesse.db.sql import load
from largesse.db.writes import Writes, gathering
