"""What may be asked of the ledger: one frozen struct per command.

Amounts are in the smallest unit of the certificate's currency. `value` and `gratuity` name the two pots.
`operation_id` makes a command happen once: the same id again returns the first outcome. `fingerprint` tells a
repetition from another request under the same id; an interface that computes parts of a command itself (a fresh id, an
expiry counted from now) passes the fingerprint of what the caller sent.
"""

import hashlib
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

import msgspec
from msgspec.structs import replace

from largesse.kernel.tax import UNTAXED, TaxTreatment
from largesse.kernel.where import Where
from largesse.ledger.accounts import Account, ClassOfValue
from largesse.ledger.tax_lines import RateLine

FINGERPRINT_BYTES = 16
NOBODY = UUID(int=0)
"""The id of no certificate: what a command has that names one by its number."""


class EntryMode(StrEnum):
    """How a certificate's number came in. The words are stored, and never renamed."""

    TYPED = "typed"
    SCANNED = "scanned"
    SWIPED = "swiped"
    CAMERA = "camera"
    FOUND = "found"
    """By its order or its buyer: nobody showed the number."""
    SENT = "sent"
    """By another program."""


class Command(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """What every command has. `actor` says who asked: `partner:…`, `cli:…`, `duty:expire`.

    `where` is the location that it happens at, None the merchant's home; `claimed_at` when the caller says it happened.
    `expected_seq` is the sequence of the certificate that the caller had seen, where it must still stand so; where
    nobody named one, fingerprints do not know of it.
    """

    merchant_id: UUID
    certificate_id: UUID
    operation_id: UUID
    actor: str
    memo: str | None = None
    reason: str | None = None
    where: Where | None = None
    device_id: UUID | None = None
    entry_mode: EntryMode | None = None
    claimed_at: datetime | None = None
    expected_seq: int | msgspec.UnsetType = msgspec.UNSET
    fingerprint: bytes = b""


class Issue(Command, frozen=True, kw_only=True):
    """Open a certificate with value, paid from `funding`.

    Of `value`, `discount` is let off, and the rest includes `included_tax`; `added_tax` is charged on top. `treatment`
    is why. `party_id` is the partner that owes for it, where one does; `offering_id` and `refcode` are what the order
    says of it, and reports go by.
    """

    currency: str
    class_of_value: ClassOfValue = ClassOfValue.PAID
    funding: Account
    party_id: UUID | None = None
    value: int
    gratuity: int = 0
    discount: int = 0
    included_tax: int = 0
    added_tax: int = 0
    treatment: TaxTreatment = UNTAXED
    good_through: date | None
    expires_at: datetime | None
    order_number: str | None = None
    offering_id: UUID | None = None
    refcode: str | None = None


class BringOver(Issue, frozen=True, kw_only=True):
    """Open a certificate with what another system had left on it, as an issue from opening balances.

    `first_issued_at` is when that system issued it, from which legal clocks run; None: not known.
    """

    first_issued_at: datetime | None = None


class Prepare(Command, frozen=True, kw_only=True):
    """Open a certificate with nothing on it, such as a card that is printed before anybody buys it."""

    currency: str


class Activate(Issue, frozen=True, kw_only=True):
    """Load a certificate that was prepared, with what an issue says; `currency` must be the certificate's."""


class Reload(Command, frozen=True, kw_only=True):
    """Add value to a certificate that stands, paid from `funding`; the rest as for an issue.

    `order_number` is that of the order which paid for it, where there was one: its payer is given back what is left.
    `treatment` None is that of the certificate, a tax of None what its rate makes of the price, if there is one.
    """

    value: int
    gratuity: int = 0
    discount: int = 0
    included_tax: int | None = None
    added_tax: int | None = None
    treatment: TaxTreatment | None = None
    funding: Account
    party_id: UUID | None = None
    order_number: str | None = None
    offering_id: UUID | None = None
    refcode: str | None = None


class Redeem(Command, frozen=True, kw_only=True):
    """Spend value, gratuity, or both. `currency`, where given, must be the certificate's.

    `rates` say what multi-purpose value pays for; without them, the default rate of the location counts.

    `refreshed_at` is for what an enrolled device took while it had no line: when it had last refreshed what it knows.
    Whether the certificate was still good is then judged by the claim, which may not lie before that.
    """

    value: int
    gratuity: int = 0
    currency: str | None = None
    rates: tuple[RateLine, ...] = ()
    refreshed_at: datetime | None = None


class Digests(msgspec.Struct, frozen=True):
    """The keyed HMACs of one certificate number, one for each key that may have made the one that is kept."""

    under_keys: tuple[bytes, ...]

    def __repr__(self) -> str:
        """Leave them out: they find the certificate."""
        return "Digests(…)"


class RedeemByNumber(Redeem, frozen=True, kw_only=True):
    """Spend from the certificate of a number, which is found when it is locked; booked and told as any redemption."""

    certificate_id: UUID = NOBODY
    digests: Digests


class PlaceHold(Command, frozen=True, kw_only=True):
    """Set value aside until `expires_at`. The hold's id is the operation's. `currency` as for a redemption."""

    value: int
    gratuity: int = 0
    expires_at: datetime
    currency: str | None = None


class CaptureHold(Command, frozen=True, kw_only=True):
    """Spend at most what a hold set aside; the rest of it is free again. `currency` and `rates` as for a redemption."""

    hold_id: UUID
    value: int
    gratuity: int = 0
    currency: str | None = None
    rates: tuple[RateLine, ...] = ()


class ReleaseHold(Command, frozen=True, kw_only=True):
    """Free what a hold set aside."""

    hold_id: UUID


class GivesBack(Command, frozen=True, kw_only=True):
    """What takes fillings back. `billed` are lots on an issued invoice, whose price becomes the partner's credit.

    What was invoiced meanwhile is no part of the request, so fingerprints do not know of it.
    """

    billed: tuple[UUID, ...] | msgspec.UnsetType = msgspec.UNSET


class Refund(GivesBack, frozen=True, kw_only=True):
    """Take unspent value back and owe what was paid for it to whoever paid, the oldest lot first.

    From the lots that are named alone, else from every lot that somebody paid for. `to` one of
    `TAKEN_BACK_BY_BANKS`, where a dispute was lost and the money is missing there, or `refunds`, where no drawer pays
    what was paid over a counter, because it is given as credit.
    """

    value: int
    gratuity: int = 0
    lot_ids: tuple[UUID, ...] = ()
    to: Account | None = None


class Reverse(Command, frozen=True, kw_only=True):
    """Undo one redemption or capture, whole.

    `onward` names lots of it that another certificate carries now, each with that certificate, which is filled.
    """

    redemption_id: UUID
    onward: tuple[tuple[UUID, UUID], ...] = ()


class Adjust(Command, frozen=True, kw_only=True):
    """Correct a balance by a signed amount. The memo says why, and is required.

    What is taken off comes from the lots that are named, where some are.
    """

    value: int
    gratuity: int = 0
    lot_ids: tuple[UUID, ...] = ()


class Block(Command, frozen=True, kw_only=True):
    """Refuse spending until unblocked."""


class Unblock(Command, frozen=True, kw_only=True):
    """Allow spending again."""


class VoidReason(StrEnum):
    """Why a certificate is voided that somebody paid for. The words are stored, and never renamed."""

    FRAUD = "fraud"
    """It was got by fraud, and nobody is owed anything: breakage."""
    UNPAID = "unpaid"
    """Nobody paid for it in the end: it goes back to where its payment was expected from."""
    ERROR = "error"
    """It was filled by mistake, or the import that filled it is reversed: what filled it is swapped."""


class Void(GivesBack, frozen=True, kw_only=True):
    """End a certificate; what remains goes back to `to` (one of `void_accounts`), or to where source and reason say.

    What somebody paid for needs one of them, but for what a partner owes, who owes it no more then.
    """

    to: Account | None = None


class UndoReload(GivesBack, frozen=True, kw_only=True):
    """Undo what is left of one reload: what was paid goes back to where it came from."""

    reload_id: UUID


class CashOut(Command, frozen=True, kw_only=True):
    """End a certificate and pay the face of all that is left, from a drawer or later."""

    to: Account = Account.CASH


class HandOver(Command, frozen=True, kw_only=True):
    """End a certificate as unclaimed property: its face is owed to the state, or so many millionths of it.

    Gratuity of what is not goes to `tips_to`, None where the books say.
    """

    share_ppm: int = 1_000_000
    tips_to: Account | None = None


class Expire(Command, frozen=True, kw_only=True):
    """Book what is left of a certificate whose last good day has passed; gratuity to `tips_to`, as for a hand-over."""

    tips_to: Account | None = None


class Reinstate(Command, frozen=True, kw_only=True):
    """Undo one expiry, whole: what was booked is on the certificate again, which stands as it did before."""

    expiry_id: UUID


class Extend(Command, frozen=True, kw_only=True):
    """Make a certificate good for longer; None: for ever."""

    good_through: date | None
    expires_at: datetime | None


class Settle(Command, frozen=True, kw_only=True):
    """Book money that went out or came back for a certificate, between two accounts; its balances stay as they are.

    `refers_to` names the refund at the gateway that is booked, where several certificates may share one.
    """

    debit: Account
    credit: Account
    amount: int
    refers_to: UUID | None = None


class Transfer(Command, frozen=True, kw_only=True):
    """Move value to another certificate (merge). With `reissue`, move all of it to a new one and void the old."""

    to_certificate_id: UUID
    value: int = 0
    gratuity: int = 0
    reissue: bool = False


_ENCODER = msgspec.json.Encoder()


def fingerprint_of(command: Command) -> bytes:
    """Return the 16 bytes that tell this request from any other: those given, or a BLAKE2b of the command.

    What is known of a location changes between two tries of one request, and only its id belongs to it; a device is
    moved to another one.
    """
    if command.fingerprint:
        return command.fingerprint
    if isinstance(command, GivesBack) and command.billed is not msgspec.UNSET:
        return fingerprint_of(replace(command, billed=msgspec.UNSET))
    if command.where is None:
        return fingerprint(_ENCODER.encode(command))
    location_id = None if command.device_id is not None else command.where.location_id
    return fingerprint(_ENCODER.encode((replace(command, where=None), location_id)))


def fingerprint(request: bytes) -> bytes:
    """Return the 16-byte BLAKE2b of a request."""
    return hashlib.blake2b(request, digest_size=FINGERPRINT_BYTES).digest()
