"""What fills a certificate: issue, activation, reload, and corrections either way. Pure, as `book` is."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from msgspec.structs import replace

from largesse.ledger import errors
from largesse.ledger.accounts import (
    REFUNDABLE,
    Account,
    ClassOfValue,
    billed_account,
    correction_account,
    is_on_account,
)
from largesse.ledger.checks import alike, entities_differ, is_billed, too_much, unspendable, with_lot
from largesse.ledger.commands import (
    Activate,
    Adjust,
    Command,
    Issue,
    Prepare,
    Reload,
    UndoReload,
)
from largesse.ledger.deciding import Earlier, decision_of
from largesse.ledger.entity_errors import EntitiesDiffer
from largesse.ledger.funding import funding_refused, lot_of
from largesse.ledger.lots import (
    LOTS_MAX,
    Lot,
    Share,
    lot_id_of,
    take,
    whole,
)
from largesse.ledger.model import Certificate, Decision, Kind, Refusal, Status
from largesse.ledger.movements import (
    Movement,
    at_face,
    at_price,
    swapped,
)
from largesse.ledger.writing import write


def prepare(command: Prepare, now: datetime) -> Decision | Refusal:
    """Open a certificate that is inactive. Nobody is told: there is nothing on it."""
    return _opened(_blank(command, command.currency, now), command, Kind.PREPARE, now)


def issue(command: Issue, now: datetime) -> Decision | Refusal:
    """Open a certificate. It is not told as an event of its own: the order that caused it is."""
    refusal = _cannot_be_sold(command, now)
    if refusal is not None:
        return refusal
    sold, movements = _sold(_blank(command, command.currency, now), command, now)
    return _opened(sold, command, Kind.ISSUE, now, movements)


def activate(certificate: Certificate, command: Activate, now: datetime, _: Earlier) -> Decision | Refusal:
    """Load an inactive certificate as an issue would."""
    if certificate.status is not Status.INACTIVE:
        return errors.CertificateActivated()
    if command.currency != certificate.currency:
        return errors.WrongCurrency()
    refusal = _cannot_be_sold(command, now)
    if refusal is not None:
        return refusal
    sold, movements = _sold(certificate, command, now)
    amounts = (command.value, command.gratuity)
    return decision_of(sold, command, Kind.ACTIVATE, movements, now, amounts=amounts)


def _cannot_be_sold(command: Issue, now: datetime) -> Refusal | None:
    refusal = funding_refused(command, command.class_of_value, command.treatment)
    if refusal is None and command.expires_at is not None and command.expires_at <= now:
        refusal = errors.CertificateExpired("Choose a last good day in the future.")
    return refusal


def _blank(command: Command, currency: str, now: datetime) -> Certificate:
    """Return a certificate that is inactive; of what class it is, and who pays, is not known yet."""
    return Certificate(
        merchant_id=command.merchant_id,
        certificate_id=command.certificate_id,
        currency=currency,
        class_of_value=ClassOfValue.PAID,
        funding=Account.GATEWAY_CLEARING,
        status=Status.INACTIVE,
        good_through=None,
        expires_at=None,
        order_number=None,
        issued_at=now,
    )


def _sold(certificate: Certificate, command: Issue, now: datetime) -> tuple[Certificate, list[Movement]]:
    """Return an inactive certificate as it is sold, its lot still empty, and what fills it."""
    lot, movements = lot_of(
        command,
        certificate.certificate_id,
        command.treatment,
        of=command.class_of_value,
        order_number=command.order_number,
        now=now,
    )
    sold = replace(
        certificate,
        class_of_value=command.class_of_value,
        funding=command.funding,
        status=Status.ACTIVE,
        good_through=command.good_through,
        expires_at=command.expires_at,
        order_number=command.order_number,
        issued_at=now,
        lots=(lot,),
    )
    return sold, movements


def _opened(
    certificate: Certificate, command: Command, kind: Kind, now: datetime, movements: Sequence[Movement] = ()
) -> Decision:
    after, entries = write(certificate, command, kind, movements, now=now)
    return Decision(certificates=(after,), entries=tuple(entries))


def reload_(certificate: Certificate, command: Reload, now: datetime, _: Earlier) -> Decision | Refusal:
    """Fill a certificate that stands from another lot."""
    treatment = command.treatment or certificate.treatment
    untaxed = certificate.class_of_value is not ClassOfValue.PAID  # what costs nothing bears no tax
    price = 0 if untaxed else max(command.value - command.discount, 0)
    command = replace(
        command,
        included_tax=treatment.included(price) if command.included_tax is None else command.included_tax,
        added_tax=treatment.added(price) if command.added_tax is None else command.added_tax,
    )
    refusal = unspendable(certificate, now) or funding_refused(command, certificate.class_of_value, treatment)
    if refusal is None and is_on_account(command.funding) is not is_on_account(certificate.funding):
        # What a holder pays at the till must never lower a partner's bill when it goes back, nor the other way round.
        refusal = errors.FundingRefused()
    if refusal is None and not alike(treatment, certificate.treatment):
        refusal = errors.TaxRefused()
    if refusal is None and too_much(certificate, command.value, command.gratuity):
        refusal = errors.AmountRefused()
    if refusal is None and len(certificate.lots) >= LOTS_MAX:
        refusal = errors.LotsExceeded()
    if refusal is not None:
        return refusal
    lot, movements = lot_of(
        command,
        _next_lot(certificate, command),
        treatment,
        of=certificate.class_of_value,
        order_number=command.order_number,
        now=now,
    )
    if entities_differ(certificate, [lot]):
        return EntitiesDiffer()
    amounts = (command.value, command.gratuity)
    return decision_of(with_lot(certificate, lot), command, Kind.RELOAD, movements, now, amounts=amounts)


def refusal_of_reload(certificate: Certificate, command: Reload, now: datetime) -> Refusal | None:
    """Return why a reload would be refused as a certificate stands, for whoever only asks yet; None if it would not."""
    decided = reload_(certificate, command, now, None)
    return decided if isinstance(decided, Refusal) else None


def adjust(certificate: Certificate, command: Adjust, now: datetime, _: Earlier) -> Decision | Refusal:
    """Correct a balance: what is added is a lot that nobody paid for; what is taken off comes from such lots first."""
    if certificate.status is Status.EXPIRED:
        return errors.CertificateExpired()
    if not (command.memo or "").strip():
        return errors.ReasonMissing()
    if (not command.value and not command.gratuity) or too_much(certificate, command.value, command.gratuity):
        return errors.AmountRefused()
    if certificate.class_of_value is ClassOfValue.PROMOTIONAL and command.gratuity > 0:
        return errors.FundingRefused()
    if certificate.available + command.value < 0 or certificate.gratuity_available + command.gratuity < 0:
        return errors.BalanceInsufficient()
    if len(certificate.lots) >= LOTS_MAX:
        return errors.LotsExceeded()
    account, of = correction_account(certificate.class_of_value), certificate.class_of_value
    movements = list[Movement]()
    # What a correction added goes first: nobody paid for it.
    named = [lot for lot in certificate.lots if not command.lot_ids or lot.lot_id in command.lot_ids]
    lots = sorted(named, key=lambda lot: lot.source in REFUNDABLE)
    if sum(lot.face for lot in lots) < -command.value or sum(lot.gratuity for lot in lots) < -command.gratuity:
        return errors.BalanceInsufficient()
    less = take(lots, max(-command.value, 0), max(-command.gratuity, 0))
    for share in less:
        movements += at_face(share, to=account, of=of)
    if command.value > 0 or command.gratuity > 0:
        lot_id = _next_lot(certificate, command)
        first = certificate.lots[0] if certificate.lots else None
        lot = Lot(
            lot_id=lot_id,
            source=account,
            treatment=certificate.treatment,
            legal_entity_id=None if first is None else first.legal_entity_id,
            location_id=None if first is None else first.location_id,
            offering_id=None if first is None else first.offering_id,
            refcode=None if first is None else first.refcode,
            first_issued_at=now,
        )
        certificate = with_lot(certificate, lot)
        more = Share(lot_id=lot.lot_id, face=max(command.value, 0), gratuity=max(command.gratuity, 0))
        movements += swapped(at_face(more, to=account, of=of))
    return decision_of(certificate, command, Kind.ADJUST, movements, now, amounts=(command.value, command.gratuity))


def undo_reload(certificate: Certificate, command: UndoReload, now: datetime, _: Earlier) -> Decision | Refusal:
    """Give back what is left of what one operation reloaded, each reload of a bundle to where it came from."""
    if certificate.status is Status.EXPIRED:
        return errors.CertificateExpired()
    lots = [one for one in certificate.lots[1:] if one.filled_by == command.reload_id and one.source in REFUNDABLE]
    if not lots:
        return errors.ReloadNotFound()
    left = [lot for lot in lots if not lot.is_empty]
    if not left:
        return errors.ReloadUsed()
    amounts = (sum(lot.face for lot in left), sum(lot.gratuity for lot in left))
    if amounts[0] > certificate.available or amounts[1] > certificate.gratuity_available:
        return errors.CertificateHeld()  # all of it is there, and an open hold needs some of it
    movements = list[Movement]()
    for lot in left:
        back = billed_account(lot.source) if is_billed(lot, command) else lot.source
        movements += at_price(whole(lot), to=back, tax_account=lot.tax_account)
    return decision_of(
        certificate, command, Kind.UNDO_RELOAD, movements, now, amounts=amounts, refers_to=command.reload_id
    )


def _next_lot(certificate: Certificate, command: Command) -> UUID:
    return lot_id_of(certificate.certificate_id, command.operation_id, len(certificate.lots))
