"""The nightly duties: nothing is missed, nothing is booked twice, however often and wherever they run."""

import asyncio
from datetime import date, timedelta

from largesse.db import Database
from largesse.flows.adjust import extend
from largesse.flows.expire import expire_certificates, release_expired_holds
from largesse.flows.hold import place_hold
from largesse.flows.house import House
from largesse.ledger import ClassOfValue, Kind, Status
from largesse.ledger.accounts import Account
from tests.builders.certificates import Card, a_card, a_merchant, a_request
from tests.builders.house import NOW, a_house

TODAY = date(2026, 11, 22)
TOMORROW = NOW + timedelta(days=1)


async def kinds(house: House, card: Card) -> list[Kind]:
    async with house.database.connection() as connection:
        rows = await house.ledger.statement(connection, card.place.merchant_id, card.place.certificate_id)
    return [row.kind for row in rows]


async def test_what_was_good_through_yesterday_is_booked_once(database: Database) -> None:
    merchant = await a_merchant(database)
    async with a_house(database) as house:
        gone = await a_card(house, merchant, good_through=TODAY)
        good = await a_card(house, merchant)
        for_ever = await a_card(house, merchant, good_through=None)
        assert await expire_certificates(house, now=NOW) == 0
        assert await expire_certificates(house, now=TOMORROW) == 1
        assert await expire_certificates(house, now=TOMORROW) == 0
        assert (await gone.stands(house)).certificate.status is Status.EXPIRED
        assert await gone.left(house) == (0, 0)
        assert [await card.left(house) for card in (good, for_ever)] == [(10_000, 0)] * 2


async def test_promotional_value_is_no_breakage(database: Database) -> None:
    merchant = await a_merchant(database)
    async with a_house(database) as house:
        gift = await a_card(
            house,
            merchant,
            good_through=TODAY,
            funding=Account.PROMOTIONS,
            class_of_value=ClassOfValue.PROMOTIONAL,
        )
        assert await expire_certificates(house, now=TOMORROW) == 1
        async with database.connection() as connection:
            rows = await house.ledger.statement(connection, gift.place.merchant_id, gift.place.certificate_id)
        assert rows[-1].credit is Account.PROMOTIONS


async def test_several_workers_book_each_certificate_once(database: Database) -> None:
    merchant = await a_merchant(database)
    async with a_house(database) as one, a_house(database, keyring=one.keyring) as two:
        cards = [await a_card(one, merchant, good_through=TODAY) for _ in range(30)]
        done = await asyncio.gather(*(expire_certificates(house, now=TOMORROW) for house in (one, two, one, two)))
        assert sum(done) == 30
        for card in cards:
            assert (await kinds(one, card)).count(Kind.EXPIRE) == 1


async def test_more_than_one_batch_is_booked(database: Database) -> None:
    merchant = await a_merchant(database)
    async with a_house(database) as house:
        for _ in range(7):
            await a_card(house, merchant, good_through=TODAY)
        assert await expire_certificates(house, now=TOMORROW, batch=2) == 7


async def test_a_held_certificate_waits_until_its_hold_has_ended(database: Database) -> None:
    merchant = await a_merchant(database)
    async with a_house(database) as house:
        card = await a_card(house, merchant, good_through=TODAY)
        await place_hold(house, card.place, value=100, lasting=timedelta(days=2), request=a_request(), now=NOW)
        assert await expire_certificates(house, now=TOMORROW) == 0
        assert await release_expired_holds(house, now=TOMORROW) == 0
        later = NOW + timedelta(days=2, minutes=1)
        assert await release_expired_holds(house, now=later) == 1
        assert await release_expired_holds(house, now=later) == 0
        assert await expire_certificates(house, now=later) == 1
        assert await kinds(house, card) == [Kind.ISSUE, Kind.HOLD, Kind.RELEASE, Kind.EXPIRE]


async def test_an_extended_certificate_is_left_alone(database: Database) -> None:
    merchant = await a_merchant(database)
    async with a_house(database) as house:
        card = await a_card(house, merchant, good_through=TODAY)
        await extend(house, merchant, card.place, good_through=TODAY + timedelta(days=30), request=a_request(), now=NOW)
        assert await expire_certificates(house, now=TOMORROW) == 0
        assert await expire_certificates(house, now=NOW + timedelta(days=31)) == 1
