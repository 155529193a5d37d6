"""Place a draft: once, however often and from however many tabs it is asked for.

The draft's row is locked first. A draft that was placed and not changed since gives the same checkout; one that was
changed gives a new one, and the one before is given up, so that nobody pays for what they no longer want.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec
from msgspec.structs import replace

from largesse.db import Connection, gathering
from largesse.flows import sell
from largesse.flows.checkout.buyer import read_buyer
from largesse.flows.checkout.drafting import living
from largesse.flows.checkout.faults import Fault, FaultKind
from largesse.flows.checkout.quote import QuotedGift, promo_fault
from largesse.flows.checkout.reading import ReadDraft, read_content
from largesse.flows.house import House
from largesse.flows.sell import Basket, Gift, Placed
from largesse.kernel.clock import day_of
from largesse.kernel.ids import derived_id, new_id
from largesse.kernel.money import Money
from largesse.ledger.accounts import ClassOfValue
from largesse.ledger.commands import fingerprint
from largesse.rooms import catalog, drafts, orders
from largesse.rooms.catalog import Bonus, Line, PromoRefused, SoldOut
from largesse.rooms.drafts import BuyerText, Draft
from largesse.rooms.merchants import Merchant
from largesse.rooms.orders import Billing, Charge, CheckoutStatus, Delivery
from largesse.rooms.orders.model import FROM_MESSAGE_MAX, TO_MESSAGE_MAX

_ENCODER: Final = msgspec.json.Encoder()


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """Tell why a draft cannot be placed: `faults` of the checkout's own fields, `gifts` of each gift."""

    faults: tuple[Fault, ...] = ()
    gifts: Mapping[UUID, tuple[Fault, ...]] = msgspec.field(default_factory=dict)


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """Ask to place the draft of `token`. `total` is what the buyer saw it cost, in smallest units: never believed."""

    token: str
    buyer: BuyerText
    total: int | None
    locale: str
    gateways: tuple[str, ...]


class _Stop(Exception):
    def __init__(self, refused: Refused) -> None:
        super().__init__()
        self.refused = refused


async def place(house: House, merchant: Merchant, wish: Wish, *, now: datetime) -> Placed | Refused:
    """Place the draft as a checkout that waits for payment, or tell everything that stands against it.

    Prices, stock and promo code are looked up anew. A checkout that is paid already comes back as it is.
    """
    try:
        async with house.database.transaction() as connection:
            return await _place(connection, merchant, wish, now=now)
    except _Stop as stop:
        return stop.refused


async def _place(connection: Connection, merchant: Merchant, wish: Wish, *, now: datetime) -> Placed:
    draft = await drafts.lock_draft(connection, merchant.merchant_id, wish.token)
    if draft is None:
        raise _Stop(Refused(faults=(Fault(field="gifts", kind=FaultKind.NO_GIFTS),)))
    if draft.checkout_id is not None and (await living(connection, draft)).checkout_id is None:
        return await _as_it_stands(connection, merchant, draft.checkout_id)
    content = replace(draft.content, buyer=wish.buyer)
    read = await read_content(connection, merchant, content, draft=draft, now=now)
    billing = _checked(read, wish, merchant)
    print_of = fingerprint(_ENCODER.encode((billing, wish.buyer.gateway, _meaning(read))))
    before = await _placed_before(connection, merchant, draft)
    if before is not None and before.orders[0].fingerprint == print_of:
        return before
    if before is not None:
        await sell.give_up_checkout(connection, merchant, before.checkout.checkout_id)
    basket = _basket(draft, read, billing, wish, merchant, now=now)
    placed = sell.as_placed(merchant, basket, now=now, request=print_of)
    await _reserve(connection, placed, read, billing, now=now)
    became = placed.checkout.checkout_id
    async with gathering(connection) as writes:
        sell.add_placed(writes, [placed])
        drafts.place_draft(writes, replace(draft, content=content, touched_at=now, checkout_id=became))
    return placed


def _checked(read: ReadDraft, wish: Wish, merchant: Merchant) -> Billing:
    """Return who pays, once nothing stands against the draft."""
    region = orders.region_of_zone(merchant.time_zone)
    billing, faults = read_buyer(wish.buyer, gateways=wish.gateways, region=region)
    if not read.plans and not read.faults:
        faults += (Fault(field="gifts", kind=FaultKind.NO_GIFTS),)
    if read.promo_fault is not None:
        faults += (read.promo_fault,)
    total = read.quote.total
    if not read.faults and wish.total != total.minor:
        values = {"now": total, "before": None if wish.total is None else Money(wish.total, total.currency)}
        faults += (Fault(field="total", kind=FaultKind.PRICE_CHANGED, values=values),)
    if faults or read.faults or billing is None:
        raise _Stop(Refused(faults=faults, gifts=read.faults))
    return billing


def _meaning(read: ReadDraft) -> Sequence[object]:
    """Return what makes two placings of a draft the same: gifts and what each costs."""
    return [
        (
            plan.gift_id,
            plan.offering.offering_id,
            gift.priced,
            gift.bonus,
            [plan.design, plan.locale, plan.to, plan.sender, plan.message, plan.first_name, plan.last_name, plan.email],
            [plan.delivery, plan.deliver_at],
            read.quote.promo.promo_id if read.quote.promo else None,
        )
        for gift in read.quote.gifts
        for plan in [gift.plan]
    ]


