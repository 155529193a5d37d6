"""A merchant that writes English as Americans do: its shop, its mails and its paper (F32, M14)."""

import io

from msgspec.structs import replace
from pypdf import PdfReader

from largesse.db import Database
from largesse.domain.merchants import Merchant, MerchantChange, change_merchant, merchant_of_id
from largesse.kernel.conventions import English, SheetSize
from largesse.kernel.tax import UNTAXED
from largesse.kernel.validity import Validity
from tests.builders.application import NOW, an_application
from tests.builders.catalog import a_draft, on_sale
from tests.builders.certificates import a_card
from tests.builders.gifts import a_gift_installation
from tests.builders.shop import a_seller
from tests.fakes.clock import StillClock
from tests.integration.interfaces.storefront.test_redeem_page import visitor
from tests.support.shopper import shopping

A_DAY = {"delivery": "later", "day": "2026-12-24", "hour": "9"}


async def made_american(database: Database, merchant: Merchant) -> Merchant:
    """The merchant, with the conventions of America."""
    change = MerchantChange(english=English.AMERICAN, paper=SheetSize.LETTER)
    async with database.transaction() as connection:
        await change_merchant(connection, merchant.merchant_id, change)
        return await merchant_of_id(connection, merchant.merchant_id)


async def test_days_and_hours_of_the_shop_are_american_in_english_alone(database: Database) -> None:
    seller = await a_seller(database)
    await made_american(database, seller)
    await on_sale(database, seller, replace(a_draft(tax=UNTAXED), validity=Validity(months=36)))
    async with an_application(database, clock=StillClock(NOW)) as application, shopping(application) as shopper:
        form = await shopper.open("/gift/any-amount")
        assert '<html lang="en-US"' in form.html
        assert "Good for 3 years, through November 22, 2029" in form.words
        assert "9 a.m." in form.words
        assert "Ada, or Mom and Dad" in form.words
        await shopper.give(**A_DAY)
        checkout = await shopper.open("/checkout")
        assert "Ada gets it on December 24 at 9 a.m., at ada@example.com." in checkout.words.replace("\u00a0", " ")
        german = await shopper.open("/checkout", **{"accept-language": "de"})
        assert '<html lang="de"' in german.html
        assert "24. Dezember um 09:00 Uhr" in german.words.replace("\u00a0", " ")


async def test_a_holder_reads_and_prints_as_americans_do(database: Database) -> None:
    async with a_gift_installation(database, clock=StillClock(NOW)) as application, visitor(application) as client:
        merchant = await made_american(database, await a_seller(database))
        card = await a_card(application, merchant)
        page = await client.get("/gifts/redeem.html", params={"code": card.number})
        assert "Monday, November 22, 2077" in page.text
        printed = await client.post("/gifts/certificate.pdf?paper=sheet", data={"code": card.number})
        [sheet] = PdfReader(io.BytesIO(printed.content)).pages
        assert (round(sheet.mediabox.width), round(sheet.mediabox.height)) == (612, 792)
        assert "Monday, November 22, 2077" in " ".join(sheet.extract_text().replace("\u00a0", " ").split())
