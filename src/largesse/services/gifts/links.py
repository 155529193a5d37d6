"""The signed links by which a buyer looks after their gifts (docs/decisions/0054-links-for-buyers.md).

A link names a checkout and the moment it ends, and is signed under the keyring: whoever holds it is the buyer, and
nothing about it is kept. A signature counts under every live key, so links outlive a rotation until the old key is
retired.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from largesse.kernel.errors import Forbidden
from largesse.kernel.sealing import Keyring
from largesse.kernel.tokens import TokenKind, TokenRefused
from largesse.services.gifts.dependencies import GiftDependencies

PATH: Final = "/gifts/given"
GOOD_FOR: Final = timedelta(days=90)


class LinkRefused(Forbidden):
    """A link is not one of ours. One sentence for everything that is wrong with it."""

    code = "gift.link.refused"
    message = "This link does not work. Open the one in your receipt again, or ask the shop."


class LinkExpired(Forbidden):
    """A link was ours, and has ended."""

    code = "gift.link.expired"
    message = "This link has ended. Ask the shop if you need to change something."


class GiftLink(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """The checkout whose gifts the holder of a link may look after."""

    merchant_id: UUID
    checkout_id: UUID
    ends_at: datetime


_TOKENS: Final = TokenKind("gift-link", GiftLink, length_max=200)


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
    """Return a link's text, the same for the same link."""
    return _TOKENS.sign(keyring, link)


def read_token(keyring: Keyring, text: str, *, now: datetime) -> GiftLink:
    """Return what a link's text stands for.

    Raises:
        LinkRefused: it is not signed by us.
        LinkExpired: it is, and has ended.
    """
    try:
        link = _TOKENS.read(keyring, text)
    except TokenRefused:
        raise LinkRefused from None
    if now >= link.ends_at:
        raise LinkExpired
    return link
