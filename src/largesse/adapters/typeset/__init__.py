"""Certificates typeset with typst: PDF for the recipient, and the same page as SVG for the live preview."""

from largesse.adapters.typeset.errors import TypesettingFailed
from largesse.adapters.typeset.fonts import Shelf
from largesse.adapters.typeset.press import Press
from largesse.adapters.typeset.typesetter import TypstTypesetter
