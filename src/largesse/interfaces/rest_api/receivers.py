"""Endpoints: add, change, pause, resume, remove, give another secret, and send deliveries once more."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from largesse.db import Connection
from largesse.domain.programs import KeyScope
from largesse.domain.staff import ByWhom
from largesse.interfaces.rest_api.list_messages import EndpointListed
from largesse.interfaces.rest_api.messages import EmptyBody
from largesse.interfaces.rest_api.routing import RestAnswer, RestCaller, RestRoute, Work, command, reading
from largesse.kernel.errors import Conflict
from largesse.outbox import Endpoint
from largesse.services import endpoints
from largesse.services.endpoints import AddEndpoint, ChangeEndpoint, Format

_SCOPE = KeyScope.ENDPOINTS_MANAGE
_ONE = "/endpoints/{endpoint_id}"
EventsText = Annotated[
    list[str], Meta(max_length=60, description="Which kinds of event; empty is every kind.", examples=[[]])
]
UrlText = Annotated[str, Meta(min_length=1, max_length=2000, examples=["https://hooks.example.com/largesse"])]


class SandboxHasNone(Conflict):
    """A sandbox posts nowhere."""

    code = "endpoint.sandbox"
    message = "A sandbox posts to nobody. Read what it would tell by `GET /api/v1/events`, or use a live key."


class EndpointAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An endpoint that shall be told of events. It waits until an owner admits it in the office."""

    url: UrlText
    events: EventsText = []
    ordered: Annotated[bool, Meta(description="One event at a time, the oldest first.")] = False
    notify: Annotated[str, Meta(max_length=320, description="Who hears of it by mail when it fails.")]


class EndpointChangeAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What shall be different; what is left out stays. Another host waits for an owner's word."""

    url: UrlText | None = None
    events: EventsText | None = None
    ordered: bool | None = None


class SecretAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """For how long the secret of before signs, too."""

    overlap_h: Annotated[int, Meta(ge=0, le=168)] = 24


class DeliveryAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which delivery is sent once more."""

    event_id: UUID


class EndpointAdded(msgspec.Struct, frozen=True, kw_only=True):
    """An endpoint that was added, and what its posts are signed with, which is shown this once."""

    endpoint: EndpointListed
    secret: str | None


class SecretShown(msgspec.Struct, frozen=True, kw_only=True):
    """Another signing secret, shown this once."""

    endpoint_id: UUID
    secret: str | None


class DeliveryQueued(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery that is sent once more."""

    endpoint_id: UUID
    event_id: UUID
    status: Literal["queued"] = "queued"


def _by(caller: RestCaller) -> ByWhom:
    return ByWhom(actor=caller.request.actor)


def _live(caller: RestCaller) -> None:
    """Refuse what would let a sandbox post somewhere.

    Raises:
        SandboxHasNone: the key is a test key.
    """
    if not caller.merchant.is_live:
        raise SandboxHasNone


async def _mine(caller: RestCaller, connection: Connection) -> UUID:
    """Return the endpoint that the path names, where it is the merchant's.

    Raises:
        EndpointNotFound: the merchant has none of that id.
    """
    found = await endpoints.endpoint_of(connection, caller.merchant.merchant_id, caller.ids["endpoint_id"])
    return found.endpoint_id


def _answer(found: Endpoint, status: int | None = None) -> RestAnswer:
    return RestAnswer(value=shown(found), status=status, resource_id=found.endpoint_id)


def shown(one: Endpoint) -> EndpointListed:
    """Return an endpoint as it is told: its address without the query, which may hold a secret."""
    return EndpointListed(
        endpoint_id=one.endpoint_id,
        format=one.format,
        address=one.url,
        events=list(one.events),
        ordered=one.ordered,
        status=one.status,
        status_reason=one.status_reason,
        failing_since=one.failing_since,
        created_at=one.created_at,
    )


async def show(caller: RestCaller) -> RestAnswer:
    """Show an endpoint."""
    async with caller.deps.database.connection() as connection:
        found = await endpoints.endpoint_of(connection, caller.merchant.merchant_id, caller.ids["endpoint_id"])
    return _answer(found)


async def add(caller: RestCaller) -> RestAnswer:
    """Add an endpoint, which waits for an owner's word."""
    _live(caller)
    asked: EndpointAsked = caller.body
    wanted = AddEndpoint(
        merchant_id=caller.merchant.merchant_id,
        format=Format.JSON,
        url=asked.url,
        events=asked.events,
        ordered=asked.ordered,
        notify=asked.notify,
        endpoint_id=caller.request.operation_id,
        waits=True,
    )
    keyring, by, now = caller.deps.keyring, _by(caller), caller.now
    async with caller.deps.transaction() as connection:
        added, secret = await endpoints.add_endpoint(connection, keyring, wanted, reach=caller.reach, by=by, now=now)
        if not secret:  # somebody died between adding it and telling: nobody has its secret
            secret = await endpoints.rotate_secret(
                connection, keyring, added.endpoint_id, overlap=timedelta(), by=by, now=now
            )
    told = EndpointAdded(endpoint=shown(added), secret=None if caller.dry_run else secret)
    return RestAnswer(value=told, resource_id=added.endpoint_id)


