"""The part of asyncpg's connection that Largesse uses, as a type. asyncpg ships no types of its own."""

from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

Row = Mapping[str, Any]
Sink = Callable[[bytes], Awaitable[None]]


class Connection(Protocol):
    """Run statements on one PostgreSQL session."""

    async def execute(self, query: str, *args: object, timeout: float | None = None) -> str:
        """Run a statement and return its command tag, such as `UPDATE 3`."""
        ...

    async def executemany(self, command: str, args: Iterable[Sequence[object]]) -> None:
        """Run a statement once for every sequence of arguments."""
        ...

    async def fetch(self, query: str, *args: object, timeout: float | None = None) -> list[Row]:
        """Run a query and return all its rows."""
        ...

    async def fetchrow(self, query: str, *args: object, timeout: float | None = None) -> Row | None:
        """Run a query and return its first row, None when there is none."""
        ...

    async def fetchval(self, query: str, *args: object, timeout: float | None = None) -> Any:
        """Run a query and return the first column of its first row, None when there is none."""
        ...

    def transaction(self, *, isolation: str | None = None, readonly: bool = False) -> AbstractAsyncContextManager[None]:
        """Open a transaction; inside another one, a savepoint."""
        ...

    def cursor(self, query: str, *args: object, prefetch: int | None = None) -> AsyncIterable[Row]:
        """Stream a query's rows. Only inside a transaction."""
        ...

    async def copy_from_query(self, query: str, *args: object, output: Sink, **options: object) -> str:
        """Stream `COPY (query) TO STDOUT` into `output`, chunk by chunk."""
        ...

    async def copy_records_to_table(
        self,
        table_name: str,
        *,
        records: Iterable[Sequence[object]] | AsyncIterator[Sequence[object]],
        columns: Sequence[str],
    ) -> str:
        """Load many rows with binary COPY."""
        ...

    async def add_listener(self, channel: str, callback: Callable[..., object]) -> None:
        """Call back at every NOTIFY on `channel`."""
        ...

    def terminate(self) -> None:
        """Drop the session without a word to the server."""
        ...

    def is_closed(self) -> bool:
        """Return whether the session has ended."""
        ...
