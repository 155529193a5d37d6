"""How money comes in for a certificate, and how it goes out at a counter: which account that is, at which location."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from msgspec.structs import replace

from largesse.kernel.errors import InvalidInput
from largesse.kernel.ids import derived_id
from largesse.kernel.where import BooksSale, Where
from largesse.ledger import Account
from largesse.services.capabilities import UsesLocator
from largesse.services.certificates.requests import Spot


class Tender(StrEnum):
    """How a certificate is paid for, or why nobody pays."""

    CASH = "cash"
    TERMINAL = "terminal"
    """By card, at a terminal of the merchant's."""
    TRANSFER = "transfer"
    """To the merchant's bank account, as somebody has seen there."""
    GATEWAY = "gateway"
    """Through a payment gateway, for an order."""
    ACCOUNT = "account"
    """On the account of the partner that ordered the certificate."""
    GIVEN = "given"
    """Nobody pays: the merchant gives it away."""
    IMPORTED = "imported"
    """It was paid for in the books of before."""


class Payer(StrEnum):
    """What pays out what is left of a certificate."""

    DRAWER = "drawer"
    """The drawer where it happens, or the merchant's own till there."""
    LATER = "later"
    """Nobody yet: it is owed until somebody pays."""


class TenderRefused(InvalidInput):
    """Nothing can be paid for in that way there."""

    code = "tender.refused"
    message = (
        "That is not a way to pay for this. What a gateway takes is paid for an order; a certificate that is loaded by "
        "hand is paid for in cash, at a terminal, by transfer or on account, given away, or imported."
    )


_ACCOUNTS = {
    Tender.CASH: Account.CASH,
    Tender.TERMINAL: Account.TERMINAL,
    Tender.TRANSFER: Account.BANK_CLEARING,
    Tender.GATEWAY: Account.GATEWAY_CLEARING,
    Tender.ACCOUNT: Account.PARTNER_RECEIVABLE,
    Tender.GIVEN: Account.PROMOTIONS_GRANTED,
    Tender.IMPORTED: Account.OPENING_BALANCES,
}
OVER_THE_COUNTER = frozenset({Tender.CASH, Tender.TERMINAL})
"""What is taken where the certificate is sold: by the drawer and terminal of these books, or by the merchant's till."""


def funding_of(tender: Tender, where: Where) -> Account:
    """Return the account that a tender comes in on at a location, whose own till takes what is taken there."""
    if tender in OVER_THE_COUNTER and where.books_sale is BooksSale.TILL:
        return Account.TENDER_CLEARING
    return _ACCOUNTS[tender]


def paid_out_of(payer: Payer, where: Where) -> Account:
    """Return the account that pays at a location."""
    if payer is Payer.LATER:
        return Account.REFUNDS
    return Account.TENDER_CLEARING if where.books_sale is BooksSale.TILL else Account.CASH


def bank_account_of(where: Where) -> UUID:
    """Return the subject of a legal entity's bank account, as long as nobody names one."""
    return derived_id("bank-account", where.merchant_id, where.legal_entity_id)


def drawer_of(where: Where, device_id: UUID | None = None) -> UUID:
    """Return the subject of the drawer of a device, or of a location's own."""
    return derived_id("drawer", where.merchant_id, device_id or where.location_id)


async def known_spot(deps: UsesLocator, merchant_id: UUID, spot: Spot, *, now: datetime) -> tuple[Spot, Where]:
    """Return a spot that says what the books ask of it, also where it names no location: the merchant's home.

    What a request said is no more to be seen in it: make its fingerprint of the one before.
    """
    where = spot.where or await deps.locator.where(merchant_id, now=now)
    return replace(spot, where=where), where
