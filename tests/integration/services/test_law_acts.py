"""A law profile at work on certificates: what is paid out, what waits to be breakage, what the state is owed."""

import asyncio
from datetime import date, timedelta

import pytest

from largesse.app.application import Application
from largesse.db import Database
from largesse.domain import devices, law, locations
from largesse.domain.devices import DeviceChange
from largesse.domain.law import CashOutNotOwed, CashOutUnknown, LawChoice, Owed, WhenUnknown
from largesse.domain.merchants import Merchant
from largesse.domain.orders import Billing
from largesse.kernel.errors import LargesseError
from largesse.ledger import Account, ClassOfValue, OperationConflict, Outcome, Status
from largesse.ledger.proofs import verify
from largesse.services.certificates import (
    Request,
    Tender,
    cash_out,
    expire_certificates,
    may_cash_out,
    redeem,
    reload,
    unclaimed,
)
from largesse.services.merchants import choose_law
from tests.builders.application import NOW, an_application
from tests.builders.certificates import Card, a_card, a_merchant, a_request
from tests.builders.gifts import bought

TODAY = date(2026, 11, 22)
TOMORROW = NOW + timedelta(days=1)


async def goes_by(
    database: Database,
    merchant: Merchant,
    code: str,
    *,
    refuses: bool = False,
    when_unknown: WhenUnknown = WhenUnknown.WAIT,
) -> None:
    choice = LawChoice(
        merchant_id=merchant.merchant_id, code=code, refuses=refuses, when_unknown=when_unknown, chosen_at=NOW
    )
    async with database.transaction() as connection:
        await law.choose(connection, choice)


async def paid_out(
    application: Application, card: Card, *, request: Request | None = None, all_the_same: bool = False
) -> Outcome:
    return await cash_out(application, card.place, request=request or a_request(), all_the_same=all_the_same, now=NOW)


async def status(application: Application, card: Card) -> Status:
    return (await card.stands(application)).certificate.status


async def test_the_rest_is_paid_out_below_the_threshold_with_both_pots(database: Database) -> None:
    merchant = await a_merchant(database)
    await goes_by(database, merchant, "US-CA")
    async with an_application(database) as application:
        below = await a_card(application, merchant, value=1_000, gratuity=499)
        above = await a_card(application, merchant, value=1_000, gratuity=500)
        answers = [await may_cash_out(application, card.place, now=NOW) for card in (below, above)]
        assert [answer and answer.owed for answer in answers] == [Owed.YES, Owed.NO]
        assert (await paid_out(application, below)).value == 1_000
        with pytest.raises(CashOutNotOwed, match=r"US-CA: less than 15\.00 USD"):
            await paid_out(application, above)
        assert await above.left(application) == (1_000, 500)
        assert await status(application, below) is Status.VOID
    async with database.connection() as connection:
        assert [one async for one in verify(connection)] == []


async def test_what_is_not_owed_is_paid_all_the_same_unless_the_profile_refuses(database: Database) -> None:
    merchant = await a_merchant(database)
    async with an_application(database) as application:
        free, known, unknown, refused = [await a_card(application, merchant) for _ in range(4)]
        assert await may_cash_out(application, free.place, now=NOW) is None
        await paid_out(application, free)
        await goes_by(database, merchant, "US-CA")
        await paid_out(application, known, all_the_same=True)
        await goes_by(database, merchant, "US-TX")
        with pytest.raises(CashOutUnknown):
            await paid_out(application, unknown)
        await paid_out(application, unknown, all_the_same=True)
        await goes_by(database, merchant, "US-CA", refuses=True)
        with pytest.raises(CashOutNotOwed):
            await paid_out(application, refused, all_the_same=True)
        async with database.connection() as connection:
            rows = await connection.fetch("SELECT subject, reason FROM audit_log ORDER BY audit_id")
        assert {(row["subject"], row["reason"]) for row in rows} == {
            (str(known.place.certificate_id), "US-CA: less than 15.00 USD (asked for from 2026-04-01)"),
            (str(unknown.place.certificate_id), "US-TX: unknown"),
        }


async def test_each_choice_of_a_law_is_kept_in_the_audit_log(database: Database) -> None:
    merchant = await a_merchant(database)
    async with database.transaction() as connection:
        chosen = await choose_law(connection, merchant, "us-ny", refuses=True, actor="cli:ada", now=NOW)
        assert chosen is not None
        assert await choose_law(connection, merchant, None, actor="cli:ada", now=NOW) is None
        rows = await connection.fetch("SELECT actor, reason FROM audit_log WHERE action = 'law.chosen'")
    assert {(row["actor"], row["reason"]) for row in rows} == {
        ("cli:ada", "US-NY, refuse, wait where unknown"),
        ("cli:ada", "none"),
    }


