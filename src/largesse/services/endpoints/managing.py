"""Add endpoints, change them and remove them: what each may be told is checked here, all faults at once."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from urllib.parse import urlsplit
from uuid import UUID

import msgspec

from largesse import outbox
from largesse.db import Connection
from largesse.domain import staff
from largesse.domain.orders import CUSTOM_MAX, CUSTOMS, PhoneForm
from largesse.domain.staff import Audited, ByWhom
from largesse.kernel import free_text
from largesse.kernel.errors import FieldError, InvalidInput
from largesse.kernel.mail import read_email
from largesse.kernel.sealing import Keyring
from largesse.outbox import Endpoint, EndpointInvalid, Reach
from largesse.services.endpoints.formats import PHONE, Format
from largesse.services.endpoints.kinds import NOTICES, EventKind


class AddEndpoint(msgspec.Struct, frozen=True, kw_only=True):
    """An endpoint that is asked for. An order form tells of issued orders only; for json, no `events` means every kind.

    `phone` and the customs are an order form's. `notify` is the address that hears of it when the endpoint must be
    disabled. `endpoint_id` makes asking twice one endpoint; one that `waits` is told nothing until an owner says so.
    """

    merchant_id: UUID
    format: Format
    url: str
    events: Sequence[str] = ()
    custom1: str = ""
    custom2: str = ""
    phone: PhoneForm = PhoneForm.INTERNATIONAL
    ordered: bool = False
    notify: str
    endpoint_id: UUID | None = None
    waits: bool = False


class ChangeEndpoint(msgspec.Struct, frozen=True, kw_only=True):
    """What shall be different of an endpoint; None leaves a part alone."""

    url: str | None = None
    events: Sequence[str] | None = None
    custom1: str | None = None
    custom2: str | None = None
    phone: PhoneForm | None = None
    ordered: bool | None = None

    @property
    def parts(self) -> list[str]:
        """The names of what is changed."""
        return [name for name, value in msgspec.structs.asdict(self).items() if value is not None]


class Phrases(msgspec.Struct, frozen=True, kw_only=True):
    """What is sealed of an endpoint, in clear: the query of its URL and its constants."""

    query: str
    custom1: str
    custom2: str

    def __repr__(self) -> str:
        return "Phrases()"


async def add_endpoint(
    connection: Connection,
    keyring: Keyring,
    wanted: AddEndpoint,
    *,
    reach: Reach,
    by: ByWhom | None = None,
    now: datetime,
) -> tuple[Endpoint, str]:
    """Add an endpoint and return it with its signing secret, which is never shown again; audited where `by` says who.

    Where its id stands already, that endpoint is returned and no secret.

    Raises:
        EndpointInvalid: naming every field that is wrong.
    """
    url, wrong = outbox.normalise_url(wanted.url, reach=reach)
    events, wrong_events = _events_of(wanted.format, wanted.events)
    constants = {"custom1": wanted.custom1, "custom2": wanted.custom2}
    wrong += wrong_events + _wrong_customs(constants) + _wrong_notify(wanted.notify)
    if wanted.format is Format.EMAIL:
        wrong.append(_field("format", "Mail notices are set up by themselves; choose order-form or json."))
    if wrong:
        raise EndpointInvalid(fields=wrong)
    new = outbox.NewEndpoint(
        merchant_id=wanted.merchant_id,
        format=wanted.format.value,
        url=url,
        events=events,
        options=_options(wanted.format, wanted.phone),
        constants=constants,
        ordered=wanted.ordered,
        endpoint_id=wanted.endpoint_id,
        asked_by=by.actor if by is not None and wanted.waits else "",
    )
    added, secret = await outbox.add_endpoint(connection, keyring, new, now=now)
    await outbox.notify_by_mail(connection, wanted.merchant_id, wanted.notify, NOTICES, now=now)
    if by is not None and secret:
        await record(connection, added, Audited.ENDPOINT_ADDED, by, added.url, now=now)
    return added, secret


async def change_endpoint(
    connection: Connection,
    keyring: Keyring,
    endpoint_id: UUID,
    change: ChangeEndpoint,
    *,
    reach: Reach,
    by: ByWhom,
    host_waits: bool = False,
    now: datetime,
) -> Endpoint:
    """Change an endpoint and return it as it is now; audited. What waits for it goes out with the new values.

    With `host_waits`, another host waits for an owner's word, and all else is changed at once.

    Raises:
        EndpointNotFound: there is no such endpoint.
        EndpointIsMail: it sends mail.
        EndpointInvalid: naming every field that is wrong.
    """
    before = await outbox.standing_endpoint(connection, endpoint_id)
    if before.format == outbox.EMAIL:
        raise outbox.EndpointIsMail
    known = outbox.open_private(keyring, before).constants
    form = Format(before.format)
    given = {"custom1": change.custom1, "custom2": change.custom2}
    constants = {**known, **{name: text for name, text in given.items() if text is not None}}
    url, wrong = outbox.normalise_url(change.url, reach=reach) if change.url is not None else (None, [])
    events, wrong_events = _events_of(form, change.events) if change.events is not None else (None, [])
    wrong += wrong_events + _wrong_customs(constants)
    if change.phone is not None and form is not Format.ORDER_FORM:
        wrong.append(_field("phone", "Only an order form has a form for telephones; json tells them in full."))
    if wrong:
        raise EndpointInvalid(fields=wrong)
    waits = host_waits and url is not None and is_elsewhere(before, url)
    anew = outbox.EndpointChange(
        url=None if waits else url,
        events=events,
        options=None if change.phone is None else _options(form, change.phone),
        constants=None if change.custom1 is None and change.custom2 is None else constants,
        ordered=change.ordered,
    )
    changed = await outbox.change_endpoint(connection, keyring, endpoint_id, anew, now=now)
    parts = [name for name in change.parts if not (waits and name == "url")]
    if parts:
        await record(connection, changed, Audited.ENDPOINT_CHANGED, by, ", ".join(parts), now=now)
    if waits and url is not None:
        changed = await outbox.ask_for_address(connection, keyring, endpoint_id, url, by=by.actor, now=now)
        asked = changed.asked.url if changed.asked else ""
        await record(connection, changed, Audited.ENDPOINT_ASKED, by, asked, now=now)
    return changed


def is_elsewhere(endpoint: Endpoint, url: str) -> bool:
    """Return whether a URL leads to another host than an endpoint does, or there by another way."""
    now, then = urlsplit(endpoint.url), urlsplit(url)
    return (now.scheme, now.netloc) != (then.scheme, then.netloc)


async def remove_endpoint(connection: Connection, endpoint_id: UUID, *, by: ByWhom, now: datetime) -> Endpoint:
    """Remove an endpoint for good; audited. What waits is given up, what was sent can still be looked up.

    Raises:
        EndpointNotFound: there is no such endpoint.
        EndpointIsMail: it sends mail.
    """
    removed = await outbox.remove_endpoint(connection, endpoint_id, now=now)
    await record(connection, removed, Audited.ENDPOINT_REMOVED, by, removed.url, now=now)
    return removed


async def reveal_phrases(
    connection: Connection, keyring: Keyring, endpoint_id: UUID, *, actor: str, reason: str, now: datetime
) -> Phrases:
    """Return what is sealed of an endpoint; the audit log names who saw it and why before anybody does.

    Raises:
        EndpointNotFound: there is no such endpoint.
        ReasonInvalid: no reason that can be kept was given.
    """
    endpoint = await outbox.standing_endpoint(connection, endpoint_id)
    await staff.record(
        connection,
        endpoint.merchant_id,
        Audited.ENDPOINT_REVEALED,
        subject=str(endpoint_id),
        actor=actor,
        reason=reason,
        now=now,
    )
    private = outbox.open_private(keyring, endpoint)
    customs = {name: private.constants.get(name, "") for name in CUSTOMS}
    return Phrases(query=private.query, **customs)


async def customs_of(connection: Connection, keyring: Keyring, merchant_id: UUID) -> frozenset[tuple[str, str]]:
    """Return custom1 and custom2 of each endpoint of a merchant."""
    found = [outbox.open_private(keyring, one) for one in await outbox.list_endpoints(connection, merchant_id)]
    return frozenset((one.constants.get("custom1", ""), one.constants.get("custom2", "")) for one in found)


async def open_notices(connection: Connection, merchant_id: UUID, address: str, *, now: datetime) -> None:
    """Send a merchant's notices to an e-mail address, unless they are sent somewhere already."""
    await outbox.open_notices(connection, merchant_id, address, NOTICES, now=now)


