"""What was taken without a line comes in once, whatever happened meanwhile, and what is missing is told and settled."""

import asyncio
from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest
from msgspec.structs import replace

from largesse.app.application import Application
from largesse.db import Database
from largesse.domain import locations, offline
from largesse.domain.approvals import ActLimit, LimitedAct
from largesse.domain.locations import LocationChange
from largesse.domain.merchants import Merchant
from largesse.domain.offline import (
    ConflictKind,
    ConflictSettled,
    ConflictState,
    ConflictUnknown,
    EnrolmentUnknown,
    OfflineConflict,
    QueueRowInvalid,
    Remedy,
    RowCame,
    RowState,
    RowsWait,
    SettlementInvalid,
    SignedRow,
    WriteOffBeyond,
)
from largesse.domain.staff import ActRefused, Role
from largesse.kernel.where import BooksSale
from largesse.ledger import Account, Kind
from largesse.services.approvals import change_limit
from largesse.services.certificates import block, expire_certificates, redeem
from largesse.services.counter import BillPart, take_bill
from largesse.services.counter_sales import DayCount, close_day
from largesse.services.merchants import revoke_device
from largesse.services.offline import settle_conflict, take_paper, take_queue, take_row
from largesse.services.staff import Manager
from tests.builders.application import NOW, an_application
from tests.builders.certificates import Card, a_card, a_merchant, a_request
from tests.builders.counter import a_desk
from tests.builders.offline import OPERATOR, OfflineTill, allowed, an_offline_till
from tests.builders.payments import books
from tests.builders.staff import a_worker
from tests.builders.tills import a_pin, a_till, unlocked

LATER = NOW + timedelta(hours=2)


async def the_conflicts(database: Database, merchant: Merchant) -> list[OfflineConflict]:
    """What is open."""
    async with database.connection() as connection:
        found = await offline.conflicts(connection, merchant.merchant_id)
    return sorted(found, key=lambda one: (one.number, one.kind, one.amount))


async def told(database: Database, merchant: Merchant) -> list[tuple[ConflictKind, int, int, str]]:
    """What is open, in short; that nobody stood at the device apart."""
    return [
        (one.kind, one.number, one.amount, one.why)
        for one in await the_conflicts(database, merchant)
        if one.kind is not ConflictKind.IDENTITY
    ]


async def a_room(application: Application, database: Database) -> tuple[Merchant, OfflineTill, list[Card]]:
    """A merchant, three certificates of 100.00, and a till that knows them without a line."""
    merchant = await a_merchant(database)
    cards = [await a_card(application, merchant) for _ in range(3)]
    till = await an_offline_till(application, merchant, await a_till(application, merchant))
    return merchant, till, cards


async def test_rows_are_taken_once_in_their_order_as_whom_and_when_they_were_taken(database: Database) -> None:
    async with an_application(database) as application:
        merchant, till, (card, other, _) = await a_room(application, database)
        clerk = await a_worker(application, merchant, role=Role.CLERK)
        await a_pin(application, clerk)
        await unlocked(application, till.till, clerk, now=NOW)
        at = NOW + timedelta(minutes=30)
        till.take((card, 4_000), who=clerk, at=at)
        till.take((card, 1_000), (other, 2_500), who=clerk, at=at + timedelta(minutes=1))
        first = await take_queue(application, merchant, till.rows, now=LATER)
        again = await asyncio.gather(*(take_queue(application, merchant, till.rows, now=LATER) for _ in range(4)))
        assert [(one.number, one.state, one.taken) for one in first] == [
            (1, RowState.TAKEN, 4_000),
            (2, RowState.TAKEN, 3_500),
        ]
        assert all(one == first for one in again)
        assert (await card.left(application), await other.left(application)) == ((5_000, 0), (7_500, 0))
        assert await told(database, merchant) == []
        async with database.connection() as connection:
            rows = await application.ledger.statement(connection, *_key(card))
            [known] = await offline.enrolments(connection, merchant.merchant_id)
        taken = next(row for row in rows if row.kind is Kind.REDEEM)
        assert (taken.actor, taken.device_id) == (f"claimed:{clerk.person.person_id}", till.till.device.device_id)
        assert (taken.claimed_at, taken.recorded_at) == (at, LATER)
        assert (known.last_number, known.waiting, known.lent) == (2, 0, 50_000 - 7_500)


def _key(card: Card) -> tuple[UUID, UUID]:
    return card.place.merchant_id, card.place.certificate_id


