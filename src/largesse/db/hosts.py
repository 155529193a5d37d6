"""The servers that an address names, tried one by one.

asyncpg tries them in turn as well, under one time limit for all: a first one that hangs, or whose machine is gone, uses
that up, and the second is never asked. Here each has a limit of its own, and the last good one goes first.
"""

import os
from typing import Any, NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

import asyncpg
from asyncpg.connect_utils import SessionAttribute

from largesse.db.faults import ADDRESS_FAULTS, CONNECTION_FAULTS
from largesse.db.session import BoundedSession
from largesse.kernel.time_limits import limit

HOST_TIMEOUT_S = 2.0
ONLY_HOST_TIMEOUT_S = 4.0
DEFAULT_PORT = 5432


class Host(NamedTuple):
    """Where one server listens: a name, an address, or the folder of a socket; and its port."""

    name: str
    port: int


class Hosts:
    """Open sessions on whichever server of `dsn` takes writes."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._hosts = hosts_of(dsn)
        # The places of the hosts, in the order in which they are tried.
        self._order = list(range(len(self._hosts)))

    async def connect(
        self, *_: object, connection_class: type[BoundedSession] = BoundedSession, **options: Any
    ) -> BoundedSession:
        """Open a session, with asyncpg's `options`. A pool says first that it names no address of its own.

        Raises:
            Exception: as `asyncpg.connect`; of several hosts, what the last one said that was out of reach.
        """
        if len(self._hosts) < 2:
            return await asyncpg.connect(
                self._dsn, connection_class=connection_class, timeout=limit(ONLY_HOST_TIMEOUT_S), **options
            )
        fault: Exception | None = None
        for place in list(self._order):
            try:
                session = await self._connect_to(place, connection_class=connection_class, **options)
            except ADDRESS_FAULTS:
                raise
            except CONNECTION_FAULTS as error:
                fault = error if fault is None or isinstance(fault, asyncpg.InternalClientError) else fault
            else:
                self._put_first(place)
                return session
        assert fault is not None
        raise fault

    def put_off(self, session: BoundedSession) -> None:
        """Try the server of a session that does not answer after all others."""
        self._put_last(session.place)

    async def _connect_to(
        self, place: int, *, connection_class: type[BoundedSession], **options: Any
    ) -> BoundedSession:
        host = self._hosts[place]
        # Whatever becomes of it, also when whoever waits gives up: the next try begins with another host.
        self._put_last(place)
        session: BoundedSession = await asyncpg.connect(
            self._dsn,
            host=host.name,
            port=host.port,
            timeout=limit(HOST_TIMEOUT_S),
            target_session_attrs=SessionAttribute.read_write,
            connection_class=connection_class,
            **options,
        )
        session.place = place
        return session

    def _put_first(self, place: int) -> None:
        self._order.sort(key=lambda one: one != place)

    def _put_last(self, place: int) -> None:
        self._order.sort(key=lambda one: one == place)


def hosts_of(dsn: str) -> list[Host]:
    """Return the hosts that an address names itself, as asyncpg reads them; none where it cannot be read.

    What is wrong with an address is for asyncpg to say, which is asked with it as it stands.
    """
    try:
        parts = urlsplit(dsn)
        options = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        if "service" in options:
            return []
        named = parts.netloc.partition("@")[2] if "@" in parts.netloc else parts.netloc
        ports = [] if named else _numbers(options.get("port", ""))
        specs = (named or options.get("host", "")).split(",")
        hosts = [_host_of(spec, unquoted=bool(named)) for spec in specs if spec]
        defaults = ports or _numbers(os.environ.get("PGPORT", "")) or [DEFAULT_PORT]
        if len(defaults) == 1:
            defaults *= len(hosts)
        return [
            Host(name, default if ports or port is None else port)
            for (name, port), default in zip(hosts, defaults, strict=True)
        ]
    except ValueError:
        return []


def _host_of(spec: str, *, unquoted: bool) -> tuple[str, int | None]:
    if spec.startswith("/"):
        return spec, None
    if spec.startswith("["):
        name, _, port = spec[1:].partition("]")
        port = port.removeprefix(":")
    else:
        name, _, port = spec.partition(":")
    return (unquote(name) if unquoted else name), int(port) if port else None


def _numbers(text: str) -> list[int]:
    return [int(one) for one in text.split(",")] if text else []
