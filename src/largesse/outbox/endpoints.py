"""What may be done with endpoints and deliveries: add, pause, resume, rotate the secret, send again."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from largesse.db.connection import Connection
from largesse.db.database import Database
from largesse.kernel.errors import FieldError
from largesse.kernel.ids import derived_id, new_id
from largesse.kernel.sealing import Keyring
from largesse.outbox import store, views
from largesse.outbox.addresses import Reach, normalise_url
from largesse.outbox.catalogue import MAIL_DUE, EventKind
from largesse.outbox.errors import DeliveryNotFound, EndpointInvalid, EndpointNotActive, EndpointNotSigned
from largesse.outbox.model import Delivery, Endpoint, EndpointStatus, Format, secret_context
from largesse.outbox.render import MAIL_SCHEME
from largesse.outbox.signing import new_secret

CUSTOM_MAX = 55
ROTATION_OVERLAP = timedelta(hours=24)
_NOTICES = (
    EventKind.ENDPOINT_DISABLED.value,
    EventKind.PAYMENT_RETURNED.value,
    EventKind.REFUND_FAILED.value,
)
_EMAIL_MAX = 254
POST_OFFICE_URL = MAIL_SCHEME + "the-address-of-each-mail"


class AddEndpoint(msgspec.Struct, frozen=True, kw_only=True):
    """Ask for an endpoint. An order form is told of issued orders only; for json, empty `events` means every kind."""

    merchant_id: UUID
    format: Format
    url: str
    events: Sequence[str] = ()
    custom1: str = ""
    custom2: str = ""
    ordered: bool = False
    notify: str
    """The address that hears of it when the endpoint must be disabled."""


async def add_endpoint(
    connection: Connection, keyring: Keyring, wish: AddEndpoint, *, reach: Reach, now: datetime
) -> tuple[Endpoint, str]:
    """Add an endpoint and return it with its signing secret, which is never shown again.

    Raises:
        EndpointInvalid: naming every field that is wrong.
    """
    url, wrong = normalise_url(wish.url, reach=reach)
    events, wrong_events = _events_of(wish)
    wrong += wrong_events + _wrong_customs(wish)
    if wish.format is Format.EMAIL:
        wrong.append(_field("format", "Mail notices are set up by themselves; choose order-form or json."))
    if wrong:
        raise EndpointInvalid(fields=wrong)
    endpoint_id, secret = new_id(now), new_secret()
    endpoint = Endpoint(
        merchant_id=wish.merchant_id,
        endpoint_id=endpoint_id,
        format=wish.format,
        url=url,
        events=events,
        custom1=wish.custom1,
        custom2=wish.custom2,
        ordered=wish.ordered,
        secret=keyring.seal(secret, context=secret_context(wish.merchant_id, endpoint_id)),
        created_at=now,
    )
    await store.insert_endpoint(connection, endpoint)
    await notify_by_mail(connection, wish.merchant_id, wish.notify, now=now)
    return endpoint, secret


async def notify_by_mail(connection: Connection, merchant_id: UUID, address: str, *, now: datetime) -> None:
    """Send a merchant's notices to an e-mail address from now on: one endpoint of format `email` per merchant."""
    url = MAIL_SCHEME + address
    await store.upsert_notices(connection, merchant_id, _notices_id(merchant_id), url, _NOTICES, now=now)


async def open_notices(connection: Connection, merchant_id: UUID, address: str, *, now: datetime) -> None:
    """Send a merchant's notices to an e-mail address, unless they are sent somewhere already."""
    url = MAIL_SCHEME + address
    await store.open_mail(connection, merchant_id, _notices_id(merchant_id), url, _NOTICES, now=now)


async def open_post_office(connection: Connection, merchant_id: UUID, *, now: datetime) -> None:
    """Have events of the kind `mail.due` sent from now on: one endpoint per merchant, each mail to its own address.

    It can be paused and resumed like any other, and every mail and attempt can be looked up.
    """
    endpoint_id = derived_id("post office", merchant_id)
    await store.open_mail(connection, merchant_id, endpoint_id, POST_OFFICE_URL, (MAIL_DUE,), now=now)


async def pause_endpoint(connection: Connection, endpoint_id: UUID) -> Endpoint:
    """Stop sending to an endpoint; its deliveries gather and wait.

    Raises:
        EndpointNotFound: there is no such endpoint.
        EndpointNotActive: it is disabled, and gathers nothing.
    """
    endpoint = await store.find_endpoint(connection, endpoint_id, lock=True)
    if endpoint.status is EndpointStatus.DISABLED:
        raise EndpointNotActive
    return await _set_status(connection, endpoint, EndpointStatus.PAUSED, "Paused by the merchant.")


