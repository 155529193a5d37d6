"""A PostgreSQL of our own, from a wheel, in the data folder.

lock.HomeLock              one Largesse per data folder
server.EmbeddedPostgres    start, adopt, stop
server.borrowed            a DSN for one command, whether or not the installation is open
"""

from largesse.adapters.embedded_postgres.lock import HomeLock
from largesse.adapters.embedded_postgres.server import EmbeddedPostgres, borrowed
