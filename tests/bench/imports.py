"""Importing the cards of another system: 100,000 of them from a CSV, rehearsed, imported and findable."""

import asyncio
import random
import string
import time

from largesse.app.application import Application
from largesse.domain.imports import Choices, ImportState
from largesse.domain.merchants import find_merchant
from largesse.services import imports
from largesse.wire.loose_tables import read_loose_table
from tests.bench.instance import Instance
from tests.bench.report import Figure, bounded

ROWS = 100_000
GOAL_S = 60.0
_SYMBOLS = string.ascii_uppercase + string.digits


def a_file(rows: int) -> bytes:
    """A file of so many cards, no two alike."""
    drawn = random.Random(20_261_130)
    lines = ["number,balance,issued"]
    for place in range(rows):
        number = "".join(drawn.choices(_SYMBOLS, k=12))
        lines.append(
            f"{number}-{place:06},{drawn.randint(1, 500)}.{drawn.randint(0, 99):02},2024-03-{1 + place % 28:02}"
        )
    return "\n".join(lines).encode()


async def _seconds(application: Application) -> tuple[float, float]:
    """Return how long reading with a dry run takes, and how long the import itself."""
    data, now = a_file(ROWS), application.clock.now()
    async with application.database.connection() as connection:
        merchant = await find_merchant(connection, "demo")
    began = time.perf_counter()
    table = read_loose_table(data, size_max=1 << 28)
    choices = Choices(preset="plain")
    one = await imports.stage(
        application, merchant, table, file_name="cards.csv", choices=choices, actor="bench", now=now
    )
    rehearsed = time.perf_counter()
    await imports.confirm(application, merchant, one.import_id, actor="bench", reason=None, now=now)
    done = await imports.run(application, merchant, one.import_id, now=now)
    assert done.state is ImportState.DONE
    return rehearsed - began, time.perf_counter() - rehearsed


def measure(instance: Instance) -> list[Figure]:
    """Measure on the instance's own durable database, in one process."""

    async def run() -> tuple[float, float]:
        async with instance.application() as application:
            return await _seconds(application)

    rehearsal, whole = asyncio.run(run())
    return [
        bounded(f"import of {ROWS:,} cards: read and dry run", [rehearsal], unit="s"),
        bounded(f"import of {ROWS:,} cards: all of it", [whole], unit="s", most=GOAL_S),
    ]
