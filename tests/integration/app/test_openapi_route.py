"""Whoever reads the document finds whom to ask in it."""

from typing import Any, cast

import httpx

from largesse.app.application import Application
from largesse.app.metrics import Metrics
from largesse.app.web import build_app
from largesse.db import Database
from tests.builders.application import an_application
from tests.builders.partners import a_merchant

MAIL_FROM = "Gifts of the Town <gifts@town.example>"


async def contact(application: Application) -> Any:
    app = build_app(application, Metrics(process="test", folder=None), mail_from=MAIL_FROM)
    transport = httpx.ASGITransport(app=cast("Any", app))
    async with httpx.AsyncClient(transport=transport, base_url="https://gifts.example.com") as client:
        return (await client.get("/openapi.json")).json()["info"]["contact"]


async def test_the_contact_is_that_of_the_only_merchant(database: Database) -> None:
    async with an_application(database) as application:
        await a_merchant(application)
        assert await contact(application) == {"name": "The Spa", "email": "owner@spa.example"}


async def test_where_there_are_several_merchants_the_contact_is_the_operator(database: Database) -> None:
    async with an_application(database) as application:
        operator = {"name": "Gifts of the Town", "email": "gifts@town.example"}
        assert await contact(application) == operator
        for slug, prefix in (("spa", "GL"), ("theatre", "TH")):
            await a_merchant(application, slug=slug, prefix=prefix)
        assert await contact(application) == operator
