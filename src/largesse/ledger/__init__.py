"""The heart: certificates, a double-entry journal that is only added to and sealed, pure rules (ARCHITECTURE §3)."""

from largesse.ledger.accounts import REFUNDABLE, Account, ClassOfValue, Leg, void_accounts
from largesse.ledger.books import Books
from largesse.ledger.commands import (
    NOBODY,
    Activate,
    Adjust,
    Block,
    CaptureHold,
    CashOut,
    Command,
    Digests,
    EntryMode,
    Expire,
    Extend,
    HandOver,
    Issue,
    PlaceHold,
    Prepare,
    Redeem,
    RedeemByNumber,
    Refund,
    Reinstate,
    ReleaseHold,
    Reload,
    Reverse,
    Settle,
    Transfer,
    Unblock,
    UndoReload,
    Void,
    VoidReason,
    fingerprint,
    fingerprint_of,
)
from largesse.ledger.engine import Ledger, keep_home
from largesse.ledger.entries import Across, OpenItem, OpenItemKind, PostEntry, UndoEntry
from largesse.ledger.entry_rules import MANUAL_ACCOUNTS, RULES, UNDOES, Rule
from largesse.ledger.errors import (
    CertificateBlocked,
    CertificateHeld,
    CertificateNotFound,
    ExpiryNotFound,
    ExtensionRefused,
    LotNotFound,
    OperationConflict,
    RefundExceeded,
)
from largesse.ledger.events import CertificateChanged, CertificateExpiring, expiring, expiring_once
from largesse.ledger.lots import Lot, whole
from largesse.ledger.model import Certificate, Entry, Hold, HoldStatus, Kind, Outcome, Status, SubjectKind
from largesse.ledger.postings import POSTINGS, Posting
from largesse.ledger.proofs import AccountBalance
from largesse.ledger.refund_quotes import covered_by, owed_for, paid_from, refundable_parts
from largesse.ledger.seal_errors import SealedMeanwhile, SealNotFound
from largesse.ledger.seals import (
    LedgerSealed,
    Seal,
    anything_to_seal,
    find_seal,
    list_seals,
    make_seal,
    merchants_to_seal,
    sealed_event,
    sealed_rows,
)
from largesse.ledger.settlements import PaidRefund
from largesse.ledger.store import (
    erase_memos,
    expired_certificates,
    expired_holds,
    expiring_certificates,
    followed,
    merchants_with_expired,
    merchants_with_expired_holds,
    merchants_with_expiring,
    wrongly_expired,
)
from largesse.ledger.subjects import PartnerBalance
from largesse.ledger.sums import Sum, TaxSum, sealed_through, sums, taxes
from largesse.ledger.tax_lines import RateLine
from largesse.ledger.views import certificates_dataset, journal_dataset, redemptions_dataset
from largesse.ledger.writing import effect
