"""What is on sale: offerings, and what a buyer may choose of them.

Amounts are smallest units of the offering's currency, rates exact decimals, moments UTC.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec

from largesse.domain.catalog.certificate_face import TERMS_MAX, Design
from largesse.kernel.currency import Currency, currency
from largesse.kernel.tax import UNTAXED, TaxTreatment
from largesse.kernel.validity import FOREVER, Validity

TITLE_MAX: Final = 80
OFFERING_DESCRIPTION_MAX: Final = 2000
GIFT_DESCRIPTION_MAX: Final = 120  # of the order that carries it
OFFERING_TERMS_MAX: Final = TERMS_MAX  # they are printed on the certificate
PRESETS_MAX: Final = 12
TIP_PERCENTS_MAX: Final = 8
VALIDITY_MONTHS_MAX: Final = 1200
VALIDITY_DAYS_MAX: Final = 36_525
STOCK_MAX: Final = 1_000_000
REDEMPTION_RATES_MAX: Final = 12


class OfferingKind(StrEnum):
    """What is sold."""

    AMOUNT = "amount"  # the buyer says how much
    PACKAGE = "package"  # a thing at a fixed price


class OfferingStatus(StrEnum):
    """Whether an offering is to be seen at all."""

    ACTIVE = "active"  # shown, and sold when its time is
    HIDDEN = "hidden"  # neither


class Availability(StrEnum):
    """Whether an offering can be bought at a moment, or why not."""

    OPEN = "open"
    HIDDEN = "hidden"
    NOT_YET = "not_yet"
    OVER = "over"
    SOLD_OUT = "sold_out"


class Gratuity(msgspec.Struct, frozen=True, kw_only=True):
    """What gratuity may be included: per cent of the amount (15 is 15 %), and the most that may be typed.

    Without percents and without a `tip_max` there is none.
    """

    percents: tuple[Decimal, ...] = ()
    tip_max: int | None = None

    @property
    def allowed(self) -> bool:
        """Return whether any gratuity may be included."""
        return bool(self.percents) or self.tip_max is not None


class BonusRule(msgspec.Struct, frozen=True, kw_only=True):
    """Promise a promotional certificate of its own for every gift of at least `threshold`: a sum, or per cent of it."""

    threshold: int
    amount: int | None = None
    percent: Decimal | None = None
    validity: Validity = FOREVER
    gift_description: str = ""


class Words(msgspec.Struct, frozen=True, kw_only=True):
    """What an offering says, in the merchant's words. In a translation, None means as in the usual language."""

    title: str | None = None
    description: str | None = None
    terms: str | None = None


class OfferingDraft(msgspec.Struct, frozen=True, kw_only=True):
    """An offering as it was asked for, not yet checked.

    An `amount` has `presets`, or limits between which another amount may be chosen, or both; a `package` has a `price`.
    `gift_description` is what receivers and exports call it in every language, empty for the usual wording. `designs`
    are those that fit it, in order of preference; none means all. `available_until` is the first moment at which it is
    no longer on sale. `stock` is how many may be sold while that limit stands. `redemption_rates` are those at which
    what a multi-purpose certificate may be redeemed for is taxed (0.19 for 19 %); none means that they are not known.
    """

    slug: str
    kind: OfferingKind
    title: str
    description: str = ""
    gift_description: str = ""
    terms: str = ""
    translations: Mapping[str, Words] = msgspec.field(default_factory=dict)
    status: OfferingStatus = OfferingStatus.ACTIVE
    presets: tuple[int, ...] = ()
    amount_min: int | None = None
    amount_max: int | None = None
    price: int | None = None
    tax: TaxTreatment = UNTAXED
    redemption_rates: tuple[Decimal, ...] = ()
    gratuity: Gratuity = Gratuity()
    validity: Validity = FOREVER
    available_from: datetime | None = None
    available_until: datetime | None = None
    stock: int | None = None
    sort: int = 0
    designs: tuple[Design, ...] = ()
    picture_id: UUID | None = None
    bonus: BonusRule | None = None


class Offering(OfferingDraft, frozen=True, kw_only=True):
    """Describe what a merchant sells. `taken` is how much of the stock is sold or waits to be paid for."""

    merchant_id: UUID
    offering_id: UUID
    currency: str
    taken: int = 0
    version: int = 1
    created_at: datetime
    changed_at: datetime

    @property
    def money(self) -> Currency:
        """Return the currency of its amounts."""
        return currency(self.currency)

    @property
    def stock_left(self) -> int | None:
        """Return how many can still be sold, None when there is no limit."""
        return None if self.stock is None else max(0, self.stock - self.taken)

    @property
    def design_choices(self) -> tuple[Design, ...]:
        """Return the designs that a buyer may choose from, the preferred one first."""
        return self.designs or tuple(Design)

    def availability(self, now: datetime) -> Availability:
        """Return whether it can be bought at `now`."""
        if self.status is OfferingStatus.HIDDEN:
            return Availability.HIDDEN
        if self.available_from is not None and now < self.available_from:
            return Availability.NOT_YET
        if self.available_until is not None and now >= self.available_until:
            return Availability.OVER
        return Availability.SOLD_OUT if self.stock_left == 0 else Availability.OPEN

    def takes(self, amount: int) -> bool:
        """Return whether a gift of it can be of an amount, in smallest units: a preset, or one within its limits."""
        if self.kind is not OfferingKind.AMOUNT:
            return False
        least, most = self.amount_min, self.amount_max
        return amount in self.presets or (least is not None and most is not None and least <= amount <= most)

    def words(self, locale: str) -> Words:
        """Return the words in the language of `locale` (`fr`, `fr-CA`), where the merchant wrote them."""
        own = self.translations.get(locale.replace("_", "-").partition("-")[0].lower(), Words())
        return Words(
            title=own.title or self.title,
            description=own.description or self.description,
            terms=own.terms or self.terms,
        )
