"""Offerings, promo codes, pictures and themes on a real database."""

import io
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import msgspec
import pytest
from PIL import Image

from largesse.db import Database
from largesse.domain import catalog
from largesse.domain.catalog import (
    BonusRule,
    Design,
    InvalidOffering,
    InvalidPromoCode,
    InvalidTheme,
    OfferingStatus,
    OfferingTaken,
    OfferingUnknown,
    Picture,
    PictureFormat,
    PictureRefused,
    PictureUnknown,
    PromoTaken,
    PromoUnknown,
    Theme,
    ThemeChange,
    ThemeWords,
    Validity,
    Words,
)
from largesse.domain.catalog.promos import PromoOver
from largesse.domain.merchants import Merchant
from tests.builders.catalog import NOW, a_code, a_draft, a_package, a_picture_file, offering_now, on_sale
from tests.builders.shop import a_seller


@pytest.fixture
async def merchant(database: Database) -> Merchant:
    return await a_seller(database)


async def _uploaded(database: Database, merchant: Merchant, upload: bytes, *, alt: str = "A spa") -> Picture:
    encoded = catalog.encode(upload)
    picture_id = catalog.picture_id_of(merchant.merchant_id, upload)
    async with database.transaction() as connection:
        return await catalog.add_picture(connection, merchant.merchant_id, picture_id, encoded, alt=alt, now=NOW)


async def test_an_offering_comes_back_as_it_was_given(database: Database, merchant: Merchant) -> None:
    picture = await _uploaded(database, merchant, a_picture_file())
    draft = a_draft(
        description="Good for\nall treatments",
        terms="Not exchangeable",
        translations={"de": Words(title="Ein Betrag"), "fr": Words(terms="Non échangeable")},
        available_from=NOW,
        available_until=NOW + timedelta(days=30),
        stock=20,
        sort=5,
        designs=(Design.WINTER, Design.BOTANICAL),
        picture_id=picture.picture_id,
        bonus=BonusRule(threshold=10_000, percent=Decimal("12.5"), validity=Validity(days=90)),
    )

    offering = await on_sale(database, merchant, draft)

    assert catalog.draft_of(offering) == draft
    assert offering.currency == "USD"
    assert offering.stock_left == 20
    assert await offering_now(database, offering) == offering


async def test_what_cannot_stand_is_refused_with_every_fault(database: Database, merchant: Merchant) -> None:
    with pytest.raises(InvalidOffering) as refused:
        await on_sale(database, merchant, a_package(slug="1 hr", title=" ", price=0, presets=(5,)))
    fields = [fault.field for fault in refused.value.fields]
    assert fields == ["slug", "title", "price", "presets"]
    with pytest.raises(InvalidPromoCode):
        await a_code(database, merchant, percent=Decimal(101))


async def test_words_of_every_language_and_emoji_may_be_written(database: Database, merchant: Merchant) -> None:
    title = "Détente\u00a0! می\u200cخواهم 👩\u200d❤️\u200d👨"
    assert (await on_sale(database, merchant, a_package(title=title))).title == title
    for hostile in ("a\u202eb", "a\x00b", "a\nb"):
        with pytest.raises(InvalidOffering):
            await on_sale(database, merchant, a_package(slug="hostile", title=hostile))


async def test_one_merchant_has_each_slug_and_code_once(database: Database, merchant: Merchant) -> None:
    other = await a_seller(database, slug="other", number="2002", prefix="OT")
    for seller in (merchant, other):
        await on_sale(database, seller)
        await a_code(database, seller)
    with pytest.raises(OfferingTaken):
        await on_sale(database, merchant)
    with pytest.raises(PromoTaken):
        await a_code(database, merchant, code="spring")


async def test_a_change_holds_from_now_on_and_is_counted(database: Database, merchant: Merchant) -> None:
    offering = await on_sale(database, merchant)
    await on_sale(database, merchant, a_package())

    async with database.transaction() as connection:
        same = await catalog.change_offering(
            connection, merchant.merchant_id, "any-amount", lambda draft: draft, now=NOW + timedelta(hours=1)
        )
        changed = await catalog.change_offering(
            connection,
            merchant.merchant_id,
            str(offering.offering_id),
            lambda draft: msgspec.structs.replace(draft, title="Any sum", slug="sum"),
            now=NOW + timedelta(hours=1),
        )
        with pytest.raises(OfferingTaken):
            await catalog.change_offering(
                connection,
                merchant.merchant_id,
                "sum",
                lambda draft: msgspec.structs.replace(draft, slug="massage"),
                now=NOW,
            )
        with pytest.raises(OfferingUnknown):
            await catalog.find_offering(connection, merchant.merchant_id, "any-amount")

    assert same == offering
    assert (changed.title, changed.slug, changed.version) == ("Any sum", "sum", 2)
    assert (changed.created_at, changed.changed_at) == (NOW, NOW + timedelta(hours=1))


async def test_buyers_see_what_is_shown_in_its_time_and_order(database: Database, merchant: Merchant) -> None:
    shown: dict[str, dict[str, Any]] = {
        "second": {"sort": 2},
        "first": {"sort": 1},
        "sold-out": {"sort": 3, "stock": 0},
        "hidden": {"status": OfferingStatus.HIDDEN},
        "tomorrow": {"available_from": NOW + timedelta(days=1)},
        "yesterday": {"available_until": NOW},
    }
    for slug, given in shown.items():
        await on_sale(database, merchant, a_package(slug=slug, **given))
    async with database.connection() as connection:
        seen = await catalog.find_offerings(connection, merchant.merchant_id, now=NOW)
        everything = await catalog.list_offerings(connection, merchant.merchant_id)
        some = await catalog.offerings_of(connection, merchant.merchant_id, [seen[0].offering_id, uuid4()])
    assert [one.slug for one in seen] == ["first", "second", "sold-out"]
    assert len(everything) == 6
    assert some == {seen[0].offering_id: seen[0]}


