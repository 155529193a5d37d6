"""An order on account as an interface has read it, whole or in part, and what the agreement has against it. Pure."""

from datetime import date, datetime
from typing import Final

import msgspec

from largesse.domain.partners.model import Agreement
from largesse.kernel.currency import Currency
from largesse.kernel.errors import FieldError
from largesse.kernel.money import Money

REFCODE_MAX: Final = 20
THIRD_PARTY_IDENTIFIER_MAX: Final = 64


class Contact(msgspec.Struct, frozen=True, kw_only=True):
    """Whom a partner asks at the merchant's."""

    name: str
    email: str

    def __str__(self) -> str:
        return f"Contact {self.name}: {self.email}."


class GiftWanted(msgspec.Struct, frozen=True, kw_only=True):
    """To whom a certificate on account is mailed, and with which words; without an address it is printed.

    `to` is whom it names where that is not the recipient's name; `deliver_at` is when it is mailed, None for at once.
    """

    name: str = ""
    email: str
    message: str = ""
    sender: str = ""
    to: str = ""
    design: str = ""
    deliver_at: datetime | None = None


class OrderWanted(msgspec.Struct, frozen=True, kw_only=True):
    """An order that reads well; `good_through` is the certificate's last good day in the merchant's zone.

    Without a `gift`, whoever orders hands the certificate over.
    """

    refcode: str
    third_party_identifier: str | None
    amount: Money
    good_through: date
    gift: GiftWanted | None = None


class PartialOrder(msgspec.Struct, frozen=True, kw_only=True):
    """An order with faults, and those of its fields that the agreement has a say in, where they could be read."""

    faults: tuple[FieldError, ...]
    refcode: str | None = None
    currency: Currency | None = None
    amount: Money | None = None


def faults_under(
    agreement: Agreement,
    *,
    refcode: str | None,
    currency: Currency | None,
    amount: Money | None,
    contact: Contact | None,
) -> list[FieldError]:
    """Return what the agreement has against a refcode, a currency and an amount in it, as far as they are known."""
    faults = []
    if refcode is not None and not agreement.takes(refcode):
        message = f"Your agreement does not name this refcode. It names: {', '.join(agreement.refcodes)}."
        faults.append(FieldError("refcode", "refcode.not_agreed", asking(message, contact)))
    terms = agreement.terms.get(currency.code) if currency is not None else None
    if currency is not None and terms is None:
        named = ", ".join(agreement.terms) or "none yet"
        message = f"Your agreement does not name {currency}. Currencies it names: {named}."
        faults.append(FieldError("currency", "currency.not_agreed", asking(message, contact)))
    if terms is not None and amount is not None and amount.minor > terms.amount_max:
        most = Money(terms.amount_max, amount.currency)
        message = f"One order may be at most {most} {amount.currency}. Split it, or ask for more."
        faults.append(FieldError("amount", "amount.too_large", asking(message, contact)))
    return faults


def asking(message: str, contact: Contact | None) -> str:
    """Return a message that ends with whom to ask."""
    return message if contact is None else f"{message} {contact}"
