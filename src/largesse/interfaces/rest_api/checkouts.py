"""Checkouts: a link by which somebody pays for a certificate that a program has put together, and what became of it."""

from datetime import datetime
from typing import Annotated, Final, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from largesse.domain import catalog, orders
from largesse.domain.orders import Billing, Order
from largesse.domain.programs import KeyScope
from largesse.interfaces.rest_api.amounts import Amounts
from largesse.interfaces.rest_api.messages import AmountText, CurrencyText, NameText
from largesse.interfaces.rest_api.places import spot_at
from largesse.interfaces.rest_api.routing import RestAnswer, RestCaller, RestRoute, command, reading
from largesse.kernel import free_text
from largesse.kernel.currency import currency
from largesse.kernel.errors import Conflict, FieldError
from largesse.kernel.mail import EmailInvalid, read_email
from largesse.kernel.money import plain
from largesse.ledger import EntryMode
from largesse.services.counter_sales import Sale, SaleTender, Sold, hand_out_payment_link, sell

_SCOPE: Final = KeyScope.CHECKOUTS_MANAGE


class SandboxHasNoPages(Conflict):
    """In a sandbox there is no page to pay on."""

    code = "checkout.sandbox"
    message = "In a sandbox there is no page to pay on. Use a live key, of a demo for example."


class CheckoutAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"sender": "from"}):
    """A certificate that somebody shall pay for, of an offering by its slug or id, as the shop sells it."""

    offering: Annotated[str, Meta(min_length=1, max_length=80)]
    currency: CurrencyText
    amount: Annotated[AmountText | None, Meta(description="A package has its own price.")] = None
    gratuity: AmountText = "0"
    to: Annotated[str, Meta(max_length=30)] = ""
    sender: Annotated[str, Meta(max_length=30)] = ""
    message: Annotated[str, Meta(max_length=200)] = ""
    email: Annotated[
        str, Meta(max_length=320, description="Where the certificate is mailed; without it, its buyer prints it.")
    ] = ""
    buyer_email: Annotated[str, Meta(max_length=320, description="Where the receipt is mailed.")] = ""
    design: Annotated[str, Meta(max_length=40)] = ""
    deliver_at: Annotated[datetime, Meta(tz=True, description="When it is mailed; at once without it.")] | None = None
    promo_code: Annotated[str, Meta(max_length=40)] = ""
    language: Annotated[Literal["en", "de", "fr", "es"] | None, Meta(description="What the buyer reads.")] = None
    location: NameText | None = None


class CheckoutOrder(msgspec.Struct, frozen=True, kw_only=True):
    """What is paid for; `certificate_id` once it is issued."""

    order_id: UUID
    order_number: str
    status: str
    amount: AmountText
    gratuity: AmountText
    discount: AmountText
    tax: AmountText
    total: AmountText
    certificate_id: UUID | None


class CheckoutShown(msgspec.Struct, frozen=True, kw_only=True):
    """A checkout: `open` while it can be paid at `pay_url`, then `paid`, or `expired`, which is given up."""

    checkout_id: UUID
    status: Literal["open", "paid", "expired"]
    currency: CurrencyText
    total: AmountText
    pay_url: Annotated[str | None, Meta(description="Who has it pays; null once there is nothing to pay.")]
    pay_until: datetime | None
    created_at: datetime
    paid_at: datetime | None
    orders: list[CheckoutOrder]


def _order(one: Order) -> CheckoutOrder:
    money = currency(one.currency)
    return CheckoutOrder(
        order_id=one.order_id,
        order_number=one.order_number,
        status=one.status.value,
        amount=plain(one.amount, money),
        gratuity=plain(one.tip, money),
        discount=plain(one.discount, money),
        tax=plain(one.tax, money),
        total=plain(one.total, money),
        certificate_id=one.certificate_id,
    )


