"""Sales of an offering draw from its pools by themselves: each code once, however many sell at once."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from largesse.app.application import Application
from largesse.db import Database
from largesse.domain import certificates, staff
from largesse.domain.cards import BatchInvalid, BatchKind, BatchNotReady, BatchUnknown, CardBatch, PoolEmpty
from largesse.domain.merchants import Merchant
from largesse.domain.orders import OrderStatus
from largesse.domain.payments import PaymentStatus, TrialChoice, payments_of_checkout
from largesse.domain.staff import Audited
from largesse.kernel.tax import UNTAXED
from largesse.ledger import Status
from largesse.ledger.proofs import verify
from largesse.services import cards as services
from largesse.services.cards import assign_pool, locate_card
from largesse.services.certificates import ReissueOfPool, Tender, activate, locate, redeem, reissue
from largesse.services.counter_sales import SaleTender, Sold, look_after, undo_sale
from largesse.services.office import work_lists
from largesse.services.payments import paying
from tests.builders.certificates import a_request
from tests.builders.counters import Counter, a_counter, sold_at
from tests.builders.payments import a_paying_application, now
from tests.integration.services.counter_sales.test_waiting import state_of

CODES = [
    f"TILL-{place:04}-{word}" for place, word in enumerate(("APPLE", "BERRY", "CHERRY", "DATES", "ELDER"), start=1)
]


@pytest.fixture
async def application(database: Database) -> AsyncIterator[Application]:
    async with a_paying_application(database) as opened:
        yield opened


@pytest.fixture
async def counter(database: Database) -> Counter:
    return await a_counter(database, tax=UNTAXED)


async def a_pool(application: Application, merchant: Merchant, codes: list[str], *, currency: str = "USD") -> CardBatch:
    digest = "".join(codes).encode().ljust(32, b"-")[-32:]
    pool = await services.open_pool(
        application, merchant, codes, name="Till", low_at=1, digest=digest, currency=currency, actor="test", now=now()
    )
    return await services.make(application, merchant, pool.batch_id, codes=codes, now=now())


async def its_pool(application: Application, counter: Counter, codes: list[str]) -> CardBatch:
    pool = await a_pool(application, counter.merchant, codes)
    return await assigned(application, counter.merchant, pool, "any-amount")


async def assigned(application: Application, merchant: Merchant, pool: CardBatch, offering: str) -> CardBatch:
    return await assign_pool(application, merchant, pool.batch_id, offering, actor="test", now=now())


async def code_of(application: Application, sold: Sold) -> str:
    """The number of what was sold."""
    assert sold.order.certificate_id is not None
    key = sold.order.merchant_id, [sold.order.certificate_id]
    async with application.database.connection() as connection:
        [code] = (await certificates.open_numbers(connection, application.keyring, *key)).values()
    return code


async def test_many_sales_at_once_never_get_the_same_card_and_the_one_too_many_is_refused(
    application: Application, counter: Counter
) -> None:
    await its_pool(application, counter, CODES)
    tried = await asyncio.gather(
        *(sold_at(application, counter, now=now()) for _ in range(len(CODES) + 1)), return_exceptions=True
    )
    sold = [one for one in tried if isinstance(one, Sold)]
    [refused] = [one for one in tried if not isinstance(one, Sold)]
    assert isinstance(refused, PoolEmpty)
    assert sorted([await code_of(application, one) for one in sold]) == CODES
    found = await locate(application, CODES[2], at=counter.merchant)
    await redeem(application, found.place, value=5_000, request=a_request(), now=now())
    async with application.database.connection() as connection:
        assert await connection.fetchval("SELECT count(*) FROM orders") == len(CODES)
        assert [one async for one in verify(connection)] == []


async def test_pools_are_emptied_one_after_another_and_what_went_by_itself_is_passed_over(
    application: Application, counter: Counter
) -> None:
    for some in (CODES[:2], CODES[2:]):
        await its_pool(application, counter, some)
    scanned = await locate_card(application, counter.merchant, CODES[1])
    await activate(
        application,
        counter.merchant,
        scanned.certificate,
        value=2_500,
        tender=Tender.CASH,
        good_through=None,
        request=a_request(),
        now=now(),
    )
    request = a_request()
    first = await sold_at(application, counter, request=request, now=now())
    assert (await sold_at(application, counter, request=request, now=now())).replayed
    assert await code_of(application, first) == CODES[0]
    assert await code_of(application, await sold_at(application, counter, now=now())) == CODES[2]
    undone = await undo_sale(
        application,
        counter.merchant,
        first.order.order_number,
        (await locate(application, CODES[0], at=counter.merchant)).certificate,
        request=a_request(),
        now=now(),
    )
    assert undone.order.status is OrderStatus.REFUNDED
    assert await code_of(application, await sold_at(application, counter, now=now())) == CODES[3]


async def test_a_pool_that_is_voided_is_drawn_from_no_more_and_stops_no_sale(
    application: Application, counter: Counter
) -> None:
    pool, merchant = await its_pool(application, counter, CODES[:1]), counter.merchant
    await services.void_batch(application, merchant, pool.batch_id, actor="test", reason="stolen", now=now())
    for tender in (SaleTender.CASH, SaleTender.PHONE):
        await sold_at(application, counter, tender=tender, now=now())
    assert (await services.end(application, merchant, pool.batch_id, now=now())).offering_id is None
    assert (await code_of(application, await sold_at(application, counter, now=now()))).startswith(merchant.prefix)
    with pytest.raises(BatchNotReady):
        await assigned(application, merchant, pool, "any-amount")


async def test_who_has_sales_draw_from_a_pool_stands_in_the_audit_log_once(
    application: Application, counter: Counter
) -> None:
    pool = await a_pool(application, counter.merchant, CODES)
    for offering in ("any-amount", "any-amount", ""):
        await assigned(application, counter.merchant, pool, offering)
    async with application.database.connection() as connection:
        entries = await staff.entries_about(connection, counter.merchant.merchant_id, str(pool.batch_id))
    assert [(one.action, one.reason) for one in entries] == [
        (Audited.POOL_ASSIGNED, "none"),
        (Audited.POOL_ASSIGNED, "any-amount"),
    ]


async def test_a_newer_pool_of_another_offering_hides_none_that_runs_low(
    application: Application, counter: Counter
) -> None:
    merchant = counter.merchant
    low = await its_pool(application, counter, CODES[:1])
    await a_pool(application, merchant, CODES[1:])
    lists = await work_lists(
        application, merchant.merchant_id, now=now(), orders=False, deliveries=False, partners=False, catalogue=True
    )
    assert [row["batch_id"] for row in lists.pools] == [low.batch_id]


async def test_money_that_finds_the_pool_empty_goes_back(application: Application, counter: Counter) -> None:
    await its_pool(application, counter, CODES[:1])
    waits = await sold_at(application, counter, tender=SaleTender.PHONE, now=now())
    state = await state_of(application, counter, waits)
    await sold_at(application, counter, now=now())
    await paying.try_out(application, state, TrialChoice.PAY, now=now())
    assert (await look_after(application, counter.merchant, waits, now=now())).order.status is not OrderStatus.ISSUED
    async with application.database.connection() as connection:
        [payment] = await payments_of_checkout(connection, waits.order.merchant_id, waits.checkout.checkout_id)
    assert payment.surplus
    assert payment.status is not PaymentStatus.PENDING


async def test_a_pool_of_another_currency_or_none_is_refused(application: Application, counter: Counter) -> None:
    pool = await a_pool(application, counter.merchant, CODES, currency="EUR")
    with pytest.raises(BatchInvalid):
        await assigned(application, counter.merchant, pool, "any-amount")
    printed = await services.open_batch(
        application, counter.merchant, kind=BatchKind.TWO_CODES, name="C", count=1, actor="test", now=now()
    )
    with pytest.raises(BatchUnknown):
        await assigned(application, counter.merchant, printed, "any-amount")


async def test_a_code_that_the_till_made_gets_no_number_that_it_would_not_know(
    application: Application, counter: Counter
) -> None:
    await its_pool(application, counter, CODES[:1])
    await sold_at(application, counter, now=now())
    found = await locate(application, CODES[0], at=counter.merchant)
    with pytest.raises(ReissueOfPool) as refused:
        await reissue(application, counter.merchant, found.place, request=a_request("lost"), now=now())
    assert refused.value.code == "certificate.reissue.pool"
    assert (await locate(application, CODES[0], at=counter.merchant)).certificate.status is Status.ACTIVE
