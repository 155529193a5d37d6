"""Merchants on a real database: nobody takes another's name, and every wrong field is told at once."""

import msgspec
import pytest

from largesse.db import Database
from largesse.domain.merchants import (
    InvalidMerchant,
    MerchantChange,
    MerchantDraft,
    MerchantTaken,
    MerchantUnknown,
    change_merchant,
    create_merchant,
    find_merchant,
    list_merchants,
    merchant_of_id,
    merchant_of_prefix,
)
from tests.builders.application import NOW
from tests.builders.certificates import a_merchant

DRAFT = MerchantDraft(
    slug="lola", number="2002", prefix="LO", name="Lola’s Theatre", contact_email="box@lola.example.com"
)


async def test_a_merchant_is_found_by_slug_number_prefix_and_id(database: Database) -> None:
    async with database.transaction() as connection:
        made = await create_merchant(connection, DRAFT, now=NOW)
        assert await find_merchant(connection, "lola") == made
        assert await find_merchant(connection, "2002") == made
        assert await merchant_of_prefix(connection, "10") == made
        assert await merchant_of_id(connection, made.merchant_id) == made
        assert await list_merchants(connection) == [made]
        assert made.money.code == "USD"
        assert made.zone.key == "America/New_York"


async def test_an_unknown_merchant_is_not_found(database: Database) -> None:
    async with database.connection() as connection:
        with pytest.raises(MerchantUnknown):
            await find_merchant(connection, "nobody")
        assert await merchant_of_prefix(connection, "ZZ") is None


@pytest.mark.parametrize(
    "clash, named",
    [({"slug": "corner-spa"}, "slug"), ({"number": "1001"}, "number"), ({"prefix": "GL"}, "prefix"),
     ({"prefix": "GI"}, "prefix"), ({"slug": "corner-spa", "number": "1001"}, "slug and number")],
)  # fmt: skip
async def test_what_another_merchant_has_is_refused_by_name(
    database: Database, clash: dict[str, str], named: str
) -> None:
    await a_merchant(database)
    async with database.transaction() as connection:
        with pytest.raises(MerchantTaken, match=named):
            await create_merchant(connection, msgspec.structs.replace(DRAFT, **clash), now=NOW)
        assert len(await list_merchants(connection)) == 1


async def test_every_wrong_field_is_told_at_once(database: Database) -> None:
    draft = MerchantDraft(
        slug="-Bad-",
        number="123456789012",
        prefix="g1",
        name=" ",
        currency="usd",
        time_zone="Mars/Olympus",
        contact_email="nobody",
    )
    async with database.connection() as connection:
        with pytest.raises(InvalidMerchant) as refusal:
            await create_merchant(connection, draft, now=NOW)
    wrong = [fault.field for fault in refusal.value.fields]
    assert wrong == ["slug", "number", "prefix", "currency", "name", "time_zone", "contact_email"]


@pytest.mark.parametrize(
    "field, value",
    [("slug", "gifts"), ("slug", "a" * 41), ("slug", "é"), ("number", ""), ("number", "1 2"), ("prefix", "ABCDE"),
     ("name", "x" * 121), ("name", "two\nlines"), ("name", "nul\x00"), ("contact_email", "a@b"), ("time_zone", "")],
)  # fmt: skip
async def test_a_field_that_cannot_stand_is_named(database: Database, field: str, value: str) -> None:
    async with database.connection() as connection:
        with pytest.raises(InvalidMerchant) as refusal:
            await create_merchant(connection, msgspec.structs.replace(DRAFT, **{field: value}), now=NOW)
    assert [fault.field for fault in refusal.value.fields] == [field]


async def test_a_change_leaves_everything_else_alone(database: Database) -> None:
    made = await a_merchant(database)
    async with database.transaction() as connection:
        changed = await change_merchant(
            connection, made.merchant_id, MerchantChange(name="Corner Spa & Tea", time_zone="Europe/Paris")
        )
    assert changed == msgspec.structs.replace(made, name="Corner Spa & Tea", time_zone="Europe/Paris")


async def test_a_slug_is_not_changed_to_another_merchants(database: Database) -> None:
    made = await a_merchant(database)
    await a_merchant(database, slug="lola", number="2002", prefix="LO")
    async with database.transaction() as connection:
        with pytest.raises(MerchantTaken):
            await change_merchant(connection, made.merchant_id, MerchantChange(slug="lola"))
        assert (await change_merchant(connection, made.merchant_id, MerchantChange(slug="corner-spa"))) == made
