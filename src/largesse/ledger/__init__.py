"""The heart: certificates, a double-entry journal that is only added to and sealed, pure rules (ARCHITECTURE §3)."""

from largesse.ledger.accounts import (
    OF_PARTNERS,
    PAID_OVER_THE_COUNTER,
    REFUNDABLE,
    Account,
    ClassOfValue,
    Leg,
    refund_account,
    void_accounts,
)
from largesse.ledger.at_counters import (
    PlacedHold,
    acts_at,
    holds_at,
    lapsed_at,
    last_rows,
    rows_of_operations,
    undone_among,
)
from largesse.ledger.batch import outcome_of
from largesse.ledger.books import Books
from largesse.ledger.bundles import late
from largesse.ledger.checks import unspendable
from largesse.ledger.cohorts import CohortMove, breakage_estimates, breakage_subject, cohort_moves
from largesse.ledger.commands import (
    NOBODY,
    Activate,
    Adjust,
    Block,
    BringOver,
    CaptureHold,
    CashOut,
    Command,
    Digests,
    EntryMode,
    Expire,
    Extend,
    GivesBack,
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
from largesse.ledger.condition_errors import CertificateMovedOn
from largesse.ledger.device_sums import HELD_BY_CERTIFICATES, TENDERS, DeviceSum, days_unclosed, device_sums
from largesse.ledger.engine import Ledger, keep_home
from largesse.ledger.entries import Across, OpenItem, OpenItemKind, PostEntry, UndoEntry
from largesse.ledger.entry_rules import MANUAL_ACCOUNTS, RULES, UNDOES, Rule
from largesse.ledger.errors import (
    AlreadyReversed,
    BalanceInsufficient,
    CertificateBlocked,
    CertificateEmpty,
    CertificateExpired,
    CertificateHeld,
    CertificateNotFound,
    CertificateVoid,
    ExpiryNotFound,
    ExtensionRefused,
    HoldClosed,
    HoldNotFound,
    LotNotFound,
    OperationConflict,
    RedemptionNotFound,
    RefundExceeded,
    WrongCurrency,
)
from largesse.ledger.events import CertificateChanged, CertificateExpiring, event_id_of, expiring, expiring_once
from largesse.ledger.figures import (
    Counted,
    DayChange,
    Figure,
    FigureFilter,
    FigureSum,
    StandingCertificates,
    exceptions,
    figure,
    figures,
    open_items,
    outstanding_by_day,
    rows_behind,
    standing,
    sums_before,
)
from largesse.ledger.filling import refusal_of_reload
from largesse.ledger.lots import Lot, Share, whole
from largesse.ledger.model import Certificate, Entry, Hold, HoldStatus, Kind, Outcome, Status, SubjectKind
from largesse.ledger.postings import POSTINGS, Posting
from largesse.ledger.proofs import AccountBalance, Difference
from largesse.ledger.refund_quotes import covered_by, owed_for, paid_from, paid_with, refundable_parts
from largesse.ledger.seal_errors import SealedMeanwhile, SealNotFound
from largesse.ledger.seals import (
    EXPORTED,
    LedgerSealed,
    Seal,
    anything_to_seal,
    find_seal,
    list_seals,
    make_seal,
    merchants_to_seal,
    open_books_from,
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
from largesse.ledger.tax_lines import RateLine, TaxLine
from largesse.ledger.undo_errors import UndoEnded, ValueMoved
from largesse.ledger.untouched import lock_untouched
from largesse.ledger.views import certificates_dataset, journal_dataset, redemptions_dataset
from largesse.ledger.writing import effect
