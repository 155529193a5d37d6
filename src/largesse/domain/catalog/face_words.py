"""The certificate's own words in every language it speaks.

A small typed table, so that a missing word is a type error rather than an English word in a French gift. The other
texts that buyers and recipients see will live in Babel catalogues; these few stand apart because the typesetter needs
them without any request or template.
"""

from collections.abc import Mapping
from datetime import date
from typing import Final

import msgspec
from babel.dates import format_date

from largesse.kernel.tax import TaxKind, TaxTreatment
from largesse.kernel.written_days import as_read


class FaceWords(msgspec.Struct, frozen=True, kw_only=True):
    """The words printed on a certificate in one language."""

    title: str
    to: str
    sender: str
    gratuity: str  # with {amount}
    number: str
    order: str  # with {number}
    tax: str  # with {rate}
    receipt: str  # with {date}
    where: str
    good_through: str  # with {date}
    no_expiry: str
    scan: str
    how_to_use: str
    terms: str
    fold: str
    sample: str
    sample_note: str
    qr_alt: str
    barcode_alt: str
    logo_alt: str  # with {merchant}
    default_how_to_use: str


WORDS: Final[dict[str, FaceWords]] = {
    "en": FaceWords(
        title="Gift certificate",
        to="For",
        sender="From",
        gratuity="plus {amount} gratuity",
        number="Certificate number",
        order="Order {number}",
        tax="Includes {rate} VAT",
        receipt="Gift receipt, issued on {date}",
        where="Where to use it",
        good_through="Good through {date}",
        no_expiry="This certificate does not expire",
        scan="Scan to see what remains",
        how_to_use="How to use it",
        terms="Terms",
        fold="fold here",
        sample="Sample",
        sample_note="This is a sample. It is worth nothing.",
        qr_alt="QR code that opens the page of this certificate",
        barcode_alt="Barcode of the certificate number",
        logo_alt="Logo of {merchant}",
        default_how_to_use=(
            "Show this certificate when you pay, on paper or on your phone. You need not spend it all at once."
        ),
    ),
    "es": FaceWords(
        title="Certificado de regalo",
        to="Para",
        sender="De",
        gratuity="más {amount} de propina",
        number="Número del certificado",
        order="Pedido {number}",
        tax="IVA del {rate} incluido",
        receipt="Recibo de regalo, emitido el {date}",
        where="Dónde se usa",
        good_through="Válido hasta el {date}",
        no_expiry="Este certificado no caduca",
        scan="Escanee para ver el saldo",
        how_to_use="Cómo se usa",
        terms="Condiciones",
        fold="doblar aquí",
        sample="Muestra",
        sample_note="Esto es una muestra. No tiene ningún valor.",
        qr_alt="Código QR que abre la página de este certificado",
        barcode_alt="Código de barras del número del certificado",
        logo_alt="Logotipo de {merchant}",
        default_how_to_use=(
            "Muestre este certificado al pagar, en papel o en el teléfono. No hace falta gastarlo de una vez."
        ),
    ),
    "fr": FaceWords(
        title="Chèque-cadeau",
        to="Pour",
        sender="De la part de",
        gratuity="plus {amount} de pourboire",
        number="Numéro du chèque-cadeau",
        order="Commande {number}",
        tax="TVA de {rate} incluse",
        receipt="Ticket cadeau, émis le {date}",
        where="Où l’utiliser",
        good_through="Valable jusqu’au {date}",
        no_expiry="Ce chèque-cadeau est valable sans limite de date",
        scan="Scannez pour voir le solde",
        how_to_use="Mode d’emploi",
        terms="Conditions",
        fold="plier ici",
        sample="Spécimen",
        sample_note="Ceci est un spécimen, sans aucune valeur.",
        qr_alt="Code QR qui ouvre la page de ce chèque-cadeau",
        barcode_alt="Code-barres du numéro du chèque-cadeau",
        logo_alt="Logo de {merchant}",
        default_how_to_use=(
            "Présentez ce chèque-cadeau au moment de payer, imprimé ou sur votre téléphone, en une ou plusieurs fois."
        ),
    ),
    "de": FaceWords(
        title="Geschenkgutschein",
        to="Für",
        sender="Von",
        gratuity="zuzüglich {amount} Trinkgeld",
        number="Gutscheinnummer",
        order="Bestellung {number}",
        tax="Inklusive {rate} MwSt.",
        receipt="Geschenkbeleg, ausgestellt am {date}",
        where="Wo er gilt",
        good_through="Gültig bis {date}",
        no_expiry="Dieser Gutschein gilt unbefristet",
        scan="Scannen und Guthaben sehen",
        how_to_use="So wird er eingelöst",
        terms="Bedingungen",
        fold="hier falten",
        sample="Muster",
        sample_note="Dies ist ein Muster ohne jeden Wert.",
        qr_alt="QR-Code, der die Seite dieses Gutscheins öffnet",
        barcode_alt="Strichcode der Gutscheinnummer",
        logo_alt="Logo von {merchant}",
        default_how_to_use=(
            "Zeigen Sie diesen Gutschein beim Bezahlen vor, auf Papier oder auf dem Telefon. "
            "Er lässt sich auch in Teilen einlösen."
        ),
    ),
}

