"""What the ledger knows of a certificate, and what it writes about it."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

import msgspec
from msgspec.structs import replace

from largesse.kernel.errors import LargesseError
from largesse.kernel.events import Event
from largesse.kernel.tax import UNTAXED, TaxTreatment
from largesse.kernel.where import BooksSale
from largesse.ledger.accounts import Account, ClassOfValue, Leg
from largesse.ledger.lots import Lot, Share, added
from largesse.ledger.tax_lines import TaxLine

PartKey = tuple[UUID, UUID, UUID]
"""A merchant's id, the id of an operation, and that of one of the certificates that it changed."""


class SubjectKind(StrEnum):
    """What a journal row is about: a certificate, or a holder of other accounts."""

    CERTIFICATE = "certificate"
    PARTNER = "partner"
    BANK_ACCOUNT = "bank_account"
    GATEWAY_ACCOUNT = "gateway_account"
    TILL_DRAWER = "till_drawer"
    LOCATION = "location"
    MERCHANT = "merchant"


class Status(StrEnum):
    """Whether a certificate may be spent."""

    INACTIVE = "inactive"
    """Prepared with nothing on it, until it is activated."""
    ACTIVE = "active"
    BLOCKED = "blocked"
    """Set aside by staff or a dispute; may be unblocked."""
    EXPIRED = "expired"
    """Its breakage is booked. A certificate past its day is refused before that, too."""
    VOID = "void"
    """Cancelled, cashed out, or replaced by another."""
    HANDED_OVER = "handed_over"
    """Handed over to the state as unclaimed property."""


class Kind(StrEnum):
    """What a journal row records: the command that wrote it."""

    PREPARE = "prepare"
    ACTIVATE = "activate"
    ISSUE = "issue"
    RELOAD = "reload"
    REDEEM = "redeem"
    HOLD = "hold"
    CAPTURE = "capture"
    RELEASE = "release"
    REFUND = "refund"
    REVERSE = "reverse"
    ADJUST = "adjust"
    BLOCK = "block"
    UNBLOCK = "unblock"
    VOID = "void"
    EXPIRE = "expire"
    EXTEND = "extend"
    REINSTATE = "reinstate"
    UNDO_RELOAD = "undo_reload"
    CASH_OUT = "cash_out"
    HAND_OVER = "hand_over"
    TRANSFER = "transfer"
    SETTLE = "settle"
    CONVERT = "convert"
    """What a migration wrote: it turned what stood into the form of today."""
    # Of other subjects than certificates: see `entry_rules`.
    RECEIVE = "receive"
    MATCH = "match"
    UNMATCH = "unmatch"
    BILL = "bill"
    CREDIT = "credit"
    WRITE_OFF = "write_off"
    TAX_RELIEF = "tax_relief"
    COMMISSION = "commission"
    PAY_REFUND = "pay_refund"
    REFUND_FAILED = "refund_failed"
    PAY_IN = "pay_in"
    PAY_OUT = "pay_out"
    COUNT = "count"
    DEPOSIT = "deposit"
    TERMINAL_BATCH = "terminal_batch"
    CLOSE_TENDER = "close_tender"
    PAYOUT = "payout"
    FEE = "fee"
    EXCHANGE = "exchange"
    PAY_OUT_GRATUITIES = "pay_out_gratuities"
    PAY_UNCLAIMED_PROPERTY = "pay_unclaimed_property"
    ESTIMATE_BREAKAGE = "estimate_breakage"
    RELEASE_BREAKAGE = "release_breakage"
    SETTLE_ENTITIES = "settle_entities"
    DISPUTE_OPENED = "dispute_opened"
    DISPUTE_WON = "dispute_won"
    DISPUTE_LOST = "dispute_lost"
    MANUAL_ENTRY = "manual_entry"