async def record(
    connection: Connection, endpoint: Endpoint, action: Audited, by: ByWhom, detail: str = "", *, now: datetime
) -> bool:
    """Write to the audit log what was done about an endpoint; False where the operation stands there already."""
    merchant_id, subject = endpoint.merchant_id, endpoint.endpoint_id
    return await by.record(connection, merchant_id, action, subject=subject, detail=detail, now=now)


def _options(form: Format, phone: PhoneForm) -> Mapping[str, str]:
    return {PHONE: phone.value} if form is Format.ORDER_FORM else {}


def _events_of(form: Format, asked: Sequence[str]) -> tuple[tuple[str, ...], list[FieldError]]:
    known = tuple(kind.value for kind in EventKind)
    unknown = [name for name in asked if name not in known]
    if unknown:
        return (), [_field("events", f"There is no event {unknown[0][:40]!r}. Choose from: {', '.join(known)}.")]
    if form is Format.ORDER_FORM:
        if set(asked) - {EventKind.ORDER_ISSUED.value}:
            return (), [_field("events", "An order form tells of order.issued only; add a json endpoint for more.")]
        return (EventKind.ORDER_ISSUED.value,), []
    return tuple(dict.fromkeys(asked)) or known, []


def _wrong_customs(constants: Mapping[str, str]) -> list[FieldError]:
    wrong = []
    for name, value in constants.items():
        if len(value) > CUSTOM_MAX:
            over = len(value) - CUSTOM_MAX
            wrong.append(_field(name, f"{name} has {len(value)} of {CUSTOM_MAX} characters; take out {over}."))
        elif free_text.holds_unseen(value):
            wrong.append(_field(name, f"{name} holds a control character; take it out."))
    return wrong


def _wrong_notify(address: str) -> list[FieldError]:
    try:
        read_email(address, for_trials=True)
    except InvalidInput:
        return [_field("notify", "Give the e-mail address that hears of it when the endpoint fails.")]
    return []


def _field(name: str, message: str) -> FieldError:
    return FieldError(field=name, code=f"endpoint.{name}.invalid", message=message)
