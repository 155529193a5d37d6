"""Links and buttons for the merchant's own web site: each that the office writes leads to what it names."""

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
from tests.support.office import texts
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
