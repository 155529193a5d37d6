"""Have gifts delivered: what is mailed, to whom and when, written in the transaction that issues them.

Everything goes by the outbox. A gift for later waits here until its hour; `send_due`, which any worker may run, then
hands it over. What a mail says is composed when it is sent (`services.mails`), so the number rests nowhere.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from uuid import UUID

import structlog
from msgspec.structs import replace

from largesse import outbox
from largesse.db import Connection
from largesse.db.turns import Turn, in_turns
from largesse.domain import gifts
from largesse.domain.gifts import Gift, GiftStatus, Mail, Purpose, Trouble
from largesse.domain.merchants import Merchant
from largesse.domain.orders import Checkout, DeliveryMethod, Order
from largesse.kernel.errors import Unavailable
from largesse.kernel.ids import new_id
from largesse.kernel.money import Money
from largesse.services.gifts.dependencies import GiftDependencies

BATCH = 100

_log = structlog.get_logger()


async def schedule(
    connection: Connection, merchant: Merchant, checkout: Checkout, issued: Sequence[Order], *, now: datetime
) -> None:
    """Write down what is mailed for the orders of a checkout that were just issued, in the caller's transaction.

    The buyer gets a receipt, each recipient their certificate at the hour chosen. Orders without a delivery are passed
    over: whoever made them hands them over; but who pays for what stands already, a reload or a card that is activated,
    gets a receipt where their address is known.
    """
    made = [_gift(checkout.checkout_id, order, now=now) for order in issued if _is_delivered(order)]
    mails = [_receipt(checkout, now=now)] if checkout.billing.email else []
    if made or (mails and any(order.fills_id is not None for order in issued)):
        await _hand_to_outbox(connection, merchant, made, mails, now=now)


async def schedule_on_account(
    connection: Connection, merchant: Merchant, issued: Sequence[Order], *, now: datetime
) -> None:
    """Write down what is mailed for orders on account that were just issued, in the caller's transaction.

    Each stands alone, as its own checkout would: partners order by the thousand and pay by invoice.
    """
    made = [_gift(order.order_id, order, now=now) for order in issued if _is_delivered(order)]
    if made:
        await _hand_to_outbox(connection, merchant, made, [], now=now)


def _is_delivered(order: Order) -> bool:
    return order.delivery is not DeliveryMethod.NONE and order.certificate_id is not None


async def _hand_to_outbox(
    connection: Connection, merchant: Merchant, made: Sequence[Gift], mails: list[Mail], *, now: datetime
) -> None:
    await outbox.open_mail_endpoint(connection, merchant.merchant_id, now=now)
    ready = []
    for gift in made:
        if gift.status is not GiftStatus.SENDING:
            ready.append(gift)
            continue
        mail = mail_to_recipient(gift, Purpose.GIFT, now=now)
        mails.append(mail)
        ready.append(replace(gift, mail_id=mail.mail_id))
    await gifts.insert_gifts(connection, ready)
    await post(connection, mails)


async def send_due(deps: GiftDependencies, *, now: datetime) -> int:
    """Hand over every gift whose hour has come, and return how many. Safe on several workers, and after a downtime.

    A gift that cannot be handed over is logged and left where it is; it stops no other.
    """
    async with deps.database.connection() as connection:
        merchants = await gifts.merchants_due(connection, now=now)
    return await in_turns(merchants, partial(_send_some, deps, now=now, poisoned=set()), now=now)


async def _send_some(deps: GiftDependencies, merchant_id: UUID, *, now: datetime, poisoned: set[UUID]) -> Turn:
    """Hand over some gifts of a merchant; `poisoned` are passed over, and what cannot be handed over is one more."""
    due: list[Gift] = []
    try:
        async with deps.transaction() as connection:
            due = await gifts.lock_due(connection, merchant_id, now=now, limit=BATCH, passing_over=poisoned)
            await hand_over(connection, due, now=now)
        done = len(due)
    except Unavailable:
        raise
    except Exception as error:
        if not due:
            raise
        _log.warning("gifts_handed_over_one_by_one", count=len(due), error=type(error).__name__)
        handed = [one for one in due if await _hand_over_alone(deps, one, now=now)]
        poisoned |= {one.order_id for one in due} - {one.order_id for one in handed}
        done = len(handed)
    return Turn(done, more=len(due) == BATCH)


async def _hand_over_alone(deps: GiftDependencies, gift: Gift, *, now: datetime) -> bool:
    """Hand over one gift, and tell whether that could be done, by whomever."""
    try:
        async with deps.transaction() as connection:
            fresh = await gifts.lock_gift(connection, gift.merchant_id, gift.order_id)
            if fresh.status is GiftStatus.WAITING and fresh.due_at is not None and fresh.due_at <= now:
                await hand_over(connection, [fresh], now=now)
    except Unavailable:
        raise
    except Exception as error:  # noqa: BLE001 - one gift that cannot be sent must not keep the others
        _log.error("gift_not_handed_over", order_number=gift.order_number, exc_info=error)
        return False
    return True


async def hand_over(connection: Connection, due: Sequence[Gift], *, now: datetime) -> None:
    """Queue a mail to the recipient of each gift, in the caller's transaction, which holds the gifts locked."""
    mails = [mail_to_recipient(gift, Purpose.GIFT, now=now) for gift in due]
    moved = [
        replace(gift, status=GiftStatus.SENDING, mail_id=mail.mail_id, trouble=Trouble.NONE, settled_at=None)
        for gift, mail in zip(due, mails, strict=True)
    ]
    await gifts.update_gifts(connection, moved)
    await post(connection, mails)