async def test_what_was_spent_elsewhere_meanwhile_is_missing_and_what_is_left_is_taken(database: Database) -> None:
    async with an_application(database) as application:
        merchant, till, (card, spent, blocked) = await a_room(application, database)
        await redeem(application, card.place, value=7_000, request=a_request(), now=NOW)
        await redeem(application, spent.place, value=10_000, request=a_request(), now=NOW)
        await block(application, blocked.place, request=a_request(), now=NOW)
        till.take((card, 5_000), (spent, 1_000))
        till.take((blocked, 500))
        done = await take_queue(application, merchant, till.rows, now=LATER)
        assert [(one.state, one.taken) for one in done] == [(RowState.PART, 3_000), (RowState.NONE, 0)]
        assert await told(database, merchant) == [
            (ConflictKind.MISSING, 1, 1_000, "certificate.balance.insufficient"),
            (ConflictKind.MISSING, 1, 2_000, "certificate.balance.insufficient"),
            (ConflictKind.MISSING, 2, 500, "certificate.blocked"),
        ]
        assert await card.left(application) == (0, 0)


async def test_an_expiry_that_was_booked_meanwhile_is_taken_back_for_what_came_in_time(database: Database) -> None:
    async with an_application(database) as application:
        merchant = await a_merchant(database)
        card = await a_card(application, merchant, good_through=date(2026, 11, 22))
        empty = await a_card(application, merchant, good_through=date(2026, 11, 22))
        till = await an_offline_till(application, merchant, await a_till(application, merchant))
        till.take((card, 4_000), at=NOW + timedelta(hours=1))
        till.take((empty, 10_000), at=NOW + timedelta(hours=1))
        too_late = NOW + timedelta(hours=20)
        till.take((card, 1_000), at=too_late)
        assert await expire_certificates(application, now=NOW + timedelta(hours=36)) == 0, "it waits for the device"
        night = NOW + timedelta(hours=48)
        assert await expire_certificates(application, now=night) == 2
        done = await take_queue(application, merchant, till.rows, now=night + timedelta(hours=1))
        assert [one.state for one in done] == [RowState.TAKEN, RowState.TAKEN, RowState.NONE]
        assert (ConflictKind.MISSING, 3, 1_000, "certificate.expired") in await told(database, merchant)
        sums = await books(application)
        assert sums[Account.REDEEMED] == -14_000
        assert sums[Account.BREAKAGE] == -6_000


async def test_one_that_was_sent_and_not_answered_happens_once_whoever_is_faster(database: Database) -> None:
    async with an_application(database) as application:
        merchant, till, (card, other, _) = await a_room(application, database)
        desk = await a_desk(application, merchant, device_id=till.till.device.device_id)

        async def online(operation: UUID, *parts: tuple[Card, int]) -> None:
            taking = [BillPart(certificate_id=one.place.certificate_id, value=value) for one, value in parts]
            await take_bill(
                application, desk, taking, currency="USD", reference="Table 4", operation_id=operation, now=NOW
            )

        before, after, meanwhile = uuid4(), uuid4(), uuid4()
        await online(before, (card, 1_000), (other, 2_000))
        till.take((card, 1_000), (other, 2_000), operation=before, sent=True)
        till.take((card, 3_000), operation=after, sent=True)
        till.take((card, 500), operation=meanwhile, sent=True)
        done = await take_queue(application, merchant, till.rows[:2], now=LATER)
        assert [one.state for one in done] == [RowState.TAKEN, RowState.TAKEN]
        await asyncio.gather(
            take_queue(application, merchant, till.rows[2:], now=LATER),
            online(meanwhile, (card, 500)),
            online(after, (card, 3_000)),
            return_exceptions=True,
        )
        assert (await card.left(application), await other.left(application)) == ((5_500, 0), (8_000, 0))
        assert await told(database, merchant) == []
        till.take((other, 100), operation=before, sent=True)
        await take_queue(application, merchant, till.rows, now=LATER)
        assert [(kind, number) for kind, number, *_ in await told(database, merchant)] == [(ConflictKind.TWICE, 4)]
        assert await other.left(application) == (8_000, 0)


