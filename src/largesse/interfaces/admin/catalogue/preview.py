"""The certificate as it would be printed of what is being edited: a picture behind an address of the office.

The address holds what is to be drawn, signed for the merchant; nothing of it is kept.
"""

from typing import Final

import msgspec
from litestar import MediaType, Response

from largesse.domain.catalog import Design, Offering, OfferingDraft, OfferingKind, Theme, ThemeWords, Words
from largesse.domain.merchants import Merchant
from largesse.interfaces.admin.front import Answer, Caller, StaffFront
from largesse.kernel.currency import Currency
from largesse.kernel.numbers import make_sample_number
from largesse.kernel.tokens import TokenKind, TokenRefused
from largesse.services.catalog import as_offering, logo_of
from largesse.services.checkout import Sketch, preview_face

_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; img-src data:; style-src 'unsafe-inline'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "private, max-age=600",
    "Vary": "Cookie",
}
_USUAL_UNITS: Final = 50


class _Drawn(msgspec.Struct, frozen=True, array_like=True):
    """What is drawn: an offering and a theme, with the words of one language alone."""

    offering: OfferingDraft
    theme: Theme
    locale: str
    amount: int


_KIND: Final = TokenKind("office-preview", _Drawn)


def preview_address(
    front: StaffFront, merchant: Merchant, offering: OfferingDraft, theme: Theme, *, language: str
) -> str:
    """Return the address of the certificate of an offering in the look of a theme; what is too long is cut."""
    shown = msgspec.structs.replace(
        offering,
        title=offering.title[:120],
        description="",
        terms=offering.terms[:600],
        translations=_words_of(offering, language),
        presets=(),
        redemption_rates=(),
        bonus=None,
    )
    own = theme.translations.get(language, ThemeWords())
    dress = msgspec.structs.replace(
        theme,
        about="",
        how_to_redeem=theme.how_to_redeem[:240],
        translations={language: ThemeWords(how_to_redeem=(own.how_to_redeem or "")[:240] or None)},
    )
    drawn = _Drawn(shown, dress, language, _amount_of(offering, merchant.money))
    token = _KIND.sign(front.deps.keyring, drawn, bound_to=merchant.merchant_id.bytes)
    return f"/admin/{merchant.slug}/catalogue/preview.svg?key={token}"


def sample_offering(merchant: Merchant) -> OfferingDraft:
    """Return an offering to show a theme with, where nothing is on sale yet."""
    return OfferingDraft(slug="sample", kind=OfferingKind.AMOUNT, title=merchant.name)


class CataloguePreview:
    """Answer with certificates of what is being edited."""

    def __init__(self, front: StaffFront) -> None:
        self._deps = front.deps

    async def draw(self, caller: Caller) -> Answer:
        """Return the picture."""
        merchant = caller.merchant
        assert merchant is not None
        try:
            drawn = _KIND.read(
                self._deps.keyring, caller.request.query_params.get("key", ""), bound_to=merchant.merchant_id.bytes
            )
        except TokenRefused:
            return Response(b"This address is not one of ours.\n", status_code=422, media_type=MediaType.TEXT)
        now = self._deps.clock.now()
        async with self._deps.database.connection() as connection:
            logo = await logo_of(connection, merchant, drawn.theme)
        offering = as_offering(merchant, merchant.merchant_id, drawn.offering, None, now=now)
        face = preview_face(
            merchant,
            drawn.theme,
            offering,
            Sketch(design=_design(offering), locale=drawn.locale, amount=drawn.amount),
            number=make_sample_number(merchant.prefix),
            logo=logo,
            base_url=self._deps.base_url,
            now=now,
        )
        content = await self._deps.typesetter.preview_svg(face)
        return Response(content, headers=_HEADERS, media_type="image/svg+xml")


def _words_of(offering: OfferingDraft, language: str) -> dict[str, Words]:
    own = offering.translations.get(language, Words())
    return {language: Words(title=(own.title or "")[:120] or None, terms=(own.terms or "")[:600] or None)}


def _amount_of(offering: OfferingDraft, money: Currency) -> int:
    if offering.price:
        return offering.price
    if offering.presets:
        return offering.presets[min(1, len(offering.presets) - 1)]
    return offering.amount_min or _USUAL_UNITS * money.units


def _design(offering: Offering) -> Design:
    return offering.design_choices[0]
