"""Signatures by the Standard Webhooks scheme: who receives a post can know that it is ours, whole, and fresh."""

import base64
import secrets
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache

from standardwebhooks import Webhook

SECRET_PREFIX = "whsec_"  # noqa: S105 - the prefix that the scheme gives every secret, not one of them
SECRET_BYTES = 32


def new_secret() -> str:
    """Return a fresh signing secret, `whsec_` and 32 random bytes in base64."""
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def signed_headers(body: bytes, *, message_id: str, signing_secrets: Sequence[str], now: datetime) -> dict[str, str]:
    """Return the three headers of the scheme; while a secret is rotated, one signature by each, newest first.

    `message_id` stays the same however often a message is sent: receivers deduplicate by it.
    """
    text = body.decode()
    signatures = (_signer(secret).sign(message_id, now, text) for secret in signing_secrets)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


@lru_cache(maxsize=1024)
def _signer(secret: str) -> Webhook:
    return Webhook(secret)
