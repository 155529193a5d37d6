"""Orders on account, many in one transaction.

A batch locks its partners' agreements, answers what was ordered before, decides each other order against the credit in
memory, in the order of arrival, and writes certificates, numbers, orders, events and used credit all at once. Orders of
partners whose agreement somebody else has locked wait aside. All ids and numbers are made before, so that a batch can
be run again after a connection lost at COMMIT.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypedDict
from uuid import UUID

import msgspec

from largesse.db import Connection, Database, GroupCommit, Locked, Writes, gathering
from largesse.domain import certificates, orders, partners
from largesse.domain.catalog import usual_gift_description
from largesse.domain.certificates import NumberRow
from largesse.domain.merchants import Merchant
from largesse.domain.orders import Channel, DeliveryMethod, Order, OrderStatus
from largesse.domain.partners import Agreement, Contact, OrderWanted, Partner, SpendingLimit
from largesse.kernel.clock import day_of, end_of_day
from largesse.kernel.errors import Conflict, LargesseError
from largesse.kernel.events import Event
from largesse.kernel.ids import new_id
from largesse.kernel.money import half_up
from largesse.kernel.numbers import make_number
from largesse.kernel.sealing import Keyring
from largesse.kernel.tax import TaxTreatment
from largesse.ledger import Account, Books, Issue, Ledger, Outcome
from largesse.services.endpoints import billing_of

Publish = Callable[[Writes, Sequence[Event]], None]

DESCRIPTION = "Gift Certificate"
_PPM = 1_000_000
_Key = tuple[UUID, UUID]


class OperationReused(Conflict):
    """An Idempotency-Key was used before for an order that asked for something else."""

    code = "idempotency.mismatch"
    message = "This Idempotency-Key was used for an order that asked for something else. Use a new key for a new order."


class PlacedOnAccount(msgspec.Struct, frozen=True, kw_only=True):
    """What an order on account became; `number` is the certificate's, a bearer secret."""

    order: Order
    number: str
    replayed: bool = False

    def __repr__(self) -> str:
        return f"Placed(order_number={self.order.order_number!r}, replayed={self.replayed})"


@dataclass(kw_only=True, slots=True, repr=False)
class Placement:
    """One order into its batch, complete but for the decision.

    `repeatable` says that the caller may have placed it before; so may the batch itself, once it was `tried`.
    """

    merchant: Merchant
    order: Order
    wanted: OrderWanted
    number: str
    sealed: NumberRow
    issue: Issue
    event: Event
    repeatable: bool
    spender_id: UUID | None = None
    """The key or the person that orders, where they may have a limit."""
    tried: bool = False

    @property
    def operation(self) -> _Key:
        """Return the key that the order happens once under."""
        return self.order.merchant_id, self.order.operation_id

    @property
    def partner(self) -> _Key:
        """Return whose credit it uses."""
        return self.issue.merchant_id, self.order.partner_id or self.issue.merchant_id


def place(
    wanted: OrderWanted,
    *,
    merchant: Merchant,
    buyer: Partner,
    tax: TaxTreatment,
    price_reduction_ppm: int = 0,
    actor: str,
    operation_id: UUID | None,
    fingerprint: bytes,
    keyring: Keyring,
    spender_id: UUID | None = None,
    now: datetime,
) -> Placement:
    """Return an order with everything that issuing it will write. Makes ids and numbers; touches no database.

    Without an `operation_id` that stands for the caller's key, the order can only be repeated by its batch.
    """
    number = make_number(merchant.prefix)
    order_id = new_id(now)
    discount = half_up(wanted.amount.minor * price_reduction_ppm, _PPM)
    included_tax = tax.included(wanted.amount.minor - discount)
    order = Order(
        merchant_id=merchant.merchant_id,
        order_id=order_id,
        order_number=orders.new_order_number(merchant.prefix),
        channel=Channel.PARTNER,
        status=OrderStatus.ISSUED,
        partner_id=buyer.partner_id,
        refcode=wanted.refcode,
        third_party_identifier=wanted.third_party_identifier,
        certificate_id=(certificate_id := new_id(now)),
        operation_id=operation_id or order_id,
        fingerprint=fingerprint,
        currency=wanted.amount.currency.code,
        amount=wanted.amount.minor,
        discount=discount,
        total=wanted.amount.minor - discount,
        tax_kind=tax.kind,
        tax_country=tax.country,
        tax_rate=tax.rate or None,
        included_tax=included_tax,
        good_through=wanted.good_through,
        description=DESCRIPTION,
        gift_description=usual_gift_description(merchant.language),
        placed_at=now,
        issued_at=now,
        **_given(wanted, merchant),
    )
    issue = Issue(
        merchant_id=merchant.merchant_id,
        certificate_id=certificate_id,
        operation_id=operation_id or order_id,
        actor=actor,
        fingerprint=fingerprint,
        currency=order.currency,
        funding=Account.PARTNER_RECEIVABLE,
        party_id=buyer.partner_id,
        value=wanted.amount.minor,
        discount=discount,
        included_tax=included_tax,
        treatment=tax,
        good_through=wanted.good_through,
        expires_at=end_of_day(wanted.good_through, in_zone=merchant.zone),
        order_number=order.order_number,
        refcode=order.refcode,
    )
    return Placement(
        merchant=merchant,
        order=order,
        wanted=wanted,
        number=number,
        sealed=certificates.seal_number(keyring, merchant.merchant_id, certificate_id, number),
        issue=issue,
        event=orders.order_issued_event(order, merchant, billing_of(buyer), now),
        repeatable=operation_id is not None,
        spender_id=spender_id,
    )