async def test_eight_tills_without_a_line_never_take_more_than_there_is(database: Database) -> None:
    async with an_application(database) as application:
        merchant = await a_merchant(database)
        card = await a_card(application, merchant)
        await allowed(application, merchant, over_all=800_000, per_device_day=100_000)
        tills = [
            await an_offline_till(application, merchant, await a_till(application, merchant, name=f"Till {place}"))
            for place in range(8)
        ]
        for till in tills:
            till.take((card, 1_000))
            till.take((card, 1_500))
        await asyncio.gather(*(take_queue(application, merchant, till.rows, now=LATER) for till in tills))
        assert await card.left(application) == (0, 0)
        missing = sum(amount for kind, _, amount, _ in await told(database, merchant) if kind is ConflictKind.MISSING)
        assert missing == 8 * 2_500 - 10_000
        assert (await books(application))[Account.REDEEMED] == -10_000


async def test_a_gap_a_broken_chain_and_a_number_that_comes_twice_are_told(database: Database) -> None:
    async with an_application(database) as application:
        merchant, till, (card, _, _) = await a_room(application, database)
        for _ in range(6):
            till.take((card, 100))
        rows = till.rows
        await take_queue(application, merchant, [rows[0], rows[4]], now=LATER)
        assert await told(database, merchant) == [(ConflictKind.GAP, 2, 0, "")]
        await take_queue(application, merchant, [rows[2]], now=LATER)
        gaps = [(one.number, one.number_to) for one in await the_conflicts(database, merchant) if one.kind == "gap"]
        assert gaps == [(2, 2), (4, 4)]
        await take_queue(application, merchant, [rows[1], rows[3]], now=LATER)
        assert await told(database, merchant) == [], "what was missing came after all"
        assert await card.left(application) == (9_500, 0)

        forged = till.take((card, 100), number=6)
        await take_queue(application, merchant, [rows[5], forged], now=LATER)
        till.rows = rows[:6]
        await take_queue(application, merchant, [till.take((card, 100), carriesOn="elsewhere")], now=LATER)
        assert [(kind, number) for kind, number, *_ in await told(database, merchant)] == [
            (ConflictKind.TWICE, 6),
            (ConflictKind.CHAIN, 7),
        ]
        assert await card.left(application) == (9_300, 0)
        async with database.connection() as connection:
            [known] = await offline.enrolments(connection, merchant.merchant_id)
        assert known.last_number == 7


async def test_nothing_counts_that_the_device_did_not_sign_or_never_was_shown(database: Database) -> None:
    async with an_application(database) as application:
        merchant, till, (card, _, _) = await a_room(application, database)
        other = await a_merchant(database, slug="other", number="1002", prefix="OT")
        row = till.take((card, 100))
        changed = SignedRow(body=row.body.replace("Table 4", "Table 5"), signature=row.signature)
        with pytest.raises(QueueRowInvalid):
            await take_row(application, merchant, changed, came=RowCame.PAPER, now=LATER)
        for rows in ([row], [SignedRow(body="{", signature="")]):
            with pytest.raises((EnrolmentUnknown, QueueRowInvalid)):
                await take_queue(application, other, rows, now=LATER)
        seen = till.opened
        assert seen is not None
        parts = [["A" * 16 + "B" * 22, card.number[-4:], 100, 0]]
        till.rows = []
        guess = till.take((card, 100), parts=parts)
        [done] = await take_queue(application, merchant, [guess], now=LATER)
        assert done.state is RowState.NONE
        assert (ConflictKind.MISSING, 1, 100, "certificate.not_found") in await told(database, merchant)
        assert await card.left(application) == (10_000, 0)


async def test_time_is_held_between_the_last_contact_and_now_and_caps_are_told(database: Database) -> None:
    async with an_application(database) as application:
        merchant, till, (card, other, _) = await a_room(application, database)
        till.take((card, 100), at=NOW - timedelta(days=300))
        till.take((card, 100), at=NOW + timedelta(days=300))
        till.take((other, 10_001))
        till.take((card, 100), position="never given")
        await take_queue(application, merchant, till.rows, now=LATER)
        async with database.connection() as connection:
            rows = await application.ledger.statement(connection, *_key(card))
        claims = [row.claimed_at for row in rows if row.kind is Kind.REDEEM]
        assert claims[:2] == [NOW, LATER]
        caps = [(kind, number) for kind, number, *_ in await told(database, merchant)]
        assert caps == [(ConflictKind.CAP, 3), (ConflictKind.MISSING, 3), (ConflictKind.CAP, 4)]


