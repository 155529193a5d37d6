"""The money of an order (PRODUCT "Money of an order"): `total = amount + tip - discount + tax`."""

from decimal import Decimal

import msgspec

from largesse.domain.orders.errors import ChargeInvalid
from largesse.kernel.money import Money, share


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


def charge(
    amount: Money, *, tip: Money | None = None, discount: Money | None = None, tax_rate: Decimal = Decimal(0)
) -> Charge:
    """Return the charge for a gift, with tax at `tax_rate` (0.0825 for 8.25 %) on amount - discount.

    Tax is rounded half-up to the currency's smallest unit, once per order.

    Raises:
        ChargeInvalid: the amount is not positive, something is negative, or the discount is larger than the amount.
        CurrencyMismatch: the amounts are of different currencies.
    """
    nothing = Money(0, amount.currency)
    if tax_rate < 0:
        raise ChargeInvalid("The tax rate cannot be negative.")
    taxed = amount - (discount or nothing)
    return checked(
        Charge(amount=amount, tip=tip or nothing, discount=discount or nothing, tax=share(taxed, rate=tax_rate))
    )


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
