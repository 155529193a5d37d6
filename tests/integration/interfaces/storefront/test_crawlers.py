"""Robots, sitemaps and icons: what is asked for without any page that names it. F37, F51."""

import io

from lxml import etree
from PIL import Image

from largesse.db import Database
from largesse.domain import catalog
from largesse.domain.catalog import ThemeChange
from largesse.domain.merchants import Merchant
from tests.builders.application import NOW, an_application
from tests.builders.catalog import a_package, on_sale
from tests.builders.shop import a_seller
from tests.fakes.clock import StillClock
from tests.support.shopper import BASE_URL, Shopper, shopping

LOC = "{http://www.sitemaps.org/schemas/sitemap/0.9}loc"


async def locations_of(shopper: Shopper, path: str) -> list[str]:
    """Return the addresses that a sitemap names."""
    answer = await shopper.client.get(path)
    assert answer.headers["content-type"].startswith("application/xml")
    return [str(one.text) for one in etree.fromstring(answer.content).iter(LOC)]


async def icon_of(shopper: Shopper, path: str) -> Image.Image:
    """Return the picture at an address."""
    answer = await shopper.client.get(path)
    assert answer.status_code == 200, path
    return Image.open(io.BytesIO(answer.content))


async def give_a_logo(database: Database, merchant: Merchant, colour: str) -> None:
    """Let a merchant have a plain wide logo."""
    written = io.BytesIO()
    Image.new("RGB", (640, 160), colour).save(written, "PNG")
    async with database.transaction() as connection:
        picture_id = catalog.picture_id_of(merchant.merchant_id, written.getvalue())
        encoded = catalog.encode(written.getvalue())
        await catalog.add_picture(connection, merchant.merchant_id, picture_id, encoded, alt="", now=NOW)
        await catalog.change_theme(connection, merchant.merchant_id, ThemeChange(logo_id=picture_id), now=NOW)


async def test_crawlers_are_told_what_may_be_found_in_each_language(database: Database) -> None:
    merchant = await a_seller(database)
    await on_sale(database, merchant)
    await on_sale(database, merchant, a_package())
    async with an_application(database, clock=StillClock(NOW)) as application, shopping(application) as shopper:
        robots = (await shopper.client.get("/robots.txt")).text
        assert f"Sitemap: {BASE_URL}/sitemap.xml\n" in robots
        assert "Disallow: /gifts/\n" in robots
        assert "Disallow: /partner\n" not in robots, "a shop may be called partners-in-wine"
        assert await locations_of(shopper, "/sitemap.xml") == [f"{BASE_URL}/corner-spa/sitemap.xml"]
        pages = await locations_of(shopper, "/corner-spa/sitemap.xml")
        assert pages == [f"{BASE_URL}/corner-spa{path}" for path in ("", "/gift/massage", "/gift/any-amount")]
        for page in pages:
            assert 'content="index"' in (await shopper.client.get(page)).text
        assert f'href="{BASE_URL}/corner-spa?lang=fr"' in (await shopper.client.get("/corner-spa/sitemap.xml")).text
        assert (await shopper.client.get("/nobody/sitemap.xml")).status_code == 404
        async with shopping(application, demo=True) as tried:
            assert "Disallow: /\n" in (await tried.client.get("/robots.txt")).text


async def test_several_shops_are_listed_only_where_the_operator_wants_that(database: Database) -> None:
    """F37."""
    await a_seller(database)
    await a_seller(database, slug="bistro", number="1002", prefix="BI")
    await a_seller(database, slug="trial", number="1003", prefix="TR", is_demo=True)
    async with an_application(database, clock=StillClock(NOW)) as application:
        async with shopping(application) as shopper:
            listed = (await shopper.client.get("/")).text
            assert ('href="/corner-spa"' in listed, 'href="/bistro"' in listed) == (True, True)
            assert "/trial" not in listed  # among shops that sell for real, a demonstration is none
            assert len(await locations_of(shopper, "/sitemap.xml")) == 2
        async with shopping(application, lists_shops=False) as shopper:
            page = await shopper.client.get("/")
            assert page.status_code == 200
            assert "Each shop here has an address of its own." in page.text
            assert not any(slug in page.text for slug in ("corner-spa", "bistro", "trial"))
            assert (await shopper.client.get("/sitemap.xml")).status_code == 404
            assert (await shopper.open("")).status == 200
            assert len(await locations_of(shopper, "/bistro/sitemap.xml")) == 1


async def test_a_page_has_the_merchants_sign(database: Database) -> None:
    """F51: the logo on paper, a gift in the merchant's colour where there is none; the usual addresses have it, too."""
    merchant = await a_seller(database)
    async with an_application(database, clock=StillClock(NOW)) as application:
        async with shopping(application) as shopper:
            page = await shopper.open("")
            icons = page.tree.xpath("//link[@rel='icon' or @rel='apple-touch-icon']/@href")
            assert icons == ["/corner-spa/icon/32.png", "/corner-spa/icon/180.png"]
            assert page.tree.xpath("//meta[@name='theme-color']/@content") == ["#7a2e3b"]
            assert [(await icon_of(shopper, icon)).size for icon in icons] == [(32, 32), (180, 180)]
            plain = (await icon_of(shopper, icons[1])).convert("RGB")
            assert plain.getpixel((4, 4)) == (0x7A, 0x2E, 0x3B)
            assert (await icon_of(shopper, "/favicon.ico")).format == "ICO"
            assert (await icon_of(shopper, "/apple-touch-icon.png")).size == (180, 180)
            for wrong in ("/corner-spa/icon/9999.png", "/corner-spa/icon/32.gif", "/nobody/icon/32.png"):
                assert (await shopper.client.get(wrong)).status_code == 404
        await give_a_logo(database, merchant, "#1f4e8c")
        async with shopping(application) as shopper:
            for address in ("/corner-spa/icon/180.png", "/apple-touch-icon.png"):
                own = (await icon_of(shopper, address)).convert("RGB")
                middle, corner = own.getpixel((90, 90)), own.getpixel((4, 4))
                assert isinstance(middle, tuple)
                assert max(abs(one - other) for one, other in zip(middle, (0x1F, 0x4E, 0x8C), strict=True)) < 12
                assert corner == (0xFF, 0xFD, 0xF9)
