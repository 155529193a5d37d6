"""Pay for a checkout: send the buyer to a gateway, and know how it went when they come back.

A payment is never taken for granted because somebody came back from the gateway: the gateway says so, in a callback or
because it is asked.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

import msgspec

from largesse.domain import merchants, orders, payments
from largesse.domain.merchants import Merchant
from largesse.domain.orders import Checkout, CheckoutStatus, Order
from largesse.domain.payments import (
    AccountRef,
    Callback,
    Notice,
    NoticeKind,
    Payment,
    PaymentLine,
    PaymentRequest,
    PaymentStatus,
    TrialChoice,
    TrialState,
)
from largesse.kernel.currency import currency
from largesse.kernel.errors import Unavailable
from largesse.kernel.ids import derived_id, new_id
from largesse.kernel.money import Money
from largesse.services.orders import Placed, fulfil
from largesse.services.payments import inbox, sweeper
from largesse.services.payments.dependencies import PaymentDependencies

# How long a buyer has at the gateway's page. Rounded up to TO_PAY_STEP, so that two presses of one button ask alike.
TO_PAY = timedelta(minutes=60)
TO_PAY_STEP = timedelta(minutes=10)
# A page that ends sooner than this is not worth going back to.
LEFT_MIN = timedelta(minutes=2)
FIRST_LOOK = timedelta(seconds=60)
SLOW_S = 15
"""The gateway of checkouts that cost nothing: there is none."""


class PaymentStanding(StrEnum):
    """How the payment of a checkout stands, for the page that the buyer comes back to."""

    PAID = "paid"  # everything is issued
    PENDING = "pending"  # the buyer may have paid; the gateway has not said
    OPEN = "open"  # nothing is under way: the buyer may choose how to pay
    CLOSED = "closed"  # it was given up; a payment that still comes goes back


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """A checkout, what was paid or tried for it, and how it stands."""

    checkout: Checkout
    payments: tuple[Payment, ...]
    standing: PaymentStanding


async def start(
    deps: PaymentDependencies,
    merchant: Merchant,
    checkout_id: UUID,
    *,
    gateway: str,
    return_url: str,
    cancel_url: str,
    now: datetime,
    placed: Placed | None = None,
) -> str:
    """Begin to collect what a checkout costs, and return the address to send the buyer to.

    Asked twice it is one payment, and the same address. A checkout that costs nothing is issued at once; for that, for
    one that is paid already or on its way, and for a gateway without a page, the address is `return_url`. Who placed
    the checkout a moment ago gives it as `placed`: nothing was tried for it then, and nothing needs to be read.

    Raises:
        CheckoutNotFound: there is no such checkout.
        CheckoutClosed: it was given up.
        GatewayUnknown: no gateway of that name collects for this merchant.
        PaymentRefused: the gateway will not collect this.
        PaymentTooSmall: it is less than the gateway collects.
        GatewayUnavailable: it does not answer.
    """
    chosen = (await deps.gateways.offer(merchant.merchant_id, now=now)).named(gateway)
    if placed is not None and not placed.replayed:
        checkout, tried, bought = placed.checkout, list[Payment](), list(placed.orders)
    else:
        async with deps.database.connection() as connection:
            checkout = await orders.find_checkout(connection, merchant.merchant_id, checkout_id)
            tried = await payments.payments_of_checkout(connection, merchant.merchant_id, checkout_id)
            bought = await orders.orders_of_checkouts(connection, merchant.merchant_id, [checkout_id])
    orders.paid(checkout, now=now)  # refuses one that was given up
    if checkout.status is CheckoutStatus.OPEN and checkout.total == 0:
        nothing = payments.of_nothing(checkout.merchant_id, checkout_id, currency=checkout.currency, now=now)
        await fulfil(deps, merchant, nothing, actor="flow:pay", now=now)
        return return_url
    if checkout.status is CheckoutStatus.PAID or any(_agreed(payment) for payment in tried):
        return return_url
    total = Money(checkout.total, merchant.money)
    if not chosen.gateway.collects(total):
        too_small = total < chosen.gateway.least(total.currency)
        raise payments.PaymentTooSmall if too_small else payments.PaymentRefused
    for payment in tried:
        if payment.gateway == gateway and _can_go_on(payment, now=now):
            return payment.redirect_url or return_url
    request = _request(checkout, bought, tried, gateway=gateway, urls=(return_url, cancel_url), now=now)
    account = AccountRef(merchant_id=merchant.merchant_id, gateway=gateway, account_id=chosen.account_id)
    started = await (await deps.gateways.of(account, now=now)).start(request, now=now)
    if started.redirect_url is None:
        return return_url
    payment = Payment(
        merchant_id=merchant.merchant_id,
        payment_id=new_id(now),
        checkout_id=checkout_id,
        gateway=gateway,
        account_id=chosen.account_id,
        reference=started.reference,
        status=PaymentStatus.PENDING,
        currency=checkout.currency,
        amount=checkout.total,
        created_at=now,
        redirect_url=started.redirect_url,
        expires_at=started.expires_at or request.expires_at,
        next_look_at=now + FIRST_LOOK,
    )
    async with deps.database.transaction() as connection:
        await payments.insert_pending(connection, payment)
    return started.redirect_url


async def confirm(deps: PaymentDependencies, merchant: Merchant, checkout_id: UUID, *, now: datetime) -> Progress:
    """Return how the payment of a checkout stands; where no callback has come yet, the gateway is asked.

    It is asked at most once in a few seconds about each payment, however often pages are loaded anew and by whichever
    process. A gateway that does not answer changes nothing: the payment is still pending, and asked about later.

    Raises:
        CheckoutNotFound: there is no such checkout.
    """
    found = await progress(deps, merchant, checkout_id)
    if found.standing is PaymentStanding.PAID:
        return found
    pending = [one for one in found.payments if one.status is PaymentStatus.PENDING]
    for payment in pending:
        try:
            await sweeper.look_for_buyer(deps, payment, now=now)
        except Unavailable:
            continue
    return await progress(deps, merchant, checkout_id) if pending else found


async def progress(deps: PaymentDependencies, merchant: Merchant, checkout_id: UUID) -> Progress:
    """Return how the payment of a checkout stands, as far as we know without asking anybody.

    Raises:
        CheckoutNotFound: there is no such checkout.
    """
    async with deps.database.connection() as connection:
        checkout = await orders.find_checkout(connection, merchant.merchant_id, checkout_id)
        tried = await payments.payments_of_checkout(connection, merchant.merchant_id, checkout_id)
    return Progress(checkout=checkout, payments=tuple(tried), standing=_standing(checkout, tried))


async def receive(deps: PaymentDependencies, gateway: str, callback: Callback, *, now: datetime) -> None:
    """Take what a gateway calls the installation back with; what cannot be done now is done later.

    It is written down first, and then acted upon. Whose it is says what is told, or the payment that it is about.

    Raises:
        GatewayUnknown: no gateway of that name is connected.
        CallbackForged: it was not signed by the gateway, or too long ago.
        NoticeRefused: it tells of an amount that there cannot be; nothing was written down.
        Unavailable: it could not be written down; the gateway calls again.
    """
    notices = _sound(deps.gateways.named(gateway).read_callback(callback, now=now))
    if not notices:
        return
    async with deps.database.transaction() as connection:
        known = await inbox.write_down(connection, gateway, notices, now=now)
    for account, notice in known:
        await sweeper.take_up_notice(deps, account, notice, now=now)


async def receive_of(deps: PaymentDependencies, account: AccountRef, callback: Callback, *, now: datetime) -> None:
    """Take what a gateway calls an account of a merchant's back with, as `receive`: it can only be that merchant's.

    Raises:
        NotFound: there is no such account.
        CallbackForged: it was not signed for this account, or too long ago, or is of another account or mode.
        NoticeRefused: it tells of an amount that there cannot be; nothing was written down.
        Unavailable: it could not be written down; the gateway calls again.
    """
    notices = _sound((await deps.gateways.of(account, now=now)).read_callback(callback, now=now))
    own = [notice for notice in notices if notice.merchant_id in (None, account.merchant_id)]
    if not own:
        return
    async with deps.database.transaction() as connection:
        await payments.keep_notices(connection, account, own, now=now)
    for notice in own:
        await sweeper.take_up_notice(deps, account, notice, now=now)


async def try_out(deps: PaymentDependencies, state: TrialState, choice: TrialChoice, *, now: datetime) -> str | None:
    """Let a payment at the test gateway go as the visitor chose, and return where they go; None: they may try again.

    Raises:
        GatewayUnknown: this installation has no test gateway.
    """
    deps.gateways.named(payments.TEST)
    if choice is TrialChoice.DECLINE:
        return None
    if choice is TrialChoice.CANCEL:
        return state.cancel_url
    paid = _told(state, NoticeKind.SUCCEEDED)
    slow = choice is TrialChoice.SLOW
    account = AccountRef(merchant_id=state.merchant_id, gateway=payments.TEST)
    async with deps.database.transaction() as connection:
        if slow:
            await payments.keep_notices(connection, account, [_told(state, NoticeKind.PENDING)], now=now)
        due = now + timedelta(seconds=SLOW_S) if slow else now
        await payments.keep_notices(connection, account, [paid], now=now, due=due)
    await sweeper.take_up_about(deps, account, state.reference, now=now)
    return state.return_url


async def merchant_of(deps: PaymentDependencies, state: TrialState) -> Merchant:
    """Return the merchant that a payment at the test gateway is for."""
    async with deps.database.connection() as connection:
        return await merchants.merchant_of_id(connection, state.merchant_id)


def _told(state: TrialState, kind: NoticeKind) -> Notice:
    return Notice(
        notice_id=f"{state.reference}:{kind}",
        kind=kind,
        reference=state.reference,
        intent=f"{state.reference}:money",
        merchant_id=state.merchant_id,
        checkout_id=state.checkout_id,
        currency=state.currency,
        amount=state.amount,
    )


def _standing(checkout: Checkout, tried: list[Payment]) -> PaymentStanding:
    if checkout.status is CheckoutStatus.PAID:
        return PaymentStanding.PAID
    if checkout.status is CheckoutStatus.EXPIRED:
        return PaymentStanding.CLOSED
    return (
        PaymentStanding.PENDING if any(one.status is PaymentStatus.PENDING for one in tried) else PaymentStanding.OPEN
    )


def _agreed(payment: Payment) -> bool:
    """Return whether the buyer is through at the gateway and the money on its way: it must not be collected again."""
    return payment.status is PaymentStatus.PENDING and payment.redirect_url is None


def _can_go_on(payment: Payment, *, now: datetime) -> bool:
    open_until = payment.expires_at or now
    return payment.status is PaymentStatus.PENDING and open_until > now + LEFT_MIN


def _request(
    checkout: Checkout,
    bought: list[Order],
    tried: list[Payment],
    *,
    gateway: str,
    urls: tuple[str, str],
    now: datetime,
) -> PaymentRequest:
    expires_at = _rounded_up(now + TO_PAY)
    attempt = sum(payment.gateway == gateway for payment in tried)
    # All that the gateway is asked is in the key: it refuses another request under the same one.
    key = derived_id("payment", checkout.checkout_id, gateway, str(attempt), expires_at.isoformat(), *urls)
    return PaymentRequest(
        merchant_id=checkout.merchant_id,
        checkout_id=checkout.checkout_id,
        amount=Money(checkout.total, currency(checkout.currency)),
        lines=tuple(_line(order) for order in bought),
        buyer_email=checkout.billing.email,
        language=checkout.locale,
        return_url=urls[0],
        cancel_url=urls[1],
        expires_at=expires_at,
        idempotency_key=str(key),
    )


def _line(order: Order) -> PaymentLine:
    whom = " ".join(filter(None, [order.recipient_first_name, order.recipient_last_name])) or order.to_message
    what = order.description or order.order_number
    total = Money(order.total, currency(order.currency))
    return PaymentLine(description=f"{what} · {whom}" if whom else what, amount=total)


def _rounded_up(moment: datetime) -> datetime:
    step = int(TO_PAY_STEP.total_seconds())
    return moment.replace(microsecond=0) + timedelta(seconds=-int(moment.timestamp()) % step)


def _sound(notices: Sequence[Notice]) -> Sequence[Notice]:
    if not all(one.is_sound for one in notices):
        raise payments.NoticeRefused
    return notices
