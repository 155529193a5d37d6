"""The colours of a certificate: paper, ink, one accent and what can be mixed from them.

A merchant may choose any accent, lemon yellow too. What is read must still be readable, so words are never set in the
raw accent but in `accent_ink`, the same hue darkened until it stands out from the paper as WCAG 2.2 AA asks of ordinary
text (4.5 : 1).
"""

import re
from typing import TypeAlias

import msgspec

from largesse.ui import TEXT_CONTRAST_MIN, contrast

Rgb: TypeAlias = tuple[int, int, int]

PAPER: Rgb = (253, 251, 246)
INK: Rgb = (29, 27, 25)
_HEX = re.compile(r"#[0-9a-fA-F]{6}")


class Inks(msgspec.Struct, frozen=True, kw_only=True):
    """The colours that a design draws with, each as `#rrggbb`."""

    paper: str
    ink: str
    soft_ink: str
    accent: str
    accent_ink: str
    mid: str
    tint: str
    faint: str
    night: str
    dusk: str


def palette_of(accent: str) -> Inks:
    """Mix every colour of a certificate from the merchant's `accent`, `#rrggbb` as `CertificateFace` checks it."""
    if not _HEX.fullmatch(accent):
        message = "an accent is written #rrggbb"
        raise ValueError(message)
    hue = (int(accent[1:3], 16), int(accent[3:5], 16), int(accent[5:7], 16))
    readable = readable_on(PAPER, hue)
    night = mix(readable, (12, 18, 34), 0.62)
    return Inks(
        paper=_hex(PAPER),
        ink=_hex(INK),
        soft_ink=_hex(mix(INK, PAPER, 0.32)),
        accent=_hex(hue),
        accent_ink=_hex(readable),
        mid=_hex(mix(readable, PAPER, 0.45)),
        tint=_hex(mix(readable, PAPER, 0.82)),
        faint=_hex(mix(readable, PAPER, 0.91)),
        night=_hex(night),
        dusk=_hex(mix(night, readable, 0.45)),
    )


def readable_on(paper: Rgb, colour: Rgb) -> Rgb:
    """Return `colour`, darkened towards ink in small steps until it can be read on `paper`."""
    for step in range(21):
        candidate = mix(colour, INK, step / 20)
        if contrast(_hex(candidate), _hex(paper)) >= TEXT_CONTRAST_MIN:
            return candidate
    return INK


def mix(one: Rgb, other: Rgb, share: float) -> Rgb:
    """Return `one` with `share` (0 to 1) of `other` mixed in."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def _hex(colour: Rgb) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)
