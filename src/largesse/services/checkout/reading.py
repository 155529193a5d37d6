"""Read a draft against the catalogue as it is now: the gifts that can be bought, and what is wrong with the others."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from msgspec.structs import replace

from largesse.db import Connection
from largesse.domain import catalog, drafts, orders
from largesse.domain.catalog import Offering, PromoCode, PromoUnknown
from largesse.domain.drafts import Content, Draft
from largesse.domain.merchants import Merchant
from largesse.domain.orders import CheckoutStatus
from largesse.services.checkout.faults import Fault, FaultKind
from largesse.services.checkout.plan import GiftPlan, Rules, read_gift
from largesse.services.checkout.quote import Quote, quote
from largesse.ui import LANGUAGES


class ReadDraft(msgspec.Struct, frozen=True, kw_only=True):
    """A draft as it can be bought now: the gifts without faults, the faults of the others by gift, and the sum.

    `promo_fault` tells why the typed promo code does not hold.
    """

    plans: tuple[GiftPlan, ...]
    faults: Mapping[UUID, tuple[Fault, ...]]
    offerings: Mapping[UUID, Offering]
    quote: Quote
    promo_fault: Fault | None = None


def rules_of(merchant: Merchant, *, now: datetime) -> Rules:
    """Return what gifts of a merchant are read against."""
    return Rules(zone=merchant.zone, now=now, languages=LANGUAGES)


async def read_draft(
    connection: Connection, merchant: Merchant, content: Content, *, token: str | None = None, now: datetime
) -> ReadDraft:
    """Return what content is worth at `now`, with a few queries however many gifts there are.

    What the draft of `token` holds already, because it was placed and waits for payment, does not count against it.
    """
    draft = await drafts.find_draft(connection, merchant.merchant_id, token) if token else None
    return await read_content(connection, merchant, content, draft=draft, now=now)


async def read_content(
    connection: Connection, merchant: Merchant, content: Content, *, draft: Draft | None, now: datetime
) -> ReadDraft:
    """Return the same for a caller who has the draft at hand."""
    ids = [gift.offering_id for gift in content.gifts]
    held = await _held(connection, draft) if draft else {}
    sells = bool(ids) and merchant.closed_at is None
    known = await catalog.offerings_of(connection, merchant.merchant_id, ids) if sells else {}
    offerings = {one: replace(it, taken=it.taken - held.get(one, 0)) for one, it in known.items()}
    if not content.buyer.promo:
        return read_against(content, offerings, merchant, now=now)
    try:
        promo = await catalog.find_promo(connection, merchant.merchant_id, content.buyer.promo)
    except PromoUnknown:
        read = read_against(content, offerings, merchant, now=now)
        unknown = Fault(field="promo", kind=FaultKind.PROMO_UNKNOWN)
        return replace(read, promo_fault=unknown) if read.plans else read
    promo = replace(promo, uses=promo.uses - held.get(promo.promo_id, 0))
    return read_against(content, offerings, merchant, promo=promo, now=now)


def read_against(
    content: Content,
    offerings: Mapping[UUID, Offering],
    merchant: Merchant,
    *,
    promo: PromoCode | None = None,
    now: datetime,
) -> ReadDraft:
    """Return what content is worth beside the offerings that its gifts are of, and with a promo code. Pure."""
    plans, faults = _plans(content, offerings, merchant, now=now)
    sums, fault = quote(plans, currency=merchant.money, promo=promo if plans else None, now=now)
    return ReadDraft(plans=tuple(plans), faults=faults, offerings=offerings, quote=sums, promo_fault=fault)


async def _held(connection: Connection, draft: Draft) -> Mapping[UUID, int]:
    if draft.checkout_id is None:
        return {}
    checkout = await orders.find_checkout(connection, draft.merchant_id, draft.checkout_id)
    if checkout.status is not CheckoutStatus.OPEN:
        return {}
    return await catalog.held_by(connection, draft.merchant_id, checkout.checkout_id)


def _plans(
    content: Content, offerings: Mapping[UUID, Offering], merchant: Merchant, *, now: datetime
) -> tuple[Sequence[GiftPlan], Mapping[UUID, tuple[Fault, ...]]]:
    rules = rules_of(merchant, now=now)
    plans, faults, left = list[GiftPlan](), dict[UUID, tuple[Fault, ...]](), dict[UUID, int | None]()
    for gift in content.gifts:
        offering = offerings.get(gift.offering_id)
        if offering is None:
            faults[gift.gift_id] = (Fault(field="offering", kind=FaultKind.NOT_ON_SALE),)
            continue
        plan, wrong = read_gift(gift.text, offering, gift_id=gift.gift_id, rules=rules)
        stock = left.setdefault(gift.offering_id, offering.stock_left)
        if plan is not None and stock is not None:
            left[gift.offering_id] = stock - 1
            if stock < 1:
                values = {"left": offering.stock_left}
                plan, wrong = None, (Fault(field="offering", kind=FaultKind.FEW_LEFT, values=values),)
        if plan is None:
            faults[gift.gift_id] = wrong
        else:
            plans.append(plan)
    return plans, faults
