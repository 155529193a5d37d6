"""Take a certificate back: void it, or refund what was not spent of it to the purchaser."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec
import structlog

from largesse import outbox
from largesse.db import Connection, gathering
from largesse.domain import orders, partners, payments
from largesse.domain.gifts import Purpose
from largesse.domain.orders import Order, OrderStatus
from largesse.domain.payments import Payment, PaymentStatus
from largesse.kernel.currency import currency
from largesse.kernel.errors import Conflict, LargesseError
from largesse.kernel.ids import derived_id
from largesse.kernel.money import Money
from largesse.ledger.accounts import Account, Pot
from largesse.ledger.commands import Adjust, Refund, Void, fingerprint
from largesse.ledger.errors import CertificateNotFound
from largesse.ledger.model import Certificate, Entry, Kind, Outcome
from largesse.services.certificates import Place, Request, said_of
from largesse.services.gifts import newest
from largesse.services.refunds import paying_back, withdrawal
from largesse.services.refunds.dependencies import RefundDependencies

_log = structlog.get_logger()


class MergedValue(Conflict):
    """What a certificate holds was paid for in more than one way."""

    code = "certificate.merged"
    message = (
        "Value of another certificate was merged into this one, so it cannot be told who paid what for the rest. "
        "Transfer that value back first, to a certificate of its own order, and take each back by itself."
    )


class NotOwed(Conflict):
    """A partner owes less for a certificate than is to be refunded."""

    code = "refund.not_owed"
    message = "The partner owes less than that for this certificate: the rest was added by a correction. Refund less."


async def void(deps: RefundDependencies, place: Place, *, request: Request, now: datetime) -> Outcome:
    """End a certificate. A partner's credit is given back as far as the certificate was not spent.

    What a partner does not owe, because a correction added it, goes back to where corrections come from.

    Raises:
        MergedValue: a partner's certificate holds value of another, maybe of another partner.
        LargesseError: the ledger refuses it: it has ended already, or part of it is held.
    """

    async def work(connection: Connection) -> Outcome:
        return await _void(deps, connection, place, request=request, now=now)

    return await deps.retrying(work)


async def _void(
    deps: RefundDependencies, connection: Connection, place: Place, *, request: Request, now: datetime
) -> Outcome:
    standing = await _standing(deps, connection, place)
    order = await orders.find_by_optional_number(connection, standing.merchant_id, standing.order_number)
    await _lock_agreement(connection, order)
    before = await _locked(deps, connection, place)
    on_account = before.funding is Account.PARTNER_RECEIVABLE
    history = await _history(deps, connection, place) if on_account else []
    excess = before.balance + before.gratuity_balance - _owed(history) if on_account else 0
    if excess > 0 and not before.held and not before.gratuity_held:
        await _posted(deps, connection, _less(before, excess, place, request), now)
    outcome = await _posted(deps, connection, Void(**said_of(place, request)), now)
    if outcome.replayed:
        return outcome
    if on_account:
        _refuse_merged(history)
    await _give_credit_back(connection, before, order, outcome.value + outcome.gratuity)
    if order is not None and order.status is OrderStatus.ISSUED:
        await orders.take_back(connection, orders.taken_back(order, refunded=False))
        await withdrawal.tell_of_gift(connection, order, Purpose.VOIDED, now=now)
    return outcome


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

    Of the order's discount and tax, the same share goes back as of its amount, so that a gift refunded in parts comes
    out at the same total as one refunded at once. The order counts as refunded when nothing is left; then what came
    with it as a present of the merchant's is voided, too. Where the order was paid for here, the money is owed back by
    the way it came. All of that is one transaction.

    Raises:
        PaymentDisputed: the buyer's bank wants the money back, and would pay it a second time.
        MergedValue: part of it was merged in from another certificate, and who paid for that is another story.
        NotOwed: a partner owes less than what is named; None takes no more than that.
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
    standing = await _standing(deps, connection, place)
    order = await orders.find_by_optional_number(connection, standing.merchant_id, standing.order_number)
    await _lock_agreement(connection, order)
    paid = await _lock_payments(connection, order)
    presents = await _presents_of(deps, connection, order)
    before = await _locked(deps, connection, place, *presents)
    history = await _history(deps, connection, place)
    _refuse_merged(history)
    value, gratuity = _parts(before, wanted, history)
    discount, tax = shares_of_refund(order, value, refunded=_refunded(history))
    # What was asked for is the same at every repetition; what is left, and the shares, are not.
    asked = ("refund", str(place.certificate_id), wanted, request.actor, request.memo)
    command = Refund(
        **said_of(place, request),
        fingerprint=fingerprint(msgspec.json.encode(asked)),
        value=value,
        gratuity=gratuity,
        discount=discount,
        tax=tax,
    )
    outcome = await _posted(deps, connection, command, now)
    if outcome.replayed:
        return outcome
    # Only now, so that a repetition got its first answer, whatever is owed since.
    if before.funding is Account.PARTNER_RECEIVABLE and outcome.value + outcome.gratuity > _owed(history):
        raise NotOwed
    await _give_credit_back(connection, before, order, outcome.value + outcome.gratuity - discount)
    owed: list[payments.Refund] = []
    if before.funding is Account.GATEWAY_CLEARING:
        owed = await paying_back.owe(
            connection,
            paid,
            certificate_id=place.certificate_id,
            operation_id=request.operation_id,
            amount=outcome.value + outcome.gratuity - discount + tax,
            now=now,
        )
    if order is not None:
        if await _tell(connection, order, command, outcome, now):
            await _take_presents_back(deps, connection, order, presents, request=request, now=now)
        back = Money(sum(one.amount for one in owed), currency(before.currency)) if owed else None
        await withdrawal.tell_of_gift(connection, order, Purpose.REFUNDED, back=back, now=now)
    return outcome


def _parts(before: Certificate, wanted: tuple[int | None, int | None], history: Sequence[Entry]) -> tuple[int, int]:
    """Return the value and gratuity to refund: None is all that is left, but of a partner's no more than it owes."""
    value = before.available if wanted[0] is None else wanted[0]
    gratuity = before.gratuity_available if wanted[1] is None else wanted[1]
    if before.funding is Account.PARTNER_RECEIVABLE:
        owed = _owed(history)
        if wanted[0] is None:
            value = min(value, owed)
        if wanted[1] is None:
            gratuity = min(gratuity, max(owed - value, 0))
    return value, gratuity


