"""The catalogue in the office: offerings drafted, published and put in order, codes, the look, pictures."""

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal

import httpx
import pytest

from largesse.app.application import Application
from largesse.db import Database
from largesse.domain import catalog, law, staff
from largesse.domain.catalog import Offering, OfferingStatus, ThemeChange, Validity
from largesse.domain.law import LawChoice
from largesse.domain.merchants import Merchant
from largesse.services import catalog as services
from tests.builders.application import NOW, an_application
from tests.builders.catalog import a_code, a_draft, a_package, a_picture_file, offering_now, on_sale, promo_now
from tests.builders.certificates import a_merchant
from tests.builders.office import at_the_desk
from tests.fakes.clock import StillClock
from tests.support.office import fill, forms_of, texts

HERE = "/admin/corner-spa/catalogue"


@pytest.fixture
async def application(database: Database) -> AsyncIterator[Application]:
    async with an_application(database, clock=StillClock(NOW)) as opened:
        yield opened


@pytest.fixture
async def merchant(application: Application) -> Merchant:
    return await a_merchant(application.database)


@pytest.fixture
async def desk(application: Application, merchant: Merchant) -> AsyncIterator[httpx.AsyncClient]:
    async with at_the_desk(application, merchant) as client:
        yield client


def page_of(offering: Offering) -> str:
    return f"{HERE}/offerings/{offering.offering_id}"


async def all_of(application: Application, merchant: Merchant) -> list[Offering]:
    async with application.database.connection() as connection:
        return await catalog.list_offerings(connection, merchant.merchant_id)


async def said_of(application: Application, merchant: Merchant) -> list[str]:
    """What the audit log tells of the catalogue, by name."""
    async with application.database.connection() as connection:
        entries = await staff.latest_entries(connection, merchant.merchant_id, limit=20)
    return sorted(one.action.value for one in entries if not one.action.value.startswith("staff."))


async def test_an_offering_is_drafted_looked_at_and_published_once(
    application: Application, merchant: Merchant, desk: httpx.AsyncClient
) -> None:
    opened = await desk.get(f"{HERE}/offerings/new")
    action = next(one for one in forms_of(opened) if "/offerings/" in one)
    typed = {**forms_of(opened)[action], "title": "Tea for two", "kind": "package", "price": "29.50", "stock": "5"}

    drafted = await desk.post(action, data={**typed, "go": "draft"})
    assert drafted.status_code == 303
    assert await all_of(application, merchant) == []
    shown = await desk.get(drafted.headers["location"])
    assert "Kept as a draft" in shown.text
    assert forms_of(shown)[action]["price"] == "29.50"
    assert "not published yet" in (await desk.get(HERE)).text
    shop = await desk.get((await desk.get(f"{HERE}/shop")).headers["location"])
    assert "Tea for two" in shop.text
    assert "Only you see it like this" in shop.text
    assert "Tea for two" not in (await desk.get("/corner-spa")).text

    publish = {**forms_of(shown)[action], "go": "publish"}
    for _ in range(2):
        published = await desk.post(action, data=publish)
        assert published.status_code == 303, texts(published, "//main//*[contains(@class, 'notice')]")
    [stands] = await all_of(application, merchant)
    assert (stands.slug, stands.price, stands.stock, stands.version) == ("tea-for-two", 2_950, 5, 1)
    assert str(stands.offering_id) in action
    assert await said_of(application, merchant) == ["offering.saved"]
    assert "draft by" not in (await desk.get(page_of(stands))).text


async def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_saved(
    application: Application, merchant: Merchant, desk: httpx.AsyncClient
) -> None:
    offering = await on_sale(application.database, merchant)
    wrong = {"title": "", "presets": "ten", "validity": "5000", "validity_unit": "months", "go": "publish"}
    answer = await fill(desk, page_of(offering), page_of(offering), wrong)
    assert answer.status_code == 422
    assert "Write an amount, such as 25.00." in answer.text
    assert ">ten<" in answer.text.replace("\n", "")
    answer = await fill(desk, page_of(offering), page_of(offering), {**wrong, "presets": "10"})
    assert answer.status_code == 422
    assert "Give it a title" in answer.text
    assert "Give 1 to 1,200 months." in answer.text
    assert (await offering_now(application.database, offering)).version == 1
    async with application.database.connection() as connection:
        assert await catalog.list_drafts(connection, merchant.merchant_id) == []


