"""What happened, frozen at the moment it happened: the value that rooms hand to the outbox."""

from datetime import datetime
from uuid import UUID

import msgspec


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """State a fact that somebody outside may want to be told.

    `kind` is a name of PRODUCT "Events" (`order.issued`), `version` the version of the payload's shape, `payload` its
    JSON text, complete and free of secrets: it is what every endpoint is sent, however much later.
    """

    merchant_id: UUID
    event_id: UUID
    kind: str
    version: int = 1
    occurred_at: datetime
    payload: bytes
