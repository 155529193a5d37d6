"""Offerings, promo codes and pictures as a test needs them: say what matters, the rest is sensible."""

import io
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from PIL import Image

from largesse.db import Database
from largesse.domain.catalog import (
    Gratuity,
    Offering,
    OfferingDraft,
    OfferingKind,
    PromoCode,
    PromoDraft,
    Validity,
    add_offering,
    add_promo,
    find_offering,
    find_promo,
)
from largesse.domain.merchants import Merchant
from largesse.kernel.tax import TaxKind, TaxTreatment

NOW = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)
SALES_TAX = TaxTreatment(kind=TaxKind.SALES_TAX, country="US", rate=Decimal("0.0825"))


def a_draft(**given: Any) -> OfferingDraft:
    """An amount of 50.00 or 100.00, or anything from 10.00 to 1,000.00, with gratuity."""
    values: dict[str, Any] = {
        "slug": "any-amount",
        "kind": OfferingKind.AMOUNT,
        "title": "An amount of your choice",
        "presets": (5_000, 10_000),
        "amount_min": 1_000,
        "amount_max": 100_000,
        "tax": SALES_TAX,
        "gratuity": Gratuity(percents=(Decimal(15), Decimal(20)), tip_max=10_000),
        "validity": Validity(months=12),
    }
    return OfferingDraft(**values | given)


def a_package(**given: Any) -> OfferingDraft:
    """An hour's massage at 120.00."""
    values: dict[str, Any] = {
        "slug": "massage",
        "kind": OfferingKind.PACKAGE,
        "title": "1 hr Massage",
        "price": 12_000,
    }
    return OfferingDraft(**values | given)


def an_offering(draft: OfferingDraft | None = None, *, currency: str = "USD", taken: int = 0) -> Offering:
    """What a draft is once it stands, without a database."""
    values: dict[str, Any] = {name: getattr(draft or a_draft(), name) for name in OfferingDraft.__struct_fields__}
    values |= {"merchant_id": UUID(int=1), "offering_id": uuid4(), "currency": currency, "taken": taken}
    return Offering(**values, created_at=NOW, changed_at=NOW)


def a_promo(**given: Any) -> PromoCode:
    """10 % off everything, without a database."""
    values: dict[str, Any] = {
        "code": "SPRING",
        "percent": None if "amount" in given else Decimal(10),
        "merchant_id": UUID(int=1),
        "promo_id": uuid4(),
        "currency": "USD",
        "created_at": NOW,
    }
    return PromoCode(**values | given)


async def on_sale(database: Database, merchant: Merchant, draft: OfferingDraft | None = None) -> Offering:
    """Put something on sale."""
    async with database.transaction() as connection:
        return await add_offering(connection, merchant.merchant_id, draft or a_draft(), money=merchant.money, now=NOW)


async def a_code(database: Database, merchant: Merchant, **given: Any) -> PromoCode:
    """Make a promo code: 10 % off, unless said otherwise."""
    values: dict[str, Any] = {"code": "SPRING", "percent": None if "amount" in given else Decimal(10)}
    async with database.transaction() as connection:
        draft = PromoDraft(**values | given)
        return await add_promo(connection, merchant.merchant_id, draft, money=merchant.money, now=NOW)


async def offering_now(database: Database, offering: Offering) -> Offering:
    """The offering as it stands now."""
    async with database.connection() as connection:
        return await find_offering(connection, offering.merchant_id, offering.slug)


async def promo_now(database: Database, promo: PromoCode) -> PromoCode:
    """The promo code as it stands now."""
    async with database.connection() as connection:
        return await find_promo(connection, promo.merchant_id, promo.code)


def a_picture_file(
    width: int = 800, height: int = 600, *, kind: str = "JPEG", mode: str = "RGB", **options: Any
) -> bytes:
    """The bytes of a picture: red at the left, blue at the right."""
    image = Image.new(mode, (width, height), "red")
    image.paste("blue", (width // 2, 0, width, height))
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()
