"""Pages of the keys that a merchant's own programs sign in with."""

from pathlib import Path

from largesse.interfaces.admin.program_keys.pages import program_key_routes as program_key_routes

FOLDER = Path(__file__).parent  # its templates and words
