import asyncio
import dataclasses
from collections.abc import AsyncIterator, Sequence
from decimal import Decimal
from uuid import uuid4

import asyncpg
import msgspec
import pytest
from msgspec.structs import replace

from largesse.app.application import Application
from largesse.db import Database, Writes, gathering
from largesse.domain import orders, partners
from largesse.domain.partners import AgreementChange, CreditExhausted, OrderWanted, Terms
from largesse.interfaces.partner_api.order_form import read_order
from largesse.kernel.errors import LargesseError
from largesse.kernel.events import Event
from largesse.kernel.tax import UNTAXED, TaxKind, TaxTreatment
from largesse.ledger import Account, Status, Void
from largesse.ledger.proofs import verify
from largesse.outbox import add_events
from largesse.services.partners.ordering import order_on_account, try_order
from largesse.services.partners.placing import AccountOrders, OperationReused, PlacedOnAccount, Placement, place
from tests.builders.application import an_application
from tests.builders.partners import Ordering, a_merchant, admitted, an_order, an_ordering_partner

GIVEN = {"refcode": "A", "amount": "25"}


@pytest.fixture
async def application(database: Database) -> AsyncIterator[Application]:
    async with an_application(database) as opened:
        yield opened


async def count(application: Application, table: str) -> int:
    async with application.database.connection() as connection:
        found: int = await connection.fetchval(f"SELECT count(*) FROM {table}")
    return found


async def used(application: Application, ordering: Ordering) -> int:
    async with application.database.connection() as connection:
        agreement = await partners.agreement_of(connection, ordering.merchant.merchant_id, ordering.partner.partner_id)
    return agreement.terms["USD"].credit_used


async def a_placement(
    application: Application, ordering: Ordering, *, amount: str = "25", key: bool = False
) -> Placement:
    now = application.clock.now()
    wanted = read_order({"refcode": "A", "amount": amount}, today=now.date())
    assert isinstance(wanted, OrderWanted)
    return place(
        wanted,
        merchant=ordering.merchant,
        buyer=ordering.partner,
        tax=UNTAXED,
        actor="partner:test",
        operation_id=uuid4() if key else None,
        fingerprint=b"x" * 16,
        keyring=application.keyring,
        now=now,
    )


async def test_an_order_becomes_a_certificate_that_the_partner_owes_for(application: Application) -> None:
    ordering = await an_ordering_partner(application)
    placed = await order_on_account(
        application, await admitted(application, ordering), an_order(GIVEN), now=application.clock.now()
    )
    order = placed.order
    assert order.certificate_id is not None
    async with application.database.connection() as connection:
        certificate = await application.ledger.find(connection, order.merchant_id, order.certificate_id)
        [entry] = await application.ledger.statement(connection, order.merchant_id, order.certificate_id)
    assert certificate is not None
    assert (certificate.status, certificate.balance, certificate.order_number) == (
        Status.ACTIVE,
        2500,
        order.order_number,
    )
    assert entry.debit is Account.PARTNER_RECEIVABLE
    assert await used(application, ordering) == 2500


@pytest.mark.parametrize(
    "tax, included",
    [
        (TaxTreatment(kind=TaxKind.SINGLE_PURPOSE, country="DE", rate=Decimal("0.19")), 399),
        (TaxTreatment(kind=TaxKind.MULTI_PURPOSE, country="DE"), 0),
    ],
)
async def test_an_order_is_taxed_as_the_agreement_says(
    application: Application, tax: TaxTreatment, included: int
) -> None:
    ordering = await an_ordering_partner(application, change=AgreementChange(tax=tax))
    caller, now = await admitted(application, ordering), application.clock.now()
    tried = await try_order(application, caller, an_order(GIVEN), now=now)
    placed = await order_on_account(application, caller, an_order(GIVEN), now=now)
    for order in (tried.order, placed.order):
        assert (order.tax_treatment, order.included_tax, order.tax, order.total) == (tax, included, 0, 2500)
    assert placed.order.certificate_id is not None
    merchant_id, certificate_id = placed.order.merchant_id, placed.order.certificate_id
    void = Void(
        merchant_id=merchant_id, certificate_id=certificate_id, operation_id=uuid4(), actor="test", reason="unpaid"
    )
    async with application.database.connection() as connection:
        certificate = await application.ledger.find(connection, merchant_id, certificate_id)
        [kept] = (await orders.find_by_operation(connection, merchant_id, [placed.order.operation_id])).values()
        row = await connection.fetchrow("SELECT payload FROM events WHERE kind = 'order.issued'")
    assert certificate is not None
    assert (certificate.treatment, certificate.lots[0].included_tax) == (tax, included)
    assert kept.tax_treatment == tax
    assert row is not None
    assert msgspec.json.decode(row["payload"])["order"]["tax_kind"] == tax.kind
    await application.ledger.submit(void, now=now)
    async with application.database.dedicated() as connection:
        owed = await connection.fetchval(
            "SELECT coalesce(sum(CASE WHEN credit = 'tax_payable' THEN amount ELSE -amount END), 0) FROM journal "
            "WHERE 'tax_payable' IN (debit, credit)"
        )
        assert owed == 0  # what nobody pays for is not taxed
        assert [one async for one in verify(connection)] == []


async def test_neither_number_nor_key_shows_in_a_repr(application: Application) -> None:
    ordering = await an_ordering_partner(application)
    one = await a_placement(application, ordering)
    placed = await application.orders_on_account.submit(one)
    assert placed.number not in repr(placed)
    assert placed.number not in repr(one)