def _less(before: Certificate, excess: int, place: Place, request: Request) -> Adjust:
    """Return the correction that takes `excess` off a certificate, of its value first."""
    value = min(excess, before.balance)
    return Adjust(
        merchant_id=place.merchant_id,
        certificate_id=place.certificate_id,
        operation_id=derived_id("not-owed", request.operation_id),
        actor=request.actor,
        memo="Added by a correction, so the partner does not owe it.",
        value=-value,
        gratuity=value - excess,
    )


async def _tell(connection: Connection, order: Order, command: Refund, outcome: Outcome, now: datetime) -> bool:
    """Mark the order when nothing is left of it, and tell who listens; return whether it was marked."""
    ended = order.status is OrderStatus.ISSUED and not outcome.balance and not outcome.gratuity_balance
    if ended:
        await orders.take_back(connection, orders.taken_back(order, refunded=True))
    event = orders.order_refunded_event(
        order,
        certificate_id=outcome.certificate_id,
        operation_id=outcome.operation_id,
        amount=outcome.value,
        tip=outcome.gratuity,
        discount=command.discount,
        tax=command.tax,
        now=now,
    )
    await outbox.publish(connection, [event])
    return ended


async def _presents_of(deps: RefundDependencies, connection: Connection, order: Order | None) -> Mapping[UUID, Order]:
    """Return the promotional certificates that came with an order and may still stand, each with its own order."""
    if order is None or order.checkout_id is None:
        return {}
    return {
        await newest(connection, deps, one.merchant_id, one.certificate_id): one
        for one in await orders.orders_of_checkouts(connection, order.merchant_id, [order.checkout_id])
        if one.bonus_of == order.order_id and one.certificate_id is not None and one.status is OrderStatus.ISSUED
    }


async def _take_presents_back(
    deps: RefundDependencies,
    connection: Connection,
    order: Order,
    presents: Mapping[UUID, Order],
    *,
    request: Request,
    now: datetime,
) -> None:
    """Void what came with an order; what has ended, or is held, stays as it is."""
    for certificate_id, one in presents.items():
        command = Void(
            merchant_id=one.merchant_id,
            certificate_id=certificate_id,
            operation_id=derived_id("present", request.operation_id, one.order_id),
            actor=request.actor,
            memo=f"It came with order {order.order_number}, which was refunded.",
        )
        try:
            await _posted(deps, connection, command, now)
        except Conflict as error:
            _log.warning("present_kept", order_number=one.order_number, error_code=error.code)
            continue
        await orders.take_back(connection, orders.taken_back(one, refunded=False))


