"""What happened, frozen at the moment it happened: the value that domains hand to the outbox."""

from datetime import datetime
from uuid import UUID

import msgspec


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """State a fact that somebody outside may want to be told.

    `kind` is a name of PRODUCT "Events" (`order.issued`), `version` the version of the payload's shape, `payload` its
    JSON text, complete and free of secrets: it is what every endpoint is sent, however much later. `event_id` is
    ordered by time (UUIDv7); what must be told once only is published with `outbox.publish_once`.
    """

    merchant_id: UUID
    event_id: UUID
    kind: str
    version: int = 1
    occurred_at: datetime
    payload: bytes

    def __post_init__(self) -> None:
        assert self.event_id.int >> 76 & 0xF == 7, "an event's id is a UUIDv7: lists and retention go by its time"
