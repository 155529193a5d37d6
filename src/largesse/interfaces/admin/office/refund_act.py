"""Refund an order: what was spent is shown, what may go back is proposed, and by which way."""

from collections.abc import Sequence
from typing import Final

from litestar.handlers import HTTPRouteHandler

from largesse.domain.approvals import FrozenAct, LimitedAct
from largesse.domain.orders import OrderNotIssued, OrderStatus
from largesse.domain.payments import Payment, PaymentStatus
from largesse.domain.staff import Act, Audited
from largesse.interfaces.admin.front import StaffFront
from largesse.interfaces.admin.office.acts import ActInput, ActPlan, ActSubject, Setting, act_routes
from largesse.interfaces.admin.office.order_acts import (
    CancelAct,
    CorrectAct,
    MarkPaidAct,
    OrderAct,
    SendAgainAct,
    find_order,
    story_in,
)
from largesse.interfaces.admin.office.order_page import HERE, PATH, order_page_routes
from largesse.services.certificates import Place
from largesse.services.office import OrderStory, RefundPreview, preview_refund
from largesse.ui import Voice

_CREDIT: Final = "credit"


class RefundAct(OrderAct):
    """Take back what was not spent, and pay it back or give it as credit."""

    name = "refund"
    act = Act.REFUND
    audited: Audited | None = Audited.ORDER_REFUNDED
    danger = True

    def offered(self, story: OrderStory) -> bool:
        """Return whether it may be done: a certificate of it stands."""
        return story.order.status is OrderStatus.ISSUED and story.order.certificate_id is not None

    def title(self, voice: Voice) -> str:
        """Return what it is called."""
        return voice.t("Refund it")

    def done(self, voice: Voice) -> str:
        """Return what is said when it is done."""
        return voice.t("It is taken back. What was refunded cannot be fetched again: it would be sold anew.")

    def inputs(self, setting: Setting, subject: ActSubject) -> Sequence[ActInput]:
        """Return what it asks for: how much, and as what."""
        voice, code = setting.voice, story_in(subject).order.currency
        hint = voice.t("Leave it empty for all that was not spent.")
        ways = (
            ("money", voice.t("money, by the way it came")),
            (_CREDIT, voice.t("a certificate of credit, mailed to the buyer")),
        )
        asked = (
            ActInput(name="value", label=voice.t("Value"), kind="money", sign=code, hint=hint, required=False),
            ActInput(name="gratuity", label=voice.t("Gratuity"), kind="money", sign=code, hint=hint, required=False),
        )
        if story_in(subject).checkout is None:
            return asked
        return (
            *asked,
            ActInput(name="way", label=voice.t("Give back as"), kind="choice", options=ways, required=False),
        )

    async def plan(self, setting: Setting, subject: ActSubject) -> ActPlan:
        """Return what would come of it, as a rehearsal says."""
        story, deps = story_in(subject), setting.front.deps
        order = story.order
        if order.certificate_id is None:
            raise OrderNotIssued
        value, gratuity = setting.amount("value", order.currency), setting.amount("gratuity", order.currency)
        as_credit = setting.text("way") == _CREDIT and story.checkout is not None
        place = Place(merchant_id=order.merchant_id, certificate_id=order.certificate_id)
        would = await preview_refund(
            deps, place, value=value, gratuity=gratuity, actor=setting.caller.manager.actor, now=setting.now
        )
        command = FrozenAct(
            act=LimitedAct.REFUND,
            certificate_id=order.certificate_id,
            value=would.value,
            gratuity=would.gratuity,
            order_number=order.order_number,
            as_credit=as_credit,
        )
        return ActPlan(effects=self._effects(setting, story, would, as_credit=as_credit), command=command)

    def _effects(self, setting: Setting, story: OrderStory, would: RefundPreview, *, as_credit: bool) -> list[str]:
        voice, order = setting.voice, story.order
        spent = order.amount + order.tip - would.taken - would.left
        owed, taken, left, used = (
            setting.money(minor, order.currency) for minor in (would.owed, would.taken, would.left, spent)
        )
        effects = []
        if spent > 0:
            effects.append(voice.t("{amount} of it was spent or moved, and stays so.", amount=used))
        effects.append(voice.t("{amount} is taken off the certificate.", amount=taken))
        effects.append(voice.t("{amount} is left on it.", amount=left))
        if story.partner is not None:
            effects.append(voice.t("{partner} owes {amount} less.", partner=story.partner.name, amount=owed))
            return effects
        buyer = story.checkout.billing.email if story.checkout else ""
        if as_credit:
            effects.append(
                voice.t("{address} is mailed the number of a new certificate of {amount}.", address=buyer, amount=owed)
            )
            return effects
        effects.append(_way(voice, _payment(story), owed))
        if buyer:
            effects.append(voice.t("{address} is told by mail.", address=buyer))
        return effects


def _payment(story: OrderStory) -> Payment | None:
    return next((one for one in story.payments if one.status is PaymentStatus.SUCCEEDED), None)


def _way(voice: Voice, payment: Payment | None, owed: str) -> str:
    if payment is None:
        return voice.t("{amount} is owed to the buyer.", amount=owed)
    if payment.gateway == "manual":
        return voice.t("{amount} is owed to the buyer, who paid by hand: you hand it back yourself.", amount=owed)
    provider = payment.gateway.title()
    return voice.t(
        "{amount} goes back to the buyer through {provider}, to where it came from.", amount=owed, provider=provider
    )


ACTS: Final = (SendAgainAct(), CorrectAct(), MarkPaidAct(), RefundAct(), CancelAct())
"""The acts, in the order in which they are offered."""


def order_routes(front: StaffFront) -> list[HTTPRouteHandler]:
    """Return the routes of an order's page and of all that is done about it."""
    return [*order_page_routes(front, ACTS), *act_routes(front, ACTS, find_order, path=PATH, here=HERE)]
