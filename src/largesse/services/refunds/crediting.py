"""Give back as credit what was taken back of an order: a certificate of its own, instead of money.

It is funded from `refunds`, which the refund has just credited, so nothing stays owed. All that goes back becomes
value, with the gratuity and the tax that was added: what the buyer gets is what the buyer paid.
"""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from largesse import outbox
from largesse.db import Connection, gathering
from largesse.domain import certificates, locations, orders, payments
from largesse.domain.gifts import Purpose
from largesse.domain.merchants import Merchant
from largesse.domain.orders import Order
from largesse.domain.payments import CreditRefused, CreditUnreachable, Payment, RefundCredit
from largesse.kernel.currency import currency
from largesse.kernel.errors import LargesseError
from largesse.kernel.ids import derived_id
from largesse.kernel.money import Money
from largesse.kernel.numbers import make_number
from largesse.kernel.tax import UNTAXED, TaxKind, TaxTreatment
from largesse.ledger import Account, ClassOfValue, Issue
from largesse.services.certificates import Request
from largesse.services.gifts import mail_to_buyer, post
from largesse.services.refunds import outside
from largesse.services.refunds.dependencies import RefundDependencies
from largesse.services.refunds.locking import Subject


def payment_to_credit(subject: Subject, sources: Collection[Account]) -> Payment:
    """Return the payment that bought an order of which credit can be given.

    Raises:
        CreditRefused: no buyer has paid for what would be taken back.
    """
    payment = outside.bought_with(subject.paid)
    if subject.order is None or payment is None or set(sources) != {Account.GATEWAY_CLEARING}:
        raise CreditRefused
    return payment


async def give_credit(
    deps: RefundDependencies,
    connection: Connection,
    merchant: Merchant,
    bought: tuple[Order, Payment],
    *,
    amount: int,
    request: Request,
    now: datetime,
) -> RefundCredit:
    """Issue what goes back of an order as a certificate of class credit, and queue the mail that tells its number.

    The caller's transaction has posted the refund.

    Raises:
        CreditRefused: nothing was paid for what is taken back.
        CreditUnreachable: the buyer has no mail address.
    """
    order, payment = bought
    if amount <= 0 or order.checkout_id is None:
        raise CreditRefused
    checkout = await orders.find_checkout(connection, order.merchant_id, order.checkout_id)
    if not checkout.billing.email:
        raise CreditUnreachable
    certificate_id = derived_id("credit-certificate", order.merchant_id, request.operation_id)
    command = Issue(
        merchant_id=order.merchant_id,
        certificate_id=certificate_id,
        operation_id=derived_id("credit", request.operation_id),
        actor=request.actor,
        memo=request.memo,
        currency=order.currency,
        class_of_value=ClassOfValue.CREDIT,
        funding=Account.REFUNDS,
        value=amount,
        treatment=await treatment_of_credit(connection, order.merchant_id, order.tax_treatment),
        good_through=None,
        expires_at=None,
    )
    [outcome] = await deps.ledger.post(connection, [command], now=now)
    if isinstance(outcome, LargesseError):
        raise outcome
    row = certificates.seal_number(deps.keyring, order.merchant_id, certificate_id, make_number(merchant.prefix))
    async with gathering(connection) as writes:
        certificates.insert_numbers(writes, [row])
    issued = await deps.ledger.find(connection, order.merchant_id, certificate_id)
    assert issued is not None, "it was issued by this transaction"
    back = Money(amount, currency(order.currency))
    mail = mail_to_buyer(checkout, Purpose.CREDITED, order_id=order.order_id, back=back, now=now)
    credit = RefundCredit(
        merchant_id=order.merchant_id,
        operation_id=request.operation_id,
        payment_id=payment.payment_id,
        order_id=order.order_id,
        certificate_id=certificate_id,
        lot_id=issued.lots[0].lot_id,
        mail_id=mail.mail_id,
        currency=order.currency,
        amount=amount,
        created_at=now,
    )
    await payments.insert_credit(connection, credit)
    event = payments.credited_event(
        order.merchant_id,
        certificate_id,
        given_for=order.certificate_id or certificate_id,
        operation_id=request.operation_id,
        order_number=order.order_number,
        payment_id=payment.payment_id,
        money=back,
        now=now,
    )
    await outbox.publish(connection, [event])
    await outbox.open_mail_endpoint(connection, merchant.merchant_id, now=now)
    await post(connection, [mail])
    return credit


async def treatment_of_credit(connection: Connection, merchant_id: UUID, before: TaxTreatment) -> TaxTreatment:
    """Return how credit is taxed: when it is used, since the tax of what it is given for went back with it."""
    if before.kind is TaxKind.NONE:
        return UNTAXED
    seller = await locations.default_entity(connection, merchant_id)
    return TaxTreatment(TaxKind.MULTI_PURPOSE, country=seller.country or before.country)
