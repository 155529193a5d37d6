"""What was put together is seen on every page, and nothing is made twice or paid for unseen."""

import re

import pytest

from largesse.db import Database
from largesse.domain.legal_texts import LegalKind, LegalTextDraft
from largesse.domain.staff import ByWhom
from largesse.kernel.tax import UNTAXED
from largesse.services.merchants import write_legal_text
from tests.builders.application import NOW, an_application
from tests.builders.catalog import a_draft, a_package, on_sale
from tests.builders.shop import a_seller
from tests.fakes.clock import StillClock
from tests.integration.interfaces.storefront.test_checkout import a_shopper, placed
from tests.support.shopper import BUYER, shopping

SIGNS = {
    "en": "2 gifts · $150.00 · Pay",
    "de": "2 Geschenke · 150,00\xa0$ · Bezahlen",
    "fr": "2 cadeaux · 150,00\xa0$US · Payer",
    "es": "2 regalos · 150,00\xa0US$ · Pagar",
}


def sign(html: str) -> str:
    found = re.search(r'<p class="basket">(.*?)</p>', html, re.DOTALL)
    return re.sub(r"<[^>]+>", "", found[1]).strip() if found else ""


@pytest.mark.parametrize("language", SIGNS)
async def test_the_letterhead_of_every_page_of_the_shop_says_what_waits(database: Database, language: str) -> None:
    await on_sale(database, one := await a_seller(database), a_draft(tax=UNTAXED))
    async with database.transaction() as connection:
        draft = LegalTextDraft(kind=LegalKind.IMPRINT, language="en", text="Who we are")
        await write_legal_text(connection, one, draft, by=ByWhom(actor="test"), now=NOW)
    async with a_shopper(database) as (_, shopper):
        paths = ("", "/gift/any-amount", "/legal/imprint")
        for path in paths:
            assert sign((await shopper.open(path)).html) == ""
        await shopper.give()
        await shopper.give(to="Mary", first_name="Mary", amount="5000")
        for path in paths:
            page = await shopper.open(path, **{"accept-language": language})
            assert sign(page.html) == SIGNS[language]
            assert page.tree.xpath('//p[@class="basket"]/a/@href') == ["/corner-spa/checkout"]


async def test_a_basket_is_forgotten_on_a_computer_of_others(database: Database) -> None:
    """M17: names, addresses and words go from the browser and from the database, and only for a form of ours."""
    await on_sale(database, await a_seller(database))
    async with an_application(database, clock=StillClock(NOW)) as application, shopping(application) as shopper:
        assert "Forget this basket" not in (await shopper.open("/checkout")).words
        await shopper.give(message="With love")
        await shopper.send("/live/checkout", await shopper.fill("/checkout", **BUYER))
        page = await shopper.open("/checkout")
        token = page.fields["csrf_token"]
        assert "Forget this basket" in page.words
        await shopper.send("/forget", {})
        assert "For Ada" in (await shopper.open("/checkout")).words
        gone = await shopper.send("/forget", {"csrf_token": token})
        assert (gone.status, gone.answer.headers["location"]) == (303, "/corner-spa?forgotten=1")
        assert gone.answer.headers["clear-site-data"] == '"cache"'
        assert "session" not in shopper.client.cookies
        assert "are gone from this browser" in (await shopper.open("?forgotten=1")).words
        assert "There is no gift here yet" in (await shopper.open("/checkout")).words
        async with database.connection() as connection:
            kept = await connection.fetch("SELECT content::text AS content FROM drafts")
        assert not any(word in row["content"] for row in kept for word in ("Ada", "Grace", "example.com", "With love"))


async def test_a_kept_gift_is_named_where_another_one_would_be_made(database: Database) -> None:
    await on_sale(database, await a_seller(database), a_draft(tax=UNTAXED))
    async with a_shopper(database) as (_, shopper):
        await shopper.give()
        page = await shopper.open("/gift/any-amount")
        assert "The gift for Ada is kept" in page.words
        [change] = page.tree.xpath('//a[text()="Change it"]/@href')
        edited = await shopper.open(change.removeprefix("/corner-spa"))
        assert edited.fields["to"] == "Ada"
        assert "The gift for Ada is kept" not in edited.words
        await shopper.send("/gift/any-amount", edited.fields | {"to": "Ada Lovelace", "go": "add"})
        assert (await shopper.open("/checkout")).fields["total"] == "10000"


async def test_a_form_says_where_to_come_back_to_its_gift(database: Database) -> None:
    await on_sale(database, await a_seller(database), a_draft(tax=UNTAXED))
    async with a_shopper(database) as (_, shopper):
        page = await shopper.open("/gift/any-amount")
        [back] = page.tree.xpath("//form/@data-back")
        assert back == f"/corner-spa/gift/any-amount?edit={page.fields['gift_id']}"
        form = page.fields | {"to": "Ada", "from": "Grace", "first_name": "Ada", "email": "ada@example.com"}
        await shopper.send("/gift/any-amount", form | {"go": "add"})
        again = await shopper.open(back.removeprefix("/corner-spa"))
        assert (again.fields["to"], again.fields["gift_id"]) == ("Ada", form["gift_id"])


