"""The signed links by which a buyer looks after their gifts (docs/decisions/0091-links-for-buyers.md).

A link names a checkout and the moment it ends, and is signed under the keyring: whoever holds it is the buyer, and
nothing about it is kept. A signature counts under every live key, so links outlive a rotation until the old key is
retired.
"""

import base64
import binascii
import hmac
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from largesse.kernel.errors import Forbidden
from largesse.kernel.sealing import Keyring
from largesse.services.gifts.dependencies import GiftDependencies

PATH: Final = "/gifts/given"
GOOD_FOR: Final = timedelta(days=90)

_PURPOSE = "gift-link/1/"  # no certificate number reads like this, so the two uses of the lookup key never meet
_VERSION = b"\x01"
_HEAD_BYTES = 1 + 16 + 16 + 5
_SIGNATURE_BYTES = 24
_TOKEN_MAX = 120


class LinkRefused(Forbidden):
    """A link is not one of ours. One sentence for everything that is wrong with it."""

    code = "gift.link.refused"
    message = "This link does not work. Open the one in your receipt again, or ask the shop."


class LinkExpired(Forbidden):
    """A link was ours, and has ended."""

    code = "gift.link.expired"
    message = "This link has ended. Ask the shop if you need to change something."


class GiftLink(msgspec.Struct, frozen=True, kw_only=True):
    """The checkout whose gifts the holder of a link may look after."""

    merchant_id: UUID
    checkout_id: UUID
    ends_at: datetime


def link_to_gifts(
    deps: GiftDependencies, merchant_id: UUID, checkout_id: UUID, *, due: Iterable[datetime | None] = (), now: datetime
) -> str:
    """Return the address of the page on which the buyer of a checkout looks after its gifts.

    It works until 90 days after `now`, or after the latest of `due`, the hours at which its gifts are sent.
    """
    latest = max((now, *(moment for moment in due if moment is not None)))
    link = GiftLink(merchant_id=merchant_id, checkout_id=checkout_id, ends_at=latest + GOOD_FOR)
    return f"{deps.base_url}{PATH}?token={make_token(deps.keyring, link)}"


def make_token(keyring: Keyring, link: GiftLink) -> str:
    """Return a link's text: URL-safe, without padding."""
    head = _VERSION + link.merchant_id.bytes + link.checkout_id.bytes + int(link.ends_at.timestamp()).to_bytes(5, "big")
    signature = keyring.lookup(_signed(head))[:_SIGNATURE_BYTES]
    return base64.urlsafe_b64encode(head + signature).decode().rstrip("=")


def read_token(keyring: Keyring, text: str, *, now: datetime) -> GiftLink:
    """Return what a link's text stands for.

    Raises:
        LinkRefused: it is not signed by us.
        LinkExpired: it is, and has ended.
    """
    content = _decoded(text)
    head, signature = content[:_HEAD_BYTES], content[_HEAD_BYTES:]
    expected = [digest[:_SIGNATURE_BYTES] for digest in keyring.lookups(_signed(head))]
    genuine = [hmac.compare_digest(signature, one) for one in expected]  # all of them, always
    if not any(genuine):
        raise LinkRefused
    link = GiftLink(
        merchant_id=UUID(bytes=head[1:17]),
        checkout_id=UUID(bytes=head[17:33]),
        ends_at=datetime.fromtimestamp(int.from_bytes(head[33:38], "big"), UTC),
    )
    if now >= link.ends_at:
        raise LinkExpired
    return link


def _signed(head: bytes) -> str:
    return _PURPOSE + head.hex()


def _decoded(text: str) -> bytes:
    """Return the bytes of a token in its one and only form."""
    if len(text) > _TOKEN_MAX or not text.isascii():
        raise LinkRefused
    try:
        content = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise LinkRefused from None
    if len(content) != _HEAD_BYTES + _SIGNATURE_BYTES or content[:1] != _VERSION:
        raise LinkRefused
    if base64.urlsafe_b64encode(content).decode().rstrip("=") != text:
        raise LinkRefused
    return content
