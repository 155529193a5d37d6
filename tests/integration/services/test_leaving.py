"""What somebody who leaves knows is listed, and gets new numbers in one act."""

from collections.abc import AsyncIterator
from typing import NamedTuple

import pytest

from largesse.app.application import Application
from largesse.db import Database, load
from largesse.domain import staff
from largesse.domain.merchants import Merchant
from largesse.domain.staff import Audited, AuditReason, ReasonInvalid, Role
from largesse.ledger import EntryMode, Status
from largesse.services.certificates import Request, Spot, reveal
from largesse.services.certificates import redeem as redeem_flow
from largesse.services.counter_sales import SalePaper, print_sale
from largesse.services.office import known_to, renew_numbers
from largesse.services.staff import end_membership
from tests.builders.application import NOW, an_application
from tests.builders.certificates import Card, a_card, a_request
from tests.builders.counters import Counter, a_counter, sold_at, spot_at
from tests.builders.gifts import a_gift, a_relay, bought
from tests.builders.staff import OPERATOR, Worker, a_worker
from tests.fakes.clock import StillClock
from tests.fakes.senders import KeepingSender


class Shop(NamedTuple):
    """A merchant with a counter, a clerk who leaves, and an owner."""

    application: Application
    merchant: Merchant
    counter: Counter
    clerk: Worker
    owner: Worker


@pytest.fixture
async def shop(database: Database) -> AsyncIterator[Shop]:
    async with an_application(database, clock=StillClock(NOW)) as application:
        counter = await a_counter(database)
        clerk = await a_worker(application, counter.merchant, email="bob@bakery.example", name="Bob", role=Role.CLERK)
        owner = await a_worker(application, counter.merchant)
        yield Shop(application, counter.merchant, counter, clerk, owner)


def asked(worker: Worker) -> Request:
    return Request(operation_id=a_request().operation_id, actor=worker.manager.actor)


async def hows(shop: Shop) -> dict[object, tuple[str, ...]]:
    return {
        one.certificate_id: one.how for one in await known_to(shop.application, shop.merchant, shop.clerk.membership)
    }


async def test_what_was_sold_found_seen_and_printed_is_listed_while_it_holds_value(shop: Shop) -> None:
    application, merchant, me = shop.application, shop.merchant, shop.clerk.manager.actor
    sold = await sold_at(application, shop.counter, request=asked(shop.clerk))
    other = await sold_at(application, shop.counter, request=asked(shop.owner))
    spot = await spot_at(application, shop.counter)
    await print_sale(
        application, merchant, sold.order.order_number, SalePaper.ROLL_80, copy_word="COPY", spot=spot,
        request=asked(shop.clerk), now=NOW,
    )  # fmt: skip
    seen = await a_card(application, merchant)
    await reveal(application, seen.place, actor=me, reason="asked for", now=NOW)
    found, spent = await a_card(application, merchant), await a_card(application, merchant)
    by_hand = Spot(where=spot.where, entry_mode=EntryMode.FOUND)
    for card, value in ((found, 100), (spent, 10_000)):
        await redeem_flow(application, card.place, value=value, spot=by_hand, request=asked(shop.clerk), now=NOW)
    assert await hows(shop) == {
        sold.order.certificate_id: ("printed", "sold"),
        seen.place.certificate_id: ("revealed",),
        found.place.certificate_id: ("found",),
    }
    assert other.order.certificate_id not in await hows(shop)


async def test_all_of_it_gets_new_numbers_once_and_whoever_has_one_gets_the_other(shop: Shop) -> None:
    application, merchant, me = shop.application, shop.merchant, shop.clerk.manager.actor
    [gift] = await bought(application, merchant, a_gift())
    mail = KeepingSender()
    await a_relay(application, mail).run_once(NOW)
    mail.parcels.clear()
    assert gift.certificate_id is not None
    plain = await a_card(application, merchant)
    for one in (Card(merchant, gift.certificate_id, ""), plain):
        await reveal(application, one.place, actor=me, reason="asked for", now=NOW)
    async with application.database.transaction() as connection:
        await end_membership(
            connection, merchant, shop.clerk.membership, by=OPERATOR, reason=None, code=AuditReason.LEFT, now=NOW
        )
    done = await renew_numbers(
        application, merchant, shop.clerk.membership, by=shop.owner.manager, reason="Bob has left", now=NOW
    )
    assert (done.renewed, done.mailed, done.refused) == (2, 1, ())
    assert await hows(shop) == {}
    async with application.database.connection() as connection:
        first = await application.ledger.find(connection, merchant.merchant_id, gift.certificate_id)
        audit = await staff.entries_about(connection, merchant.merchant_id, str(shop.clerk.membership.membership_id))
    assert first is not None
    assert first.status is Status.VOID
    assert [one.action for one in audit if one.action is Audited.NUMBERS_RENEWED] == [Audited.NUMBERS_RENEWED]
    await a_relay(application, mail).run_once(NOW)
    assert [one.url for one in mail.parcels] == ["mailto:ada@example.com"], "the gift, with its new number"
    again = await renew_numbers(
        application, merchant, shop.clerk.membership, by=shop.owner.manager, reason="once more", now=NOW
    )
    assert (again.renewed, again.mailed) == (0, 0)


async def test_new_numbers_take_a_reason(shop: Shop) -> None:
    with pytest.raises(ReasonInvalid):
        await renew_numbers(
            shop.application, shop.merchant, shop.clerk.membership, by=shop.owner.manager, reason="", now=NOW
        )


async def test_what_somebody_knows_is_found_by_who_did_it_and_not_among_all_that_was_done(shop: Shop) -> None:
    statement = load("largesse.services.office", "views.sql").known_to_person
    async with shop.application.database.transaction() as connection:
        await connection.execute("SET LOCAL enable_seqscan = off")  # a table of a test is too small for an index
        await connection.execute(f"PREPARE known AS {statement}")
        rows = await connection.fetch(
            f"EXPLAIN EXECUTE known('{shop.merchant.merchant_id}', '{shop.clerk.manager.actor}', 10)"
        )
        await connection.execute("DEALLOCATE known")
    plan = "\n".join(row["QUERY PLAN"] for row in rows)
    assert "journal_known_to_persons" in plan
    assert "audit_log_by_actor" in plan
