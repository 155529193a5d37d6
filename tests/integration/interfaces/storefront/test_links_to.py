"""What other web sites and search engines find: links that choose something already, and heads that tell what it is."""

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from largesse.db import Database
from largesse.domain.catalog import Validity
from largesse.interfaces.storefront.storefront import DRAFTED
from largesse.services.catalog import preview_token
from tests.builders.application import NOW, an_application
from tests.builders.catalog import a_draft, a_package, on_sale
from tests.builders.shop import a_seller
from tests.fakes.clock import StillClock
from tests.support.shopper import BASE_URL, Page, Shopper, shopping

ROOT = Path(__file__).parents[4]
HOSTILE = "An hour</script><script>alert(1)</script> & quiet"


async def followed(shopper: Shopper, path: str) -> Page:
    """Follow a link as a browser does."""
    page = await shopper.open(path)
    while page.status == 303:
        page = await shopper.open(page.answer.headers["location"].removeprefix(shopper.shop))
    return page


async def test_a_link_names_offering_amount_and_language(database: Database) -> None:
    merchant = await a_seller(database)
    await on_sale(database, merchant)
    await on_sale(database, merchant, a_package())
    async with an_application(database, clock=StillClock(NOW)) as application, shopping(application) as shopper:
        massage = await followed(shopper, "?offering=massage&lang=fr")
        assert massage.answer.url.path == "/corner-spa/gift/massage"
        assert 'lang="fr"' in massage.html[:200]
        assert 'lang="fr"' in (await shopper.open("/checkout")).html[:200]  # the pages that follow speak it, too
        for link in (
            "?offering=any-amount&amount=50&lang=de",
            "?amount=50&lang=de",
            "/gift/any-amount?amount=50.00&lang=de",
        ):
            fields = (await followed(shopper, link)).fields
            assert (fields["amount"], fields["other_amount"], fields["locale"]) == ("5000", "", "de")
        odd = (await followed(shopper, "?amount=75.50&lang=de")).fields
        assert (odd["amount"], odd["other_amount"]) == ("other", "75,50")
        live = await shopper.send("/live/gift/any-amount", odd)
        assert live.answer.json()["total"].startswith("81,73")
        again = await shopper.client.post(
            "/preferences", data={"language": "en", "here": "/corner-spa/gift/any-amount"}, follow_redirects=True
        )
        assert 'lang="en"' in again.text[:200]


@pytest.mark.parametrize(
    "link, said",
    [
        ("?offering=nothing", "What the link names is not on sale here."),
        ("?offering=%00%ff", "What the link names is not on sale here."),
        ("?amount=100000", "The link names an amount that is not offered here."),
        *(
            (f"/gift/any-amount?amount={amount}", "The link names an amount that is not offered here.")
            for amount in ("1", "99999999999999999999", "75.505", "75,50", "-50", "1e2", "", "NaN", "%D9%A5%D9%A0")
        ),
        ("/gift/massage?amount=50", "The link names an amount that is not offered here."),
        ("/gift/any-amount?lang=xx", "The link names a language that is not spoken here."),
        ("?lang=%3Cb%3E", "The link names a language that is not spoken here."),
    ],
)
async def test_what_a_link_names_and_nobody_offers_is_passed_over_and_said(
    database: Database, link: str, said: str
) -> None:
    merchant = await a_seller(database)
    await on_sale(database, merchant)
    await on_sale(database, merchant, a_package())
    async with an_application(database, clock=StillClock(NOW)) as application, shopping(application) as shopper:
        page = await followed(shopper, link)
        assert page.status == 200
        assert said in page.words
        if "any-amount" in link:
            assert (page.fields["amount"], page.fields["other_amount"]) == ("10000", "")
        assert said not in (await shopper.open("")).words


