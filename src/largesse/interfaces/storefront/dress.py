"""What the pages about certificates share: the merchant's brand, and how a PDF is answered with."""

from typing import Final

import msgspec
from litestar import Response

from largesse.domain.legal_texts import LegalTexts
from largesse.domain.merchants import Merchant
from largesse.interfaces.storefront.pictures import picture_url
from largesse.services.gifts import Dress
from largesse.services.merchants import SellerIdentity
from largesse.services.withdrawals import WITHDRAWAL_PATH
from largesse.ui import Brand, Imprint, LegalLink, Templates
from largesse.web.headers import security_headers
from largesse.web.responses import attachment

_LOGO_WIDTH: Final = 320


def brand_of(merchant: Merchant, dress: Dress) -> Brand:
    """Return whose page it is."""
    logo = dress.logo
    width = _LOGO_WIDTH if logo is not None and _LOGO_WIDTH in logo.widths else None
    return Brand(
        name=merchant.name,
        accent=dress.theme.accent,
        home=f"/{merchant.slug}",
        icons=f"/{merchant.slug}/icon",
        english=merchant.english,
        logo=picture_url(logo, width=width, fallback=False) if logo is not None else None,
        imprint=imprint_of(dress.seller),
        legal=legal_links(merchant, dress.texts, withdraws=dress.withdraws),
    )


def imprint_of(seller: SellerIdentity | None) -> Imprint | None:
    """Return what a page's foot says of who sells."""
    return None if seller is None else Imprint(**msgspec.structs.asdict(seller))


def legal_links(merchant: Merchant, texts: LegalTexts, *, withdraws: bool) -> tuple[LegalLink, ...]:
    """Return where the texts of a merchant are read, and where its buyers withdraw."""
    read = [LegalLink(kind=kind.value, href=f"/{merchant.slug}/legal/{kind.value}") for kind in texts.kinds]
    done = [LegalLink(kind="withdraw", href=f"/{merchant.slug}/{WITHDRAWAL_PATH}")] if withdraws else []
    return tuple(read + done)


def pdf_answer(file_name: str, content: bytes, templates: Templates) -> Response[bytes]:
    """Return a certificate as a download that nothing on the way keeps."""
    return file_answer(file_name, content, "application/pdf", templates)


def file_answer(file_name: str, content: bytes, media_type: str, templates: Templates) -> Response[bytes]:
    """Return a file about a certificate as a download that nothing on the way keeps (RFC 6266, RFC 8187)."""
    headers = {
        **security_headers(https=templates.https),
        "Content-Disposition": attachment(file_name),
        "X-Robots-Tag": "noindex, nofollow",
    }
    return Response(content, media_type=media_type, headers=headers)
