"""Pages of cards that are printed before they are sold, and of pools of a till's codes."""

from pathlib import Path

from largesse.interfaces.admin.cards.pages import card_routes as card_routes

FOLDER = Path(__file__).parent  # its templates and words
