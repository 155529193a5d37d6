"""What a device is given to work by without a line: what can be spent, by difference, no more lent than allowed."""

import asyncio
from datetime import date, timedelta

import pytest

from largesse.app.application import Application
from largesse.db import Database
from largesse.domain import certificates, devices, offline
from largesse.domain.devices import DeviceChange
from largesse.domain.offline import OfflineNotAllowed, OfflineRules, OfflineRulesInvalid, QueueFirst
from largesse.domain.staff import ActRefused, Audited, Role, latest_entries
from largesse.services.certificates import block, extend, redeem, unblock
from largesse.services.merchants import change_device, revoke_device
from largesse.services.offline import change_rules, offline_devices
from tests.builders.application import NOW, an_application
from tests.builders.certificates import Card, a_card, a_merchant, a_request, keep_numbers
from tests.builders.offline import OPERATOR, OfflineTill, allowed, an_offline_till
from tests.builders.staff import a_worker
from tests.builders.tills import a_till, live

LATER = NOW + timedelta(minutes=5)


async def _spend(application: Application, card: Card, value: int) -> None:
    await redeem(application, card.place, value=value, request=a_request(), now=NOW)


async def test_a_book_holds_what_can_be_spent_and_changes_say_what_became_of_it(database: Database) -> None:
    async with an_application(database) as application:
        merchant = await a_merchant(database)
        other = await a_merchant(database, slug="other", number="1002", prefix="OT")
        till = await a_till(application, merchant)
        good = await a_card(application, merchant, value=10_000, gratuity=500)
        for_ever = await a_card(application, merchant, good_through=None)
        past = await a_card(application, merchant, good_through=date(2026, 11, 1), now=NOW - timedelta(days=90))
        theirs = await a_card(application, other)
        blocked = await a_card(application, merchant)
        await block(application, blocked.place, request=a_request(), now=NOW)
        weak = await a_card(application, merchant)
        async with database.transaction() as connection:
            await certificates.forget_numbers(connection, merchant.merchant_id, [weak.place.certificate_id])
            key = merchant.merchant_id, weak.place.certificate_id
            await keep_numbers(connection, [certificates.seal_number(application.keyring, *key, weak.number, bits=63)])

        mine = await an_offline_till(application, merchant, till)
        assert mine.was_whole()
        assert (mine.of(good), mine.of(for_ever)) == ((10_000, 500), (10_000, 0))
        assert [mine.of(one) for one in (past, theirs, blocked, weak)] == [None] * 4
        assert len(mine.book) == 2
        euros = await a_card(application, merchant, value=900, currency="EUR", now=NOW + timedelta(seconds=1))

        await _spend(application, good, 4_000)
        await _spend(application, for_ever, 10_000)
        await unblock(application, blocked.place, request=a_request(), now=NOW)
        fresh = await a_card(application, merchant, value=700, now=NOW + timedelta(seconds=1))
        await mine.refresh(now=LATER)
        assert not mine.was_whole()
        assert (mine.of(euros), mine.currency_of(euros), mine.currency_of(good)) == ((900, 0), "EUR", "")
        again = await an_offline_till(application, merchant, till, now=LATER)
        assert (again.was_whole(), again.currency_of(euros)) == (True, "EUR")
        assert [mine.of(one) for one in (good, for_ever, blocked, fresh)] == [
            (6_000, 500),
            None,
            (10_000, 0),
            (700, 0),
        ]
        await extend(application, merchant, past.place, good_through=date(2027, 1, 1), request=a_request(), now=LATER)
        await mine.refresh(now=LATER + timedelta(minutes=5))
        assert not mine.was_whole()
        assert mine.of(past) == (10_000, 0)


async def test_nothing_is_missed_that_commits_while_a_book_is_asked_for(database: Database) -> None:
    async with an_application(database) as application:
        merchant = await a_merchant(database)
        till = await an_offline_till(application, merchant, await a_till(application, merchant))
        cards = [await a_card(application, merchant) for _ in range(12)]

        async def spend_all() -> None:
            for place, card in enumerate(cards):
                now = NOW + timedelta(minutes=1, seconds=place)
                await redeem(application, card.place, value=place + 1, request=a_request(), now=now)

        async def refresh_all() -> None:
            for place in range(8):
                await till.refresh(now=NOW + timedelta(minutes=1 + place))

        await asyncio.gather(spend_all(), refresh_all(), spend_all())
        await till.refresh(now=NOW + timedelta(minutes=30))
        assert not till.was_whole()
        assert {till.of(card) for card in cards} == {await card.left(application) for card in cards}
        assert [till.of(card) for card in cards] == [await card.left(application) for card in cards]