async def _shown(caller: RestCaller, sold: Sold, pay_url: str | None) -> RestAnswer:
    """Return a checkout as it stands."""
    checkout = sold.checkout
    key = checkout.merchant_id, [checkout.checkout_id]
    async with caller.deps.database.connection() as connection:
        until = (await orders.payment_links(connection, *key)).get(checkout.checkout_id)
        found = await orders.orders_of_checkouts(connection, *key)
    shown = CheckoutShown(
        checkout_id=checkout.checkout_id,
        status=checkout.status.value,
        currency=checkout.currency,
        total=plain(checkout.total, currency(checkout.currency)),
        pay_url=pay_url,
        pay_until=until if pay_url else None,
        created_at=checkout.created_at,
        paid_at=checkout.paid_at,
        orders=[_order(one) for one in found or [sold.order]],
    )
    return RestAnswer(value=shown, replayed=sold.replayed, resource_id=checkout.checkout_id)


async def open_checkout(caller: RestCaller) -> RestAnswer:
    """Put a certificate together, and return the link by which it is paid."""
    asked: CheckoutAsked = caller.body
    merchant, now = caller.merchant, caller.now
    if not merchant.is_live:
        raise SandboxHasNoPages
    amounts = Amounts(asked.currency)
    amount, gratuity = amounts.optional(asked.amount, "/amount"), amounts.minor(asked.gratuity, "/gratuity")
    buyer_email = ""
    if asked.buyer_email:
        try:
            buyer_email = read_email(asked.buyer_email)
        except EmailInvalid as error:
            amounts.faults.append(FieldError("/buyer_email", error.code, error.message))
    amounts.done()
    async with caller.deps.database.connection() as connection:
        offering = await catalog.find_offering(connection, merchant.merchant_id, asked.offering)
    amounts.must_be_in(offering.currency)
    sale = Sale(
        tender=SaleTender.PHONE,
        offering=str(offering.offering_id),
        amount=amount,
        gratuity=gratuity,
        to=free_text.one_line(asked.to),
        sender=free_text.one_line(asked.sender),
        message=free_text.lines(asked.message),
        email=asked.email,
        buyer=Billing(email=buyer_email),
        design=asked.design,
        deliver_at=asked.deliver_at,
        promo_code=catalog.fold_code(asked.promo_code),
        locale=asked.language or catalog.language_of(merchant.language),
    )
    spot = await spot_at(caller, asked.location, None, EntryMode.SENT)
    sold = await sell(caller.deps, merchant, sale, spot=spot, request=caller.request, now=now)
    url = None
    if sold.waits and not caller.dry_run and not (sold.replayed and await _has_ended(caller, sold)):
        url = await hand_out_payment_link(caller.deps, merchant, sold, now=now)
    return await _shown(caller, sold, url)


async def _has_ended(caller: RestCaller, sold: Sold) -> bool:
    """Return whether the link of a checkout was handed out before, and counts no more."""
    key = sold.checkout.merchant_id, [sold.checkout.checkout_id]
    async with caller.deps.database.connection() as connection:
        until = (await orders.payment_links(connection, *key)).get(sold.checkout.checkout_id)
    return until is not None and until <= caller.now


async def show_checkout(caller: RestCaller) -> RestAnswer:
    """Show a checkout of a program or a counter, and the link where it is still to be paid."""
    merchant, checkout_id = caller.merchant, caller.ids["checkout_id"]
    async with caller.deps.database.connection() as connection:
        checkout = await orders.find_checkout(connection, merchant.merchant_id, checkout_id)
        found = await orders.orders_of_checkouts(connection, merchant.merchant_id, [checkout_id])
        waits = await orders.payment_links(connection, merchant.merchant_id, [checkout_id])
    if not found or found[0].location_id is None:
        raise orders.CheckoutNotFound
    sold = Sold(order=found[0], checkout=checkout)
    url, until = None, waits.get(checkout_id)
    if sold.waits and until is not None and until > caller.now:
        url = await hand_out_payment_link(caller.deps, merchant, sold, now=caller.now)
    return await _shown(caller, sold, url)


ROUTES: tuple[RestRoute, ...] = (
    command(
        "/checkouts", "openCheckout", "Put a certificate together for somebody to pay, and get the link to pay it by.",
        scope=_SCOPE, work=open_checkout, takes=CheckoutAsked, gives=CheckoutShown, status=201, tag="Checkouts",
    ),
    reading(
        "/checkouts/{checkout_id}", "showCheckout", "Show whether a checkout is paid, and what was issued for it.",
        scope=_SCOPE, work=show_checkout, gives=CheckoutShown, tag="Checkouts",
    ),
)  # fmt: skip
"""The table of checkouts."""