class _Given(TypedDict, total=False):
    """What an order says of whom it is for."""

    recipient_first_name: str
    recipient_last_name: str
    recipient_email: str
    to_message: str
    from_message: str
    message: str
    locale: str
    design: str
    deliver_at: datetime | None
    delivery: DeliveryMethod


def _given(wanted: OrderWanted, merchant: Merchant) -> _Given:
    gift = wanted.gift
    if gift is None:
        return {}
    first, _, last = gift.name.rpartition(" ")
    said = _Given(
        recipient_first_name=first or last,
        recipient_last_name=last if first else "",
        recipient_email=gift.email,
        from_message=gift.sender,
        message=gift.message,
        locale=merchant.language,
        delivery=DeliveryMethod.EMAIL if gift.email else DeliveryMethod.PRINT,
    )
    if gift.to:
        said["to_message"] = gift.to
    if gift.design:
        said["design"] = gift.design
    if gift.deliver_at is not None:
        said["deliver_at"] = gift.deliver_at
    return said


class AccountOrders:
    """Take orders on account for one database. Use with `async with`; leaving it finishes what was accepted."""

    def __init__(
        self, database: Database, *, ledger: Ledger, keyring: Keyring, publish: Publish, runners: int = 1
    ) -> None:
        self._ledger = ledger
        self._keyring = keyring
        self._publish = publish
        self.commits: GroupCommit[Placement, PlacedOnAccount] = GroupCommit(
            database,
            self._handle_free,
            patient=self._handle,
            merchant_of=lambda one: one.order.merchant_id,
            runners=runners,
        )

    async def __aenter__(self) -> "AccountOrders":
        await self.commits.__aenter__()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.commits.__aexit__(*error)

    async def submit(self, placement: Placement) -> PlacedOnAccount:
        """Return what an order became, once it is durable.

        Raises:
            LargesseError: the agreement does not allow it, or its operation id was used for another order; nothing was
                written.
            Unavailable: too much waits, or the database is out of reach.
        """
        return await self.commits.submit(placement)

    async def find(self, connection: Connection, merchant_id: UUID, operation_id: UUID) -> PlacedOnAccount | None:
        """Return what an operation placed before."""
        found = await self._earlier(connection, [(merchant_id, operation_id)])
        return found.get((merchant_id, operation_id))

    async def place_within(
        self, connection: Connection, placements: Sequence[Placement]
    ) -> list[PlacedOnAccount | LargesseError]:
        """Place orders in the caller's transaction, which waits for whoever has their partners' agreements locked.

        Where one is refused, those beside it stand: a caller who wants all or none rolls back.
        """
        return await self._handle(connection, placements)

    async def _handle_free(
        self, connection: Connection, placements: Sequence[Placement]
    ) -> list[PlacedOnAccount | LargesseError | Locked]:
        """Place the orders of partners whose agreement nobody else has locked."""
        agreements, locked = await partners.lock_free_agreements(connection, list({one.partner for one in placements}))
        free = [one for one in placements if one.partner not in locked]
        placed = iter(await self._place(connection, free, agreements) if free else ())
        return [Locked(one.partner) if one.partner in locked else next(placed) for one in placements]

    async def _handle(
        self, connection: Connection, placements: Sequence[Placement]
    ) -> list[PlacedOnAccount | LargesseError]:
        """Place orders, and wait for whoever has locked their partners' agreements."""
        agreements = await partners.lock_agreements(connection, list({one.partner for one in placements}))
        return await self._place(connection, placements, agreements)

    async def _place(
        self, connection: Connection, placements: Sequence[Placement], agreements: dict[_Key, Agreement]
    ) -> list[PlacedOnAccount | LargesseError]:
        # Read after the locks are held: whoever placed the same order a moment ago has committed by now.
        known = await self._earlier(connection, [one.operation for one in placements if one.repeatable or one.tried])
        credit = partners.CreditBook(agreements, await self._limits(connection, placements, agreements))
        outcomes: list[PlacedOnAccount | LargesseError] = []
        accepted: list[Placement] = []
        for one in placements:
            one.tried = True
            outcome = _decide(one, known, credit)
            if isinstance(outcome, PlacedOnAccount) and not outcome.replayed:
                accepted.append(one)
                known[one.operation] = outcome
            outcomes.append(outcome)
        if accepted:
            now = max(one.order.placed_at for one in accepted)
            books = await self._ledger.open_books(connection, {one.merchant.merchant_id for one in accepted}, now=now)
            async with gathering(connection) as writes:
                self._write(writes, accepted, credit, books)
        return outcomes

    def _write(
        self, writes: Writes, accepted: Sequence[Placement], credit: partners.CreditBook, books: Mapping[UUID, Books]
    ) -> None:
        # Fresh: their ids were made for them, and those that may have been here before are not among the known orders.
        for outcome in self._ledger.post_fresh(writes, [one.issue for one in accepted], books):
            # A fresh certificate under a fresh operation cannot be refused; if it is, the whole batch must not stand.
            if not isinstance(outcome, Outcome):
                raise outcome
        certificates.insert_numbers(writes, [one.sealed for one in accepted])
        orders.insert_orders(writes, [one.order for one in accepted])
        partners.use_credit(writes, credit.used)
        for merchant_id, spent in credit.spent.items():
            partners.spend(writes, merchant_id, spent)
        self._publish(writes, [one.event for one in accepted])

    async def _limits(
        self, connection: Connection, placements: Sequence[Placement], agreements: Mapping[_Key, Agreement]
    ) -> dict[tuple[UUID, UUID, str], SpendingLimit]:
        """Return the limits of whoever orders, where an agreement says that there are any; most have none."""
        spenders = dict[UUID, set[UUID]]()
        for one in placements:
            agreement = agreements.get(one.partner)
            if one.spender_id is not None and agreement is not None and agreement.limits_spenders:
                spenders.setdefault(one.order.merchant_id, set()).add(one.spender_id)
        found = dict[tuple[UUID, UUID, str], SpendingLimit]()
        for merchant_id, ids in spenders.items():
            for (spender_id, code), limit in (
                await partners.lock_spending_limits(connection, merchant_id, sorted(ids))
            ).items():
                found[merchant_id, spender_id, code] = limit
        return found

    async def _earlier(self, connection: Connection, operations: Iterable[_Key]) -> dict[_Key, PlacedOnAccount]:
        by_merchant: dict[UUID, list[UUID]] = {}
        for merchant_id, operation_id in operations:
            by_merchant.setdefault(merchant_id, []).append(operation_id)
        found: dict[_Key, PlacedOnAccount] = {}
        for merchant_id, operation_ids in by_merchant.items():
            known = await orders.find_by_operation(connection, merchant_id, operation_ids)
            ids = [order.certificate_id for order in known.values() if order.certificate_id is not None]
            numbers = await certificates.open_numbers(connection, self._keyring, merchant_id, ids) if ids else {}
            for operation_id, order in known.items():
                if order.certificate_id is not None:
                    number = numbers[order.certificate_id]
                    found[merchant_id, operation_id] = PlacedOnAccount(order=order, number=number, replayed=True)
        return found


