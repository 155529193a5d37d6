"""What stands on a certificate that a person holds: the values that the PDF and the live preview are made from.

A face is words, not amounts: whoever makes one has already written money and dates in the reader's language (Babel), so
that a printer of faces needs neither a database nor a clock. It carries the certificate's number in clear, because it
is printed; its `repr` does not.
"""

import re
from enum import StrEnum
from typing import Final

import msgspec

from largesse.kernel.errors import FieldError, InvalidInput

NAME_MAX: Final = 120  # longer names are set smaller
WHERE_MAX: Final = 600
ORDER_NUMBER_MAX: Final = 20
TAX_MAX: Final = 60
RECEIPT_MAX: Final = 80
AMOUNT_MAX: Final = 40
MESSAGE_MAX: Final = 200
MERCHANT_NAME_MAX: Final = 120
DESCRIPTION_MAX: Final = 120
SENTENCE_MAX: Final = 160
TERMS_MAX: Final = 600
HOW_TO_USE_MAX: Final = 240
LOGO_BYTES_MAX: Final = 512 * 1024
REDEEM_URL_MAX: Final = 300

_ACCENT = re.compile(r"#[0-9a-fA-F]{6}")
_GROUPS = re.compile(r"[0-9A-Z]+(?:-[0-9A-Z]+)*")
_BARCODE = re.compile(r"[ -~]{1,40}")
_URL = re.compile(r"https?://[!-~]+")
_LOCALE = re.compile(r"[a-z]{2,3}([-_][A-Za-z0-9]{2,8})*")
_LOGO_SIGNATURES: Final = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}

_LIMITS: Final = {
    "merchant_name": MERCHANT_NAME_MAX,
    "to": NAME_MAX,
    "sender": NAME_MAX,
    "message": MESSAGE_MAX,
    "description": DESCRIPTION_MAX,
    "amount": AMOUNT_MAX,
    "gratuity": AMOUNT_MAX,
    "good_through": SENTENCE_MAX,
    "where": WHERE_MAX,
    "order_number": ORDER_NUMBER_MAX,
    "tax": TAX_MAX,
    "receipt": RECEIPT_MAX,
    "terms": TERMS_MAX,
    "how_to_use": HOW_TO_USE_MAX,
    "redeem_url": REDEEM_URL_MAX,
}


class Design(StrEnum):
    """The designs a buyer may choose from, all drawn by the project."""

    ENGRAVED = "engraved"  # a banknote's frame of interlaced waves
    BOTANICAL = "botanical"  # a branch in fine line
    GEOMETRIC = "geometric"  # flat shapes on a grid
    LETTERPRESS = "letterpress"  # type and two rules
    WINTER = "winter"  # firs in the snow at night


class Paper(StrEnum):
    """The sheets a certificate is typeset for."""

    A5 = "a5"  # landscape, 210 x 148 mm, to the edge: for screens and good printers
    A4 = "a4"  # portrait, 210 x 297 mm, to print at home: the certificate above the fold, how it is used below
    LETTER = "us-letter"  # the same on 216 x 279 mm

    @property
    def known_as(self) -> str:
        """Return what people call it, in every language."""
        return "Letter" if self is Paper.LETTER else self.value.upper()


class InvalidFace(InvalidInput):
    """A certificate cannot be typeset from what was given; the fields tell why."""

    code = "certificate.face.invalid"
    message = "The certificate cannot be typeset. Correct the fields listed."


class CertificateFace(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that one certificate shows.

    `accent` is `#rrggbb`. `logo` is a PNG or JPEG of at most 512 KiB, as the catalogue re-encoded it. `sender` is the
    "from" of the gift. `amount`, `gratuity` and `good_through` are written for people ("$110.00", "good through
    Saturday, 21 November 2027"); an empty `gratuity`, `description`, `terms`, `how_to_use`, `where`, `order_number`,
    `tax` or `receipt` is left out. `where` says on one line where it can be used, `tax` what tax the price included,
    `receipt` that this is a gift receipt, where the law asks for one. `number` is in
    groups (`kernel.numbers.in_groups`), `barcode_text` is what a scanner at the till should read. `sample` marks a face
    that is worth nothing. Lengths are in code points.

    Raises:
        InvalidFace: a text is longer than its limit, or the accent, logo, number, barcode text or locale has the wrong
        form.
    """

    merchant_name: str
    design: Design
    to: str
    sender: str
    message: str
    amount: str
    number: str
    barcode_text: str
    redeem_url: str
    good_through: str
    locale: str
    accent: str = "#2f5d50"
    logo: bytes | None = None
    gratuity: str = ""
    description: str = ""
    terms: str = ""
    how_to_use: str = ""
    where: str = ""
    order_number: str = ""
    tax: str = ""
    receipt: str = ""
    sample: bool = False

    def __post_init__(self) -> None:
        wrong = [*self._too_long(), *self._malformed()]
        if wrong:
            raise InvalidFace(fields=wrong)

    def __repr__(self) -> str:
        """Return which face this is without its secrets: number, barcode text and redeem URL."""
        shown = f"merchant_name={self.merchant_name!r}, design={self.design!r}, number='…{self.number[-4:]}'"
        return f"CertificateFace({shown})"

    def _too_long(self) -> list[FieldError]:
        wrong = []
        for field, limit in _LIMITS.items():
            length = len(getattr(self, field))
            if length > limit:
                advice = f"It has {length} of {limit} characters; take out {length - limit}."
                wrong.append(FieldError(field, "text.too_long", advice))
        return wrong

    def _malformed(self) -> list[FieldError]:
        rules = (
            (
                "accent",
                _ACCENT.fullmatch(self.accent),
                "Write the colour as # and six hexadecimal digits, such as #2f5d50.",
            ),
            ("number", _GROUPS.fullmatch(self.number), "Write the number in groups, such as GL-7K2M-9QXR-4T8W-HB3C."),
            ("barcode_text", _BARCODE.fullmatch(self.barcode_text), "Use 1 to 40 printable ASCII characters."),
            (
                "redeem_url",
                _URL.fullmatch(self.redeem_url),
                "Give an address that starts with https:// and has no spaces.",
            ),
            ("locale", _LOCALE.fullmatch(self.locale), "Name the language by its tag, such as en or fr-CA."),
            ("logo", self.logo is None or logo_type(self.logo), "Give the logo as a PNG or JPEG of at most 512 KiB."),
        )
        return [FieldError(field, f"{field}.malformed", advice) for field, fine, advice in rules if not fine]


def logo_type(logo: bytes) -> str | None:
    """Return the media type of a logo that can be printed, told by its first bytes, or None."""
    if len(logo) > LOGO_BYTES_MAX:
        return None
    return next((kind for signature, kind in _LOGO_SIGNATURES.items() if logo.startswith(signature)), None)