async def test_a_transaction_that_posts_is_waited_for_before_its_book_is_read(database: Database) -> None:
    async with an_application(database) as application:
        merchant = await a_merchant(database)
        till = await an_offline_till(application, merchant, await a_till(application, merchant))
        began, may_end = asyncio.Event(), asyncio.Event()

        async def slow() -> None:
            async with database.transaction() as connection:
                await application.ledger.open_books(connection, [merchant.merchant_id], now=NOW + timedelta(minutes=1))
                began.set()
                await may_end.wait()

        posting = asyncio.create_task(slow())
        await began.wait()
        asking = asyncio.create_task(till.refresh(now=NOW + timedelta(minutes=2)))
        done, _ = await asyncio.wait([asking], timeout=0.3)
        assert not done, "a cut waits for what is being posted"
        may_end.set()
        await asyncio.gather(posting, asking)


async def test_a_book_is_whole_again_where_changes_would_not_tell_all(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with an_application(database) as application:
        merchant = await a_merchant(database)
        till = await an_offline_till(application, merchant, await a_till(application, merchant))
        card = await a_card(application, merchant)
        await till.refresh(now=NOW + timedelta(days=4))
        assert till.was_whole(), "too long ago"
        monkeypatch.setattr("largesse.services.offline.book.CHANGES_MAX", 1)
        for _ in range(2):
            await a_card(application, merchant, now=NOW + timedelta(days=4, seconds=30))
        await till.refresh(now=NOW + timedelta(days=4, minutes=1))
        assert till.was_whole(), "too many"
        assert till.of(card) == (10_000, 0)
        assert till.opened is not None
        other = await an_offline_till(application, merchant, await a_till(application, merchant, name="Other"))
        other.opened = till.opened
        await other.refresh(now=NOW + timedelta(days=4, minutes=2))
        assert other.was_whole(), "the position of another device counts for nothing"


async def test_only_a_device_that_may_is_given_a_book_and_each_its_share(database: Database) -> None:
    async with an_application(database) as application:
        merchant = await a_merchant(database)
        first, second = [await a_till(application, merchant, name=name) for name in ("Left", "Right")]
        for hours in (0, 24):
            async with database.transaction() as connection:
                await devices.change_device(connection, first.device, DeviceChange(offline_hours_max=hours))
            with pytest.raises(OfflineNotAllowed):
                await OfflineTill(application, merchant, first).refresh()
        left = await an_offline_till(application, merchant, first, per_device_day=80_000)
        assert left.opened is not None
        assert left.opened.lent == 80_000, "alone, it is lent what one may take in a day"
        right = await an_offline_till(application, merchant, second)
        assert right.opened is not None
        assert right.opened.lent == 20_000, "what is lent to the other is not lent twice"
        assert (await left.refresh(now=LATER)).lent == 50_000
        assert (await right.refresh(now=LATER)).lent == 50_000
        with pytest.raises(QueueFirst):
            await left.refresh(waiting=2, now=LATER)
        async with database.transaction() as connection:
            await revoke_device(connection, first.device, actor="cli:tester", now=LATER)
        with pytest.raises(OfflineNotAllowed):
            await left.refresh(now=LATER)
        assert (await right.refresh(now=LATER)).lent == 50_000, "what the lost one was lent may still come"
        day_after = NOW + timedelta(hours=25)
        assert (await right.refresh(now=day_after)).lent == 80_000
        async with database.connection() as connection:
            found = await offline_devices(connection, merchant.merchant_id, now=day_after)
        assert [(one.device.name, one.lent) for one in found] == [("Right", 80_000), ("Left", 0)]
        assert found[1].enrolment is not None
        assert found[1].enrolment.waiting == 2


async def test_what_is_allowed_is_an_owners_word_and_stands_in_the_audit_log(database: Database) -> None:
    async with an_application(database) as application:
        merchant = await a_merchant(database)
        manager = await a_worker(application, merchant, role=Role.MANAGER)
        rules = OfflineRules(
            merchant_id=merchant.merchant_id, allowed=True, per_certificate=5, per_device_day=50, over_all=500
        )
        async with database.transaction() as connection:
            with pytest.raises(ActRefused):
                await change_rules(connection, merchant, rules, by=manager.manager, now=NOW)
            wrong = OfflineRules(merchant_id=merchant.merchant_id, allowed=True)
            with pytest.raises(OfflineRulesInvalid):
                await change_rules(connection, merchant, wrong, by=OPERATOR, now=NOW)
            assert not (await offline.offline_rules(connection, merchant.merchant_id)).allowed
        await allowed(application, merchant)
        await allowed(application, merchant, allowed=False)
        till = await a_till(application, merchant)
        for hours in (12, 12):
            async with database.transaction() as connection:
                device = await devices.find_device(connection, merchant.merchant_id, "Bar left")
                change = DeviceChange(offline_hours_max=hours, name="Bar left")
                await change_device(connection, device, change, actor="cli:tester", now=NOW)
        assert (await live(application, till)).offline_hours_max == 12
        async with database.connection() as connection:
            entries = await latest_entries(connection, merchant.merchant_id, limit=9)
        told = [one.reason for one in entries if one.action is Audited.OFFLINE_CHANGED]
        assert sorted(filter(None, told)) == ["100.00 / 500.00 / 1000.00 / 24 h", "Bar left: 12 h", "forbidden"]
