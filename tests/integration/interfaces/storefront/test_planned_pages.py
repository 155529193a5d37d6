"""F28: a planned gift is changed until it is sent, by its buyer; and nobody changes what has left."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import httpx
import lxml.html
import pytest
from litestar import Litestar

from largesse.app.application import Application
from largesse.db import Database
from largesse.domain import orders, staff
from largesse.domain.catalog import Design
from largesse.domain.gifts import Gift, GiftLeft, GiftStatus
from largesse.domain.orders import DeliveryMethod, Order
from largesse.interfaces.storefront import FOLDER
from largesse.interfaces.storefront.given_pages import CHANGE_PATH, PICTURE_PATH, given_routes
from largesse.interfaces.storefront.planned_pages import planned_routes
from largesse.services.certificates.requests import Place
from largesse.services.certificates.transfers import reissue
from largesse.services.checkout import PlannedText, change_planned
from largesse.services.gifts.delivery import send_due
from largesse.services.gifts.links import PATH, GiftLink
from largesse.ui import Templates
from largesse.web.assets import ui_routes
from tests.builders.application import BASE_URL, NOW
from tests.builders.certificates import a_request
from tests.builders.gifts import a_gift, a_gift_installation, a_shop, bought, delivery_of
from tests.fakes.clock import StillClock
from tests.fakes.typesetter import PlainTypesetter
from tests.integration.interfaces.storefront.test_given_pages import token_for
from tests.support.markup import LOOKING
from tests.support.shopper import shopping

TEMPLATES = Templates(parts={"storefront": FOLDER}, https=True)
DAY = datetime(2026, 12, 24, 14, tzinfo=UTC)  # nine in New York
TEXT = PlannedText(
    name="Ada King",
    email="king@example.com",
    to="Countess",
    sender="G. Hopper",
    message="Later, but\nwith more love",
    design="engraved",
    day="2027-01-05",
    hour="18",
)


@asynccontextmanager
async def visitor(application: Application) -> AsyncIterator[httpx.AsyncClient]:
    """A browser."""
    routes = [*ui_routes(TEMPLATES), *given_routes(application, TEMPLATES), *planned_routes(application, TEMPLATES)]
    transport = httpx.ASGITransport(app=cast("Any", Litestar(routes, openapi_config=None, logging_config=None)))
    async with httpx.AsyncClient(transport=transport, base_url=BASE_URL, event_hooks=LOOKING) as client:
        yield client


def a_form(page: str) -> dict[str, str]:
    [form] = cast("Any", lxml.html.fromstring(page)).xpath("//main//form")
    return dict(form.form_values())


def as_fields(text: PlannedText) -> dict[str, str]:
    fields = {name: getattr(text, name) for name in PlannedText.__struct_fields__}
    return fields | {"from": fields.pop("sender")}


async def order_now(application: Application, order: Order) -> Order:
    async with application.database.connection() as connection:
        return await orders.find_by_number(connection, order.merchant_id, order.order_number)


def link_of(order: Order) -> GiftLink:
    assert order.checkout_id is not None
    ends_at = NOW + timedelta(days=400)
    return GiftLink(merchant_id=order.merchant_id, checkout_id=order.checkout_id, ends_at=ends_at)


async def test_day_hour_words_design_and_recipient_are_changed_until_it_is_sent(database: Database) -> None:
    async with (
        a_gift_installation(database, prints=False, clock=StillClock(NOW)) as application,
        visitor(application) as client,
    ):
        [order] = await bought(application, await a_shop(database), a_gift(at=DAY))
        one = {"token": token_for(application, order), "order": str(order.order_id)}
        page = await client.get(CHANGE_PATH, params=one)
        shown = a_form(page.text)
        assert (shown["to"], shown["from"], shown["design"]) == ("Ada", "Grace", "winter")
        assert (shown["day"], shown["hour"], shown["email"]) == ("2026-12-24", "9", "ada@example.com")
        answer = await client.post(CHANGE_PATH, data=shown | as_fields(TEXT))
        assert (answer.status_code, "done=changed" in answer.headers["location"]) == (303, True)
        after = await client.get(answer.headers["location"])
        assert "It goes out as you see it below." in after.text
        assert "Countess gets this on 5 January 2027 at 18:00, at king@example.com." in after.text

        changed, gift = await order_now(application, order), await delivery_of(application, order)
        assert (changed.to_message, changed.from_message, changed.message, changed.design) == (
            "Countess", "G. Hopper", "Later, but\nwith more love", "engraved",
        )  # fmt: skip
        assert (changed.amount, changed.total, changed.certificate_id) == (
            order.amount, order.total, order.certificate_id,
        )  # fmt: skip
        moment = datetime(2027, 1, 5, 23, tzinfo=UTC)
        assert gift.due_at == changed.deliver_at == moment
        assert await send_due(application, now=DAY) == 0, "not on the first day"
        assert await send_due(application, now=moment) == 1
        async with database.connection() as connection:
            kinds = [row["kind"] for row in await connection.fetch("SELECT kind FROM events ORDER BY event_id")]
            log = await staff.entries_about(connection, order.merchant_id, str(order.order_id))
        assert kinds.count("order.recipient_changed") == 1
        assert [entry.action for entry in log] == [staff.Audited.GIFT_CHANGED]


@pytest.mark.parametrize(
    "wrong, words",
    [
        ({"to": ""}, "Say who it is for"),
        ({"message": "x" * 214}, "take out 14"),
        ({"email": "ada at home"}, "Write it like name@example.com"),
        ({"day": "2026-01-01"}, "That day has passed"),
        ({"day": "2031-01-01"}, "too far ahead"),
        ({"hour": "3"}, "Choose one of the hours"),
        ({"design": "gilded"}, "Choose one of the designs"),
        ({"name": "x" * 130}, "take out 9"),
    ],
)
async def test_what_is_wrong_is_said_and_nothing_is_changed(
    database: Database, wrong: dict[str, str], words: str
) -> None:
    async with (
        a_gift_installation(database, prints=False, clock=StillClock(NOW)) as application,
        visitor(application) as client,
    ):
        [order] = await bought(application, await a_shop(database), a_gift(at=DAY))
        one = {"token": token_for(application, order), "order": str(order.order_id)}
        answer = await client.post(CHANGE_PATH, data=one | as_fields(TEXT) | wrong)
        assert answer.status_code == 422
        assert words in answer.text
        assert a_form(answer.text)["from"] == "G. Hopper", "what was typed stays"
        assert (await order_now(application, order)).message == order.message
        assert (await delivery_of(application, order)).recipient_email == "ada@example.com"


@pytest.mark.parametrize("hour", [3, 14])  # no hour that the form offers, and one
async def test_what_was_planned_to_the_minute_stays_where_only_its_words_change(database: Database, hour: int) -> None:
    moment = datetime(2026, 12, 24, hour + 5, 30, tzinfo=UTC)
    async with (
        a_gift_installation(database, prints=False, clock=StillClock(NOW)) as application,
        visitor(application) as client,
    ):
        [order] = await bought(application, await a_shop(database), a_gift(at=moment))
        one = {"token": token_for(application, order), "order": str(order.order_id)}
        shown = a_form((await client.get(CHANGE_PATH, params=one)).text)
        answer = await client.post(CHANGE_PATH, data=shown | {"message": "Mended"})
        assert (answer.status_code, "done=changed" in answer.headers["location"]) == (303, True)
        changed, gift = await order_now(application, order), await delivery_of(application, order)
        assert (changed.message, changed.deliver_at, gift.due_at) == ("Mended", moment, moment)


async def test_what_the_shop_reissued_is_sent_once_its_buyer_changed_it(database: Database) -> None:
    async with a_gift_installation(database, prints=False, clock=StillClock(NOW)) as application:
        merchant = await a_shop(database)
        [order] = await bought(application, merchant, a_gift(at=DAY))
        assert order.certificate_id is not None
        place = Place(merchant_id=order.merchant_id, certificate_id=order.certificate_id)
        made = await reissue(application, merchant, place, request=a_request(), now=NOW)
        changed = await change_planned(application, link_of(order), order.order_id, TEXT, now=NOW)
        assert isinstance(changed, Gift)
        assert changed.certificate_id == made.certificate_id, "else nothing is mailed on its day"


async def test_what_has_left_or_is_another_ones_is_not_changed(database: Database) -> None:
    async with (
        a_gift_installation(database, prints=False, clock=StillClock(NOW)) as application,
        visitor(application) as client,
    ):
        merchant = await a_shop(database)
        [order] = await bought(application, merchant, a_gift(at=DAY))
        [other] = await bought(application, merchant, a_gift(at=DAY))
        [printed] = await bought(application, merchant, a_gift(delivery=DeliveryMethod.PRINT))
        stolen = {"token": token_for(application, order), "order": str(other.order_id)} | as_fields(TEXT)
        assert (await client.post(CHANGE_PATH, data=stolen)).status_code == 403
        await send_due(application, now=DAY)
        for gone in (order, printed):
            mine = {"token": token_for(application, gone), "order": str(gone.order_id)}
            for answer in (
                await client.get(CHANGE_PATH, params=mine),
                await client.post(CHANGE_PATH, data=mine | as_fields(TEXT)),
            ):
                assert answer.status_code == 409
                assert "its words and its day stay" in answer.text
            assert (await order_now(application, gone)).message == gone.message
        foreign = {"token": token_for(application, order), "order": str(order.order_id)} | as_fields(TEXT)
        refused = await client.post(CHANGE_PATH, data=foreign, headers={"Sec-Fetch-Site": "cross-site"})
        assert refused.status_code == 403


async def test_of_changing_and_sending_at_one_moment_one_wins(database: Database) -> None:
    async with a_gift_installation(database, prints=False, clock=StillClock(NOW)) as application:
        merchant = await a_shop(database)
        bought_ones = [(await bought(application, merchant, a_gift(at=DAY)))[0] for _ in range(6)]

        async def change(order: Order) -> bool:
            try:
                await change_planned(application, link_of(order), order.order_id, TEXT, now=DAY)
            except GiftLeft:
                return False
            return True

        first = asyncio.gather(*(change(order) for order in bought_ones[:3]))
        worker = asyncio.gather(send_due(application, now=DAY), send_due(application, now=DAY))
        last = asyncio.gather(*(change(order) for order in bought_ones[3:]))
        changed, sent = [*(await first), *(await last)], sum(await worker)
        assert sent + changed.count(True) == len(bought_ones)
        for order, won in zip(bought_ones, changed, strict=True):
            gift, now = await delivery_of(application, order), await order_now(application, order)
            assert gift.status is (GiftStatus.WAITING if won else GiftStatus.SENDING)
            assert now.message == (TEXT.message if won else order.message)
            assert gift.recipient_email == (TEXT.email if won else "ada@example.com")


async def test_the_buyer_sees_each_gift_as_it_was_bought_and_designs_with_nothing_on_them(database: Database) -> None:
    async with (
        a_gift_installation(database, prints=False, clock=StillClock(NOW)) as application,
        visitor(application) as client,
    ):
        [order] = await bought(application, await a_shop(database), a_gift(at=DAY))
        token = token_for(application, order)
        page = await client.get(PATH, params={"token": token})
        form = await client.get(CHANGE_PATH, params={"token": token, "order": str(order.order_id)})
        [address] = cast("Any", lxml.html.fromstring(page.text)).xpath("//main//img/@src")
        assert (await client.get(address)).headers["content-type"] == "image/svg+xml"
        drawn = cast("Any", lxml.html.fromstring(form.text)).xpath("//main//img/@src")
        assert [one.partition("-spa/designs/")[2].partition("-")[0] for one in drawn] == [one.value for one in Design]
        async with shopping(application) as shopper:
            for one in drawn:
                picture = await shopper.client.get(one)
                assert (picture.status_code, picture.headers["content-type"]) == (200, "image/svg+xml")
        typesetter = application.typesetter
        assert isinstance(typesetter, PlainTypesetter)
        assert [face.design for face in typesetter.previewed] == [Design.WINTER], "not one for each design to choose"
        assert {face.amount for face in typesetter.previewed} == {"$100.00"}
        looks = [(await client.get(address)).status_code for _ in range(60)]
        assert set(looks) == {200, 429}, "one link does not keep the typesetter"
        assert looks == sorted(looks)
        busy = await client.get(address)
        assert (busy.status_code, int(busy.headers["retry-after"]) > 0) == (429, True)


async def test_a_picture_is_shown_for_a_signed_link_alone(database: Database) -> None:
    async with (
        a_gift_installation(database, prints=False, clock=StillClock(NOW)) as application,
        visitor(application) as client,
    ):
        [order] = await bought(application, await a_shop(database), a_gift(at=DAY))
        token = token_for(application, order)
        for forged in ({"token": "x", "order": str(order.order_id)}, {"token": token, "order": "x"}):
            assert (await client.get(PICTURE_PATH, params=forged)).status_code == 404


async def test_an_address_that_looks_like_a_slip_is_asked_about_once_on_both_pages(database: Database) -> None:
    """F26, on the pages of the buyer: correcting an address is where one slips again."""
    slip = "ada@gmial.com"
    async with (
        a_gift_installation(database, prints=False, clock=StillClock(NOW)) as application,
        visitor(application) as client,
    ):
        merchant = await a_shop(database)
        [planned] = await bought(application, merchant, a_gift(at=DAY))
        [mailed] = await bought(application, merchant, a_gift())
        for path, order in ((CHANGE_PATH, planned), (PATH, mailed)):
            one = {"token": token_for(application, order), "order": str(order.order_id), "when": "now"}
            asked = await client.post(path, data=one | as_fields(TEXT) | {"email": slip})
            assert asked.status_code == 422
            assert "Did you mean ada@gmail.com?" in asked.text
            assert (await delivery_of(application, order)).recipient_email == "ada@example.com"
            forms = cast("Any", lxml.html.fromstring(asked.text)).xpath(
                f'//form[@action="{path}"][.//input[@type="email"]]'
            )
            again = await client.post(path, data=one | dict(forms[0].form_values()))
            assert again.status_code == 303, "once is enough"
            assert (await delivery_of(application, order)).recipient_email == slip
        one = {"token": token_for(application, mailed), "order": str(mailed.order_id), "when": "now"}
        unchanged = await client.post(PATH, data=one | {"name": "Ada", "email": slip})
        assert unchanged.status_code == 303, "what stands already is not asked about again"
