"""How Largesse looks and speaks: the pages' shared hand, for shop, till and back office alike.

Doors may not know each other, yet their pages are one family, and e-mails and certificates speak with the same voice;
so what they share stands below them. `Templates` renders, `Voice` says things in a language, `Brand` is whose page it
is, `Visit` is who reads it. What touches HTTP is in `largesse.web`.
"""

from largesse.ui.assets import Asset, Assets
from largesse.ui.catalogue import LANGUAGE_NAMES, LANGUAGES, preferred_language, read_catalogue, translations_of
from largesse.ui.colour import DARK, LIGHT, InvalidAccent, Palette, contrast, palette, parse_accent, theme_css
from largesse.ui.pages import Templates
from largesse.ui.visit import HOUSE, HOUSE_ACCENT, Brand, Theme, Visit, local_path
from largesse.ui.voice import Voice, speak

__all__ = [
    "DARK",
    "HOUSE",
    "HOUSE_ACCENT",
    "LANGUAGES",
    "LANGUAGE_NAMES",
    "LIGHT",
    "Asset",
    "Assets",
    "Brand",
    "InvalidAccent",
    "Palette",
    "Templates",
    "Theme",
    "Visit",
    "Voice",
    "contrast",
    "local_path",
    "palette",
    "parse_accent",
    "preferred_language",
    "read_catalogue",
    "speak",
    "theme_css",
    "translations_of",
]