def _decide(
    one: Placement, known: dict[_Key, PlacedOnAccount], credit: partners.CreditBook
) -> PlacedOnAccount | LargesseError:
    earlier = known.get(one.operation)
    if earlier is not None:
        return replayed(earlier, one.order.fingerprint)
    order = one.order
    refused = credit.take(
        *one.partner,
        one.wanted.amount,
        owed=order.total,
        refcode=one.wanted.refcode,
        contact=contact_of(one.merchant),
        spender=None if one.spender_id is None else (one.spender_id, month_of(one.merchant, order.placed_at)),
    )
    return refused or PlacedOnAccount(order=order, number=one.number)


def month_of(merchant: Merchant, moment: datetime) -> date:
    """Return the first day of the month that a moment is in, in a merchant's calendar: limits are of a month."""
    return day_of(moment, in_zone=merchant.zone).replace(day=1)


def contact_of(merchant: Merchant) -> Contact:
    """Return whom a partner of the merchant asks."""
    return Contact(name=merchant.name, email=merchant.contact_email)


def replayed(earlier: PlacedOnAccount, fingerprint: bytes) -> PlacedOnAccount | LargesseError:
    """Return what an operation placed before, or a conflict when it is asked to place something else now."""
    if earlier.order.fingerprint != fingerprint:
        return OperationReused()
    return msgspec.structs.replace(earlier, replayed=True)
