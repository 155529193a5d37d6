"""Refund what was not spent of a certificate to its purchaser."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from largesse.db import Connection
from largesse.domain import payments
from largesse.domain.gifts import Purpose
from largesse.domain.payments import Payment, PaymentStatus
from largesse.kernel.currency import currency
from largesse.kernel.errors import LargesseError
from largesse.kernel.money import Money
from largesse.ledger import Account, Certificate, Entry, Outcome, Refund, RefundExceeded, fingerprint, refundable_parts
from largesse.services.certificates import Place, Request, said_of
from largesse.services.refunds import outside, paying_back, withdrawal
from largesse.services.refunds.aftermath import give_credit_back, take_presents_back, tell_refund
from largesse.services.refunds.dependencies import RefundDependencies
from largesse.services.refunds.locking import lock_subject
from largesse.services.refunds.statement import (
    history_of,
    owed_by_partner,
    refuse_merged,
)


async def refund(
    deps: RefundDependencies,
    place: Place,
    *,
    value: int | None = None,
    gratuity: int | None = None,
    request: Request,
    now: datetime,
) -> Outcome:
    """Owe unspent value and gratuity back to the purchaser; None takes all that is left and not held.

    With it goes its share of discount and tax, so that a gift refunded in parts comes out at the same total as one
    refunded at once. The order counts as refunded when nothing is left; then what came
    with it as a present of the merchant's is voided, too. Where the order was paid for here, the money is owed back by
    the way it came. All of that is one transaction. Asked again, it tells its first outcome, whatever has come since.

    Raises:
        PaymentDisputed: the buyer's bank wants the money back, and would pay it a second time.
        ReturnUnsettled: money went back at the gateway, and nobody has said what for: it might go back twice.
        MergedValue: part of it was merged in from another certificate, and who paid for that is another story.
        RefundExceeded: less of what is left was paid for; None takes no more than that.
        LargesseError: the ledger refuses it.
    """

    async def work(connection: Connection) -> Outcome:
        return await _refund(deps, connection, place, (value, gratuity), request=request, now=now)

    return await deps.retrying(work)


async def _refund(
    deps: RefundDependencies,
    connection: Connection,
    place: Place,
    wanted: tuple[int | None, int | None],
    *,
    request: Request,
    now: datetime,
) -> Outcome:
    subject = await lock_subject(deps, connection, place)
    before, order = subject.certificate, subject.order
    # What was asked for is the same at every repetition; what is left, the shares, and what stands in the way, are not.
    said = ("refund", str(place.certificate_id), wanted, request.actor, request.memo)
    asked = fingerprint(msgspec.json.encode(said))
    done = await deps.ledger.replayed(connection, place.merchant_id, request.operation_id, fingerprint=asked)
    if done is not None:
        return done
    _refuse_disputed(subject.paid)
    await outside.refuse_unsettled(deps, connection, subject.paid)
    history = await history_of(deps, connection, place)
    refuse_merged(history)
    value, gratuity = _parts(before, wanted, history)
    command = Refund(
        **said_of(place, request),
        fingerprint=asked,
        value=value,
        gratuity=gratuity,
    )
    [outcome] = await deps.ledger.post(connection, [command], now=now)
    if isinstance(outcome, LargesseError):
        raise outcome
    if before.funding is Account.PARTNER_RECEIVABLE and outcome.value + outcome.gratuity > owed_by_partner(history):
        raise RefundExceeded  # a certificate of before lots may hold a correction that the partner does not owe
    money = outcome.value + outcome.gratuity - outcome.discount
    await give_credit_back(connection, before, order, money)
    owed: list[payments.PaymentRefund] = []
    if before.funding is Account.GATEWAY_CLEARING:
        owed = await paying_back.owe(
            connection,
            subject.paid,
            certificate_id=place.certificate_id,
            operation_id=request.operation_id,
            amount=money + outcome.added_tax,
            now=now,
        )
    if order is not None:
        ended = not outcome.balance and not outcome.gratuity_balance
        if await tell_refund(connection, order, outcome, ended=ended, now=now):
            await take_presents_back(deps, connection, order, subject.presents, request=request, now=now)
        back = Money(sum(one.amount for one in owed), currency(before.currency)) if owed else None
        await withdrawal.tell_of_gift(connection, order, Purpose.REFUNDED, back=back, now=now)
    return outcome


def _parts(before: Certificate, wanted: tuple[int | None, int | None], history: Sequence[Entry]) -> tuple[int, int]:
    """Return the value and gratuity to refund: None is all that is left, but of a partner's no more than it owes."""
    most = refundable_parts(before)
    value = most[0] if wanted[0] is None else wanted[0]
    gratuity = most[1] if wanted[1] is None else wanted[1]
    if before.funding is Account.PARTNER_RECEIVABLE:
        owed = owed_by_partner(history)
        if wanted[0] is None:
            value = min(value, owed)
        if wanted[1] is None:
            gratuity = min(gratuity, max(owed - value, 0))
    return value, gratuity


def _refuse_disputed(paid: Sequence[Payment]) -> None:
    """Refuse to pay back what the buyer's bank wants back.

    Raises:
        PaymentDisputed: it does.
    """
    if any(one.status is PaymentStatus.DISPUTED and not one.surplus for one in paid):
        raise payments.PaymentDisputed
