"""What is given back, or ends a certificate. Pure, as `book` is."""

from datetime import datetime
from uuid import UUID

from msgspec.structs import replace

from largesse.kernel.money import half_up
from largesse.ledger import errors
from largesse.ledger.accounts import (
    PAID_OVER_THE_COUNTER,
    REFUNDABLE,
    TAKEN_BACK_BY_BANKS,
    Account,
    ClassOfValue,
    billed_account,
    expiry_account,
    is_on_account,
    paid_over_the_counter,
    payable_tax_account,
    refund_account,
    void_account,
    void_accounts,
)
from largesse.ledger.checks import (
    is_billed,
    refundable,
    sensible,
    unspendable,
)
from largesse.ledger.commands import (
    CashOut,
    Command,
    Expire,
    HandOver,
    Refund,
    Reinstate,
    Void,
    VoidReason,
)
from largesse.ledger.deciding import Earlier, decision_of, ended
from largesse.ledger.lots import (
    Lot,
    Share,
    less,
    share_of,
    take,
    whole,
)
from largesse.ledger.model import Certificate, Decision, Expiry, Kind, Refusal, Status
from largesse.ledger.movements import (
    Movement,
    at_face,
    at_price,
    paid_out,
    swapped,
)
from largesse.ledger.tax_lines import PPM


def refund(certificate: Certificate, command: Refund, now: datetime, _: Earlier) -> Decision | Refusal:
    """Give what is left back to whoever paid, at the price that was paid."""
    if certificate.status is Status.EXPIRED:
        return errors.CertificateExpired()
    if certificate.class_of_value is ClassOfValue.PROMOTIONAL:
        return errors.CertificatePromotional()
    if not sensible(command.value, command.gratuity):
        # Who asks for all that is free asks for nothing where all of it is held.
        all_held = not command.value and not command.gratuity and (certificate.held or certificate.gratuity_held)
        return errors.CertificateHeld() if all_held else errors.AmountRefused()
    if command.value > certificate.available or command.gratuity > certificate.gratuity_available:
        return errors.BalanceInsufficient()
    if command.to is not None and not _cleared(certificate, command.to):
        return errors.AccountRefused()
    lots = refundable(certificate, command.lot_ids)
    if command.lot_ids and not lots:
        return errors.LotNotFound()
    if command.value > sum(lot.face for lot in lots) or command.gratuity > sum(lot.gratuity for lot in lots):
        return errors.RefundExceeded()
    by_id = {lot.lot_id: lot for lot in lots}
    movements = [
        row
        for share in take(lots, command.value, command.gratuity)
        for row in _given_back(by_id[share.lot_id], share, command)
    ]
    return decision_of(certificate, command, Kind.REFUND, movements, now, amounts=(command.value, command.gratuity))


def _cleared(certificate: Certificate, to: Account) -> bool:
    """Return whether a bank has taken the money for a certificate from an account, or it is owed there for credit."""
    return bool(void_accounts(certificate.funding)) and to in {*TAKEN_BACK_BY_BANKS, Account.REFUNDS}


def void(certificate: Certificate, command: Void, now: datetime, _: Earlier) -> Decision | Refusal:
    """End a certificate; each lot goes where its source, or the command, says."""
    if command.to is not None and command.to not in void_accounts(certificate.funding):
        return errors.AccountRefused()
    if command.reason not in {None, *VoidReason}:
        return errors.ReasonRefused()
    if command.reason is None and command.to is None and any(_is_kept(lot) for lot in certificate.lots):
        return errors.VoidReasonMissing()
    movements = [row for lot in certificate.lots for row in _voided(lot, command, certificate.class_of_value)]
    return ended(certificate, command, Kind.VOID, now, status=Status.VOID, movements=movements)


def _given_back(lot: Lot, share: Share, command: Refund) -> list[Movement]:
    """Return what gives a share back: over the counter by whoever pays there, as it was paid over one."""
    to = command.to or (billed_account(lot.source) if is_billed(lot, command) else refund_account(lot.source))
    if command.where is not None and to in PAID_OVER_THE_COUNTER:
        to = paid_over_the_counter(command.where.books_sale)
    tax_account, elsewhere = payable_tax_account(lot.tax_account), _elsewhere(lot, command, to)
    if elsewhere is None:
        return at_price(share, to=to, tax_account=tax_account)
    return at_price(share, to=Account.BETWEEN_ENTITIES, tax_account=tax_account) + _lent(elsewhere, to, share.paid)


def _is_kept(lot: Lot) -> bool:
    """Return whether the merchant would keep what was paid for a lot that a void ends."""
    return lot.source in REFUNDABLE and not is_on_account(lot.source) and not lot.is_empty


def _voided(lot: Lot, command: Void, of: ClassOfValue) -> list[Movement]:
    """Return what becomes of a lot: breakage where it was fraud, else the price goes to `to` or back to its source."""
    all_of_it, to = whole(lot), command.to
    if lot.source not in REFUNDABLE:
        return at_face(all_of_it, to=void_account(lot.source), of=of)
    if to is not None:
        return at_price(all_of_it, to=to, tax_account=payable_tax_account(lot.tax_account))
    if command.reason == VoidReason.FRAUD and not is_on_account(lot.source):
        return at_face(all_of_it, to=Account.BREAKAGE, tips_to=Account.BREAKAGE_OF_GRATUITIES)
    back = billed_account(lot.source) if is_billed(lot, command) else lot.source
    return at_price(all_of_it, to=back, tax_account=lot.tax_account)


