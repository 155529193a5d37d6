"""A browser without pictures: opens pages of the shop, fills in the form that is there and sends it."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, cast

import httpx
import lxml.html
from litestar import Litestar

from largesse.app.application import Application
from largesse.interfaces.storefront import FOLDER
from largesse.interfaces.storefront.buying import buying_routes
from largesse.interfaces.storefront.limits import Limits
from largesse.ui import Templates
from largesse.web.assets import ui_routes
from tests.support.markup import LOOKING

TEMPLATES = Templates(parts={"storefront": FOLDER}, https=True)
BASE_URL = "https://gifts.example.com"


class Page:
    """An answer, its text and its largest form."""

    def __init__(self, answer: httpx.Response) -> None:
        self.answer = answer
        self.status = answer.status_code
        self.html = answer.text
        self.tree: Any = lxml.html.fromstring(answer.text) if answer.text else None  # its stubs know XML only

    @property
    def words(self) -> str:
        """What is read on the page, spaces folded."""
        return " ".join(self.tree.text_content().split()) if self.tree is not None else ""

    @property
    def fields(self) -> dict[str, str]:
        """The fields of the form that is filled in, as they stand."""
        assert self.tree is not None
        forms = [form for form in self.tree.forms if form.get("data-live")]
        return {name: value or "" for name, value in forms[0].fields.items()}

    def error(self, field: str) -> str:
        """What stands beside a field, "" when nothing is wrong with it."""
        assert self.tree is not None
        found = self.tree.xpath(f'//*[@id="error-{field}"]')
        return " ".join(found[0].text_content().split()).removeprefix("Error: ") if found else ""


class Shopper:
    """Shop with one browser's cookies."""

    def __init__(self, client: httpx.AsyncClient, shop: str) -> None:
        self.client = client
        self.shop = shop

    async def open(self, path: str, **headers: str) -> Page:
        """Open a page under the shop's."""
        return Page(await self.client.get(self.shop + path, headers=headers))

    async def send(self, path: str, fields: Mapping[str, str], **headers: str) -> Page:
        """Send a form, and stay where its answer is."""
        return Page(await self.client.post(self.shop + path, data=dict(fields), headers=headers))

    async def fill(self, path: str, **typed: str) -> dict[str, str]:
        """Return the form of a page with what is typed into it; `from_` is the field `from`."""
        fields = (await self.open(path)).fields
        return fields | {name.rstrip("_"): text for name, text in typed.items()}

    async def give(self, path: str = "/gift/any-amount", **typed: str) -> Page:
        """Put a gift into the draft."""
        return await self.send(path, await self.fill(path, **GIFT | typed))

    async def pay(self, **typed: str) -> Page:
        """Press the button that pays."""
        return await self.send("/checkout", await self.fill("/checkout", **BUYER | typed))


GIFT = {"to": "Ada", "from_": "Grace", "first_name": "Ada", "email": "ada@example.com", "go": "add"}
BUYER = {
    "buyer_first_name": "Grace",
    "buyer_last_name": "Hopper",
    "buyer_email": "grace@example.com",
    "buyer_gateway": "manual",
    "go": "pay",
}


@asynccontextmanager
async def shopping(
    application: Application,
    slug: str = "corner-spa",
    *,
    limits: Limits | None = None,
    demo: bool = False,
    lists_shops: bool = True,
    address: str = "127.0.0.1",
) -> AsyncIterator[Shopper]:
    """Lend a shopper at a merchant's."""
    buying = buying_routes(application, TEMPLATES, limits=limits, demo=demo, lists_shops=lists_shops)
    routes = [*ui_routes(TEMPLATES), buying]
    transport = httpx.ASGITransport(app=cast("Any", Litestar(routes, openapi_config=None)), client=(address, 4711))
    async with httpx.AsyncClient(transport=transport, base_url=BASE_URL, event_hooks=LOOKING) as client:
        yield Shopper(client, f"/{slug}")
