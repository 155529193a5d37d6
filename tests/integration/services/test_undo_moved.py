"""A redemption is undone after its value was merged, or has a new number: whoever holds it now has it back."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from largesse.app.application import Application
from largesse.db import Database
from largesse.domain.merchants import Merchant
from largesse.kernel.ids import new_id
from largesse.ledger import Account, Certificate, Status, UndoEnded, VoidReason
from largesse.ledger.errors import AlreadyReversed
from largesse.services.certificates import Place, Request, merge, redeem, reissue, reverse
from largesse.services.gifts import newest
from largesse.services.refunds import refund_order, void
from tests.builders.orders import a_charge
from tests.builders.payments import a_paying_application, books, bought_of, now, paid_by_card
from tests.builders.shop import a_seller
from tests.support.stripe_account import StripeAccount


@pytest.fixture
async def application(database: Database, account: StripeAccount) -> AsyncIterator[Application]:
    async with a_paying_application(database, account) as opened:
        yield opened


@pytest.fixture
async def merchant(database: Database) -> Merchant:
    return await a_seller(database)


def asked() -> Request:
    return Request(operation_id=new_id(now()), actor="test", memo="asked for")


async def stands(application: Application, place: Place) -> Certificate:
    async with application.database.connection() as connection:
        found = await application.ledger.find(connection, place.merchant_id, place.certificate_id)
    assert found is not None
    return found


async def reissued(application: Application, merchant: Merchant, place: Place) -> Place:
    done = await reissue(application, merchant, place, request=asked(), now=now())
    return Place(merchant_id=place.merchant_id, certificate_id=done.certificate_id)


async def test_it_follows_new_numbers_and_merges_to_where_the_value_is(
    application: Application, merchant: Merchant, account: StripeAccount
) -> None:
    """Bought with discount and tax, reissued twice, merged; what was undone is refunded to whoever paid for it."""
    placed, _ = await paid_by_card(application, merchant, account, a_charge(10_000, discount=1_000, tax=540))
    host, _ = await paid_by_card(application, merchant, account, a_charge(5_000, tax=250))
    first, target = await bought_of(application, placed), await bought_of(application, host)
    spent, undo = asked(), asked()
    await redeem(application, first, value=4_000, request=spent, now=now())
    second = await reissued(application, merchant, first)
    third = await reissued(application, merchant, second)
    await merge(application, third, target, value=6_000, request=asked(), now=now())

    done = await reverse(application, first, redemption_id=spent.operation_id, request=undo, now=now())
    again = await reverse(application, first, redemption_id=spent.operation_id, request=undo, now=now())

    assert (done.value, done.replayed, again.value, again.replayed) == (4_000, False, 4_000, True)
    assert [(await stands(application, one)).balance for one in (first, second, third, target)] == [0, 0, 0, 15_000]
    assert Account.REDEEMED not in await books(application)
    with pytest.raises(AlreadyReversed):
        await reverse(application, first, redemption_id=spent.operation_id, request=asked(), now=now())
    async with application.database.connection() as connection:
        assert await newest(connection, application, merchant.merchant_id, first.certificate_id) == third.certificate_id
    back = await refund_order(application, merchant, placed.orders[0].order_number, request=asked(), now=now())
    assert (back.taken, back.owed) == (10_000, 9_540)
    assert (await stands(application, target)).balance == 5_000


async def test_a_lot_that_was_used_up_comes_back_under_the_new_number(
    application: Application, merchant: Merchant, account: StripeAccount
) -> None:
    placed, _ = await paid_by_card(application, merchant, account)
    other, _ = await paid_by_card(application, merchant, account, a_charge(5_000))
    place, source = await bought_of(application, placed), await bought_of(application, other)
    spent = asked()
    await redeem(application, place, value=10_000, request=spent, now=now())
    await merge(application, source, place, value=5_000, request=asked(), now=now())
    new = await reissued(application, merchant, place)

    await reverse(application, place, redemption_id=spent.operation_id, request=asked(), now=now())

    assert (await stands(application, new)).balance == 15_000
    await books(application)


async def test_where_its_carrier_has_ended_it_is_refused_with_the_remedy(
    application: Application, merchant: Merchant, account: StripeAccount
) -> None:
    placed, _ = await paid_by_card(application, merchant, account)
    place, spent = await bought_of(application, placed), asked()
    await redeem(application, place, value=4_000, request=spent, now=now())
    new = await reissued(application, merchant, place)
    await void(application, new, reason=VoidReason.FRAUD, request=asked(), now=now())
    before = await books(application)

    with pytest.raises(UndoEnded) as refused:
        await reverse(application, place, redemption_id=spent.operation_id, request=asked(), now=now())

    assert refused.value.code == "redemption.undo.ended"
    assert "credit" in refused.value.message
    assert await books(application) == before
    assert (await stands(application, place)).status is Status.VOID


async def test_however_an_undo_and_a_merge_meet_the_value_is_on_one_of_them(
    application: Application, merchant: Merchant, account: StripeAccount
) -> None:
    placed, _ = await paid_by_card(application, merchant, account, *(a_charge(1_000) for _ in range(6)))
    places = [await bought_of(application, placed, place) for place in range(6)]
    target, *sources = places
    spent = [asked() for _ in sources]
    for place, request in zip(sources, spent, strict=True):
        await redeem(application, place, value=400, request=request, now=now())

    await asyncio.gather(
        *(merge(application, one, target, value=600, request=asked(), now=now()) for one in sources),
        *(
            reverse(application, one, redemption_id=request.operation_id, request=asked(), now=now())
            for one, request in zip(sources, spent, strict=True)
        ),
    )

    left = [(await stands(application, one)).balance for one in places]
    assert sum(left) == 6_000
    # What came before the merge stayed behind, for only what was left then was merged; what came after it followed.
    assert set(left[1:]) <= {0, 400}
    await books(application)
