"""Endpoints as their rows say them, and back."""

import msgspec

from largesse.db.connection import Row
from largesse.kernel.sealing import Sealed
from largesse.outbox.model import AskedOfEndpoint, Endpoint, EndpointStatus, Private

MaybeSealed = Sealed | None


def endpoint_of(row: Row) -> Endpoint:
    """Return the endpoint of a row."""
    return Endpoint(
        merchant_id=row["merchant_id"],
        endpoint_id=row["endpoint_id"],
        format=row["format"],
        url=row["url"].partition("?")[0],
        events=tuple(row["events"]),
        options=msgspec.json.decode(row["options"], type=dict[str, str]),
        private=_sealed(row["private_key_id"], row["private_cipher"]),
        clear=_clear(row),
        ordered=row["ordered"],
        status=EndpointStatus(row["status"]),
        status_reason=row["status_reason"],
        secret=_sealed(row["secret_key_id"], row["secret_cipher"]),
        previous_secret=_sealed(row["previous_key_id"], row["previous_cipher"]),
        previous_until=row["previous_until"],
        failing_since=row["failing_since"],
        last_success_at=row["last_success_at"],
        asked=_asked(row),
        created_at=row["created_at"],
    )


def _asked(row: Row) -> AskedOfEndpoint | None:
    if row["asked_at"] is None:
        return None
    return AskedOfEndpoint(
        by=row["asked_by"],
        at=row["asked_at"],
        url=row["asked_url"] or "",
        query=_sealed(row["asked_key_id"], row["asked_cipher"]),
    )


def _clear(row: Row) -> Private | None:
    """Return what a version before migration 0016 kept unsealed, None where there is nothing of it."""
    query = row["url"].partition("?")[2]
    constants = {name: row[name] for name in ("custom1", "custom2") if row[name]}
    return Private(query=query, constants=constants) if query or constants else None


def columns_of(sealed: MaybeSealed) -> tuple[bytes | None, str | None]:
    """Return a secret as its two columns."""
    return (None, None) if sealed is None else (sealed.cipher, sealed.key_id)


def _sealed(key_id: str | None, cipher: bytes | None) -> Sealed | None:
    return None if key_id is None or cipher is None else Sealed(key_id, cipher)
