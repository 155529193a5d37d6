"""All that happened to an order or a certificate, gathered from everything that keeps a record of it."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

import msgspec

from largesse.db import Connection, load
from largesse.domain import certificates, devices, gifts, locations, orders, partners, payments, staff, withdrawals
from largesse.domain.gifts import Gift, MailStatus, Purpose
from largesse.domain.invoices import KeptDocument, SaleDocumentMissing
from largesse.domain.merchants import Merchant
from largesse.domain.orders import Checkout, Order
from largesse.domain.partners import Partner
from largesse.domain.payments import Dispute, Payment, PaymentRefund
from largesse.domain.staff import AuditEntry
from largesse.domain.withdrawals import Withdrawal
from largesse.ledger import Entry, Hold, event_id_of
from largesse.services.certificates import Located, locate_id
from largesse.services.invoices import sale_documents_of_order
from largesse.services.office.deliveries import EndpointTold, told_of
from largesse.services.office.dependencies import StoryDependencies

_views = load(__package__, "views.sql")
_PEOPLE = ("person:", "claimed:")


class MailTold(msgspec.Struct, frozen=True, kw_only=True):
    """One mail, without what it says."""

    mail_id: UUID
    purpose: Purpose
    address: str
    name: str
    status: MailStatus
    queued_at: datetime
    settled_at: datetime | None


class OrderStory(msgspec.Struct, frozen=True, kw_only=True):
    """An order, how it was paid, how its gift was delivered, and what staff did about it."""

    merchant: Merchant
    order: Order
    checkout: Checkout | None = None
    together: tuple[Order, ...] = ()
    """All orders of the checkout, this one among them."""
    partner: Partner | None = None
    gift: Gift | None = None
    mails: tuple[MailTold, ...] = ()
    payments: tuple[Payment, ...] = ()
    refunds: tuple[PaymentRefund, ...] = ()
    disputes: tuple[Dispute, ...] = ()
    audit: tuple[AuditEntry, ...] = ()
    told: tuple[EndpointTold, ...] = ()
    """The endpoints that were told that it was issued."""
    documents: tuple[KeptDocument, ...] = ()
    """Its receipt or invoice, and what corrects it."""
    withdrawal: Withdrawal | None = None
    """What its buyer declared who withdrew from it."""

    @property
    def addresses(self) -> frozenset[str]:
        """Return the mail addresses of whoever it is for or from, folded: nobody acts on what is their own."""
        found = {self.order.recipient_email}
        if self.gift is not None:
            found.add(self.gift.recipient_email)
        if self.checkout is not None:
            found.add(self.checkout.billing.email)
        return frozenset(one.casefold() for one in found if one)


class ReloadWaiting(msgspec.Struct, frozen=True, kw_only=True):
    """An order that reloads a certificate once it is paid; `until` is when it is given up, where that is known."""

    order: Order
    until: datetime | None = None


class CertificateStory(msgspec.Struct, frozen=True, kw_only=True):
    """A certificate as it stands, its journal, and the story of the order that issued it."""

    found: Located
    entries: tuple[Entry, ...]
    holds: tuple[Hold, ...] = ()
    bought: OrderStory | None = None
    audit: tuple[AuditEntry, ...] = ()
    last_fours: Mapping[UUID, str] = {}
    """Of the certificates that value came from or went to."""
    told: tuple[EndpointTold, ...] = ()
    """The endpoints that were told of what happened to it."""
    reloads: tuple[ReloadWaiting, ...] = ()
    """What is added to it once it is paid."""


class StoryNames(msgspec.Struct, frozen=True, kw_only=True):
    """What the ids in a story are called."""

    people: Mapping[UUID, str] = {}
    locations: Mapping[UUID, str] = {}
    devices: Mapping[UUID, str] = {}


async def order_story(deps: StoryDependencies, merchant: Merchant, number: str) -> OrderStory:
    """Return the story of an order.

    Raises:
        OrderNotFound: the merchant has none of that number.
    """
    async with deps.database.connection() as connection:
        order = await orders.find_by_number(connection, merchant.merchant_id, number)
        return await _order_story(connection, merchant, order)


async def certificate_story(deps: StoryDependencies, merchant: Merchant, certificate_id: UUID) -> CertificateStory:
    """Return the story of a certificate.

    Raises:
        CertificateUnknown: the merchant has none of that id.
    """
    found = await locate_id(deps, merchant, certificate_id)
    merchant_id = merchant.merchant_id
    async with deps.database.connection() as connection:
        entries = await deps.ledger.statement(connection, merchant_id, certificate_id)
        holds = await deps.ledger.open_holds(connection, merchant_id, certificate_id)
        order = await orders.find_by_optional_number(connection, merchant_id, found.certificate.order_number)
        bought = await _order_story(connection, merchant, order) if order is not None else None
        audit = await staff.entries_about(connection, merchant_id, str(certificate_id))
        others = {entry.refers_to for entry in entries if entry.refers_to is not None}
        last_fours = await _last_fours(connection, merchant_id, others)
        events = {event for entry in entries if (event := event_id_of(entry)) is not None}
        told = await told_of(connection, merchant_id, sorted(events))
        waiting = await orders.reloads_waiting(connection, merchant_id, certificate_id)
        checkouts = [one.checkout_id for one in waiting if one.checkout_id is not None]
        until = await orders.payment_links(connection, merchant_id, checkouts)
    return CertificateStory(
        found=found,
        entries=tuple(entries),
        holds=tuple(holds),
        bought=bought,
        audit=tuple(audit),
        last_fours=last_fours,
        told=told,
        reloads=tuple(
            ReloadWaiting(order=one, until=until.get(one.checkout_id) if one.checkout_id else None) for one in waiting
        ),
    )


async def names_in(deps: StoryDependencies, merchant: Merchant, actors: Iterable[str]) -> StoryNames:
    """Return what the people, places and devices are called that a story names."""
    ids = {person for actor in actors if (person := person_id_of(actor)) is not None}
    async with deps.database.connection() as connection:
        people = await staff.persons_of_ids(connection, list(ids)) if ids else {}
        places = await locations.locations(connection, merchant.merchant_id)
        tills = await devices.devices(connection, merchant.merchant_id)
    return StoryNames(
        people={person_id: person.name for person_id, person in people.items()},
        locations={one.location_id: one.name for one in places},
        devices={one.device_id: one.name for one in tills},
    )


def person_id_of(actor: str) -> UUID | None:
    """Return whom an actor is, where it is a person: who signed in, or claimed to be there while there was no line."""
    try:
        return UUID(actor.partition(":")[2]) if actor.startswith(_PEOPLE) else None
    except ValueError:
        return None


async def _order_story(connection: Connection, merchant: Merchant, order: Order) -> OrderStory:
    merchant_id = merchant.merchant_id
    audit = await staff.entries_about(connection, merchant_id, str(order.order_id))
    issued = [orders.issued_event_id(order)] if order.issued_at is not None else []
    told = await told_of(connection, merchant_id, issued)
    if order.checkout_id is None:
        partner = await partners.find_partner(connection, merchant_id, str(order.partner_id))
        gift = (await gifts.deliveries_of_orders(connection, merchant_id, [order.order_id])).get(order.order_id)
        return OrderStory(
            merchant=merchant,
            order=order,
            partner=partner,
            gift=gift,
            mails=await _mails(connection, merchant_id, gift.checkout_id, order.order_id) if gift else (),
            audit=tuple(audit),
            told=told,
        )
    checkout_id = order.checkout_id
    together = await orders.orders_of_checkouts(connection, merchant_id, [checkout_id])
    paid = await payments.payments_of_checkout(connection, merchant_id, checkout_id)
    delivered = await gifts.deliveries_of_checkout(connection, merchant_id, checkout_id)
    disputes = [
        dispute
        for one in paid
        for dispute in await payments.disputes_of_payment(connection, merchant_id, one.payment_id)
    ]
    return OrderStory(
        merchant=merchant,
        order=order,
        checkout=await orders.find_checkout(connection, merchant_id, checkout_id),
        withdrawal=await withdrawals.withdrawal_of_order(connection, merchant_id, order.order_id),
        together=tuple(together),
        gift=next((one for one in delivered if one.order_id == order.order_id), None),
        mails=await _mails(connection, merchant_id, checkout_id, order.order_id),
        payments=tuple(paid),
        refunds=tuple(
            await payments.refunds_of_payments(connection, merchant_id, [one.payment_id for one in paid])
            if paid
            else ()
        ),
        disputes=tuple(disputes),
        audit=tuple(audit),
        told=told,
        documents=await _documents(connection, order),
    )


async def _documents(connection: Connection, order: Order) -> tuple[KeptDocument, ...]:
    try:
        return tuple(await sale_documents_of_order(connection, order))
    except SaleDocumentMissing:
        return ()


async def _mails(connection: Connection, merchant_id: UUID, checkout_id: UUID, order_id: UUID) -> tuple[MailTold, ...]:
    rows = await connection.fetch(_views.mails_about, merchant_id, checkout_id, order_id)
    return tuple(msgspec.convert(dict(row), MailTold) for row in rows)


async def _last_fours(connection: Connection, merchant_id: UUID, ids: set[UUID]) -> Mapping[UUID, str]:
    return await certificates.last_four_of(connection, merchant_id, list(ids)) if ids else {}