class Certificate(msgspec.Struct, frozen=True, kw_only=True):
    """The state of a certificate after its journal row `seq`. Amounts are in the currency's smallest unit.

    Its lots add up to its balances, the oldest first; one that is used up stays, for what took it may be undone.

    `active_at` is when it was last filled, spent from or held; certificates from before that was kept may not say.

    `redeemed_at` are times of its last redemptions, where the merchant limits how many there may be (`pace`).

    `head` is the hash of that row, and the two times are those that it was written with; a certificate that has no row
    yet has none of them.
    """

    merchant_id: UUID
    certificate_id: UUID
    currency: str
    class_of_value: ClassOfValue
    funding: Account
    status: Status
    balance: int = 0
    held: int = 0
    gratuity_balance: int = 0
    gratuity_held: int = 0
    good_through: date | None
    expires_at: datetime | None
    order_number: str | None
    seq: int = 0
    issued_at: datetime
    active_at: datetime | None = None
    lots: tuple[Lot, ...] = ()
    redeemed_at: tuple[datetime, ...] = ()
    head: bytes = b""
    effective_at: datetime | None = None
    recorded_at: datetime | None = None

    @property
    def available(self) -> int:
        """Return the value that is neither spent nor held."""
        return self.balance - self.held

    @property
    def treatment(self) -> TaxTreatment:
        """Return the tax on it: that of its first lot, since lots of different treatment never meet."""
        return self.lots[0].treatment if self.lots else UNTAXED

    @property
    def gratuity_available(self) -> int:
        """Return the gratuity that is neither spent nor held."""
        return self.gratuity_balance - self.gratuity_held

    def expired(self, now: datetime) -> bool:
        """Return whether its last good day has passed at `now`, booked or not."""
        return self.expires_at is not None and now >= self.expires_at


