"""What typst is given for one page: a face turned into the strings of `sys.inputs`.

Everything a person typed goes into one JSON value and three drawings made here. None of it ever becomes typst source,
so nothing in it can be evaluated, include a file or break the page.
"""

import base64
import io
from functools import lru_cache
from typing import Final

import msgspec
from PIL import Image

from largesse.adapters.typeset import plain_text
from largesse.adapters.typeset.art import draw
from largesse.adapters.typeset.errors import TypesettingFailed
from largesse.adapters.typeset.fonts import EMOJI, Shelf
from largesse.adapters.typeset.palette import Inks, palette_of
from largesse.adapters.typeset.slim import small_logo
from largesse.domain.catalog import (
    CertificateFace,
    Design,
    Paper,
    gratuity_sentence,
    language_of,
    logo_type,
    order_sentence,
    words_for,
)
from largesse.ui import barcode_quiet_share, barcode_svg, qr_quiet_share, qr_svg

_BODY: Final = "Source Sans Pro"
_DISPLAY: Final = {
    Design.ENGRAVED: "Libertinus Serif",
    Design.BOTANICAL: "Source Serif Pro",
    Design.GEOMETRIC: "Hanken Grotesk",
    Design.LETTERPRESS: "Libertinus Serif",
    Design.WINTER: "Source Serif Pro",
}


class Faces(msgspec.Struct, frozen=True, kw_only=True):
    """The families of a page, each with those that stand in for it."""

    display: list[str]
    body: list[str]


class Typed(msgspec.Struct, frozen=True, kw_only=True):
    """What people typed, fit to print; the only strings of a page that may hold any character at all."""

    merchant: str
    to: str
    sender: str
    message: str
    amount: str
    gratuity: str
    description: str
    good_through: str
    how_to_use: str
    terms: str
    where: str
    order: str


class TypesetSheet(msgspec.Struct, frozen=True, kw_only=True):
    """One page as the templates read it."""

    typed: Typed
    design: Design
    paper: Paper
    drawn: bool
    language: str
    palette: Inks
    fonts: Faces
    emoji_face: str | None
    message_dir: str
    message_dirs: tuple[str, ...]  # of each line of the message
    number: str
    redeem_url: str
    qr_quiet: float  # the quiet zone on one side, as a share of the width without it
    barcode_quiet: float
    sample: bool
    title: str
    to_label: str
    sender_label: str
    number_label: str
    how_label: str
    where_label: str
    terms_label: str
    scan: str
    fold: str
    sample_word: str
    sample_note: str
    qr_alt: str
    barcode_alt: str
    logo_alt: str  # with {merchant}


def sheet_of(face: CertificateFace, paper: Paper, shelf: Shelf, *, drawn: bool) -> TypesetSheet:
    """Return the page of `face` on `paper`; not `drawn` leaves the art out, for a caller that puts it beneath."""
    words = words_for(face.locale)
    region = plain_text.cjk_region(face.message + face.to + face.sender + face.merchant_name)
    return TypesetSheet(
        typed=_typed(face),
        design=face.design,
        paper=paper,
        drawn=drawn,
        language=language_of(face.locale),
        palette=_palette(face, paper),
        fonts=Faces(display=shelf.after(_DISPLAY[face.design], region), body=shelf.after(_BODY, region)),
        emoji_face=EMOJI if shelf.has_emoji else None,
        message_dir=plain_text.direction(face.message),
        message_dirs=tuple(map(plain_text.direction, plain_text.paragraph(face.message).split("\n"))),
        number=face.number,
        redeem_url=face.redeem_url,
        qr_quiet=qr_quiet_share(face.redeem_url),
        barcode_quiet=barcode_quiet_share(face.barcode_text),
        sample=face.sample,
        title=words.title,
        to_label=words.to,
        sender_label=words.sender,
        number_label=words.number,
        how_label=words.how_to_use,
        where_label=words.where,
        terms_label=words.terms,
        scan=words.scan,
        fold=words.fold,
        sample_word=words.sample,
        sample_note=words.sample_note,
        qr_alt=words.qr_alt,
        barcode_alt=words.barcode_alt,
        logo_alt=words.logo_alt,
    )


def drawings_of(face: CertificateFace, paper: Paper, *, drawn: bool) -> dict[str, str]:
    """Return the pictures of a page by their names in `sys.inputs`: the codes, and the art and logo if any.

    Where the art is not `drawn`, the page is a preview, and the logo as large as a preview shows it.
    """
    pictures = {"qr": qr_svg(face.redeem_url), "barcode": barcode_svg(face.barcode_text)}
    if drawn:
        pictures["art"] = draw(face.design, _palette(face, paper), beside_logo=face.logo is not None)
    if face.logo is not None:
        pictures["logo"] = _logo_svg(face.logo, small=not drawn)
    return pictures


def _palette(face: CertificateFace, paper: Paper) -> Inks:
    """Return the colours of a page: at home the sheet itself is the paper, and no ink is spent on imitating it."""
    palette = palette_of(face.accent)
    return palette if paper is Paper.A5 else msgspec.structs.replace(palette, paper="#ffffff")


@lru_cache(maxsize=16)
def _logo_svg(logo: bytes, *, small: bool) -> str:
    """Wrap a logo in an SVG: typst's inputs are strings, and this is how a string holds a picture."""
    width, height = _pixels(logo)
    if small:
        logo = _small(logo)
    coded = base64.b64encode(logo).decode()
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">'
        f'<image width="{width}" height="{height}" href="data:{logo_type(logo)};base64,{coded}"/></svg>'
    )


def _small(logo: bytes) -> bytes:
    try:
        return small_logo(logo)
    except (OSError, ValueError, SyntaxError) as error:  # Pillow's own, for a PNG that breaks off
        raise TypesettingFailed from error


def _pixels(logo: bytes) -> tuple[int, int]:
    """Return how many pixels a logo is wide and high, without decoding it.

    Raises:
        TypesettingFailed: it is not a picture after all.
    """
    try:
        with Image.open(io.BytesIO(logo)) as picture:
            return picture.size
    except (OSError, ValueError, Image.DecompressionBombError) as error:
        raise TypesettingFailed from error


def _typed(face: CertificateFace) -> Typed:
    return Typed(
        merchant=plain_text.one_line(face.merchant_name),
        to=plain_text.one_line(face.to),
        sender=plain_text.one_line(face.sender),
        message=plain_text.paragraph(face.message),
        amount=plain_text.one_line(face.amount),
        gratuity=plain_text.one_line(gratuity_sentence(face.gratuity, face.locale) if face.gratuity else ""),
        description=plain_text.one_line(face.description),
        good_through=plain_text.one_line(face.good_through),
        how_to_use=plain_text.one_line(face.how_to_use),
        terms=plain_text.one_line(face.terms),
        where=plain_text.one_line(face.where),
        order=" · ".join(
            filter(
                None,
                (
                    order_sentence(face.order_number, face.locale) if face.order_number else "",
                    face.tax,
                    plain_text.one_line(face.receipt),
                ),
            )
        ),
    )
