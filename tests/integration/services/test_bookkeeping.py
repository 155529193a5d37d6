"""What is owed is paid out once and never beyond what is owed, and a till's day closes against its own total."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from largesse.app.application import Application
from largesse.db import Database
from largesse.domain.locations import LocationUnknown
from largesse.domain.merchants import Merchant
from largesse.kernel.currency import UnknownCurrency
from largesse.kernel.where import BooksSale
from largesse.ledger import Account
from largesse.ledger.errors import OperationConflict
from largesse.ledger.proofs import trial_balance, verify
from largesse.services.bookkeeping import (
    GratuityPayer,
    Paid,
    PayableExceeded,
    TenderNegative,
    TenderNotOpen,
    close_tender,
    pay_out_gratuities,
    pay_unclaimed_property,
)
from largesse.services.certificates import hand_over, redeem, spot_of
from tests.builders.application import NOW, an_application
from tests.builders.certificates import Card, a_card, a_merchant, a_request
from tests.builders.locations import a_location

TODAY = date(2026, 11, 22)
DAY = timedelta(days=1)


@pytest.fixture
async def merchant(database: Database) -> Merchant:
    found = await a_merchant(database)
    await a_location(database, found, code="BAR")
    await a_location(database, found, code="TILL", books_sale=BooksSale.TILL)
    return found


@pytest.fixture
async def application(database: Database) -> AsyncIterator[Application]:
    async with an_application(database) as opened:
        yield opened


async def books(application: Application) -> dict[Account, int]:
    async with application.database.dedicated() as connection:
        assert [difference async for difference in verify(connection)] == []
        return {one.account: one.balance for one in await trial_balance(connection) if one.balance}


async def rows(application: Application) -> list[tuple[Any, ...]]:
    """What was booked of other subjects than certificates."""
    async with application.database.connection() as connection:
        found = await connection.fetch(
            "SELECT kind, reason, debit, credit, amount, subject_kind FROM journal WHERE subject_kind <> 'certificate'"
            " ORDER BY recorded_at, subject_id, seq"
        )
    return [tuple(row.values()) for row in found]


async def spent(
    application: Application, card: Card, value: int, gratuity: int = 0, *, at: str, now: datetime = NOW
) -> None:
    spot = await spot_of(application, card.place.merchant_id, location=at, now=now)
    await redeem(application, card.place, value=value, gratuity=gratuity, spot=spot, request=a_request(), now=now)


async def pay(application: Application, merchant: Merchant, location: str = "BAR", **given: Any) -> Paid:
    asked: dict[str, Any] = {
        "payer": GratuityPayer.DRAWER,
        "currency": "USD",
        "request": a_request(),
        "now": NOW,
    } | given
    return await pay_out_gratuities(application, merchant, location, **asked)


async def test_gratuities_of_a_location_are_paid_out_once(application: Application, merchant: Merchant) -> None:
    """Of 15.00 that were earned at the bar 5.00 go to one person, and the rest is paid with the wages."""
    card = await a_card(application, merchant, gratuity=3_000)
    await spent(application, card, 0, 1_500, at="BAR")
    await spent(application, card, 0, 700, at="TILL")
    request = a_request()
    first = await pay(application, merchant, amount=500, paid_to=UUID(int=9), request=request)
    again = await pay(application, merchant, amount=500, paid_to=UUID(int=9), request=request)
    rest = await pay(application, merchant, payer=GratuityPayer.PAYROLL)
    assert (first.amount, first.left, again.amount, again.replayed, rest.amount, rest.left) == (
        *(500, 1_000, 500, True),
        *(1_000, 0),
    )
    with pytest.raises(PayableExceeded):
        await pay(application, merchant)
    with pytest.raises(OperationConflict):
        await pay(application, merchant, amount=501, paid_to=UUID(int=9), request=request)
    assert sorted(await rows(application)) == [
        ("pay_out_gratuities", "paid", "gratuities_payable", "cash", 500, "till_drawer"),
        ("pay_out_gratuities", "payroll", "gratuities_payable", "bank_clearing", 1_000, "location"),
    ]
    left = await books(application)
    assert Account.GRATUITIES_PAYABLE not in left
    assert (left[Account.CASH], left[Account.BANK_CLEARING], left[Account.TENDER_CLEARING]) == (-500, -1_000, -700)


async def test_only_what_was_earned_by_a_day_is_paid_through_it(application: Application, merchant: Merchant) -> None:
    card = await a_card(application, merchant, gratuity=3_000)
    await spent(application, card, 0, 100, at="BAR")
    await spent(application, card, 0, 40, at="BAR", now=NOW + DAY)
    later = NOW + 2 * DAY
    with pytest.raises(PayableExceeded):
        await pay(application, merchant, through=TODAY, amount=101, now=later)
    paid = await pay(application, merchant, through=TODAY, payer=GratuityPayer.BANK, now=later)
    assert (paid.amount, paid.left) == (100, 0)
    with pytest.raises(PayableExceeded):
        await pay(application, merchant, through=TODAY, now=later)
    assert (await pay(application, merchant, now=later)).amount == 40
    assert Account.GRATUITIES_PAYABLE not in await books(application)


@pytest.mark.parametrize("payer", GratuityPayer)
async def test_many_who_pay_at_once_never_pay_more_than_is_owed(
    application: Application, merchant: Merchant, payer: GratuityPayer
) -> None:
    card = await a_card(application, merchant, gratuity=3_000)
    await spent(application, card, 0, 1_000, at="BAR")
    done = await asyncio.gather(
        *(pay(application, merchant, amount=300, payer=payer) for _ in range(8)), return_exceptions=True
    )
    assert sum(isinstance(one, Paid) for one in done) == 3
    assert sum(isinstance(one, PayableExceeded) for one in done) == 5
    assert (await books(application))[Account.GRATUITIES_PAYABLE] == -100


@pytest.mark.parametrize(
    "wrong, error",
    [
        ({"currency": "usd"}, UnknownCurrency),
        ({"currency": "EUR"}, PayableExceeded),
        ({"amount": 101}, PayableExceeded),
        ({"location": "GARDEN"}, LocationUnknown),
        ({"location": "TILL"}, PayableExceeded),
    ],
)
async def test_what_is_not_owed_is_not_paid(
    application: Application, merchant: Merchant, wrong: dict[str, Any], error: type[Exception]
) -> None:
    card = await a_card(application, merchant, gratuity=3_000)
    await spent(application, card, 0, 100, at="BAR")
    with pytest.raises(error):
        await pay(application, merchant, **wrong)
    assert await rows(application) == []


async def test_unclaimed_property_is_paid_to_the_state(application: Application, merchant: Merchant) -> None:
    card = await a_card(application, merchant)
    await hand_over(application, card.place, share_ppm=600_000, request=a_request(), now=NOW)
    request = a_request()
    given: dict[str, Any] = {"currency": "USD", "now": NOW}
    with pytest.raises(PayableExceeded):
        await pay_unclaimed_property(application, merchant, amount=6_001, request=a_request(), **given)
    part = await pay_unclaimed_property(application, merchant, amount=1_000, request=request, **given)
    again = await pay_unclaimed_property(application, merchant, amount=1_000, request=request, **given)
    rest = await pay_unclaimed_property(application, merchant, request=a_request(), **given)
    assert (part.amount, part.left, again.replayed, rest.amount, rest.left) == (1_000, 5_000, True, 5_000, 0)
    assert Account.UNCLAIMED_PROPERTY not in await books(application)
    assert (await books(application))[Account.BANK] == -6_000


async def close(application: Application, merchant: Merchant, sold: int, taken: int, **given: Any) -> tuple[int, int]:
    asked: dict[str, Any] = {"day": TODAY, "currency": "USD", "request": a_request(), "now": NOW} | given
    done = await close_tender(application, merchant, "TILL", sold=sold, taken=taken, **asked)
    return done.total, done.difference


@pytest.mark.parametrize(
    "taken, difference, booked",
    [
        (4_000, 0, []),
        (4_100, 100, [("close_tender", "short", "cash_differences", "tender_clearing", 100, "location")]),
        (3_900, -100, [("close_tender", "over", "tender_clearing", "cash_differences", 100, "location")]),
    ],
)
async def test_a_tills_day_closes_against_what_the_till_added_up(
    application: Application, merchant: Merchant, taken: int, difference: int, booked: list[tuple[Any, ...]]
) -> None:
    """The books have 40.00 that the till took in certificates that day."""
    card = await a_card(application, merchant)
    await spent(application, card, 4_000, at="TILL")
    await spent(application, card, 70, at="TILL", now=NOW + DAY)
    request = a_request()
    for _ in range(2):
        assert await close(application, merchant, 0, taken, request=request, now=NOW + DAY) == (-taken, difference)
    closed = ("close_tender", "taken", "tender_clearing", "tills", taken, "location")
    assert sorted(await rows(application)) == sorted([closed, *booked])
    assert (await books(application))[Account.TENDER_CLEARING] == -70
    with pytest.raises(OperationConflict):
        await close(application, merchant, 1, taken, request=request, now=NOW + DAY)


async def test_what_comes_late_for_a_closed_day_is_closed_by_what_came(
    application: Application, merchant: Merchant
) -> None:
    card = await a_card(application, merchant)
    await spent(application, card, 4_000, at="TILL")
    await close(application, merchant, 0, 4_000)
    with pytest.raises(TenderNotOpen):
        await close(application, merchant, 0, 0)
    await spent(application, card, 30, at="TILL")
    assert await close(application, merchant, 0, 30) == (-30, 0)
    assert Account.TENDER_CLEARING not in await books(application)


async def test_a_day_that_the_till_knows_and_the_books_do_not_is_a_difference(
    application: Application, merchant: Merchant
) -> None:
    assert await close(application, merchant, 500, 0) == (500, -500)
    assert await books(application) == {Account.TILLS: 500, Account.CASH_DIFFERENCES: -500}
    with pytest.raises(TenderNotOpen):
        await close(application, merchant, 500, 0, day=TODAY + DAY)
    with pytest.raises(TenderNotOpen):  # it is closed, and nothing came since
        await close(application, merchant, 500, 0)
    with pytest.raises(TenderNotOpen):
        await close(application, merchant, 500, 0, currency="EUR")
    for sold, taken in ((-1, 0), (0, -1)):
        with pytest.raises(TenderNegative):
            await close(application, merchant, sold, taken)


async def test_a_location_without_a_till_of_its_own_has_no_day_to_close(
    application: Application, merchant: Merchant
) -> None:
    asked: dict[str, Any] = {"day": TODAY, "currency": "USD", "sold": 500, "taken": 0, "now": NOW}
    with pytest.raises(TenderNotOpen):
        await close_tender(application, merchant, "MAIN", request=a_request(), **asked)
    assert await books(application) == {}


async def test_a_day_is_closed_once_however_many_ask(application: Application, merchant: Merchant) -> None:
    card = await a_card(application, merchant)
    await spent(application, card, 4_000, at="TILL")
    done = await asyncio.gather(
        *(close(application, merchant, 0, 4_000, request=request) for request in [a_request()] * 6)
    )
    assert set(done) == {(-4_000, 0)}
    assert len(await rows(application)) == 1