async def test_two_who_change_the_same_are_told_and_neither_loses_anything(
    application: Application, merchant: Merchant, desk: httpx.AsyncClient
) -> None:
    offering = await on_sale(application.database, merchant)
    here = page_of(offering)
    mine = forms_of(await desk.get(here))[here]
    theirs = {**mine, "title": "Theirs", "go": "publish"}
    assert (await desk.post(here, data=theirs)).status_code == 303
    told = await desk.post(here, data={**mine, "title": "Mine", "go": "publish"})
    assert told.status_code == 409
    assert "Somebody else has changed it meanwhile" in told.text
    assert forms_of(told)[here]["title"] == "Mine"
    assert (await offering_now(application.database, offering)).title == "Theirs"
    again = await desk.post(here, data={**forms_of(told)[here], "go": "publish"})
    assert again.status_code == 303
    assert (await offering_now(application.database, offering)).title == "Mine"

    begun = forms_of(await desk.get(here))[here]
    drafted = {**begun, "title": "A draft", "go": "draft"}
    assert (await desk.post(here, data=drafted)).status_code == 303
    other = await desk.post(here, data={**begun, "title": "Another draft", "go": "draft"})
    assert other.status_code == 409
    async with application.database.connection() as connection:
        [kept] = await catalog.list_drafts(connection, merchant.merchant_id)
    assert kept.offering.title == "A draft"


async def test_one_of_two_that_publish_at_once_wins_and_the_other_is_told(
    application: Application, merchant: Merchant, desk: httpx.AsyncClient
) -> None:
    offering = await on_sale(application.database, merchant)
    here = page_of(offering)
    begun = forms_of(await desk.get(here))[here]
    answers = await asyncio.gather(
        *(desk.post(here, data={**begun, "title": f"Title {place}", "go": "publish"}) for place in range(4))
    )
    assert sorted(one.status_code for one in answers) == [303, 409, 409, 409]
    assert (await offering_now(application.database, offering)).version == 2


async def test_offerings_are_put_in_order_hidden_and_shown(
    application: Application, merchant: Merchant, desk: httpx.AsyncClient
) -> None:
    first = await on_sale(application.database, merchant, a_draft(sort=1, stock=10))
    second = await on_sale(application.database, merchant, a_package(sort=2))
    async with application.database.transaction() as connection:
        await connection.execute("UPDATE offerings SET taken = 9 WHERE offering_id = $1", first.offering_id)
    page = await desk.get(HERE)
    assert "1 of 10 left" in page.text
    assert "Little is left" in page.text
    form = forms_of(page)[f"{HERE}/order"]
    assert (await desk.post(f"{HERE}/order", data={**form, "up": str(second.offering_id)})).status_code == 303
    assert [one.slug for one in await all_of(application, merchant)] == ["massage", "any-amount"]
    late = await desk.post(f"{HERE}/order", data={**form, "down": str(first.offering_id)})
    assert late.status_code == 409
    form = forms_of(await desk.get(HERE))[f"{HERE}/order"]
    dragged = {**form, "order": f"{first.offering_id},{second.offering_id}"}
    assert (await desk.post(f"{HERE}/order", data=dragged)).status_code == 303
    assert [one.slug for one in await all_of(application, merchant)] == ["any-amount", "massage"]

    assert (await fill(desk, page_of(second), f"{page_of(second)}/hide", {})).status_code == 303
    assert (await offering_now(application.database, second)).status is OfferingStatus.HIDDEN
    assert (await fill(desk, page_of(second), f"{page_of(second)}/show", {})).status_code == 303
    told = ["catalogue.arranged", "catalogue.arranged", "offering.hidden", "offering.shown"]
    assert await said_of(application, merchant) == told


async def test_the_law_warns_beside_the_validity_and_refuses_where_it_is_to(
    application: Application, merchant: Merchant, desk: httpx.AsyncClient
) -> None:
    offering = await on_sale(application.database, merchant)
    here = page_of(offering)
    async with application.database.transaction() as connection:
        await law.choose(
            connection, LawChoice(merchant_id=merchant.merchant_id, code="US-CA", refuses=True, chosen_at=NOW)
        )
    live = await desk.post(f"{here}/live", data={**forms_of(await desk.get(here))[here], "validity": "3"})
    answer = live.json()
    assert "law profile" in answer["law_said"]
    assert answer["law_exactly"]
    picture = await desk.get(answer["preview"])
    assert picture.headers["content-type"].startswith("image/svg+xml")
    assert (await desk.get(answer["preview"][:-4] + "AAAA")).status_code == 422
    refused = await fill(desk, here, here, {"title": "Short", "go": "publish"})
    assert refused.status_code == 422
    assert (await offering_now(application.database, offering)).version == 1
    multi = {"tax_kind": "multi_purpose", "tax": "", "tax_country": "US", "redemption_rates": "8.25"}
    live = await desk.post(f"{here}/live", data={**forms_of(await desk.get(here))[here], **multi})
    assert "single-purpose" in live.json()["tax_warned"]