def cash_out(certificate: Certificate, command: CashOut, now: datetime, _: Earlier) -> Decision | Refusal:
    """End a certificate, and pay the face of what is left of it."""
    refusal = unspendable(certificate, now)
    if refusal is not None:
        return refusal
    if certificate.class_of_value is ClassOfValue.PROMOTIONAL:
        return errors.CertificatePromotional()
    if command.to not in {Account.CASH, Account.REFUNDS, Account.TENDER_CLEARING}:
        return errors.AccountRefused()
    if not certificate.balance and not certificate.gratuity_balance:
        return errors.CertificateEmpty()
    movements = list[Movement]()
    for lot in certificate.lots:
        share, tax_account = whole(lot), payable_tax_account(lot.tax_account)
        elsewhere = _elsewhere(lot, command, command.to)
        to = command.to if elsewhere is None else Account.BETWEEN_ENTITIES
        movements += paid_out(share, to=to, tax_account=tax_account)
        movements += _lent(elsewhere, command.to, share.face + share.gratuity)
    return ended(certificate, command, Kind.CASH_OUT, now, status=Status.VOID, movements=movements)


def _elsewhere(lot: Lot, command: Command, to: Account) -> UUID | None:
    """Return the legal entity whose drawer or till pays for a lot, where the lot stands in the books of another one."""
    if command.where is None or to not in PAID_OVER_THE_COUNTER:
        return None
    here = command.where.legal_entity_id
    return None if lot.legal_entity_id in {None, here} else here


def _lent(entity_id: UUID | None, by: Account, amount: int) -> list[Movement]:
    """Return what a legal entity pays for another one, which owes it that."""
    if entity_id is None:
        return []
    return [Movement(None, Account.BETWEEN_ENTITIES, by, amount, legal_entity_id=entity_id)]


def hand_over(certificate: Certificate, command: HandOver, now: datetime, _: Earlier) -> Decision | Refusal:
    """End a certificate as unclaimed property; what the state does not get of it is breakage, in the same operation.

    One that is blocked waits: its payment may be disputed, and would be owed twice.
    """
    if certificate.status is Status.EXPIRED:
        return errors.CertificateExpired()
    if certificate.status is Status.BLOCKED:
        return errors.CertificateBlocked()
    if certificate.class_of_value is ClassOfValue.PROMOTIONAL:
        return errors.CertificatePromotional()
    if not 0 < command.share_ppm <= PPM:
        return errors.AmountRefused()
    if not certificate.balance and not certificate.gratuity_balance:
        return errors.CertificateEmpty()
    movements = list[Movement]()
    for lot in certificate.lots:
        owed = share_of(lot, half_up(lot.face * command.share_ppm, PPM), half_up(lot.gratuity * command.share_ppm, PPM))
        rest = less(whole(lot), owed)
        movements += paid_out(owed, to=Account.UNCLAIMED_PROPERTY, tax_account=payable_tax_account(lot.tax_account))
        movements += at_face(rest, to=Account.BREAKAGE, tips_to=command.tips_to or Account.BREAKAGE_OF_GRATUITIES)
    return ended(certificate, command, Kind.HAND_OVER, now, status=Status.HANDED_OVER, movements=movements)


def expire(certificate: Certificate, command: Expire, now: datetime, _: Earlier) -> Decision | Refusal:
    """Book what is left of a certificate whose last good day has passed."""
    if certificate.status is Status.EXPIRED:
        return errors.CertificateExpired()
    if not certificate.expired(now):
        return errors.CertificateNotExpired()
    account, of = expiry_account(certificate.class_of_value), certificate.class_of_value
    tips_to = account
    if of is not ClassOfValue.PROMOTIONAL:
        tips_to = command.tips_to or Account.BREAKAGE_OF_GRATUITIES
    shares = tuple(whole(lot) for lot in certificate.lots if not lot.is_empty)
    movements = [row for share in shares for row in at_face(share, to=account, tips_to=tips_to, of=of)]
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
        tips_to=tips_to,
    )
    return replace(decision, expiry=expiry)


def reinstate(certificate: Certificate, command: Reinstate, now: datetime, earlier: Earlier) -> Decision | Refusal:
    """Undo an expiry. Whether the last good day lies ahead is no matter: expiry may be booked again."""
    if not isinstance(earlier, Expiry) or earlier.certificate_id != certificate.certificate_id:
        return errors.ExpiryNotFound()
    if earlier.undone:
        return errors.AlreadyReinstated()
    account, of = expiry_account(certificate.class_of_value), certificate.class_of_value
    tips_to = account if of is ClassOfValue.PROMOTIONAL else earlier.tips_to
    movements = swapped(row for share in earlier.shares for row in at_face(share, to=account, tips_to=tips_to, of=of))
    standing = replace(certificate, status=Status.BLOCKED if earlier.blocked else Status.ACTIVE)
    amounts = (earlier.value, earlier.gratuity)
    decision = decision_of(standing, command, Kind.REINSTATE, movements, now, amounts=amounts, earlier=earlier)
    return replace(decision, expiry=replace(earlier, undone=True))