async def resume_endpoint(connection: Connection, endpoint_id: UUID) -> Endpoint:
    """Send to a paused or disabled endpoint again, what waits for it first.

    Raises:
        EndpointNotFound: there is no such endpoint.
    """
    endpoint = await store.find_endpoint(connection, endpoint_id, lock=True)
    return await _set_status(connection, endpoint, EndpointStatus.ACTIVE, None)


async def disable_endpoint(connection: Connection, endpoint_id: UUID, *, reason: str) -> Endpoint:
    """Send an endpoint nothing more until it is resumed.

    Raises:
        EndpointNotFound: there is no such endpoint.
    """
    endpoint = await store.find_endpoint(connection, endpoint_id, lock=True)
    return await _set_status(connection, endpoint, EndpointStatus.DISABLED, reason)


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
    endpoint = await store.find_endpoint(connection, endpoint_id, lock=True)
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


async def resend(connection: Connection, endpoint_id: UUID, event_id: UUID, *, now: datetime) -> Delivery:
    """Queue one delivery again, whatever became of it.

    Raises:
        EndpointNotFound, DeliveryNotFound: there is no such thing.
        EndpointNotActive: the endpoint is disabled.
    """
    endpoint = await _sendable(connection, endpoint_id)
    delivery = await views.find_delivery(connection, endpoint.merchant_id, endpoint_id, event_id)
    if delivery is None:
        raise DeliveryNotFound
    await store.resend_one(connection, delivery, now=now)
    return delivery


async def resend_failed(database: Database, endpoint_id: UUID, *, since: datetime, now: datetime) -> int:
    """Queue every delivery again that was given up since a moment, and return how many; in small transactions.

    Raises:
        EndpointNotFound: there is no such endpoint.
        EndpointNotActive: the endpoint is disabled.
    """
    total = 0
    while True:
        async with database.transaction() as connection:
            endpoint = await _sendable(connection, endpoint_id)
            count = await store.resend_failed(connection, endpoint, since=since, now=now)
        total += count
        if count == 0:
            return total


async def _sendable(connection: Connection, endpoint_id: UUID) -> Endpoint:
    endpoint = await store.find_endpoint(connection, endpoint_id)
    if endpoint.status is EndpointStatus.DISABLED:
        raise EndpointNotActive
    return endpoint


async def _set_status(
    connection: Connection, endpoint: Endpoint, status: EndpointStatus, reason: str | None
) -> Endpoint:
    await store.set_endpoint_status(connection, endpoint, status, reason)
    # Whoever is resumed starts with a clean slate, as the statement writes it.
    failing_since = None if status is EndpointStatus.ACTIVE else endpoint.failing_since
    return msgspec.structs.replace(endpoint, status=status, status_reason=reason, failing_since=failing_since)


def _notices_id(merchant_id: UUID) -> UUID:
    return derived_id("notices", merchant_id)


def _events_of(wish: AddEndpoint) -> tuple[tuple[str, ...], list[FieldError]]:
    known = tuple(kind.value for kind in EventKind)
    unknown = [name for name in wish.events if name not in known]
    if unknown:
        return (), [_field("events", f"There is no event {unknown[0][:40]!r}. Choose from: {', '.join(known)}.")]
    if wish.format is Format.ORDER_FORM:
        if set(wish.events) - {EventKind.ORDER_ISSUED.value}:
            return (), [_field("events", "An order form tells of order.issued only; add a json endpoint for more.")]
        return (EventKind.ORDER_ISSUED.value,), []
    return tuple(dict.fromkeys(wish.events)) or known, []


def _wrong_customs(wish: AddEndpoint) -> list[FieldError]:
    wrong = []
    for name, value in (("custom1", wish.custom1), ("custom2", wish.custom2)):
        if len(value) > CUSTOM_MAX:
            over = len(value) - CUSTOM_MAX
            wrong.append(_field(name, f"{name} has {len(value)} of {CUSTOM_MAX} characters; take out {over}."))
        elif not value.isprintable():
            wrong.append(_field(name, f"{name} holds a control character; take it out."))
    if not 3 <= len(wish.notify) <= _EMAIL_MAX or "@" not in wish.notify or not wish.notify.isprintable():
        wrong.append(_field("notify", "Give the e-mail address that hears of it when the endpoint fails."))
    return wrong


def _field(name: str, message: str) -> FieldError:
    return FieldError(field=name, code=f"endpoint.{name}.invalid", message=message)
