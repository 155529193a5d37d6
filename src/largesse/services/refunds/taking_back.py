"""Refund what was not spent of a filling to whoever paid for it: of one certificate, or of an order wherever it is."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from msgspec.structs import replace

from largesse.db import Connection
from largesse.domain import payments
from largesse.domain.gifts import Purpose
from largesse.domain.merchants import Merchant
from largesse.domain.orders import Order
from largesse.domain.payments import Payment, PaymentStatus
from largesse.kernel.currency import currency
from largesse.kernel.ids import derived_id
from largesse.kernel.money import Money
from largesse.ledger import (
    PAID_OVER_THE_COUNTER,
    REFUNDABLE,
    Account,
    Certificate,
    ClassOfValue,
    LotNotFound,
    Outcome,
    Refund,
    RefundExceeded,
    covered_by,
    fingerprint,
    refund_account,
)
from largesse.services.certificates import AT_HOME, Place, Request, Spot, said_of, take_presents_back
from largesse.services.invoices import settle_given_back
from largesse.services.merchants import where_of
from largesse.services.refunds import outside, paying_back, withdrawal
from largesse.services.refunds.aftermath import tell_refunds
from largesse.services.refunds.crediting import give_credit, payment_to_credit
from largesse.services.refunds.dependencies import RefundDependencies
from largesse.services.refunds.fillings import Filling, history_of, owed_by_partner
from largesse.services.refunds.locking import Subject, lock_subject


class _Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked for: value and gratuity, None for all that is left; the same at every repetition."""

    wanted: tuple[int | None, int | None]
    request: Request
    spot: Spot
    fingerprint: bytes

    def part_id(self, certificate_id: UUID) -> UUID:
        """Return the operation that takes a part from another certificate than the first."""
        return derived_id("refund-part", self.request.operation_id, certificate_id)


async def refund(
    deps: RefundDependencies,
    place: Place,
    *,
    value: int | None = None,
    gratuity: int | None = None,
    lot_id: UUID | None = None,
    spot: Spot = AT_HOME,
    request: Request,
    now: datetime,
) -> Outcome:
    """Owe unspent value and gratuity of a certificate back to who paid; None takes all that is left and not held.

    It is taken from what the certificate's own order filled, or from the lot that is named; what others paid for stays.
    With it goes its share of discount and tax, so that a gift refunded in parts comes out at the same total as one
    refunded at once. The order counts as refunded when nothing of it is left anywhere; what came with it as a present
    of the merchant's goes back with it, in proportion, and at its end whatever is left of it. Where it was paid for
    here, the money is owed back by the way it came; a reload is for staff to hand back. What was paid over a counter is
    paid back over one at once: at the spot, or where it was paid. All of that is one transaction. Asked again, it tells
    its first outcome, whatever has come since.

    Raises:
        PaymentDisputed: the buyer's bank wants the money back, and would pay it a second time.
        ReturnUnsettled: money went back at the gateway, and nobody has said what for: it might go back twice.
        LotNotFound: the certificate has no such lot, or none of its own order.
        RefundExceeded: less of what is left was paid for; None takes no more than that.
        LocationClosed, DeviceRevoked: nothing new happens at that spot.
        LargesseError: the ledger refuses it.
    """

    async def work(connection: Connection) -> Outcome:
        subject = await lock_subject(deps, connection, place, lot_id=lot_id)
        lots = [lot for lot in subject.certificate.lots if lot.lot_id in subject.lot_ids]
        here = [Filling(certificate=subject.certificate, lots=tuple(lots))] if lots else []
        asked = _asked(subject, lot_id, (value, gratuity), request, spot=spot)
        return (await _refund(deps, connection, subject, here, asked, now=now))[0]

    return await deps.retrying(work)


