"""Place orders to be paid for: a checkout with its gifts, which issue nothing yet."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

import msgspec

from largesse.db import Connection, Writes, gathering
from largesse.db.faults import key_taken
from largesse.domain import catalog, orders
from largesse.domain.merchants import Merchant
from largesse.domain.orders import (
    Billing,
    Channel,
    Charge,
    Checkout,
    CheckoutStatus,
    DeliveryMethod,
    Order,
    OrderStatus,
)
from largesse.kernel.campaigns import NO_CAMPAIGN, Campaign
from largesse.kernel.clock import day_of
from largesse.kernel.ids import derived_id, new_id
from largesse.kernel.tax import UNTAXED, TaxTreatment
from largesse.kernel.validity import FOREVER, Validity, last_day
from largesse.ledger import ClassOfValue, OperationConflict, fingerprint
from largesse.services.orders.dependencies import OrderDependencies

GIFTS_MAX = 50
_ENCODER = msgspec.json.Encoder()


class GiftOrder(msgspec.Struct, frozen=True, kw_only=True):
    """Ask for one gift. `order_number` and `placed_at` are given only where the order was made elsewhere.

    `order_id` is given where something else refers to the order, such as its bonus by `bonus_of`. `validity` is counted
    from the day of issue; `good_through` is a last day that stands by itself, without one. `tax` is what the charge's
    tax was computed by. What is sold at a counter names its location, perhaps a device of it, and the certificate that
    it fills where that stands already.
    """

    charge: Charge
    tax: TaxTreatment = UNTAXED
    class_of_value: ClassOfValue = ClassOfValue.PAID
    good_through: date | None = None
    validity: Validity = FOREVER
    description: str = ""
    gift_description: str = ""
    recipient_first_name: str = ""
    recipient_last_name: str = ""
    recipient_email: str = ""
    to_message: str = ""
    from_message: str = ""
    message: str = ""
    order_number: str | None = None
    placed_at: datetime | None = None
    order_id: UUID | None = None
    offering_id: UUID | None = None
    design: str = ""
    locale: str = "en"
    delivery: DeliveryMethod = DeliveryMethod.NONE
    deliver_at: datetime | None = None
    promo_code: str = ""
    bonus_of: UUID | None = None
    location_id: UUID | None = None
    device_id: UUID | None = None
    fills_id: UUID | None = None


class Basket(msgspec.Struct, frozen=True, kw_only=True):
    """Ask for gifts that are paid for together. `operation_id` makes asking twice place once.

    `locale` is what the buyer reads, `gateway` the way to pay that was chosen, `campaign` what led to it.
    """

    operation_id: UUID
    billing: Billing = orders.NO_BILLING
    gifts: tuple[GiftOrder, ...]
    locale: str = "en"
    gateway: str = ""
    campaign: Campaign = NO_CAMPAIGN


class Placed(msgspec.Struct, frozen=True, kw_only=True):
    """A checkout with its orders. `replayed`: it had been placed before, and nothing was done now."""

    checkout: Checkout
    orders: tuple[Order, ...]
    replayed: bool = False


async def place(deps: OrderDependencies, merchant: Merchant, basket: Basket, *, now: datetime) -> Placed:
    """Write down a checkout and its orders, and wait for payment.

    Raises:
        ChargeInvalid: a gift's amounts do not make a charge.
        CurrencyMismatch: the gifts are in different currencies.
        OperationConflict: the operation id was used for another basket.
        OrderNumberTaken: a number is in use; with numbers of ours, place it again.
    """
    asked = as_placed(merchant, basket, now=now)
    try:
        async with deps.database.transaction() as connection, gathering(connection) as writes:
            add_placed(writes, [asked])
    except Exception as error:
        if not (isinstance(error, orders.OrderPlacedAlready | orders.OrderNumberTaken) or key_taken(error)):
            raise
        # Which key was taken is not always said, or of which table: what stands tells.
        async with deps.database.connection() as connection:
            if not await orders.find_by_operation(
                connection, merchant.merchant_id, [order.operation_id for order in asked.orders]
            ):
                raise orders.OrderNumberTaken from error
            return await _placed_before(connection, asked)
    return asked


async def give_up(deps: OrderDependencies, merchant: Merchant, order_number: str) -> Placed:
    """Cancel an order that waits for payment, and with it the whole checkout: one payment pays for all of it or none.

    Raises:
        OrderNotFound: there is no such order.
        OrderNotPlaced: it does not wait for payment (any more).
    """
    async with deps.database.transaction() as connection:
        order = await orders.find_by_number(connection, merchant.merchant_id, order_number)
        if order.checkout_id is None:
            raise orders.OrderNotPlaced
        return await give_up_checkout(connection, merchant, order.checkout_id)


async def give_up_checkout(connection: Connection, merchant: Merchant, checkout_id: UUID) -> Placed:
    """Close a checkout that waits for payment, in the caller's transaction.

    Its orders are cancelled, and the stock and the promo code that it took are free again.

    Raises:
        CheckoutNotFound: there is no such checkout.
        OrderNotPlaced: it does not wait for payment (any more).
    """
    [checkout] = await orders.lock_checkouts(connection, merchant.merchant_id, [checkout_id])
    if checkout.status is not CheckoutStatus.OPEN:
        raise orders.OrderNotPlaced
    placed = await orders.orders_of_checkouts(connection, merchant.merchant_id, [checkout_id])
    cancelled = tuple(orders.cancelled(one) for one in placed)
    await orders.settle_orders(connection, cancelled)
    await orders.settle_checkouts(connection, merchant.merchant_id, [checkout_id], status=CheckoutStatus.EXPIRED)
    await catalog.release(connection, merchant.merchant_id, checkout_id)
    return Placed(checkout=msgspec.structs.replace(checkout, status=CheckoutStatus.EXPIRED), orders=cancelled)


def add_placed(writes: Writes, placed: Sequence[Placed]) -> None:
    """Add checkouts and their orders to `writes`, whose sending raises as that of `domain.orders.insert_orders`."""
    orders.insert_checkouts(writes, [one.checkout for one in placed])
    orders.insert_orders(writes, [order for one in placed for order in one.orders])


def as_placed(merchant: Merchant, basket: Basket, *, now: datetime, request: bytes = b"") -> Placed:
    """Return what a basket becomes, not yet written. Pure, but for fresh ids and numbers.

    `request` is the fingerprint of what was asked, where the caller has a better one than that of the basket.

    Raises:
        ChargeInvalid: a gift's amounts do not make a charge, or the basket is empty or too large.
        CurrencyMismatch: the gifts are in different currencies.
    """
    if not 1 <= len(basket.gifts) <= GIFTS_MAX:
        raise orders.ChargeInvalid(f"Put 1 to {GIFTS_MAX} gifts into one checkout.")
    charges = [orders.checked(gift.charge) for gift in basket.gifts]
    total = charges[0].total
    for charge in charges[1:]:
        total += charge.total
    checkout = Checkout(
        merchant_id=merchant.merchant_id,
        checkout_id=new_id(now),
        status=CheckoutStatus.OPEN,
        currency=total.currency.code,
        total=total.minor,
        billing=basket.billing,
        created_at=now,
        locale=basket.locale,
        gateway=basket.gateway,
        utm_source=basket.campaign.utm_source,
        utm_medium=basket.campaign.utm_medium,
        utm_campaign=basket.campaign.utm_campaign,
    )
    print_of = request or fingerprint(_ENCODER.encode((basket.billing, basket.gifts, basket.gateway)))
    # The orders of a checkout are listed by their ids, and ids of one millisecond are in no order of their own.
    ids = sorted(new_id(now) for _ in basket.gifts)
    placed = tuple(
        _order(
            merchant,
            checkout,
            msgspec.structs.replace(gift, order_id=gift.order_id or ids[place]),
            operation_id=_operation(basket, place),
            fingerprint=print_of,
            now=now,
        )
        for place, gift in enumerate(basket.gifts)
    )
    return Placed(checkout=checkout, orders=placed)


def _operation(basket: Basket, place: int) -> UUID:
    return basket.operation_id if place == 0 else derived_id(basket.operation_id, str(place))


def _order(
    merchant: Merchant, checkout: Checkout, gift: GiftOrder, *, operation_id: UUID, fingerprint: bytes, now: datetime
) -> Order:
    charge = gift.charge
    return Order(
        merchant_id=merchant.merchant_id,
        order_id=gift.order_id or new_id(now),
        order_number=gift.order_number or orders.new_order_number(merchant.prefix),
        channel=Channel.RETAIL if gift.location_id is None else Channel.COUNTER,
        status=OrderStatus.PLACED,
        checkout_id=checkout.checkout_id,
        operation_id=operation_id,
        fingerprint=fingerprint,
        currency=charge.amount.currency.code,
        amount=charge.amount.minor,
        tip=charge.tip.minor,
        discount=charge.discount.minor,
        tax=charge.tax.minor,
        total=charge.total.minor,
        tax_kind=gift.tax.kind,
        tax_country=gift.tax.country,
        tax_rate=gift.tax.rate or None,
        included_tax=charge.included_tax.minor,
        class_of_value=_class_of(gift),
        good_through=gift.good_through or last_day(gift.validity, issued_on=day_of(now, in_zone=merchant.zone)),
        validity_months=gift.validity.months,
        validity_days=gift.validity.days,
        description=gift.description,
        gift_description=gift.gift_description,
        recipient_first_name=gift.recipient_first_name,
        recipient_last_name=gift.recipient_last_name,
        recipient_email=gift.recipient_email,
        to_message=gift.to_message,
        from_message=gift.from_message,
        message=gift.message,
        placed_at=gift.placed_at or now,
        offering_id=gift.offering_id,
        design=gift.design,
        locale=gift.locale,
        delivery=gift.delivery,
        deliver_at=gift.deliver_at,
        promo_code=gift.promo_code,
        bonus_of=gift.bonus_of,
        location_id=gift.location_id,
        device_id=gift.device_id,
        fills_id=gift.fills_id,
    )


def _class_of(gift: GiftOrder) -> ClassOfValue:
    """Return the class of what is ordered: what costs nothing is given away, whoever let it off.

    Where a gratuity is paid for, somebody paid, and the value stays with it on one certificate.
    """
    charge = gift.charge
    return ClassOfValue.PROMOTIONAL if charge.total.minor == 0 and not charge.tip.minor else gift.class_of_value


async def _placed_before(connection: Connection, asked: Placed) -> Placed:
    operations = [order.operation_id for order in asked.orders]
    known = await orders.find_by_operation(connection, asked.checkout.merchant_id, operations)
    first = known.get(operations[0])
    if first is None or first.checkout_id is None or first.fingerprint != asked.orders[0].fingerprint:
        raise OperationConflict
    checkout = await orders.find_checkout(connection, asked.checkout.merchant_id, first.checkout_id)
    return Placed(checkout=checkout, orders=tuple(known[operation] for operation in operations), replayed=True)
