"""What search engines and messengers are told of a page: its address in each language, a picture, what it sells."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final

import msgspec
from markupsafe import Markup

from largesse.domain.catalog import Availability, Offering, OfferingKind, Picture
from largesse.interfaces.storefront.pictures import picture_url
from largesse.interfaces.storefront.shops import Shop
from largesse.kernel.currency import Currency
from largesse.ui import LANGUAGES, Voice

_DESCRIPTION_MAX: Final = 200
_IN_SCRIPT: Final = {ord("<"): "\\u003c", ord(">"): "\\u003e", ord("&"): "\\u0026"}
"""What could end the element that the data stands in, as JSON may write it, too."""
_SCHEMA: Final = "https://schema.org"


class Findable(msgspec.Struct, frozen=True, kw_only=True):
    """What the head of a page tells of it. `language` is the one that its address names, "" where it names none."""

    title: str
    description: str
    address: str
    language: str
    site_name: str
    picture: Mapping[str, object] | None
    data: Markup

    @property
    def canonical(self) -> str:
        """Return the address that this page is known by."""
        return f"{self.address}?lang={self.language}" if self.language else self.address

    @property
    def alternates(self) -> Sequence[tuple[str, str]]:
        """Return the page's addresses by language, and the one that asks the browser."""
        return [*((one, f"{self.address}?lang={one}") for one in LANGUAGES), ("x-default", self.address)]


def shop_findable(shop: Shop, offerings: Sequence[Offering], voice: Voice, *, base_url: str, language: str) -> Findable:
    """Return what is told of a shop."""
    listed = [
        {
            "@type": "ListItem",
            "position": place,
            "url": f"{base_url}{shop.path}/gift/{one.slug}",
            "name": _title(one, voice),
        }
        for place, one in enumerate(offerings, 1)
    ]
    picture = next((known for one in offerings if (known := shop.picture_of(one))), None)
    return Findable(
        title=voice.t("Gift certificates"),
        description=voice.t(
            "Give a certificate of {merchant}: choose the amount and the words, and it arrives by e-mail or from your "
            "own printer.",
            merchant=shop.merchant.name,
        ),
        address=f"{base_url}{shop.path}",
        language=language,
        site_name=shop.merchant.name,
        picture=_picture(picture, base_url),
        data=_data({"@type": "ItemList", "name": voice.t("Gift certificates"), "itemListElement": listed}),
    )


def offering_findable(
    shop: Shop, offering: Offering, voice: Voice, *, base_url: str, language: str, availability: Availability
) -> Findable:
    """Return what is told of an offering, with its price."""
    address, title = f"{base_url}{shop.path}/gift/{offering.slug}", _title(offering, voice)
    own = " ".join((offering.words(voice.language).description or "").split())
    shown = own if len(own) <= _DESCRIPTION_MAX else f"{own[: _DESCRIPTION_MAX - 1].rstrip()}…"
    description = shown or voice.t("{title}: a present from {merchant}.", title=title, merchant=shop.merchant.name)
    picture = _picture(shop.picture_of(offering), base_url)
    product = {
        "@type": "Product",
        "name": title,
        "description": description,
        "brand": {"@type": "Brand", "name": shop.merchant.name},
        "offers": _offers(offering, address, availability),
    }
    return Findable(
        title=title,
        description=description,
        address=address,
        language=language,
        site_name=shop.merchant.name,
        picture=picture,
        data=_data(product | ({"image": picture["src"]} if picture else {})),
    )


def _offers(offering: Offering, address: str, availability: Availability) -> Mapping[str, object]:
    known = {Availability.OPEN: "InStock", Availability.SOLD_OUT: "SoldOut"}
    offer = {
        "url": address,
        "priceCurrency": offering.money.code,
        "availability": f"{_SCHEMA}/{known.get(availability, 'OutOfStock')}",
    }
    if offering.kind is OfferingKind.PACKAGE:
        return {"@type": "Offer", "price": _plain(offering.price or 0, offering.money), **offer}
    amounts = [*offering.presets, *filter(None, (offering.amount_min, offering.amount_max))]
    low, high = (_plain(pick(amounts, default=0), offering.money) for pick in (min, max))
    return {"@type": "AggregateOffer", "lowPrice": low, "highPrice": high, **offer}


def _title(offering: Offering, voice: Voice) -> str:
    return offering.words(voice.language).title or offering.title


def _plain(minor: int, money: Currency) -> str:
    """Return an amount as programs read it."""
    return f"{Decimal(minor).scaleb(-money.exponent):f}"


def _picture(picture: Picture | None, base_url: str) -> Mapping[str, object] | None:
    if picture is None:
        return None
    width = picture.widths[-1]
    return {
        "src": base_url + picture_url(picture, width=width),
        "width": width,
        "height": max(1, round(picture.height * width / picture.width)),
        "alt": picture.alt,
    }


def _data(data: Mapping[str, object]) -> Markup:
    """Return data as JSON-LD that can stand within a page, whatever anybody wrote into it."""
    written = msgspec.json.encode({"@context": _SCHEMA, **data}).decode()
    return Markup(written.translate(_IN_SCRIPT))  # noqa: S704 - nothing in it can end its element
