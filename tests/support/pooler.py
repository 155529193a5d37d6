"""A pooler in transaction mode, as strict as one can be: each transaction of a client meets another session.

It knows as much of PostgreSQL's protocol as asyncpg speaks (messages of one byte and a length), follows no prepared
statements, and forgets settings that a client made. What works behind it works behind PgBouncer's transaction mode.
"""

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

_ENCRYPTION_REQUESTS = (80877103, 80877104)
_SESSIONS = 2
_AUTHENTICATED = b"R" + struct.pack("!ii", 8, 0)

Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Pooler:
    """Lend the sessions of the server at `socket` to clients, a transaction at a time. `transactions` counts them."""

    def __init__(self, socket: Path) -> None:
        self.transactions = 0
        self._socket = socket
        self._idle: asyncio.Queue[Stream] = asyncio.Queue()
        self._sessions = 0
        self._greeting = b""
        self._clients: set[asyncio.StreamWriter] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take one client."""
        self._clients.add(writer)
        pump: asyncio.Task[None] | None = None
        try:
            startup = await self._startup(reader, writer)
            while self._sessions < _SESSIONS:
                self._sessions += 1
                self._idle.put_nowait(await self._open(startup))
            writer.write(_AUTHENTICATED + self._greeting)
            server: Stream | None = None
            while True:
                kind, message = await _message(reader)
                if kind == b"X":
                    return
                if server is None or pump is None or pump.done():
                    server = await self._idle.get()
                    pump = asyncio.create_task(self._pump(server, writer))
                server[1].write(message)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self._clients.discard(writer)
            writer.close()

    async def _pump(self, server: Stream, client: asyncio.StreamWriter) -> None:
        """Pass a session's answers on until a transaction has ended, and put the session back behind all others."""
        while True:
            kind, message = await _message(server[0])
            ended = kind == b"Z" and message[5:] == b"I"
            client.write(message)
            if ended:
                self.transactions += 1
                self._idle.put_nowait(server)
                return
            await client.drain()

    def close(self) -> None:
        """End all sessions."""
        for writer in self._clients:
            writer.close()
        while not self._idle.empty():
            self._idle.get_nowait()[1].close()

    async def _startup(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        while True:
            length, code = struct.unpack("!ii", await reader.readexactly(8))
            rest = await reader.readexactly(length - 8)
            if code not in _ENCRYPTION_REQUESTS:
                return struct.pack("!ii", length, code) + rest
            writer.write(b"N")

    async def _open(self, startup: bytes) -> Stream:
        reader, writer = await asyncio.open_unix_connection(self._socket)
        writer.write(startup)
        greeting = b""
        while True:
            kind, message = await _message(reader)
            if kind != b"R":
                greeting += message
            if kind == b"Z":
                self._greeting = greeting
                return reader, writer


async def _message(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    head = await reader.readexactly(5)
    rest = await reader.readexactly(struct.unpack("!i", head[1:])[0] - 4)
    return head[:1], head + rest


@asynccontextmanager
async def pooler_before(dsn: str) -> AsyncIterator[tuple[str, Pooler]]:
    """Stand between clients and the test server that `dsn` names; lend the pooler's own DSN."""
    address, _, folder = dsn.partition("?host=")
    pooler = Pooler(Path(folder) / ".s.PGSQL.5432")
    listener = await asyncio.start_server(pooler.serve, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    try:
        yield f"{address.replace('@/', f'@127.0.0.1:{port}/')}?sslmode=disable", pooler
    finally:
        listener.close()
        pooler.close()
