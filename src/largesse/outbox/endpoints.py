"""What may be done with endpoints and deliveries: add, change, pause, resume, remove, rotate the secret, send again.

What an endpoint may ask for is its caller's to check: here nothing is known of what events say.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from largesse.db.connection import Connection
from largesse.kernel.ids import derived_id, new_id
from largesse.kernel.sealing import Keyring
from largesse.outbox import store, views
from largesse.outbox.endpoint_rows import MaybeSealed
from largesse.outbox.errors import (
    DeliveryNotFound,
    EndpointIsMail,
    EndpointNotActive,
    EndpointNotFound,
    EndpointNotSigned,
    EndpointWaits,
)
from largesse.outbox.model import (
    EMAIL,
    MAIL_DUE,
    MAIL_SCHEME,
    NOTHING_PRIVATE,
    AskedOfEndpoint,
    Delivery,
    Endpoint,
    EndpointStatus,
    Private,
    private_context,
    secret_context,
)
from largesse.outbox.signing import new_secret

ROTATION_OVERLAP = timedelta(hours=24)
MAIL_ENDPOINT_URL = MAIL_SCHEME + "the-address-of-each-mail"


class NewEndpoint(msgspec.Struct, frozen=True, kw_only=True):
    """An endpoint that is asked for, checked: a whole URL in its one form, and the kinds of events it is told of.

    `endpoint_id` makes asking twice one endpoint. `asked_by` names whose endpoint waits for an owner's word; where
    nobody is named, it is told at once.
    """

    merchant_id: UUID
    format: str
    url: str
    events: tuple[str, ...]
    options: Mapping[str, str] = {}
    constants: Mapping[str, str] = {}
    ordered: bool = False
    endpoint_id: UUID | None = None
    asked_by: str = ""


class EndpointChange(msgspec.Struct, frozen=True, kw_only=True):
    """What shall be different of an endpoint, checked; None leaves a part alone."""

    url: str | None = None
    events: tuple[str, ...] | None = None
    options: Mapping[str, str] | None = None
    constants: Mapping[str, str] | None = None
    ordered: bool | None = None


async def add_endpoint(
    connection: Connection, keyring: Keyring, new: NewEndpoint, *, now: datetime
) -> tuple[Endpoint, str]:
    """Add an endpoint and return it with its signing secret, which is never shown again.

    Of an id that stands already nothing is changed, and the secret is none.
    """
    endpoint_id, secret = new.endpoint_id or new_id(now), new_secret()
    url, private = parted(new.url, new.constants)
    endpoint = Endpoint(
        merchant_id=new.merchant_id,
        endpoint_id=endpoint_id,
        format=new.format,
        url=url,
        events=new.events,
        options=new.options,
        private=sealed_private(keyring, private, context=private_context(new.merchant_id, endpoint_id)),
        ordered=new.ordered,
        status=EndpointStatus.WAITING if new.asked_by else EndpointStatus.ACTIVE,
        asked=AskedOfEndpoint(by=new.asked_by, at=now) if new.asked_by else None,
        secret=keyring.seal(secret, context=secret_context(new.merchant_id, endpoint_id)),
        created_at=now,
    )
    if not await store.insert_endpoint(connection, endpoint):
        return await standing_endpoint(connection, endpoint_id), ""
    return endpoint, secret


async def change_endpoint(
    connection: Connection, keyring: Keyring, endpoint_id: UUID, change: EndpointChange, *, now: datetime
) -> Endpoint:
    """Change an endpoint and return it as it is now. What waits for it goes out with the new values.

    Where the URL changes, what waits for a retry is due at once: it was the receiver before that failed.

    Raises:
        EndpointNotFound: there is no such endpoint.
        EndpointIsMail: it sends mail.
    """
    before = await standing_endpoint(connection, endpoint_id, lock=True)
    if before.format == EMAIL:
        raise EndpointIsMail
    known = open_private(keyring, before)
    constants = known.constants if change.constants is None else change.constants
    url, private = parted(change.url, constants) if change.url is not None else (before.url, known)
    private = msgspec.structs.replace(private, constants=constants)
    moved = (url, private.query) != (before.url, known.query)
    after = msgspec.structs.replace(
        before,
        url=url,
        events=before.events if change.events is None else change.events,
        options=before.options if change.options is None else change.options,
        private=sealed_private(keyring, private, context=before.private_context),
        clear=None,
        ordered=before.ordered if change.ordered is None else change.ordered,
        failing_since=None if moved else before.failing_since,
    )
    await store.update_endpoint(connection, after)
    if url != before.url and before.asked is not None and before.status is not EndpointStatus.WAITING:
        after = msgspec.structs.replace(after, asked=None)
        await store.ask(connection, after)
    if after.ordered != before.ordered:
        await store.reorder(connection, after)
    if moved:
        await store.hasten(connection, after, now=now)
    return after


async def remove_endpoint(connection: Connection, endpoint_id: UUID, *, now: datetime) -> Endpoint:
    """Remove an endpoint for good: it is told nothing more, what waits is given up, and its secrets are deleted.

    What was sent to it can still be looked up.

    Raises:
        EndpointNotFound: there is no such endpoint.
        EndpointIsMail: it sends mail, which a merchant cannot do without; it can be paused.
    """
    endpoint = await standing_endpoint(connection, endpoint_id, lock=True)
    if endpoint.format == EMAIL:
        raise EndpointIsMail
    await store.remove_endpoint(connection, endpoint, now=now)
    return msgspec.structs.replace(
        endpoint, status=EndpointStatus.REMOVED, status_reason="Removed.", private=None, clear=None
    )


async def notify_by_mail(
    connection: Connection, merchant_id: UUID, address: str, kinds: Sequence[str], *, now: datetime
) -> None:
    """Send events of some kinds to an e-mail address from now on: one such endpoint per merchant."""
    await store.upsert_notices(connection, merchant_id, _notices_id(merchant_id), MAIL_SCHEME + address, kinds, now=now)


async def open_notices(
    connection: Connection, merchant_id: UUID, address: str, kinds: Sequence[str], *, now: datetime
) -> None:
    """Do the same, unless they are sent somewhere already."""
    await store.open_mail(connection, merchant_id, _notices_id(merchant_id), MAIL_SCHEME + address, kinds, now=now)


async def open_mail_endpoint(connection: Connection, merchant_id: UUID, *, now: datetime) -> None:
    """Have events of the kind `mail.due` sent from now on: one endpoint per merchant, each mail to its own address.

    It can be paused and resumed like any other, and every mail and attempt can be looked up.
    """
    endpoint_id = derived_id("post office", merchant_id)
    await store.open_mail(connection, merchant_id, endpoint_id, MAIL_ENDPOINT_URL, (MAIL_DUE,), now=now)


async def pause_endpoint(connection: Connection, endpoint_id: UUID) -> Endpoint:
    """Stop sending to an endpoint; its deliveries gather and wait.

    Raises:
        EndpointNotFound: there is no such endpoint.
        EndpointNotActive: it is disabled, and gathers nothing.
        EndpointWaits: it is told nothing yet.
    """
    endpoint = await standing_endpoint(connection, endpoint_id, lock=True)
    if endpoint.status is EndpointStatus.DISABLED:
        raise EndpointNotActive
    if endpoint.status is EndpointStatus.WAITING:
        raise EndpointWaits
    return await set_status(connection, endpoint, EndpointStatus.PAUSED, "Paused by the merchant.")


async def resume_endpoint(connection: Connection, endpoint_id: UUID, *, now: datetime) -> Endpoint:
    """Send to a paused or disabled endpoint again. All that waits is due at once, with a fresh schedule.

    Raises:
        EndpointNotFound: there is no such endpoint.
        EndpointWaits: it is told nothing until an owner says so.
    """
    endpoint = await standing_endpoint(connection, endpoint_id, lock=True)
    if endpoint.status is EndpointStatus.WAITING:
        raise EndpointWaits
    resumed = await set_status(connection, endpoint, EndpointStatus.ACTIVE, None)
    await store.hasten(connection, resumed, now=now)
    return resumed


async def disable_endpoint(connection: Connection, endpoint_id: UUID, *, reason: str) -> Endpoint:
    """Send an endpoint nothing more until it is resumed.

    Raises:
        EndpointNotFound: there is no such endpoint.
    """
    endpoint = await standing_endpoint(connection, endpoint_id, lock=True)
    return await set_status(connection, endpoint, EndpointStatus.DISABLED, reason)


async def rotate_secret(
    connection: Connection,
    keyring: Keyring,
    endpoint_id: UUID,
    *,
    now: datetime,
    overlap: timedelta = ROTATION_OVERLAP,
) -> str:
    """Give an endpoint a new secret and return it; it is never shown again. The old one signs too until `overlap` ends.

    Raises:
        EndpointNotFound: there is no such endpoint.
        EndpointNotSigned: it is mail.
    """
    endpoint = await standing_endpoint(connection, endpoint_id, lock=True)
    if endpoint.secret is None:
        raise EndpointNotSigned
    secret = new_secret()
    sealed = keyring.seal(secret, context=endpoint.secret_context)
    await store.rotate_secret(connection, endpoint, sealed, previous_until=now + overlap)
    return secret


def open_secrets(keyring: Keyring, endpoint: Endpoint, *, now: datetime) -> tuple[str, ...]:
    """Return the secrets that sign for an endpoint at `now`, the newest first; none for mail.

    Raises:
        SecretUnreadable: the keyring does not belong to this database.
    """
    sealed = [endpoint.secret]
    if endpoint.previous_until is not None and now < endpoint.previous_until:
        sealed.append(endpoint.previous_secret)
    return tuple(keyring.open(secret, context=endpoint.secret_context) for secret in sealed if secret is not None)


def open_private(keyring: Keyring, endpoint: Endpoint) -> Private:
    """Return the query of an endpoint's URL and its constants, in clear.

    Raises:
        SecretUnreadable: the keyring does not belong to this database.
    """
    return opened(keyring, endpoint.private, endpoint) if endpoint.private else endpoint.clear or NOTHING_PRIVATE


def seal_private(keyring: Keyring, endpoint: Endpoint) -> Endpoint:
    """Return an endpoint with what an older version left in clear sealed under the current key."""
    private = open_private(keyring, endpoint)
    return msgspec.structs.replace(
        endpoint, private=sealed_private(keyring, private, context=endpoint.private_context), clear=None
    )


async def resend(connection: Connection, endpoint_id: UUID, event_id: UUID, *, now: datetime) -> Delivery:
    """Queue one delivery again, whatever became of it.

    Raises:
        EndpointNotFound, DeliveryNotFound: there is no such thing.
        EndpointNotActive: the endpoint is disabled.
    """
    endpoint = await sendable(connection, endpoint_id)
    delivery = await views.find_delivery(connection, endpoint.merchant_id, endpoint_id, event_id)
    if delivery is None:
        raise DeliveryNotFound
    await store.resend_one(connection, delivery, now=now)
    return delivery


async def resend_failed(connection: Connection, endpoint_id: UUID, *, since: datetime, now: datetime) -> int:
    """Queue every delivery again that was given up from `since` until this began; return how many.

    In the caller's transaction, in steps that each go on behind the one before: all are queued, or none.

    Raises:
        EndpointNotFound: there is no such endpoint.
        EndpointNotActive: the endpoint is disabled.
    """
    endpoint = await sendable(connection, endpoint_id)
    until = await store.last_failed_at(connection, endpoint)
    total, last_seen = 0, store.Failed(settled_at=since)
    while until is not None:
        queued = await store.resend_failed(connection, endpoint, last_seen=last_seen, until=until, now=now)
        if queued is None:
            break
        count, last_seen = queued
        total += count
    return total


async def sendable(connection: Connection, endpoint_id: UUID) -> Endpoint:
    """Return an endpoint that deliveries may be queued for.

    Raises:
        EndpointNotFound: there is no such endpoint, or it was removed.
        EndpointNotActive: it is disabled.
        EndpointWaits: it waits for an owner's word.
    """
    endpoint = await standing_endpoint(connection, endpoint_id)
    if endpoint.status is EndpointStatus.DISABLED:
        raise EndpointNotActive
    if endpoint.status is EndpointStatus.WAITING:
        raise EndpointWaits
    return endpoint


async def standing_endpoint(connection: Connection, endpoint_id: UUID, *, lock: bool = False) -> Endpoint:
    """Return an endpoint that was not removed; with `lock`, held until the transaction ends.

    Raises:
        EndpointNotFound: there is no such endpoint, or it was removed.
    """
    endpoint = await store.find_endpoint(connection, endpoint_id, lock=lock)
    if endpoint.status is EndpointStatus.REMOVED:
        raise EndpointNotFound
    return endpoint


async def set_status(
    connection: Connection, endpoint: Endpoint, status: EndpointStatus, reason: str | None
) -> Endpoint:
    """Give a locked endpoint another state, and return it as it is now."""
    await store.set_endpoint_status(connection, endpoint, status, reason)
    # Whoever is resumed starts with a clean slate, as the statement writes it.
    failing_since = None if status is EndpointStatus.ACTIVE else endpoint.failing_since
    return msgspec.structs.replace(endpoint, status=status, status_reason=reason, failing_since=failing_since)


def _notices_id(merchant_id: UUID) -> UUID:
    return derived_id("notices", merchant_id)


def parted(url: str, constants: Mapping[str, str]) -> tuple[str, Private]:
    """Return a URL without its query, and what is sealed."""
    bare, _, query = url.partition("?")
    return bare, Private(query=query, constants={name: text for name, text in constants.items() if text})


def opened(keyring: Keyring, sealed: MaybeSealed, endpoint: Endpoint) -> Private:
    """Return in clear what is sealed of an endpoint."""
    if sealed is None:
        return NOTHING_PRIVATE
    return msgspec.json.decode(keyring.open(sealed, context=endpoint.private_context), type=Private)


def sealed_private(keyring: Keyring, private: Private, *, context: bytes) -> MaybeSealed:
    """Return a receiver's own phrases sealed, None where there are none."""
    if not private.phrases:
        return None
    return keyring.seal(msgspec.json.encode(private).decode(), context=context)
