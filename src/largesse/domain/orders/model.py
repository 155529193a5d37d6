"""What an order is: one gift for one recipient, which becomes one certificate (PRODUCT "Words")."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

import msgspec

from largesse.kernel.campaigns import Campaign
from largesse.kernel.tax import TaxKind, TaxTreatment
from largesse.kernel.validity import Validity
from largesse.ledger import ClassOfValue

# The longest text of each field, in characters, enforced where data enters so that nothing is ever cut silently. The
# first seven are the order post's own (sources/order-post-integration.txt); it names no limit for the others.
VENDOR_NUMBER_MAX = 11
ORDER_NUMBER_MAX = 13
TO_MESSAGE_MAX = 30
FROM_MESSAGE_MAX = 30
MESSAGE_MAX = 200
CUSTOM_MAX = 55
NAME_MAX = 60
EMAIL_MAX = 254
DESCRIPTION_MAX = 120
ADDRESS_MAX = 120
CITY_MAX = 80
STATE_MAX = 60
ZIP_MAX = 20
REFCODE_MAX = 20
THIRD_PARTY_IDENTIFIER_MAX = 64


class Channel(StrEnum):
    """How an order came to be: bought in the shop or at a counter, or on account under a partner's agreement."""

    RETAIL = "retail"
    COUNTER = "counter"
    PARTNER = "partner"


class OrderStatus(StrEnum):
    """Where an order stands."""

    PLACED = "placed"  # not paid
    ISSUED = "issued"  # its certificate stands
    CANCELLED = "cancelled"  # never issued
    REFUNDED = "refunded"  # its certificate was taken back and the buyer paid
    VOIDED = "voided"  # its certificate was taken back


class CheckoutStatus(StrEnum):
    """Where a checkout stands."""

    OPEN = "open"  # waits for payment
    PAID = "paid"  # all its orders are issued
    EXPIRED = "expired"  # given up


class DeliveryMethod(StrEnum):
    """How a gift reaches who it is for."""

    NONE = ""  # the order was made elsewhere, or whoever ordered hands it over
    EMAIL = "email"  # to the recipient, at the time the buyer chose
    PRINT = "print"  # the buyer prints it


class Order(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One order, field for field as its row. Amounts are smallest units of `currency`; times are UTC.

    `fingerprint` (16 bytes) tells what operation `operation_id` asked for, so that a replay is told from a new
    order. `description` is what its readers are shown, `gift_description` what receivers are told, where that differs.
    `tax` is what was added, `included_tax` what amount less discount includes; `tax_rate` (0.19 for 19 %) is None where
    no tax is due at sale, and where it is not known: of orders that were brought from elsewhere, or placed by a version
    that did not keep it. `design` and `locale` are how its certificate looks and speaks; `deliver_at` is None for at
    once. `bonus_of` is the order that this one came with, as a present of the merchant's. Until it is issued,
    `good_through` is what it would be if it were issued on the day it was placed; the rule in `validity_months` and
    `validity_days` decides.

    What was sold at a counter says at which location and on which device; `fills_id` is the certificate that it
    activates or reloads, where it does not open one.
    """

    merchant_id: UUID
    order_id: UUID
    order_number: str
    channel: Channel
    status: OrderStatus
    checkout_id: UUID | None = None
    partner_id: UUID | None = None
    refcode: str | None = None
    third_party_identifier: str | None = None
    certificate_id: UUID | None = None
    operation_id: UUID
    fingerprint: bytes
    currency: str
    amount: int
    tip: int = 0
    discount: int = 0
    tax: int = 0
    total: int
    tax_kind: TaxKind = TaxKind.NONE
    tax_country: str | None = None
    tax_rate: Decimal | None = None
    included_tax: int = 0
    class_of_value: ClassOfValue = ClassOfValue.PAID
    good_through: date | None = None
    validity_months: int | None = None
    validity_days: int | None = None
    description: str = ""
    gift_description: str = ""
    recipient_first_name: str = ""
    recipient_last_name: str = ""
    recipient_email: str = ""
    to_message: str = ""
    from_message: str = ""
    message: str = ""
    placed_at: datetime
    issued_at: datetime | None = None
    offering_id: UUID | None = None
    design: str = ""
    locale: str = "en"
    delivery: DeliveryMethod = DeliveryMethod.NONE
    deliver_at: datetime | None = None
    promo_code: str = ""
    bonus_of: UUID | None = None
    location_id: UUID | None = None
    device_id: UUID | None = None
    fills_id: UUID | None = None

    @property
    def tax_treatment(self) -> TaxTreatment:
        """The kind, country and rate that its tax was computed by."""
        return TaxTreatment(kind=self.tax_kind, country=self.tax_country, rate=self.tax_rate or Decimal(0))

    @property
    def is_reload(self) -> bool:
        """Whether it adds to a certificate that another order opened."""
        return self.fills_id is not None and self.offering_id is None

    @property
    def validity(self) -> Validity:
        """The rule by which the last day is counted from the day of issue."""
        return Validity(months=self.validity_months, days=self.validity_days)


class Billing(msgspec.Struct, frozen=True, kw_only=True):
    """Who paid. `phone` is in full, as E.164; `country` an ISO 3166 code of two letters. Empty where not asked."""

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


NO_BILLING = Billing()


class Checkout(msgspec.Struct, frozen=True, kw_only=True):
    """One payment's worth of retail orders: `total` is the sum of theirs, in smallest units of `currency`.

    `locale` is what the buyer reads; `gateway` the way to pay that was chosen, empty where none was; `utm_source`,
    `utm_medium` and `utm_campaign` are what the link said that led to it.
    """

    merchant_id: UUID
    checkout_id: UUID
    status: CheckoutStatus
    currency: str
    total: int
    billing: Billing = NO_BILLING
    created_at: datetime
    paid_at: datetime | None = None
    locale: str = "en"
    gateway: str = ""
    utm_source: str = ""
    utm_medium: str = ""
    utm_campaign: str = ""

    @property
    def campaign(self) -> Campaign:
        """Where the buyer came from."""
        return Campaign(self.utm_source, self.utm_medium, self.utm_campaign)


class RefcodeUse(msgspec.Struct, frozen=True, kw_only=True):
    """How many issued orders of a partner stand under a refcode, and their total in the currency's smallest unit."""

    refcode: str
    currency: str
    orders: int
    total: int
