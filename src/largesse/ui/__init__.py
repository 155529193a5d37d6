"""How pages are drawn and messages are said, for every interface alike.

Interfaces may not know each other, yet their pages are one family, and mail and certificates speak with the same voice;
so what they share stands below them. `Templates` renders, `Voice` says things in a language, `Brand` is whose page it
is, `Visit` is who reads it. What touches HTTP is in `largesse.web`.
"""

from largesse.ui.assets import ASSETS_PATH, Asset, Assets
from largesse.ui.catalogue import LANGUAGE_NAMES, LANGUAGES, read_catalogue, translations_of
from largesse.ui.charts import Bar, BarChart, BarStep, LineChart, line, side_by_side, waterfall
from largesse.ui.codes import barcode_quiet_share, barcode_svg, qr_quiet_share, qr_svg, qr_text
from largesse.ui.colour import (
    DARK,
    LIGHT,
    TEXT_CONTRAST_MIN,
    InvalidAccent,
    Palette,
    channels_of,
    contrast,
    ink_on,
    palette,
    parse_accent,
    theme_css,
)
from largesse.ui.pages import Templates
from largesse.ui.visit import (
    DEFAULT_ACCENT,
    DEFAULT_BRAND,
    PREFERENCES_PATH,
    Brand,
    ColourScheme,
    Imprint,
    LegalLink,
    Visit,
    local_path,
)
from largesse.ui.voice import AMERICAN, Voice, speak
from largesse.ui.words import choose_one
