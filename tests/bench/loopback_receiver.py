"""A receiver that costs as little as one can: it counts, and writes down when posts to /rest arrive.

    python -m tests.bench.loopback_receiver

prints its port, then the moment (seconds since the epoch) of every post to /rest. GET /last gives the last post back.
"""

import asyncio
import sys
import time
from typing import cast

import uvloop

HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n"
ANSWER = HEAD % 2 + b"ok"


class Receiver(asyncio.Protocol):
    """Answer every post with 200."""

    last = b""

    def __init__(self) -> None:
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are of no class that asyncio knows.
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = self._buffer[:end].lower()
            if head.startswith(b"get "):
                self._buffer = b""
                self._transport.write(HEAD % len(Receiver.last) + Receiver.last)
                return
            length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
            if len(self._buffer) < end + 4 + length:
                return
            Receiver.last = self._buffer[: end + 4 + length]
            self._buffer = self._buffer[end + 4 + length :]
            if head.startswith(b"post /rest"):
                _say(f"{time.time():.6f}")
            self._transport.write(ANSWER)


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


async def main() -> None:
    """Serve until killed."""
    server = await asyncio.get_running_loop().create_server(Receiver, "127.0.0.1", 0)
    _say(str(server.sockets[0].getsockname()[1]))
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main())
