"""A merchant's page: what is on sale, in the reader's language, for whoever comes."""

import re
from datetime import timedelta

import pytest
from msgspec.structs import replace

from largesse.db import Database
from largesse.domain import locations
from largesse.domain.catalog import OfferingStatus, ThemeChange, Words, change_offering, change_theme, set_status
from largesse.domain.catalog.theme import ThemeWords
from largesse.domain.locations import EntityChange
from largesse.domain.merchants import MerchantChange, change_merchant, close_shop, open_shop
from tests.builders.application import NOW, an_application
from tests.builders.catalog import a_draft, a_package, on_sale
from tests.builders.shop import a_seller
from tests.fakes.clock import StillClock
from tests.support.shopper import shopping


async def test_the_page_shows_what_is_on_sale_with_its_price(database: Database) -> None:
    merchant = await a_seller(database)
    await on_sale(database, merchant)
    await on_sale(database, merchant, a_package(description="An hour <b>of</b> quiet."))
    async with an_application(database, clock=StillClock(NOW)) as application, shopping(application) as shopper:
        page = await shopper.open("")
        assert page.status == 200
        for words in ("Corner Spa", "An amount of your choice", "from $10", "1 hr Massage", "$120"):
            assert words in page.words
        assert "An hour &lt;b&gt;of&lt;/b&gt; quiet." in page.html
        assert 'href="/corner-spa/gift/massage"' in page.html
        assert re.search(r'<meta name="description" content="[^"]*Corner Spa', page.html)
        assert '<meta property="og:title"' in page.html
        assert "set-cookie" not in page.answer.headers


async def test_the_page_is_sent_with_a_strict_policy(database: Database) -> None:
    merchant = await a_seller(database)
    await on_sale(database, merchant)
    async with an_application(database, clock=StillClock(NOW)) as application, shopping(application) as shopper:
        for path in ("", "/gift/any-amount", "/checkout"):
            page = await shopper.open(path)
            policy = page.answer.headers["content-security-policy"]
            assert "default-src 'none'" in policy
            assert "unsafe-inline" not in policy
            assert "style=" not in page.html
            assert "<script>" not in page.html
            assert page.answer.headers["x-content-type-options"] == "nosniff"


async def test_the_page_is_light(database: Database) -> None:
    merchant = await a_seller(database)
    for place in range(12):
        await on_sale(database, merchant, a_package(slug=f"massage-{place}", description="Words. " * 40))
    async with an_application(database, clock=StillClock(NOW)) as application, shopping(application) as shopper:
        page = await shopper.open("")
        linked = re.findall(r'(?:href|src)="(/assets/[^"]+\.(?:css|js))"', page.html)
        bodies = [len((await shopper.client.get(address)).content) for address in linked]
        assert len(linked) == 2
        assert len(page.html.encode()) + sum(bodies) < 60_000


async def test_the_foot_of_every_page_of_the_shop_names_who_sells(database: Database) -> None:
    merchant = await a_seller(database)
    await on_sale(database, merchant)
    async with database.transaction() as connection:
        entity = await locations.default_entity(connection, merchant.merchant_id)
        change = EntityChange(
            name="Corner <i>Spa</i> LLC",
            legal_form="LLC",
            address="1 Main Street",
            city="New York",
            state="NY",
            zip="10001",
            country="US",
            register="Registered in <b>Delaware</b>",
            phone="+12125550100",
            vat_id="US-1",
        )
        await locations.change_entity(connection, entity, change)
    async with an_application(database, clock=StillClock(NOW)) as application, shopping(application) as shopper:
        for path in ("", "/gift/any-amount", "/checkout"):
            page = await shopper.open(path)
            foot = page.html.partition('<footer class="footing ')[2]
            for words in (
                "Corner &lt;i&gt;Spa&lt;/i&gt; LLC</b>", "1 Main Street", "New York, NY 10001", "United States",
                "Registered in &lt;b&gt;Delaware&lt;/b&gt;", "VAT ID US-1", "+1 212-555-0100",
            ):  # fmt: skip
                assert words in foot, (path, words)
            assert "Tax number" not in foot
        french = await shopper.open("", **{"accept-language": "fr"})
        assert "États-Unis" in french.words
        assert "N° de TVA US-1" in french.words


async def test_a_shop_of_which_nothing_more_is_known_repeats_nothing_in_its_foot(database: Database) -> None:
    merchant = await a_seller(database)
    await on_sale(database, merchant)
    async with an_application(database, clock=StillClock(NOW)) as application, shopping(application) as shopper:
        assert "<address" not in (await shopper.open("")).html.partition('<footer class="footing ')[2]


async def test_a_shop_shows_the_address_at_which_its_customers_reach_it(database: Database) -> None:
    merchant = await a_seller(database)
    async with database.transaction() as connection:
        change = MerchantChange(reply_to="gifts@spa.example")
        await change_merchant(connection, merchant.merchant_id, change)
    async with an_application(database, clock=StillClock(NOW)) as application, shopping(application) as shopper:
        page = await shopper.open("")
        assert "mailto:gifts@spa.example" in page.html
        assert merchant.contact_email not in page.html


