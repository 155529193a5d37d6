"""Take a buyer's declaration in; where it counts, block what was bought in the same transaction.

Whoever typed it is answered alike, whether it counts or not: recipients know the order number, and strangers guess.
"""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec
from msgspec.structs import replace

from largesse.db import Connection
from largesse.domain import orders, withdrawals
from largesse.domain.law import money_back_by
from largesse.domain.merchants import Merchant
from largesse.domain.orders import Checkout, Order
from largesse.domain.withdrawals import Doubt, KnownBy, Withdrawal, WithdrawalForm
from largesse.kernel.clock import day_of
from largesse.kernel.ids import derived_id
from largesse.ledger import Block, Certificate, Status
from largesse.services.certificates import Place, Request, said_of
from largesse.services.gifts import GiftDependencies
from largesse.services.refunds import RefundDependencies, lock_subject, post_all
from largesse.services.withdrawals.links import WithdrawalLink, withdrawal_address
from largesse.services.withdrawals.mailing import acknowledge, acknowledge_anew, tell_the_buyer
from largesse.services.withdrawals.right import doubt_about

MAILS_MAX: Final = 3
MAILS_WITHIN: Final = timedelta(days=1)
"""Anybody's address may have been typed: it is written to so often, unless it is known that its owner did."""


class Received(msgspec.Struct, frozen=True, kw_only=True):
    """What came in. `is_new` is whether it came in now: not the same form again, nor for an order that has one."""

    withdrawal: Withdrawal
    is_new: bool


class _Judged(msgspec.Struct, frozen=True, kw_only=True):
    """The order of a declaration, with how it is known that it is its buyer's, or why it does not count."""

    order: Order | None = None
    checkout: Checkout | None = None
    known_by: KnownBy = KnownBy.NOTHING
    doubt: Doubt = Doubt.NONE


async def receive(
    deps: RefundDependencies,
    merchant: Merchant,
    form: WithdrawalForm,
    *,
    link: WithdrawalLink | None = None,
    operation_id: UUID,
    may_mail: bool = True,
    actor: str,
    now: datetime,
) -> Received:
    """Keep a declaration and acknowledge it. Where it counts, nothing of the order is spent or mailed from then on.

    A planned mail is not sent, because its certificate is blocked. The same form under the same `operation_id` is one
    declaration. Declared anew for the same order, it tells of the first time, and the new one is acknowledged too, once
    a day to an address; where somebody has closed it before all was paid back, it is open again.
    `may_mail` is whether there may be another mail to an address that nobody knows, from where this one comes.

    Raises:
        InvalidWithdrawal: it cannot be answered; every field that is wrong is named.
    """
    wanted = withdrawals.tidied(form)

    async def work(connection: Connection) -> Received:
        judged = await _judged(connection, merchant, wanted, link, now=now)
        one = Withdrawal(
            merchant_id=merchant.merchant_id,
            withdrawal_id=_id_of(merchant, wanted, operation_id),
            order_id=judged.order.order_id if judged.order is not None and judged.doubt is Doubt.NONE else None,
            order_number=wanted.order_number,
            name=wanted.name,
            email=wanted.email,
            language=wanted.language,
            known_by=judged.known_by if judged.doubt is Doubt.NONE else KnownBy.NOTHING,
            doubt=judged.doubt,
            received_at=now,
            due_on=money_back_by(day_of(now, in_zone=merchant.zone)),
        )
        since = now - MAILS_WITHIN
        has_room = (
            may_mail and await withdrawals.mails_to(connection, one.merchant_id, one.email, since=since) < MAILS_MAX
        )
        told = await withdrawals.doubted_since(connection, one.merchant_id, one.order_number, since=since)
        if not await withdrawals.insert_withdrawal(connection, one):
            known = await _known_before(connection, one, mails=has_room)
            if judged.order is None or known.withdrawal.withdrawal_id == one.withdrawal_id:
                return known
            again = await withdrawals.open_again(connection, known.withdrawal, one)
            if again is None:
                return known
            # Somebody closed it, as a slip; its buyer withdraws all the same.
            await _block(deps, connection, judged.order, one.withdrawal_id, actor=actor, now=now)
            return Received(withdrawal=again, is_new=False)
        if one.counts and judged.order is not None:
            await _block(deps, connection, judged.order, one.withdrawal_id, actor=actor, now=now)
        if one.counts or has_room:
            await acknowledge(connection, one)
        if judged.doubt is Doubt.NOT_THE_BUYER and judged.checkout is not None and told < MAILS_MAX and may_mail:
            await _tell_the_buyer(deps, connection, merchant, one, judged.checkout)
        return Received(withdrawal=one, is_new=True)

    return await deps.retrying(work)


