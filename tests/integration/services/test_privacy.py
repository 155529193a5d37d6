"""Data of people: forgotten after a while, and erased for one who asks."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from largesse import outbox
from largesse.app.application import Application
from largesse.db import Database
from largesse.domain import drafts, offline, portal
from largesse.domain.certificates import open_numbers
from largesse.domain.drafts import BuyerText, Content
from largesse.domain.gifts import GiftStatus
from largesse.domain.merchants import Merchant
from largesse.domain.offline import ConflictKind, Remedy
from largesse.domain.orders import Billing
from largesse.ledger import proofs
from largesse.outbox import DeliveryStatus, Endpoint, Keeping, ReceiverAnswer
from largesse.services.certificates import Place, Request, adjust, redeem, reissue
from largesse.services.endpoints import Format
from largesse.services.offline import settle_conflict, take_queue
from largesse.services.portal import AgreementAsked, ask_for_agreement
from largesse.services.privacy import NobodyKnown, erase_person, forget_old
from largesse.services.staff import Manager
from tests.builders.application import NOW, an_application
from tests.builders.certificates import Card
from tests.builders.gifts import a_gift, a_relay, a_shop, bought, delivery_of
from tests.builders.offline import an_offline_till
from tests.builders.outbox import an_endpoint
from tests.builders.tills import a_till
from tests.fakes.clock import StillClock
from tests.fakes.senders import KeepingSender
from tests.integration.test_leaked_database import everything

CHRISTMAS = NOW + timedelta(days=30)
BILLING = Billing(
    first_name="Grace",
    last_name="Hopperson",
    email="Grace@Example.com",
    phone="+12125550123",
    address="1 Main Street",
    city="Springfield",
)
TOLD: dict[str, Any] = {"actor": "cli:ada", "reason": "asked for by letter"}


@pytest.fixture
async def application(database: Database) -> AsyncIterator[Application]:
    """An installation at NOW."""
    async with an_application(database, clock=StillClock(NOW)) as opened:
        yield opened


@pytest.fixture
async def merchant(database: Database) -> Merchant:
    """A merchant that sells."""
    return await a_shop(database)


async def a_listener(application: Application, merchant: Merchant) -> Endpoint:
    """An endpoint that is told of everything."""
    async with application.database.transaction() as connection:
        endpoint, _ = await an_endpoint(
            connection, application.keyring, merchant.merchant_id, "https://example.com/", written=Format.JSON
        )
    return endpoint


async def send(application: Application, *, answer: ReceiverAnswer | None = None) -> list[bytes]:
    """Send what is due; every receiver says back what it was sent."""
    http = KeepingSender(lambda parcel: answer or ReceiverAnswer(status_code=200, body=parcel.body[:2000]))
    await a_relay(application, KeepingSender(), http=http).run_once(NOW)
    return [parcel.body for parcel in http.parcels]


async def rows(application: Application, query: str) -> list[dict[str, Any]]:
    """Rows of a query."""
    async with application.database.connection() as connection:
        return [dict(row) for row in await connection.fetch(query)]


async def test_who_asks_is_erased_and_the_money_stays(
    application: Application, merchant: Merchant, database: Database
) -> None:
    await a_listener(application, merchant)
    [sent, _, waiting] = await bought(
        application,
        merchant,
        a_gift(email="Ada@Example.org", name="Adalbert", message="To Adalbert"),
        a_gift(email="bea@example.com", name="Beatrix", message="To Beatrix"),
        a_gift(email="ada@example.org", name="Adalbert", message="To Adalbert", at=CHRISTMAS),
        billing=BILLING,
    )
    async with database.transaction() as connection:
        content = Content(buyer=BuyerText(email="ADA@example.org", first_name="Adalbert"))
        await drafts.put_draft(connection, drafts.new_draft(merchant.merchant_id, str(uuid4()), content, now=NOW))
    assert any(b"Adalbert" in body for body in await send(application))
    money = "SELECT order_number, amount, tip, discount, tax, total, status FROM orders ORDER BY order_id"
    journal = "SELECT * FROM journal ORDER BY subject_id, seq"
    before, booked = await rows(application, money), await rows(application, journal)

    rehearsed = await erase_person(application, merchant, "ada@example.org", **TOLD, dry_run=True, now=NOW)
    assert "Adalbert" in await everything(database)
    erased = await erase_person(application, merchant, "ada@example.org", **TOLD, now=NOW)

    assert erased == rehearsed
    assert (erased.orders, erased.gifts, erased.drafts, erased.mails) == (2, 2, 1, 1)
    left = await everything(database)
    for trace in ("Adalbert", "ada@example.org", "Ada@Example.org"):
        assert trace not in left, trace
    assert "Beatrix" in left
    assert "Hopperson" in left
    assert (await rows(application, money), await rows(application, journal)) == (before, booked)
    async with database.connection() as connection:
        assert [difference async for difference in proofs.verify(connection)] == []
    assert (await delivery_of(application, waiting)).status is GiftStatus.PRINT
    assert (await delivery_of(application, sent)).status is GiftStatus.SENT
    [entry] = await rows(application, "SELECT * FROM audit_log WHERE action = 'person.erased'")
    assert entry["reason"] == "asked for by letter"
    with pytest.raises(NobodyKnown):
        await erase_person(application, merchant, "ada@example.org", **TOLD, now=NOW)


async def test_what_staff_wrote_beside_operations_is_kept_where_it_can_be_erased_and_nowhere_else(
    application: Application, merchant: Merchant, database: Database
) -> None:
    """Also under a new number; an event of a version that told memos loses what it told."""
    await a_listener(application, merchant)
    [sent] = await bought(application, merchant, a_gift(email="ada@example.org"), billing=BILLING)
    assert sent.certificate_id is not None
    place = Place(merchant_id=merchant.merchant_id, certificate_id=sent.certificate_id)
    spoken = "for Adalbert of Ulm"

    def asked() -> Request:
        return Request(operation_id=uuid4(), actor="cli:ada", memo=spoken)

    await redeem(application, place, value=100, request=asked(), now=NOW)
    new = await reissue(application, merchant, place, request=asked(), now=NOW)
    there = Place(merchant_id=merchant.merchant_id, certificate_id=new.certificate_id)
    await redeem(application, there, value=100, request=asked(), now=NOW)
    await adjust(application, there, value=-1, request=asked(), now=NOW)
    memos = await rows(application, "SELECT * FROM journal_memos")
    assert (await everything(database)).count(spoken) == len(memos) == 4
    async with database.transaction() as connection:
        await connection.execute(
            "UPDATE events SET payload = replace(payload, '{', $1) WHERE kind = 'certificate.redeemed'",
            f'{{"memo":"{spoken}",',
        )

    await erase_person(application, merchant, "ada@example.org", **TOLD, now=NOW)

    assert spoken not in await everything(database)
    async with database.dedicated() as connection:
        assert [difference async for difference in proofs.verify(connection)] == []


async def test_a_buyer_is_erased_with_all_they_wrote_and_what_waits_is_not_sent(
    application: Application, merchant: Merchant, database: Database
) -> None:
    endpoint = await a_listener(application, merchant)
    await bought(application, merchant, a_gift(message="Love, Grace"), billing=BILLING)
    await send(application, answer=ReceiverAnswer(status_code=500, error="no"))

    await erase_person(application, merchant, "grace@example.com", **TOLD, now=NOW)

    left = await everything(database, but="sale_documents")  # which bookkeeping has to keep
    assert await rows(application, "SELECT 1 FROM sale_documents WHERE document_hash = sha256(document)")
    for trace in ("Hopperson", "race@", "1 Main Street", "Springfield", "+12125550123", "Love, Grace"):
        assert trace not in left, trace
    async with database.connection() as connection:
        found = await outbox.list_deliveries(connection, endpoint)
    assert {one.status for one in found if one.kind == "order.issued"} == {DeliveryStatus.FAILED}


async def test_what_was_sent_is_forgotten_in_two_steps_and_what_waits_is_kept(
    application: Application, merchant: Merchant, database: Database
) -> None:
    endpoint = await a_listener(application, merchant)
    await bought(application, merchant, a_gift(), a_gift(), a_gift())
    await send(application)
    keeping = Keeping(bodies=timedelta(days=90), events=timedelta(days=400))
    async with database.transaction() as connection:
        await connection.execute(
            "UPDATE deliveries SET status = 'pending', settled_at = NULL WHERE event_id = "
            "(SELECT event_id FROM deliveries WHERE endpoint_id = $1 ORDER BY event_id DESC LIMIT 1)",
            endpoint.endpoint_id,
        )
    sizes = "SELECT count(*) AS rows, count(*) FILTER (WHERE body <> '' OR answer <> '') AS bodies FROM attempts"
    [at_first] = await rows(application, sizes)

    assert await forget_old(application, keeping, now=NOW + timedelta(days=89), batch=2) == 0
    emptied = await forget_old(application, keeping, now=NOW + timedelta(days=91), batch=2)
    [later] = await rows(application, sizes)
    assert later["rows"] == at_first["rows"] == at_first["bodies"]
    assert emptied == at_first["bodies"] - 1
    assert later["bodies"] == 1, "what waits is kept whole"

    await forget_old(application, keeping, now=NOW + timedelta(days=400), batch=2)
    [month] = await rows(application, sizes)
    assert month["rows"] == at_first["rows"], "the rest goes with its month"
    await forget_old(application, keeping, now=NOW + timedelta(days=440), batch=2)
    [end] = await rows(application, sizes)
    assert (end["rows"], end["bodies"]) == (1, 1)
    assert [len(await rows(application, f"SELECT * FROM {table}")) for table in ("deliveries", "events", "mails")] == [
        1,
        1,
        0,
    ]
    assert await forget_old(application, Keeping(), now=NOW + timedelta(days=4000)) == 0


async def test_who_asked_for_an_agreement_is_erased_and_forgotten_once_answered(
    application: Application, merchant: Merchant, database: Database
) -> None:
    async with database.transaction() as connection:
        for name, answered in (("Adalbert", False), ("Beatrix", True), ("Beatrix", True), ("Beatrix", False)):
            asks = AgreementAsked(
                organisation=f"Firm of {name}",
                name=name,
                email=f"{name}@Example.org",
                question=f"{name} asks",
                language="en",
            )
            asked = await ask_for_agreement(connection, merchant, asks, asking_id=uuid4(), now=NOW)
            if answered:
                await portal.answer_asking(connection, asked, "Gladly", by="cli:ada", now=NOW)
    erased = await erase_person(application, merchant, "adalbert@example.org", **TOLD, now=NOW)
    assert erased.askings == 1
    assert "Adalbert" not in await everything(database)
    waiting = "SELECT answered_at IS NULL AS waits FROM partner_askings ORDER BY 1"
    keeping = Keeping(events=timedelta(days=400))
    await forget_old(application, keeping, now=NOW + timedelta(days=400), batch=1)
    assert [row["waits"] for row in await rows(application, waiting)] == [False, False, True]
    await forget_old(application, keeping, now=NOW + timedelta(days=401), batch=1)
    assert [row["waits"] for row in await rows(application, waiting)] == [True]


async def test_what_was_said_beside_redemptions_without_a_line_is_erased_and_a_row_is_told_again(
    application: Application, merchant: Merchant, database: Database
) -> None:
    [sent] = await bought(application, merchant, a_gift(email="ada@example.org"), billing=BILLING)
    assert sent.certificate_id is not None
    async with database.connection() as connection:
        numbers = await open_numbers(connection, application.keyring, merchant.merchant_id, [sent.certificate_id])
    card = Card(merchant, sent.certificate_id, numbers[sent.certificate_id])
    till = await an_offline_till(application, merchant, await a_till(application, merchant))
    left, _ = await card.left(application)
    till.take((card, left), reference="for Adalbert of Ulm")
    till.take((card, 100))
    await take_queue(application, merchant, till.rows, now=NOW)
    async with database.connection() as connection:
        found = await offline.conflicts(connection, merchant.merchant_id)
    missing = next(one for one in found if one.kind is ConflictKind.MISSING)
    by = Manager(actor="cli:tester")
    given = application, merchant, missing.conflict_id, Remedy.WRITE_OFF
    await settle_conflict(*given, reason="Adalbert is a friend", by=by, now=NOW)
    assert (await everything(database)).count("Adalbert") >= 3
    await erase_person(application, merchant, "ada@example.org", **TOLD, now=NOW)
    trace = [row for row in await rows(application, "SELECT * FROM offline_rows") if "Adalbert" in str(dict(row))]
    assert trace == []
    assert "Adalbert" not in str([dict(row) for row in await rows(application, "SELECT * FROM offline_conflicts")])
    again = await take_queue(application, merchant, till.rows, now=NOW)
    assert [one.taken for one in again] == [left, 0]
