"""Partners on account: who orders, under which agreement, and with which keys."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from largesse.kernel.tax import UNTAXED, TaxTreatment

NAME_LENGTH_MAX = 120
EMAIL_LENGTH_MAX = 254
# As those of a checkout's billing address.
ADDRESS_LENGTHS_MAX = {"address": 120, "address2": 120, "city": 80, "state": 60, "zip": 20}
PASSWORD_LENGTH_MIN = 12
PASSWORD_LENGTH_MAX = 256
TOKEN_LIFETIME_S = 36_000
TOKEN_LIFETIME_S_MIN = 60
TOKEN_LIFETIME_S_MAX = 2_592_000
PAYMENT_TERMS_DAYS = 30
PAYMENT_TERMS_DAYS_MAX = 365
REFCODES_MAX = 50
PO_NUMBER_MAX = 60
DISCOUNT_MAX_PPM = 999_999


class Invoicing(StrEnum):
    """How a partner's orders are gathered into invoices."""

    REFCODE = "refcode"  # one invoice for each batch
    MONTHLY = "monthly"  # one for each month
    ORDER = "order"  # one for each order


class DiscountKind(StrEnum):
    """What an agreement's discount is."""

    PRICE_REDUCTION = "price_reduction"
    """It lowers what is owed for each certificate."""
    COMMISSION = "commission"
    """Certificates are billed at face, and the partner earns it by a service of its own."""


class OtherRefcodes(StrEnum):
    """What happens to an order under a refcode that the agreement does not name."""

    ACCEPT = "accept"  # issued, and reported with the partner until it is settled
    REFUSE = "refuse"


class AgreementPurpose(StrEnum):
    """Why certificates under an agreement may be good for less than the law asks for otherwise."""

    NONE = "none"
    """Nobody named one."""
    CHARITY = "charity"
    PROMOTIONAL = "promotional"
    BUSINESS_USE = "business_use"


class Partner(msgspec.Struct, frozen=True, kw_only=True):
    """Describe an organisation that orders on account."""

    merchant_id: UUID
    partner_id: UUID
    name: str
    contact_email: str
    created_at: datetime
    phone: str = ""
    address: str = ""
    address2: str = ""
    city: str = ""
    state: str = ""
    zip: str = ""
    country: str = ""


