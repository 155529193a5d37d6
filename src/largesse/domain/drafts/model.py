"""What a draft is: texts, as they were typed, so that nothing is lost and nothing is believed.

A draft is read anew whenever it matters (a total is shown, an order is placed), against the catalogue as it is then.
"""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from largesse.kernel.ids import derived_id, new_id

GIFTS_MAX: Final = 20
TOKEN_BYTES: Final = 24
TOKEN_LENGTH: Final = 32  # in base64url
KEPT: Final = timedelta(days=30)  # after the last change

# The longest text that is kept of any field: far more than it may have, so that what is too long comes back to be
# shortened, and little enough for all of them together to fit the column.
TYPED_MAX: Final = 2_000
MESSAGE_TYPED_MAX: Final = 20_000


class GiftText(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One gift's form as it was typed.

    `amount` is a preset in smallest units or `other`, with `other_amount` as people write amounts; `tip` is per cent,
    `0` or `other`, with `other_tip`. `sender` is the "from". `delivery` is `now`, `later` (on `day` at `hour`) or
    `print`. `language` is that of the page it was typed on, by which amounts are read; `locale` the certificate's.
    """

    amount: str = ""
    other_amount: str = ""
    tip: str = ""
    other_tip: str = ""
    to: str = ""
    sender: str = ""
    message: str = ""
    design: str = ""
    locale: str = ""
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    delivery: str = ""
    day: str = ""
    hour: str = ""
    language: str = "en"


class BuyerText(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The checkout's form as it was typed."""

    first_name: str = ""
    last_name: str = ""
    email: str = ""
    phone: str = ""
    promo: str = ""
    gateway: str = ""


class DraftGift(msgspec.Struct, frozen=True, kw_only=True):
    """One gift of a draft. `gift_id` is made with the empty form, so that sending the form twice adds one.

    `page_id` names the page that it was written on.
    """

    gift_id: UUID
    offering_id: UUID
    text: GiftText
    page_id: UUID | None = None

    def beside(self, content: "Content") -> "DraftGift":
        """Return the gift under an id of its own, where another page has put another gift there under the same.

        Two tabs may begin with the same half-written gift, and are finished for two people.
        """
        known = content.gift(self.gift_id)
        if known is None or self.page_id is None or known.page_id == self.page_id or known.text == self.text:
            return self
        return msgspec.structs.replace(self, gift_id=derived_id("gift of page", self.page_id))


class Content(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a draft is about: gifts that are ready, the buyer, and a gift that is half written."""

    gifts: tuple[DraftGift, ...] = ()
    buyer: BuyerText = BuyerText()
    unfinished: DraftGift | None = None

    def gift(self, gift_id: UUID) -> DraftGift | None:
        """Return the gift of an id, if it is among those that are ready."""
        return next((gift for gift in self.gifts if gift.gift_id == gift_id), None)

    def with_gift(self, gift: DraftGift) -> "Content":
        """Return the content with `gift` in the place of the one of its id, or at the end; it is unfinished no more."""
        known = self.gift(gift.gift_id) is not None
        gifts = tuple(gift if one.gift_id == gift.gift_id else one for one in self.gifts)
        return msgspec.structs.replace(self, gifts=gifts if known else (*gifts, gift), unfinished=None)

    def without_gift(self, gift_id: UUID) -> "Content":
        """Return the content without the gift of an id."""
        return msgspec.structs.replace(self, gifts=tuple(one for one in self.gifts if one.gift_id != gift_id))


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A draft as its row. `checkout_id` is the checkout it was last placed as, of `placings` in all."""

    merchant_id: UUID
    draft_id: UUID
    token_digest: bytes
    content: Content
    checkout_id: UUID | None = None
    placings: int = 0
    created_at: datetime
    touched_at: datetime


def fresh_token() -> str:
    """Return a token that only its browser will know: 192 random bits."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def digest_of(token: str) -> bytes:
    """Return what the database keeps of a token. It is random, so a plain digest is enough."""
    return hashlib.sha256(token.encode()).digest()


def new_draft(merchant_id: UUID, token: str, content: Content, *, now: datetime) -> Draft:
    """Return a draft that is not written yet."""
    return Draft(
        merchant_id=merchant_id,
        draft_id=new_id(now),
        token_digest=digest_of(token),
        content=content,
        created_at=now,
        touched_at=now,
    )
