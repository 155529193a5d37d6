"""The demo merchant, plainly marked, with which a newcomer can try everything."""

from pathlib import Path

from largesse.flows.house import House


async def seed(house: House, *, home: Path, base_url: str) -> None:
    """Make the demo merchant and partner where they do not stand yet, and write `home`/demo.json."""
