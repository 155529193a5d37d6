"""What a draft becomes when it is placed: checked, told apart from what it was before, and made a basket. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import Enum
from typing import Final
from uuid import UUID

import msgspec
from msgspec.structs import replace

from largesse.domain import drafts
from largesse.domain.catalog import Bonus, Offering, bonus_description, gift_description
from largesse.domain.drafts import BuyerText, Draft
from largesse.domain.merchants import Merchant
from largesse.domain.orders import FROM_MESSAGE_MAX, TO_MESSAGE_MAX, Billing, Charge, DeliveryMethod
from largesse.kernel import free_text
from largesse.kernel.campaigns import NO_CAMPAIGN, Campaign
from largesse.kernel.ids import derived_id, new_id
from largesse.kernel.money import Money
from largesse.kernel.zones import region_of_zone
from largesse.ledger import ClassOfValue, fingerprint
from largesse.services.checkout.buyer import AskedDetails, read_buyer
from largesse.services.checkout.faults import Fault, FaultKind
from largesse.services.checkout.quote import QuotedGift
from largesse.services.checkout.reading import ReadDraft
from largesse.services.orders import Basket, GiftOrder

_ENCODER: Final = msgspec.json.Encoder()


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """Why a draft cannot be placed: `faults` of the checkout's own fields, `gifts` of each gift."""

    faults: tuple[Fault, ...] = ()
    gifts: Mapping[UUID, tuple[Fault, ...]] = msgspec.field(default_factory=dict)


class PlaceCheckout(msgspec.Struct, frozen=True, kw_only=True):
    """Ask to place the draft of `token`. `total` is what the buyer saw it cost, in smallest units: never believed.

    `by_hand_until` is when an order that is to be paid by hand is given up.
    """

    token: str
    buyer: BuyerText
    total: int | None
    locale: str
    gateways: tuple[str, ...]
    by_hand_until: datetime | None = None
    too_small_for: Mapping[str, Money] = msgspec.field(default_factory=dict)
    campaign: Campaign = NO_CAMPAIGN


class Alone(Enum):
    """Why a draft is not placed with others of a batch."""

    ALONE = "alone"
    """It takes what there is only so much of, was placed before, or is held by somebody: it may have to wait."""


ALONE: Final = Alone.ALONE


def checked(read: ReadDraft, command: PlaceCheckout, merchant: Merchant) -> Billing | Refused:
    """Return who pays; where something stands against the draft, all of it."""
    region = region_of_zone(merchant.time_zone)
    asked = AskedDetails(phone=merchant.ask_phone, address=merchant.ask_address)
    billing, faults = read_buyer(
        command.buyer, gateways=command.gateways, too_small_for=command.too_small_for, region=region, asked=asked
    )
    if not read.plans and not read.faults:
        faults += (Fault(field="gifts", kind=FaultKind.NO_GIFTS),)
    if read.promo_fault is not None:
        faults += (read.promo_fault,)
    total = read.quote.total
    if not read.faults and command.total != total.minor:
        values = {"now": total, "before": None if command.total is None else Money(command.total, total.currency)}
        faults += (Fault(field="total", kind=FaultKind.PRICE_CHANGED, values=values),)
    if faults or read.faults or billing is None:
        return Refused(faults=faults, gifts=read.faults)
    return billing


def basket_of(
    draft: Draft, read: ReadDraft, billing: Billing, command: PlaceCheckout, merchant: Merchant, *, now: datetime
) -> Basket:
    """Return the gifts of a draft, each followed by the bonus it brings, to be paid for together."""
    gifts = list[GiftOrder]()
    for quoted in read.quote.gifts:
        gifts.append(_gift(quoted, read, merchant, now=now))
        if quoted.bonus is not None:
            offering = quoted.plan.offering
            gifts.append(_bonus(gifts[-1], quoted.bonus, offering, billing, merchant, locale=command.locale))
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
        locale=command.locale,
        gateway=command.buyer.gateway,
        campaign=command.campaign,
    )


def _gift(quoted: QuotedGift, read: ReadDraft, merchant: Merchant, *, now: datetime) -> GiftOrder:
    plan, priced, money = quoted.plan, quoted.priced, read.quote.currency
    return GiftOrder(
        order_id=new_id(now),
        charge=Charge(
            amount=Money(priced.amount, money),
            tip=Money(priced.tip, money),
            discount=Money(priced.discount, money),
            tax=Money(priced.tax, money),
            included_tax=Money(priced.included_tax, money),
        ),
        tax=plan.offering.tax,
        validity=plan.offering.validity,
        description=plan.offering.words(plan.locale).title or plan.offering.title,
        gift_description=gift_description(plan.offering, language=merchant.language),
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


def _bonus(
    gift: GiftOrder, bonus: Bonus, offering: Offering, billing: Billing, merchant: Merchant, *, locale: str
) -> GiftOrder:
    """Return what the merchant adds: a promotional certificate for the buyer, let off whole."""
    money = gift.charge.amount.currency
    nothing, amount = Money(0, money), Money(bonus.amount, money)
    return GiftOrder(
        charge=Charge(amount=amount, tip=nothing, discount=amount, tax=nothing, included_tax=nothing),
        class_of_value=ClassOfValue.PROMOTIONAL,
        validity=bonus.validity,
        description=gift.description,
        gift_description=bonus_description(offering, language=merchant.language),
        recipient_first_name=billing.first_name,
        recipient_last_name=billing.last_name,
        recipient_email=billing.email,
        to_message=free_text.shortened(billing.first_name, TO_MESSAGE_MAX),
        from_message=free_text.shortened(merchant.name, FROM_MESSAGE_MAX),
        offering_id=gift.offering_id,
        design=gift.design,
        locale=locale,
        delivery=DeliveryMethod.EMAIL,
        bonus_of=gift.order_id,
    )


def print_of(read: ReadDraft, billing: Billing, command: PlaceCheckout) -> bytes:
    """Return a fingerprint of what is placed: who pays, in which way, for which gifts, and what each costs."""
    return fingerprint(_ENCODER.encode((billing, command.buyer.gateway, _meaning(read))))


def _meaning(read: ReadDraft) -> Sequence[object]:
    return [
        (
            plan.gift_id,
            plan.offering.offering_id,
            gift.priced,
            gift.bonus,
            [plan.design, plan.locale, plan.to, plan.sender, plan.message, plan.first_name, plan.last_name, plan.email],
            [plan.delivery, plan.deliver_at, plan.offering.validity],
            read.quote.promo.promo_id if read.quote.promo else None,
        )
        for gift in read.quote.gifts
        for plan in [gift.plan]
    ]


class CheckoutRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One buyer's command on its way into a batch."""

    merchant: Merchant
    command: PlaceCheckout
    now: datetime

    @property
    def draft(self) -> tuple[UUID, bytes]:
        """Return the key of the draft that is to be placed."""
        return self.merchant.merchant_id, drafts.digest_of(self.command.token)
