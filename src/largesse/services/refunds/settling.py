"""Staff say what a refund was for that was made at the gateway, and the books follow."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from largesse.db import Connection
from largesse.domain import orders, payments
from largesse.domain.gifts import Purpose
from largesse.domain.merchants import Merchant
from largesse.domain.orders import Order
from largesse.domain.payments import Payment, RefundReason
from largesse.kernel.currency import currency
from largesse.kernel.errors import Conflict
from largesse.kernel.ids import derived_id
from largesse.kernel.money import Money
from largesse.ledger import Account, Certificate, CertificateHeld, Kind, Outcome, fingerprint
from largesse.services.certificates import Request, presents_of, take_presents_back
from largesse.services.gifts import lock_lineages
from largesse.services.refunds import outside, withdrawal
from largesse.services.refunds.aftermath import tell_refunds
from largesse.services.refunds.dependencies import RefundDependencies
from largesse.services.refunds.fillings import Filling, fillings_of
from largesse.services.refunds.outside import Booking, Part

# As it is booked, and as it was before the account at the gateway had rows of its own.
_MONEY = (Kind.PAY_REFUND, Kind.SETTLE)
_SOURCES = (Account.REFUNDS, *outside.KEPT_ON, Account.GOODWILL)


class OrderUnsaid(Conflict):
    """Part of a payment for several orders went back, and nobody says for which."""

    code = "refund.outside.order"
    message = "Part of a payment for several orders went back. Say for which order it was, with --order."


class OutsideSettled(msgspec.Struct, frozen=True, kw_only=True):
    """What was booked of the refunds that were made at the gateway. `booked` is in the currency's smallest unit."""

    payment: Payment
    order_numbers: tuple[str, ...]
    booked: int
    replayed: bool = False


class _Share(msgspec.Struct, frozen=True, kw_only=True):
    """What is booked for one order."""

    order: Order
    fillings: list[Filling]
    booking: Booking


async def settle_outside(
    deps: RefundDependencies,
    merchant: Merchant,
    payment_id: UUID,
    *,
    order_number: str | None = None,
    keep: bool = False,
    request: Request,
    now: datetime,
) -> OutsideSettled:
    """Book what went back of a payment at its gateway, and take it off the certificates that it was for.

    `order_number` says for which order it was, where not all of the payment went back. `keep` leaves the certificates
    as they are: the money is given away. Asked again, it tells what it did.

    Raises:
        PaymentNotFound: there is no such payment.
        OrderNotFound: it did not pay for an order of that number.
        NothingReturned: nothing went back that is not booked.
        OrderUnsaid: part of a payment for several orders went back, and no order is named.
        LargesseError: the ledger refuses it; a certificate of them is held.
    """

    async def work(connection: Connection) -> OutsideSettled:
        return await _settle(deps, connection, merchant, payment_id, order_number, keep=keep, request=request, now=now)

    return await deps.retrying(work)


async def _settle(
    deps: RefundDependencies,
    connection: Connection,
    merchant: Merchant,
    payment_id: UUID,
    order_number: str | None,
    *,
    keep: bool,
    request: Request,
    now: datetime,
) -> OutsideSettled:
    seen = await payments.payment_of_id(connection, merchant.merchant_id, payment_id)
    paid = await payments.lock_payments_of_checkout(connection, merchant.merchant_id, seen.checkout_id)
    payment = next(one for one in paid if one.payment_id == payment_id)
    bought = await _wanted(connection, payment, order_number)
    presents = await presents_of(connection, list(bought.values()))
    lines, standing = await lock_lineages(connection, deps, merchant.merchant_id, [*bought, *presents])
    newest = {first: standing[line[-1]] for first, line in lines.items()}
    said = ("settle-outside", str(payment_id), order_number, keep, request.actor, request.memo)
    asked = fingerprint(msgspec.json.encode(said))
    done = await _done_before(
        deps, connection, payment, [newest[first] for first in bought], request=request, asked=asked
    )
    if done is not None:
        numbers = tuple(one.order_number for one in bought.values())
        return OutsideSettled(payment=payment, order_numbers=numbers, booked=done, replayed=True)
    works = await _bookings(
        deps, connection, paid, payment, bought, lines=lines, standing=standing, keep=keep, request=request
    )
    outcomes = await _post(deps, connection, works, asked, now=now)
    await _follow(
        deps,
        connection,
        works,
        outcomes,
        presents={newest[first].certificate_id: one for first, one in presents.items()},
        standing=standing.values(),
        request=request,
        now=now,
    )
    return OutsideSettled(
        payment=payment,
        order_numbers=tuple(one.order.order_number for one in works),
        booked=sum(one.booking.claim for one in works),
    )