async def refund_everywhere(
    deps: RefundDependencies,
    place: Place,
    *,
    value: int | None = None,
    gratuity: int | None = None,
    as_credit_of: Merchant | None = None,
    of: Order | None = None,
    spot: Spot = AT_HOME,
    request: Request,
    now: datetime,
) -> tuple[Outcome, ...]:
    """Do the same for all that is left of a certificate's order, on whatever certificates; return what it did to each.

    `of` is the order that reloaded it, where that is meant instead of its own. What its own certificate holds goes
    first. With `as_credit_of`, whose the order is, the buyer gets a certificate of class credit instead of money, and
    is told its number by mail.

    Raises:
        CreditRefused: credit is asked for, and no buyer has paid for what would be taken back.
        CreditUnreachable: credit is asked for, and the buyer has no mail address.
        LargesseError: as `refund`.
    """

    async def work(connection: Connection) -> tuple[Outcome, ...]:
        subject = await lock_subject(deps, connection, place, of=of)
        asked = _asked(subject, None, (value, gratuity), request, as_credit=as_credit_of is not None, spot=spot)
        fillings = subject.fillings or _blank(subject)
        return await _refund(deps, connection, subject, fillings, asked, as_credit_of=as_credit_of, now=now)

    return await deps.retrying(work)


def _asked(
    subject: Subject,
    lot_id: UUID | None,
    wanted: tuple[int | None, int | None],
    request: Request,
    *,
    as_credit: bool = False,
    spot: Spot,
) -> _Asked:
    name = subject.order.order_number if subject.order is not None else str(subject.certificate.certificate_id)
    said = ("credit" if as_credit else "refund", name, lot_id, wanted, request.actor, request.memo, *spot.asked)
    return _Asked(wanted=wanted, request=request, spot=spot, fingerprint=fingerprint(msgspec.json.encode(said)))


def _blank(subject: Subject) -> list[Filling]:
    """Return what the order's own certificate had of it, for the ledger to say why nothing can be refunded."""
    home = subject.standing[subject.home]
    number = subject.order.order_number if subject.order is not None else home.order_number
    lots = tuple(lot for lot in home.lots if lot.order_number == number)
    return [Filling(certificate=home, lots=lots)] if lots else []


async def _refund(
    deps: RefundDependencies,
    connection: Connection,
    subject: Subject,
    fillings: Sequence[Filling],
    asked: _Asked,
    *,
    as_credit_of: Merchant | None = None,
    now: datetime,
) -> tuple[Outcome, ...]:
    order, request = subject.order, asked.request
    done = await _done_before(deps, connection, subject, asked)
    if done:
        return done
    if order is not None:
        refuse_disputed(subject.paid)
        await outside.refuse_unsettled(deps, connection, subject.paid)
    sources = {lot.source for filling in fillings for lot in filling.lots if lot.source in REFUNDABLE}
    paid_by = payment_to_credit(subject, sources) if as_credit_of is not None else None
    if not fillings or (not sources and subject.certificate.class_of_value is not ClassOfValue.PROMOTIONAL):
        raise LotNotFound
    owed_most = await _owed_most(deps, connection, subject) if Account.PARTNER_RECEIVABLE in sources else None
    left = subject.fillings
    spot = await _where_paid(deps, connection, fillings, asked.spot)
    commands = [replace(one, billed=subject.billed) for one in _commands(fillings, owed_most, asked, spot)]
    outcomes = tuple(await outside.post_all(deps, connection, commands, now=now))
    money = sum(one.value + one.gratuity - one.discount + one.added_tax for one in outcomes)
    if owed_most is not None and money > owed_most:
        raise RefundExceeded
    done_now = [one.operation_id for one in outcomes]
    await settle_given_back(deps, connection, subject.certificate.merchant_id, done_now, actor=request.actor, now=now)
    owed: list[payments.PaymentRefund] = []
    if as_credit_of is None and all(refund_account(one) is Account.REFUNDS for one in sources):
        # What came in another way than by a payment, as a reload did, is staff's to hand back.
        by_payment = order is not None and sources == {Account.GATEWAY_CLEARING}
        home = subject.home if order is not None else subject.certificate.certificate_id
        owed = await paying_back.owe(
            connection,
            subject.paid if by_payment else (),
            Place(merchant_id=subject.certificate.merchant_id, certificate_id=home),
            operation_id=request.operation_id,
            money=Money(money, currency(subject.certificate.currency)),
            now=now,
        )
    if order is not None:
        ended = sum(one.value + one.gratuity for one in left) == sum(one.value + one.gratuity for one in outcomes)
        whole = await tell_refunds(connection, order, outcomes, ended=ended, now=now)
        await take_presents_back(
            deps,
            connection,
            order,
            subject.presents,
            subject.standing.values(),
            gone=None if whole else sum(one.value for one in outcomes),
            memo=f"It came with order {order.order_number}, which was refunded.",
            request=request,
            now=now,
        )
        if as_credit_of is None or paid_by is None:
            back = Money(sum(one.amount for one in owed), currency(subject.certificate.currency)) if owed else None
            await withdrawal.tell_of_gift(connection, order, Purpose.REFUNDED, back=back, now=now)
        else:
            bought = order, paid_by
            await give_credit(deps, connection, as_credit_of, bought, amount=money, request=request, now=now)
    return outcomes


