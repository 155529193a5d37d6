"""The last step of starting: fill in the demo where it is wanted, and say where to look."""

from collections.abc import Callable

from largesse.app.settings import Settings


async def run(settings: Settings, *, say: Callable[[str], None]) -> None:
    """Greet the operator with the address, and with the demo's credentials."""
    say(f"Largesse is open at {settings.base_url} - Ctrl-C stops it.")
