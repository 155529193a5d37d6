"""`/setup`: the first run."""

from pathlib import Path

from largesse.interfaces.admin.setup.pages import setup_routes as setup_routes

FOLDER = Path(__file__).parent  # its templates, words and scripts
