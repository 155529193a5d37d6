"""A way to a server that can fall silent: it still takes connections and bytes, and passes nothing on.

    python -m tests.support.silence PORT TARGET

listens on PORT of this machine and passes all bytes on to TARGET, a path of a socket, or a host and a port with a
colon between. It falls silent for ever after a line `hush` on stdin; after `hush at commit` once it has passed the next
COMMIT on, so that nobody hears what became of it.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import parse_qs, urlsplit


class Silence:
    """A way that can be closed from both sides without a word."""

    def __init__(self, target: str) -> None:
        self.hushed = False
        self.at_commit = False
        self._target = target

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take one connection."""
        try:
            if self._target.startswith("/"):
                there, back = await asyncio.open_unix_connection(self._target)
            else:
                host, _, port = self._target.rpartition(":")
                there, back = await asyncio.open_connection(host, int(port))
        except OSError:
            writer.close()
            return
        await asyncio.gather(self._pass(reader, back), self._pass(there, writer), return_exceptions=True)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while some := await reader.read(65536):
                if self.hushed:
                    await asyncio.Event().wait()
                self.hushed = self.at_commit and b"COMMIT" in some
                writer.write(some)
                await writer.drain()
        writer.close()


async def main(port: int, target: str) -> None:
    """Serve until stdin ends."""
    way = Silence(target)
    server = await asyncio.start_server(way.serve, "127.0.0.1", port)
    print(server.sockets[0].getsockname()[1], flush=True)
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    while line := await lines.readline():
        way.hushed = line.strip() == b"hush"
        way.at_commit = line.strip() == b"hush at commit"
        print("heard", flush=True)
    os._exit(0)


class Way:
    """The process, and the address that leads through it."""

    def __init__(self, process: asyncio.subprocess.Process, port: int) -> None:
        self.port = port
        self._process = process

    async def hush(self) -> None:
        """Pass nothing on from now on, for ever on connections that stand."""
        await self._tell(b"hush\n")

    async def hush_at_commit(self) -> None:
        """Pass nothing on once the next COMMIT was passed on."""
        await self._tell(b"hush at commit\n")

    async def _tell(self, line: bytes) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(line)
        await self._process.stdin.drain()
        assert await self._process.stdout.readline()


@asynccontextmanager
async def a_way_to(dsn: str) -> AsyncIterator[Way]:
    """Lend a way to the server of `dsn`, in a process of its own."""
    parts = urlsplit(dsn)
    folder = parse_qs(parts.query).get("host", [""])[0]
    target = f"{folder}/.s.PGSQL.5432" if folder else f"{parts.hostname}:{parts.port or 5432}"
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.support.silence",
        "0",
        target,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        yield Way(process, int(await process.stdout.readline()))
    finally:
        process.kill()
        await process.wait()


def through(dsn: str, *ways: Way) -> str:
    """Return the address of the same database through one way or several."""
    parts = urlsplit(dsn)
    user = f"{parts.netloc.rpartition('@')[0]}@" if "@" in parts.netloc else ""
    hosts = ",".join(f"127.0.0.1:{way.port}" for way in ways)
    return f"postgresql://{user}{hosts}{parts.path}?sslmode=disable"


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2]))
