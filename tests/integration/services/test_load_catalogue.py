"""A catalogue from a file: all or nothing, and the same file again changes nothing."""

from pathlib import Path

import pytest

from largesse.app import demo_catalogue
from largesse.db import Database
from largesse.domain import catalog
from largesse.domain.catalog import InvalidCatalogue, Line
from largesse.domain.merchants import Merchant
from largesse.services.catalog.loading import Loaded, load_catalogue
from tests.builders.catalog import NOW, a_picture_file
from tests.builders.shop import a_seller, a_shop

TEA = '[[offerings]]\nslug = "tea"\nkind = "package"\ntitle = "Tea"\nprice = 5\n'
CODE = '[[promo_codes]]\ncode = "TEA10"\npercent = 10\nofferings = ["tea"]\n'


@pytest.fixture
async def merchant(database: Database) -> Merchant:
    return await a_seller(database)


async def _load(database: Database, merchant: Merchant, text: str, files: dict[str, bytes] | None = None) -> Loaded:
    async with a_shop(database) as application:
        return await load_catalogue(application, merchant, text.encode(), read_file=(files or {}).get, now=NOW)


async def test_the_demos_catalogue_is_loaded_whole_and_again_changes_nothing(
    database: Database, merchant: Merchant
) -> None:
    async with a_shop(database) as application:
        content, read = demo_catalogue.content(), demo_catalogue.drawing
        first = await load_catalogue(application, merchant, content, read_file=read, now=NOW)
        async with database.connection() as connection:
            before = await catalog.list_offerings(connection, merchant.merchant_id)
        again = await load_catalogue(application, merchant, content, read_file=read, now=NOW)
        async with database.connection() as connection:
            assert await catalog.list_offerings(connection, merchant.merchant_id) == before
            theme = await catalog.theme_of(connection, merchant.merchant_id)
    assert (first, again) == (Loaded(added=4), Loaded(unchanged=4))
    assert theme.accent == "#2f5d50"
    assert theme.phone == "+12125550100"


async def test_what_the_file_changes_is_changed_and_the_rest_left_alone(database: Database, merchant: Merchant) -> None:
    await _load(database, merchant, TEA + CODE + TEA.replace("tea", "cake"))
    assert await _load(database, merchant, TEA.replace("price = 5", "price = 6") + CODE) == Loaded(
        changed=1, unchanged=1
    )
    async with database.connection() as connection:
        offerings = await catalog.list_offerings(connection, merchant.merchant_id)
    assert {one.slug: one.price for one in offerings} == {"tea": 600, "cake": 500}


async def test_loading_again_gives_no_stock_and_no_uses_back(database: Database, merchant: Merchant) -> None:
    text = TEA + "stock = 2\n" + CODE + "uses = 1\n"
    await _load(database, merchant, text)
    async with database.transaction() as connection:
        tea = await catalog.find_offering(connection, merchant.merchant_id, "tea")
        lines = [Line(offering_id=tea.offering_id, amount=500)]
        await catalog.reserve(
            connection, merchant.merchant_id, merchant.merchant_id, lines, promo_code="tea10", buyer="a@b.c", now=NOW
        )
    await _load(database, merchant, text)
    async with database.connection() as connection:
        assert (await catalog.find_offering(connection, merchant.merchant_id, "tea")).stock_left == 1
        assert (await catalog.find_promo(connection, merchant.merchant_id, "tea10")).uses == 1


async def test_what_is_likely_a_mistake_is_told_of_what_was_loaded(database: Database, merchant: Merchant) -> None:
    text = TEA + 'tax_kind = "multi_purpose"\nredemption_rates = [19]\n'
    loaded = await _load(database, merchant, text)
    assert loaded.added == 1
    assert [(one.field, one.code) for one in loaded.warnings] == [
        ("offerings.tea.tax_kind", "offering.tax.single_purpose_likely")
    ]
    again = await _load(database, merchant, text)
    assert (again.unchanged, len(again.warnings)) == (1, 1)


async def test_a_file_with_faults_changes_nothing_and_tells_them_all(database: Database, merchant: Merchant) -> None:
    text = TEA + 'picture = "bomb.png"\ntax = 200\n' + TEA.replace("tea", "cake") + 'picture = "none.png"\n'
    text += CODE.replace('["tea"]', '["coffee"]')

    with pytest.raises(InvalidCatalogue) as refused:
        await _load(database, merchant, text, {"bomb.png": b"<svg/>"})

    assert {fault.field: fault.code for fault in refused.value.fields} == {
        "offerings.tea.tax": "offering.tax.invalid",
        "bomb.png": "picture.kind",
        "none.png": "picture.missing",
        "promo_codes.TEA10.offerings": "offering.unknown",
    }
    async with database.connection() as connection:
        assert await catalog.list_offerings(connection, merchant.merchant_id) == []


async def test_a_picture_is_encoded_once_and_hangs_on_its_offering(
    database: Database, merchant: Merchant, tmp_path: Path
) -> None:
    (tmp_path / "tea.jpg").write_bytes(a_picture_file(200, 100))
    text = TEA + 'picture = "tea.jpg"\npicture_alt = "A cup of tea"\n'
    files = {"tea.jpg": (tmp_path / "tea.jpg").read_bytes()}
    await _load(database, merchant, text, files)
    assert await _load(database, merchant, text, files) == Loaded(unchanged=1)
    async with database.connection() as connection:
        tea = await catalog.find_offering(connection, merchant.merchant_id, "tea")
        assert tea.picture_id is not None
        [picture] = (await catalog.pictures_of(connection, merchant.merchant_id, [tea.picture_id])).values()
    assert (picture.alt, picture.widths) == ("A cup of tea", (200,))
