"""What a merchant's pages show, read once and kept for a moment: a busy shop asks the database seldom.

What is kept is only shown. Whatever counts (a total, what is left, a promo code) is read anew when it matters.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Mapping
from typing import Final
from uuid import UUID

import msgspec

from largesse.domain import catalog, merchants, payments
from largesse.domain.catalog import Offering, Picture, Theme
from largesse.domain.legal_texts import LegalTexts
from largesse.domain.merchants import Merchant, MerchantUnknown
from largesse.domain.payments import PaymentInstructions
from largesse.interfaces.storefront.dependencies import StorefrontDependencies
from largesse.interfaces.storefront.dress import imprint_of, legal_links
from largesse.interfaces.storefront.pictures import picture_url
from largesse.kernel.numbers import make_sample_number
from largesse.services.catalog import drafted_shop, logo_of, may_preview
from largesse.services.merchants import embed_origins_of, legal_texts_of, offers_withdrawal, seller_of
from largesse.ui import Brand, Imprint, LegalLink

KEPT_S: Final = 2.0
SHOPS_MAX: Final = 500
_LOGO_WIDTH: Final = 320


class Shop(msgspec.Struct, frozen=True, kw_only=True):
    """A merchant, its theme, what is on sale, and the pictures of all that.

    `embed_origins` are the web sites that may show its gift form. `sample` stands in for a number. `drafted` is the
    token that led to a shop with drafts in it, which nobody can buy from; empty for the shop itself. `withdraws` is
    whether its buyers have the right to withdraw.
    """

    merchant: Merchant
    theme: Theme
    offerings: tuple[Offering, ...]
    pictures: Mapping[UUID, Picture]
    logo: bytes | None
    brand: Brand
    texts: LegalTexts
    withdraws: bool
    by_hand: PaymentInstructions | None
    embed_origins: tuple[str, ...]
    sample: str
    drafted: str = ""

    @property
    def path(self) -> str:
        """Return the address of the shop's page."""
        return f"/{self.merchant.slug}"

    def offering(self, slug: str) -> Offering | None:
        """Return what is on sale under a slug, also when it is sold out."""
        return next((one for one in self.offerings if one.slug == slug), None)

    def offering_of(self, offering_id: UUID) -> Offering | None:
        """Return what is on sale under an id."""
        return next((one for one in self.offerings if one.offering_id == offering_id), None)

    def picture_of(self, offering: Offering) -> Picture | None:
        """Return the picture of what is on sale."""
        return self.pictures.get(offering.picture_id) if offering.picture_id else None


class Shops:
    """Find shops by slug, each read at most once in `kept_s` seconds, however many ask at once."""

    def __init__(self, deps: StorefrontDependencies, *, kept_s: float = KEPT_S) -> None:
        self._deps = deps
        self._kept_s = kept_s
        self._kept: OrderedDict[str, tuple[float, asyncio.Future[Shop | None]]] = OrderedDict()
        self._samples: dict[UUID, str] = {}

    async def of(self, slug: str) -> Shop | None:
        """Return the shop of a slug, None when there is none."""
        if not merchants.could_be_slug(slug):
            return None
        read_at, kept = self._kept.get(slug, (0.0, None))
        if kept is None or time.monotonic() - read_at > self._kept_s:
            kept = asyncio.ensure_future(self._read(slug))
            self._kept[slug] = (time.monotonic(), kept)
            self._kept.move_to_end(slug)
            if len(self._kept) > SHOPS_MAX:
                self._kept.popitem(last=False)
            kept.add_done_callback(lambda done: self._forget_failure(slug, done))
        return await asyncio.shield(kept)

    async def drafted(self, shop: Shop, token: str) -> Shop:
        """Return a shop as it would be with every draft of it published, where the token leads there."""
        now, merchant = self._deps.clock.now(), shop.merchant
        if not may_preview(self._deps.keyring, merchant, token, now=now):
            return shop
        async with self._deps.database.connection() as connection:
            drafted = await drafted_shop(connection, merchant, now=now)
            theme, offerings = drafted.theme, drafted.offerings
            wanted = [one for one in (theme.logo_id, *(offering.picture_id for offering in offerings)) if one]
            pictures = await catalog.pictures_of(connection, merchant.merchant_id, wanted) if wanted else {}
            logo = await logo_of(connection, merchant, theme)
        return msgspec.structs.replace(
            shop,
            theme=theme,
            offerings=offerings,
            pictures=pictures,
            logo=logo,
            brand=_brand(merchant, theme, pictures, shop.brand.imprint, shop.brand.legal),
            drafted=token,
        )

    def forget(self, slug: str) -> None:
        """Read a shop anew when it is asked for next."""
        self._kept.pop(slug, None)

    def _forget_failure(self, slug: str, done: "asyncio.Future[Shop | None]") -> None:
        if done.cancelled() or done.exception() is not None:
            self._kept.pop(slug, None)

    async def _read(self, slug: str) -> Shop | None:
        now = self._deps.clock.now()
        async with self._deps.database.connection() as connection:
            try:
                merchant = await merchants.find_merchant(connection, slug)
            except MerchantUnknown:
                return None
            if merchant.slug != slug:  # its number is no address
                return None
            theme = await catalog.theme_of(connection, merchant.merchant_id)
            offerings = (
                await catalog.find_offerings(connection, merchant.merchant_id, now=now)
                if merchant.closed_at is None
                else []
            )
            wanted = [one.picture_id for one in offerings if one.picture_id] + (
                [theme.logo_id] if theme.logo_id else []
            )
            pictures = await catalog.pictures_of(connection, merchant.merchant_id, wanted) if wanted else {}
            seller = await seller_of(connection, merchant)
            texts = await legal_texts_of(connection, merchant)
            withdraws = await offers_withdrawal(connection, merchant, now=now)
            by_hand = await payments.instructions_of(connection, merchant.merchant_id, merchant.currency)
            embed_origins = await embed_origins_of(connection, merchant)
            logo = await catalog.printable_logo(connection, merchant.merchant_id) if theme.logo_id else None
        return Shop(
            merchant=merchant,
            theme=theme,
            offerings=tuple(offerings),
            pictures=pictures,
            logo=logo,
            brand=_brand(
                merchant, theme, pictures, imprint_of(seller), legal_links(merchant, texts, withdraws=withdraws)
            ),
            texts=texts,
            withdraws=withdraws,
            by_hand=by_hand,
            embed_origins=embed_origins,
            sample=self._samples.setdefault(merchant.merchant_id, make_sample_number(merchant.prefix)),
        )


def _brand(
    merchant: Merchant,
    theme: Theme,
    pictures: Mapping[UUID, Picture],
    imprint: Imprint | None,
    legal: tuple[LegalLink, ...],
) -> Brand:
    logo = pictures.get(theme.logo_id) if theme.logo_id else None
    return Brand(
        name=merchant.name,
        accent=theme.accent,
        home=f"/{merchant.slug}",
        icons=f"/{merchant.slug}/icon",
        english=merchant.english,
        logo=picture_url(logo, width=_LOGO_WIDTH if _LOGO_WIDTH in logo.widths else None, fallback=False)
        if logo
        else None,
        imprint=imprint,
        legal=legal,
    )


async def list_shops(deps: StorefrontDependencies) -> list[Merchant]:
    """Return every merchant that has something on sale or could have, by slug."""
    async with deps.database.connection() as connection:
        return await merchants.list_merchants(connection)