class PartnerChange(msgspec.Struct, frozen=True, kw_only=True):
    """What shall be different of a partner; None leaves a part alone. `phone` as people write it, empty for none."""

    name: str | None = None
    contact_email: str | None = None
    phone: str | None = None
    address: str | None = None
    address2: str | None = None
    city: str | None = None
    state: str | None = None
    zip: str | None = None
    country: str | None = None


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What an agreement allows in one currency, in its smallest unit: one order, and all that is not settled.

    What is ordered in the portal in one act above `approval_above` waits for a second person; None: nothing does.
    """

    amount_max: int
    credit_limit: int
    credit_used: int = 0
    approval_above: int | None = None

    @property
    def credit_left(self) -> int:
        """Return what may still be ordered before something is settled; less than zero when the limit was lowered."""
        return self.credit_limit - self.credit_used


class SpendingLimit(msgspec.Struct, frozen=True, kw_only=True):
    """How much a person of the portal, or a key of the partner API, may order in a month, in smallest units.

    `spent` is of the month whose first day, in the merchant's calendar, `month` is.
    """

    merchant_id: UUID
    spender_id: UUID
    currency: str
    partner_id: UUID
    monthly: int
    month: date
    spent: int = 0

    def left(self, month: date) -> int:
        """Return what may still be ordered in a month."""
        return self.monthly - (self.spent if self.month == month else 0)


class Agreement(msgspec.Struct, frozen=True, kw_only=True):
    """What a partner may order; `terms` names the currencies.

    `enabled` is whether the agreement is in force at all; `suspended` holds it for a while, as for unpaid invoices.
    `tax` is what its certificates are taxed as: included in their amount, due when they are used, or unknown. `purpose`
    is why they may be good for less than the law asks for otherwise. `discount_ppm` is what the partner is let off, or
    earns, in millionths; `po_number` is printed on invoices whose orders name none.

    `numbers_as_file` lets people of the partner download the numbers of what they ordered, `own_keys` lets them make
    keys; `limits_spenders` says that somebody or some key has a limit of its own.
    """

    merchant_id: UUID
    partner_id: UUID
    enabled: bool = True
    suspended: bool = False
    token_lifetime_s: int = TOKEN_LIFETIME_S
    payment_terms_days: int = PAYMENT_TERMS_DAYS
    invoicing: Invoicing = Invoicing.REFCODE
    refcodes: tuple[str, ...] = ()
    other_refcodes: OtherRefcodes = OtherRefcodes.ACCEPT
    tax: TaxTreatment = UNTAXED
    purpose: AgreementPurpose = AgreementPurpose.NONE
    discount_ppm: int = 0
    discount_kind: DiscountKind = DiscountKind.PRICE_REDUCTION
    po_number: str = ""
    numbers_as_file: bool = False
    own_keys: bool = False
    limits_spenders: bool = False
    terms: dict[str, Terms] = {}

    @property
    def price_reduction_ppm(self) -> int:
        """Return what is let off of each order, in millionths of its amount."""
        return self.discount_ppm if self.discount_kind is DiscountKind.PRICE_REDUCTION else 0

    def names(self, refcode: str) -> bool:
        """Return whether a refcode was agreed; where none is named, every one is."""
        return not self.refcodes or refcode in self.refcodes

    def takes(self, refcode: str) -> bool:
        """Return whether an order under a refcode is issued."""
        return self.names(refcode) or self.other_refcodes is OtherRefcodes.ACCEPT


class AgreementChange(msgspec.Struct, frozen=True, kw_only=True):
    """The changes of an agreement; None leaves a part alone."""

    enabled: bool | None = None
    suspended: bool | None = None
    token_lifetime_s: int | None = None
    payment_terms_days: int | None = None
    invoicing: Invoicing | None = None
    refcodes: tuple[str, ...] | None = None
    other_refcodes: OtherRefcodes | None = None
    tax: TaxTreatment | None = None
    purpose: AgreementPurpose | None = None
    discount_ppm: int | None = None
    discount_kind: DiscountKind | None = None
    po_number: str | None = None
    numbers_as_file: bool | None = None
    own_keys: bool | None = None


class PartnerUser(msgspec.Struct, frozen=True, kw_only=True):
    """Describe somebody who may ask for tokens in a partner's name."""

    merchant_id: UUID
    user_id: UUID
    partner_id: UUID
    email: str
    created_at: datetime
    disabled_at: datetime | None = None


class Key(msgspec.Struct, frozen=True, kw_only=True):
    """Describe an API key; of its text only `hint`, the last four characters, is kept."""

    merchant_id: UUID
    key_id: UUID
    user_id: UUID
    hint: str
    created_at: datetime
    revoked_at: datetime | None = None


class TokenUse(msgspec.Struct, frozen=True):
    """How many tokens of a key live, and when the last was asked for; old ones are forgotten after a while."""

    live: int = 0
    last_issued_at: datetime | None = None


class Credentials(msgspec.Struct, frozen=True, kw_only=True):
    """What a live API key leads to, for checking a password against."""

    merchant_id: UUID
    partner_id: UUID
    user_id: UUID
    key_id: UUID
    email: str
    password_hash: str
    token_lifetime_s: int

    def __repr__(self) -> str:
        return f"Credentials(key_id={self.key_id})"


class Access(msgspec.Struct, frozen=True, kw_only=True):
    """In whose name a live key and token speak, and until when (UTC). `partner` is who buys, `tax` as it is agreed."""

    merchant_id: UUID
    partner_id: UUID
    user_id: UUID
    key_id: UUID
    expires_at: datetime
    partner: Partner
    tax: TaxTreatment = UNTAXED
    price_reduction_ppm: int = 0

    @property
    def actor(self) -> str:
        """Return how journals and audits name this caller."""
        return f"partner:{self.partner_id}"
