"""Move what is left of a certificate to another offering: it is given back, and the other one is sold for it.

Lots are facts of what was sold, and how it is taxed; so what is moved is given back at the price that was paid, and
the other offering is an order of its own, paid by that. What is missing is a reload of the new certificate, paid like
any other; what is more stays where it is. A dispute of what was paid first finds the new certificate.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec
from msgspec.structs import replace

from largesse.db import Connection, gathering
from largesse.domain import catalog, payments
from largesse.domain.catalog import Choice, Design, Line, Offering
from largesse.domain.merchants import Merchant
from largesse.domain.orders import Billing, Charge, DeliveryMethod, Order
from largesse.domain.payments import MANUAL, MOVED, CounterTender, Payment, PaymentStatus, RefundCredit
from largesse.kernel.currency import currency
from largesse.kernel.errors import Conflict, FieldError
from largesse.kernel.ids import derived_id, new_id
from largesse.kernel.money import Money
from largesse.ledger import (
    REFUNDABLE,
    Account,
    CertificateEmpty,
    ClassOfValue,
    Lot,
    Refund,
    covered_by,
    fingerprint,
    owed_for,
    paid_from,
    unspendable,
)
from largesse.services import refunds
from largesse.services.certificates import Place, Request, Spot, said_of
from largesse.services.counter_sales.dependencies import CounterSaleDependencies
from largesse.services.counter_sales.errors import SaleInvalid
from largesse.services.counter_sales.selling import Sale, Sold, sell_within, sold_before
from largesse.services.counter_sales.tenders import SaleTender
from largesse.services.merchants import where_of
from largesse.services.orders import Basket, GiftOrder, add_placed, as_placed, fulfil_all
from largesse.services.refunds import Subject, lock_subject

_MEMO: Final = "It was moved to order {number}."


class MoveRefused(Conflict):
    """What is on a certificate was given away, is a partner's, or was paid by others than its buyer."""

    code = "certificate.move.refused"
    message = "Only what its own buyer has paid for moves to another offering. What was given or reloaded stays."


class MoveWanted(msgspec.Struct, frozen=True, kw_only=True):
    """What a certificate is moved to: an offering by slug or id, with its amount where that is free, in smallest units.

    `tender` is how what is missing is paid, `reference` that of the slip or bill; `email` is where the new certificate
    is mailed to, empty for what is printed.
    """

    offering: str
    amount: int | None = None
    tender: SaleTender | None = None
    reference: str = ""
    email: str = ""
    buyer: str = ""


class MoveQuote(msgspec.Struct, frozen=True, kw_only=True):
    """What a move comes to: the price, what is taken for it, what is missing, and (at face) what stays behind."""

    price: Money
    taken: Money
    missing: Money
    stays: Money


