"""What staff do on pages: shown before, done once however often it is sent, written down, and to nothing of others."""

from collections.abc import AsyncIterator, Mapping
from uuid import uuid4

import httpx
import pytest

from largesse.app.application import Application
from largesse.db import Database
from largesse.domain import gifts, orders, staff
from largesse.domain.merchants import Merchant
from largesse.domain.orders import OrderStatus
from largesse.domain.staff import AuditReason, Role
from largesse.ledger import Kind, Status
from largesse.services.certificates import redeem
from largesse.services.merchants import choose_law
from tests.builders.application import NOW, an_application
from tests.builders.catalog import a_package, on_sale
from tests.builders.certificates import Card, a_card, a_merchant, a_request
from tests.builders.gifts import a_gift, bought
from tests.builders.office import at_the_desk
from tests.builders.orders import a_charge
from tests.fakes.clock import StillClock
from tests.integration.interfaces.admin.test_lists import placed_only
from tests.support.office import forms_of, texts

HOME = "/admin/corner-spa"


@pytest.fixture
async def application(database: Database) -> AsyncIterator[Application]:
    async with an_application(database, clock=StillClock(NOW)) as opened:
        yield opened


@pytest.fixture
async def merchant(application: Application) -> Merchant:
    return await a_merchant(application.database)


@pytest.fixture
async def desk(application: Application, merchant: Merchant) -> AsyncIterator[httpx.AsyncClient]:
    async with at_the_desk(application, merchant) as client:
        yield client


@pytest.fixture
async def card(application: Application, merchant: Merchant) -> Card:
    return await a_card(application, merchant, gratuity=1_000)


def page_of(card: Card) -> str:
    return f"{HOME}/certificates/{card.place.certificate_id}"


def effects_on(answer: httpx.Response) -> list[str]:
    return texts(answer, "//ul[@class='effects']/li")


async def shown(
    desk: httpx.AsyncClient, page: str, typed: Mapping[str, str], *, why: str = "She asked"
) -> httpx.Response:
    """Fill in the form of an act, so that it shows what would happen."""
    opened = await desk.get(page)
    assert opened.status_code == 200, opened.text
    answer = await desk.post(page, data={**forms_of(opened)[page], **typed, "why": why})
    assert answer.status_code == 200, answer.text
    return answer


async def confirmed(desk: httpx.AsyncClient, page: str, showing: httpx.Response) -> httpx.Response:
    return await desk.post(page, data={**forms_of(showing)[page], "sure": "yes"})


async def does(
    desk: httpx.AsyncClient, page: str, typed: Mapping[str, str] | None = None, *, why: str = "She asked"
) -> httpx.Response:
    return await confirmed(desk, page, await shown(desk, page, typed or {}, why=why))


DAY = "It is good through Monday, 31 January 2078 instead of Monday, 22 November 2077."
ACTS = {
    "block": ({}, "$100.00 and $10.00 gratuity stays on it.", Kind.BLOCK),
    "extend": ({"through": "2078-01-31"}, DAY, Kind.EXTEND),
    "adjust": ({"value": "-5.00"}, "Value becomes $95.00; it is $100.00 now.", Kind.ADJUST),
    "reload": ({"value": "20", "paid": "cash"}, "$20.00 is booked as received: cash.", Kind.RELOAD),
    "void": ({"reason": "fraud"}, "It can never be spent again. This cannot be undone.", Kind.VOID),
}


@pytest.mark.parametrize("act", ACTS)
async def test_an_act_is_shown_then_done_once_and_written_down_with_its_reason(
    desk: httpx.AsyncClient, application: Application, merchant: Merchant, card: Card, act: str
) -> None:
    typed, effect, kind = ACTS[act]
    page = f"{page_of(card)}/{act}"
    showing = await shown(desk, page, typed)
    assert effect in effects_on(showing)
    before = (await card.stands(application)).certificate
    first = await confirmed(desk, page, showing)
    assert (first.status_code, first.headers["location"]) == (303, f"{page_of(card)}?done={act}")
    after = (await card.stands(application)).certificate
    assert after != before
    again = await confirmed(desk, page, showing)
    assert (again.status_code, again.headers["location"]) == (303, first.headers["location"])
    assert (await card.stands(application)).certificate == after
    async with application.database.connection() as connection:
        rows = await application.ledger.statement(connection, merchant.merchant_id, card.place.certificate_id)
        audit = await staff.entries_about(connection, merchant.merchant_id, str(card.place.certificate_id))
    assert {row.memo for row in rows if row.kind is kind} == {"She asked"}
    assert len([one for one in audit if one.reason == "She asked"]) == 1
    assert audit[0].reason_code is AuditReason.REQUESTED
    assert texts(await desk.get(first.headers["location"]), "//*[@role='status']") != []


