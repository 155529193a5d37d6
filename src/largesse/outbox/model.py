"""The outbox's nouns: endpoint, delivery, attempt, and what a sender is given and answers."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from urllib.parse import parse_qsl
from uuid import UUID

import msgspec

from largesse.kernel.sealing import Sealed

ANSWER_BYTES_MAX = 2048


EMAIL = "email"
"""The one format that leaves as mail to people: unsigned, and never disabled. All others are posted over HTTP."""
MAIL_SCHEME = "mailto:"
MAIL_DUE = "mail.due"
"""The kind of event that is a mail on its way: `MailWriter` composes it. No endpoint of others can ask for it."""
ENDPOINT_DISABLED = "endpoint.disabled"
"""The kind of event that tells that an endpoint failed for days, or is gone."""


class EndpointStatus(StrEnum):
    """Whether an endpoint is active, paused or disabled."""

    ACTIVE = "active"
    PAUSED = "paused"
    """By the merchant; deliveries gather and wait."""
    DISABLED = "disabled"
    """By us, after days of failure or a 410; it is told nothing until it is resumed."""
    REMOVED = "removed"
    """For good; what was sent to it can still be looked up."""
    WAITING = "waiting"
    """It is new, and told nothing until an owner says so."""


class DeliveryStatus(StrEnum):
    """What became of a delivery."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"
    """Given up, until it is sent again by hand."""


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """Who is told, where, how and of what. Whatever may be a secret of the receiver's stays sealed.

    `format` names the renderer that writes for it, `options` are what that renderer reads besides. `url` is without its
    query, which stands in `private` with the constants; `clear` holds what an older version left unsealed.
    `failing_since` is the first of the failures since the last success, None in good health; `last_success_at` is when
    it last took something, to the minute. `asked` is what waits for an owner's word.
    """

    merchant_id: UUID
    endpoint_id: UUID
    format: str
    url: str
    events: tuple[str, ...]
    options: Mapping[str, str] = {}
    private: Sealed | None = None
    clear: "Private | None" = None
    ordered: bool = False
    status: EndpointStatus = EndpointStatus.ACTIVE
    status_reason: str | None = None
    secret: Sealed | None = None
    previous_secret: Sealed | None = None
    previous_until: datetime | None = None
    failing_since: datetime | None = None
    last_success_at: datetime | None = None
    asked: "AskedOfEndpoint | None" = None
    created_at: datetime

    def __repr__(self) -> str:
        return f"Endpoint({self.endpoint_id}, {self.format}, {self.url}, {self.status})"

    @property
    def private_context(self) -> bytes:
        """What its sealed query and constants are bound to."""
        return private_context(self.merchant_id, self.endpoint_id)

    @property
    def secret_context(self) -> bytes:
        """Return what its sealed secrets are bound to."""
        return secret_context(self.merchant_id, self.endpoint_id)


class AskedOfEndpoint(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody wants of an endpoint that takes an owner's word: that it is told at all, or at another host.

    `url` is the address it shall lead to, without its query, which is sealed; empty where the endpoint itself is new.
    """

    by: str
    at: datetime
    url: str = ""
    query: Sealed | None = None

    def __repr__(self) -> str:
        return f"AskedOfEndpoint({self.url})"


def secret_context(merchant_id: UUID, endpoint_id: UUID) -> bytes:
    """Return what the sealed secrets of an endpoint are bound to: the row they stand in."""
    return b"endpoint" + merchant_id.bytes + endpoint_id.bytes


def private_context(merchant_id: UUID, endpoint_id: UUID) -> bytes:
    """Return what the sealed query and constants of an endpoint are bound to: the row they stand in."""
    return b"endpoint private" + merchant_id.bytes + endpoint_id.bytes


class Private(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What may be a key phrase of the receiver's: the query of its URL, and constants sent with every event."""

    query: str = ""
    constants: Mapping[str, str] = {}

    def __repr__(self) -> str:
        return f"Private({', '.join(self.constants)})"

    @property
    def phrases(self) -> tuple[str, ...]:
        """Every text in it that is not empty: whole, and each value of the query by itself."""
        values = (value for _, value in parse_qsl(self.query))
        return tuple(text for text in (self.query, *values, *self.constants.values()) if text)


NOTHING_PRIVATE = Private()


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """What a renderer knows of an endpoint; `constants` are in clear."""

    url: str
    options: Mapping[str, str] = {}
    constants: Mapping[str, str] = {}

    def __repr__(self) -> str:
        return f"Target({self.url})"


class Claimed(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery that this relay has leased, with the event it carries.

    `tries` counts the attempts of its schedule so far; `leased_until` also proves who may settle it.
    """

    merchant_id: UUID
    endpoint_id: UUID
    event_id: UUID
    tries: int
    leased_until: datetime
    kind: str
    version: int
    payload: str
    occurred_at: datetime


class Parcel(msgspec.Struct, frozen=True, kw_only=True):
    """Exactly what is to leave: where to, the body to the byte, and the headers that go with it."""

    url: str
    body: bytes
    headers: Mapping[str, str] = msgspec.field(default_factory=dict)

    def __repr__(self) -> str:
        return f"Parcel({self.url.partition('?')[0]}, {len(self.body)} bytes)"


class Rendered(msgspec.Struct, frozen=True, kw_only=True):
    """A body to the byte, and `record`, what the attempt keeps of it: the same with the constants masked."""

    body: bytes
    content_type: str
    record: bytes

    def __repr__(self) -> str:
        return f"Rendered({len(self.body)} bytes)"


class Renderer(Protocol):
    """Writes events in one format. Pure: the same event, target and moment give the same body."""

    def __call__(self, claimed: Claimed, target: Target, *, now: datetime) -> Rendered:
        """Return what is sent.

        Raises:
            LargesseError, msgspec.MsgspecError: the event has no form in this format; no attempt will ever succeed.
        """
        ...


class ReceiverAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What came of sending a parcel.

    `status_code` is the receiver's, None when there was none; `error` says why it does not count as received; `body` is
    the first 2 KB of the answer; `retry_after_s` is how long the receiver asked us to wait from its end on, `retry_at`
    until when. `refused`: the receiver is in good health and will never take this parcel, so it is not tried again.
    """

    status_code: int | None = None
    error: str | None = None
    body: bytes = b""
    duration_ms: int = 0
    retry_after_s: float | None = None
    retry_at: datetime | None = None
    refused: bool = False

    @property
    def received(self) -> bool:
        """Return whether the receiver took it."""
        return self.error is None and self.status_code is not None and 200 <= self.status_code < 300


class Sender(Protocol):
    """A parcel outside. Never raises for what a receiver does; says it in the answer, within a bounded time."""

    async def send(self, parcel: Parcel) -> ReceiverAnswer:
        """Send, and tell what came of it."""
        ...


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """Show one event on its way to one endpoint."""

    merchant_id: UUID
    endpoint_id: UUID
    event_id: UUID
    kind: str
    occurred_at: datetime
    status: DeliveryStatus
    attempts: int
    next_attempt_at: datetime
    settled_at: datetime | None


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """One try of a delivery: `body` is what was sent, constants masked; `answer` the first 2 KB of what came back."""

    attempt: int
    started_at: datetime
    duration_ms: int
    status_code: int | None
    error: str | None
    answer: bytes
    body: bytes