async def _done_before(
    deps: RefundDependencies, connection: Connection, subject: Subject, asked: _Asked
) -> tuple[Outcome, ...]:
    merchant_id, said = subject.certificate.merchant_id, asked.fingerprint
    first = await deps.ledger.replayed(connection, merchant_id, asked.request.operation_id, fingerprint=said)
    if first is None:
        return ()
    more = [
        await deps.ledger.replayed(connection, merchant_id, asked.part_id(one.certificate_id), fingerprint=said)
        for one in subject.standing.values()
        if one.certificate_id != first.certificate_id
    ]
    return first, *(one for one in more if one is not None)


async def _owed_most(deps: RefundDependencies, connection: Connection, subject: Subject) -> int | None:
    """Return what a partner owes: a certificate of before lots may hold a correction that it does not owe."""
    if subject.order is None:
        return sum(one.paid for one in subject.fillings)
    standing = subject.standing.values()
    return owed_by_partner(subject.order, standing, await history_of(deps, connection, standing))


async def _where_paid(
    deps: RefundDependencies, connection: Connection, fillings: Sequence[Filling], spot: Spot
) -> Spot:
    """Return where money is given back: at the spot that is named, else where and by whose drawer it was taken.

    Raises:
        LocationClosed, DeviceRevoked: nothing new happens at the spot.
    """
    if spot.refusal is not None:
        raise spot.refusal
    taken = [lot for filling in fillings for lot in filling.lots if lot.source in PAID_OVER_THE_COUNTER]
    if spot.where is not None or not taken or taken[0].location_id is None:
        return spot
    merchant_id, lot, made = fillings[0].certificate.merchant_id, taken[0], None
    if lot.filled_by is not None:
        made = await deps.ledger.first_row(connection, merchant_id, lot.filled_by)
    where = await where_of(connection, merchant_id, taken[0].location_id, closed_too=True)
    return replace(spot, where=where, device_id=made.device_id if made is not None else None)


def _commands(fillings: Sequence[Filling], owed_most: int | None, asked: _Asked, spot: Spot) -> list[Refund]:
    """Return what takes the value and gratuity back, filling after filling; the first is the request's own operation.

    What is asked for beyond all that is left is asked of the first, for the ledger to refuse.
    """
    frees = [one.free if owed_most is None else covered_by(one.certificate, owed_most, one.lot_ids) for one in fillings]
    values, gratuities = (_shared(one, [free[pot] for free in frees]) for pot, one in enumerate(asked.wanted))
    commands = [
        Refund(
            **said_of(_place_of(filling.certificate), asked.request, spot),
            fingerprint=asked.fingerprint,
            value=value,
            gratuity=gratuity,
            lot_ids=filling.lot_ids,
        )
        for filling, value, gratuity in zip(fillings, values, gratuities, strict=True)
    ]
    first, *more = [one for one in commands if one.value or one.gratuity] or commands[:1]
    return [first, *(replace(one, operation_id=asked.part_id(one.certificate_id)) for one in more)]


def _shared(wanted: int | None, free: Sequence[int]) -> list[int]:
    if wanted is None:
        return list(free)
    left, parts = wanted, list[int]()
    for most in free:
        parts.append(min(left, most))
        left -= parts[-1]
    parts[0] += left
    return parts


def _place_of(certificate: Certificate) -> Place:
    return Place(merchant_id=certificate.merchant_id, certificate_id=certificate.certificate_id)


def refuse_disputed(paid: Sequence[Payment]) -> None:
    """Refuse to pay back what the buyer's bank wants back.

    Raises:
        PaymentDisputed: it does.
    """
    if any(one.status is PaymentStatus.DISPUTED and not one.surplus for one in paid):
        raise payments.PaymentDisputed