async def test_what_has_changed_since_it_was_shown_is_shown_anew_and_not_done(
    desk: httpx.AsyncClient, application: Application, card: Card
) -> None:
    page = f"{page_of(card)}/adjust"
    showing = await shown(desk, page, {"value": "-5.00"})
    await redeem(application, card.place, value=2_000, currency="USD", request=a_request(), now=NOW)
    answer = await confirmed(desk, page, showing)
    assert answer.status_code == 409
    assert "It has changed meanwhile" in answer.text
    assert "Value becomes $75.00; it is $80.00 now." in effects_on(answer)
    assert await card.left(application) == (8_000, 1_000)


@pytest.mark.parametrize(
    "act, typed, said",
    [
        ("adjust", {}, "Write by how much."),
        ("adjust", {"value": "lots"}, "Write an amount, such as 25.00."),
        ("extend", {}, "Choose a day, or for ever."),
        ("reload", {"value": "5", "paid": "promise"}, "Choose one of those that are offered."),
        ("move", {"to": "GL-0000"}, "No certificate of yours has this number."),
    ],
)
async def test_what_cannot_be_meant_is_said_beside_its_field_and_what_was_typed_stays(
    desk: httpx.AsyncClient, card: Card, act: str, typed: dict[str, str], said: str
) -> None:
    page = f"{page_of(card)}/{act}"
    opened = await desk.get(page)
    answer = await desk.post(page, data={**forms_of(opened)[page], **typed, "why": ""})
    assert answer.status_code == 422
    assert said in answer.text
    assert "Say why, in 1 to 500 characters." in answer.text
    for name in {"value", "to"} & set(typed):
        assert forms_of(answer)[page][name] == typed[name]


async def test_what_the_ledger_refuses_is_told_and_nothing_is_done(
    desk: httpx.AsyncClient, application: Application, card: Card
) -> None:
    answer = await does(desk, f"{page_of(card)}/adjust", {"value": "-500"})
    assert answer.status_code == 409
    assert "This cannot be done" in answer.text
    assert await card.left(application) == (10_000, 1_000)


async def test_value_moves_to_another_certificate_whose_number_never_comes_back(
    desk: httpx.AsyncClient, application: Application, merchant: Merchant, card: Card
) -> None:
    other = await a_card(application, merchant, value=500)
    page = f"{page_of(card)}/move"
    showing = await shown(desk, page, {"to": other.number, "value": "30"})
    assert other.number not in showing.text
    assert (await confirmed(desk, page, showing)).status_code == 303
    assert (await card.left(application), await other.left(application)) == ((7_000, 1_000), (3_500, 0))


async def test_a_certificate_becomes_another_offering_and_the_difference_waits(
    desk: httpx.AsyncClient, application: Application, merchant: Merchant, card: Card
) -> None:
    """100.00 and 10.00 of gratuity become a massage over 120.00: 10.00 are missing, and come by transfer."""
    await on_sale(application.database, merchant, a_package())
    page = f"{page_of(card)}/offering"
    [massage] = [one for one in texts(await desk.get(page), "//select[@name='to']/option/@value") if one]
    missing = await desk.post(page, data={**forms_of(await desk.get(page))[page], "to": massage, "why": "She asked"})
    assert "$10.00 is missing: choose how that is paid." in missing.text
    showing = await shown(desk, page, {"to": massage, "paid": "transfer"})
    assert [one for one in effects_on(showing) if "$" in one] == [
        "1 hr Massage costs $120.00.",
        "$110.00 of what was paid for this certificate goes to it.",
        "$10.00 is missing, and added once it is paid.",
    ]
    done = await confirmed(desk, page, showing)
    assert done.headers["location"].startswith(f"{HOME}/orders/")
    assert await card.left(application) == (0, 0)


async def test_a_reload_waits_and_is_told_on_the_certificate_and_on_today(
    desk: httpx.AsyncClient, application: Application, card: Card
) -> None:
    page = f"{page_of(card)}/reload-later"
    wrong = await desk.post(page, data={**forms_of(await desk.get(page))[page], "paid": "phone", "why": "x"})
    assert (wrong.status_code, "Write how much." in wrong.text) == (422, True)
    forged = {**forms_of(await desk.get(page))[page], "value": "20", "paid": "transfer", "language": "tlh", "why": "x"}
    assert texts(await desk.post(page, data=forged), "//*[@id='error-language']")
    done = await does(desk, page, {"value": "20", "paid": "transfer"})
    number = done.headers["location"].rpartition("/")[2]
    told = await desk.get(page_of(card))
    assert f"$20.00 by order {number}, until " in told.text
    assert "1 of them reloads a certificate." in (await desk.get(HOME)).text
    paid = f"{HOME}/orders/{number}/mark-paid"
    assert (await does(desk, paid)).status_code == 303
    assert await card.left(application) == (12_000, 1_000)
    assert number not in "".join(texts(await desk.get(page_of(card)), "//dl"))