async def _wanted(connection: Connection, payment: Payment, order_number: str | None) -> dict[UUID, Order]:
    """Return the orders that a payment bought, or the one that is named, by the certificate that was issued."""
    found = await orders.orders_of_checkouts(connection, payment.merchant_id, [payment.checkout_id])
    bought = {
        one.certificate_id: one
        for one in found
        if one.certificate_id is not None and one.bonus_of is None and order_number in (None, one.order_number)
    }
    if order_number is not None and not bought:
        raise orders.OrderNotFound
    return bought


async def _done_before(
    deps: RefundDependencies,
    connection: Connection,
    payment: Payment,
    certificates: Sequence[Certificate],
    *,
    request: Request,
    asked: bytes,
) -> int | None:
    """Return what the same request has booked before, None when it has not.

    Raises:
        OperationConflict: it asked for something else.
    """
    known = await payments.refunds_of_payments(connection, payment.merchant_id, [payment.payment_id])
    ids = [
        derived_id("outside-settle", request.operation_id, one.certificate_id, refund.refund_id, account)
        for one in certificates
        for refund in known
        if refund.reason is RefundReason.OUTSIDE
        for account in _SOURCES
    ]
    done = await deps.ledger.operations(connection, payment.merchant_id, ids, fingerprint=asked)
    rows = [row for operation in done for row in operation]
    return sum(row.amount or 0 for row in rows if row.kind in _MONEY) if rows else None


async def _bookings(
    deps: RefundDependencies,
    connection: Connection,
    paid: Sequence[Payment],
    payment: Payment,
    bought: Mapping[UUID, Order],
    *,
    lines: Mapping[UUID, Sequence[UUID]],
    standing: Mapping[UUID, Certificate],
    keep: bool,
    request: Request,
) -> list[_Share]:
    works, spent = list[_Share](), 0
    for first, order in bought.items():
        returned = await outside.returned_for(deps, connection, order, paid)
        if returned is None or returned.payment.payment_id != payment.payment_id or not returned.left:
            raise outside.NothingReturned
        if len(bought) > 1 and not await outside.all_went_back(connection, payment):
            raise OrderUnsaid
        line = lines[first]
        fillings = fillings_of(order, standing.values(), first=line[-1])
        gained = await outside.gained_by(deps, connection, order, standing.values(), line)
        left = msgspec.structs.replace(returned, parts=_without(returned.parts, spent))
        booking = outside.booking_of(standing[line[-1]], order, fillings, gained, left, keep=keep, request=request)
        held = any(one.certificate.held or one.certificate.gratuity_held for one in fillings)
        if not keep and held and booking.price < booking.claim:
            raise CertificateHeld
        works.append(_Share(order=order, fillings=fillings, booking=booking))
        spent += booking.claim
    if not spent:
        raise outside.NothingReturned
    return works


def _without(parts: Sequence[Part], spent: int) -> tuple[Part, ...]:
    """Return what is left of `parts` once `spent` is taken from the oldest."""
    left = []
    for part in parts:
        taken = min(spent, part.left)
        spent -= taken
        left.append(Part(part.refund_id, part.left - taken))
    return tuple(left)


async def _post(
    deps: RefundDependencies, connection: Connection, works: Sequence[_Share], asked: bytes, *, now: datetime
) -> dict[UUID, Outcome]:
    """Post all of it at once, and return the outcomes by operation."""
    commands = [
        msgspec.structs.replace(command, fingerprint=asked) for one in works for command in one.booking.commands
    ]
    outcomes = await outside.post_all(deps, connection, commands, now=now)
    return {outcome.operation_id: outcome for outcome in outcomes}


async def _follow(
    deps: RefundDependencies,
    connection: Connection,
    works: Sequence[_Share],
    outcomes: Mapping[UUID, Outcome],
    *,
    presents: Mapping[UUID, Order],
    standing: Collection[Certificate],
    request: Request,
    now: datetime,
) -> None:
    for one in works:
        refunds = one.booking.refunds
        if not refunds:
            continue
        told = [outcomes[refund.operation_id] for refund in refunds]
        ended = outside.takes_all(one.booking, one.fillings)
        whole = await tell_refunds(connection, one.order, told, ended=ended, now=now)
        await take_presents_back(
            deps,
            connection,
            one.order,
            presents,
            standing,
            gone=None if whole else sum(each.value for each in told),
            memo=f"It came with order {one.order.order_number}, which was refunded.",
            request=request,
            now=now,
        )
        back = Money(one.booking.claim, currency(one.order.currency))
        await withdrawal.tell_of_gift(connection, one.order, Purpose.REFUNDED, back=back, now=now)
