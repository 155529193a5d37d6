"""The nightly duties: nothing is missed, nothing is booked twice, however often and wherever they run."""

import asyncio
import json
from datetime import date, timedelta

from largesse import outbox
from largesse.app.application import Application
from largesse.db import Database
from largesse.ledger import ClassOfValue, Kind, Status
from largesse.ledger.accounts import Account
from largesse.ledger.proofs import verify
from largesse.services.certificates.adjustments import block, extend
from largesse.services.certificates.expiry import expire_certificates, release_expired_holds, tell_expiring
from largesse.services.certificates.holds import place_hold
from largesse.services.certificates.redemption import redeem
from largesse.services.certificates.reinstatement import reinstate, reinstate_all
from largesse.services.endpoints import Format
from tests.builders.application import NOW, an_application
from tests.builders.certificates import GOOD_THROUGH, Card, a_card, a_merchant, a_request
from tests.builders.outbox import an_endpoint, an_event

TODAY = date(2026, 11, 22)
TOMORROW = NOW + timedelta(days=1)


async def kinds(application: Application, card: Card) -> list[Kind]:
    async with application.database.connection() as connection:
        rows = await application.ledger.statement(connection, card.place.merchant_id, card.place.certificate_id)
    return [row.kind for row in rows]


async def test_what_was_good_through_yesterday_is_booked_once(database: Database) -> None:
    merchant = await a_merchant(database)
    async with an_application(database) as application:
        gone = await a_card(application, merchant, good_through=TODAY)
        good = await a_card(application, merchant)
        for_ever = await a_card(application, merchant, good_through=None)
        assert await expire_certificates(application, now=NOW) == 0
        assert await expire_certificates(application, now=TOMORROW) == 1
        assert await expire_certificates(application, now=TOMORROW) == 0
        assert (await gone.stands(application)).certificate.status is Status.EXPIRED
        assert await gone.left(application) == (0, 0)
        assert [await card.left(application) for card in (good, for_ever)] == [(10_000, 0)] * 2


async def test_promotional_value_is_no_breakage(database: Database) -> None:
    merchant = await a_merchant(database)
    async with an_application(database) as application:
        gift = await a_card(
            application,
            merchant,
            good_through=TODAY,
            funding=Account.PROMOTIONS_GRANTED,
            class_of_value=ClassOfValue.PROMOTIONAL,
        )
        assert await expire_certificates(application, now=TOMORROW) == 1
        async with database.connection() as connection:
            rows = await application.ledger.statement(connection, gift.place.merchant_id, gift.place.certificate_id)
        assert rows[-1].credit is Account.PROMOTIONS_GRANTED


async def test_several_workers_book_each_certificate_once(database: Database) -> None:
    merchant = await a_merchant(database)
    async with an_application(database) as one, an_application(database, keyring=one.keyring) as two:
        cards = [await a_card(one, merchant, good_through=TODAY) for _ in range(30)]
        done = await asyncio.gather(
            *(expire_certificates(application, now=TOMORROW) for application in (one, two, one, two))
        )
        assert sum(done) == 30
        for card in cards:
            assert (await kinds(one, card)).count(Kind.EXPIRE) == 1


async def test_more_than_one_batch_is_booked(database: Database) -> None:
    merchant = await a_merchant(database)
    async with an_application(database) as application:
        for _ in range(7):
            await a_card(application, merchant, good_through=TODAY)
        assert await expire_certificates(application, now=TOMORROW, batch=2) == 7


async def test_those_of_every_merchant_are_booked(database: Database) -> None:
    merchants = [
        await a_merchant(database),
        await a_merchant(database, slug="day-spa", number="1002", prefix="DS"),
    ]
    async with an_application(database) as application:
        for merchant, count in zip(merchants, (3, 1), strict=True):
            for _ in range(count):
                card = await a_card(application, merchant, good_through=TODAY)
                await place_hold(
                    application, card.place, value=1, lasting=timedelta(hours=1), request=a_request(), now=NOW
                )
        assert await tell_expiring(application, days=30, now=NOW, batch=2) == 4
        assert await release_expired_holds(application, now=TOMORROW, batch=2) == 4
        assert await expire_certificates(application, now=TOMORROW, batch=2) == 4