async def test_after_add_another_the_page_says_what_was_kept_where_the_eye_is(database: Database) -> None:
    await on_sale(database, await a_seller(database), a_draft(tax=UNTAXED))
    async with a_shopper(database) as (_, shopper):
        led = (await shopper.give(go="another")).answer.headers["location"]
        page = await shopper.open(led.removeprefix("/corner-spa").partition("#")[0])
    [choose] = page.tree.xpath('//section[@id="choose"]')
    assert "The gift for Ada is kept" in " ".join(choose.text_content().split())


async def test_a_checkout_that_was_drawn_with_other_gifts_pays_nothing_and_is_drawn_anew(database: Database) -> None:
    await on_sale(database, await a_seller(database), a_draft(tax=UNTAXED))
    async with a_shopper(database) as (_, shopper):
        await shopper.give()
        form = await shopper.fill("/checkout", **BUYER)
        await shopper.give(to="Mary", first_name="Mary")
        figures = (await shopper.send("/live/checkout", form)).answer.json()
        assert list(figures) == ["changed"]
        assert "another tab" in figures["changed"]
        drawn = await shopper.send("/checkout", form | {"total": "20000"})
        assert drawn.status == 409
        assert "changed in another tab" in drawn.words
        assert "For Mary" in drawn.words
        assert await placed(database) == []
        assert drawn.fields["buyer_first_name"] == "Grace"
        sent = await shopper.send("/checkout", drawn.fields | BUYER)
        assert sent.status == 303
    assert len(await placed(database)) == 2


async def test_the_steps_lead_back_to_the_gift(database: Database) -> None:
    await on_sale(database, await a_seller(database), a_draft(tax=UNTAXED))
    async with a_shopper(database) as (_, shopper):
        empty = await shopper.open("/checkout")
        assert empty.tree.xpath('//nav[@class="stepper"]//a/@href')[0] == "/corner-spa"
        await shopper.give()
        page = await shopper.open("/checkout")
        [gift] = page.tree.xpath('//nav[@class="stepper"]//a/@href')
        assert (await shopper.open(gift.removeprefix("/corner-spa"))).fields["to"] == "Ada"


async def test_a_second_gift_is_from_whom_the_first_was(database: Database) -> None:
    await on_sale(database, await a_seller(database), a_draft(tax=UNTAXED))
    async with a_shopper(database) as (_, shopper):
        await shopper.give(from_="Grace and Bob")
        assert (await shopper.open("/gift/any-amount")).fields["from"] == "Grace and Bob"


async def test_the_checkout_shows_the_words_and_the_picture_of_each_gift(database: Database) -> None:
    await on_sale(database, await a_seller(database), a_draft(tax=UNTAXED))
    async with a_shopper(database) as (_, shopper):
        await shopper.give(message="Happy birthday!", design="winter")
        page = await shopper.open("/checkout")
        [card] = page.tree.xpath('//li[contains(@class, "gift-card")]')
        words = " ".join(card.text_content().split())
        assert "From Grace · Winter" in words
        assert "Happy birthday!" in words
        [picture] = card.xpath(".//img/@src")
        assert (await shopper.client.get(picture)).status_code == 200


async def test_what_can_be_bought_stands_before_what_is_sold_out(database: Database) -> None:
    merchant = await a_seller(database)
    await on_sale(database, merchant, a_package(slug="tea", title="Tea for two", stock=0, sort=1))
    await on_sale(database, merchant, a_package(slug="facial", title="Facial", sort=2))
    async with a_shopper(database) as (application, shopper):
        page = await shopper.open("")
        assert [one.text_content() for one in page.tree.xpath("//h3")] == ["Facial", "Tea for two"]
        [hero] = page.tree.xpath('//div[@class="stage"]/img/@src')
        await shopper.client.get(hero)
        face = application.typesetter.previewed[-1]  # type: ignore[attr-defined]  # the fake keeps what it was asked
    assert face.description == "Facial"


async def test_percentages_say_how_much_they_are_and_the_day_is_said_in_a_sentence(database: Database) -> None:
    await on_sale(database, await a_seller(database), a_draft(tax=UNTAXED))
    async with a_shopper(database) as (_, shopper):
        form = await shopper.fill("/gift/any-amount", to="Ada", amount="10000", delivery="later", day="2026-12-24")
        figures = (await shopper.send("/live/gift/any-amount", form)).answer.json()
    assert figures["tip_15"] == "$15"
    assert figures["tip_20"] == "$20"
    assert figures["arrival"] == "Ada gets this on 24 December at 09:00."
    assert figures["total_said"] == "Total: $100.00"
    assert figures["alt"] == "The certificate, as it will arrive, $100.00, For Ada"


async def test_the_title_of_a_page_that_came_back_says_so_first(database: Database) -> None:
    await on_sale(database, await a_seller(database), a_draft(tax=UNTAXED))
    async with a_shopper(database) as (_, shopper):
        wrong = await shopper.give(email="x")
        assert wrong.tree.xpath("//title")[0].text.startswith("Error: An amount of your choice")
        await shopper.give()
        wrong = await shopper.pay(buyer_email="x")
        assert wrong.tree.xpath("//title")[0].text.startswith("Error: Pay")
        assert not (await shopper.open("/checkout")).tree.xpath("//title")[0].text.startswith("Error")
