"""The chart of accounts: where the money of gift certificates stands (ARCHITECTURE §3).

Every merchant has each account once per currency. A journal row names one account that is debited and one that is
credited, so the books balance by construction.
"""

from enum import StrEnum

from largesse.kernel.where import BooksSale


class Account(StrEnum):
    """An account."""

    CERTIFICATES_OUTSTANDING = "certificates_outstanding"
    """Liability: what holders may still spend; one sub-account per certificate and pot."""
    GATEWAY_CLEARING = "gateway_clearing"
    """Asset: paid by buyers, on its way from the payment gateway or the till."""
    CASH = "cash"
    """Asset: what was put into the drawers of tills."""
    TERMINAL = "terminal"
    """Asset: paid by card at a terminal, on its way from its provider."""
    TENDER_CLEARING = "tender_clearing"
    """Asset: what the merchant's own till took for certificates, less what it took them in payment for."""
    PARTNER_RECEIVABLE = "partner_receivable"
    """Asset: ordered on account by partners and not yet settled."""
    PARTNER_CREDIT = "partner_credit"
    """Liability: paid by partners, or owed to them, and not yet set against what they owe."""
    BANK = "bank"
    """Asset: what stands in the merchant's bank accounts."""
    BANK_CLEARING = "bank_clearing"
    """Asset: on its way to a bank account, or there already and nobody knows yet what for."""
    CASH_IN_TRANSIT = "cash_in_transit"
    """Asset: cash on its way between drawers and the safe."""
    SUNDRY = "sundry"
    """Clearing: cash put into or taken from a drawer for what these books do not know, as postage."""
    TILLS = "tills"
    """Clearing: the other side of `tender_clearing`, as the merchant's own tills added it up."""
    DISPUTED = "disputed"
    """Asset: taken back by buyers' banks while a dispute is open."""
    EXCHANGE = "exchange"
    """Clearing: on its way from one currency to another; what is left in the end is a gain or a loss."""
    BETWEEN_ENTITIES = "between_entities"
    """Clearing: what legal entities of the merchant owe each other; zero over all of them."""
    OPENING_BALANCES = "opening_balances"
    """Equity: value brought along from another system."""
    PROMOTIONAL_OUTSTANDING = "promotional_outstanding"
    """Memorandum: what holders may still spend of what was given away, which nobody is owed."""
    PROMOTIONS_GRANTED = "promotions_granted"
    """Memorandum: the other side of it, so that both together are always zero."""
    PROMOTIONS = "promotions"
    """Expense: value given away, in rows from before that was a memorandum."""
    DISCOUNT_ON_OUTSTANDING = "discount_on_outstanding"
    """Contra liability: what buyers were let off of what is still outstanding; lowers what its use earns."""
    TAX_ON_OUTSTANDING = "tax_on_outstanding"
    """Contra liability: tax that the price of what is still outstanding includes; lowers what its use earns."""
    DISCOUNTS = "discounts"
    """Expense: what buyers were let off, in rows from before discounts stood beside what is outstanding."""
    TAX_PAYABLE = "tax_payable"
    """Liability: sales tax collected for the state."""
    REDEEMED = "redeemed"
    """Revenue: value spent at the merchant."""
    GRATUITIES_PAYABLE = "gratuities_payable"
    """Liability: gratuity spent, owed to the staff."""
    BREAKAGE = "breakage"
    """Revenue: paid value that expired unspent."""
    BREAKAGE_ESTIMATED = "breakage_estimated"
    """Contra liability: breakage that is expected of what is outstanding, and earned already."""
    BREAKAGE_OF_GRATUITIES = "breakage_of_gratuities"
    """Revenue: gratuity that expired unspent, where the merchant keeps it."""
    UNCLAIMED_PROPERTY = "unclaimed_property"
    """Liability: handed over as unclaimed, owed to the state until it is paid."""
    DISCOUNTS_BORNE = "discounts_borne"
    """Expense: discounts on value whose face was paid out."""
    REFUNDS = "refunds"
    """Liability: owed back to purchasers until the gateway has paid it."""
    WRITE_OFFS = "write_offs"
    """Expense: corrections, cancelled value and lost disputes, in rows from before these had accounts of their own."""
    GOODWILL = "goodwill"
    """Expense: corrections, and money that was returned to buyers beyond what was left of their certificates."""
    BAD_DEBTS = "bad_debts"
    """Expense: what partners will not pay any more."""
    CHARGEBACK_LOSSES = "chargeback_losses"
    """Expense: lost to disputes beyond what was left of what the money had bought."""
    GATEWAY_FEES = "gateway_fees"
    """Expense: what gateways, providers of terminals and banks charge."""
    COMMISSIONS = "commissions"
    """Expense: what partners charge for selling."""
    EXCHANGE_DIFFERENCES = "exchange_differences"
    """Expense or revenue: lost or gained between currencies."""
    CASH_DIFFERENCES = "cash_differences"
    """Expense or revenue: counted less, or more, than the books say."""
    ROUNDING = "rounding"
    """Expense or revenue: what rounding loses or gains."""
    TRANSFERS = "transfers"
    """Clearing: on its way from one certificate to another; zero after every operation."""