async def post(connection: Connection, mails: Sequence[Mail]) -> None:
    """Queue mails with the outbox, in the caller's transaction."""
    await gifts.insert_mails(connection, mails)
    await outbox.publish(connection, [gifts.mail_due_event(mail, kind=outbox.MAIL_DUE) for mail in mails])


def mail_to_buyer(
    checkout: Checkout, purpose: Purpose, *, order_id: UUID | None = None, back: Money | None = None, now: datetime
) -> Mail:
    """Return a mail to who paid, which may tell that money goes `back` to them. Pure, but for its id."""
    billing = checkout.billing
    return Mail(
        merchant_id=checkout.merchant_id,
        mail_id=new_id(now),
        purpose=purpose,
        checkout_id=checkout.checkout_id,
        order_id=order_id,
        address=billing.email,
        name=f"{billing.first_name} {billing.last_name}".strip(),
        locale=checkout.locale,
        amount=back.minor if back else None,
        currency=back.currency.code if back else None,
        queued_at=now,
    )


def _receipt(checkout: Checkout, *, now: datetime) -> Mail:
    return mail_to_buyer(checkout, Purpose.RECEIPT, now=now)


def mail_to_recipient(gift: Gift, purpose: Purpose, *, now: datetime) -> Mail:
    """Return a mail to whom a gift is for. Pure, but for its id."""
    return Mail(
        merchant_id=gift.merchant_id,
        mail_id=new_id(now),
        purpose=purpose,
        checkout_id=gift.checkout_id,
        order_id=gift.order_id,
        address=gift.recipient_email,
        name=gift.recipient_name,
        locale=gift.locale,
        queued_at=now,
    )


def replaced_mail(gift: Gift, *, address: str, name: str, now: datetime) -> Mail:
    """Return the mail that tells whoever was mailed a gift that its number has ended. Pure, but for its id."""
    return replace(mail_to_recipient(gift, Purpose.REPLACED, now=now), address=address, name=name)


def _gift(checkout_id: UUID, order: Order, *, now: datetime) -> Gift:
    assert order.certificate_id is not None, "only issued orders are delivered"
    return Gift(
        merchant_id=order.merchant_id,
        order_id=order.order_id,
        checkout_id=checkout_id,
        order_number=order.order_number,
        certificate_id=order.certificate_id,
        status=_first_status(order, now=now),
        locale=order.locale,
        recipient_name=f"{order.recipient_first_name} {order.recipient_last_name}".strip(),
        recipient_email=order.recipient_email,
        due_at=order.deliver_at,
        created_at=now,
    )


def _first_status(order: Order, *, now: datetime) -> GiftStatus:
    if order.delivery is DeliveryMethod.PRINT or not order.recipient_email:
        return GiftStatus.PRINT  # without an address the buyer hands it over
    return GiftStatus.WAITING if order.deliver_at is not None and order.deliver_at > now else GiftStatus.SENDING
