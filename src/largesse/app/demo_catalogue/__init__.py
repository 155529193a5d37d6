"""What the demo merchant sells: a day spa that nobody could take for a real one, with pictures drawn here."""

from importlib.resources import files

from largesse.app.demo_catalogue.drawings import drawing

PROMO_CODE = "DEMO10"


def content() -> bytes:
    """Return the demo's seed file."""
    return files(__package__).joinpath("catalogue.toml").read_bytes()