class ClassOfValue(StrEnum):
    """Whether value was paid for or given away; never mixed in one certificate."""

    PAID = "paid"
    """Somebody paid for it or owes it: a liability towards the holder."""
    PROMOTIONAL = "promotional"
    """Given away, outside the liability, with its own rule of expiry; a discount where it is used."""
    CREDIT = "credit"
    """Given back instead of money."""


class Leg(StrEnum):
    """What a journal row moves of a price: one of the two pots of a certificate, or what stands beside them."""

    VALUE = "value"
    GRATUITY = "gratuity"
    DISCOUNT = "discount"
    """What the buyer was let off."""
    INCLUDED_TAX = "included_tax"
    """Tax within the price."""
    ADDED_TAX = "added_tax"
    """Tax on top of the price."""
    TAX_DUE = "tax_due"
    """Tax that falls due when value is used."""


OF_PARTNERS = frozenset({Account.PARTNER_RECEIVABLE, Account.PARTNER_CREDIT})
"""The accounts whose every row names the partner that it is about, so that what each owes follows from the journal."""


OF_CERTIFICATES = frozenset(
    {
        Account.CERTIFICATES_OUTSTANDING,
        Account.DISCOUNT_ON_OUTSTANDING,
        Account.TAX_ON_OUTSTANDING,
        Account.PROMOTIONAL_OUTSTANDING,
        Account.PROMOTIONS_GRANTED,
        Account.PROMOTIONS,
        Account.DISCOUNTS,
        Account.TRANSFERS,
    }
)
"""The accounts that move with certificates alone."""


POTS = (Leg.VALUE, Leg.GRATUITY)
"""The two pots of a certificate."""


FUNDINGS: dict[ClassOfValue, frozenset[Account]] = {
    ClassOfValue.PAID: frozenset(
        {
            Account.GATEWAY_CLEARING,
            Account.CASH,
            Account.TERMINAL,
            Account.TENDER_CLEARING,
            Account.BANK_CLEARING,
            Account.PARTNER_RECEIVABLE,
            Account.OPENING_BALANCES,
            Account.REFUNDS,  # what was given back for another certificate
        }
    ),
    ClassOfValue.PROMOTIONAL: frozenset({Account.PROMOTIONS_GRANTED}),
    ClassOfValue.CREDIT: frozenset({Account.REFUNDS, Account.TENDER_CLEARING}),
}
"""The accounts that may pay for a certificate of each class."""


OUTSTANDING = (Account.CERTIFICATES_OUTSTANDING, Account.PROMOTIONAL_OUTSTANDING)
"""The accounts whose credits fill certificates and whose debits empty them."""