async def change(caller: RestCaller) -> RestAnswer:
    """Change an endpoint."""
    _live(caller)
    asked: EndpointChangeAsked = caller.body
    wanted = ChangeEndpoint(url=asked.url, events=asked.events, ordered=asked.ordered)
    async with caller.deps.transaction() as connection:
        found = await endpoints.change_endpoint(
            connection,
            caller.deps.keyring,
            await _mine(caller, connection),
            wanted,
            reach=caller.reach,
            by=_by(caller),
            host_waits=True,
            now=caller.now,
        )
    return _answer(found)


def _done(act: Callable[..., Awaitable[Endpoint]]) -> Work:
    """Return the work of what is done to an endpoint without asking for more."""

    async def work(caller: RestCaller) -> RestAnswer:
        _live(caller)
        async with caller.deps.transaction() as connection:
            found = await act(connection, await _mine(caller, connection), by=_by(caller), now=caller.now)
        return _answer(found)

    return work


async def rotate(caller: RestCaller) -> RestAnswer:
    """Give an endpoint another secret."""
    _live(caller)
    asked: SecretAsked = caller.body
    async with caller.deps.transaction() as connection:
        endpoint_id = await _mine(caller, connection)
        secret = await endpoints.rotate_secret(
            connection,
            caller.deps.keyring,
            endpoint_id,
            overlap=timedelta(hours=asked.overlap_h),
            by=_by(caller),
            now=caller.now,
        )
    told = SecretShown(endpoint_id=endpoint_id, secret=None if caller.dry_run else secret)
    return RestAnswer(value=told, resource_id=endpoint_id)


async def send_again(caller: RestCaller) -> RestAnswer:
    """Queue one delivery once more."""
    _live(caller)
    asked: DeliveryAsked = caller.body
    async with caller.deps.transaction() as connection:
        endpoint_id = await _mine(caller, connection)
        await endpoints.send_again(connection, endpoint_id, asked.event_id, by=_by(caller), now=caller.now)
    return RestAnswer(value=DeliveryQueued(endpoint_id=endpoint_id, event_id=asked.event_id), resource_id=endpoint_id)


def _command(
    path: str, name: str, summary: str, *, work: Work, takes: type, gives: type, status: int = 200
) -> RestRoute:
    return command(
        path, name, summary, scope=_SCOPE, work=work, takes=takes, gives=gives, status=status, tag="Events", keeps=True
    )


ROUTES: tuple[RestRoute, ...] = (
    reading(
        _ONE, "showEndpoint", "Show who is told of events.", scope=KeyScope.DELIVERIES_READ, work=show,
        gives=EndpointListed, tag="Events",
    ),
    _command(
        "/endpoints", "addEndpoint", "Add an endpoint; it is told once an owner admits it.", work=add,
        takes=EndpointAsked, gives=EndpointAdded, status=201,
    ),
    _command(
        f"{_ONE}/change", "changeEndpoint", "Change an endpoint; another host waits for an owner's word.", work=change,
        takes=EndpointChangeAsked, gives=EndpointListed,
    ),
    _command(
        f"{_ONE}/pause", "pauseEndpoint", "Stop sending to an endpoint; what it is told of gathers.",
        work=_done(endpoints.pause_endpoint), takes=EmptyBody, gives=EndpointListed,
    ),
    _command(
        f"{_ONE}/resume", "resumeEndpoint", "Send to an endpoint again, also what gathered.",
        work=_done(endpoints.resume_endpoint), takes=EmptyBody, gives=EndpointListed,
    ),
    _command(
        f"{_ONE}/remove", "removeEndpoint", "Remove an endpoint for good.",
        work=_done(endpoints.remove_endpoint), takes=EmptyBody, gives=EndpointListed,
    ),
    _command(
        f"{_ONE}/rotate-secret", "rotateEndpointSecret", "Give an endpoint another signing secret, shown this once.",
        work=rotate, takes=SecretAsked, gives=SecretShown,
    ),
    _command(
        f"{_ONE}/send-again", "sendDeliveryAgain", "Send one delivery once more, whatever became of it.",
        work=send_again, takes=DeliveryAsked, gives=DeliveryQueued,
    ),
)  # fmt: skip
"""The table of endpoints; they are listed with the other lists."""
