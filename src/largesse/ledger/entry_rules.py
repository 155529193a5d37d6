"""The table of all entries of subjects that are no certificates: what each debits and credits, and what it names.

It is the law for both sides: `entering` decides by it, `proofs` checks the journal against it, and
docs/internals/postings.md prints it. Words are stored, and never renamed.
"""

from collections.abc import Iterator
from typing import NamedTuple

from largesse.ledger.accounts import OF_CERTIFICATES, OF_PARTNERS, Account
from largesse.ledger.entries import OpenItemKind
from largesse.ledger.model import Kind, SubjectKind

_Pair = tuple[Account, Account]

_INVOICE = frozenset({OpenItemKind.INVOICE})
_PAYMENT = frozenset({OpenItemKind.PAYMENT})
_REFUND = frozenset({OpenItemKind.REFUND})
_DISPUTE = frozenset({OpenItemKind.DISPUTE})
_PAYOUT = frozenset({OpenItemKind.PAYOUT})
_LINE = frozenset({OpenItemKind.STATEMENT_LINE})
_DAY = frozenset({OpenItemKind.LOCATION_DAY})
_DEPOSIT = frozenset({OpenItemKind.DEPOSIT})
_OF_BANK = _PAYOUT | _LINE | _DAY | _DEPOSIT
"""What a line of a bank statement may be the other half of."""


class Rule(NamedTuple):
    """What one entry debits and credits; neither where it moves no money, as a count that found nothing amiss.

    It names one of `items`, or none where there are none. Where it is `taxed` it names what its tax is computed from.
    `then` is its second row, in the currency or of the legal entity at the other end. Whoever it touches an account of
    partners for is named; `names_party`: so may somebody be whom it is paid to.
    """

    debit: Account | None
    credit: Account | None
    items: frozenset[OpenItemKind] = frozenset()
    taxed: bool = False
    then: _Pair | None = None
    names_party: bool = False

    @property
    def of_partner(self) -> bool:
        """Return whether a partner must be named."""
        return bool({self.debit, self.credit, *(self.then or ())} & OF_PARTNERS)


Place = tuple[Kind, SubjectKind, str]
"""The kind of an entry, that of its subject, and its reason: the code of what it books."""


def _both(
    kind: Kind,
    subject: SubjectKind,
    reasons: tuple[str, str],
    pair: _Pair,
    items: frozenset[OpenItemKind] = frozenset(),
    *,
    taxed: bool = False,
) -> Iterator[tuple[Place, Rule]]:
    """One entry, and the one of the same kind that goes the other way."""
    debit, credit = pair
    there, back = reasons
    yield (kind, subject, there), Rule(debit, credit, items, taxed)
    yield (kind, subject, back), Rule(credit, debit, items, taxed)


def _of_partners() -> Iterator[tuple[Place, Rule]]:
    partner = SubjectKind.PARTNER
    owed = Account.PARTNER_RECEIVABLE
    yield (Kind.MATCH, partner, "invoice"), Rule(Account.PARTNER_CREDIT, owed, _INVOICE)
    for kind in (Kind.BILL, Kind.CREDIT):
        pair = (Account.ROUNDING, Account.TAX_PAYABLE)
        yield from _both(kind, partner, ("rounded_up", "rounded_down"), pair, _INVOICE, taxed=True)
    yield from _both(Kind.WRITE_OFF, partner, ("lost", "recovered"), (Account.BAD_DEBTS, owed), _INVOICE)
    pair = (Account.TAX_PAYABLE, Account.BAD_DEBTS)
    yield from _both(Kind.TAX_RELIEF, partner, ("relieved", "restored"), pair, _INVOICE, taxed=True)
    between, credit = Account.BETWEEN_ENTITIES, Account.PARTNER_CREDIT
    yield (Kind.SETTLE_ENTITIES, partner, "credit"), Rule(credit, between, then=(between, credit))
    pair = (Account.COMMISSIONS, Account.PARTNER_CREDIT)
    yield from _both(Kind.COMMISSION, partner, ("earned", "returned"), pair, _INVOICE)
    pair = (Account.TAX_PAYABLE, Account.PARTNER_CREDIT)
    yield from _both(Kind.COMMISSION, partner, ("tax", "tax_returned"), pair, _INVOICE, taxed=True)


