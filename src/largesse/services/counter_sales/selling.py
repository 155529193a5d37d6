"""Sell at a counter: an order of its own, paid at once or waited for; one operation from beginning to end."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from largesse.db import Connection, gathering
from largesse.db.faults import key_taken
from largesse.domain import catalog, orders, payments
from largesse.domain.catalog import Choice, Design, Line, Offering, Priced
from largesse.domain.certificates import CertificateUnknown
from largesse.domain.merchants import Merchant
from largesse.domain.orders import Billing, Charge, Checkout, CheckoutStatus, DeliveryMethod, Order
from largesse.domain.payments import CounterTender, Payment, PaymentStatus
from largesse.kernel.currency import currency
from largesse.kernel.errors import FieldError
from largesse.kernel.ids import new_id
from largesse.kernel.mail import EmailInvalid, read_email
from largesse.kernel.money import Money
from largesse.ledger import Certificate, ClassOfValue, OperationConflict, Status, fingerprint
from largesse.services.cards import refuse_empty
from largesse.services.certificates import Request, Spot
from largesse.services.counter_sales.errors import SaleInvalid, SaleUnknown
from largesse.services.counter_sales.letting_off import let_off
from largesse.services.counter_sales.mailing import mailed_at
from largesse.services.counter_sales.tenders import SaleTender, refuse_tender
from largesse.services.merchants import where_of
from largesse.services.orders import Basket, GiftOrder, Placed, add_placed, as_placed, fulfil_all, reload_refusal
from largesse.services.payments import PaymentDependencies

_TEXTS: Final = {
    "to": orders.TO_MESSAGE_MAX,
    "sender": orders.FROM_MESSAGE_MAX,
    "message": orders.MESSAGE_MAX,
    "reference": 80,
}
_ENCODER: Final = msgspec.json.Encoder()
TRANSFER_GOOD_FOR: Final = timedelta(days=14)
"""How long a reload waits for its transfer: what a certificate may become is not left open for ever."""


class Sale(msgspec.Struct, frozen=True, kw_only=True):
    """What is sold: an offering by slug or id with its amount, or so much more on a certificate; in smallest units.

    `card` is what is activated or reloaded. A reload names no offering. `email` is where the certificate is mailed to,
    empty for what is printed or handed over; `buyer` is who pays where that is somebody else; `reference` that of the
    terminal's slip, or of the till's. `deliver_at` is when it is mailed, None for at once; `promo_code` lets something
    off, as in the shop.
    """

    tender: SaleTender
    offering: str | None = None
    amount: int | None = None
    gratuity: int = 0
    to: str = ""
    sender: str = ""
    message: str = ""
    email: str = ""
    buyer: Billing = orders.NO_BILLING
    design: str = ""
    deliver_at: datetime | None = None
    """When the certificate is mailed; None for at once."""
    promo_code: str = ""
    """Lets something off, as in the shop."""
    locale: str = "en"
    reference: str = ""
    card: UUID | None = None


class Sold(msgspec.Struct, frozen=True, kw_only=True):
    """A sale as it stands: its order, and the checkout that says whether it is paid."""

    order: Order
    checkout: Checkout
    replayed: bool = False

    @property
    def waits(self) -> bool:
        """Return whether its payment is waited for."""
        return self.checkout.status is CheckoutStatus.OPEN

    @property
    def total(self) -> Money:
        """Return what is paid for it."""
        return Money(self.order.total, currency(self.order.currency))


async def sell(
    deps: PaymentDependencies, merchant: Merchant, sale: Sale, *, spot: Spot, request: Request, now: datetime
) -> Sold:
    """Sell at a spot, in one transaction; asked again, it tells what became of the first.

    What is paid at once is issued with it. What is waited for is placed, and issued or reloaded when its payment
    comes: `waiting.collect` says where the buyer pays.

    Raises:
        SaleInvalid, InvalidChoice: some of it cannot stand; every field that is wrong is named.
        OfferingUnknown, SoldOut: there is none, or none left.
        TakesNoMoney, TillBooksSale, LargesseBooksSale, FiscalTillAsked: the location does not take money that way.
        LocationClosed, DeviceRevoked: nothing new happens there.
        OperationConflict: the operation id was used for something else.
        LargesseError: the ledger refuses to fill the card.
    """
    asked = fingerprint(_ENCODER.encode((sale, spot.asked, request.actor)))
    try:
        return await deps.retrying(
            lambda connection: sell_within(deps, connection, merchant, sale, asked, spot=spot, request=request, now=now)
        )
    except Exception as error:
        if not (isinstance(error, orders.OrderPlacedAlready) or key_taken(error)):
            raise
        async with deps.database.connection() as connection:
            before = await sold_before(connection, merchant, request.operation_id, asked)
            if before is None:
                raise
            return before


async def sold(deps: PaymentDependencies, merchant: Merchant, operation_id: UUID) -> Sold:
    """Return the sale of an operation as it stands.

    Raises:
        SaleUnknown: there is none.
    """
    async with deps.database.connection() as connection:
        found = await sold_before(connection, merchant, operation_id, None)
    if found is None:
        raise SaleUnknown
    return found


async def sale_of_order(connection: Connection, merchant: Merchant, order_number: str) -> Sold:
    """Return the sale that an order of a counter is, by its number.

    Raises:
        OrderNotFound: there is no such order.
        SaleUnknown: it was not sold at a counter.
    """
    order = await orders.find_by_number(connection, merchant.merchant_id, order_number)
    if order.location_id is None or order.checkout_id is None:
        raise SaleUnknown
    checkout = await orders.find_checkout(connection, merchant.merchant_id, order.checkout_id)
    return Sold(order=order, checkout=checkout)


async def sell_within(
    deps: PaymentDependencies,
    connection: Connection,
    merchant: Merchant,
    sale: Sale,
    asked: bytes,
    *,
    spot: Spot,
    request: Request,
    now: datetime,
) -> Sold:
    """Do the same in the caller's transaction; `asked` is the fingerprint of what is asked for.

    Raises:
        LargesseError: as `sell`; the transaction must not go on.
    """
    before = await sold_before(connection, merchant, request.operation_id, asked)
    if before is not None:
        return before
    if spot.refusal is not None:
        raise spot.refusal
    where = spot.where or await where_of(connection, merchant.merchant_id)
    await refuse_tender(connection, merchant, where, sale.tender, now=now)
    card = None
    if sale.card is not None:
        card = await deps.ledger.find(connection, merchant.merchant_id, sale.card)
    email = _checked(sale)
    offering = None
    if sale.offering is not None:
        offering = await catalog.find_offering(connection, merchant.merchant_id, sale.offering)
    discount = 0
    if sale.promo_code and offering is not None:
        amount = offering.price if offering.price is not None else sale.amount or 0
        line = Line(offering_id=offering.offering_id, amount=amount)
        buyer = sale.buyer.email
        discount = await let_off(connection, merchant.merchant_id, sale.promo_code, line, buyer=buyer, now=now)
    gift = _gift(merchant, sale, offering, card, email=email, discount=discount, now=now)
    gift = msgspec.structs.replace(gift, location_id=where.location_id, device_id=spot.device_id)
    basket = Basket(
        operation_id=request.operation_id,
        billing=sale.buyer if sale.buyer.email else msgspec.structs.replace(sale.buyer, email=email),
        gifts=(gift,),
        locale=sale.locale,
        gateway=await _gateway(deps, merchant, sale, now=now),
    )
    placed = as_placed(merchant, basket, now=now, request=asked)
    async with gathering(connection) as writes:
        add_placed(writes, [placed])
    if offering is not None:
        line = Line(offering_id=offering.offering_id, amount=gift.charge.amount.minor)
        key = merchant.merchant_id, placed.checkout.checkout_id
        code = sale.promo_code or None
        await catalog.reserve(connection, *key, [line], promo_code=code, buyer=basket.billing.email, now=now)
    tender = sale.tender.at_once
    if tender is None:
        if offering is not None and card is None:
            await refuse_empty(connection, merchant.merchant_id, offering.offering_id)
        if offering is None and card is not None:
            await _let_wait(connection, merchant, placed, card, sale.tender, now=now)
        return Sold(order=placed.orders[0], checkout=placed.checkout)
    payment = _payment(placed, tender, sale.reference, now=now)
    [done] = await fulfil_all(
        *(connection, deps, merchant, [payment]), actor=request.actor, entry_mode=spot.entry_mode, now=now
    )
    return Sold(order=done.orders[0], checkout=done.checkout)


async def _let_wait(
    connection: Connection, merchant: Merchant, placed: Placed, card: Certificate, tender: SaleTender, *, now: datetime
) -> None:
    """Let a reload wait for its payment, unless it could not be booked even now; a transfer has so long to come.

    Raises:
        LargesseError: the ledger would refuse the reload.
    """
    gateway = placed.checkout.gateway
    refusal = await reload_refusal(connection, merchant, placed.orders[0], card, tender=gateway, now=now)
    if refusal is not None:
        raise refusal
    if tender is SaleTender.TRANSFER:
        until = now + TRANSFER_GOOD_FOR
        await orders.put_payment_link(connection, merchant.merchant_id, placed.checkout.checkout_id, until)


async def sold_before(
    connection: Connection, merchant: Merchant, operation_id: UUID, asked: bytes | None
) -> Sold | None:
    """Return the sale of an operation, None where there is none; one that was asked for otherwise is refused.

    Raises:
        OperationConflict: it was, or was not sold at a counter.
    """
    known = await orders.find_by_operation(connection, merchant.merchant_id, [operation_id])
    order = known.get(operation_id)
    if order is None:
        return None
    if order.location_id is None or order.checkout_id is None or (asked is not None and order.fingerprint != asked):
        raise OperationConflict
    checkout = await orders.find_checkout(connection, merchant.merchant_id, order.checkout_id)
    return Sold(order=order, checkout=checkout, replayed=True)


def _checked(sale: Sale) -> str:
    """Return where the certificate is mailed to, once all that is typed can stand."""
    faults = [
        FieldError(name, "text.too_long", f"Shorten it to {most} characters.")
        for name, most in _TEXTS.items()
        if len(getattr(sale, name)) > most
    ]
    email = ""
    if sale.email:
        try:
            email = read_email(sale.email)
        except EmailInvalid:
            faults.append(FieldError("email", "email.invalid", "Type the whole e-mail address."))
    if sale.design and sale.design not in set(Design):
        faults.append(FieldError("design", "choice.design", "Choose one of the designs that are shown."))
    if sale.offering is None and sale.card is None:
        faults.append(FieldError("offering", "offering.missing", "Choose what is sold."))
    if faults:
        raise SaleInvalid(fields=faults)
    return email


def _gift(
    merchant: Merchant,
    sale: Sale,
    offering: Offering | None,
    card: Certificate | None,
    *,
    email: str,
    discount: int = 0,
    now: datetime,
) -> GiftOrder:
    if offering is None:
        return _reload(sale, card)
    if card is not None and card.status is not Status.INACTIVE:
        raise SaleInvalid(fields=[FieldError("card", "card.not_inactive", "It is active already. Reload it instead.")])
    design = Design(sale.design) if sale.design else offering.design_choices[0]
    choice = Choice(amount=sale.amount, tip=sale.gratuity, design=design)
    priced = catalog.price(offering, choice, now=now, discount=discount)
    delivery = DeliveryMethod.EMAIL if email else DeliveryMethod.PRINT
    return GiftOrder(
        charge=_charge(priced, offering.currency),
        tax=offering.tax,
        validity=offering.validity,
        description=offering.words(sale.locale).title or offering.title,
        gift_description=catalog.gift_description(offering, language=merchant.language),
        recipient_first_name=sale.to,
        recipient_email=email,
        to_message=sale.to,
        from_message=sale.sender,
        message=sale.message,
        offering_id=offering.offering_id,
        design=design,
        locale=sale.locale,
        delivery=delivery if sale.card is None else DeliveryMethod.NONE,
        deliver_at=mailed_at(sale.deliver_at if email and card is None else None, merchant, offering, now=now),
        promo_code=sale.promo_code if priced.discount else "",
        fills_id=sale.card,
    )


def _reload(sale: Sale, card: Certificate | None) -> GiftOrder:
    """Return the order of a reload, taxed as what is reloaded."""
    if card is None:
        raise CertificateUnknown
    if card.status is Status.INACTIVE:
        fault = FieldError("card", "card.inactive", "Nothing is on this card yet. Sell it: that activates it.")
        raise SaleInvalid(fields=[fault])
    if card.class_of_value is not ClassOfValue.PAID:
        fault = FieldError("card", "card.given", "Only what somebody paid for is reloaded. Sell another one instead.")
        raise SaleInvalid(fields=[fault])
    if not sale.amount or sale.amount < 0 or sale.gratuity < 0:
        fault = FieldError("amount", "amount.missing", "Type how much to add, more than zero.")
        raise SaleInvalid(fields=[fault])
    tax = card.treatment
    priced = Priced(
        amount=sale.amount,
        tip=sale.gratuity,
        discount=0,
        tax=tax.added(sale.amount),
        included_tax=tax.included(sale.amount),
    )
    return GiftOrder(
        charge=_charge(priced, card.currency),
        tax=tax,
        class_of_value=card.class_of_value,
        good_through=card.good_through,
        description="Reload",
        fills_id=card.certificate_id,
        locale=sale.locale,
    )


def _charge(priced: Priced, code: str) -> Charge:
    money = currency(code)
    return Charge(
        amount=Money(priced.amount, money),
        tip=Money(priced.tip, money),
        discount=Money(priced.discount, money),
        tax=Money(priced.tax, money),
        included_tax=Money(priced.included_tax, money),
    )


async def _gateway(deps: PaymentDependencies, merchant: Merchant, sale: Sale, *, now: datetime) -> str:
    """Return the gateway of a sale's checkout: the tender itself, staff's word, or who collects cards."""
    match sale.tender:
        case SaleTender.TRANSFER:
            return payments.MANUAL
        case SaleTender.PHONE:
            return await card_gateway(deps, merchant, now=now)
        case _:
            return sale.tender.value


async def card_gateway(deps: PaymentDependencies, merchant: Merchant, *, now: datetime) -> str:
    """Return the gateway that collects a merchant's payments by card.

    Raises:
        GatewayUnknown: the merchant has none.
    """
    offer = await deps.gateways.offer(merchant.merchant_id, now=now)
    found = next((name for name in offer.names(Money(0, merchant.money)) if name != payments.MANUAL), None)
    if found is None:
        raise payments.GatewayUnknown
    return found


def _payment(placed: Placed, tender: CounterTender, reference: str, *, now: datetime) -> Payment:
    """Return the payment at the counter. Slips of a terminal may be alike, so its name here is the sale's."""
    checkout = placed.checkout
    said = f":{reference}" if reference else ""
    return Payment(
        merchant_id=checkout.merchant_id,
        payment_id=new_id(now),
        checkout_id=checkout.checkout_id,
        gateway=tender.value,
        reference=f"{placed.orders[0].order_number}{said}",
        status=PaymentStatus.SUCCEEDED,
        currency=checkout.currency,
        amount=checkout.total,
        created_at=now,
        settled_at=now,
    )
