"""Which revisions of the schema there are, and which one a database is at: without loading what runs migrations."""

from functools import cache
from pathlib import Path

from largesse.db.connection import Connection

VERSIONS = Path(__file__).with_name("migrations") / "versions"


@cache
def known(versions: Path = VERSIONS) -> frozenset[str]:
    """Return every revision that this code knows; a file is named by its own, `v0001_merchants.py`."""
    return frozenset(path.name[1:5] for path in versions.glob("v*.py"))


def head() -> str:
    """Return the revision that this code expects."""
    return max(known())


async def seen_by(connection: Connection) -> str | None:
    """Return the revision the database of an open session is at, None when it is empty.

    Cheap enough for a health check.
    """
    revision: str | None = await connection.fetchval("SELECT max(version_num) FROM alembic_version")
    return revision
