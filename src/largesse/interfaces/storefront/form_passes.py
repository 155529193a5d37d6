"""What stands in for the CSRF token in a frame of another web site, where a browser keeps no cookie of ours.

A pass is signed over shop, offering, page and hour. It opens the gift form in a frame and its live figures, for which
nothing is written: whoever has one can do with it what anybody can who opens the form. No other page takes it, and a
frame takes no CSRF token.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from largesse.domain.catalog import Offering
from largesse.interfaces.storefront.shops import Shop
from largesse.kernel.tokens import SigningKeys, TokenKind, TokenRefused

FIELD: Final = "form_pass"
HOURS_GOOD: Final = 2
"""How many hours after its own a pass is good for."""
_HOUR_S: Final = 3_600


class _Pass(msgspec.Struct, frozen=True, array_like=True):
    """The page that it was written into, and when."""

    page_id: UUID
    hour: int


_PASSES: Final = TokenKind("frame-form", _Pass, length_max=200)


def hour_of(now: datetime) -> int:
    """Return the hour of a moment, counted from 1970."""
    return int(now.timestamp()) // _HOUR_S


def is_fresh(hour: int, *, now: datetime) -> bool:
    """Return whether what was signed in an hour still counts."""
    return 0 <= hour_of(now) - hour <= HOURS_GOOD


def form_pass(keys: SigningKeys, shop: Shop, offering: Offering, page_id: UUID, *, now: datetime) -> str:
    """Return what a form in a frame carries."""
    return _PASSES.sign(keys, _Pass(page_id, hour_of(now)), bound_to=_bound(shop, offering))


def opens_form(
    keys: SigningKeys, text: str, shop: Shop, offering: Offering, page_id: UUID | None, *, now: datetime
) -> bool:
    """Return whether a pass was written into that page of that form, not long ago."""
    try:
        known = _PASSES.read(keys, text, bound_to=_bound(shop, offering))
    except TokenRefused:
        return False
    return known.page_id == page_id and is_fresh(known.hour, now=now)


def _bound(shop: Shop, offering: Offering) -> bytes:
    return shop.merchant.merchant_id.bytes + offering.offering_id.bytes
