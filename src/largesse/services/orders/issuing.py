"""Open a certificate for each order that was paid, or fill the one that the order names: at the spot it was sold."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from largesse.db import Connection, gathering
from largesse.domain import certificates, orders
from largesse.domain.merchants import Merchant
from largesse.domain.orders import Order
from largesse.domain.payments import MOVED, CounterTender
from largesse.kernel.clock import end_of_day
from largesse.kernel.errors import LargesseError
from largesse.kernel.ids import derived_id
from largesse.kernel.numbers import make_number
from largesse.kernel.where import Where
from largesse.ledger import (
    Account,
    Activate,
    Certificate,
    ClassOfValue,
    Command,
    EntryMode,
    Issue,
    Reload,
    Status,
    refusal_of_reload,
)
from largesse.services import gifts
from largesse.services.merchants import wheres_of
from largesse.services.orders.dependencies import OrderDependencies

_FUNDINGS: Mapping[str, Account] = {
    CounterTender.CASH: Account.CASH,
    CounterTender.TERMINAL: Account.TERMINAL,
    CounterTender.TILL: Account.TENDER_CLEARING,
    MOVED: Account.REFUNDS,
}
"""Where what was paid at a counter stands, or was given back for this; everything else comes by way of a gateway, or
of the office."""


class _Said(NamedTuple):
    """Who asks, and how the number came in."""

    actor: str
    entry_mode: EntryMode | None


def operation_of(order: Order) -> UUID:
    """Return the operation that issues an order, activates its card or books its reload."""
    return derived_id("issue", order.order_id)


async def issue(
    connection: Connection,
    deps: OrderDependencies,
    merchant: Merchant,
    issued: Sequence[Order],
    *,
    tenders: Mapping[UUID, str],
    cards: Collection[UUID] = (),
    actor: str,
    entry_mode: EntryMode | None = None,
    now: datetime,
) -> None:
    """Open a certificate for each order and seal its number, or fill the one it names.

    `tenders` are the gateways that the orders' checkouts were paid by; `cards` the certificates that stand
    already, with their numbers, and are activated; `entry_mode` is how the number of what is filled came in.

    Raises:
        LargesseError: the ledger refuses one of them; the transaction must not go on.
    """
    asked = {(one.merchant_id, one.location_id) for one in issued if one.location_id is not None}
    wheres = await wheres_of(connection, asked, closed_too=True) if asked else {}
    filled = [one.fills_id for one in issued if one.fills_id is not None]
    standing = await _standing(connection, deps, merchant, filled) if filled else {}
    commands = [
        _command(
            merchant,
            one,
            tender=tenders.get(one.checkout_id, "") if one.checkout_id else "",
            where=wheres.get((one.merchant_id, one.location_id)),
            before=standing.get(one.fills_id) if one.fills_id else None,
            said=_Said(actor=actor, entry_mode=entry_mode if one.fills_id else None),
            stands=one.certificate_id in cards,
        )
        for one in issued
    ]
    for outcome in await deps.ledger.post(connection, commands, now=now):
        if isinstance(outcome, LargesseError):
            raise outcome
    rows = [
        certificates.seal_number(deps.keyring, order.merchant_id, order.certificate_id, make_number(merchant.prefix))
        for order in issued
        if order.certificate_id is not None and order.fills_id is None and order.certificate_id not in cards
    ]
    if rows:
        async with gathering(connection) as writes:
            certificates.insert_numbers(writes, rows)


async def reload_refusal(
    connection: Connection,
    merchant: Merchant,
    order: Order,
    standing: Certificate,
    *,
    tender: str,
    now: datetime,
) -> LargesseError | None:
    """Return why the books would refuse a reload now that an order asks for; None where they would not."""
    key = order.merchant_id, order.location_id
    wheres = await wheres_of(connection, {key}, closed_too=True) if order.location_id is not None else {}
    asked = orders.issued(order, certificate_id=standing.certificate_id, now=now)
    said = _Said(actor="", entry_mode=None)
    command = _command(merchant, asked, tender=tender, where=wheres.get(key), before=standing, said=said)
    return refusal_of_reload(standing, command, now) if isinstance(command, Reload) else None


async def _standing(
    connection: Connection, deps: OrderDependencies, merchant: Merchant, filled: Sequence[UUID]
) -> Mapping[UUID, Certificate]:
    """Return what stands now for each certificate that is filled, locked: what was reissued meanwhile has another."""
    lines, locked = await gifts.lock_lineages(connection, deps, merchant.merchant_id, filled)
    return {first: locked[line[-1]] for first, line in lines.items() if line[-1] in locked}


def _command(
    merchant: Merchant,
    order: Order,
    *,
    tender: str,
    where: Where | None,
    before: Certificate | None,
    said: _Said,
    stands: bool = False,
) -> Command:
    if order.certificate_id is None:
        raise orders.OrderNotIssued
    funding = _FUNDINGS.get(tender, Account.GATEWAY_CLEARING)
    if before is not None and before.status is not Status.INACTIVE:
        return Reload(
            merchant_id=order.merchant_id,
            certificate_id=before.certificate_id,
            operation_id=operation_of(order),
            actor=said.actor,
            entry_mode=said.entry_mode,
            where=where,
            device_id=order.device_id,
            value=order.amount,
            gratuity=order.tip,
            included_tax=order.included_tax,
            added_tax=order.tax,
            treatment=order.tax_treatment,
            funding=funding,
            order_number=order.order_number,
            offering_id=order.offering_id,
            refcode=order.refcode,
        )
    promotional = order.class_of_value is ClassOfValue.PROMOTIONAL
    opens = Activate if stands or order.fills_id is not None else Issue
    return opens(
        merchant_id=order.merchant_id,
        certificate_id=order.certificate_id,
        operation_id=operation_of(order),
        actor=said.actor,
        entry_mode=said.entry_mode,
        where=where,
        device_id=order.device_id,
        currency=order.currency,
        class_of_value=order.class_of_value,
        funding=Account.PROMOTIONS_GRANTED if promotional else funding,
        value=order.amount,
        gratuity=order.tip,
        discount=0 if promotional else order.discount,  # given away whole: there is nothing to let off
        included_tax=0 if promotional else order.included_tax,
        added_tax=order.tax,
        treatment=order.tax_treatment,
        good_through=order.good_through,
        expires_at=end_of_day(order.good_through, in_zone=merchant.zone) if order.good_through else None,
        order_number=order.order_number,
        offering_id=order.offering_id,
        refcode=order.refcode,
    )