_FALLBACK: Final = "en"
# By locale, then by language. CLDR's English is American, which is written only where the merchant asks for it.
_FULL: Final = {"en-US": "EEEE, MMMM d, y", "en": "EEEE, d MMMM y"}
_LONG: Final = {"en-US": "MMMM d, y", "en": "d MMMM y"}


def language_of(locale: str) -> str:
    """Return the language of the words of `locale` (`fr`, `fr-CA`, `de_AT`): English where we have no other."""
    language = locale.replace("_", "-").partition("-")[0].lower()
    return language if language in WORDS else _FALLBACK


def words_for(locale: str) -> FaceWords:
    """Return the words of a face of `locale`."""
    return WORDS[language_of(locale)]


def good_through_sentence(good_through: date | None, locale: str) -> str:
    """Return "Good through Sunday, 21 November 2027", or that there is no last day."""
    words = words_for(locale)
    if good_through is None:
        return words.no_expiry
    language = language_of(locale)
    weekday_and_date, day_to_year = (
        as_read(format_date(good_through, format=pattern, locale=language), language=language)
        for pattern in (_pattern(_FULL, locale, "full"), _pattern(_LONG, locale, "long"))
    )
    # A line may end after the weekday, never within "21 November 2027".
    return words.good_through.format(date=weekday_and_date.replace(day_to_year, day_to_year.replace(" ", "\u00a0")))


def gratuity_sentence(amount: str, locale: str) -> str:
    """Return the words for a gratuity of `amount`, already written for people."""
    return words_for(locale).gratuity.format(amount=amount)


def tax_sentence(tax: TaxTreatment, rate: str, locale: str) -> str:
    """Return what tax the price of a certificate included, `rate` written for people; "" where it included none."""
    return words_for(locale).tax.format(rate=rate) if tax.kind is TaxKind.SINGLE_PURPOSE and tax.rate else ""


def receipt_sentence(issued_on: date, locale: str) -> str:
    """Return the words that make a certificate a gift receipt as well."""
    language = language_of(locale)
    pattern = _pattern(_LONG, locale, "long")
    day = as_read(format_date(issued_on, format=pattern, locale=language), language=language)
    return words_for(locale).receipt.format(date=day)


def order_sentence(number: str, locale: str) -> str:
    """The words that name the order a certificate was bought with."""
    return words_for(locale).order.format(number=number)


def _pattern(patterns: Mapping[str, str], locale: str, otherwise: str) -> str:
    """Return how a locale writes a day; American English is no other than `en-US`, which a merchant asks for."""
    return patterns.get(locale) or patterns.get(language_of(locale), otherwise)