async def test_a_held_certificate_waits_until_its_hold_has_ended(database: Database) -> None:
    merchant = await a_merchant(database)
    async with an_application(database) as application:
        card = await a_card(application, merchant, good_through=TODAY)
        await place_hold(application, card.place, value=100, lasting=timedelta(days=2), request=a_request(), now=NOW)
        assert await expire_certificates(application, now=TOMORROW) == 0
        assert await release_expired_holds(application, now=TOMORROW) == 0
        later = NOW + timedelta(days=2, minutes=1)
        assert await release_expired_holds(application, now=later) == 1
        assert await release_expired_holds(application, now=later) == 0
        assert await expire_certificates(application, now=later) == 1
        assert await kinds(application, card) == [Kind.ISSUE, Kind.HOLD, Kind.RELEASE, Kind.EXPIRE]


async def test_an_extended_certificate_is_left_alone(database: Database) -> None:
    merchant = await a_merchant(database)
    async with an_application(database) as application:
        card = await a_card(application, merchant, good_through=TODAY)
        await extend(
            application, merchant, card.place, good_through=TODAY + timedelta(days=30), request=a_request(), now=NOW
        )
        assert await expire_certificates(application, now=TOMORROW) == 0
        assert await expire_certificates(application, now=NOW + timedelta(days=31)) == 1


async def notices(database: Database) -> list[dict[str, object]]:
    query = "SELECT payload FROM events WHERE kind = 'certificate.expiring' ORDER BY occurred_at"
    async with database.connection() as connection:
        return [json.loads(row["payload"]) for row in await connection.fetch(query)]


async def test_who_listens_is_told_once_that_value_will_lapse(database: Database) -> None:
    merchant = await a_merchant(database)
    async with an_application(database) as application:
        soon = await a_card(application, merchant, good_through=TODAY + timedelta(days=29), gratuity=500)
        await a_card(application, merchant, good_through=TODAY + timedelta(days=31))
        await a_card(application, merchant, good_through=None)
        assert await tell_expiring(application, days=30, now=NOW) == 1
        assert await tell_expiring(application, days=30, now=NOW + timedelta(hours=1)) == 0
        [told] = await notices(database)
        assert told["certificate_id"] == str(soon.place.certificate_id)
        assert (told["balance"], told["gratuity_balance"]) == ("100.00", "5.00")
        assert (told["good_through"], told["expires_at"]) == ("2026-12-21", "2026-12-22T05:00:00Z")
        assert soon.number not in str(told)


async def test_what_is_told_of_certificates_that_lapse_stands_among_the_newest(database: Database) -> None:
    merchant = await a_merchant(database)
    async with an_application(database) as application:
        async with application.database.transaction() as connection:
            endpoint, _ = await an_endpoint(
                connection,
                application.keyring,
                merchant.merchant_id,
                "https://example.com/",
                written=Format.JSON,
                events=("certificate.expiring", "order.issued"),
            )
        for at in range(12):
            moment = NOW + timedelta(minutes=at)
            if at % 3:
                async with application.transaction() as connection:
                    await outbox.publish(connection, [an_event(merchant.merchant_id, now=moment)])
            else:
                await a_card(application, merchant, good_through=TODAY)
                assert await tell_expiring(application, days=30, now=moment) == 1
        async with application.database.connection() as connection:
            found = await outbox.list_deliveries(connection, endpoint)
    assert [one.occurred_at for one in found] == sorted((one.occurred_at for one in found), reverse=True)
    assert len(found) == 12


async def test_nobody_is_told_of_what_is_spent_blocked_or_past(database: Database) -> None:
    merchant = await a_merchant(database)
    async with an_application(database) as application:
        spent, blocked = [await a_card(application, merchant, good_through=TODAY) for _ in range(2)]
        await redeem(application, spent.place, value=10_000, request=a_request(), now=NOW)
        await block(application, blocked.place, request=a_request(), now=NOW)
        assert await tell_expiring(application, days=30, now=NOW) == 0
        await a_card(application, merchant, good_through=TODAY)
        assert await tell_expiring(application, days=30, now=TOMORROW) == 0


