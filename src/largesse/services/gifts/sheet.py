"""A certificate as its holder sees it: the face made from the order, the ledger and the merchant's theme, and its PDF.

A reprint says what is on the certificate now, not what was once. The number is opened here and leaves in the face only.
"""

from typing import Final

import msgspec

from largesse.db import Connection
from largesse.domain import catalog, certificates, law
from largesse.domain.catalog import (
    HOW_TO_USE_MAX,
    CertificateFace,
    Design,
    Paper,
    Theme,
    good_through_sentence,
    language_of,
    receipt_sentence,
    tax_sentence,
    words_for,
)
from largesse.domain.certificates import CertificateUnknown
from largesse.domain.law import Demand
from largesse.domain.merchants import Merchant
from largesse.domain.orders import Order, phone_as_read
from largesse.kernel import free_text
from largesse.kernel.conventions import written_in
from largesse.kernel.currency import currency
from largesse.kernel.money import Money
from largesse.kernel.numbers import in_groups
from largesse.kernel.tax import TaxTreatment
from largesse.services.gifts.dependencies import GiftDependencies
from largesse.services.gifts.state import Standing
from largesse.ui import speak

REDEEM_PATH: Final = "/gifts/redeem.html"
_DESIGN: Final = Design.BOTANICAL  # where nobody chose


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """A certificate ready to be typeset, and what it is called as a file.

    `home_paper` is what the printers of the merchant and its customers hold.
    """

    face: CertificateFace
    file_name: str
    home_paper: Paper = Paper.A4

    def __repr__(self) -> str:
        """Leave the number out: it is a bearer secret."""
        return f"Sheet({self.file_name!r})"


def redeem_url(deps: GiftDependencies, number: str) -> str:
    """Return the page of a certificate, which is what its QR code says."""
    return f"{deps.base_url}{REDEEM_PATH}?code={number}"


async def sheet_of(
    connection: Connection, deps: GiftDependencies, merchant: Merchant, standing: Standing, *, locale: str = "en"
) -> Sheet:
    """Return the sheet of a certificate, in the language and design of its order; in `locale` where it has none.

    Raises:
        CertificateUnknown: it has no number.
        SecretUnreadable: the number's key is gone.
    """
    one = standing.certificate
    numbers = await certificates.open_numbers(connection, deps.keyring, merchant.merchant_id, [one.certificate_id])
    if one.certificate_id not in numbers:
        raise CertificateUnknown
    theme = await catalog.theme_of(connection, merchant.merchant_id)
    logo = await catalog.printable_logo(connection, merchant.merchant_id)
    terms = await _terms(connection, standing.order)
    language = language_of(standing.order.locale if standing.order else locale)
    locale = written_in(language, merchant.english)
    number = numbers[one.certificate_id]
    sheet = _sheet(deps, merchant, standing, theme, number=number, locale=locale, logo=logo, terms=terms)
    receipt = await _receipt(connection, merchant, standing, sheet.face.locale)
    return msgspec.structs.replace(sheet, face=msgspec.structs.replace(sheet.face, receipt=receipt))


def tax_words(tax: TaxTreatment, locale: str) -> str:
    """Return what a certificate says of the tax that its price included, in the language of `locale`."""
    return tax_sentence(tax, speak(language_of(locale)).percent(tax.rate), locale)


def where_of(theme: Theme) -> str:
    """Return on one line where a merchant's certificates can be used: address, telephone and website."""
    website = theme.website.partition("://")[2].rstrip("/") or theme.website
    parts = (*theme.address.splitlines(), phone_as_read(theme.phone) if theme.phone else "", website)
    return " · ".join(part.strip() for part in parts if part.strip())


def home_paper(merchant: Merchant) -> Paper:
    """Return the paper that a certificate of a merchant is printed on at home."""
    return Paper(merchant.paper.value)