async def test_what_was_paid_out_is_told_again_whatever_the_profile_says_now(database: Database) -> None:
    merchant = await a_merchant(database)
    await goes_by(database, merchant, "US-CA")
    async with an_application(database) as application:
        card, request = await a_card(application, merchant, value=1_000), a_request()
        first = await paid_out(application, card, request=request)
        await goes_by(database, merchant, "US-TX", refuses=True)
        again = await paid_out(application, card, request=request)
        assert (again.replayed, again.value, again.operation_id) == (True, first.value, first.operation_id)
        other = await a_card(application, merchant, value=1_000)
        with pytest.raises(OperationConflict):
            await paid_out(application, other, request=request)


async def test_nothing_is_filled_in_between_the_question_and_the_payment(database: Database) -> None:
    merchant = await a_merchant(database)
    await goes_by(database, merchant, "US-CA")
    async with an_application(database) as one, an_application(database, keyring=one.keyring) as two:
        for _ in range(10):
            card = await a_card(one, merchant, value=1_400)
            filling = reload(two, card.place, tender=Tender.CASH, value=5_000, request=a_request(), now=NOW)
            out, filled = await asyncio.gather(paid_out(one, card), filling, return_exceptions=True)
            # Whoever came first, never more than the threshold was paid out.
            if isinstance(out, Outcome):
                assert out.value == 1_400
                assert isinstance(filled, LargesseError)
            else:
                assert isinstance(out, CashOutNotOwed)
                assert await card.left(one) == (6_400, 0)


async def test_what_is_used_up_to_nine_tenths_is_owed_in_massachusetts(database: Database) -> None:
    merchant = await a_merchant(database)
    await goes_by(database, merchant, "US-MA")
    async with an_application(database) as application:
        card = await a_card(application, merchant, value=10_000, gratuity=2_000)
        await redeem(application, card.place, value=8_900, gratuity=1_899, request=a_request(), now=NOW)
        with pytest.raises(CashOutNotOwed):
            await paid_out(application, card)
        await redeem(application, card.place, value=0, gratuity=1, request=a_request(), now=NOW)
        assert (await paid_out(application, card)).value == 1_100


async def test_expiry_waits_while_the_profile_asks_for_more_time(database: Database) -> None:
    merchant = await a_merchant(database)
    await goes_by(database, merchant, "DE")
    async with an_application(database) as application:
        card = await a_card(application, merchant, good_through=TODAY)
        gift = await a_card(
            application,
            merchant,
            good_through=TODAY,
            funding=Account.PROMOTIONS_GRANTED,
            class_of_value=ClassOfValue.PROMOTIONAL,
        )
        assert await expire_certificates(application, now=TOMORROW) == 1
        assert [await status(application, one) for one in (card, gift)] == [Status.ACTIVE, Status.EXPIRED]
        assert await card.left(application) == (10_000, 0)
        last = NOW.replace(year=2029, month=12, day=31)
        assert await expire_certificates(application, now=last) == 0
        assert await expire_certificates(application, now=last + timedelta(days=1)) == 1
        assert await status(application, card) is Status.EXPIRED
    async with database.connection() as connection:
        assert [one async for one in verify(connection)] == []


async def test_nothing_expires_in_the_books_where_nothing_may(database: Database) -> None:
    merchant = await a_merchant(database)
    await goes_by(database, merchant, "US-CA", when_unknown=WhenUnknown.BOOK)
    async with an_application(database) as application:
        await a_card(application, merchant, good_through=TODAY)
        assert await expire_certificates(application, now=NOW + timedelta(days=20_000)) == 0


@pytest.mark.parametrize("when_unknown, booked", [(WhenUnknown.WAIT, 0), (WhenUnknown.BOOK, 1)])
async def test_what_is_unknown_waits_or_is_booked_as_the_merchant_says(
    database: Database, when_unknown: WhenUnknown, booked: int
) -> None:
    merchant = await a_merchant(database)
    await goes_by(database, merchant, "FR", when_unknown=when_unknown)
    async with an_application(database) as application:
        await a_card(application, merchant, good_through=TODAY)
        assert await expire_certificates(application, now=TOMORROW) == booked


