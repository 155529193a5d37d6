"""From what Stripe posts to what it tells us.

Only the few fields that we act on are read, so that neither a newer version of Stripe's API nor an unknown event is in
the way; what is not about a payment of ours tells nothing.
"""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

import msgspec

from largesse.adapters.stripe_gateway.amounts import from_stripe
from largesse.domain.payments import Notice, NoticeKind, NoticeRefused
from largesse.kernel.currency import UnknownCurrency
from largesse.kernel.money import InvalidAmount

MERCHANT = "largesse_merchant"
CHECKOUT = "largesse_checkout"
REFUND = "largesse_refund"


class Object(msgspec.Struct, frozen=True, kw_only=True):
    """Read what an event is about: a session, a charge, a refund or a dispute. `amount` is as Stripe counts."""

    id: str = ""
    payment_intent: Any = None
    amount: int | None = None
    amount_total: int | None = None
    currency: str | None = None
    status: str | None = None
    payment_status: str | None = None
    metadata: Mapping[str, Any] | None = None
    livemode: bool | None = None


class Data(msgspec.Struct, frozen=True, kw_only=True):
    """Read the wrapping of an event's object."""

    object: Object


class StripeEvent(msgspec.Struct, frozen=True, kw_only=True):
    """Read an event. `id` is Stripe's own name of it, the same at every try to deliver it.

    `account` is there for events of accounts that are connected to the one whose endpoint this is.
    """

    id: str
    type: str
    livemode: bool = False
    account: str | None = None
    data: Data

    @property
    def modes(self) -> frozenset[bool]:
        """Whether the event, and what it is about, are of real money."""
        own = self.data.object.livemode
        return frozenset({self.livemode} if own is None else {self.livemode, own})


def notices_of(event: StripeEvent) -> tuple[Notice, ...]:
    """Return what an event tells, nothing when it tells nothing of payments of ours.

    Raises:
        NoticeRefused: it names an amount beyond all that is counted.
    """
    read = _READERS.get(event.type)
    try:
        notice = read(event) if read else None
    except UnknownCurrency:
        return ()
    except InvalidAmount as error:
        raise NoticeRefused from error
    return (notice,) if notice else ()


def intent_of(value: Any) -> str | None:
    """Return the id of a payment intent, which Stripe sends as its id or whole."""
    if isinstance(value, str):
        return value or None
    if isinstance(value, Mapping):
        return str(value.get("id") or "") or None
    return getattr(value, "id", None)


def uuid_of(metadata: Mapping[str, Any] | None, name: str) -> UUID | None:
    """Return the id that we gave Stripe to carry, None where there is none."""
    try:
        return UUID(str((metadata or {}).get(name, "")))
    except ValueError:
        return None


def session_kind(status: str | None, payment_status: str | None) -> NoticeKind | None:
    """Return what the state of a Checkout Session says; None: the buyer is still at it."""
    if status == "expired":
        return NoticeKind.EXPIRED
    if status != "complete":
        return None
    return NoticeKind.PENDING if payment_status == "unpaid" else NoticeKind.SUCCEEDED


def _session(kind: NoticeKind | None = None) -> Callable[[StripeEvent], Notice | None]:
    def read(event: StripeEvent) -> Notice | None:
        session = event.data.object
        told = kind or session_kind("complete", session.payment_status)
        merchant_id = uuid_of(session.metadata, MERCHANT)
        if merchant_id is None or told is None:
            return None
        return _notice(event, told, reference=session.id, merchant_id=merchant_id)

    return read


def _about_refunds(event: StripeEvent) -> Notice | None:
    charge = event.data.object
    if event.type == "charge.refunded" and uuid_of(charge.metadata, MERCHANT) is None:
        return None
    return _notice(event, NoticeKind.REFUNDED)


def _dispute_opened(event: StripeEvent) -> Notice | None:
    one = event.data.object
    notice = _notice(event, NoticeKind.DISPUTED, dispute=one.id)
    asks = (one.status or "").startswith("warning_")
    return notice and msgspec.structs.replace(notice, inquiry=asks)


def _dispute_closed(event: StripeEvent) -> Notice | None:
    # won; lost; warning_closed: an inquiry that came to nothing
    lost = event.data.object.status == "lost"
    kind = NoticeKind.DISPUTE_LOST if lost else NoticeKind.DISPUTE_WON
    return _notice(event, kind, dispute=event.data.object.id)


def _notice(
    event: StripeEvent,
    kind: NoticeKind,
    *,
    reference: str = "",
    merchant_id: UUID | None = None,
    dispute: str | None = None,
) -> Notice | None:
    one = event.data.object
    intent = intent_of(one.payment_intent)
    if not reference and intent is None:
        return None
    counted = one.amount_total if one.amount_total is not None else one.amount
    amount = from_stripe(counted or 0, one.currency or "")
    return Notice(
        notice_id=event.id,
        kind=kind,
        reference=reference,
        intent=intent,
        merchant_id=merchant_id,
        checkout_id=uuid_of(one.metadata, CHECKOUT),
        currency=amount.currency.code,
        amount=amount.minor,
        dispute=dispute,
    )


_READERS: Mapping[str, Callable[[StripeEvent], Notice | None]] = {
    "checkout.session.completed": _session(),
    "checkout.session.async_payment_succeeded": _session(NoticeKind.SUCCEEDED),
    "checkout.session.async_payment_failed": _session(NoticeKind.FAILED),
    "checkout.session.expired": _session(NoticeKind.EXPIRED),
    "charge.refunded": _about_refunds,
    "charge.refund.updated": _about_refunds,
    "refund.created": _about_refunds,
    "refund.updated": _about_refunds,
    "refund.failed": _about_refunds,
    "charge.dispute.created": _dispute_opened,
    "charge.dispute.closed": _dispute_closed,
}
EVENTS = tuple(sorted(_READERS))
"""The events that an endpoint at Stripe has to listen to."""