def _of_banks() -> Iterator[tuple[Place, Rule]]:
    bank, money = SubjectKind.BANK_ACCOUNT, Account.BANK
    yield (Kind.RECEIVE, bank, "partner"), Rule(money, Account.PARTNER_CREDIT, _LINE)
    yield from _both(Kind.RECEIVE, bank, ("cleared", "drawn"), (money, Account.BANK_CLEARING), _OF_BANK)
    pair = (Account.BANK_CLEARING, Account.PARTNER_CREDIT)
    yield from _both(Kind.RECEIVE, bank, ("assigned", "unassigned"), pair, _LINE)
    between, clearing = Account.BETWEEN_ENTITIES, Account.BANK_CLEARING
    # What one legal entity awaited, or had booked on its bank, and another one's bank tells of.
    yield (Kind.SETTLE_ENTITIES, bank, "cleared"), Rule(clearing, between, _OF_BANK, then=(between, clearing))
    yield (Kind.SETTLE_ENTITIES, bank, "booked"), Rule(money, between, _LINE, then=(between, money))
    yield (Kind.PAY_REFUND, bank, "owed"), Rule(Account.REFUNDS, money, _REFUND)
    yield (Kind.PAY_REFUND, bank, "partner"), Rule(Account.PARTNER_CREDIT, money, _LINE)
    yield from _both(Kind.FEE, bank, ("charged", "returned"), (Account.GATEWAY_FEES, money), _LINE)
    received = Rule(money, Account.EXCHANGE, _LINE, then=(Account.EXCHANGE, Account.PARTNER_CREDIT))
    yield (Kind.EXCHANGE, bank, "received"), received
    paid = Rule(Account.PARTNER_CREDIT, Account.EXCHANGE, _LINE, then=(Account.EXCHANGE, money))
    yield (Kind.EXCHANGE, bank, "paid"), paid
    yield (Kind.PAY_OUT_GRATUITIES, bank, "paid"), Rule(Account.GRATUITIES_PAYABLE, money, names_party=True)
    yield (Kind.PAY_UNCLAIMED_PROPERTY, bank, "paid"), Rule(Account.UNCLAIMED_PROPERTY, money)


def _of_gateways() -> Iterator[tuple[Place, Rule]]:
    gateway, money = SubjectKind.GATEWAY_ACCOUNT, Account.GATEWAY_CLEARING
    yield (Kind.RECEIVE, gateway, "not_issued"), Rule(money, Account.REFUNDS, _PAYMENT)
    yield (Kind.PAY_REFUND, gateway, "owed"), Rule(Account.REFUNDS, money, _REFUND)
    kept = (
        ("voided", Account.WRITE_OFFS),
        ("kept", Account.BREAKAGE),
        ("kept_gratuity", Account.BREAKAGE_OF_GRATUITIES),
    )
    for reason, account in (("given_away", Account.GOODWILL), *kept):
        yield (Kind.PAY_REFUND, gateway, reason), Rule(account, money, _REFUND)
    yield from _both(Kind.PAYOUT, gateway, ("paid", "drawn"), (Account.BANK_CLEARING, money), _PAYOUT)
    yield from _both(Kind.FEE, gateway, ("charged", "returned"), (Account.GATEWAY_FEES, money), _PAYOUT)
    yield from _both(Kind.FEE, gateway, ("tax", "tax_returned"), (Account.TAX_PAYABLE, money), _PAYOUT, taxed=True)
    converted = Rule(Account.EXCHANGE, money, _PAYOUT, then=(Account.BANK_CLEARING, Account.EXCHANGE))
    yield (Kind.EXCHANGE, gateway, "paid_out"), converted
    between = Account.BETWEEN_ENTITIES
    # What one legal entity's account at the gateway pays out of another one's money.
    yield (Kind.SETTLE_ENTITIES, gateway, "paid_out"), Rule(money, between, _PAYOUT, then=(between, money))
    yield (Kind.PAY_REFUND, gateway, "by_bank"), Rule(Account.REFUNDS, Account.DISPUTED, _REFUND)
    yield from _both(Kind.DISPUTE_OPENED, gateway, ("disputed", "returned"), (Account.DISPUTED, money), _DISPUTE)
    # What a bank took beyond what was left of what the money had bought, or left of that.
    pair = (Account.CHARGEBACK_LOSSES, Account.DISPUTED)
    yield from _both(Kind.DISPUTE_LOST, gateway, ("lost", "kept"), pair, _DISPUTE)
    pair = (Account.TAX_PAYABLE, Account.CHARGEBACK_LOSSES)
    yield from _both(Kind.TAX_RELIEF, gateway, ("relieved", "restored"), pair, _DISPUTE, taxed=True)


def _of_drawers() -> Iterator[tuple[Place, Rule]]:
    drawer, cash = SubjectKind.TILL_DRAWER, Account.CASH
    for reason, other in (
        ("float", Account.CASH_IN_TRANSIT),
        ("sundry", Account.SUNDRY),
        ("rounding", Account.ROUNDING),
    ):
        yield (Kind.PAY_IN, drawer, reason), Rule(cash, other)
        yield (Kind.PAY_OUT, drawer, reason), Rule(other, cash)
    yield from _both(Kind.COUNT, drawer, ("over", "short"), (cash, Account.CASH_DIFFERENCES))
    yield (Kind.COUNT, drawer, "exact"), Rule(None, None)
    yield (Kind.DEPOSIT, drawer, "banked"), Rule(Account.BANK_CLEARING, cash, _DEPOSIT)
    yield (Kind.RECEIVE, drawer, "partner"), Rule(cash, Account.PARTNER_CREDIT)
    yield (Kind.PAY_REFUND, drawer, "owed"), Rule(Account.REFUNDS, cash, _REFUND)
    yield (Kind.PAY_REFUND, drawer, "partner"), Rule(Account.PARTNER_CREDIT, cash)
    yield (Kind.PAY_OUT_GRATUITIES, drawer, "paid"), Rule(Account.GRATUITIES_PAYABLE, cash, names_party=True)


