"""The money of an order (PRODUCT "Money of an order"): `total = amount + tip - discount + tax`.

Tax that the price includes is told beside that and never added (`kernel.tax` computes both).
"""

import msgspec

from largesse.domain.orders.errors import ChargeInvalid
from largesse.kernel.money import Money


class Charge(msgspec.Struct, frozen=True, kw_only=True):
    """What an order costs, in one currency.

    `amount` is the certificate's value, `tip` the gratuity included in the gift, `discount` what the buyer is let off:
    it lowers the charge, never the value. `tax` is what is added, `included_tax` what amount less discount includes.
    """

    amount: Money
    tip: Money
    discount: Money
    tax: Money
    included_tax: Money

    @property
    def total(self) -> Money:
        """Return what the buyer pays."""
        return self.amount + self.tip - self.discount + self.tax


def checked(given: Charge) -> Charge:
    """Return `given` if it can be charged.

    Raises:
        ChargeInvalid: the amount is not positive, something is negative, the discount is larger than the amount, or
            more tax is included than is paid for the value.
        CurrencyMismatch: the amounts are of different currencies.
    """
    nothing = Money(0, given.amount.currency)
    if given.amount <= nothing:
        raise ChargeInvalid("The amount of a gift must be more than zero.")
    if min(given.tip.minor, given.discount.minor, given.tax.minor, given.included_tax.minor) < 0:
        raise ChargeInvalid("Tip, discount and tax cannot be negative.")
    if given.amount < given.discount:
        raise ChargeInvalid("The discount cannot be larger than the amount.")
    if given.amount - given.discount < given.included_tax:
        raise ChargeInvalid("The tax that is included cannot be more than what is paid.")
    return given
