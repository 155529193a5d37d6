"""Pages on which another system's certificates are brought over."""

from pathlib import Path

from largesse.interfaces.admin.imports.pages import import_routes as import_routes

FOLDER = Path(__file__).parent  # its templates and words