def _of_locations() -> Iterator[tuple[Place, Rule]]:
    location = SubjectKind.LOCATION
    terminal, tender, cash = Account.TERMINAL, Account.TENDER_CLEARING, Account.CASH_DIFFERENCES
    yield (Kind.TERMINAL_BATCH, location, "banked"), Rule(Account.BANK_CLEARING, terminal, _DAY)
    yield from _both(Kind.TERMINAL_BATCH, location, ("over", "short"), (terminal, cash), _DAY)
    yield from _both(Kind.FEE, location, ("charged", "returned"), (Account.GATEWAY_FEES, terminal), _DAY)
    # What the till added up: it sold more than it took, or took more than it sold; and what it is beside that.
    yield from _both(Kind.CLOSE_TENDER, location, ("sold", "taken"), (Account.TILLS, tender), _DAY)
    yield from _both(Kind.CLOSE_TENDER, location, ("over", "short"), (tender, cash), _DAY)
    # What a till took for a certificate that was spent elsewhere while it had no line, and which nobody pays for.
    yield (Kind.WRITE_OFF, location, "offline"), Rule(Account.GOODWILL, tender, _DAY)
    # Handed back by card, or by the merchant's own till.
    yield (Kind.PAY_REFUND, location, "terminal"), Rule(Account.REFUNDS, terminal, _REFUND)
    yield (Kind.PAY_REFUND, location, "till"), Rule(Account.REFUNDS, tender, _REFUND)
    payroll = Rule(Account.GRATUITIES_PAYABLE, Account.BANK_CLEARING, names_party=True)
    yield (Kind.PAY_OUT_GRATUITIES, location, "payroll"), payroll


def _of_merchants() -> Iterator[tuple[Place, Rule]]:
    merchant = SubjectKind.MERCHANT
    estimated = (Account.BREAKAGE_ESTIMATED, Account.BREAKAGE)
    yield (Kind.ESTIMATE_BREAKAGE, merchant, "expected"), Rule(*estimated)
    yield (Kind.RELEASE_BREAKAGE, merchant, "real"), Rule(*estimated[::-1])
    pair = (Account.EXCHANGE_DIFFERENCES, Account.EXCHANGE)
    yield from _both(Kind.EXCHANGE, merchant, ("loss", "gain"), pair)
    between = Account.BETWEEN_ENTITIES
    paid = Rule(between, Account.BANK_CLEARING, then=(Account.BANK_CLEARING, between))
    yield (Kind.SETTLE_ENTITIES, merchant, "paid"), paid


RULES: dict[Place, Rule] = dict(
    [
        *_of_partners(),
        *_of_banks(),
        *_of_gateways(),
        *_of_drawers(),
        *_of_locations(),
        *_of_merchants(),
    ]
)
"""What each entry debits and credits, by kind, subject and reason."""


UNDOES: dict[Kind, Kind] = {
    Kind.UNMATCH: Kind.MATCH,
    Kind.REFUND_FAILED: Kind.PAY_REFUND,
    Kind.DISPUTE_WON: Kind.DISPUTE_OPENED,
}
"""The kinds whose rows swap those of an operation of another kind, which is undone once."""


MANUAL_ACCOUNTS = frozenset(Account) - OF_CERTIFICATES - {Account.BETWEEN_ENTITIES}
"""The accounts that a manual entry may run between: none that certificates, or two legal entities, have to agree on."""


class EntryPosting(NamedTuple):
    """One row that the journal may hold of a subject that is no certificate; what undoes another has any reason."""

    subject_kind: SubjectKind
    kind: Kind
    reason: str | None
    debit: Account | None
    credit: Account | None

    def __str__(self) -> str:
        """The words as they are stored, `-` for what a row leaves out, `*` for any reason."""
        words = (self.subject_kind, self.kind, self.reason or "*", self.debit or "-", self.credit or "-")
        return " ".join(words)


def _postings() -> Iterator[EntryPosting]:
    for (kind, subject, reason), rule in RULES.items():
        for debit, credit in ((rule.debit, rule.credit), *([rule.then] if rule.then else [])):
            yield EntryPosting(subject, kind, reason, debit, credit)
            for undo, undone in UNDOES.items():
                if kind is undone:
                    yield EntryPosting(subject, undo, None, credit, debit)


ENTRY_POSTINGS: frozenset[EntryPosting] = frozenset(_postings())
"""Every posting of a subject that is no certificate, but manual entries."""