async def _posted(
    deps: RefundDependencies, connection: Connection, command: Void | Refund | Adjust, now: datetime
) -> Outcome:
    [outcome] = await deps.ledger.post(connection, [command], now=now)
    if isinstance(outcome, LargesseError):
        raise outcome
    return outcome


async def _standing(deps: RefundDependencies, connection: Connection, place: Place) -> Certificate:
    certificate = await deps.ledger.find(connection, place.merchant_id, place.certificate_id)
    if certificate is None:
        raise CertificateNotFound
    return certificate


async def _locked(deps: RefundDependencies, connection: Connection, place: Place, *besides: UUID) -> Certificate:
    """Return a certificate as it stands, kept to this transaction, so that what is worked out from it holds.

    What will be changed `besides` is locked with it, in the one order in which certificates are.
    """
    locked = await deps.ledger.lock(connection, place.merchant_id, [place.certificate_id, *besides])
    return locked[place.certificate_id]


async def _lock_agreement(connection: Connection, order: Order | None) -> None:
    """Keep the partner's agreement to this transaction before any certificate, in the order in which orders do."""
    if order is not None and order.partner_id is not None:
        await partners.lock_agreements(connection, [(order.merchant_id, order.partner_id)])


async def _lock_payments(connection: Connection, order: Order | None) -> list[Payment]:
    """Keep what paid for an order to this transaction, before its certificate.

    Raises:
        PaymentDisputed: the buyer's bank wants it back.
    """
    if order is None or order.checkout_id is None:
        return []
    paid = await payments.lock_payments_of_checkout(connection, order.merchant_id, order.checkout_id)
    if any(one.status is PaymentStatus.DISPUTED and not one.surplus for one in paid):
        raise payments.PaymentDisputed
    return paid


async def _give_credit_back(connection: Connection, certificate: Certificate, order: Order | None, amount: int) -> None:
    """Lower what a partner's order has used of its credit; never below zero: a part may be settled already."""
    if certificate.funding is not Account.PARTNER_RECEIVABLE or order is None or order.partner_id is None:
        return
    ref = (order.merchant_id, order.partner_id)
    agreement = (await partners.lock_agreements(connection, [ref])).get(ref)
    terms = agreement.terms.get(certificate.currency) if agreement else None
    if terms is not None:
        freed = min(amount, terms.credit_used)
        async with gathering(connection) as writes:
            partners.use_credit(writes, {(*ref, certificate.currency): -freed})


async def _history(deps: RefundDependencies, connection: Connection, place: Place) -> list[Entry]:
    """Return the journal of a certificate, and of those before it that it was reissued from: one order's story."""
    history = await deps.ledger.statement(connection, place.merchant_id, place.certificate_id)
    while (first := history[0]).kind is Kind.TRANSFER and first.refers_to is not None:
        history = [*await deps.ledger.statement(connection, place.merchant_id, first.refers_to), *history]
    return history


def _refuse_merged(history: list[Entry]) -> None:
    """Refuse to go on where value came in from a certificate that this one does not replace.

    Raises:
        MergedValue: it did.
    """
    opened: dict[UUID, UUID] = {}
    for entry in history:
        first = opened.setdefault(entry.certificate_id, entry.operation_id)
        came_in = entry.kind is Kind.TRANSFER and entry.credit is Account.CERTIFICATES_OUTSTANDING
        if came_in and entry.operation_id != first:
            raise MergedValue


def _owed(history: Sequence[Entry]) -> int:
    """Return what a partner owes for a certificate, by its journal."""
    return sum(
        ((entry.debit is Account.PARTNER_RECEIVABLE) - (entry.credit is Account.PARTNER_RECEIVABLE))
        * (entry.amount or 0)
        for entry in history
    )


def _refunded(history: list[Entry]) -> int:
    """Return how much value went back to the purchaser before."""
    return sum(entry.amount or 0 for entry in history if entry.kind is Kind.REFUND and entry.pot is Pot.VALUE)


def shares_of_refund(order: Order | None, value: int, *, refunded: int) -> tuple[int, int]:
    """Return the discount and tax that go back with `value`, when `refunded` of the order went back before."""
    if order is None:
        return 0, 0
    before, after = min(refunded, order.amount), min(refunded + max(value, 0), order.amount)
    return (
        _share(order, order.discount, after) - _share(order, order.discount, before),
        _share(order, order.tax, after) - _share(order, order.tax, before),
    )


def _share(order: Order, whole: int, part: int) -> int:
    """Return what `part` of the order's amount is of `whole`, half-up."""
    return (2 * whole * part + order.amount) // (2 * order.amount)