async def test_a_stopped_code_holds_no_more_and_stays_stopped(database: Database, merchant: Merchant) -> None:
    offering = await on_sale(database, merchant)
    code = await a_code(database, merchant, offering_ids=(offering.offering_id,))
    lines = [catalog.Line(offering_id=offering.offering_id, amount=1_000)]
    async with database.transaction() as connection:
        assert await catalog.find_promo(connection, merchant.merchant_id, "Spring") == code
        for now in (NOW, NOW + timedelta(days=1)):
            stopped = await catalog.stop_promo(connection, merchant.merchant_id, "spring", now=now)
            assert stopped.stopped_at == NOW
        with pytest.raises(PromoOver):
            await catalog.try_promo(connection, merchant.merchant_id, "spring", lines, now=NOW)
        with pytest.raises(PromoUnknown):
            await catalog.stop_promo(connection, merchant.merchant_id, "summer", now=NOW)


async def test_a_code_for_an_offering_of_another_is_refused(database: Database, merchant: Merchant) -> None:
    theirs = await on_sale(database, await a_seller(database, slug="other", number="2002", prefix="OT"))
    with pytest.raises(OfferingUnknown):
        await a_code(database, merchant, offering_ids=(theirs.offering_id,))


async def test_a_picture_is_kept_once_and_only_for_its_merchant(database: Database, merchant: Merchant) -> None:
    upload = a_picture_file()
    first = await _uploaded(database, merchant, upload, alt="A spa")
    again = await _uploaded(database, merchant, upload, alt="")
    other = await a_seller(database, slug="other", number="2002", prefix="OT")

    assert first == again
    assert first.widths == (320, 640, 800)
    assert catalog.picture_id_of(other.merchant_id, upload) != first.picture_id
    async with database.connection() as connection:
        content = await catalog.picture(connection, merchant.merchant_id, first.picture_id, 640, PictureFormat.WEBP)
        assert Image.open(io.BytesIO(content)).size == (640, 480)
        for owner, width, kind in (
            (other, 640, PictureFormat.WEBP),
            (merchant, 641, PictureFormat.WEBP),
            (merchant, 640, PictureFormat.PNG),
        ):
            with pytest.raises(PictureUnknown):
                await catalog.picture(connection, owner.merchant_id, first.picture_id, width, kind)
    with pytest.raises(PictureUnknown):
        await on_sale(database, other, a_package(picture_id=first.picture_id))


async def test_words_for_a_picture_stay_short(database: Database, merchant: Merchant) -> None:
    with pytest.raises(PictureRefused):
        await _uploaded(database, merchant, a_picture_file(), alt="a" * 201)


async def test_a_theme_changes_field_by_field(database: Database, merchant: Merchant) -> None:
    logo = await _uploaded(database, merchant, a_picture_file(600, 300, kind="PNG"))
    given = ThemeChange(
        accent=" #2F5D50",
        logo_id=logo.picture_id,
        about="A quiet place",
        phone="(212) 555-0100",
        translations={"fr": ThemeWords(about="Une maison calme")},
    )
    async with database.transaction() as connection:
        assert await catalog.theme_of(connection, merchant.merchant_id) == Theme()
        await catalog.change_theme(connection, merchant.merchant_id, given, region="US", now=NOW)
        changed = await catalog.change_theme(
            connection, merchant.merchant_id, ThemeChange(website="https://spa.example.com"), now=NOW
        )
        assert await catalog.theme_of(connection, merchant.merchant_id) == changed
        printed = await catalog.printable_logo(connection, merchant.merchant_id)
        bare = await catalog.change_theme(
            connection, merchant.merchant_id, ThemeChange(no_logo=True, about=""), now=NOW
        )
        assert await catalog.printable_logo(connection, merchant.merchant_id) is None

    assert (changed.accent, changed.phone, changed.about) == ("#2f5d50", "+12125550100", "A quiet place")
    assert changed.website == "https://spa.example.com"
    assert changed.words("fr-CA") == ThemeWords(about="Une maison calme", how_to_redeem="")
    assert printed is not None
    assert Image.open(io.BytesIO(printed)).format == "JPEG"
    assert (bare.logo_id, bare.about, bare.accent) == (None, "", "#2f5d50")


@pytest.mark.parametrize(
    "change",
    [
        ThemeChange(accent="red"),
        ThemeChange(phone="call us"),
        ThemeChange(website="javascript:alert(1)"),
        ThemeChange(about="a" * 2_001),
        ThemeChange(about="a\u202eb"),
    ],
)
async def test_a_theme_that_cannot_stand_is_refused(
    database: Database, merchant: Merchant, change: ThemeChange
) -> None:
    async with database.transaction() as connection:
        with pytest.raises(InvalidTheme):
            await catalog.change_theme(connection, merchant.merchant_id, change, now=NOW)


async def test_a_logo_of_another_merchant_is_refused(database: Database, merchant: Merchant) -> None:
    other = await a_seller(database, slug="other", number="2002", prefix="OT")
    theirs = await _uploaded(database, other, a_picture_file())
    change = ThemeChange(logo_id=theirs.picture_id)
    async with database.transaction() as connection:
        with pytest.raises(PictureUnknown):
            await catalog.change_theme(connection, merchant.merchant_id, change, now=NOW)
