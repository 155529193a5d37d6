"""What takes an owner's word: that a new endpoint is told at all, and that one leads to another host."""

from datetime import datetime
from uuid import UUID

import msgspec

from largesse.db.connection import Connection
from largesse.kernel.sealing import Keyring
from largesse.outbox import store
from largesse.outbox.endpoints import (
    EndpointChange,
    change_endpoint,
    opened,
    parted,
    remove_endpoint,
    sealed_private,
    set_status,
    standing_endpoint,
)
from largesse.outbox.errors import EndpointIsMail, NothingAsked
from largesse.outbox.model import EMAIL, AskedOfEndpoint, Endpoint, EndpointStatus


async def ask_for_address(
    connection: Connection, keyring: Keyring, endpoint_id: UUID, url: str, *, by: str, now: datetime
) -> Endpoint:
    """Have another address of an endpoint wait for an owner's word; it leads where it led until then.

    Raises:
        EndpointNotFound: there is no such endpoint.
        EndpointIsMail: it sends mail.
    """
    endpoint = await standing_endpoint(connection, endpoint_id, lock=True)
    if endpoint.format == EMAIL:
        raise EndpointIsMail
    bare, private = parted(url, {})
    asked = AskedOfEndpoint(
        by=by, at=now, url=bare, query=sealed_private(keyring, private, context=endpoint.private_context)
    )
    after = msgspec.structs.replace(endpoint, asked=asked)
    await store.ask(connection, after)
    return after


async def admit_endpoint(connection: Connection, keyring: Keyring, endpoint_id: UUID, *, now: datetime) -> Endpoint:
    """Let a new endpoint be told, or an endpoint lead to the address that was asked for, and return it.

    Raises:
        EndpointNotFound: there is no such endpoint.
        NothingAsked: nothing about it waits for an owner's word.
    """
    endpoint = await standing_endpoint(connection, endpoint_id, lock=True)
    asked = endpoint.asked
    if asked is None:
        raise NothingAsked
    after = msgspec.structs.replace(endpoint, asked=None)
    await store.ask(connection, after)
    if endpoint.status is EndpointStatus.WAITING:
        return await set_status(connection, after, EndpointStatus.ACTIVE, None)
    query = opened(keyring, asked.query, endpoint).query
    url = f"{asked.url}?{query}" if query else asked.url
    return await change_endpoint(connection, keyring, endpoint_id, EndpointChange(url=url), now=now)


async def decline_endpoint(connection: Connection, endpoint_id: UUID, *, now: datetime) -> Endpoint:
    """Refuse what is asked: a new endpoint is removed, another one goes on as it is. Return it as it is now.

    Raises:
        EndpointNotFound: there is no such endpoint.
        NothingAsked: nothing about it waits for an owner's word.
    """
    endpoint = await standing_endpoint(connection, endpoint_id, lock=True)
    if endpoint.asked is None:
        raise NothingAsked
    if endpoint.status is EndpointStatus.WAITING:
        return await remove_endpoint(connection, endpoint_id, now=now)
    after = msgspec.structs.replace(endpoint, asked=None)
    await store.ask(connection, after)
    return after
