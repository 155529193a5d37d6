"""The list of web sites that may show a gift form, in the database: bounded, and written once."""

import asyncio

import pytest

from largesse.db import Database
from largesse.domain import embeds, staff
from largesse.domain.embeds import ORIGINS_MAX, EmbedOriginUnknown, InvalidEmbedOrigin
from largesse.domain.staff import Audited, ByWhom
from largesse.services.merchants import allow_embedding, end_embedding
from tests.builders.application import NOW
from tests.builders.certificates import a_merchant

BY = ByWhom(actor="test", why="Wanted")


async def test_a_web_site_is_added_once_and_removed_and_the_log_says_so(database: Database) -> None:
    merchant = await a_merchant(database)
    async with database.transaction() as connection:
        for typed in ("https://www.example.com", "HTTPS://WWW.example.com:443/"):
            assert await allow_embedding(connection, merchant, typed, by=BY, now=NOW) == "https://www.example.com"
        assert await embeds.origins_of(connection, merchant.merchant_id) == ("https://www.example.com",)
        await end_embedding(connection, merchant, "https://www.example.com", by=BY, now=NOW)
        with pytest.raises(EmbedOriginUnknown):
            await end_embedding(connection, merchant, "https://www.example.com", by=BY, now=NOW)
        assert await embeds.origins_of(connection, merchant.merchant_id) == ()
        acts = await staff.latest_entries(connection, merchant.merchant_id, limit=9)
    told = {(one.action, one.reason) for one in acts}
    assert told == {
        (Audited.EMBED_ORIGIN_ADDED, "https://www.example.com: Wanted"),
        (Audited.EMBED_ORIGIN_REMOVED, "https://www.example.com: Wanted"),
    }
    assert len(acts) == 2


async def test_the_list_is_full_at_its_bound_however_many_add_at_once(database: Database) -> None:
    merchant = await a_merchant(database)

    async def add(number: int) -> str:
        async with database.transaction() as connection:
            try:
                await embeds.add_origin(connection, merchant.merchant_id, f"https://a{number}.example", now=NOW)
            except InvalidEmbedOrigin as refused:
                return refused.fields[0].code
        return "added"

    added = await asyncio.gather(*(add(number) for number in range(ORIGINS_MAX + 5)))
    assert sorted(added) == ["added"] * ORIGINS_MAX + ["embed_origin.too_many"] * 5
    async with database.connection() as connection:
        assert len(await embeds.origins_of(connection, merchant.merchant_id)) == ORIGINS_MAX
