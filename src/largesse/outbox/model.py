"""The outbox's nouns: endpoint, delivery, attempt, and what a sender is given and answers."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

import msgspec

from largesse.kernel.sealing import Sealed

ANSWER_BYTES_MAX = 2048


class Format(StrEnum):
    """How an endpoint is written to."""

    ORDER_FORM = "order-form"
    """The 26 fields of the order post, as an HTML form would send them."""
    JSON = "json"
    """The event as a JSON webhook."""
    EMAIL = "email"
    """A notice to people, by mail."""


class EndpointStatus(StrEnum):
    """Whether an endpoint is active, paused or disabled."""

    ACTIVE = "active"
    PAUSED = "paused"
    """By the merchant; deliveries gather and wait."""
    DISABLED = "disabled"
    """By us, after days of failure or a 410; it is told nothing until it is resumed."""


class DeliveryStatus(StrEnum):
    """What became of a delivery."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"
    """Given up, until it is sent again by hand."""


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """Describe who is told, where, how and of what. Its secrets stay sealed.

    `failing_since` is the first of the failures since the last success, None in good health.
    """

    merchant_id: UUID
    endpoint_id: UUID
    format: Format
    url: str
    events: tuple[str, ...]
    custom1: str = ""
    custom2: str = ""
    ordered: bool = False
    status: EndpointStatus = EndpointStatus.ACTIVE
    status_reason: str | None = None
    secret: Sealed | None = None
    previous_secret: Sealed | None = None
    previous_until: datetime | None = None
    failing_since: datetime | None = None
    created_at: datetime

    def __repr__(self) -> str:
        # The URL's query and the custom fields may hold a key phrase.
        return f"Endpoint({self.endpoint_id}, {self.format}, {self.address}, {self.status})"

    @property
    def address(self) -> str:
        """Return the URL without its query: fit for logs and notices."""
        return self.url.partition("?")[0]

    @property
    def secret_context(self) -> bytes:
        """Return what its sealed secrets are bound to."""
        return secret_context(self.merchant_id, self.endpoint_id)


def secret_context(merchant_id: UUID, endpoint_id: UUID) -> bytes:
    """Return what the sealed secrets of an endpoint are bound to: the row they stand in."""
    return b"endpoint" + merchant_id.bytes + endpoint_id.bytes


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


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What came of sending a parcel.

    `status_code` is the receiver's, None when there was none; `error` says why it does not count as received; `body` is
    the first 2 KB of the answer; `retry_after_s` is how long the receiver asked us to wait. `refused`: the receiver is
    in good health and will never take this parcel, so it is not tried again.
    """

    status_code: int | None = None
    error: str | None = None
    body: bytes = b""
    duration_ms: int = 0
    retry_after_s: int | None = None
    refused: bool = False

    @property
    def received(self) -> bool:
        """Return whether the receiver took it."""
        return self.error is None and self.status_code is not None and 200 <= self.status_code < 300


class Sender(Protocol):
    """A parcel outside. Never raises for what a receiver does; says it in the answer, within a bounded time."""

    async def send(self, parcel: Parcel) -> Answer:
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
    """Show one try of a delivery: `body` is what was sent, to the byte; `answer` the first 2 KB of what came back."""

    attempt: int
    started_at: datetime
    duration_ms: int
    status_code: int | None
    error: str | None
    answer: bytes
    body: bytes
