"""What several rules of the book ask before they decide. Pure, as `book` is."""

from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

import msgspec
from msgspec.structs import replace

from largesse.kernel.money import MINOR_MAX
from largesse.kernel.tax import TaxKind, TaxTreatment
from largesse.ledger import errors
from largesse.ledger.accounts import REFUNDABLE, is_on_account
from largesse.ledger.commands import GivesBack, PlaceHold, Redeem
from largesse.ledger.lots import Lot
from largesse.ledger.model import Certificate, Refusal, Status


def unspendable(certificate: Certificate, now: datetime) -> Refusal | None:
    """Return why nothing may be spent from `certificate` at `now`; None when it may."""
    if certificate.status is Status.INACTIVE:
        return errors.CertificateInactive()
    if certificate.status is Status.VOID:
        return errors.CertificateVoid()
    if certificate.status is Status.HANDED_OVER:
        return errors.CertificateHandedOver()
    if certificate.status is Status.EXPIRED or certificate.expired(now):
        return errors.CertificateExpired()
    if certificate.status is Status.BLOCKED:
        return errors.CertificateBlocked()
    return None


def cannot_take(certificate: Certificate, command: Redeem | PlaceHold, now: datetime) -> Refusal | None:
    """Return why that much cannot be spent or set aside at `now`; None when it can."""
    refusal = unspendable(certificate, now)
    if refusal is not None:
        return refusal
    if command.currency not in {None, certificate.currency}:
        return errors.WrongCurrency()
    if not sensible(command.value, command.gratuity):
        return errors.AmountRefused()
    if command.value > certificate.available or command.gratuity > certificate.gratuity_available:
        return errors.BalanceInsufficient()
    return None


def alike(one: TaxTreatment, other: TaxTreatment) -> bool:
    """Return whether value of two treatments may be mixed: single-purpose value only at one rate of one country."""
    return one.kind is other.kind and (one.kind is not TaxKind.SINGLE_PURPOSE or one == other)


def refundable(certificate: Certificate, lot_ids: Collection[UUID] = ()) -> list[Lot]:
    """Return the lots that somebody paid for, or those of them that are named."""
    return [lot for lot in certificate.lots if lot.source in REFUNDABLE and (not lot_ids or lot.lot_id in lot_ids)]


def is_billed(lot: Lot, command: GivesBack) -> bool:
    """Return whether a lot that is given back stands on an issued invoice, as whoever asks has found.

    Only what a partner owes for is invoiced.
    """
    return is_on_account(lot.source) and command.billed is not msgspec.UNSET and lot.lot_id in command.billed


def entities_differ(certificate: Certificate, lots: Iterable[Lot]) -> bool:
    """Return whether lots stand in the books of another legal entity than what a certificate holds; if both say so."""
    mine = {lot.legal_entity_id for lot in certificate.lots if not lot.is_empty} - {None}
    return any(lot.legal_entity_id is not None and mine - {lot.legal_entity_id} for lot in lots)


def with_lot(certificate: Certificate, lot: Lot) -> Certificate:
    """Return a certificate that can be filled from another lot."""
    return replace(certificate, lots=(*certificate.lots, lot))


def sensible(value: int, gratuity: int) -> bool:
    """Return whether the amounts of the two pots ask for something, and for nothing below zero."""
    return value >= 0 and gratuity >= 0 and value + gratuity > 0


def too_much(certificate: Certificate, value: int, gratuity: int) -> bool:
    """Return whether so much more would be beyond what a pot can hold."""
    return certificate.balance + value > MINOR_MAX or certificate.gratuity_balance + gratuity > MINOR_MAX
