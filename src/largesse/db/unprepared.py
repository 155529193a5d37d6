"""Sessions for poolers that give every transaction another session of the server (docs/decisions/0008-poolers.md).

asyncpg remembers what it has had parsed, under names. Behind PgBouncer in transaction mode the next transaction may
meet another session, which has never heard of the name, or knows it from somebody else. PgBouncer follows prepared
statements since 1.21, where `max_prepared_statements` is above zero; this is for all others.
"""

from uuid import uuid4

from largesse.db.session import BoundedSession


class UnpreparedSession(BoundedSession):
    """A session for `statement_cache_size=0`: what it parses has no name, and is run in the same exchange.

    Cursors and prepared statements are named all the same, within a transaction; two processes must not use one name on
    sessions that they have by turns.
    """

    def _get_unique_id(self, prefix: str) -> str:
        return f"__largesse_{prefix}_{uuid4().hex}__"