SETTLEMENTS: frozenset[tuple[Account, Account]] = frozenset(
    {
        (Account.REFUNDS, Account.GATEWAY_CLEARING),
        (Account.GATEWAY_CLEARING, Account.REFUNDS),
        (Account.WRITE_OFFS, Account.GATEWAY_CLEARING),
        (Account.GATEWAY_CLEARING, Account.WRITE_OFFS),
        (Account.GOODWILL, Account.GATEWAY_CLEARING),
        (Account.GATEWAY_CLEARING, Account.GOODWILL),
        (Account.GOODWILL, Account.TENDER_CLEARING),
        (Account.TENDER_CLEARING, Account.GOODWILL),
    }
)
"""The debits and credits that a settlement may book: a refund was paid, or came back; a disputed payment was lost, and
more, or less, was taken for it than was left on the certificate; a refund that was made at the gateway returned more
than was left; the merchant's own till took more, without a line, than was left on a certificate, which the merchant
bears, or is paid later."""


REFUNDABLE = FUNDINGS[ClassOfValue.PAID] | FUNDINGS[ClassOfValue.CREDIT]
"""The sources whose lots somebody paid for, who may be given back what is left of them."""


PAID_BACK_AT_ONCE = frozenset({Account.PARTNER_RECEIVABLE, Account.CASH, Account.TENDER_CLEARING})
"""The sources that are given back to directly: a partner's bill shrinks, a drawer or the merchant's till pays."""


PAID_OVER_THE_COUNTER = frozenset({Account.CASH, Account.TENDER_CLEARING})
"""What pays where somebody stands at a counter: a drawer, or the merchant's own till."""


TAKEN_BACK_BY_BANKS = frozenset({Account.DISPUTED, Account.GATEWAY_CLEARING})
"""Where the money of a lost dispute is missing; before disputes were booked when they open, on the clearing account."""


def refund_account(source: Account) -> Account:
    """Return the account that a refund is owed on: one that is paid back later is owed until then."""
    return source if source in PAID_BACK_AT_ONCE else Account.REFUNDS


def billed_account(source: Account) -> Account:
    """Return where the price of what stands on an issued invoice goes back to: the invoice is owed as it stands."""
    return Account.PARTNER_CREDIT if is_on_account(source) else source


def paid_over_the_counter(books_sale: BooksSale) -> Account:
    """Return what pays at a counter, by who books the sale there."""
    return Account.TENDER_CLEARING if books_sale is BooksSale.TILL else Account.CASH


def is_on_account(source: Account) -> bool:
    """Return whether a partner owes for it: such value never mixes with value that others paid for."""
    return source is Account.PARTNER_RECEIVABLE


def outstanding_account(class_of_value: ClassOfValue) -> Account:
    """Return the account that what is left of a certificate stands on."""
    given_away = class_of_value is ClassOfValue.PROMOTIONAL
    return Account.PROMOTIONAL_OUTSTANDING if given_away else Account.CERTIFICATES_OUTSTANDING


def void_account(source: Account) -> Account:
    """Return where value goes that nobody paid for and that a void ends: back to where it came from."""
    return Account.PROMOTIONS_GRANTED if source is Account.PROMOTIONS else source


def void_accounts(funding: Account) -> frozenset[Account]:
    """Return the accounts that a void, or a refund, of a certificate may name.

    Money that a buyer's bank has taken already (a lost dispute) is taken back from where it is missing.
    """
    passed = funding not in {Account.PARTNER_RECEIVABLE, Account.PROMOTIONS_GRANTED, Account.PROMOTIONS}
    return frozenset(TAKEN_BACK_BY_BANKS if passed else ())


def payable_tax_account(tax_account: Account) -> Account:
    """Return where the tax of a lot comes back from: that of an import was paid in the books of before."""
    return Account.TAX_PAYABLE if tax_account is Account.OPENING_BALANCES else tax_account


def expiry_account(class_of_value: ClassOfValue) -> Account:
    """Return where unspent value goes: breakage is earned on what was paid; what was given away is granted no more."""
    return Account.PROMOTIONS_GRANTED if class_of_value is ClassOfValue.PROMOTIONAL else Account.BREAKAGE


def correction_account(class_of_value: ClassOfValue) -> Account:
    """Return the other side of an adjustment, either way: what it adds nobody paid for."""
    return Account.PROMOTIONS_GRANTED if class_of_value is ClassOfValue.PROMOTIONAL else Account.GOODWILL
