"""What a merchant copies into the pages of another web site: an address of the shop, and a button that leads there.

Each tag stands on one line and no line is empty: systems that make paragraphs of lines leave it whole.
"""

from html import escape
from typing import Final
from urllib.parse import quote, urlencode

import msgspec

from largesse.ui import palette

_STYLE: Final = (
    "display:inline-block;padding:0.75em 1.5em;border-radius:3px;background:{fill};color:{ink};"
    "font-weight:600;text-decoration:none"
)

_EMBEDDED: Final = "largesse-gift"


class LinkChoice(msgspec.Struct, frozen=True, kw_only=True):
    """What a link chooses: an offering by its slug, an amount as links write it, a language; each may be empty."""

    offering: str = ""
    amount: str = ""
    language: str = ""


def address_of(shop: str, chosen: LinkChoice) -> str:
    """Return the address that leads to `shop` (an address without a slash at its end) with a choice made."""
    path = f"{shop}/gift/{quote(chosen.offering, safe='')}" if chosen.offering else shop
    query = urlencode([(name, text) for name, text in (("amount", chosen.amount), ("lang", chosen.language)) if text])
    return f"{path}?{query}" if query else path


def link_of(address: str, words: str) -> str:
    """Return a plain link, which looks as the page that it stands on wants."""
    return f'<a href="{escape(address)}">{escape(words)}</a>'


def button_of(address: str, words: str, *, accent: str, embedded: bool = False) -> str:
    """Return a link that looks like a button of the shop, in its colour, wherever it stands.

    One that is `embedded` is what the kit puts the form in place of.
    """
    colours = palette(accent, dark=False)
    style = _STYLE.format(fill=colours.accent, ink=colours.on_accent)
    kind = f'class="{_EMBEDDED}" ' if embedded else ""
    return f'<a {kind}href="{escape(address)}" style="{style}">{escape(words)}</a>'


def kit_of(address: str, integrity: str) -> str:
    """Return what loads the kit, which is refused where it is not the one whose hash stands here."""
    source, proof = escape(address), escape(integrity)
    return f'<script async src="{source}" integrity="{proof}" crossorigin="anonymous"></script>'