async def _placed_before(connection: Connection, merchant: Merchant, draft: Draft) -> Placed | None:
    """Return the checkout that the draft was placed as, if it still waits for payment; it is locked then."""
    if draft.checkout_id is None:
        return None
    [checkout] = await orders.lock_checkouts(connection, merchant.merchant_id, [draft.checkout_id])
    if checkout.status is not CheckoutStatus.OPEN:
        return None
    return await _as_it_stands(connection, merchant, draft.checkout_id)


async def _as_it_stands(connection: Connection, merchant: Merchant, checkout_id: UUID) -> Placed:
    checkout = await orders.find_checkout(connection, merchant.merchant_id, checkout_id)
    placed = await orders.orders_of_checkouts(connection, merchant.merchant_id, [checkout_id])
    return Placed(checkout=checkout, orders=tuple(placed), replayed=True)


async def _reserve(connection: Connection, placed: Placed, read: ReadDraft, billing: Billing, *, now: datetime) -> None:
    """Take stock and promo code; what was still free a moment ago may be gone."""
    promo = read.quote.promo
    gifts = read.quote.gifts
    lines = [Line(offering_id=gift.plan.offering.offering_id, amount=gift.priced.amount) for gift in gifts]
    try:
        await catalog.reserve(
            connection,
            placed.checkout.merchant_id,
            placed.checkout.checkout_id,
            lines,
            promo_code=promo.code if promo else None,
            buyer=billing.email,
            now=now,
        )
    except SoldOut as refused:
        raise _Stop(Refused(faults=(Fault(field="gifts", kind=FaultKind.SOLD_OUT),))) from refused
    except PromoRefused as refused:
        assert promo is not None, "only a code can be refused as one"
        raise _Stop(Refused(faults=(promo_fault(refused, promo),))) from refused


def _basket(
    draft: Draft, read: ReadDraft, billing: Billing, wish: Wish, merchant: Merchant, *, now: datetime
) -> Basket:
    gifts = list[Gift]()
    for quoted in read.quote.gifts:
        gifts.append(_gift(quoted, read, merchant, now=now))
        if quoted.bonus is not None:
            gifts.append(_bonus(gifts[-1], quoted.bonus, billing, merchant, locale=wish.locale, now=now))
    # Ids are ordered by their millisecond: one for each keeps the gifts of a checkout in the order of the draft.
    ids = [new_id(now + timedelta(milliseconds=place)) for place in range(len(gifts))]
    known = {gift.order_id: order_id for gift, order_id in zip(gifts, ids, strict=True) if gift.order_id}
    gifts = [
        replace(gift, order_id=order_id, bonus_of=known.get(gift.bonus_of) if gift.bonus_of else None)
        for gift, order_id in zip(gifts, ids, strict=True)
    ]
    return Basket(
        operation_id=derived_id("draft", draft.draft_id, str(draft.placings)),
        billing=billing,
        gifts=tuple(gifts),
        locale=wish.locale,
        gateway=wish.buyer.gateway,
    )


def _gift(quoted: QuotedGift, read: ReadDraft, merchant: Merchant, *, now: datetime) -> Gift:
    plan, priced, money = quoted.plan, quoted.priced, read.quote.currency
    validity = plan.offering.validity
    return Gift(
        order_id=new_id(now),
        charge=Charge(
            amount=Money(priced.amount, money),
            tip=Money(priced.tip, money),
            discount=Money(priced.discount, money),
            tax=Money(priced.tax, money),
        ),
        good_through=catalog.good_through(validity, issued_on=day_of(now, in_zone=merchant.zone)),
        description=plan.offering.words(plan.locale).title or plan.offering.title,
        recipient_first_name=plan.first_name,
        recipient_last_name=plan.last_name,
        recipient_email=plan.email,
        to_message=plan.to,
        from_message=plan.sender,
        message=plan.message,
        offering_id=plan.offering.offering_id,
        design=plan.design,
        locale=plan.locale,
        delivery=plan.delivery,
        deliver_at=plan.deliver_at,
        promo_code=read.quote.promo.code if read.quote.promo and priced.discount else "",
    )


def _bonus(gift: Gift, bonus: Bonus, billing: Billing, merchant: Merchant, *, locale: str, now: datetime) -> Gift:
    """Return what the merchant adds: a promotional certificate for the buyer, let off whole."""
    money = gift.charge.amount.currency
    nothing, amount = Money(0, money), Money(bonus.amount, money)
    return Gift(
        charge=Charge(amount=amount, tip=nothing, discount=amount, tax=nothing),
        class_of_value=ClassOfValue.PROMOTIONAL,
        good_through=catalog.good_through(bonus.validity, issued_on=day_of(now, in_zone=merchant.zone)),
        description=gift.description,
        recipient_first_name=billing.first_name,
        recipient_last_name=billing.last_name,
        recipient_email=billing.email,
        to_message=billing.first_name[:TO_MESSAGE_MAX],
        from_message=merchant.name[:FROM_MESSAGE_MAX],
        offering_id=gift.offering_id,
        design=gift.design,
        locale=locale,
        delivery=Delivery.EMAIL,
        bonus_of=gift.order_id,
    )
