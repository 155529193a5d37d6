"""How many connections one address may hold open, counted where they lie: among the sockets of this process.

The server library hands us requests, never connections: who opens a thousand of them and sends nothing, half a head, or
reads no answer is seen only here (docs/decisions/0077-slow-and-many-connections.md). What is beyond the bound is shut
down, the newest first; the library closes what was shut down. Only Linux says what a process has open; elsewhere
nothing is bounded, and the proxy in front has to do it.
"""

import os
import socket
import stat
import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing, suppress
from pathlib import Path

import structlog

LOOK_S = 0.5
# For how long sent data may lie unread at a peer (RFC 5482).
UNREAD_S = 30

_OPEN = Path("/proc/self/fd")
_log = structlog.get_logger()


class Connections:
    """Bound the connections to `port` from each address to `most`; `exempt` tells which addresses have no bound."""

    def __init__(self, port: int, *, most: int, exempt: Callable[[str], bool] = lambda _: False) -> None:
        self._port = port
        self._most = most
        self._exempt = exempt
        # By inode, in the order in which they were first seen: the address of the peer, None of what is not ours.
        self._known: dict[int, str | None] = {}

    def bound(self) -> int:
        """Shut down what is beyond the bound, and return how many that were."""
        found = dict(_sockets()) if _OPEN.is_dir() else {}
        if len(found) <= self._most:
            self._known.clear()
            return 0
        self._known = {inode: peer for inode, peer in self._known.items() if inode in found}
        for inode in sorted(found.keys() - self._known.keys()):
            self._known[inode] = self._peer(found[inode], inode)
        held, beyond = Counter[str](), list[int]()
        for inode, peer in self._known.items():
            if peer is None or self._exempt(peer):
                continue
            held[peer] += 1
            if held[peer] > self._most:
                beyond.append(inode)
        for inode in beyond:
            _shut(found[inode], inode)
            del self._known[inode]
        return len(beyond)

    def _peer(self, descriptor: int, inode: int) -> str | None:
        with suppress(OSError), closing(_copy_of(descriptor, inode)) as copy:
            if copy.family in (socket.AF_INET, socket.AF_INET6) and copy.getsockname()[1] == self._port:
                return str(copy.getpeername()[0])
        return None

    def drop_unread(self) -> None:
        """Have the system end connections to the port whose peer reads nothing of what was sent, from now on."""
        if not _OPEN.is_dir():
            return
        for inode, descriptor in _sockets():
            with suppress(OSError), closing(_copy_of(descriptor, inode)) as copy:
                if copy.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN) and copy.getsockname()[1] == self._port:
                    copy.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNREAD_S * 1000)


@asynccontextmanager
async def kept_bounded(connections: Connections, *, every_s: float = LOOK_S) -> AsyncIterator[None]:
    """Bound the connections for as long as the block runs, from a thread: the loop may be busy just then."""
    stopped = threading.Event()

    def check() -> None:
        connections.drop_unread()
        while not stopped.wait(every_s):
            if count := connections.bound():
                _log.warning("connections_ended", count=count)

    thread = threading.Thread(target=check, name="connections", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopped.set()


def _sockets() -> Iterator[tuple[int, int]]:
    """Yield inode and descriptor of every socket of this process."""
    for name in os.listdir(_OPEN):  # noqa: PTH208 - names are all that is needed, of thousands, twice a second
        with suppress(OSError):
            status = os.fstat(int(name))
            if stat.S_ISSOCK(status.st_mode):
                yield status.st_ino, int(name)


def _copy_of(descriptor: int, inode: int) -> socket.socket:
    """Return a socket of our own on the same connection.

    Raises:
        OSError: the descriptor was closed meanwhile, or belongs to another connection by now.
    """
    copy = os.dup(descriptor)
    if os.fstat(copy).st_ino != inode:
        os.close(copy)
        raise OSError
    return socket.socket(fileno=copy)


def _shut(descriptor: int, inode: int) -> None:
    with suppress(OSError), closing(_copy_of(descriptor, inode)) as copy:
        copy.shutdown(socket.SHUT_RDWR)
