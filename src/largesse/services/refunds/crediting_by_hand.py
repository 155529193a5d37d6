"""Give back as credit what was taken off a certificate that no gateway was paid for: staff are shown the new number.

What a gateway took is given back by its order (`crediting`), for a dispute of the payment must find the credit. What
was paid over a counter, by transfer, or in the books of before has no such payment, and often no buyer with an address.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from msgspec.structs import replace

from largesse import outbox
from largesse.db import Connection, gathering
from largesse.domain import certificates, payments
from largesse.domain.merchants import Merchant
from largesse.domain.payments import MANUAL, CreditRefused
from largesse.kernel.currency import currency
from largesse.kernel.errors import LargesseError
from largesse.kernel.ids import derived_id
from largesse.kernel.money import Money
from largesse.kernel.numbers import make_number
from largesse.kernel.where import Where
from largesse.ledger import REFUNDABLE, Account, ClassOfValue, Issue, Lot, LotNotFound, Outcome, Refund, fingerprint
from largesse.services.certificates import Place, Request, Spot, said_of, take_presents_back
from largesse.services.merchants import where_of
from largesse.services.refunds import outside
from largesse.services.refunds.aftermath import tell_refunds
from largesse.services.refunds.crediting import treatment_of_credit
from largesse.services.refunds.dependencies import RefundDependencies
from largesse.services.refunds.fillings import Filling
from largesse.services.refunds.locking import Subject, lock_subject


class CertificateCredit(msgspec.Struct, frozen=True, kw_only=True):
    """What was taken back, and the certificate of credit that was given for it, with its number."""

    outcome: Outcome
    certificate_id: UUID
    number: str
    money: Money

    def __repr__(self) -> str:
        """Leave the number out: it is a bearer secret."""
        return f"CertificateCredit(certificate_id={self.certificate_id})"


async def credit_certificate(
    deps: RefundDependencies,
    merchant: Merchant,
    place: Place,
    *,
    value: int | None = None,
    gratuity: int | None = None,
    lot_id: UUID | None = None,
    request: Request,
    now: datetime,
) -> CertificateCredit:
    """Take unspent value of a certificate back, as `refund` does, and give what was paid for it as credit at once.

    Safe to repeat: the second time tells of the same certificate, with the same number.

    Raises:
        CreditRefused: nobody paid for it, a partner owes for it, or a gateway was paid: give it by the order.
        LotNotFound: the certificate has no such lot, or none of its own order.
        LargesseError: the ledger refuses it.
    """
    what = ("credit-by-hand", str(place.certificate_id), value, gratuity, lot_id, request.actor, request.memo)
    asked = fingerprint(msgspec.json.encode(what))

    async def work(connection: Connection) -> CertificateCredit:
        subject = await lock_subject(deps, connection, place, lot_id=lot_id)
        done = await deps.ledger.replayed(connection, place.merchant_id, request.operation_id, fingerprint=asked)
        if done is not None:
            return await _given(connection, deps, done, request)
        lots = [lot for lot in subject.certificate.lots if lot.lot_id in subject.lot_ids]
        _refuse_uncreditable(subject, lots)
        here = Filling(certificate=subject.certificate, lots=tuple(lots))
        most, tips = here.free
        where = await _where_of(connection, place.merchant_id, lots)
        command = Refund(
            **said_of(place, request, Spot(where=where)),
            fingerprint=asked,
            value=most if value is None else value,
            gratuity=tips if gratuity is None else gratuity,
            lot_ids=here.lot_ids,
            to=Account.REFUNDS,
        )
        [taken] = await outside.post_all(deps, connection, [command], now=now)
        await _give(deps, connection, merchant, subject, taken, where=where, request=request, now=now)
        await _tell(deps, connection, subject, taken, request=request, now=now)
        return await _given(connection, deps, taken, request)

    return await deps.retrying(work)


def _refuse_uncreditable(subject: Subject, lots: Sequence[Lot]) -> None:
    """Refuse credit for what nobody paid, a partner owes, or a gateway took.

    Raises:
        LotNotFound: there are no such lots.
        CreditRefused: it is one of these.
    """
    if not lots:
        raise LotNotFound
    sources = {lot.source for lot in lots if lot.source in REFUNDABLE}
    payment = outside.bought_with(subject.paid)
    by_gateway = Account.GATEWAY_CLEARING in sources and payment is not None and payment.gateway != MANUAL
    if not sources or by_gateway or Account.PARTNER_RECEIVABLE in sources:
        raise CreditRefused


async def _where_of(connection: Connection, merchant_id: UUID, lots: Sequence[Lot]) -> Where | None:
    """Return where what is given back stands in the books: its legal entity owes the credit, too."""
    found = next((lot.location_id for lot in lots if lot.location_id is not None), None)
    return None if found is None else await where_of(connection, merchant_id, found, closed_too=True)


async def _give(
    deps: RefundDependencies,
    connection: Connection,
    merchant: Merchant,
    subject: Subject,
    taken: Outcome,
    *,
    where: Where | None,
    request: Request,
    now: datetime,
) -> None:
    """Issue the credit and seal its number; the caller's transaction has posted the refund."""
    money = _money_of(taken)
    if money.minor <= 0:
        raise CreditRefused
    certificate_id = _id_of(merchant.merchant_id, request)
    place = Place(merchant_id=merchant.merchant_id, certificate_id=certificate_id)
    issuing = replace(request, operation_id=derived_id("credit", request.operation_id))
    command = Issue(
        **said_of(place, issuing, Spot(where=where)),
        currency=taken.currency,
        class_of_value=ClassOfValue.CREDIT,
        funding=Account.REFUNDS,
        value=money.minor,
        treatment=await treatment_of_credit(connection, merchant.merchant_id, subject.certificate.treatment),
        good_through=None,
        expires_at=None,
    )
    [outcome] = await deps.ledger.post(connection, [command], now=now)
    if isinstance(outcome, LargesseError):
        raise outcome
    row = certificates.seal_number(deps.keyring, merchant.merchant_id, certificate_id, make_number(merchant.prefix))
    async with gathering(connection) as writes:
        certificates.insert_numbers(writes, [row])
    event = payments.credited_event(
        merchant.merchant_id,
        certificate_id,
        given_for=taken.certificate_id,
        operation_id=request.operation_id,
        order_number=subject.order.order_number if subject.order is not None else None,
        payment_id=None,
        money=money,
        now=now,
    )
    await outbox.publish(connection, [event])