async def test_the_rest_is_paid_out_where_the_law_profile_asks_for_it(
    desk: httpx.AsyncClient, application: Application, merchant: Merchant
) -> None:
    small = await a_card(application, merchant, value=900)
    page = f"{page_of(small)}/cash-out"
    unknown = await desk.post(
        page, data={**forms_of(await desk.get(page))[page], "payer": "later", "why": "Moves away"}
    )
    assert (unknown.status_code, "is unknown" in unknown.text) == (409, True)
    async with application.database.transaction() as connection:
        await choose_law(connection, merchant, "US-CA", actor="cli:test", now=NOW)
    much = await a_card(application, merchant)
    refused = await desk.post(
        f"{page_of(much)}/cash-out",
        data={**forms_of(await desk.get(f"{page_of(much)}/cash-out"))[f"{page_of(much)}/cash-out"], "payer": "later"},
    )
    assert (refused.status_code, "does not ask for it" in refused.text) == (409, True)
    showing = await shown(desk, page, {"payer": "later"})
    assert any("US-CA" in one for one in effects_on(showing))
    assert (await confirmed(desk, page, showing)).status_code == 303
    assert (await small.stands(application)).certificate.status is Status.VOID


async def test_a_new_number_leads_to_the_certificate_that_has_it(
    desk: httpx.AsyncClient, application: Application, card: Card
) -> None:
    answer = await does(desk, f"{page_of(card)}/new-number")
    assert answer.status_code == 303
    assert answer.headers["location"] != f"{page_of(card)}?done=new-number"
    assert "This is the certificate with the new number." in (await desk.get(answer.headers["location"])).text
    assert (await card.stands(application)).certificate.status is Status.VOID


async def test_the_number_is_shown_for_a_reason_alone_and_never_stands_in_an_address(
    desk: httpx.AsyncClient, application: Application, merchant: Merchant, card: Card
) -> None:
    page = f"{page_of(card)}/number"
    opened = await desk.get(page)
    assert (await desk.post(page, data={**forms_of(opened)[page], "why": " "})).status_code == 422
    answer = await desk.post(page, data={**forms_of(opened)[page], "why": "Reads it out"})
    assert card.number in answer.text.replace("-", "")
    assert answer.headers["cache-control"] == "no-store"
    printed = await desk.post(
        f"{page_of(card)}/print", data={**forms_of(opened)[page], "why": "Lost paper", "paper": "a4"}
    )
    assert printed.headers["content-type"] == "application/pdf"
    async with application.database.connection() as connection:
        audit = await staff.entries_about(connection, merchant.merchant_id, str(card.place.certificate_id))
    assert {(one.action.value, one.reason) for one in audit} == {
        ("certificate.number.revealed", "Lost paper"),
        ("certificate.number.revealed", "Reads it out"),
    }


async def test_an_order_is_refunded_as_shown_and_twice_is_once(
    desk: httpx.AsyncClient, application: Application, merchant: Merchant
) -> None:
    [order] = await bought(application, merchant, a_gift(a_charge(10_000)))
    assert order.certificate_id is not None
    place = Card(merchant, order.certificate_id, "").place
    await redeem(application, place, value=2_500, currency="USD", request=a_request(), now=NOW)
    page = f"{HOME}/orders/{order.order_number}/refund"
    showing = await shown(desk, page, {"way": "money"})
    assert effects_on(showing)[:3] == [
        "$25.00 of it was spent or moved, and stays so.",
        "$75.00 is taken off the certificate.",
        "$0.00 is left on it.",
    ]
    assert any("$75.00 is owed to the buyer" in one for one in effects_on(showing))
    for _ in range(2):
        answer = await confirmed(desk, page, showing)
        assert answer.headers["location"] == f"{HOME}/orders/{order.order_number}?done=refund"
    async with application.database.connection() as connection:
        after = await orders.find_by_number(connection, merchant.merchant_id, order.order_number)
        rows = await application.ledger.statement(connection, merchant.merchant_id, place.certificate_id)
    assert after.status is OrderStatus.REFUNDED
    assert sum(row.amount or 0 for row in rows if row.kind is Kind.REFUND) == 7_500
    nothing = await desk.post(page, data={**forms_of(showing)[page], "operation": str(uuid4())})
    assert nothing.status_code == 409