def _id_of(merchant: Merchant, form: WithdrawalForm, operation_id: UUID) -> UUID:
    """Return the id that the same form, sent twice, has both times."""
    typed = (form.order_number, form.email.casefold(), form.name)
    return derived_id("withdrawal", merchant.merchant_id, operation_id, *typed)


async def _known_before(connection: Connection, one: Withdrawal, *, mails: bool) -> Received:
    """Return what the same form brought, or what counts for the order already; that is acknowledged once more."""
    first = await withdrawals.withdrawal_of_order(connection, one.merchant_id, one.order_id) if one.order_id else None
    if first is None or first.withdrawal_id == one.withdrawal_id:
        found = await withdrawals.find_withdrawal(connection, one.merchant_id, one.withdrawal_id)
        return Received(withdrawal=found, is_new=False)
    if mails:
        await acknowledge_anew(connection, one)
    return Received(withdrawal=first, is_new=False)


async def _judged(
    connection: Connection, merchant: Merchant, form: WithdrawalForm, link: WithdrawalLink | None, *, now: datetime
) -> _Judged:
    """Return whether it is known that the buyer of an order withdraws from it, and may."""
    order = await orders.find_by_optional_number(connection, merchant.merchant_id, form.order_number)
    if order is None:
        return _Judged(doubt=Doubt.NO_ORDER)
    if order.checkout_id is None:
        return _Judged(order=order, doubt=Doubt.NOT_SOLD_HERE)
    checkout = await orders.find_checkout(connection, order.merchant_id, order.checkout_id)
    known_by = _known_by(order, checkout, form, link)
    judged = _Judged(order=order, checkout=checkout, known_by=known_by)
    doubt = await doubt_about(connection, merchant, order, checkout, now=now)
    if doubt is Doubt.ENDED and known_by is not KnownBy.NOTHING:
        # Declared anew for what was paid back since: it is the first time that counts.
        first = await withdrawals.withdrawal_of_order(connection, merchant.merchant_id, order.order_id)
        doubt = doubt if first is None else Doubt.NONE
    if doubt is Doubt.NONE and known_by is KnownBy.NOTHING:
        doubt = Doubt.NOT_THE_BUYER
    return replace(judged, doubt=doubt)


def _known_by(order: Order, checkout: Checkout, form: WithdrawalForm, link: WithdrawalLink | None) -> KnownBy:
    if link is not None and (link.merchant_id, link.checkout_id) == (order.merchant_id, order.checkout_id):
        return KnownBy.LINK
    same = bool(checkout.billing.email) and checkout.billing.email.casefold() == form.email.casefold()
    return KnownBy.ADDRESS if same else KnownBy.NOTHING


async def _tell_the_buyer(
    deps: GiftDependencies, connection: Connection, merchant: Merchant, one: Withdrawal, checkout: Checkout
) -> None:
    """Write to the address of the order, where there is one, with the link that counts."""
    if checkout.billing.email:
        link = withdrawal_address(deps, merchant, checkout.checkout_id)
        await tell_the_buyer(connection, one, address=checkout.billing.email, locale=checkout.locale, link=link)


async def _block(
    deps: RefundDependencies, connection: Connection, order: Order, withdrawal_id: UUID, *, actor: str, now: datetime
) -> None:
    """Refuse spending of what holds this order alone, and of its presents: what it was merged into is others'."""
    if order.certificate_id is None:
        return
    place = Place(merchant_id=order.merchant_id, certificate_id=order.certificate_id)
    subject = await lock_subject(deps, connection, place, of=order)
    commands = [
        Block(**said_of(_place(one), _request(withdrawal_id, one, actor=actor)))
        for one in subject.standing.values()
        if one.status is Status.ACTIVE and (one.certificate_id in subject.presents or _is_all_of(one, order))
    ]
    if commands:
        await post_all(deps, connection, commands, now=now)


def _is_all_of(one: Certificate, order: Order) -> bool:
    return all(lot.order_number == order.order_number for lot in one.lots if not lot.is_empty)


def _place(one: Certificate) -> Place:
    return Place(merchant_id=one.merchant_id, certificate_id=one.certificate_id)


def _request(withdrawal_id: UUID, one: Certificate, *, actor: str) -> Request:
    operation_id = derived_id("withdrawal-block", withdrawal_id, one.certificate_id)
    return Request(operation_id=operation_id, actor=actor, memo="The buyer withdrew.")
