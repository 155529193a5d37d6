"""Pay back what was not spent of an order that its buyer withdrew from, until nothing is left to be done.

It needs no second look by anybody: the law gives the buyer what is left, and it goes to where it came from. What was
spent is another matter: a person decides it, by what is proposed (docs/decisions/0180-withdrawals.md).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Final
from uuid import UUID

import msgspec
import structlog

from largesse.db import Connection
from largesse.db.turns import Turn, in_turns
from largesse.domain import merchants, orders, payments, withdrawals
from largesse.domain.merchants import Merchant
from largesse.domain.orders import Order
from largesse.domain.payments import RefundStatus
from largesse.domain.staff import Audited, ByWhom
from largesse.domain.withdrawals import (
    REASON_MAX,
    Withdrawal,
    WithdrawalClosed,
    WithdrawalDoubtful,
    WithdrawalReasonMissing,
)
from largesse.kernel import free_text
from largesse.kernel.errors import LargesseError, Unavailable
from largesse.kernel.ids import derived_id
from largesse.ledger import Entry, Kind, Leg
from largesse.services.capabilities import UsesDatabase
from largesse.services.certificates import Place, Request
from largesse.services.refunds import (
    RefundDependencies,
    Subject,
    history_of,
    lock_subject,
    refund_ids,
    refund_order,
)

_MEMO: Final = "The buyer withdrew."
_ACTOR: Final = "duty:settle_withdrawals"
AGAIN_AFTER: Final = timedelta(minutes=10)
"""When what could not be booked, or is on its way back, is looked at again."""
BATCH: Final = 20
_SPENT: Final = frozenset({Kind.REDEEM, Kind.CAPTURE, Kind.CASH_OUT, Kind.EXPIRE})
"""What was had of it, or lapsed: nothing of that goes back by itself, and a person decides it."""
_GIVEN_BACK: Final = frozenset({Kind.REVERSE, Kind.REINSTATE})

_log = structlog.get_logger()


class _Left(msgspec.Struct, frozen=True, kw_only=True):
    """What is left of an order, value and gratuity together: what may be taken, and with what holds set aside.

    `spent_price` is what was paid for the part that was spent.
    """

    order: Order
    free: int
    all: int
    spent_price: int


async def settle(
    deps: RefundDependencies, merchant: Merchant, withdrawal_id: UUID, *, actor: str, now: datetime
) -> Withdrawal:
    """Take back what is left of the order, owe the buyer what was paid for it, and return how the withdrawal stands.

    Safe to repeat, and at once by two: what goes back in one round is one operation, of the duty's whoever has it
    done; `actor` is who closes it. What a hold sets aside is for a later round. Where nothing was spent, the withdrawal
    is closed as soon as the money is back.

    Raises:
        WithdrawalNotFound: there is none.
        WithdrawalDoubtful: it counts for no order.
        WithdrawalClosed: nothing is left to be done.
        LargesseError: as `refund_order`; it is tried again, and stands on Today until then.
    """
    async with deps.database.connection() as connection:
        one = await withdrawals.find_withdrawal(connection, merchant.merchant_id, withdrawal_id)
    if not one.counts:
        raise WithdrawalDoubtful
    if one.closed_at is not None:
        raise WithdrawalClosed
    if one.settled_at is None:
        await _take_back(deps, merchant, one, now=now)
    async with deps.transaction() as connection:
        one = await withdrawals.find_withdrawal(connection, merchant.merchant_id, withdrawal_id, lock=True)
        done = one.settled_at is not None and not one.spent_price and one.closed_at is None
        if done and await _is_money_back(connection, one):
            await withdrawals.close_withdrawal(connection, one, by=actor, reason="", now=now)
        return await withdrawals.find_withdrawal(connection, merchant.merchant_id, withdrawal_id)


async def settle_due(deps: RefundDependencies, *, now: datetime) -> int:
    """Settle what counts and is not closed; return how many were looked at. Safe on several workers."""
    async with deps.database.connection() as connection:
        found = await withdrawals.merchants_with_open(connection, tried_before=now - AGAIN_AFTER)
    return await in_turns(found, partial(_settle_some, deps, now=now), now=now)


async def close(
    deps: UsesDatabase, merchant: Merchant, withdrawal_id: UUID, *, by: ByWhom, now: datetime
) -> Withdrawal:
    """Close a withdrawal with what became of it, in the words of `by`; audited. Nothing more is done for it by itself.

    Raises:
        WithdrawalNotFound: there is none.
        WithdrawalClosed: it is closed already.
        WithdrawalReasonMissing: no words, or too many.
    """
    reason = free_text.one_line(by.why or "")
    if not reason or len(reason) > REASON_MAX:
        raise WithdrawalReasonMissing
    async with deps.database.transaction() as connection:
        one = await withdrawals.find_withdrawal(connection, merchant.merchant_id, withdrawal_id, lock=True)
        await withdrawals.close_withdrawal(connection, one, by=by.actor, reason=reason, now=now)
        await by.record(connection, merchant.merchant_id, Audited.WITHDRAWAL_CLOSED, subject=withdrawal_id, now=now)
        return await withdrawals.find_withdrawal(connection, merchant.merchant_id, withdrawal_id)


async def _settle_some(deps: RefundDependencies, merchant_id: UUID, *, now: datetime) -> Turn:
    async with deps.database.transaction() as connection:
        merchant = await merchants.merchant_of_id(connection, merchant_id)
        mine = await withdrawals.take_some(
            connection, merchant_id, tried_before=now - AGAIN_AFTER, limit=BATCH, now=now
        )
    for one in mine:
        try:
            await settle(deps, merchant, one.withdrawal_id, actor=_ACTOR, now=now)
        except Unavailable:
            raise
        except WithdrawalClosed:
            continue
        except LargesseError as error:  # it stands on Today, and is tried again
            _log.warning("withdrawal_put_off", withdrawal_id=str(one.withdrawal_id), error_code=error.code)
    return Turn(len(mine), more=len(mine) == BATCH)


async def _take_back(deps: RefundDependencies, merchant: Merchant, one: Withdrawal, *, now: datetime) -> None:
    left = await _left(deps, one)
    if left.free:
        # Whoever comes second says the same as who came first, or the ledger takes it for another operation.
        request = Request(operation_id=_operation_id(one, one.rounds), actor=_ACTOR, memo=_MEMO)
        await refund_order(deps, merchant, left.order.order_number, request=request, now=now)
        async with deps.database.transaction() as connection:
            await withdrawals.note_round(connection, one)
        left = await _left(deps, one)
    if not left.all:
        async with deps.database.transaction() as connection:
            await withdrawals.settle_withdrawal(
                connection, one, spent_price=left.spent_price, currency=left.order.currency, now=now
            )


def _operation_id(one: Withdrawal, number: int) -> UUID:
    return derived_id("withdrawal-refund", one.merchant_id, one.withdrawal_id, str(number))


async def _left(deps: RefundDependencies, one: Withdrawal) -> _Left:
    async def work(connection: Connection) -> _Left:
        order = await orders.find_by_number(connection, one.merchant_id, one.order_number)
        if order.certificate_id is None:
            return _Left(order=order, free=0, all=0, spent_price=0)
        place = Place(merchant_id=one.merchant_id, certificate_id=order.certificate_id)
        subject = await lock_subject(deps, connection, place, of=order)
        return _Left(
            order=order,
            free=sum(sum(filling.free) for filling in subject.fillings),
            all=sum(filling.value + filling.gratuity for filling in subject.fillings),
            spent_price=await _spent_price(deps, connection, subject, order),
        )

    return await deps.retrying(work)


async def _spent_price(deps: RefundDependencies, connection: Connection, subject: Subject, order: Order) -> int:
    """Return what was paid for what was spent of an order, with its share of discount and tax."""
    history = await history_of(deps, connection, subject.standing.values())
    lots = {
        lot.lot_id for one in subject.standing.values() for lot in one.lots if lot.order_number == order.order_number
    }
    value, gratuity = (_spent(history, lots, leg) for leg in (Leg.VALUE, Leg.GRATUITY))
    price = order.amount - order.discount + order.tax
    return (value * price + order.amount // 2) // order.amount + gratuity if order.amount else gratuity


def _spent(history: Sequence[Entry], lots: set[UUID], leg: Leg) -> int:
    mine = [one for one in history if one.leg is leg and one.lot_id in lots and one.amount is not None]
    spent = sum(one.amount or 0 for one in mine if one.kind in _SPENT)
    return max(0, spent - sum(one.amount or 0 for one in mine if one.kind in _GIVEN_BACK))


async def _is_money_back(connection: Connection, one: Withdrawal) -> bool:
    """Return whether all that was owed for a withdrawal was paid back, by whichever way it goes.

    The round that is not noted yet is asked for as well: it may be booked already.
    """
    order = await orders.find_by_number(connection, one.merchant_id, one.order_number)
    if order.checkout_id is None:
        return True
    paid = await payments.payments_of_checkout(connection, one.merchant_id, order.checkout_id)
    ids = set[UUID]()
    for number in range(one.rounds + 1):
        ids |= refund_ids(one.merchant_id, _operation_id(one, number), paid)
    owed = await payments.refunds_of_ids(connection, one.merchant_id, ids)
    return all(refund.status is RefundStatus.SETTLED for refund in owed)