async def test_an_extended_certificate_is_told_of_again_before_its_new_day(database: Database) -> None:
    merchant = await a_merchant(database)
    async with an_application(database) as application:
        card = await a_card(application, merchant, good_through=TODAY)
        assert await tell_expiring(application, days=30, now=NOW) == 1
        await extend(
            application, merchant, card.place, good_through=TODAY + timedelta(days=90), request=a_request(), now=NOW
        )
        assert await tell_expiring(application, days=30, now=NOW) == 0
        assert await tell_expiring(application, days=30, now=NOW + timedelta(days=61)) == 1


async def test_many_are_told_of_in_batches_and_by_several_workers_once(database: Database) -> None:
    merchant = await a_merchant(database)
    async with an_application(database) as one, an_application(database, keyring=one.keyring) as two:
        for at in range(9):
            await a_card(one, merchant, good_through=TODAY + timedelta(days=at % 3))
        await asyncio.gather(
            *(tell_expiring(application, days=30, now=NOW, batch=2) for application in (one, two, one))
        )
        assert len({str(told["certificate_id"]) for told in await notices(database)}) == 9
        assert len(await notices(database)) == 9


async def test_what_was_reinstated_and_lapses_is_booked_again_once(database: Database) -> None:
    merchant = await a_merchant(database)
    async with an_application(database) as application:
        card = await a_card(application, merchant, good_through=TODAY)
        assert await expire_certificates(application, now=TOMORROW) == 1
        await reinstate(application, merchant, card.place, request=a_request("our clock ran ahead"), now=NOW)
        assert await card.left(application) == (10_000, 0)
        assert await expire_certificates(application, now=NOW) == 0
        done = await asyncio.gather(*(expire_certificates(application, now=TOMORROW) for _ in range(3)))
        assert sum(done) == 1
        assert await kinds(application, card) == [Kind.ISSUE, Kind.EXPIRE, Kind.REINSTATE, Kind.EXPIRE]


async def test_months_that_a_wrong_clock_expired_come_back_with_one_command(database: Database) -> None:
    merchant = await a_merchant(database)
    ahead = NOW.replace(year=GOOD_THROUGH.year + 1)
    async with an_application(database) as application:
        good = [await a_card(application, merchant) for _ in range(7)]
        gone = await a_card(application, merchant, good_through=TODAY)
        promotional = await a_card(
            application, merchant, funding=Account.PROMOTIONS_GRANTED, class_of_value=ClassOfValue.PROMOTIONAL
        )
        await block(application, good[0].place, request=a_request(), now=NOW)
        await redeem(application, good[1].place, value=2_500, request=a_request(), now=NOW)
        assert await expire_certificates(application, now=ahead) == 9

        undone = [
            await reinstate_all(application, merchant, request=a_request("ran ahead"), now=TOMORROW, batch=3)
            for _ in range(2)
        ]

        assert undone == [8, 0]
        assert [await card.left(application) for card in good[1:3]] == [(7_500, 0), (10_000, 0)]
        assert (await good[0].stands(application)).certificate.status is Status.BLOCKED
        assert (await gone.stands(application)).certificate.status is Status.EXPIRED
        assert await promotional.left(application) == (10_000, 0)
        async with database.dedicated() as connection:
            assert [one async for one in verify(connection)] == []
        async with database.connection() as connection:
            told = await connection.fetchval("SELECT count(*) FROM events WHERE kind = 'certificate.reinstated'")
        assert told == 8


async def test_one_certificate_that_cannot_be_booked_keeps_no_other(database: Database) -> None:
    """A journal row that nobody wrote takes the place of the next one of the oldest certificate."""
    merchant = await a_merchant(database)
    async with an_application(database) as application:
        cards = [await a_card(application, merchant, good_through=TODAY) for _ in range(3)]
        async with database.connection() as connection:
            await connection.execute(
                "UPDATE certificates SET balance = 0 WHERE certificate_id = $1", cards[0].place.certificate_id
            )
            await connection.execute(
                "INSERT INTO journal SELECT (jsonb_populate_record(j, jsonb_build_object('seq', 2, 'operation_id',"
                " gen_random_uuid()))).* FROM journal j WHERE subject_id = $1",
                cards[0].place.certificate_id,
            )
        assert await expire_certificates(application, now=TOMORROW) == 2
        assert [(await card.stands(application)).certificate.status for card in cards] == [
            Status.ACTIVE,
            Status.EXPIRED,
            Status.EXPIRED,
        ]
