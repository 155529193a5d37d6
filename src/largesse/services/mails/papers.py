"""What a mail about an order is written from."""

from collections.abc import Mapping

import msgspec

from largesse.domain.catalog import Theme
from largesse.domain.gifts import Gift, GiftStatus, MailDue, Purpose
from largesse.domain.invoices import SaleDocument
from largesse.domain.legal_texts import LegalTexts
from largesse.domain.merchants import Merchant
from largesse.domain.orders import Checkout, Order
from largesse.services.gifts import Sheet
from largesse.services.mails import words
from largesse.services.mails.pages import voice_of
from largesse.services.merchants import SellerIdentity
from largesse.ui import Voice


class Papers(msgspec.Struct, frozen=True, kw_only=True):
    """What a mail is written from."""

    due: MailDue
    merchant: Merchant
    theme: Theme
    letterhead: words.Letterhead
    texts: LegalTexts  # as the buyer read them
    seller: SellerIdentity | None
    checkout: Checkout
    bought: tuple[Order, ...]
    found: dict[str, Gift]
    """The deliveries, by order number."""
    filled: Mapping[str, words.Filled]
    """What orders filled that stood already, by order number."""
    sheets: tuple[Sheet, ...] = ()
    documents: tuple[SaleDocument, ...] = ()
    """Receipts, invoices or corrections that were written with what the mail tells of."""
    voice_locale: str

    @property
    def voice(self) -> Voice:
        """Return the voice of its reader."""
        return voice_of(self.voice_locale, self.merchant.english)

    @property
    def given(self) -> list[tuple[Order, Gift]]:
        """Return the gifts whose certificates go with the mail: the one it is about, or those that the buyer prints."""
        pairs = [(one, gift) for one in self.bought if (gift := self.found.get(one.order_number)) is not None]
        if self.due.purpose is Purpose.GIFT:
            return [(one, gift) for one, gift in pairs if gift.mail_id == self.due.mail_id]
        if self.due.purpose is Purpose.RECEIPT:
            return [(one, gift) for one, gift in pairs if gift.status is GiftStatus.PRINT]
        return []
