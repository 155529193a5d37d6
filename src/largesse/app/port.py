"""The port that visitors come to: is it free, and does somebody answer there?"""

import asyncio
import contextlib
import errno
import socket

from largesse.app.settings import reachable
from largesse.kernel.errors import LargesseError
from largesse.kernel.time_limits import limit

ANSWER_TIMEOUT_S = 2.0


class PortTaken(LargesseError):
    """Another program listens where we should."""

    code = "serve.port.taken"

    def __init__(self, host: str, port: int) -> None:
        super().__init__(
            f"Another program already listens on {host}, port {port}. "
            f"Stop it, or choose another port: PORT={port + 1 if port < 65535 else 8000} make serve"
        )


class AddressUnusable(LargesseError):
    """We cannot listen on the address at all."""

    code = "serve.address.unusable"

    def __init__(self, host: str, port: int, *, reason: str) -> None:
        super().__init__(
            f"Largesse cannot listen on {host}, port {port} ({reason}). "
            "Check LARGESSE_HOST and PORT; ports below 1024 are for root."
        )


def claim(host: str, port: int) -> int:
    """Return `port` after seeing that nobody listens on it, or a free one when it is 0.

    Raises:
        PortTaken: another program listens there.
        AddressUnusable: the address is not ours to listen on.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            # Connections of a former run that are only waiting to be forgotten do not count; listeners do, because
            # we do not set SO_REUSEPORT.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen(1)
            return int(probe.getsockname()[1])
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise PortTaken(host, port) from error
        raise AddressUnusable(host, port, reason=error.strerror or str(error)) from error


async def answers(host: str, port: int, path: str) -> bool:
    """Return whether an HTTP server on this machine answers GET `path` with 200."""
    with contextlib.suppress(OSError, TimeoutError):
        async with asyncio.timeout(limit(ANSWER_TIMEOUT_S)):
            reader, writer = await asyncio.open_connection(reachable(host).strip("[]"), port)
            try:
                writer.write(f"GET {path} HTTP/1.1\r\nHost: {reachable(host)}\r\nConnection: close\r\n\r\n".encode())
                line = await reader.readline()
            finally:
                writer.close()
                with contextlib.suppress(OSError):
                    await writer.wait_closed()
            return line.split(b" ")[1:2] == [b"200"]
    return False
