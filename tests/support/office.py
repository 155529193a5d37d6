"""A browser without a screen on the pages of staff, and the forms that it fills in."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, cast

import httpx
import lxml.html
from litestar import Litestar

from largesse.app import trouble
from largesse.app.application import Application
from largesse.app.routes import interface_routes, open_templates
from largesse.services.staff import SignedIn
from tests.builders.application import BASE_URL
from tests.support.markup import LOOKING

COOKIE = "__Host-staff"


def office_app(application: Application) -> Litestar:
    """The pages, as the web process serves them."""
    templates = open_templates(application)
    return Litestar(
        interface_routes(application, templates=templates),
        exception_handlers=trouble.handlers(templates),
        openapi_config=None,
        logging_config=None,
    )


@asynccontextmanager
async def visiting(app: Litestar, *, address: str = "192.0.2.7") -> AsyncIterator[httpx.AsyncClient]:
    """A browser that follows no redirect by itself."""
    transport = httpx.ASGITransport(app=cast("Any", app), client=(address, 4711))
    headers = {"accept": "text/html", "user-agent": "Firefox 143 on Linux"}
    async with httpx.AsyncClient(
        transport=transport, base_url=BASE_URL, headers=headers, event_hooks=LOOKING
    ) as client:
        yield client


def comes_with(client: httpx.AsyncClient, signed_in: SignedIn) -> None:
    """Give a browser the cookie of a session."""
    client.cookies.set(COOKIE, signed_in.token, domain="gifts.example.com", path="/")


def forms_of(answer: httpx.Response) -> dict[str, dict[str, str]]:
    """The hidden and typed values of each form on a page, by where it leads."""
    found: dict[str, dict[str, str]] = {}
    page: Any = lxml.html.fromstring(answer.text)
    for form in page.forms:
        found.setdefault(str(form.action), {name: str(value or "") for name, value in form.form_values()})
    return found


def texts(answer: httpx.Response, path: str) -> list[str]:
    """The texts of what an XPath finds on a page."""
    found: Any = lxml.html.fromstring(answer.text).xpath(path)
    return [one if isinstance(one, str) else str(one.text_content()) for one in found]


def key_on(answer: httpx.Response) -> str:
    """The key that a page shows for an authenticator."""
    return texts(answer, "//details//*[@class='number']")[0].replace(" ", "")


def codes_on(answer: httpx.Response) -> list[str]:
    """The recovery codes that a page shows."""
    return texts(answer, "//*[@class='recovery-codes']/li")


async def fill(client: httpx.AsyncClient, page: str, action: str, typed: Mapping[str, str]) -> httpx.Response:
    """Open a page, fill in the form that leads to `action`, and send it."""
    opened = await client.get(page)
    assert opened.status_code == 200, opened.text
    return await client.post(action, data={**forms_of(opened)[action], **typed})
