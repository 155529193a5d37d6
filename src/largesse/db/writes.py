"""Writes of several domains, gathered and sent to the database as one statement.

A transaction that issues a certificate writes to six tables of five domains. Sent one after another, each of these
statements would wait for the network, for the server to wake and for our own event loop; together they wait once
(docs/decisions/0057-writes-are-sent-together.md). Each package still writes only its own tables: it adds its statement,
and never sees the others'.
"""

import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import lru_cache

import asyncpg

from largesse.db.connection import Connection
from largesse.db.faults import key_taken
from largesse.kernel.errors import LargesseError

Refusal = Callable[[asyncpg.PostgresError], LargesseError | None]
"""What a taken key means to the package that wrote it; None when the key is of another package's table, or of one that
the database does not name: then what is found tells."""

_PARAMETER = re.compile(r"\$(\d+)")
_KINDS_REMEMBERED = 256


class Writes:
    """Gather statements, then send them together.

    None may need what another writes, nor that it is not written yet, nor change the same row: on one server all of
    them see the database as it was before any of them, and the order is PostgreSQL's choice. A distributed database is
    sent them one by one, in the order in which they were added, so a row comes after those that it refers to.
    """

    def __init__(self) -> None:
        self._statements: list[str] = []
        self._counts: list[int] = []
        self._arguments: list[object] = []
        self._refusals: list[Refusal] = []

    def add(self, statement: str, *arguments: object, refusal: Refusal | None = None) -> None:
        """Add an INSERT, UPDATE or DELETE without WITH and without an answer, its parameters numbered from $1."""
        self._statements.append(statement)
        self._counts.append(len(arguments))
        self._arguments.extend(arguments)
        if refusal is not None:
            self._refusals.append(refusal)

    async def send(self, connection: Connection) -> None:
        """Run what was gathered, in one round trip on one server; nothing when there is nothing.

        Raises:
            LargesseError: a key was taken, in the words of the domain whose key it is. The transaction cannot go on.
            UniqueViolationError: a key was taken of which no package has said what that means.
        """
        if not self._statements:
            return
        try:
            if getattr(connection, "sends_apart", False):
                await self._send_apart(connection)
            else:
                await connection.execute(_together(tuple(self._statements), tuple(self._counts)), *self._arguments)
        except asyncpg.PostgresError as violation:
            if not key_taken(violation):
                raise
            for refusal in self._refusals:
                if (error := refusal(violation)) is not None:
                    raise error from violation
            raise

    async def _send_apart(self, connection: Connection) -> None:
        before = 0
        for statement, count in zip(self._statements, self._counts, strict=True):
            await connection.execute(statement, *self._arguments[before : before + count])
            before += count


@asynccontextmanager
async def gathering(connection: Connection) -> AsyncIterator[Writes]:
    """Gather what the block adds, and send it when the block ends well. Raises as `Writes.send`."""
    writes = Writes()
    yield writes
    await writes.send(connection)


@lru_cache(_KINDS_REMEMBERED)
def _together(statements: tuple[str, ...], counts: tuple[int, ...]) -> str:
    """Return one statement that runs all of `statements`, each with its own share of the parameters.

    Remembered, because the server is spared to parse again what looks the same.
    """
    if len(statements) == 1:
        return statements[0]
    parts = []
    before = 0
    for position, (statement, count) in enumerate(zip(statements, counts, strict=True)):
        parts.append(f"write_{position} AS (\n{_shifted(statement, before)}\n)")
        before += count
    return "WITH " + ", ".join(parts) + "\nSELECT"


def _shifted(statement: str, by: int) -> str:
    return _PARAMETER.sub(lambda found: f"${int(found[1]) + by}", statement)
