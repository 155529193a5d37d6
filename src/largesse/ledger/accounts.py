"""The chart of accounts: where the money of gift certificates stands (ARCHITECTURE §3).

Every merchant has each account once per currency. A journal row names one account that is debited and one that is
credited, so the books balance by construction.
"""

from enum import StrEnum


class Account(StrEnum):
    """An account."""

    CERTIFICATES_OUTSTANDING = "certificates_outstanding"
    """Liability: what holders may still spend; one sub-account per certificate and pot."""
    GATEWAY_CLEARING = "gateway_clearing"
    """Asset: paid by buyers, on its way from the payment gateway or the till."""
    PARTNER_RECEIVABLE = "partner_receivable"
    """Asset: ordered on account by partners and not yet settled."""
    OPENING_BALANCES = "opening_balances"
    """Equity: value brought along from another system."""
    PROMOTIONS = "promotions"
    """Expense: value given away."""
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
    REFUNDS = "refunds"
    """Liability: owed back to purchasers until the gateway has paid it."""
    WRITE_OFFS = "write_offs"
    """Expense: corrections and cancelled value."""
    GOODWILL = "goodwill"
    """Expense: money that was returned to buyers beyond what was left of their certificates."""
    TRANSFERS = "transfers"
    """Clearing: on its way from one certificate to another; zero after every operation."""


class ClassOfValue(StrEnum):
    """Whether value was paid for or given away; never mixed in one certificate."""

    PAID = "paid"
    """Somebody paid for it or owes it: a liability towards the holder."""
    PROMOTIONAL = "promotional"
    """Given away: an expense, with its own rule of expiry."""


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


POTS = (Leg.VALUE, Leg.GRATUITY)
"""The two pots of a certificate."""


FUNDINGS: dict[ClassOfValue, frozenset[Account]] = {
    ClassOfValue.PAID: frozenset({Account.GATEWAY_CLEARING, Account.PARTNER_RECEIVABLE, Account.OPENING_BALANCES}),
    ClassOfValue.PROMOTIONAL: frozenset({Account.PROMOTIONS}),
}
"""The accounts that may pay for a certificate of each class."""


SETTLEMENTS: frozenset[tuple[Account, Account]] = frozenset(
    {
        (Account.REFUNDS, Account.GATEWAY_CLEARING),
        (Account.GATEWAY_CLEARING, Account.REFUNDS),
        (Account.WRITE_OFFS, Account.GATEWAY_CLEARING),
        (Account.GATEWAY_CLEARING, Account.WRITE_OFFS),
        (Account.GOODWILL, Account.GATEWAY_CLEARING),
        (Account.GATEWAY_CLEARING, Account.GOODWILL),
    }
)
"""The debits and credits that a settlement may book: a refund was paid, or came back; a disputed payment was lost, and
more, or less, was taken for it than was left on the certificate; a refund that was made at the gateway returned more
than was left."""


REFUNDABLE = frozenset({Account.GATEWAY_CLEARING, Account.PARTNER_RECEIVABLE, Account.OPENING_BALANCES})
"""The sources whose lots somebody paid for, who may be given back what is left of them."""


def refund_account(funding: Account) -> Account:
    """Return the account a refund is owed on: a partner's bill shrinks, anyone else is paid back."""
    return funding if funding is Account.PARTNER_RECEIVABLE else Account.REFUNDS


def void_account(funding: Account) -> Account:
    """Return the account that takes back the value of a voided certificate, where none is named."""
    return funding if funding in {Account.PARTNER_RECEIVABLE, Account.PROMOTIONS} else Account.WRITE_OFFS


def void_accounts(funding: Account) -> frozenset[Account]:
    """Return the accounts that may take back the value of a voided certificate.

    Money that has left the clearing account already (a lost dispute) is taken back from there.
    """
    usual = void_account(funding)
    return frozenset({usual, Account.GATEWAY_CLEARING} if usual is Account.WRITE_OFFS else {usual})


def expiry_account(class_of_value: ClassOfValue) -> Account:
    """Return where unspent value goes: breakage is earned on paid value; promotional expense is taken back."""
    return Account.BREAKAGE if class_of_value is ClassOfValue.PAID else Account.PROMOTIONS


def correction_account(class_of_value: ClassOfValue) -> Account:
    """Return the other side of an adjustment."""
    return Account.WRITE_OFFS if class_of_value is ClassOfValue.PAID else Account.PROMOTIONS
