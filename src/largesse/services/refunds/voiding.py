"""End a certificate for good."""

from datetime import datetime
from uuid import UUID

import msgspec

from largesse.db import Connection
from largesse.domain import orders
from largesse.domain.gifts import Purpose
from largesse.domain.invoices import SaleReason
from largesse.domain.orders import Order, OrderStatus
from largesse.domain.payments import MANUAL
from largesse.kernel.currency import currency
from largesse.kernel.errors import Conflict
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
    whole,
)
from largesse.services.certificates import Place, Request, said_of, take_presents_back
from largesse.services.gifts import lineage
from largesse.services.invoices import correct_sale, settle_given_back
from largesse.services.refunds import outside, withdrawal
from largesse.services.refunds.aftermath import taken_with, tell_refunds
from largesse.services.refunds.dependencies import RefundDependencies
from largesse.services.refunds.fillings import history_of, owed_by_partner, payer_of
from largesse.services.refunds.locking import Subject, lock_subject
from largesse.services.refunds.outside import Funds

_NOT_HAD = frozenset({VoidReason.UNPAID, VoidReason.ERROR})
"""The reasons that take a price out of where it was paid: nobody's money is there."""


class PaymentStands(Conflict):
    """What is to be voided was paid for, and the money is there."""

    code = "certificate.payment.stands"
    message = "The buyer paid for it, and that money is at the payment provider. Refund it, or void it for `fraud`."


async def void(
    deps: RefundDependencies,
    place: Place,
    *,
    funds: Funds | None = None,
    reason: VoidReason | None = None,
    request: Request,
    now: datetime,
) -> Outcome:
    """End a certificate. Partners' credit is given back as far as what was ordered with it was not spent.

    What a partner does not owe, because a correction added it, goes back to where corrections come from. Where money
    went back for it at the gateway, `funds` says whether that was for this certificate (`returned`) or the merchant
    keeps what is left (`kept`). Where what somebody paid for is kept, or was never had, `reason` says why. A payment
    that went back whole was for all that it bought. What was returned is booked as the refund that it was: what is left
    of the certificate's order, wherever it is, with its share of discount and tax, against the clearing account.

    Raises:
        NothingReturned: `returned` is said, and nothing went back that is not booked yet.
        ReturnUnsettled: part of the payment went back at the gateway, and `funds` does not say what for.
        PaymentStands: it is called unpaid, or an error, and its buyer's money is at the gateway.
        VoidReasonMissing: somebody paid for what is left, and no reason is given.
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
    if command.reason in _NOT_HAD:
        await _refuse_paid(connection, subject)
    returned = await outside.returned_for(deps, connection, subject.order, subject.paid)
    if await _were_returned(connection, funds, returned) and returned is not None:
        return await _void_returned(deps, connection, subject, returned, command, request=request, now=now)
    return await _void_kept(deps, connection, subject, command, request=request, now=now)


async def _refuse_paid(connection: Connection, subject: Subject) -> None:
    """Refuse to take out of the clearing account what a payment has brought there.

    Raises:
        PaymentStands: one has.
    """
    payment = outside.bought_with(subject.paid)
    if payment is None or payment.gateway == MANUAL:
        return
    if not await outside.all_went_back(connection, payment):
        raise PaymentStands


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
    owing = await _owing(deps, connection, before)
    excess = await _excess(deps, connection, subject, owing)
    commands: list[Command] = [msgspec.structs.replace(command, billed=subject.billed)]
    if excess > 0 and not before.held and not before.gratuity_held:
        commands.insert(0, _less(before, excess, request))
    *_, outcome = await outside.post_all(deps, connection, commands, now=now)
    done = [command.operation_id]
    await settle_given_back(deps, connection, before.merchant_id, done, actor=request.actor, now=now)
    if order is not None and order.status is OrderStatus.ISSUED:
        await orders.take_back(connection, orders.taken_back(order, refunded=False))
        await _take_presents_back(deps, connection, subject, order, request=request, now=now)
        await withdrawal.tell_of_gift(connection, order, Purpose.VOIDED, now=now)
    if order is not None and command.reason in _NOT_HAD:
        mine = [whole(lot) for one in subject.fillings if one.certificate is before for lot in one.lots]
        await correct_sale(connection, order, [taken_with(one) for one in mine], SaleReason.NOT_PAID, now=now)
    return outcome


async def _take_presents_back(
    deps: RefundDependencies,
    connection: Connection,
    subject: Subject,
    order: Order,
    *,
    request: Request,
    now: datetime,
) -> None:
    await take_presents_back(
        deps,
        connection,
        order,
        subject.presents,
        subject.standing.values(),
        gone=None,
        memo=f"It came with order {order.order_number}, which was taken back.",
        request=request,
        now=now,
    )


async def _owing(deps: RefundDependencies, connection: Connection, before: Certificate) -> list[tuple[Order, int]]:
    """Return the orders that partners owe for, of what is left on a certificate, and how much each owes for that."""
    found: dict[UUID, tuple[Order, int]] = {}
    for lot in before.lots:
        if lot.source is not Account.PARTNER_RECEIVABLE or lot.is_empty:
            continue
        payer = await payer_of(deps, connection, before, lot)
        if payer is not None:
            already = found[payer.order_id][1] if payer.order_id in found else 0
            found[payer.order_id] = payer, already + whole(lot).paid
    return list(found.values())


async def _excess(
    deps: RefundDependencies, connection: Connection, subject: Subject, owing: list[tuple[Order, int]]
) -> int:
    """Return what the own order's partner does not owe: a certificate of before lots may hold a correction."""
    order = subject.order
    if order is None or all(payer.order_id != order.order_id for payer, _ in owing):
        return 0
    standing = subject.standing.values()
    own = sum(one.paid for one in subject.fillings if one.certificate is subject.certificate)
    return max(own - owed_by_partner(order, standing, await history_of(deps, connection, standing)), 0)


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
    line = await lineage(connection, deps, order.merchant_id, order.certificate_id or before.certificate_id)
    gained = await outside.gained_by(deps, connection, order, subject.standing.values(), line)
    fillings = subject.fillings
    home = subject.standing[subject.home]
    booking = outside.booking_of(home, order, fillings, gained, returned, request=request)
    outcomes = await outside.post_all(deps, connection, [*booking.commands, command], now=now)
    told, outcome = outcomes[: len(booking.refunds)], outcomes[-1]
    ended = outside.takes_all(booking, fillings)
    if told:
        await tell_refunds(connection, order, told, ended=ended, now=now)
    if order.status is OrderStatus.ISSUED:
        if not ended or not told:
            await orders.take_back(connection, orders.taken_back(order, refunded=False))
        await _take_presents_back(deps, connection, subject, order, request=request, now=now)
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