async def _tell(
    deps: RefundDependencies,
    connection: Connection,
    subject: Subject,
    taken: Outcome,
    *,
    request: Request,
    now: datetime,
) -> None:
    """Mark the order that was taken back, if it was one, and take back what came with it."""
    order = subject.order
    if order is None:
        return
    left = sum(one.value + one.gratuity for one in subject.fillings)
    whole = await tell_refunds(connection, order, [taken], ended=left == taken.value + taken.gratuity, now=now)
    await take_presents_back(
        deps,
        connection,
        order,
        subject.presents,
        subject.standing.values(),
        gone=None if whole else taken.value,
        memo=f"It came with order {order.order_number}, which was refunded.",
        request=request,
        now=now,
    )


async def _given(
    connection: Connection, deps: RefundDependencies, taken: Outcome, request: Request
) -> CertificateCredit:
    certificate_id = _id_of(taken.merchant_id, request)
    numbers = await certificates.open_numbers(connection, deps.keyring, taken.merchant_id, [certificate_id])
    return CertificateCredit(
        outcome=taken, certificate_id=certificate_id, number=numbers[certificate_id], money=_money_of(taken)
    )


def _money_of(taken: Outcome) -> Money:
    """Return what was paid for what was taken."""
    return Money(taken.value + taken.gratuity - taken.discount + taken.added_tax, currency(taken.currency))


def _id_of(merchant_id: UUID, request: Request) -> UUID:
    return derived_id("credit-certificate", merchant_id, request.operation_id)
