"""The money of an order (PRODUCT "Money of an order"): `total = amount + tip - discount + tax`."""

import msgspec

from largesse.domain.orders.errors import ChargeInvalid
from largesse.kernel.money import Money


class Charge(msgspec.Struct, frozen=True, kw_only=True):
    """What an order costs, in one currency.

    `amount` is the certificate's value, `tip` the gratuity included in the gift, `discount` what the buyer is let off:
    it lowers the charge, never the value.
    """

    amount: Money
    tip: Money
    discount: Money
    tax: Money

    @property
    def total(self) -> Money:
        """Return what the buyer pays."""
        return self.amount + self.tip - self.discount + self.tax


def checked(given: Charge) -> Charge:
    """Return `given` if it can be charged.

    Raises:
        ChargeInvalid: the amount is not positive, something is negative, or the discount is larger than the amount.
        CurrencyMismatch: the amounts are of different currencies.
    """
    nothing = Money(0, given.amount.currency)
    if given.amount <= nothing:
        raise ChargeInvalid("The amount of a gift must be more than zero.")
    if given.tip < nothing or given.discount < nothing or given.tax < nothing:
        raise ChargeInvalid("Tip, discount and tax cannot be negative.")
    if given.amount < given.discount:
        raise ChargeInvalid("The discount cannot be larger than the amount.")
    return given
