"""Pictures as browsers fetch them: kept for ever, and nothing else than a picture."""

import io
from collections.abc import AsyncIterator
from typing import Any, cast
from uuid import uuid4

import httpx
import pytest
from litestar import Litestar
from PIL import Image

from largesse.db import Database
from largesse.domain import catalog
from largesse.domain.catalog import Picture
from largesse.interfaces.storefront.pictures import picture_routes, picture_url, srcset
from tests.builders.catalog import NOW, a_picture_file
from tests.builders.shop import a_seller, a_shop


@pytest.fixture
async def picture(database: Database) -> Picture:
    upload = a_picture_file()
    merchant = await a_seller(database)
    picture_id = catalog.picture_id_of(merchant.merchant_id, upload)
    async with database.transaction() as connection:
        encoded = catalog.encode(upload)
        return await catalog.add_picture(connection, merchant.merchant_id, picture_id, encoded, alt="A spa", now=NOW)


@pytest.fixture
async def client(database: Database) -> AsyncIterator[httpx.AsyncClient]:
    async with a_shop(database) as application:
        transport = httpx.ASGITransport(app=cast("Any", Litestar(picture_routes(application), openapi_config=None)))
        async with httpx.AsyncClient(transport=transport, base_url="https://gifts.example.com") as opened:
            yield opened


async def test_every_address_of_a_picture_gives_it_to_keep_for_ever(
    client: httpx.AsyncClient, picture: Picture
) -> None:
    addresses = [
        entry.split() for fallback in (True, False) for entry in srcset(picture, fallback=fallback).split(", ")
    ]
    assert [width for _, width in addresses] == ["320w", "640w", "800w"] * 2
    for address, width in addresses:
        answer = await client.get(address)
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.headers["x-content-type-options"] == "nosniff"
        image = Image.open(io.BytesIO(answer.content))
        assert f"{image.width}w" == width
        assert answer.headers["content-type"] == f"image/{(image.format or '').lower()}"
    assert picture_url(picture) == addresses[2][0]


async def test_what_is_not_there_is_not_found(client: httpx.AsyncClient, picture: Picture) -> None:
    address = picture_url(picture)
    folder = address.rpartition("/")[0]
    for wrong in (
        f"{folder}/321.webp",
        f"{folder}/800.png",
        f"{folder}/800.svg",
        f"{folder}/800",
        f"{folder}/-1.webp",
        f"{folder}/999999999999.webp",
        f"{folder}/٨٠٠.webp",
        address.replace(str(picture.merchant_id), str(uuid4())),
        address.replace(str(picture.picture_id), "x"),
    ):
        assert (await client.get(wrong)).status_code == 404, wrong
