"""What is given back, or ends a certificate. Pure, as `book` is."""

from datetime import datetime

from msgspec.structs import replace

from largesse.ledger import errors
from largesse.ledger.accounts import (
    REFUNDABLE,
    Account,
    ClassOfValue,
    expiry_account,
    refund_account,
    void_account,
    void_accounts,
)
from largesse.ledger.checks import refundable, sensible
from largesse.ledger.commands import (
    Expire,
    Refund,
    Reinstate,
    Void,
)
from largesse.ledger.deciding import Earlier, decision_of, ended
from largesse.ledger.lots import Lot, take, whole
from largesse.ledger.model import Certificate, Decision, Expiry, Kind, Refusal, Status
from largesse.ledger.movements import Movement, at_face, at_price, swapped


def refund(certificate: Certificate, command: Refund, now: datetime, _: Earlier) -> Decision | Refusal:
    """Give what is left back to whoever paid, at the price that was paid."""
    if certificate.status is Status.EXPIRED:
        return errors.CertificateExpired()
    if certificate.class_of_value is ClassOfValue.PROMOTIONAL:
        return errors.CertificatePromotional()
    if not sensible(command.value, command.gratuity):
        return errors.AmountRefused()
    if command.value > certificate.available or command.gratuity > certificate.gratuity_available:
        return errors.BalanceInsufficient()
    lots = refundable(certificate, command.lot_id)
    if command.lot_id is not None and not lots:
        return errors.LotNotFound()
    if command.value > sum(lot.face for lot in lots) or command.gratuity > sum(lot.gratuity for lot in lots):
        return errors.RefundExceeded()
    sources = {lot.lot_id: lot.source for lot in lots}
    shares = take(lots, command.value, command.gratuity)
    movements = [row for share in shares for row in at_price(share, to=refund_account(sources[share.lot_id]))]
    return decision_of(certificate, command, Kind.REFUND, movements, now, amounts=(command.value, command.gratuity))


def void(certificate: Certificate, command: Void, now: datetime, _: Earlier) -> Decision | Refusal:
    """End a certificate; each lot goes where its source, or the command, says."""
    if command.to is not None and command.to not in void_accounts(certificate.funding):
        return errors.AccountRefused()
    movements = [row for lot in certificate.lots for row in _voided(lot, command.to)]
    return ended(certificate, command, Kind.VOID, now, status=Status.VOID, movements=movements)


def _voided(lot: Lot, to: Account | None) -> list[Movement]:
    """Return what becomes of a lot: who still owes for it, or had it taken back, is given back the price."""
    account = to if to is not None and lot.source in REFUNDABLE else void_account(lot.source)
    if account in (Account.PARTNER_RECEIVABLE, Account.GATEWAY_CLEARING):
        return at_price(whole(lot), to=account)
    return at_face(whole(lot), to=account, tips_to=account)


def expire(certificate: Certificate, command: Expire, now: datetime, _: Earlier) -> Decision | Refusal:
    """Book what is left of a certificate whose last good day has passed."""
    if certificate.status is Status.EXPIRED:
        return errors.CertificateExpired()
    if not certificate.expired(now):
        return errors.CertificateNotExpired()
    account = expiry_account(certificate.class_of_value)
    shares = tuple(whole(lot) for lot in certificate.lots if not lot.is_empty)
    movements = [row for share in shares for row in at_face(share, to=account, tips_to=account)]
    decision = ended(certificate, command, Kind.EXPIRE, now, status=Status.EXPIRED, movements=movements)
    if isinstance(decision, Refusal):
        return decision
    expiry = Expiry(
        merchant_id=certificate.merchant_id,
        certificate_id=certificate.certificate_id,
        operation_id=command.operation_id,
        shares=shares,
        blocked=certificate.status is Status.BLOCKED,
        undone=False,
    )
    return replace(decision, expiry=expiry)


def reinstate(certificate: Certificate, command: Reinstate, now: datetime, earlier: Earlier) -> Decision | Refusal:
    """Undo an expiry. Whether the last good day lies ahead is no matter: expiry may be booked again."""
    if not isinstance(earlier, Expiry) or earlier.certificate_id != certificate.certificate_id:
        return errors.ExpiryNotFound()
    if earlier.undone:
        return errors.AlreadyReinstated()
    account = expiry_account(certificate.class_of_value)
    movements = swapped(row for share in earlier.shares for row in at_face(share, to=account, tips_to=account))
    standing = replace(certificate, status=Status.BLOCKED if earlier.blocked else Status.ACTIVE)
    amounts = (earlier.value, earlier.gratuity)
    decision = decision_of(standing, command, Kind.REINSTATE, movements, now, amounts=amounts, earlier=earlier)
    return replace(decision, expiry=replace(earlier, undone=True))
