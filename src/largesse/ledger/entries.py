"""What may be asked of subjects that are no certificates: an entry that one table knows, or that one be undone.

Partners, bank accounts, accounts at gateways, drawers, locations and the merchant itself have chains of their own
(docs/decisions/0106-subjects.md). Amounts are in the smallest unit of the entry's currency.
"""

from enum import StrEnum
from uuid import UUID

import msgspec

from largesse.kernel.where import Where
from largesse.ledger.accounts import Account
from largesse.ledger.commands import NOBODY, Command
from largesse.ledger.model import Kind, SubjectKind
from largesse.ledger.tax_lines import TaxLine


class OpenItemKind(StrEnum):
    """What an entry on a clearing account opens or closes. The words are stored, and never renamed."""

    PAYMENT = "payment"
    REFUND = "refund"
    DISPUTE = "dispute"
    PAYOUT = "payout"
    DEPOSIT = "deposit"
    STATEMENT_LINE = "statement_line"
    LOCATION_DAY = "location_day"
    """A location and its business day."""
    INVOICE = "invoice"


class OpenItem(msgspec.Struct, frozen=True):
    """One open item of a clearing account, or of a partner."""

    kind: OpenItemKind
    item_id: UUID


class Across(msgspec.Struct, frozen=True):
    """The other end of an entry of two rows: so much of another currency, or another legal entity."""

    currency: str | None = None
    amount: int | None = None
    legal_entity_id: UUID | None = None


class PostEntry(Command, frozen=True, kw_only=True):
    """Book an entry of a subject that is no certificate.

    `entry_rules` says which accounts `kind` and `reason` move there, and which of `party_id` (a partner), `open_item`
    and `tax` are named. `across` is the other end where money changes its currency or legal entity. `debit` and
    `credit` are named for a manual entry alone. `refers_to` is what it is about outside of the ledger. `where` has no
    default: whose books a row stands in is never left to chance.
    """

    certificate_id: UUID = NOBODY
    where: Where
    subject_kind: SubjectKind
    subject_id: UUID
    kind: Kind
    currency: str
    amount: int
    party_id: UUID | None = None
    open_item: OpenItem | None = None
    tax: TaxLine | None = None
    across: Across | None = None
    debit: Account | None = None
    credit: Account | None = None
    refers_to: UUID | None = None


class UndoEntry(Command, frozen=True, kw_only=True):
    """Swap what an operation booked of a subject, whole and once; `kind` says what that is called (`UNDOES`)."""

    certificate_id: UUID = NOBODY
    subject_kind: SubjectKind
    subject_id: UUID
    kind: Kind
    undoes: UUID