async def test_promo_codes_are_made_changed_and_stopped(
    application: Application, merchant: Merchant, desk: httpx.AsyncClient
) -> None:
    offering = await on_sale(application.database, merchant)
    new = f"{HERE}/promo-codes/new"
    typed = {"code": "SPRING", "off": "10", "uses_max": "2", f"for_{offering.slug}": "yes"}
    assert (await fill(desk, new, new, {**typed, "off": "0"})).status_code == 422
    for _ in range(2):
        made = await fill(desk, new, new, typed)
        assert made.status_code == 303, texts(made, "//main//*[contains(@class, 'notice')]")
    assert (await fill(desk, new, new, {**typed, "off": "11"})).status_code == 422
    listed = await desk.get(f"{HERE}/promo-codes")
    assert "0 of 2 used" in listed.text
    one = f"{HERE}/promo-codes/SPRING"
    begun = forms_of(await desk.get(one))[one]
    assert begun[f"for_{offering.slug}"] == "yes"
    assert (await desk.post(one, data={**begun, "off": "15"})).status_code == 303
    late = await desk.post(one, data={**begun, "off": "20"})
    assert late.status_code == 409
    assert (await fill(desk, one, f"{one}/stop", {})).status_code == 303
    code = await promo_now(application.database, await _code(application, merchant))
    assert (code.percent, code.offering_ids) == (Decimal(15), (offering.offering_id,))
    assert code.stopped_at is not None
    assert await said_of(application, merchant) == ["promo.saved", "promo.saved", "promo.stopped"]


async def _code(application: Application, merchant: Merchant) -> catalog.PromoCode:
    async with application.database.connection() as connection:
        return await catalog.find_promo(connection, merchant.merchant_id, "SPRING")


async def test_the_look_is_drafted_seen_in_the_shop_and_published(
    application: Application, merchant: Merchant, desk: httpx.AsyncClient
) -> None:
    here = f"{HERE}/look"
    wrong = await fill(desk, here, here, {"accent": "red", "phone": "12", "go": "publish"})
    assert wrong.status_code == 422
    assert "such as #2f5d50" in wrong.text
    typed = {"accent": "#aa1133", "about": "A quiet place.", "phone": "212 555 0100", "go": "draft"}
    assert (await fill(desk, here, here, typed)).status_code == 303
    shop = await desk.get((await desk.get(f"{HERE}/shop")).headers["location"])
    assert "A quiet place." in shop.text
    assert "A quiet place." not in (await desk.get("/corner-spa")).text
    assert (await fill(desk, here, here, {"go": "publish"})).status_code == 303
    async with application.database.connection() as connection:
        theme = await catalog.theme_of(connection, merchant.merchant_id)
    assert (theme.accent, theme.phone) == ("#aa1133", "+12125550100")
    begun = forms_of(await desk.get(here))[here]
    async with application.database.transaction() as connection:
        await services.change_theme(connection, merchant, ThemeChange(about="Other"), actor="test", now=NOW)
    assert (await desk.post(here, data={**begun, "about": "Mine", "go": "publish"})).status_code == 409
    assert await said_of(application, merchant) == ["theme.saved", "theme.saved"]


async def test_pictures_are_uploaded_cropped_and_removed(
    application: Application, merchant: Merchant, desk: httpx.AsyncClient
) -> None:
    here = f"{HERE}/pictures"
    form = forms_of(await desk.get(here))[here]
    refused = await desk.post(here, data={**form, "alt": "x"}, files={"file": ("a.jpg", b"no picture", "image/jpeg")})
    assert refused.status_code == 422
    assert "not a JPEG" in refused.text
    kept = await desk.post(here, data={**form, "alt": "Red"}, files={"file": ("a.jpg", a_picture_file(), "image/jpeg")})
    assert kept.status_code == 303
    one = kept.headers["location"]
    nothing = await fill(desk, one, one, {"left": "60", "right": "40"})
    assert nothing.status_code == 422
    assert (await fill(desk, one, one, {"right": "50"})).status_code == 303
    async with application.database.connection() as connection:
        part, whole = (held.picture for held in await catalog.list_pictures(connection, merchant.merchant_id))
    if part.width > whole.width:
        part, whole = whole, part
    assert (part.width, part.height, part.alt) == (400, 600, "Red")
    shown = await desk.get(here)
    removed = next(action for action in forms_of(shown) if action.endswith(f"{part.picture_id}/remove"))
    assert (await desk.post(removed, data=forms_of(shown)[removed])).status_code == 303
    assert texts(await desk.get(here), "//li//img/@alt") == ["Red"]


async def test_who_only_reads_the_catalogue_is_offered_nothing(application: Application, merchant: Merchant) -> None:
    offering = await on_sale(application.database, merchant, a_draft(validity=Validity(months=24)))
    await a_code(application.database, merchant)
    async with at_the_desk(application, merchant, role=staff.Role.BOOKKEEPER) as books:
        for path in (HERE, page_of(offering), f"{HERE}/promo-codes", f"{HERE}/look", f"{HERE}/pictures"):
            page = await books.get(path)
            assert page.status_code == 200
            assert "Publish<" not in page.text
            assert "Upload<" not in page.text
        assert (await books.get(f"{HERE}/offerings/new")).status_code == 403