async def test_each_reads_their_own_language_and_the_merchants_words_in_it(database: Database) -> None:
    merchant = await a_seller(database)
    await on_sale(database, merchant, a_draft(translations={"fr": Words(title="Le montant de votre choix")}))
    async with database.transaction() as connection:
        change = ThemeChange(about="A quiet place.", translations={"fr": ThemeWords(about="Une maison calme.")})
        await change_theme(connection, merchant.merchant_id, change, now=NOW)
    async with an_application(database, clock=StillClock(NOW)) as application, shopping(application) as shopper:
        french = await shopper.open("", **{"accept-language": "fr-CA,fr;q=0.9,en;q=0.5"})
        assert 'lang="fr"' in french.html
        for words in ("Le montant de votre choix", "Une maison calme.", "à partir de 10 $US".replace(" ", " ")):
            assert words in french.words
        german = await shopper.open("", **{"accept-language": "de"})
        assert "Was möchten Sie schenken?" in german.words
        assert "A quiet place." in german.words


async def test_what_is_sold_out_is_shown_as_such_and_what_is_hidden_is_not_shown(database: Database) -> None:
    merchant = await a_seller(database)
    await on_sale(database, merchant, a_package(stock=0))
    hidden = await on_sale(database, merchant)
    async with database.transaction() as connection:
        await set_status(connection, merchant.merchant_id, hidden.slug, OfferingStatus.HIDDEN, now=NOW)
    async with an_application(database, clock=StillClock(NOW)) as application, shopping(application) as shopper:
        page = await shopper.open("")
        assert "Sold out" in page.words
        assert "An amount of your choice" not in page.words
        assert 'href="/corner-spa/gift/massage"' not in page.html
        form = await shopper.open("/gift/massage")
        assert "This cannot be bought just now" in form.words
        gone = await shopper.open("/gift/any-amount")
        assert gone.status == 404
        assert "This is not here any more" in gone.words


async def test_a_shop_with_nothing_on_sale_says_so(database: Database) -> None:
    await a_seller(database)
    async with an_application(database, clock=StillClock(NOW)) as application, shopping(application) as shopper:
        assert "Nothing is on sale just now" in (await shopper.open("")).words


@pytest.mark.parametrize("path", ["/nobody", "/1001", "/..", "/<script>", "/nobody/gift/x", "/nobody/checkout", "/%00"])
async def test_where_there_is_no_shop_the_page_says_so_kindly(database: Database, path: str) -> None:
    await a_seller(database)
    async with an_application(database, clock=StillClock(NOW)) as application, shopping(application) as shopper:
        answer = await shopper.client.get(path, follow_redirects=False)
        if answer.status_code == 404:
            assert "There is no shop at this address" in answer.text
        else:
            assert (answer.status_code, answer.headers["location"]) == (303, "/corner-spa")


async def test_the_root_leads_to_the_only_merchant_and_lists_several(database: Database) -> None:
    async with an_application(database, clock=StillClock(NOW)) as application, shopping(application) as shopper:
        assert "There is no shop here yet" in (await shopper.client.get("/")).text
        await a_seller(database)
        answer = await shopper.client.get("/")
        assert (answer.status_code, answer.headers["location"]) == (303, "/corner-spa")
        await a_seller(database, slug="book-shop", number="1002", prefix="BK")
        listed = (await shopper.client.get("/")).text
        assert 'href="/corner-spa"' in listed
        assert 'href="/book-shop"' in listed


async def test_a_change_of_the_catalogue_is_seen_within_moments(database: Database) -> None:
    merchant = await a_seller(database)
    offering = await on_sale(database, merchant)
    clock = StillClock(NOW)
    async with an_application(database, clock=clock) as application, shopping(application) as shopper:
        assert "An amount of your choice" in (await shopper.open("")).words
        async with database.transaction() as connection:
            await change_offering(
                connection,
                merchant.merchant_id,
                offering.slug,
                lambda draft: replace(draft, title="Something else"),
                now=NOW + timedelta(seconds=1),
            )
    async with an_application(database, clock=clock) as application, shopping(application) as shopper:
        assert "Something else" in (await shopper.open("")).words


async def test_a_shop_that_is_closed_sells_nothing_until_it_is_opened_again(database: Database) -> None:
    merchant = await a_seller(database)
    await on_sale(database, merchant)
    for closed in (True, False):
        async with database.transaction() as connection:
            if closed:
                await close_shop(connection, merchant.merchant_id, now=NOW)
            else:
                await open_shop(connection, merchant.merchant_id)
        async with an_application(database, clock=StillClock(NOW)) as application, shopping(application) as shopper:
            page = await shopper.open("")
            assert page.status == 200
            assert ("Nothing is on sale just now" in page.words) is closed
            assert (await shopper.open("/gift/any-amount")).status == (404 if closed else 200)