async def test_an_order_that_waits_is_paid_or_cancelled_once(
    desk: httpx.AsyncClient, application: Application, merchant: Merchant
) -> None:
    for act, status in (("mark-paid", OrderStatus.ISSUED), ("cancel", OrderStatus.CANCELLED)):
        order = await placed_only(application, merchant, 5_000)
        page = f"{HOME}/orders/{order.order_number}/{act}"
        showing = await shown(desk, page, {})
        for _ in range(2):
            answer = await confirmed(desk, page, showing)
            assert answer.headers["location"] == f"{HOME}/orders/{order.order_number}?done={act}"
        async with application.database.connection() as connection:
            after = await orders.find_by_number(connection, merchant.merchant_id, order.order_number)
        assert after.status is status


async def test_a_gift_is_sent_again_once_and_corrected_by_who_did_it(
    desk: httpx.AsyncClient, application: Application, merchant: Merchant
) -> None:
    [order] = await bought(application, merchant)
    clock = application.clock
    assert isinstance(clock, StillClock)
    clock.moment = NOW.replace(minute=1)
    page = f"{HOME}/orders/{order.order_number}/send-again"
    showing = await shown(desk, page, {})
    clock.moment = NOW.replace(minute=2)
    for _ in range(2):
        assert (await confirmed(desk, page, showing)).status_code == 303
    page = f"{HOME}/orders/{order.order_number}/correct"
    answer = await does(desk, page, {"name": "Ada", "email": "ada@right.example"}, why="A letter was missing")
    assert answer.status_code == 303
    async with application.database.connection() as connection:
        gift = await gifts.find_gift(connection, merchant.merchant_id, order.order_id)
        audit = await staff.entries_about(connection, merchant.merchant_id, str(order.order_id))
        mails = await connection.fetchval("SELECT count(*) FROM mails WHERE purpose = 'gift'")
    assert (gift.recipient_email, gift.corrections) == ("ada@right.example", 1)
    assert {one.action.value for one in audit} == {"gift.recipient.corrected", "gift.sent_again"}
    assert all(one.actor.startswith("person:") for one in audit)
    assert mails == 3
    wrong = await desk.post(page, data={**forms_of(await desk.get(page))[page], "email": "nobody", "why": "x"})
    assert wrong.status_code == 422


async def test_nobody_acts_on_what_is_their_own(application: Application, merchant: Merchant) -> None:
    [order] = await bought(application, merchant, a_gift(email="Desk@Bakery.example"))
    async with at_the_desk(application, merchant, email="desk@bakery.example") as client:
        for page in (
            f"{HOME}/certificates/{order.certificate_id}/adjust",
            f"{HOME}/orders/{order.order_number}/refund",
        ):
            answer = await client.get(page)
            assert answer.status_code == 409
            assert "ask somebody else" in answer.text


async def test_ids_of_another_merchant_are_unknown_to_every_act(
    desk: httpx.AsyncClient, application: Application, card: Card
) -> None:
    other = await a_merchant(application.database, slug="tailor", prefix="TL", number="1002")
    [order] = await bought(application, other)
    foreign = await a_card(application, other)
    own = await desk.get(f"{page_of(card)}/adjust")
    form = forms_of(own)[f"{page_of(card)}/adjust"]
    for path in (f"certificates/{foreign.place.certificate_id}", f"orders/{order.order_number}"):
        for act in (
            "block",
            "adjust",
            "void",
            "number",
            "print",
            "refund",
            "cancel",
            "mark-paid",
            "send-again",
            "correct",
        ):
            answer = await desk.post(f"{HOME}/{path}/{act}", data={**form, "why": "x", "sure": "yes", "value": "1"})
            assert answer.status_code in {404, 405}, (path, act)
    moved = await desk.post(
        f"{page_of(card)}/move",
        data={**form, "why": "x", "sure": "yes", "target": str(foreign.place.certificate_id), "value": "1"},
    )
    assert moved.status_code == 422
    assert await foreign.left(application) == (10_000, 0)


async def test_a_bookkeeper_reads_and_is_offered_nothing_that_she_may_not(
    application: Application, merchant: Merchant, card: Card
) -> None:
    waiting = await placed_only(application, merchant, 5_000)
    async with at_the_desk(application, merchant, role=Role.BOOKKEEPER, email="books@bakery.example") as client:
        assert texts(await client.get(page_of(card)), "//nav[@class='acts']//a") == []
        offered = texts(await client.get(f"{HOME}/orders/{waiting.order_number}"), "//nav[@class='acts']//a")
        assert offered == ["It is paid"]
        assert (await client.get(f"{page_of(card)}/void")).status_code == 403
