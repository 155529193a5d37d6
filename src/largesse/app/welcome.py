"""Once visitors can come, say where to look, or how to begin."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from largesse.app.settings import Settings
from largesse.db import Database
from largesse.domain.setup import SetupClosed
from largesse.kernel.clock import SystemClock
from largesse.services import setup


async def token_of_setup(settings: Settings) -> str | None:
    """Return the token that opens the first run, where nobody sells yet and no demo is shown."""
    if settings.is_demo:
        return None
    async with (
        await Database.open(settings.database_url or "", prepared=settings.prepared_statements) as database,
        database.transaction() as connection,
    ):
        try:
            return await setup.offer_setup(connection, now=SystemClock().now())
        except SetupClosed:
            return None


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
        yield f"  {section:<12}" + "  ".join(f"{name} {value}" for name, value in values.items())


def _sections(content: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the parts of `demo.json`. Staff are sent to localhost: browsers make no passkey for a number."""
    for section, values in content.items():
        if isinstance(values, dict):
            yield section, {name: value for name, value in values.items() if isinstance(value, str)}
    by_name = content["base_url"].replace("//127.0.0.1", "//localhost").replace("//[::1]", "//localhost")
    # Of people the address alone: what they sign in with is for the file, not for a screen with others before it.
    for person in content.get("staff", ()):
        yield person["role"], {"signs in at": f"{by_name}/staff/sign-in", "as": person["email"]}
    for person in content.get("partner", {}).get("people", ()):
        yield person["role"], {"signs in at": f"{by_name}/partner", "as": person["email"]}
    if content.get("till"):
        yield "till", {"set up at": f"{by_name}/counter/{content['merchant']['slug']}/enrol"}