async def test_of_a_profile_that_is_gone_everything_is_unknown(database: Database) -> None:
    merchant = await a_merchant(database)
    await goes_by(database, merchant, "XX-GONE")
    other = await a_merchant(database, slug="day-spa", number="1002", prefix="DS")
    async with an_application(database) as application:
        card = await a_card(application, merchant, good_through=TODAY)
        await a_card(application, other, good_through=TODAY)
        answer = await may_cash_out(application, card.place, now=NOW)
        assert answer is not None
        assert (answer.owed, answer.reason) == (Owed.UNKNOWN, "unknown")
        assert await unclaimed(application, merchant, now=NOW) is None
        assert await expire_certificates(application, now=TOMORROW) == 1, "of the other merchant alone"
        assert await status(application, card) is Status.ACTIVE


async def test_those_that_wait_keep_nobody_else_waiting(database: Database) -> None:
    merchant = await a_merchant(database)
    await goes_by(database, merchant, "AU")
    old = NOW - timedelta(days=4 * 366)
    async with an_application(database) as application:
        for _ in range(7):
            await a_card(application, merchant, good_through=TODAY)
        ripe = [await a_card(application, merchant, good_through=TODAY, now=old) for _ in range(3)]
        assert await expire_certificates(application, now=TOMORROW, batch=2) == len(ripe)
        assert {await status(application, card) for card in ripe} == {Status.EXPIRED}


async def test_expiry_waits_as_long_as_a_device_may_work_without_a_line(database: Database) -> None:
    merchant = await a_merchant(database)
    async with an_application(database) as application:
        async with database.transaction() as connection:
            location = await locations.default_location(connection, merchant.merchant_id)
            details = DeviceChange(name="Bar", offline_hours_max=24)
            device, _ = await devices.invite_device(
                connection, merchant.merchant_id, location.location_id, details, now=NOW
            )
        for code in (None, "AU"):
            if code:
                await goes_by(database, merchant, code)
            card = await a_card(application, merchant, good_through=TODAY, now=NOW - timedelta(days=4 * 366))
            ends = (await card.stands(application)).certificate.expires_at
            assert ends is not None
            assert await expire_certificates(application, now=ends + timedelta(hours=23)) == 0
            assert await expire_certificates(application, now=ends + timedelta(hours=24)) == 1
        async with database.transaction() as connection:
            await devices.revoke(connection, device, NOW)
            assert await devices.longest_offline(connection, merchant.merchant_id) == timedelta(0)


async def test_unclaimed_property_is_listed_by_its_legal_clock(database: Database) -> None:
    merchant = await a_merchant(database)
    old = NOW - timedelta(days=6 * 366)
    async with an_application(database) as application:
        lying = await a_card(application, merchant, good_through=None, value=2_000, gratuity=300, now=old)
        await a_card(application, merchant, good_through=None)
        spent = await a_card(application, merchant, good_through=None, now=old)
        await redeem(application, spent.place, value=10_000, gratuity=0, request=a_request(), now=NOW)
        await a_card(
            application,
            merchant,
            good_through=None,
            funding=Account.PROMOTIONS_GRANTED,
            class_of_value=ClassOfValue.PROMOTIONAL,
            now=old,
        )
        assert await unclaimed(application, merchant, now=NOW) is None
        await goes_by(database, merchant, "US-CA")
        assert await unclaimed(application, merchant, now=NOW) is None  # unknown, which is not none
        await goes_by(database, merchant, "US-NY")
        found = await unclaimed(application, merchant, now=NOW)
        assert found is not None
        [one] = found
        assert (one.certificate_id, one.left.minor) == (lying.place.certificate_id, 2_300)
        assert one.issued_on == one.active_on == old.astimezone(merchant.zone).date()
        assert one.dormancy.last_day < TODAY
        assert (one.buyer_state, one.buyer_country) == ("", "")
        away = Billing(first_name="Grace", last_name="Hopper", email="grace@example.com", state="AL", country="US")
        [order] = await bought(application, merchant, billing=away, now=old)
        listed = await unclaimed(application, merchant, now=NOW) or []
        states = {each.order_number: (each.buyer_state, each.buyer_country) for each in listed}
        assert states == {None: ("", ""), order.order_number: ("AL", "US")}
        # Somebody else's is not listed.
        other = await a_merchant(database, slug="day-spa", number="1002", prefix="DS")
        await goes_by(database, other, "US-NY")
        assert await unclaimed(application, other, now=NOW) == []
