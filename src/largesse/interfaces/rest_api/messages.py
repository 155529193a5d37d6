"""What is said about certificates at the REST API, as types: the code reads by them, the documentation shows them."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from largesse.kernel.tax import TaxKind
from largesse.ledger import ClassOfValue, EntryMode, HoldStatus, Kind, Status, VoidReason
from largesse.services.certificates import Payer

AmountText = Annotated[
    str,
    Meta(
        pattern=r"^[0-9]{1,16}(\.[0-9]{1,4})?$",
        max_length=21,
        description="A decimal text, with no more decimals than the currency has.",
        examples=["25.00"],
    ),
]
SignedAmount = Annotated[
    str,
    Meta(
        pattern=r"^-?[0-9]{1,16}(\.[0-9]{1,4})?$",
        max_length=22,
        description="A decimal text, with a minus where it lowers.",
        examples=["-5.00"],
    ),
]
CurrencyText = Annotated[str, Meta(pattern="^[A-Z]{3}$", description="ISO 4217.", examples=["USD"])]
NumberText = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=2048,
        description="The certificate's number, typed or scanned: a bearer secret. It stands in no address.",
        examples=["GL-3M7K-2QXW-9RTV-5HP8"],
    ),
]
Percent = Annotated[
    str,
    Meta(pattern=r"^[0-9]{1,3}(\.[0-9]{1,4})?$", description="In per cent.", examples=["19", "8.25"]),
]
MemoText = Annotated[str, Meta(max_length=500, description="What is said of it in the journal; can be erased.")]
NameText = Annotated[str, Meta(min_length=1, max_length=64)]


class AboutCertificate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Name a certificate, by its id or by its number; exactly one of the two."""

    certificate_id: UUID | None = None
    number: NumberText | None = None


