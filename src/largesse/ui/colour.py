"""Turn the one colour that a merchant chooses into every colour that a page needs, readable in light and in dark.

A merchant may choose pale yellow. Buttons are filled with it as it is, and the page may not become unreadable for it:
from the accent follow ink to write on that fill, the edge that tells the fill from the page, the accent as ink on
paper, and a quiet tint, each moved in lightness (OKLCH, which keeps the hue to the eye) just far enough to meet WCAG
2.2 AA against everything it stands on. Neutrals and the colours of success, warning and error are the same for every
merchant.
"""

import math
import re
from collections.abc import Callable
from functools import lru_cache

import msgspec

from largesse.kernel.errors import InvalidInput

TEXT_CONTRAST_MIN = 4.5  # WCAG 2.2, 1.4.3
SHAPE_CONTRAST_MIN = 3.0  # WCAG 2.2, 1.4.11
_MARGIN = 0.05  # room for rounding to eight bits
_STEP = 0.004
_HEX = re.compile(r"#[0-9a-fA-F]{6}")

Channels = tuple[float, float, float]
Fits = Callable[[str], bool]


class InvalidAccent(InvalidInput):
    """A text is not a colour."""

    code = "look.accent.invalid"
    message = "Write the accent colour as # and six hexadecimal digits, such as #7a2e3b."


class Neutrals(msgspec.Struct, frozen=True, kw_only=True):
    """The colours that no merchant changes, of one mode. All are `#rrggbb`."""

    paper: str
    surface: str
    sunk: str
    ink: str
    ink_soft: str
    line: str
    edge: str
    good: str
    good_tint: str
    warn: str
    warn_tint: str
    bad: str
    bad_tint: str


class Palette(msgspec.Struct, frozen=True, kw_only=True):
    """Every colour of a page in one mode: the neutrals and what follows from the accent."""

    neutrals: Neutrals
    accent: str
    on_accent: str
    accent_deep: str
    accent_edge: str
    accent_ink: str
    tint: str
    tint_line: str

    def properties(self) -> dict[str, str]:
        """Return the CSS custom properties by name, without the dashes."""
        shared = {name.replace("_", "-"): value for name, value in msgspec.structs.asdict(self.neutrals).items()}
        own = {name: getattr(self, name) for name in self.__struct_fields__ if name != "neutrals"}
        return shared | {name.replace("_", "-"): value for name, value in own.items()}


LIGHT = Neutrals(
    paper="#fbf8f2",
    surface="#fffdf9",
    sunk="#f3eee4",
    ink="#211c17",
    ink_soft="#675e53",
    line="#e5ddd0",
    edge="#8f8678",
    good="#2c6142",
    good_tint="#e9f1e6",
    warn="#7a5110",
    warn_tint="#faf0d7",
    bad="#9a2b22",
    bad_tint="#fae9e4",
)
DARK = Neutrals(
    paper="#15171b",
    surface="#1d2025",
    sunk="#101215",
    ink="#e9e4da",
    ink_soft="#aca69b",
    line="#30343b",
    edge="#7b808a",
    good="#93cca5",
    good_tint="#1b2c23",
    warn="#e3be77",
    warn_tint="#30281a",
    bad="#f0a096",
    bad_tint="#38211f",
)


def parse_accent(text: str) -> str:
    """Return a colour as `#rrggbb` in lower case.

    Raises:
        InvalidAccent: it is not one.
    """
    if not _HEX.fullmatch(text.strip()):
        raise InvalidAccent
    return text.strip().lower()


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two `#rrggbb` colours, 1 to 21 (WCAG 2.2, "contrast ratio")."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@lru_cache(maxsize=512)
def palette(accent: str, *, dark: bool) -> Palette:
    """Return the palette that follows from `accent` in one mode.

    Raises:
        InvalidAccent: the accent is not `#rrggbb`.
    """
    neutrals = DARK if dark else LIGHT
    lightness, chroma, hue = _oklch(parse_accent(accent))
    away = _STEP if dark else -_STEP
    backs = (neutrals.paper, neutrals.surface, neutrals.sunk)
    tint = _hex(0.265 if dark else 0.953, min(chroma, 0.03 if dark else 0.012), hue)
    fill, on_fill = parse_accent(accent), _ink_on(parse_accent(accent))
    return Palette(
        neutrals=neutrals,
        accent=fill,
        on_accent=on_fill,
        accent_deep=_deeper(fill, on_fill),
        accent_edge=_until((lightness, chroma, hue), against=(*backs, tint), least=SHAPE_CONTRAST_MIN, away=away),
        accent_ink=_until((lightness, chroma, hue), against=(*backs, tint), least=TEXT_CONTRAST_MIN, away=away),
        tint=tint,
        tint_line=_hex(0.38 if dark else 0.86, min(chroma, 0.035), hue),
    )