async def test_rows_of_a_revoked_device_wait_for_a_managers_word(database: Database) -> None:
    async with an_application(database) as application:
        merchant, till, (card, other, third) = await a_room(application, database)
        manager = await a_worker(application, merchant, role=Role.MANAGER, email="m@bakery.example")
        clerk = await a_worker(application, merchant, role=Role.CLERK, email="c@bakery.example")
        for one in (card, other, third):
            till.take((one, 1_000))
        async with database.transaction() as connection:
            await revoke_device(connection, till.till.device, actor="cli:tester", now=NOW)
        done = await take_queue(application, merchant, till.rows[:2], now=LATER)
        assert [one.state for one in done] == [RowState.WAITS, RowState.WAITS]
        assert await card.left(application) == (10_000, 0)
        first, second = await the_conflicts(database, merchant)
        assert first.remedies == (Remedy.POST, Remedy.DROP)

        async def settle(one: OfflineConflict, remedy: Remedy, reason: str = "") -> OfflineConflict:
            return await settle_conflict(
                application, merchant, one.conflict_id, remedy, reason=reason, by=manager.manager, now=LATER
            )

        with pytest.raises(ActRefused):
            await settle_conflict(application, merchant, first.conflict_id, Remedy.POST, by=clerk.manager, now=LATER)
        await settle(first, Remedy.POST)
        with pytest.raises(SettlementInvalid):
            await settle(second, Remedy.DROP)
        await settle(second, Remedy.DROP, "stolen")
        with pytest.raises(ConflictSettled):
            await settle(first, Remedy.POST)
        assert (await card.left(application), await other.left(application)) == ((9_000, 0), (10_000, 0))

        with pytest.raises(ActRefused):
            await take_paper(application, merchant, till.rows[2], by=clerk.manager, now=LATER)
        for _ in range(2):
            posted = await take_paper(application, merchant, till.rows[2], by=manager.manager, now=LATER)
            assert posted.state is RowState.TAKEN
        assert await third.left(application) == (9_000, 0)
        with pytest.raises(ConflictUnknown):
            await settle(replace(first, conflict_id=uuid4()), Remedy.SEEN)


async def test_what_is_missing_is_charged_and_paid_or_written_off_with_a_reason(database: Database) -> None:
    async with an_application(database) as application:
        merchant, till, (card, other, _) = await a_room(application, database)
        async with database.transaction() as connection:
            home = await locations.default_location(connection, merchant.merchant_id)
            await locations.change_location(connection, home, LocationChange(books_sale=BooksSale.TILL))
        for one in (card, other):
            await redeem(application, one.place, value=9_000, request=a_request(), now=NOW)
            till.take((one, 3_000))
        await take_queue(application, merchant, till.rows, now=LATER)
        first, second = [one for one in await the_conflicts(database, merchant) if one.kind is ConflictKind.MISSING]

        async def settle(one: OfflineConflict, remedy: Remedy, reason: str = "") -> OfflineConflict:
            return await settle_conflict(
                application, merchant, one.conflict_id, remedy, reason=reason, by=OPERATOR, now=LATER
            )

        with pytest.raises(SettlementInvalid):
            await settle(first, Remedy.CHARGE)
        charged = await settle(first, Remedy.CHARGE, "room 12, asked by telephone")
        assert charged.remedies == (Remedy.PAID, Remedy.WRITE_OFF)
        assert charged.conflict_id in {one.conflict_id for one in await the_conflicts(database, merchant)}
        assert (await settle(first, Remedy.PAID)).state is ConflictState.PAID
        await asyncio.gather(
            *(settle(second, Remedy.WRITE_OFF, "a regular guest") for _ in range(3)), return_exceptions=True
        )
        assert (await books(application))[Account.GOODWILL] == 2_000
        assert not await told(database, merchant)


async def test_a_day_closes_by_a_managers_word_while_rows_wait_and_they_stand_in_the_next_one_marked_late(
    database: Database,
) -> None:
    async with an_application(database) as application:
        merchant, till, (card, other, _) = await a_room(application, database)
        device, count = till.till.device, DayCount(cash=0)
        till.take((card, 1_000), at=NOW + timedelta(minutes=1))
        till.take((other, 2_000), at=NOW + timedelta(minutes=2))
        await take_queue(application, merchant, till.rows[:1], waiting=1, now=NOW + timedelta(minutes=5))
        with pytest.raises(RowsWait):
            await close_day(application, merchant, device, count, request=a_request(), now=NOW + timedelta(minutes=6))
        closed = await close_day(
            application, merchant, device, count, from_office=True, request=a_request(), now=NOW + timedelta(minutes=6)
        )
        await take_queue(application, merchant, till.rows[1:], now=LATER)
        then = LATER + timedelta(hours=1)
        after = await close_day(application, merchant, device, count, request=a_request(), now=then)
        assert after.number == closed.number + 1
        assert sum(one.sum for one in after.totals if one.kind == "redeem") == 2_000
        async with database.connection() as connection:
            key = merchant.merchant_id, device.device_id
            assert await offline.taken_late(connection, *key, since=closed.cut, until=after.cut) == (1, 2_000)
            assert await offline.taken_late(connection, *key, since=None, until=closed.cut) == (0, 0)


async def test_one_row_may_be_posted_by_two_processes_at_once(database: Database) -> None:
    async with (
        an_application(database) as application,
        an_application(database, keyring=application.keyring) as elsewhere,
    ):
        merchant, till, (card, _, _) = await a_room(application, database)
        row = till.take((card, 1_000))
        done = await asyncio.gather(
            *(take_row(one, merchant, row, came=RowCame.LINE, now=LATER) for one in (application, elsewhere) * 4)
        )
        assert {one.taken for one in done} == {1_000}
        assert await card.left(application) == (9_000, 0)


async def test_a_row_that_cannot_be_verified_is_set_aside_and_stops_nothing(database: Database) -> None:
    """Of four rows the second was changed on its way, the third cannot be read: the first and the last are taken."""
    async with an_application(database) as application:
        merchant, till, (card, other, third) = await a_room(application, database)
        first, second, lost, last = [till.take((one, 1_000)) for one in (card, other, third, card)]
        wrong = replace(second, signature=first.signature)
        sent = [first, wrong, SignedRow(body="{", signature=""), last]
        done = [await take_queue(application, merchant, sent, now=LATER) for _ in range(2)]
        assert [[one.state for one in each] for each in done] == [
            [RowState.TAKEN, RowState.ASIDE, RowState.ASIDE, RowState.TAKEN]
        ] * 2
        assert [await one.left(application) for one in (card, other, third)] == [(8_000, 0), (10_000, 0), (10_000, 0)]
        assert await told(database, merchant) == [
            (ConflictKind.UNVERIFIED, 2, 1_000, ""),
            (ConflictKind.GAP, 3, 0, ""),
            (ConflictKind.UNVERIFIED, 3, 0, ""),
        ]
        # As the device signed it, it is taken after all; the one that could not be read, too.
        again = await take_queue(application, merchant, [second, lost], now=LATER)
        assert [one.state for one in again] == [RowState.TAKEN] * 2
        assert [await one.left(application) for one in (other, third)] == [(9_000, 0), (9_000, 0)]
        [left] = [one for one in await the_conflicts(database, merchant) if one.kind is ConflictKind.UNVERIFIED]
        assert (left.number, left.remedies) == (3, (Remedy.CHARGE, Remedy.WRITE_OFF, Remedy.SEEN))
        async with database.connection() as connection:
            [known] = await offline.enrolments(connection, merchant.merchant_id)
        assert known.last_number == 4


async def test_writing_off_asks_the_limits_of_whoever_does_it(database: Database) -> None:
    async with an_application(database) as application:
        merchant, till, (card, *_) = await a_room(application, database)
        manager = await a_worker(application, merchant, role=Role.MANAGER)
        by = Manager(actor=f"person:{manager.person.person_id}", person_id=manager.person.person_id, role=Role.MANAGER)
        limit = ActLimit(merchant_id=merchant.merchant_id, act=LimitedAct.ADJUST, per_act=500)
        async with database.transaction() as connection:
            await change_limit(connection, merchant, limit, by=OPERATOR, now=NOW)
        await redeem(application, card.place, value=9_600, request=a_request(), now=NOW)
        await take_queue(application, merchant, [till.take((card, 1_000))], now=LATER)
        [missing] = [one for one in await the_conflicts(database, merchant) if one.kind is ConflictKind.MISSING]
        given = (application, merchant, missing.conflict_id)
        with pytest.raises(WriteOffBeyond):
            await settle_conflict(*given, Remedy.WRITE_OFF, reason="a friend", by=by, now=LATER)
        await settle_conflict(*given, Remedy.CHARGE, reason="a friend", by=by, now=LATER)
        done = await settle_conflict(*given, Remedy.WRITE_OFF, reason="gone", by=OPERATOR, now=LATER)
        assert done.state is ConflictState.WRITTEN_OFF
