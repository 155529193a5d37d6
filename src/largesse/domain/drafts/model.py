"""What a draft is: texts, as they were typed, so that nothing is lost and nothing is believed.

A draft is read anew whenever it matters (a total is shown, an order is placed), against the catalogue as it is then.
"""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from largesse.kernel.errors import Conflict
from largesse.kernel.ids import derived_id, new_id

GIFTS_MAX: Final = 20
TOKEN_BYTES: Final = 24
TOKEN_LENGTH: Final = 32  # in base64url
# After the last change. Whoever has not filled in a single gift may be nobody: that is soon forgotten.
KEPT: Final = timedelta(days=30)
KEPT_WITHOUT_GIFT: Final = timedelta(days=2)
# As JSON. Twenty gifts with long messages fit; strangers keep their books elsewhere.
GIFTS_BYTES_MAX: Final = 32 * 1024

# The longest text that is kept of a field: more than it may have, so that what is too long comes back to be shortened.
_TYPED_MAX: Final = {
    "message": 1_000,
    "to": 120,
    "sender": 120,
    "first_name": 200,
    "last_name": 200,
    "email": 320,
    "phone": 60,
    "promo": 600,  # a certificate's redeem URL is told from a code; only codes that exist are kept
    "other_amount": 60,  # more than an amount may have, so that none is cut into another
    "other_tip": 60,
}
_CHOICE_MAX: Final = 40
_ENCODER: Final = msgspec.json.Encoder()


class DraftFull(Conflict):
    """A draft cannot hold another gift, or one so long."""

    code = "draft.full"
    message = "That is more than can be paid for together. Pay for the gifts that are there first."


def typed_max(field: str) -> int:
    """Return how many characters are kept of what is typed into a field of a form."""
    return _TYPED_MAX.get(field, _CHOICE_MAX)


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
    address: str = ""
    address2: str = ""
    city: str = ""
    state: str = ""
    zip: str = ""
    country: str = ""
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
        """Return the content with `gift` in the place of the one of its id, or at the end; it is unfinished no more.

        Raises:
            DraftFull: that is more than one draft may hold.
        """
        known = self.gift(gift.gift_id) is not None
        gifts = tuple(gift if one.gift_id == gift.gift_id else one for one in self.gifts)
        changed = msgspec.structs.replace(self, gifts=gifts if known else (*gifts, gift), unfinished=None)
        if len(changed.gifts) > GIFTS_MAX or len(_ENCODER.encode(changed.gifts)) > GIFTS_BYTES_MAX:
            raise DraftFull
        return changed

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

    @property
    def kept_until(self) -> datetime:
        """When it is deleted unless it is touched again: soon, while no gift in it is filled in."""
        return self.touched_at + (KEPT if self.content.gifts else KEPT_WITHOUT_GIFT)


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