class MovedTo(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a move: the order of the new certificate, and the reload of what was missing, if anything was."""

    order: Order
    missing: Sold | None = None
    replayed: bool = False


class _Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What is taken of a certificate, what it pays of the offering, and what is reloaded beside that."""

    subject: Subject
    offering: Offering
    wanted: MoveWanted

    value: int
    gratuity: int
    lot_ids: tuple[UUID, ...]
    charge: Charge
    rest: int
    """The value that is still to be reloaded."""
    quote: MoveQuote


async def quote_move(
    deps: CounterSaleDependencies, merchant: Merchant, place: Place, wanted: MoveWanted, *, now: datetime
) -> MoveQuote:
    """Return what a move would come to; nothing is changed.

    Raises:
        LargesseError: as `move_to_offering`, of what can be told before.
    """
    async with deps.transaction() as connection:
        subject = await lock_subject(deps, connection, place)
        offering = await catalog.find_offering(connection, merchant.merchant_id, wanted.offering)
        return _plan(subject, offering, wanted, now=now).quote


async def move_to_offering(
    deps: CounterSaleDependencies,
    merchant: Merchant,
    place: Place,
    wanted: MoveWanted,
    *,
    spot: Spot,
    request: Request,
    now: datetime,
) -> MovedTo:
    """Move what is left of a certificate to another offering, in one transaction; asked again, it tells the same.

    Raises:
        OfferingUnknown, InvalidChoice, SoldOut, SaleInvalid: it cannot be sold so, or what is missing not be paid so.
        MoveRefused, CertificateEmpty: there is nothing to move.
        LocationClosed, DeviceRevoked, OperationConflict: as `sell`.
        LargesseError: the certificate cannot be taken from, or the ledger refuses.
    """
    asked = fingerprint(
        msgspec.json.encode(("move-to-offering", place.certificate_id, wanted, *spot.asked, request.actor))
    )

    async def work(connection: Connection) -> MovedTo:
        if (before := await _before(connection, merchant, request.operation_id, asked)) is not None:
            return before
        if spot.refusal is not None:
            raise spot.refusal
        subject = await lock_subject(deps, connection, place)
        if (before := await _before(connection, merchant, request.operation_id, asked)) is not None:
            return before  # of two that ask at once, the second has waited for the first
        offering = await catalog.find_offering(connection, merchant.merchant_id, wanted.offering)
        plan = _plan(subject, offering, wanted, now=now)
        if plan.rest and wanted.tender is None:
            raise SaleInvalid(fields=[FieldError("tender", "tender.missing", "Choose how what is missing is paid.")])
        order = await _sell_anew(deps, connection, merchant, plan, asked=asked, spot=spot, request=request, now=now)
        rest = None
        if plan.rest and wanted.tender is not None:
            sale = Sale(
                tender=wanted.tender,
                amount=plan.rest,
                card=order.certificate_id,
                reference=wanted.reference,
                buyer=Billing(email=wanted.buyer),
                locale=order.locale,
            )
            more = replace(request, operation_id=_rest_of(request.operation_id))
            rest = await sell_within(deps, connection, merchant, sale, asked, spot=spot, request=more, now=now)
        return MovedTo(order=order, missing=rest)

    return await deps.retrying(work)


async def moved_before(deps: CounterSaleDependencies, merchant: Merchant, operation_id: UUID) -> MovedTo | None:
    """Return what an operation has moved, for a form that is sent twice; None where it has not."""
    async with deps.database.connection() as connection:
        return await _before(connection, merchant, operation_id, None)


async def _before(
    connection: Connection, merchant: Merchant, operation_id: UUID, asked: bytes | None
) -> MovedTo | None:
    before = await sold_before(connection, merchant, operation_id, asked)
    if before is None:
        return None
    rest = await sold_before(connection, merchant, _rest_of(operation_id), None)
    return MovedTo(order=before.order, missing=rest, replayed=True)


def _rest_of(operation_id: UUID) -> UUID:
    """Return the operation that reloads what was missing."""
    return derived_id("move-rest", operation_id)


def _plan(subject: Subject, offering: Offering, wanted: MoveWanted, *, now: datetime) -> _Plan:
    """Return what a move takes, sells and leaves to be paid. Pure.

    Raises:
        LargesseError: as `quote_move`.
    """
    one = subject.certificate
    lots = _lots(subject, now=now)
    if offering.currency != one.currency:
        fault = FieldError("offering", "offering.currency", "It is sold in another currency.")
        raise SaleInvalid(fields=[fault])
    money = currency(one.currency)
    design = offering.design_choices[0]
    priced = catalog.price(offering, Choice(amount=wanted.amount, tip=0, design=design), now=now)
    lot_ids = tuple(lot.lot_id for lot in lots)
    value, gratuity = covered_by(one, min(priced.total, paid_from(one, lot_ids=lot_ids)), lot_ids)
    taken = owed_for(one, value, gratuity, lot_ids)
    if taken <= 0:
        raise CertificateEmpty
    tax = offering.tax
    added = priced.tax if taken >= priced.total else priced.tax * taken // priced.total
    face = taken - added
    rest = priced.amount - face
    missing = rest + tax.added(rest) if rest else 0
    charge = Charge(
        amount=Money(face, money),
        tip=Money(0, money),
        discount=Money(0, money),
        tax=Money(added, money),
        included_tax=Money(tax.included(face), money),
    )
    stays = one.balance - value + one.gratuity_balance - gratuity
    quote = MoveQuote(
        price=Money(taken + missing, money),
        taken=Money(taken, money),
        missing=Money(missing, money),
        stays=Money(stays, money),
    )
    return _Plan(
        subject=subject,
        offering=offering,
        wanted=wanted,
        value=value,
        gratuity=gratuity,
        lot_ids=lot_ids,
        charge=charge,
        rest=rest,
        quote=quote,
    )


def _lots(subject: Subject, *, now: datetime) -> list[Lot]:
    """Return the lots that move: what is left of what the certificate's own order paid for.

    Raises:
        MoveRefused: nobody paid for it, or a partner owes it.
        LargesseError: it is blocked, has expired or has ended.
        CertificateEmpty: nothing is left.
    """
    one = subject.certificate
    refusal = unspendable(one, now)
    if refusal is not None:
        raise refusal
    left = [lot for lot in one.lots if not lot.is_empty]
    if not left:
        raise CertificateEmpty
    mine = [lot for lot in left if lot.lot_id in subject.lot_ids and lot.source in REFUNDABLE]
    owed_by_partner = any(lot.source is Account.PARTNER_RECEIVABLE for lot in mine)
    if one.class_of_value is not ClassOfValue.PAID or not mine or owed_by_partner:
        raise MoveRefused
    return mine


async def _sell_anew(
    deps: CounterSaleDependencies,
    connection: Connection,
    merchant: Merchant,
    plan: _Plan,
    *,
    asked: bytes,
    spot: Spot,
    request: Request,
    now: datetime,
) -> Order:
    """Give back what moves, and sell the offering for it; return its order, issued."""
    subject, offering, wanted = plan.subject, plan.offering, plan.wanted
    merchant_id = merchant.merchant_id
    place = Place(merchant_id=merchant_id, certificate_id=subject.certificate.certificate_id)
    refunds.refuse_disputed(subject.paid)
    await refunds.refuse_unsettled(deps, connection, subject.paid)
    there = await _where(deps, connection, plan, spot)
    basket = Basket(
        operation_id=request.operation_id,
        billing=Billing(email=wanted.buyer),
        gifts=(_gift(merchant, plan, there),),
        locale=subject.order.locale if subject.order is not None else catalog.language_of(merchant.language),
        gateway=MOVED,
    )
    placed = as_placed(merchant, basket, now=now, request=asked)
    async with gathering(connection) as writes:
        add_placed(writes, [placed])
    checkout = placed.checkout
    line = Line(offering_id=offering.offering_id, amount=plan.charge.amount.minor)
    await catalog.reserve(connection, merchant_id, checkout.checkout_id, [line], buyer=wanted.buyer, now=now)
    number = placed.orders[0].order_number
    take = Refund(
        **said_of(place, replace(request, memo=request.memo or _MEMO.format(number=number)), there),
        fingerprint=asked,
        value=plan.value,
        gratuity=plan.gratuity,
        lot_ids=plan.lot_ids,
        to=Account.REFUNDS,
    )
    [taken] = await refunds.post_all(deps, connection, [take], now=now)
    payment = Payment(
        merchant_id=merchant_id,
        payment_id=new_id(now),
        checkout_id=checkout.checkout_id,
        gateway=MOVED,
        reference=number,
        status=PaymentStatus.SUCCEEDED,
        currency=checkout.currency,
        amount=checkout.total,
        created_at=now,
        settled_at=now,
    )
    [done] = await fulfil_all(connection, deps, merchant, [payment], actor=request.actor, now=now)
    order = done.orders[0]
    if subject.order is not None:
        left = sum(one.value + one.gratuity for one in subject.fillings)
        ended = left == taken.value + taken.gratuity
        await refunds.tell_refunds(connection, subject.order, [taken], ended=ended, now=now)
        await _remember_payment(deps, connection, plan, order, request=request, now=now)
    return order


async def _where(deps: CounterSaleDependencies, connection: Connection, plan: _Plan, spot: Spot) -> Spot:
    """Return where it is sold: at the spot, or where the first was, if that is of another legal entity."""
    one = plan.subject.certificate
    first, merchant_id = next(lot for lot in one.lots if lot.lot_id in plan.lot_ids), one.merchant_id
    here = spot.where or await where_of(connection, merchant_id)
    if first.location_id is None or first.legal_entity_id in {None, here.legal_entity_id}:
        return replace(spot, where=here)
    return replace(spot, where=await deps.locator.last_known(merchant_id, first.location_id), device_id=None)


async def _remember_payment(
    deps: CounterSaleDependencies,
    connection: Connection,
    plan: _Plan,
    order: Order,
    *,
    request: Request,
    now: datetime,
) -> None:
    """Write down which payment at a gateway the new certificate stands for, so that a dispute of it finds it."""
    subject = plan.subject
    if subject.order is None:
        return
    before = await payments.credits_of_lots(connection, order.merchant_id, plan.lot_ids)
    payment = refunds.bought_with(subject.paid)
    by_gateway = payment is not None and payment.gateway not in {MANUAL, MOVED, *CounterTender}
    payment_id = before[0].payment_id if before else payment.payment_id if payment and by_gateway else None
    if payment_id is None:
        return
    assert order.certificate_id is not None
    issued = await deps.ledger.find(connection, order.merchant_id, order.certificate_id)
    assert issued is not None, "it was issued by this transaction"
    credit = RefundCredit(
        merchant_id=order.merchant_id,
        operation_id=request.operation_id,
        payment_id=payment_id,
        order_id=subject.order.order_id,
        certificate_id=issued.certificate_id,
        lot_id=issued.lots[0].lot_id,
        mail_id=derived_id("move-mail", order.order_id),  # no mail tells of it: the order's own does
        currency=order.currency,
        amount=plan.quote.taken.minor,
        created_at=now,
    )
    await payments.insert_credit(connection, credit)


def _gift(merchant: Merchant, plan: _Plan, there: Spot) -> GiftOrder:
    """Return the order of the offering, for and from whom the first one was. Pure."""
    before, offering, wanted = plan.subject.order, plan.offering, plan.wanted
    locale = before.locale if before is not None else catalog.language_of(merchant.language)
    kept = before is not None and before.design in {one.value for one in offering.design_choices}
    assert there.where is not None
    return GiftOrder(
        charge=plan.charge,
        tax=offering.tax,
        validity=offering.validity,
        description=offering.words(locale).title or offering.title,
        gift_description=catalog.gift_description(offering, language=merchant.language),
        recipient_first_name=before.recipient_first_name if before is not None else "",
        recipient_last_name=before.recipient_last_name if before is not None else "",
        recipient_email=wanted.email,
        to_message=before.to_message if before is not None else "",
        from_message=before.from_message if before is not None else "",
        message=before.message if before is not None else "",
        offering_id=offering.offering_id,
        design=Design(before.design) if kept and before is not None else offering.design_choices[0],
        locale=locale,
        delivery=DeliveryMethod.EMAIL if wanted.email else DeliveryMethod.PRINT,
        location_id=there.where.location_id,
        device_id=there.device_id,
    )