class ActOnCertificate(AboutCertificate, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Name a certificate, and say why."""

    memo: MemoText | None = None


class EmptyBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Nothing more than the address says."""


class AtSpot(ActOnCertificate, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Name a certificate, and where it happens: a location by code or id, or a device, which says where it is."""

    location: NameText | None = None
    device: NameText | None = None
    entry_mode: EntryMode = EntryMode.SENT


class RateShare(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What of an amount is taxed at which rate, of multi-purpose value alone."""

    rate: Percent
    amount: AmountText


class Spending(AtSpot, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Name what is spent, from the value and the gratuity of a certificate."""

    amount: AmountText = "0"
    gratuity: AmountText = "0"
    currency: CurrencyText


class RedeemAsked(Spending, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Redeem a certificate."""

    rates: Annotated[list[RateShare], Meta(max_length=20)] = []


class BillPartAsked(AboutCertificate, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one certificate pays of a bill."""

    amount: AmountText = "0"
    gratuity: AmountText = "0"
    entry_mode: EntryMode = EntryMode.SENT


class PayBillAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Redeem several certificates for one bill: all of it happens, or nothing."""

    currency: CurrencyText
    parts: Annotated[list[BillPartAsked], Meta(min_length=1, max_length=50)]
    memo: MemoText | None = None
    location: NameText | None = None
    device: NameText | None = None


class HoldAsked(Spending, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Set value aside. The operation's id is the hold's."""

    expires_in_s: Annotated[int, Meta(ge=60, le=31 * 86400, description="From a minute to 31 days.")] = 4 * 3600


class CaptureAsked(RedeemAsked, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Spend at most what a hold set aside; the rest of it is free again."""

    hold_id: UUID


class ReleaseAsked(AtSpot, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Free what a hold set aside."""

    hold_id: UUID


class ReverseAsked(ActOnCertificate, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Undo one redemption or capture, whole: the id of the operation that made it."""

    redemption_id: UUID


class RefundAsked(AtSpot, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Owe unspent value back to who paid for it; without amounts all that is left and not held."""

    amount: AmountText | None = None
    gratuity: AmountText | None = None
    currency: CurrencyText | None = None
    lot_id: UUID | None = None


class PayOutAsked(AtSpot, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Pay the face of all that is left, where the law profile gives the holder that, and end the certificate."""

    payer: Payer = Payer.DRAWER


PaidBy = Literal["cash", "terminal", "transfer", "given", "imported"]


class ReloadAsked(AtSpot, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Add value to a certificate."""

    amount: AmountText = "0"
    gratuity: AmountText = "0"
    currency: CurrencyText
    paid_by: Literal["cash", "terminal", "transfer", "account", "given", "imported"]


class UndoReloadAsked(AtSpot, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Give what is left of one reload back to where it came from."""

    reload_id: UUID


class TaxSaid(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The tax on a certificate that is sold."""

    kind: TaxKind
    country: Annotated[str, Meta(pattern="^[A-Z]{2}$", examples=["DE"])] | None = None
    rate: Percent | None = None


class ToIssue(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a certificate is issued with. Without `good_through` it is good for ever."""

    amount: AmountText
    gratuity: AmountText = "0"
    discount: AmountText = "0"
    good_through: date | None = None
    tax: TaxSaid | None = None


class IssueAsked(ToIssue, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Issue a certificate that was sold elsewhere, or is given away."""

    currency: CurrencyText
    paid_by: PaidBy
    memo: MemoText | None = None
    location: NameText | None = None
    device: NameText | None = None


class BulkIssueAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Issue up to 1,000 certificates: `all` of them or none, or `each` that can be."""

    mode: Literal["all", "each"]
    currency: CurrencyText
    paid_by: PaidBy
    lines: Annotated[list[ToIssue], Meta(min_length=1, max_length=1000)]
    memo: MemoText | None = None
    location: NameText | None = None
    device: NameText | None = None


class PrepareAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Make an inactive certificate with a number, for a card that is printed before it is sold."""

    currency: CurrencyText | None = None
    memo: MemoText | None = None


class ActivateAsked(ToIssue, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Load a certificate that was prepared: its card is sold. A card's `number` may be its outer code."""

    certificate_id: UUID | None = None
    number: NumberText | None = None
    currency: CurrencyText
    paid_by: PaidBy
    memo: MemoText | None = None
    location: NameText | None = None
    device: NameText | None = None
    entry_mode: EntryMode = EntryMode.SENT


class AdjustAsked(AboutCertificate, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Correct a balance by signed amounts; the memo says why, and is needed."""

    amount: SignedAmount = "0"
    gratuity: SignedAmount = "0"
    currency: CurrencyText
    memo: Annotated[str, Meta(min_length=1, max_length=500)]


class VoidAsked(ActOnCertificate, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """End a certificate for good; `reason` where somebody paid for what is left."""

    reason: VoidReason | None = None


class ExtendAsked(ActOnCertificate, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Make a certificate good through a later day; null is for ever."""

    good_through: date | None


class TransferAsked(ActOnCertificate, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Move value to another certificate of the same currency and class."""

    to: AboutCertificate
    amount: AmountText = "0"
    gratuity: AmountText = "0"
    currency: CurrencyText


class HoldShown(msgspec.Struct, frozen=True, kw_only=True):
    """A hold."""

    hold_id: UUID
    status: HoldStatus
    amount: AmountText
    gratuity: AmountText
    placed_at: datetime
    expires_at: datetime


class LotShown(msgspec.Struct, frozen=True, kw_only=True):
    """What is left of one filling of a certificate."""

    lot_id: UUID
    amount: AmountText
    gratuity: AmountText
    first_issued_at: datetime


class EntryShown(msgspec.Struct, frozen=True, kw_only=True):
    """One row of a certificate's journal."""

    sequence: int
    operation_id: UUID
    kind: Kind
    leg: str | None
    debit: str | None
    credit: str | None
    amount: AmountText | None
    balance: AmountText
    held: AmountText
    gratuity_balance: AmountText
    gratuity_held: AmountText
    location_id: UUID | None
    reason: str | None
    actor: str
    memo: str | None
    recorded_at: datetime
    hash: Annotated[str, Meta(description="Of the row and of all before it, in hexadecimal.")]


class OrderNamed(msgspec.Struct, frozen=True, kw_only=True):
    """An order that filled a certificate."""

    order_id: UUID
    order_number: str
    status: str
    placed_at: datetime


class CertificateShown(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A certificate as it stood at `as_of`. `held` is set aside of a balance; `available` can be spent."""

    certificate_id: UUID
    status: Status
    class_of_value: ClassOfValue
    currency: CurrencyText
    balance: AmountText
    held: AmountText
    available: AmountText
    gratuity_balance: AmountText
    gratuity_held: AmountText
    gratuity_available: AmountText
    good_through: date | None
    last_four: str
    order_number: str | None
    issued_at: datetime
    sequence: Annotated[int, Meta(description="Counts what happened to it; its ETag.")]
    as_of: datetime
    holds: Annotated[list[HoldShown], Meta(description="Open holds; with expand=holds.")] | msgspec.UnsetType = (
        msgspec.UNSET
    )
    lots: Annotated[list[LotShown], Meta(description="With expand=lots.")] | msgspec.UnsetType = msgspec.UNSET
    history: (
        Annotated[list[EntryShown], Meta(description="The last 50 rows of its journal; with expand=history.")]
        | msgspec.UnsetType
    ) = msgspec.UNSET
    orders: (
        Annotated[list[OrderNamed], Meta(description="What filled it; with expand=orders, and the scope orders:read.")]
        | msgspec.UnsetType
    ) = msgspec.UNSET


class OperationShown(msgspec.Struct, frozen=True, kw_only=True):
    """What an operation did, the same each time it is asked, and how the certificate stood right after it."""

    operation_id: UUID
    certificate_id: UUID
    kind: Kind
    currency: CurrencyText
    amount: SignedAmount
    gratuity: SignedAmount
    given_away: Annotated[AmountText, Meta(description="What of it nobody had paid for: a discount at the till.")]
    balance: AmountText
    held: AmountText
    gratuity_balance: AmountText
    gratuity_held: AmountText
    sequence: int
    as_of: datetime


class OperationsShown(msgspec.Struct, frozen=True, kw_only=True):
    """What one operation did to several certificates, in the order in which they were named."""

    operation_id: UUID
    parts: list[OperationShown]


class IssuedShown(msgspec.Struct, frozen=True, kw_only=True):
    """A certificate that was issued. Its number is a bearer secret; null where it is only tried."""

    certificate_id: UUID
    number: NumberText | None
    redeem_url: str | None
    operation: OperationShown


class LineShown(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What became of one line of a bulk issue: a certificate, or the code of why not."""

    line: int
    certificate_id: UUID | None = None
    number: NumberText | None = None
    code: str | None = None
    detail: str | None = None


class BulkShown(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a bulk issue, line by line."""

    issued: int
    refused: int
    currency: CurrencyText
    amount: AmountText
    lines: list[LineShown]
