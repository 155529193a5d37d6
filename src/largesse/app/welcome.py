"""Before visitors come, fill in the demo where it is wanted; once they can, say where to look."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from largesse.app import demo, wiring
from largesse.app.settings import Settings


async def fill_demo(settings: Settings) -> None:
    """Make the demo's data and its `demo.json`, where a demo is wanted.

    Raises:
        LargesseError: they could not be made, with a sentence on what to do.
    """
    if settings.is_demo:
        async with wiring.open_application(settings) as application:
            await demo.seed(application, home=settings.home, base_url=settings.base_url)


def greet(settings: Settings, *, say: Callable[[str], None]) -> None:
    """Greet the operator with the address, and with the demo's credentials."""
    say(f"\nLargesse is open at {settings.base_url}")
    if settings.is_demo:
        for line in _demo_lines(settings.home):
            say(line)
    say("Ctrl-C stops it.\n")


def _demo_lines(home: Path) -> Iterator[str]:
    """Yield what `demo.json` says, for people. These credentials are made for showing; they open nothing else."""
    file = home / "demo.json"
    if not file.exists():
        return
    yield f"This is a demo: nothing in it is worth anything. Its credentials stand in {file} too:"
    for section, values in _sections(msgspec.json.decode(file.read_bytes())):
        yield f"  {section:<10}" + "  ".join(f"{name} {value}" for name, value in values.items())


def _sections(content: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for section, values in content.items():
        if isinstance(values, dict):
            yield section, values