class Entry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One row of the journal, `line` of its operation. `amount` is above zero, or None when no money moves.

    What ends in `_after` is the subject's state after the row; the amounts of a lot are what is left of it. Rows that
    are older than the columns of status and last good day do not tell these: their `status_after` is None. What comes
    after `memo` is added when the row is booked (`booking`), not decided.
    """

    merchant_id: UUID
    subject_id: UUID
    subject_kind: SubjectKind
    seq: int
    operation_id: UUID
    line: int
    kind: Kind
    leg: Leg | None
    currency: str
    debit: Account | None
    credit: Account | None
    amount: int | None
    held_change: int
    balance_after: int
    held_after: int
    gratuity_after: int
    gratuity_held_after: int
    status_after: Status | None = None
    good_through_after: date | None = None
    expires_at_after: datetime | None = None
    hold_ends_at: datetime | None = None
    class_of_value: ClassOfValue | None = None
    offering_id: UUID | None = None
    partner_id: UUID | None = None
    refcode: str | None = None
    order_number: str | None = None
    tax_kind: str | None = None
    home_location_id: UUID | None = None
    lot_id: UUID | None = None
    lot_face_after: int | None = None
    lot_gratuity_after: int | None = None
    lot_discount_after: int | None = None
    lot_included_tax_after: int | None = None
    lot_added_tax_after: int | None = None
    books_sale: BooksSale | None = None
    legal_entity_id: UUID | None = None
    location_id: UUID | None = None
    device_id: UUID | None = None
    entry_mode: str | None = None
    party_id: UUID | None = None
    open_item_kind: str | None = None
    open_item_id: UUID | None = None
    tax_country: str | None = None
    tax_rate_ppm: int | None = None
    taxable_amount: int | None = None
    tax_amount: int | None = None
    tax_point: date | None = None
    refers_to: UUID | None
    reason: str | None = None
    actor: str
    memo: str | None = None
    fingerprint: bytes = b""
    fingerprint_key: str | None = None
    memo_hash: bytes | None = None
    claimed_at: datetime | None = None
    effective_at: datetime | None = None
    recorded_at: datetime
    booked_on: date | None = None
    hash_format: int = 0
    hash: bytes = b""


class HoldStatus(StrEnum):
    """Whether a hold still sets value aside."""

    OPEN = "open"
    CAPTURED = "captured"
    RELEASED = "released"


class Hold(msgspec.Struct, frozen=True, kw_only=True):
    """Set value aside for a tab until it is captured or released, or `expires_at` has passed."""

    merchant_id: UUID
    hold_id: UUID
    certificate_id: UUID
    status: HoldStatus
    amount: int
    gratuity: int
    placed_at: datetime
    expires_at: datetime


class Use(msgspec.Struct, frozen=True, kw_only=True):
    """What one redemption or capture took of which lot, where that was and who booked the sale there, and the tax due.

    `memorandum` where it used what was given away, but for what did so before that stood outside the liability.
    `used_in` is the legal entity where it happened, `crossed` the lots that stand in the books of another.
    """

    shares: tuple[Share, ...]
    location_id: UUID | None = None
    used_in: UUID | None = None
    crossed: frozenset[UUID] = frozenset()
    books_sale: BooksSale = BooksSale.LARGESSE
    taxes: tuple[TaxLine, ...] = ()
    memorandum: bool = False


class Redemption(msgspec.Struct, frozen=True, kw_only=True):
    """Recall what an earlier operation used of a certificate, so that all of it can be undone once.

    Several uses where it was a bundle of them; `moved` are the lots whose rest was moved to another certificate since.
    """

    merchant_id: UUID
    certificate_id: UUID
    operation_id: UUID
    uses: tuple[Use, ...]
    moved: frozenset[UUID] = frozenset()
    reversed: bool = False

    def and_then(self, later: "Redemption") -> "Redemption":
        """Return what it used together with what another part of the same operation used after it."""
        return replace(self, uses=(*self.uses, *later.uses))

    @property
    def shares(self) -> tuple[Share, ...]:
        """Return what it took of each lot."""
        return added((), (share for use in self.uses for share in use.shares))

    @property
    def value(self) -> int:
        """Return the value that it took."""
        return sum(share.face for share in self.shares)

    @property
    def gratuity(self) -> int:
        """Return the gratuity that it took."""
        return sum(share.gratuity for share in self.shares)


class Expiry(msgspec.Struct, frozen=True, kw_only=True):
    """What an expiry booked, so that it can be undone once; `blocked` where the certificate was blocked before it.

    `tips_to` is where its gratuity went.
    """

    merchant_id: UUID
    certificate_id: UUID
    operation_id: UUID
    shares: tuple[Share, ...]
    blocked: bool
    undone: bool
    tips_to: Account = Account.BREAKAGE_OF_GRATUITIES

    @property
    def value(self) -> int:
        """Return the value that it booked."""
        return sum(share.face for share in self.shares)

    @property
    def gratuity(self) -> int:
        """Return the gratuity that it booked."""
        return sum(share.gratuity for share in self.shares)


class Chain(msgspec.Struct, frozen=True, kw_only=True):
    """The chain of a subject that is no certificate, after its row `seq`. One that has no row yet has no head."""

    merchant_id: UUID
    subject_id: UUID
    subject_kind: SubjectKind
    seq: int = 0
    head: bytes = b""
    effective_at: datetime | None = None
    recorded_at: datetime | None = None


class Undone(msgspec.Struct, frozen=True):
    """Name what was undone of an operation, so that it happens once: its rows of one subject."""

    merchant_id: UUID
    operation_id: UUID
    subject_id: UUID


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What a command changes: certificates, journal rows, perhaps a hold, and what the world may be told.

    Or the chain of another subject, and perhaps what of it is undone.
    """

    certificates: tuple[Certificate, ...] = ()
    entries: tuple[Entry, ...]
    subjects: tuple[Chain, ...] = ()
    undone: Undone | None = None
    events: tuple[Event, ...] = ()
    hold: Hold | None = None
    redemption: Redemption | None = None
    expiry: Expiry | None = None


Refusal = LargesseError
"""A command that the rules do not allow: nothing is written, and the caller is told why."""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What a command did, the same each time it is asked.

    `value` and `gratuity` are what the command moved (signed for an adjustment; for a hold, what it set aside), and
    what follows them the discount, the included and the added tax that moved with them. `given_away` is what of `value`
    was used, or came back from use, that nobody had paid for: a discount at the till. The rest is the state right after
    it. Of another subject, `certificate_id` is its id, `value` the first row's amount, and there are no balances.
    """

    merchant_id: UUID
    certificate_id: UUID
    operation_id: UUID
    kind: Kind
    currency: str
    value: int
    gratuity: int
    discount: int
    included_tax: int
    added_tax: int
    given_away: int
    balance: int
    held: int
    gratuity_balance: int
    gratuity_held: int
    seq: int
    recorded_at: datetime
    replayed: bool = False
