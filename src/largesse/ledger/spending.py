"""What is spent, or set aside to be spent. Pure, as `book` is."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from msgspec.structs import replace

from largesse.kernel.tax import TaxKind
from largesse.kernel.where import BooksSale
from largesse.ledger import errors
from largesse.ledger.accounts import Account, ClassOfValue, Leg
from largesse.ledger.checks import cannot_take, sensible
from largesse.ledger.commands import (
    CaptureHold,
    PlaceHold,
    Redeem,
    ReleaseHold,
)
from largesse.ledger.deciding import Earlier, decision_of
from largesse.ledger.entity_errors import UsedElsewhere
from largesse.ledger.lots import Share, take
from largesse.ledger.model import Certificate, Decision, Hold, HoldStatus, Kind, Redemption, Refusal, Status, Use
from largesse.ledger.movements import Movement, across, at_face, set_aside, with_holds
from largesse.ledger.tax_lines import PPM, TaxLine, tax_lines


def redeem(certificate: Certificate, command: Redeem, now: datetime, _: Earlier) -> Decision | Refusal:
    """Spend the oldest lots first."""
    judged_at = now if command.refreshed_at is None else command.claimed_at or now
    refusal = cannot_take(certificate, command, judged_at)
    if refusal is not None:
        return refusal
    taken = _taken(certificate, command)
    if isinstance(taken, Refusal):
        return taken
    amounts = (command.value, command.gratuity)
    decision = decision_of(certificate, command, Kind.REDEEM, spent(taken), now, amounts=amounts)
    return replace(decision, redemption=_redemption(command, taken))


def place_hold(certificate: Certificate, command: PlaceHold, now: datetime, _: Earlier) -> Decision | Refusal:
    """Set value aside, of no lot yet."""
    refusal = cannot_take(certificate, command, now)
    if refusal is None and command.expires_at <= now:
        refusal = errors.HoldExpired("Choose a moment in the future until which the hold stands.")
    if refusal is not None:
        return refusal
    movements = [set_aside(Leg.VALUE, command.value), set_aside(Leg.GRATUITY, command.gratuity)]
    hold = Hold(
        merchant_id=certificate.merchant_id,
        hold_id=command.operation_id,
        certificate_id=certificate.certificate_id,
        status=HoldStatus.OPEN,
        amount=command.value,
        gratuity=command.gratuity,
        placed_at=now,
        expires_at=command.expires_at,
    )
    decision = decision_of(certificate, command, Kind.HOLD, movements, now, amounts=(command.value, command.gratuity))
    return replace(decision, hold=hold)


def capture(certificate: Certificate, command: CaptureHold, now: datetime, earlier: Earlier) -> Decision | Refusal:
    """Spend at most what a hold set aside, and let go of the rest."""
    hold = _open_hold(certificate, earlier)
    if isinstance(hold, Refusal):
        return hold
    if now >= hold.expires_at:
        return errors.HoldExpired()
    if certificate.status is Status.BLOCKED:
        return errors.CertificateBlocked()
    if command.currency not in {None, certificate.currency}:
        return errors.WrongCurrency()
    if not sensible(command.value, command.gratuity):
        return errors.AmountRefused()
    if command.value > hold.amount or command.gratuity > hold.gratuity:
        return errors.HoldExceeded()
    taken = _taken(certificate, command)
    if isinstance(taken, Refusal):
        return taken
    movements = with_holds(spent(taken), value=-hold.amount, gratuity=-hold.gratuity)
    decision = decision_of(
        certificate, command, Kind.CAPTURE, movements, now, amounts=(command.value, command.gratuity), earlier=hold
    )
    return replace(
        decision,
        hold=replace(hold, status=HoldStatus.CAPTURED),
        redemption=_redemption(command, taken),
    )


def release(certificate: Certificate, command: ReleaseHold, now: datetime, earlier: Earlier) -> Decision | Refusal:
    """Let go of what a hold set aside."""
    hold = _open_hold(certificate, earlier)
    if isinstance(hold, Refusal):
        return hold
    movements = [set_aside(Leg.VALUE, -hold.amount), set_aside(Leg.GRATUITY, -hold.gratuity)]
    decision = decision_of(
        certificate, command, Kind.RELEASE, movements, now, amounts=(hold.amount, hold.gratuity), earlier=hold
    )
    return replace(decision, hold=replace(hold, status=HoldStatus.RELEASED))


def _redemption(command: Redeem | CaptureHold, use: Use) -> Redemption:
    return Redemption(
        merchant_id=command.merchant_id,
        certificate_id=command.certificate_id,
        operation_id=command.operation_id,
        uses=(use,),
    )


def _taken(certificate: Certificate, command: Redeem | CaptureHold) -> Use | Refusal:
    """Return what a redemption takes, the oldest lots first, and the tax that falls due."""
    books_sale = BooksSale.LARGESSE if command.where is None else command.where.books_sale
    is_taxed = (
        books_sale is BooksSale.LARGESSE
        and certificate.treatment.kind is TaxKind.MULTI_PURPOSE
        and certificate.class_of_value is not ClassOfValue.PROMOTIONAL  # nobody paid for it: no price can be taxed
    )
    if command.rates and not is_taxed:
        return errors.RatesUnused()  # whoever names them expects that tax is booked by them
    shares = take(certificate.lots, command.value, command.gratuity)
    crossed = _crossed(certificate, command, shares)
    if crossed and certificate.treatment.kind is TaxKind.SINGLE_PURPOSE:
        return UsedElsewhere()
    taxes = _taxes(command, shares) if is_taxed else ()
    if isinstance(taxes, Refusal):
        return taxes
    return Use(
        shares=shares,
        location_id=None if command.where is None else command.where.location_id,
        used_in=None if command.where is None else command.where.legal_entity_id,
        crossed=crossed,
        books_sale=books_sale,
        taxes=taxes,
        memorandum=certificate.class_of_value is ClassOfValue.PROMOTIONAL,
    )


def _crossed(certificate: Certificate, command: Redeem | CaptureHold, shares: Sequence[Share]) -> frozenset[UUID]:
    """Return the lots that are used in another legal entity than the one in whose books they stand.

    What was given away is nobody's debt, so nobody is owed anything for it.
    """
    if command.where is None or certificate.class_of_value is ClassOfValue.PROMOTIONAL:
        return frozenset()
    taken, here = {share.lot_id for share in shares}, command.where.legal_entity_id
    return frozenset(
        lot.lot_id for lot in certificate.lots if lot.lot_id in taken and lot.legal_entity_id not in {None, here}
    )


def _taxes(command: Redeem | CaptureHold, shares: Sequence[Share]) -> tuple[TaxLine, ...] | Refusal:
    """Return the tax on multi-purpose value that is used where Largesse books the sale."""
    if any(line.face <= 0 or not 0 <= line.rate <= 1 or line.rate * PPM % 1 for line in command.rates):
        return errors.RatesRefused()
    if command.rates and sum(line.face for line in command.rates) != command.value:
        return errors.RatesRefused()
    if len({line.rate for line in command.rates}) < len(command.rates):
        return errors.RatesRefused()  # a rate that is rounded twice is not the tax on what is taxed at it
    price = sum(share.price for share in shares)
    if not command.value or command.where is None:
        return ()
    lines = tax_lines(command.rates, command.where, face=command.value, price=price)
    return errors.TaxRateMissing() if lines is None else lines


def spent(taken: Use) -> list[Movement]:
    """Return what a redemption books: revenue here, or what the merchant's own till took in payment.

    What was given away is a discount where it is used, at the till as here, and earns nothing.
    """
    if taken.memorandum:
        granted, of = Account.PROMOTIONS_GRANTED, ClassOfValue.PROMOTIONAL
        return [row for share in taken.shares for row in at_face(share, to=granted, of=of)]
    at_till = taken.books_sale is BooksSale.TILL
    to = Account.TENDER_CLEARING if at_till else Account.REDEEMED
    tips_to = Account.TENDER_CLEARING if at_till else Account.GRATUITIES_PAYABLE
    here, rows = taken.used_in, list[Movement]()
    for share in taken.shares:
        if share.lot_id in taken.crossed:
            rows += across(share)
            for amount, earned in ((share.face, to), (share.gratuity, tips_to)):
                rows.append(Movement(None, Account.BETWEEN_ENTITIES, earned, amount, legal_entity_id=here))
        else:
            rows += at_face(share, to=to, tips_to=tips_to, lowered=Account.REDEEMED)
    return rows + [
        Movement(Leg.TAX_DUE, Account.REDEEMED, Account.TAX_PAYABLE, line.tax, tax=line, legal_entity_id=here)
        for line in taken.taxes
    ]


def _open_hold(certificate: Certificate, earlier: Earlier) -> Hold | Refusal:
    if not isinstance(earlier, Hold) or earlier.certificate_id != certificate.certificate_id:
        return errors.HoldNotFound()
    return earlier if earlier.status is HoldStatus.OPEN else errors.HoldClosed()