async def test_the_links_of_the_guide_do_what_it_says(database: Database) -> None:
    guide = (ROOT / "docs/howto/link-to-the-shop.md").read_text(encoding="utf-8")
    links = re.findall(r"(https://gifts\.example\.com/corner-spa[^\s`\"]*)[`\"]", guide)
    assert len(links) == 9
    merchant = await a_seller(database)
    await on_sale(database, merchant)
    await on_sale(database, merchant, a_package())
    async with an_application(database, clock=StillClock(NOW)) as application:
        for link in links:
            async with shopping(application) as shopper:
                page = await followed(shopper, link.removeprefix(f"{BASE_URL}/corner-spa"))
                asked = parse_qs(urlsplit(link).query)
                assert page.status == 200
                assert "The link names" not in page.words
                assert f'<html lang="{asked.get("lang", ["en"])[0]}"' in page.html
                if "offering" in asked:
                    assert page.answer.url.path == f"/corner-spa/gift/{asked['offering'][0]}"
                if "amount" in asked:
                    fields = page.fields
                    typed = fields["other_amount"] if fields["amount"] == "other" else str(int(fields["amount"]) // 100)
                    assert typed == asked["amount"][0]


async def test_a_link_sets_neither_price_nor_code_nor_words_and_changes_no_draft(database: Database) -> None:
    await on_sale(database, await a_seller(database))
    async with an_application(database, clock=StillClock(NOW)) as application, shopping(application) as shopper:
        await shopper.give()
        path = "/gift/any-amount?amount=50&to=Eve&message=Hi&email=e%40example.com&promo=SPRING&total=1&go=add&tip=20"
        fields = (await shopper.open(path)).fields
        assert (fields["to"], fields["message"].strip(), fields["email"], fields["tip"]) == ("", "", "", "0")
        assert (await shopper.open("/checkout")).fields["total"] == "10825"
        edited = (await shopper.open("/checkout")).tree.xpath("//a[contains(@href, '?edit=')]/@href")[0]
        assert (await shopper.open(f"{edited.removeprefix('/corner-spa')}&amount=50")).fields["amount"] == "10000"


async def test_an_amount_of_a_link_leaves_what_was_typed_in_the_language_it_was_typed_in(database: Database) -> None:
    german = {"accept-language": "de"}
    await on_sale(database, await a_seller(database))
    async with an_application(database, clock=StillClock(NOW)) as application, shopping(application) as shopper:
        form = (await shopper.open("/gift/any-amount", **german)).fields
        typed = form | {"tip": "other", "other_tip": "5,50", "go": "update"}
        assert (await shopper.send("/gift/any-amount", typed, **german)).status == 200
        page = await shopper.open("/gift/any-amount?amount=75.50&lang=en")
        assert (page.fields["other_amount"], page.fields["other_tip"]) == ("75,50", "5,50")


async def test_a_link_keeps_what_the_office_looks_at(database: Database) -> None:
    merchant = await a_seller(database)
    await on_sale(database, merchant, a_package())
    async with an_application(database, clock=StillClock(NOW)) as application, shopping(application) as shopper:
        token = preview_token(application.keyring, merchant, now=NOW)
        led = await shopper.open(f"?offering=massage&lang=fr&{DRAFTED}={token}")
        assert led.answer.headers["location"] == f"/corner-spa/gift/massage?lang=fr&{DRAFTED}={token}"
        forged = await shopper.open(f"?offering=massage&{DRAFTED}=x")
        assert forged.answer.headers["location"] == "/corner-spa/gift/massage"


async def test_offerings_tell_search_engines_and_messengers_what_they_are(database: Database) -> None:
    """M8, M9."""
    merchant = await a_seller(database)
    await on_sale(database, merchant, a_draft(validity=Validity(months=24)))
    await on_sale(database, merchant, a_package(description=HOSTILE))
    await on_sale(database, merchant, a_package(slug="tea", title="Tea", stock=0))
    async with an_application(database, clock=StillClock(NOW)) as application, shopping(application) as shopper:
        page = await shopper.open("/gift/massage")
        head = {
            one.get("name") or one.get("property"): one.get("content") for one in page.tree.xpath("//meta[@content]")
        }
        assert (head["robots"], head["og:title"]) == ("index", "1 hr Massage · Corner Spa")
        assert head["description"] == head["og:description"]
        assert "alert(1)" in head["description"]
        assert head["twitter:card"] == "summary"
        address = f"{BASE_URL}/corner-spa/gift/massage"
        alternates = {one.get("hreflang"): one.get("href") for one in page.tree.xpath("//link[@rel='alternate']")}
        assert alternates == {one: f"{address}?lang={one}" for one in ("en", "es", "fr", "de")} | {"x-default": address}
        assert len(page.tree.xpath("//script")) == 2  # the merchant's words end no element
        data = _data(page)
        assert (data["@type"], data["offers"]["price"], data["offers"]["priceCurrency"]) == ("Product", "120.00", "USD")
        assert data["description"] == " ".join(HOSTILE.split())
        french = await shopper.open("/gift/massage?lang=fr")
        assert french.tree.xpath("//link[@rel='canonical']/@href") == [f"{address}?lang=fr"]
        offers = _data(await shopper.open("/gift/any-amount"))["offers"]
        assert (offers["@type"], offers["lowPrice"], offers["highPrice"]) == ("AggregateOffer", "10.00", "1000.00")
        assert _data(await shopper.open("/gift/tea"))["offers"]["availability"] == "https://schema.org/SoldOut"
        listed = [one["url"] for one in _data(await shopper.open(""))["itemListElement"]]
        assert {one.rpartition("/")[2] for one in listed[:2]} == {
            "any-amount",
            "massage",
        }  # what is sold out stands last
        assert listed[-1].endswith("/gift/tea")
        mine = await shopper.send("/gift/massage", {})
        assert (mine.status, 'content="noindex"' in mine.html, "ld+json" in mine.html) == (403, True, False)


def _data(page: Page) -> Any:
    return json.loads(page.tree.xpath("//script[@type='application/ld+json']/text()")[0])
