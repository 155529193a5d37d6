"""A buyer sees what tax a price includes, from the shop's first page to the certificate, and pays it once."""

from decimal import Decimal

from largesse.db import Database
from largesse.domain.catalog import Gratuity, OfferingDraft
from largesse.domain.orders import find_by_number
from largesse.kernel.tax import TaxKind, TaxTreatment
from largesse.services.gifts.sheet import sheet_of
from largesse.services.gifts.state import standing_of
from tests.builders.catalog import SALES_TAX, a_draft, a_package, on_sale
from tests.builders.shop import a_seller
from tests.integration.interfaces.storefront.test_checkout import a_shopper, placed
from tests.integration.interfaces.storefront.test_redeem_page import visitor
from tests.integration.interfaces.storefront.test_thanks_page import paid, paid_by_hand

SINGLE = TaxTreatment(kind=TaxKind.SINGLE_PURPOSE, country="DE", rate=Decimal("0.19"))
LATER = TaxTreatment(kind=TaxKind.MULTI_PURPOSE, country="DE")
WHY = "No VAT is due now: it depends on what the certificate is used for, and is due then."


def a_tea(tax: TaxTreatment, *, price: int = 1_001) -> OfferingDraft:
    return a_package(slug="tea", title="Tea", price=price, tax=tax)


async def test_prices_say_what_comes_on_top_or_is_inside(database: Database) -> None:
    merchant = await a_seller(database)
    await on_sale(database, merchant, a_tea(SINGLE))
    await on_sale(database, merchant, a_package(tax=SALES_TAX))
    await on_sale(database, merchant, a_draft(tax=LATER))
    async with a_shopper(database) as (_, shopper):
        page = await shopper.open("")
        assert page.words.count("includes 19% VAT") == page.words.count("plus tax") == 1
        assert "Includes 19% VAT: $1.60." in (await shopper.open("/gift/tea")).words
        assert "VAT" not in (await shopper.open("/gift/massage")).words
        assert WHY in (await shopper.open("/gift/any-amount")).words
        german = await shopper.open("/gift/tea", **{"accept-language": "de"})
        assert "Inklusive 19 % MwSt.: 1,60 $." in german.words


async def test_the_live_figure_follows_the_amount_and_leaves_gratuity_out(database: Database) -> None:
    await on_sale(database, await a_seller(database), a_draft(tax=SINGLE))
    async with a_shopper(database) as (_, shopper):
        form = await shopper.fill("/gift/any-amount", to="Ada", tip="20", amount="10000")
        figures = (await shopper.send("/live/gift/any-amount", form)).answer.json()
        assert (figures["tax"], figures["total"], figures["tax_said"]) == ("", "$120.00", "Includes 19% VAT: $15.97.")
        unknown = (await shopper.send("/live/gift/any-amount", form | {"amount": "other"})).answer.json()
        assert unknown["tax_said"] == "Includes 19% VAT."


async def test_three_gifts_are_taxed_together_and_each_has_its_share(database: Database) -> None:
    merchant = await a_seller(database)
    await on_sale(database, merchant, a_tea(SINGLE))
    async with a_shopper(database) as (application, shopper):
        for name in ("Ada", "Mary", "Linus"):
            await shopper.give("/gift/tea", to=name, first_name=name, email=f"{name.lower()}@example.com")
        page = await shopper.open("/checkout")
        assert "Includes 19% VAT: $4.79." in page.words
        assert page.fields["total"] == "3003"
        thanks = await paid_by_hand(shopper)
        assert "Includes 19% VAT: $4.79." in (await shopper.open(thanks)).words
        found = await placed(database)
        await paid(application, merchant)
    told = sorted((row["included_tax"], row["tax"], row["total"]) for row in found)
    assert told == [(159, 0, 1_001), (160, 0, 1_001), (160, 0, 1_001)]
    assert {(row["tax_kind"], row["tax_country"], row["tax_rate"]) for row in found} == {
        ("single_purpose", "DE", Decimal("0.19"))
    }


async def test_kinds_bought_together_are_told_apart(database: Database) -> None:
    merchant = await a_seller(database)
    await on_sale(database, merchant, a_tea(SINGLE))
    await on_sale(database, merchant, a_draft(tax=LATER, gratuity=Gratuity()))
    await on_sale(database, merchant, a_package(tax=SALES_TAX))
    async with a_shopper(database) as (_, shopper):
        for path in ("/gift/tea", "/gift/any-amount", "/gift/massage"):
            await shopper.give(path)
        page = await shopper.open("/checkout")
        assert "Includes 19% VAT: $1.60." in page.words
        assert "No VAT is due now on An amount of your choice: it depends on" in page.words
        assert "$9.90" in page.words, "tax on top of the massage"
        assert page.fields["total"] == str(1_001 + 10_000 + 12_000 + 990)
        await paid_by_hand(shopper)
        kinds = {row["tax_kind"]: (row["tax"], row["included_tax"]) for row in await placed(database)}
    assert kinds == {"single_purpose": (0, 160), "multi_purpose": (0, 0), "sales_tax": (990, 0)}


async def test_the_certificate_says_that_tax_is_included_also_before_it_is_bought(database: Database) -> None:
    merchant = await a_seller(database)
    await on_sale(database, merchant, a_tea(SINGLE))
    async with a_shopper(database) as (application, shopper):
        form = await shopper.fill("/gift/tea", to="Ada")
        figures = (await shopper.send("/live/gift/tea", form)).answer.json()
        await shopper.client.get(figures["preview"])
        previewed = application.typesetter.previewed[-1].tax  # type: ignore[attr-defined]  # the fake's own
        await shopper.give("/gift/tea")
        await paid_by_hand(shopper)
        await paid(application, merchant)
        number = (await placed(database))[0]["order_number"]
        async with database.connection() as connection:
            order = await find_by_number(connection, merchant.merchant_id, number)
            assert order.certificate_id is not None
            standing = await standing_of(connection, application, merchant.merchant_id, order.certificate_id)
            sheet = await sheet_of(connection, application, merchant, standing)
        assert previewed == sheet.face.tax == "Includes 19% VAT"
        async with visitor(application) as holder:
            page = await holder.get("/gifts/redeem.html", params={"code": sheet.face.barcode_text})
        assert "Includes 19% VAT" in page.text