async def test_a_batch_that_is_run_again_after_a_lost_commit_issues_once(application: Application) -> None:
    ordering = await an_ordering_partner(application)
    one = await a_placement(application, ordering)
    first = await application.orders_on_account.submit(one)
    again = await application.orders_on_account.submit(one)
    assert again.number == first.number
    assert await count(application, "orders") == await count(application, "certificates") == 1
    assert await used(application, ordering) == 2500


async def test_one_batch_knows_what_it_has_just_placed(application: Application) -> None:
    ordering = await an_ordering_partner(application)
    one = await a_placement(application, ordering, key=True)
    outcomes = await asyncio.gather(*(application.orders_on_account.submit(one) for _ in range(5)))
    assert {outcome.number for outcome in outcomes} == {one.number}
    assert sorted(outcome.replayed for outcome in outcomes) == [False, True, True, True, True]


async def test_several_processes_share_one_credit_and_one_key(application: Application, dsn: str) -> None:
    terms = {"USD": Terms(amount_max=100_00, credit_limit=10 * 25_00)}
    ordering = await an_ordering_partner(application, terms=terms)
    caller = await admitted(application, ordering)
    async with await Database.open(dsn) as second, an_application(second, keyring=application.keyring) as other:

        async def order(one: Application, key: str | None) -> PlacedOnAccount | LargesseError:
            try:
                return await order_on_account(one, caller, an_order(GIVEN, key=key), now=one.clock.now())
            except LargesseError as refused:
                return refused

        same = await asyncio.gather(*(order(one, "k") for one in (application, other) * 5))
        assert len({outcome.number for outcome in same if isinstance(outcome, PlacedOnAccount)}) == 1
        assert all(isinstance(outcome, PlacedOnAccount) for outcome in same)
        rest = await asyncio.gather(*(order(one, None) for one in (application, other) * 10))
    assert sum(isinstance(outcome, PlacedOnAccount) for outcome in rest) == 9
    assert all(isinstance(outcome, PlacedOnAccount | CreditExhausted) for outcome in rest)
    assert await used(application, ordering) == 250_00
    assert await count(application, "orders") == 10


async def test_nobody_waits_for_an_agreement_that_only_another_needs(application: Application) -> None:
    held, other = (
        await an_ordering_partner(application),
        await an_ordering_partner(
            application, merchant=await a_merchant(application, slug="other", prefix="OTHR"), email="other@example.com"
        ),
    )
    orders_on_account = application.orders_on_account
    async with application.database.transaction() as connection:
        await partners.lock_agreements(connection, [(held.merchant.merchant_id, held.partner.partner_id)])
        waiting = [
            asyncio.create_task(orders_on_account.submit(await a_placement(application, held))) for _ in range(10)
        ]
        for _ in range(5):
            await orders_on_account.submit(await a_placement(application, other))
        assert not any(one.done() for one in waiting)
    await asyncio.gather(*waiting)
    assert (await used(application, held), await used(application, other)) == (25_000, 12_500)


async def test_a_key_that_was_used_for_something_else_is_told_of(application: Application) -> None:
    caller = await admitted(application, await an_ordering_partner(application))
    now = application.clock.now()
    await order_on_account(application, caller, an_order(GIVEN, key="k"), now=now)
    for other in ({**GIVEN, "amount": "26"}, {**GIVEN, "currencyCode": "EUR"}, {}):
        with pytest.raises(OperationReused):
            await order_on_account(application, caller, an_order(other, key="k"), now=now)


async def test_when_the_outbox_fails_nothing_is_issued(application: Application) -> None:
    ordering = await an_ordering_partner(application)

    def fail(_writes: Writes, _events: Sequence[Event]) -> None:
        raise asyncpg.CheckViolationError

    async with AccountOrders(
        application.database, ledger=application.ledger, keyring=application.keyring, publish=fail
    ) as broken:
        with pytest.raises(asyncpg.CheckViolationError):
            await broken.submit(await a_placement(application, ordering))
    assert [await count(application, table) for table in ("orders", "certificates", "journal", "events")] == [0] * 4
    assert await used(application, ordering) == 0


async def test_trying_an_order_writes_nothing(application: Application) -> None:
    ordering = await an_ordering_partner(application)
    caller = await admitted(application, ordering)
    sample = await try_order(application, caller, an_order(GIVEN), now=application.clock.now())
    assert sample.order.amount == 2500
    assert await count(application, "orders") == await count(application, "certificate_numbers") == 0


class Snatcher(AccountOrders):
    """Somebody who takes the first number that is drawn, a moment before it is written."""

    snatched = 0

    async def submit(self, placement: Placement) -> PlacedOnAccount:
        """Place an order of the same number first, once."""
        if not self.snatched:
            self.snatched += 1
            thief = replace(placement.order, order_id=uuid4(), operation_id=uuid4())
            async with self.database.connection() as connection, gathering(connection) as writes:
                orders.insert_orders(writes, [thief])
        return await super().submit(placement)

    def __init__(self, application: Application) -> None:
        super().__init__(
            application.database, ledger=application.ledger, keyring=application.keyring, publish=add_events
        )
        self.database = application.database


async def test_an_order_number_that_is_taken_is_drawn_again(application: Application) -> None:
    caller = await admitted(application, await an_ordering_partner(application))
    snatcher = Snatcher(application)
    async with snatcher:
        theirs = dataclasses.replace(application, orders_on_account=snatcher)
        placed = await order_on_account(theirs, caller, an_order(GIVEN, key="k"), now=application.clock.now())
        again = await order_on_account(theirs, caller, an_order(GIVEN, key="k"), now=application.clock.now())
    assert snatcher.snatched == 1
    assert again.replayed
    assert again.number == placed.number
    assert await count(application, "orders") == 2
    assert await count(application, "certificates") == 1
