"""The redeem page: what remains, for who holds the number; nothing, always alike, for who guesses."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, timedelta
from typing import Any, cast

import httpx
import pytest
from litestar import Litestar

from largesse.db import Database
from largesse.doors.storefront import FOLDER
from largesse.doors.storefront.redeem import PATH, redeem_routes
from largesse.doors.storefront.throttle import Throttle, network_of
from largesse.flows.adjust import block
from largesse.flows.hold import place_hold
from largesse.flows.house import House
from largesse.flows.redeem import redeem
from largesse.flows.take_back import void
from largesse.kernel.numbers import in_groups, make_number, make_sample_number
from largesse.look import Look
from largesse.look.web import look_routes
from tests.builders.certificates import a_card, a_merchant, a_request
from tests.builders.house import NOW, a_house
from tests.fakes.clock import StillClock

LOOK = Look(parts={"storefront": FOLDER}, https=True)


@asynccontextmanager
async def visitor(house: House, *, throttle: Throttle | None = None) -> AsyncIterator[httpx.AsyncClient]:
    """A browser at the page."""
    routes = [*look_routes(LOOK), *redeem_routes(house, LOOK, throttle=throttle)]
    transport = httpx.ASGITransport(app=cast("Any", Litestar(routes, openapi_config=None)))
    async with httpx.AsyncClient(transport=transport, base_url="https://gifts.example.com") as client:
        yield client


async def test_a_holder_sees_what_remains_and_how_long_it_is_good(database: Database) -> None:
    async with a_house(database, clock=StillClock(NOW)) as house, visitor(house) as client:
        card = await a_card(house, await a_merchant(database), gratuity=1500)
        await redeem(house, card.place, value=2550, request=a_request(), now=NOW)
        await place_hold(house, card.place, value=1000, lasting=timedelta(hours=1), request=a_request(), now=NOW)
        for typed in (card.number, in_groups(card.number).lower()):
            answer = await client.get(PATH, params={"code": typed})
            assert answer.status_code == 200
            for words in (
                "$64.50",
                "$15.00 gratuity",
                "$10.00",
                "Monday, 22 November 2027",
                "Corner Spa",
                "How to use it",
            ):
                assert words in answer.text
            assert card.number[-4:] in answer.text
            assert "test" not in answer.text.lower()


async def test_a_typed_number_is_posted_and_answered_alike(database: Database) -> None:
    async with a_house(database, clock=StillClock(NOW)) as house, visitor(house) as client:
        card = await a_card(house, await a_merchant(database))
        asked = await client.get(PATH)
        assert 'method="post"' in asked.text
        posted = await client.post(PATH, data={"code": card.number})
        assert "$100.00" in posted.text
        assert card.number[:-4] not in posted.text


async def test_unknown_and_malformed_numbers_get_the_same_page(database: Database) -> None:
    async with a_house(database) as house, visitor(house, throttle=Throttle(misses="100/minute")) as client:
        await a_card(house, await a_merchant(database))
        texts = ["x", make_number("GL"), make_number("ZZ"), make_sample_number("ZZ"), "\x00", "GL" + "0" * 500, "<b>é"]
        got = [await client.get(PATH, params={"code": text}) for text in texts]
        assert {answer.status_code for answer in got} == {404}
        answers = [await client.post(PATH, data={"code": text}) for text in texts]
        assert {answer.status_code for answer in answers} == {404}
        assert len({answer.text for answer in answers}) == 1
        assert len({str(sorted(answer.headers.items())) for answer in answers}) == 1
        assert 'aria-invalid="true"' in answers[0].text


@pytest.mark.parametrize("body", [b"", b"code=", b"code=%", b"\xff\xfe", b"&" * 3000, b"code=" + b"=" * 2000])
async def test_a_body_that_is_no_form_is_answered_with_the_page(database: Database, body: bytes) -> None:
    async with a_house(database) as house, visitor(house) as client:
        answer = await client.post(PATH, content=body, headers={"Content-Type": "application/x-www-form-urlencoded"})
        assert answer.status_code in {200, 404}
        assert 'name="code"' in answer.text


async def test_a_body_beyond_all_bounds_is_refused(database: Database) -> None:
    async with a_house(database) as house, visitor(house) as client:
        assert (await client.post(PATH, content=b"code=" + b"x" * 10_000)).status_code == 413


async def test_a_sample_says_that_it_is_a_test(database: Database) -> None:
    async with a_house(database) as house, visitor(house) as client:
        await a_merchant(database)
        answer = await client.get(PATH, params={"code": make_sample_number("GL")})
        assert answer.status_code == 200
        assert "This is a test." in answer.text
        assert "$" not in answer.text


async def test_a_demonstration_says_that_it_is_a_test(database: Database) -> None:
    async with a_house(database, clock=StillClock(NOW)) as house, visitor(house) as client:
        card = await a_card(house, await a_merchant(database, is_demo=True))
        assert "This is a test." in (await client.get(PATH, params={"code": card.number})).text


async def test_what_cannot_be_spent_says_why(database: Database) -> None:
    clock = StillClock(NOW)
    merchant = await a_merchant(database)
    async with a_house(database, clock=clock) as house, visitor(house) as client:
        spent, blocked, voided = [await a_card(house, merchant) for _ in range(3)]
        passed = await a_card(house, merchant, good_through=date(2026, 11, 22))
        await redeem(house, spent.place, value=10_000, request=a_request(), now=NOW)
        await block(house, blocked.place, request=a_request(), now=NOW)
        await void(house, voided.place, request=a_request(), now=NOW)
        clock.moment = NOW + timedelta(days=1)
        said = {
            card.number: (await client.get(PATH, params={"code": card.number})).text
            for card in (spent, blocked, voided, passed)
        }
    assert "All of it has been spent." in said[spent.number]
    assert "cannot be used just now" in said[blocked.number]
    assert "cancelled or replaced" in said[voided.number]
    assert "good through Sunday, 22 November 2026, and that day has passed" in said[passed.number]
    assert all("$" not in text for text in said.values())


async def test_a_merchants_name_is_text_and_nothing_else(database: Database) -> None:
    merchant = await a_merchant(database)
    async with database.connection() as connection:
        await connection.execute("UPDATE merchants SET name = $1", "<script>alert(1)</script>")
    async with a_house(database, clock=StillClock(NOW)) as house, visitor(house) as client:
        card = await a_card(house, merchant)
        answer = await client.get(PATH, params={"code": card.number})
    assert "<script>alert" not in answer.text
    assert "&lt;script&gt;" in answer.text


async def test_the_page_keeps_itself_to_itself(database: Database) -> None:
    async with a_house(database) as house, visitor(house) as client:
        answer = await client.get(PATH)
        headers = answer.headers
        assert headers["cache-control"] == "no-store"
        assert headers["referrer-policy"] == "no-referrer"
        assert "noindex" in headers["x-robots-tag"]
        assert headers["content-security-policy"].startswith("default-src 'none'")
        assert "unsafe" not in headers["content-security-policy"]
        assert "strict-transport-security" in headers
        assert "style=" not in answer.text
        assert not re.findall(r"<script(?![^>]*\bsrc=)", answer.text)
        assert not re.findall(r'(?:src|href)="(?:https?:)?//', answer.text)
        [style] = re.findall(r'rel="stylesheet" href="([^"]+)"', answer.text)
        sheet = await client.get(style)
        assert sheet.headers["content-type"].startswith("text/css")
        assert "immutable" in sheet.headers["cache-control"]
        assert "url(http" not in sheet.text


async def test_guessing_is_slowed_and_says_when_to_come_back(database: Database) -> None:
    throttle = Throttle(looks="100/minute", misses="3/10 minutes")
    async with a_house(database) as house, visitor(house, throttle=throttle) as client:
        card = await a_card(house, await a_merchant(database))
        codes = [(await client.get(PATH, params={"code": make_number("GL")})).status_code for _ in range(4)]
        assert codes == [404, 404, 404, 429]
        refused = await client.get(PATH, params={"code": card.number})
        assert refused.status_code == 429
        assert int(refused.headers["retry-after"]) >= 60
        assert (await client.get(PATH)).status_code == 200  # the form itself stays


async def test_misses_in_all_are_bounded_whoever_makes_them(database: Database) -> None:
    async with a_house(database) as house, visitor(house, throttle=Throttle(misses_in_all="2/minute")) as client:
        codes = [(await client.get(PATH, params={"code": "x"})).status_code for _ in range(3)]
    assert codes == [404, 404, 429]


@pytest.mark.parametrize(
    "address, whose",
    [("192.0.2.7", "192.0.2.7"), ("2001:db8::1", "2001:db8::/64"), ("2001:db8::ffff:2", "2001:db8::/64"),
     ("::ffff:192.0.2.7", "192.0.2.7"), ("", "unknown"), ("nonsense", "unknown")],
)  # fmt: skip
def test_a_visitor_is_an_ipv4_address_or_an_ipv6_network(address: str, whose: str) -> None:
    assert network_of(address) == whose
