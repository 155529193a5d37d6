"""Links and buttons for the merchant's own web site: each that the office writes leads to what it names."""

import base64
import hashlib
import html
from collections.abc import AsyncIterator
from typing import NamedTuple

import httpx
import lxml.html
import pytest

from largesse.app.application import Application
from largesse.db import Database
from largesse.domain.catalog import OfferingStatus
from largesse.domain.merchants import Merchant
from tests.builders.application import NOW, an_application
from tests.builders.catalog import a_draft, a_package, on_sale
from tests.builders.office import at_the_desk
from tests.builders.shop import a_seller
from tests.fakes.clock import StillClock
from tests.support.office import fill, forms_of, texts
from tests.support.shopper import shopping

WEBSITE = "/admin/corner-spa/settings/website"


class Desk(NamedTuple):
    """An office with one person before it, and the shop's application."""

    application: Application
    merchant: Merchant
    client: httpx.AsyncClient

    async def copied(self, **chosen: str) -> list[str]:
        """The address, the button and the link that the page has to copy."""
        answer = await self.client.get(WEBSITE, params=chosen)
        assert answer.status_code == 200
        return texts(answer, "//pre[@data-copy-text]")


@pytest.fixture
async def desk(database: Database) -> AsyncIterator[Desk]:
    async with an_application(database, clock=StillClock(NOW)) as application:
        merchant = await a_seller(database)
        await on_sale(database, merchant)
        await on_sale(database, merchant, a_package())
        async with at_the_desk(application, merchant) as client:
            yield Desk(application, merchant, client)


async def test_what_is_copied_leads_to_the_form_with_what_was_chosen(desk: Desk) -> None:
    shop = f"{desk.application.base_url}/corner-spa"
    assert (await desk.copied())[0] == shop
    # the amount is written as the reader of the office writes it, and as links do
    address, button, link = await desk.copied(
        offering="any-amount", amount="75.50", language="de", words='A "gift" & B'
    )
    assert address == f"{shop}/gift/any-amount?amount=75.50&lang=de"
    for code in (button, link):
        element = lxml.html.fromstring(code)
        assert (element.tag, element.get("href"), element.text) == ("a", address, 'A "gift" & B')
    assert set(lxml.html.fromstring(button).keys()) == {"href", "style"}
    assert html.escape(address) in link
    async with shopping(desk.application) as shopper:
        page = await shopper.open(address.removeprefix(shop))
        assert (page.fields["amount"], page.fields["other_amount"]) == ("other", "75,50")
        assert 'lang="de"' in page.html[:200]
    assert (await desk.copied(amount="50"))[0] == f"{shop}?amount=50"
    assert ">Gutscheine<" in (await desk.copied(language="de"))[1]


@pytest.mark.parametrize(
    "chosen, field, said",
    [
        ({"offering": "nothing"}, "offering", "This is not on sale."),
        ({"amount": "1"}, "amount", "Nobody can give this amount."),
        ({"amount": "NaN"}, "amount", "Nobody can give this amount."),
        ({"offering": "massage", "amount": "50"}, "amount", "Nobody can give this amount."),
        ({"language": "xx"}, "language", "The shop does not speak this language."),
        ({"words": "x" * 61}, "words", "This is 1 character too many."),
    ],
)
async def test_what_nobody_offers_is_said_beside_its_field_and_left_out(
    desk: Desk, chosen: dict[str, str], field: str, said: str
) -> None:
    answer = await desk.client.get(WEBSITE, params=chosen)
    assert any(said in one for one in texts(answer, f"//*[@id='error-{field}']"))
    address = texts(answer, "//pre[@data-copy-text]")[0]
    assert "?" not in address
    assert "xxxx" not in texts(answer, "//pre[@data-copy-text]")[1]


async def test_what_cannot_be_bought_is_not_offered_to_link_to(desk: Desk) -> None:
    hidden = a_draft(slug="later", title="Later", status=OfferingStatus.HIDDEN)
    await on_sale(desk.application.database, desk.merchant, hidden)
    names = texts(await desk.client.get(WEBSITE), "//select[@name='offering']/option")
    assert "Later" not in names
    assert len(names) == 3


async def test_a_web_site_is_let_show_the_form_and_the_kit_is_there_to_copy(desk: Desk) -> None:
    chosen = {"offering": "any-amount", "amount": "50", "language": "en"}
    assert len(await desk.copied(**chosen)) == 3  # before any web site may show it
    refused = await act(desk, "add", origin="http://www.spa.example")
    assert any("Write https:// and the host alone" in one for one in texts(refused, "//*[@id='error-origin']"))
    done = await act(desk, "add", origin="https://www.spa.example/")
    assert done.headers["location"] == f"{WEBSITE}?done=add"
    page = await desk.client.get(done.headers["location"])
    assert "Within a minute that web site may show the form." in page.text
    assert texts(page, "//span[@class='address']") == ["https://www.spa.example"]
    assert len(await desk.copied()) == 3  # it is the form of one offering
    address, _, _, embed = await desk.copied(**chosen)
    link, script = (lxml.html.fragment_fromstring(line) for line in embed.splitlines())
    assert (link.get("class"), link.get("href")) == ("largesse-gift", address)
    kit = await desk.client.get(script.get("src"))
    digest = base64.b64encode(hashlib.sha384(kit.content).digest()).decode()
    assert script.get("integrity") == f"sha384-{digest}"
    assert (script.get("crossorigin"), script.text) == ("anonymous", None)
    form = await desk.client.get("/corner-spa/embed/gift/any-amount", params={"site": "https://www.spa.example"})
    assert "frame-ancestors https://www.spa.example;" in form.headers["content-security-policy"]
    await act(desk, "remove", origin="https://www.spa.example")
    assert texts(await desk.client.get(WEBSITE), "//span[@class='address']") == []


async def act(desk: Desk, name: str, **typed: str) -> httpx.Response:
    """Fill in the page of a change, look at what will happen, and confirm it."""
    path = f"{WEBSITE}/{name}"
    seen = await fill(desk.client, path, path, {"code": "requested", "why": "They asked", **typed})
    if seen.status_code != 200:
        return seen
    return await desk.client.post(path, data={**forms_of(seen)[path], "sure": "yes"})