async def typeset(deps: GiftDependencies, sheet: Sheet, paper: Paper | None = None) -> bytes:
    """Return the PDF of a sheet; on no particular `paper`, on that which is printed on at home."""
    return await deps.typesetter.typeset(sheet.face, paper or sheet.home_paper)


async def pictured(deps: GiftDependencies, sheet: Sheet) -> bytes:
    """Return the picture of a sheet, as a PNG that is small enough to go with a mail."""
    return await deps.typesetter.picture_png(sheet.face)


async def _terms(connection: Connection, order: Order | None) -> str:
    if order is None or order.offering_id is None:
        return ""
    found = await catalog.offerings_of(connection, order.merchant_id, [order.offering_id])
    return (found[order.offering_id].words(order.locale).terms or "") if order.offering_id in found else ""


async def _receipt(connection: Connection, merchant: Merchant, standing: Standing, locale: str) -> str:
    """Return the words of a gift receipt where the merchant's law profile demands one, else nothing."""
    one = standing.certificate
    first = min((lot.first_issued_at for lot in one.lots), default=one.issued_at).astimezone(merchant.zone).date()
    found = await law.law_of(connection, merchant.merchant_id)
    demands = law.demanded(found.profile, issued_on=first) if found else ()
    return receipt_sentence(first, locale) if Demand.GIFT_RECEIPT in demands else ""


def _sheet(
    deps: GiftDependencies,
    merchant: Merchant,
    standing: Standing,
    theme: Theme,
    *,
    number: str,
    locale: str,
    logo: bytes | None,
    terms: str,
) -> Sheet:
    one, order = standing.certificate, standing.order
    voice, money = speak(locale), currency(one.currency)
    face = CertificateFace(
        merchant_name=merchant.name,
        design=_design(order),
        to=named(order) if order else "",
        sender=(merchant.name if order.bonus_of else order.from_message) if order else "",
        message=order.message if order else "",
        amount=voice.money(Money(one.balance, money)),
        gratuity=voice.money(Money(one.gratuity_balance, money)) if one.gratuity_balance else "",
        description=order.description if order else "",
        number=in_groups(number),
        barcode_text=number,
        redeem_url=redeem_url(deps, number),
        good_through=good_through_sentence(one.good_through, locale),
        locale=locale,
        accent=theme.accent,
        logo=logo,
        terms=terms,
        how_to_use=(theme.words(locale).how_to_redeem or words_for(locale).default_how_to_use)[:HOW_TO_USE_MAX],
        where=where_of(theme),
        order_number=one.order_number or "",
        tax=tax_words(order.tax_treatment, locale) if order else "",
        sample=merchant.is_demo,
    )
    file_name = _file_name(words_for(locale).title, merchant, one.order_number)
    return Sheet(face=face, file_name=file_name, home_paper=home_paper(merchant))


def as_bought(sheet: Sheet, order: Order) -> Sheet:
    """Return the sheet of a certificate as its order bought it. Pure."""
    voice, money = speak(sheet.face.locale), currency(order.currency)
    face = msgspec.structs.replace(
        sheet.face,
        amount=voice.money(Money(order.amount, money)),
        gratuity=voice.money(Money(order.tip, money)) if order.tip else "",
    )
    return msgspec.structs.replace(sheet, face=face)


def named(order: Order) -> str:
    """Return whom a certificate is for; a bonus has its buyer's name, whole, whatever the order post has room for."""
    return order.recipient_first_name if order.bonus_of else order.to_message or order.recipient_first_name


def _design(order: Order | None) -> Design:
    return Design(order.design) if order is not None and order.design in set(Design) else _DESIGN


def _file_name(title: str, merchant: Merchant, order_number: str | None) -> str:
    """Return a name that says whose it is and tells several apart: `Gift certificate Corner Spa GL-7K2M9QXR4T.pdf`."""
    kept = "".join(symbol for symbol in merchant.name if symbol.isalnum() or symbol in " -&").strip()
    return " ".join(part for part in (title, free_text.shortened(kept, 60), order_number or "") if part) + ".pdf"