def theme_css(accent: str) -> str:
    """Return the colour tokens of `accent` as CSS: as the system prefers, or the reader (`data-theme`)."""
    light, dark = (_declarations(palette(accent, dark=mode)) for mode in (False, True))
    return (
        f":root,[data-theme=light]{{color-scheme:light;{light}}}\n"
        f"@media (prefers-color-scheme:dark){{:root:not([data-theme=light]){{color-scheme:dark;{dark}}}}}\n"
        f"[data-theme=dark]{{color-scheme:dark;{dark}}}\n"
    )


def ink_on(accent: str) -> str:
    """Return the ink that is read best on an accent, for what is drawn elsewhere."""
    return _ink_on(accent)


def channels_of(colour: str) -> tuple[int, int, int]:
    """Return red, green and blue of a `#rrggbb` colour, 0 to 255."""
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return red, green, blue


def _declarations(colours: Palette) -> str:
    return ";".join(f"--{name}:{value}" for name, value in colours.properties().items())


def _ink_on(fill: str) -> str:
    """Return the ink to write on a fill: paper or ink where they can be read, else white or black, of which one can."""
    usual = max((LIGHT.surface, LIGHT.ink), key=lambda ink: contrast(fill, ink))
    if contrast(fill, usual) >= TEXT_CONTRAST_MIN + _MARGIN:
        return usual
    return max(("#ffffff", "#000000"), key=lambda ink: contrast(fill, ink))


def _deeper(fill: str, on_fill: str) -> str:
    """Return the fill of a button that is pointed at: a little further from the ink that stands on it."""
    lightness, chroma, hue = _oklch(fill)
    shift = -0.05 if _luminance(on_fill) > _luminance(fill) else 0.05
    return _hex(min(1.0, max(0.0, lightness + shift)), chroma, hue)


def _until(colour: Channels, *, against: tuple[str, ...], least: float, away: float) -> str:
    def fits(candidate: str) -> bool:
        return all(contrast(candidate, back) >= least + _MARGIN for back in against)

    return _search(colour, fits=fits, away=away)


def _search(colour: Channels, *, fits: Fits, away: float) -> str:
    lightness, chroma, hue = colour
    while 0.0 <= lightness <= 1.0:
        candidate = _hex(lightness, chroma, hue)
        if fits(candidate):
            return candidate
        lightness += away
    return "#ffffff" if away > 0 else "#000000"


def _luminance(colour: str) -> float:
    red, green, blue = _linear(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(colour: str) -> Channels:
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return _straight(red), _straight(green), _straight(blue)


def _straight(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else math.pow((value + 0.055) / 1.055, 2.4)


def _curved(value: float) -> float:
    return 12.92 * value if value <= 0.0031308 else 1.055 * math.pow(value, 1 / 2.4) - 0.055


def _oklch(colour: str) -> Channels:
    """Return lightness 0-1, chroma and hue in radians (Ottosson's OKLab matrices)."""
    red, green, blue = _linear(colour)
    long = math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
    medium = math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
    short = math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
    lightness = 0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short
    a = 1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short
    b = 0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short
    return lightness, math.hypot(a, b), math.atan2(b, a)


def _hex(lightness: float, chroma: float, hue: float) -> str:
    """Return the colour as `#rrggbb`; chroma gives way until the screen can show it."""
    while True:
        channels = _screen(lightness, chroma, hue)
        if chroma <= 0 or all(-0.0005 <= channel <= 1.0005 for channel in channels):
            break
        chroma = chroma - 0.004 if chroma > 0.004 else 0.0
    levels = (round(255 * _curved(min(1.0, max(0.0, channel)))) for channel in channels)
    return "#" + "".join(f"{level:02x}" for level in levels)


def _screen(lightness: float, chroma: float, hue: float) -> Channels:
    a, b = chroma * math.cos(hue), chroma * math.sin(hue)
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )
