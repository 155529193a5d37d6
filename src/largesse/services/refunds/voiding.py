"""End a certificate for good."""

from datetime import datetime

import msgspec

from largesse.db import Connection
from largesse.domain import orders
from largesse.domain.gifts import Purpose
from largesse.domain.orders import OrderStatus
from largesse.kernel.currency import currency
from largesse.kernel.ids import derived_id
from largesse.kernel.money import Money
from largesse.ledger import (
    Account,
    Adjust,
    Certificate,
    CertificateHeld,
    Command,
    Outcome,
    Void,
    VoidReason,
    fingerprint,
    fingerprint_of,
    paid_from,
)
from largesse.services.certificates import Place, Request, said_of
from largesse.services.refunds import outside, withdrawal
from largesse.services.refunds.aftermath import give_credit_back, take_presents_back, tell_refund
from largesse.services.refunds.dependencies import RefundDependencies
from largesse.services.refunds.locking import Subject, lock_subject
from largesse.services.refunds.outside import Funds
from largesse.services.refunds.statement import history_of, owed_by_partner, refuse_merged


async def void(
    deps: RefundDependencies,
    place: Place,
    *,
    funds: Funds | None = None,
    reason: VoidReason | None = None,
    request: Request,
    now: datetime,
) -> Outcome:
    """End a certificate. A partner's credit is given back as far as the certificate was not spent.

    What a partner does not owe, because a correction added it, goes back to where corrections come from. Where money
    went back for it at the gateway, `funds` says whether that was for this certificate (`returned`) or the merchant
    keeps what is left (`kept`); where it is kept, or was never had, `reason` says why. A payment that went back whole
    was for all that it bought. What was returned is booked
    as the refund that it was: off the certificate, with its share of discount and tax, against the clearing account.

    Raises:
        MergedValue: a partner's certificate holds value of another, maybe of another partner.
        NothingReturned: `returned` is said, and nothing went back that is not booked yet.
        ReturnUnsettled: part of the payment went back at the gateway, and `funds` does not say what for.
        LargesseError: the ledger refuses it: it has ended already, or part of it is held.
    """

    async def work(connection: Connection) -> Outcome:
        return await _void(
            deps, connection, place, _command(place, funds, reason, request), funds, request=request, now=now
        )

    return await deps.retrying(work)


async def _void(
    deps: RefundDependencies,
    connection: Connection,
    place: Place,
    command: Void,
    funds: Funds | None,
    *,
    request: Request,
    now: datetime,
) -> Outcome:
    subject = await lock_subject(deps, connection, place)
    done = await deps.ledger.replayed(
        connection, place.merchant_id, request.operation_id, fingerprint=fingerprint_of(command)
    )
    if done is not None:
        return done
    returned = await outside.returned_for(deps, connection, subject.order, subject.paid)
    if await _were_returned(connection, funds, returned) and returned is not None:
        return await _void_returned(deps, connection, subject, returned, command, request=request, now=now)
    return await _void_kept(deps, connection, subject, command, request=request, now=now)


def _command(place: Place, funds: Funds | None, reason: VoidReason | None, request: Request) -> Void:
    plain = Void(**said_of(place, request), reason=reason)
    if funds is None:
        return plain
    said = ("void", str(place.certificate_id), funds, reason, request.actor, request.memo)
    return msgspec.structs.replace(plain, fingerprint=fingerprint(msgspec.json.encode(said)))


async def _were_returned(connection: Connection, funds: Funds | None, returned: outside.Returned | None) -> bool:
    if returned is None or not returned.left:
        if funds is Funds.RETURNED:
            raise outside.NothingReturned
        return False
    if funds is None and not await outside.all_went_back(connection, returned.payment):
        raise outside.ReturnUnsettled
    return funds is not Funds.KEPT


async def _void_kept(
    deps: RefundDependencies,
    connection: Connection,
    subject: Subject,
    command: Void,
    *,
    request: Request,
    now: datetime,
) -> Outcome:
    before, order = subject.certificate, subject.order
    on_account = before.funding is Account.PARTNER_RECEIVABLE
    history = await history_of(deps, connection, _place_of(before)) if on_account else []
    owed = paid_from(before, Account.PARTNER_RECEIVABLE)
    # A certificate of before lots may hold a correction that the partner does not owe.
    excess = max(owed - owed_by_partner(history), 0) if on_account else 0
    commands: list[Command] = [command]
    if excess > 0 and not before.held and not before.gratuity_held:
        commands.insert(0, _less(before, excess, request))
    *_, outcome = await outside.post_all(deps, connection, commands, now=now)
    if on_account:
        refuse_merged(history)
    await give_credit_back(connection, before, order, owed - excess)
    if order is not None and order.status is OrderStatus.ISSUED:
        await orders.take_back(connection, orders.taken_back(order, refunded=False))
        await withdrawal.tell_of_gift(connection, order, Purpose.VOIDED, now=now)
    return outcome


async def _void_returned(
    deps: RefundDependencies,
    connection: Connection,
    subject: Subject,
    returned: outside.Returned,
    command: Void,
    *,
    request: Request,
    now: datetime,
) -> Outcome:
    before, order = subject.certificate, subject.order
    assert order is not None, "only an order of a checkout was paid for at a gateway"
    if before.held or before.gratuity_held:
        raise CertificateHeld
    history = await history_of(deps, connection, _place_of(before))
    refuse_merged(history)
    booking = outside.booking_of(before, order, history, returned, request=request)
    first, *_, outcome = await outside.post_all(deps, connection, [*booking.commands, command], now=now)
    ended = not outcome.value and not outcome.gratuity
    if booking.refund is not None:
        await tell_refund(connection, order, first, ended=ended, now=now)
    if order.status is OrderStatus.ISSUED:
        if not ended or booking.refund is None:
            await orders.take_back(connection, orders.taken_back(order, refunded=False))
        await take_presents_back(deps, connection, order, subject.presents, request=request, now=now)
        back = Money(booking.claim, currency(before.currency)) if ended else None
        purpose = Purpose.REFUNDED if ended else Purpose.VOIDED
        await withdrawal.tell_of_gift(connection, order, purpose, back=back, now=now)
    return outcome


def _less(before: Certificate, excess: int, request: Request) -> Adjust:
    """Return the correction that takes `excess` off a certificate, of its value first."""
    value = min(excess, before.balance)
    return Adjust(
        merchant_id=before.merchant_id,
        certificate_id=before.certificate_id,
        operation_id=derived_id("not-owed", request.operation_id),
        actor=request.actor,
        memo="Added by a correction, so the partner does not owe it.",
        value=-value,
        gratuity=value - excess,
    )


def _place_of(certificate: Certificate) -> Place:
    return Place(merchant_id=certificate.merchant_id, certificate_id=certificate.certificate_id)
